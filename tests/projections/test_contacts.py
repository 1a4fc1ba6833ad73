"""The people at a customer stand in the read model sealed: by reference, never in words."""

from collections.abc import Sequence
from dataclasses import replace

from domain.customer.events import ContactLeft, ContactRole, ContactRoleSet
from projections.contacts import ContactRow, contacts
from projections.projection import Known, replay
from tests.domain.customer.customers import LI, WANG, li_added, salted_anew, sealed
from tests.happened import all_happened
from tests.people import ACME, MONDAY, days

LATER = MONDAY + days(1)
LI_NOW = ContactRow(
    customer_id=ACME,
    contact_id=LI,
    role=ContactRole.USER,
    persona=None,
    name_digest=sealed("Li").digest,
    name_mac=sealed("Li").mac,
    phone_digest=sealed("+862150001234").digest,
    phone_mac=sealed("+862150001234").mac,
    email_digest=None,
    email_mac=None,
    added_at=MONDAY,
    left_at=None,
)


def people(*past: object) -> Sequence[ContactRow]:
    """The people who are known now."""
    rows: Sequence[Known[ContactRow]] = replay(contacts, all_happened(past))
    return [known.row for known in rows if known.known_to is None]


def test_a_person_stands_there_by_the_references_to_what_was_sealed() -> None:
    assert people(li_added()) == [LI_NOW]


def test_an_address_is_a_reference_too() -> None:
    row = people(replace(li_added(), email=sealed("li@acme.example"), persona="patient"))[0]
    assert (row.email_digest, row.email_mac, row.persona) == (
        sealed("li@acme.example").digest,
        sealed("li@acme.example").mac,
        "patient",
    )


def test_a_person_plays_the_part_that_was_said_last() -> None:
    part = ContactRoleSet(ACME, LI, ContactRole.USER, ContactRole.BUYER, LATER)
    rows = people(li_added(), li_added(contact_id=WANG), part)
    assert {row.contact_id: row for row in rows} == {
        LI: replace(LI_NOW, role=ContactRole.BUYER),
        WANG: replace(LI_NOW, contact_id=WANG),
    }


def test_who_has_left_stays_known_with_the_hour() -> None:
    assert people(li_added(), ContactLeft(ACME, LI, ContactRole.USER, LATER)) == [replace(LI_NOW, left_at=LATER)]


def test_who_comes_back_is_there_again_in_the_words_of_the_return() -> None:
    back = salted_anew(li_added(ContactRole.BUYER))
    rows = people(li_added(), ContactLeft(ACME, LI, ContactRole.USER, LATER), back)
    assert [(row.role, row.left_at, row.name_digest) for row in rows] == [(ContactRole.BUYER, None, back.name.digest)]
