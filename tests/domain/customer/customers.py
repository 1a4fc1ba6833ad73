"""Acme as it is known to everybody: a company in Shanghai, found by Anna at a trade fair."""

from dataclasses import replace
from uuid import UUID

from domain.customer.events import (
    ContactAdded,
    ContactRole,
    CustomerKind,
    CustomerRegistered,
    Source,
    SourceMethod,
)
from domain.customer.names import normal_name
from domain.facts import NameFacts, PhoneFacts
from domain.values import Sealed
from tests.people import ACME, MONDAY, an_id

CODE = "91350100M000100Y43"
OTHER_CODE = "91310000MA1000018Y"
FAIR = Source(SourceMethod.EVENT, "spring fair")
LI = an_id(71)
WANG = an_id(72)

REGISTERED = CustomerRegistered(
    customer_id=ACME,
    registered_by="anna",
    kind=CustomerKind.COMPANY,
    legal_name="上海蓝海贸易有限公司",
    country="CN",
    source=FAIR,
    uscc=None,
    region_code=None,
    domain=None,
    registrable=None,
    phones=(),
    place=None,
    competitor_relation=None,
    has_website=None,
    buyer_persona=None,
    registered_at=MONDAY,
    normal_name=normal_name("上海蓝海贸易有限公司"),
)


def said_name(text: str) -> NameFacts:
    """A name in which no traditional character stands."""
    return NameFacts(text, text)


def said_phone(text: str) -> PhoneFacts:
    """A number that is one when it begins with a plus."""
    return PhoneFacts(text, text if text.startswith("+") else None)


def sealed(value: str) -> Sealed:
    """A sealed value, told apart by its text; the salt makes every digest another."""
    return Sealed(digest=f"digest of {value}", mac=f"mac of {value}")


def li_added(role: ContactRole = ContactRole.USER, *, contact_id: UUID = LI) -> ContactAdded:
    """Li is known, with a telephone."""
    return ContactAdded(ACME, contact_id, sealed("Li"), role, sealed("+862150001234"), None, None, MONDAY)


def salted_anew(contact: ContactAdded) -> ContactAdded:
    """The same person in the same words, sealed once more: other digests, the same macs."""
    phone = replace(contact.phone, digest="another") if contact.phone else None
    return replace(contact, name=replace(contact.name, digest="yet another"), phone=phone)


def wide(text: str) -> str:
    """The same text in the wide characters of a Chinese keyboard."""
    return "".join(chr(ord(character) - 0x20 + 0xFF00) for character in text)
