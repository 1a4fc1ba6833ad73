"""Facts from elsewhere, as a decision is told them: looked up before it, true at the position they were read at."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RepFacts:
    """A rep at an instant. `zone` is where the rep works, `team_zone` the zone of the team at that instant."""

    rep_id: str
    active: bool
    team_id: str
    zone: str
    team_zone: str
    manager_id: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A customer as others need to know it.

    `duplicate_pending`: it may be another record's double, and whether it is has not been decided yet.
    """

    customer_id: UUID
    lat_e7: int | None = None
    lon_e7: int | None = None
    crs: str | None = None
    contact_ids: frozenset[UUID] = frozenset()
    key_contact_ids: frozenset[UUID] = frozenset()
    declined: bool = False
    merged_into: UUID | None = None
    duplicate_pending: bool = False


@dataclass(frozen=True, slots=True)
class NameFacts:
    """A name as it was said, and with every Chinese character in its simplified form, by which names are compared."""

    text: str
    simplified: str


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """A telephone number as it was said, and in the form E.164; None where it cannot be a number."""

    text: str
    e164: str | None


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """What is known of a text that was given as a customer's web domain.

    `ascii`: the domain as an IDNA A-label, None where the text is no domain; `registrable`: the part of it that is
    bought from a registry, None where it has none; `is_public_suffix`: under it anybody may register;
    `is_free_mail`: anybody has an address there.
    """

    text: str
    ascii: str | None
    registrable: str | None
    is_public_suffix: bool
    is_free_mail: bool


@dataclass(frozen=True, slots=True)
class Hour:
    """When something is asked: our clock, the world's clock as claimed, and the business date of the latter."""

    at: datetime
    occurred_at: datetime
    biz_date: date
    flags: tuple[str, ...] = ()
