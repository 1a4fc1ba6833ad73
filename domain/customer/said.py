"""What a person says of a customer, before it is checked; and what is taken of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from domain.customer.events import CompetitorRelation, ContactRole, CustomerKind, Source
from domain.facts import PhoneFacts
from domain.reception import known_place
from domain.refusal import Invalid
from domain.values import Place

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Z0-9-]{1,16}")
LONGEST_EMAIL = 254
LONGEST_SOURCE_DETAIL = 64


@dataclass(eq=False)
class PhoneInvalid(Invalid):
    """This cannot be a telephone number: write it as it is dialled in the customer's country, or with a plus and that
    of its own."""

    phone: str


@dataclass(eq=False)
class EmailInvalid(Invalid):
    """This is no e-mail address."""

    email: str


@dataclass(eq=False)
class CountryInvalid(Invalid):
    """A country is two capital letters of ISO 3166-1."""

    country: str


@dataclass(eq=False)
class RegionCodeInvalid(Invalid):
    """A region code has 1–16 capital letters, digits and hyphens (GB/T 2260 or ISO 3166-2)."""

    region_code: str


@dataclass(eq=False)
class SourceDetailInvalid(Invalid):
    """The organisation's own label of a channel has 1–64 characters; where there is none, it is left out."""

    length: int


class Keep(Enum):
    """That a detail was not spoken of, which is another thing than that it is not known."""

    AS_IT_IS = "AS_IT_IS"


KEEP = Keep.AS_IT_IS


@dataclass(frozen=True, slots=True)
class GivenPlace:
    """A position as it was sent, in ten-millionths of a degree; its coordinate system may be missing."""

    lat_e7: int
    lon_e7: int
    crs: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """What is said when a customer is registered. `customer_id`: of the client's making, None for one of ours."""

    kind: CustomerKind
    legal_name: str
    country: str
    source: Source | None
    customer_id: UUID | None = None
    uscc: str | None = None
    region_code: str | None = None
    domain: str | None = None
    phones: tuple[str, ...] = ()
    place: GivenPlace | None = None
    competitor_relation: CompetitorRelation | None = None
    has_website: bool | None = None
    buyer_persona: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class DetailsSaid:
    """What is said of the details of a customer; what is not spoken of stays, None takes a value away."""

    uscc: str | Keep | None = KEEP
    country: str | Keep = KEEP
    region_code: str | Keep | None = KEEP
    domain: str | Keep | None = KEEP
    phones: tuple[str, ...] | Keep = KEEP
    place: GivenPlace | Keep | None = KEEP
    competitor_relation: CompetitorRelation | Keep | None = KEEP
    has_website: bool | Keep | None = KEEP
    buyer_persona: str | Keep | None = KEEP
    address: str | Keep | None = KEEP


@dataclass(frozen=True, slots=True)
class ContactSaid:
    """What is said of a person at a customer, in clear, on its way to be sealed."""

    name: str
    role: ContactRole = ContactRole.UNKNOWN
    contact_id: UUID | None = None
    phone: str | None = None
    email: str | None = None
    persona: str | None = None


def known_phone(phone: PhoneFacts) -> str:
    """The number in the form E.164, if it is one."""
    if phone.e164 is None:
        raise PhoneInvalid(phone.text)
    return phone.e164


def known_phones(phones: Sequence[PhoneFacts]) -> tuple[str, ...]:
    """The numbers, each once, in the order in which they were given."""
    return tuple(dict.fromkeys(known_phone(phone) for phone in phones))


def known_email(email: str) -> str:
    """The address, if it is one; nobody is written to, so its form is all that is looked at."""
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise EmailInvalid(email)
    return email


def known_country(country: str) -> str:
    """The country, if it is two capital letters."""
    if not _COUNTRY.fullmatch(country):
        raise CountryInvalid(country)
    return country


def known_region(region_code: str | None) -> str | None:
    """The region, if there is one and it is a code."""
    if region_code is not None and not _REGION.fullmatch(region_code):
        raise RegionCodeInvalid(region_code)
    return region_code


def known_source(source: Source) -> Source:
    """The source, if its label is one."""
    if source.detail is not None and not 1 <= len(source.detail) <= LONGEST_SOURCE_DETAIL:
        raise SourceDetailInvalid(len(source.detail))
    return source


def placed(place: GivenPlace | None) -> Place | None:
    """The position, if there is one and it names its coordinate system."""
    return known_place(place.lat_e7, place.lon_e7, place.crs) if place else None
