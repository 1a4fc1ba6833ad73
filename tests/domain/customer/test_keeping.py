"""Names, people and the declining of a lead: each change once, and nothing that changes nothing."""

from dataclasses import fields

import pytest

from domain.customer.decisions import (
    AddContact,
    ContactExists,
    CustomerCommand,
    DeclineLead,
    NoteAlias,
    RecordContactLeft,
    RenameCustomer,
    SetContactRole,
    checked_contact,
    keeping,
)
from domain.customer.details import text_hash
from domain.customer.events import (
    AliasNoted,
    ContactAdded,
    ContactLeft,
    ContactRole,
    ContactRoleSet,
    CustomerRenamed,
    DeclineReason,
    LeadDeclined,
)
from domain.customer.names import NameInvalid, normal_name
from domain.customer.said import ContactSaid, EmailInvalid, PhoneInvalid
from domain.customer.state import Registered, customer_of
from domain.facts import PhoneFacts
from domain.reception import RefNotFound
from tests.domain.customer.customers import LI, REGISTERED, WANG, li_added, said_name, said_phone, salted_anew, sealed
from tests.given import given
from tests.people import ACME, MONDAY, days

OLD, NEW = REGISTERED.legal_name, "上海远洋贸易有限公司"
LATER = MONDAY + days(1)


def renamed(name: str, before: str = OLD) -> CustomerRenamed:
    return CustomerRenamed(ACME, text_hash(before), name, LATER, normal_name(name))


def asked(contact: ContactAdded) -> AddContact:
    values = {field.name: getattr(contact, field.name) for field in fields(contact) if field.name != "added_at"}
    return AddContact(**values, at=contact.added_at)


def now(*past: object) -> Registered:
    stream = customer_of(ACME)
    state = stream.empty
    for event in past:
        state = stream.evolve(state, event)
    assert isinstance(state, Registered)
    return state


def test_a_new_name_is_taken_with_the_proof_of_the_old_one() -> None:
    given(REGISTERED).when(RenameCustomer(ACME, said_name(f" {NEW} "), LATER), keeping).then(renamed(NEW))


def test_the_name_that_it_bears_already_changes_nothing() -> None:
    given(REGISTERED).when(RenameCustomer(ACME, said_name(OLD), LATER), keeping).then_nothing()


def test_a_name_that_says_nothing_is_refused() -> None:
    given(REGISTERED).when(RenameCustomer(ACME, said_name("——"), LATER), keeping).then_refused(NameInvalid)


def test_every_earlier_name_stays_as_an_alias_once() -> None:
    third = "上海北洋贸易有限公司"
    customer = now(REGISTERED, renamed(NEW), renamed(third, NEW), renamed(NEW, third))
    assert (customer.legal_name, customer.aliases) == (NEW, (OLD, third))


def test_a_name_that_is_borne_again_is_no_alias_any_more() -> None:
    customer = now(REGISTERED, renamed(NEW), renamed(OLD, NEW))
    assert (customer.legal_name, customer.aliases) == (OLD, (NEW,))


def test_another_name_is_noted_once() -> None:
    noted = AliasNoted(ACME, NEW, LATER, normal_name(NEW))
    given(REGISTERED).when(NoteAlias(ACME, said_name(NEW), LATER), keeping).then(noted)
    given(REGISTERED, noted).when(NoteAlias(ACME, said_name(NEW), LATER), keeping).then_nothing()
    assert now(REGISTERED, noted).aliases == (NEW,)


@pytest.mark.parametrize("alias", [OLD, f" {OLD[:2]} {OLD[2:]}"])
def test_a_name_under_which_it_is_found_already_is_not_noted(alias: str) -> None:
    given(REGISTERED).when(NoteAlias(ACME, said_name(alias), LATER), keeping).then_nothing()


def test_a_name_that_says_nothing_is_not_noted() -> None:
    given(REGISTERED).when(NoteAlias(ACME, said_name("——"), LATER), keeping).then_refused(NameInvalid)


def test_an_alias_that_becomes_the_name_is_none_any_more() -> None:
    customer = now(REGISTERED, AliasNoted(ACME, NEW, MONDAY), renamed(NEW))
    assert (customer.legal_name, customer.aliases) == (NEW, (OLD,))


def test_a_person_is_taken_up() -> None:
    given(REGISTERED).when(asked(li_added()), keeping).then(li_added())


def test_the_same_person_in_the_same_words_is_known_already_though_sealed_anew() -> None:
    given(REGISTERED, li_added()).when(asked(salted_anew(li_added())), keeping).then_nothing()


@pytest.mark.parametrize(
    "other",
    [
        ContactAdded(ACME, LI, sealed("Lee"), ContactRole.USER, sealed("+862150001234"), None, None, MONDAY),
        ContactAdded(ACME, LI, sealed("Li"), ContactRole.USER, None, None, None, MONDAY),
        ContactAdded(
            ACME, LI, sealed("Li"), ContactRole.USER, sealed("+862150001234"), sealed("li@x.example"), None, MONDAY
        ),
        ContactAdded(ACME, LI, sealed("Li"), ContactRole.BUYER, sealed("+862150001234"), None, None, MONDAY),
        ContactAdded(ACME, LI, sealed("Li"), ContactRole.USER, sealed("+862150001234"), None, "patient", MONDAY),
    ],
)
def test_somebody_else_is_not_taken_up_under_the_id_of_a_person(other: ContactAdded) -> None:
    given(REGISTERED, li_added()).when(asked(other), keeping).then_refused(ContactExists)


def test_who_had_left_may_come_back_in_other_words() -> None:
    left = ContactLeft(ACME, LI, ContactRole.USER, LATER)
    back = li_added(ContactRole.BUYER)
    given(REGISTERED, li_added(), left).when(asked(back), keeping).then(back)


def test_a_person_plays_another_part() -> None:
    set_now = ContactRoleSet(ACME, LI, ContactRole.USER, ContactRole.BUYER, LATER)
    given(REGISTERED, li_added()).when(SetContactRole(ACME, LI, ContactRole.BUYER, LATER), keeping).then(set_now)


def test_the_part_that_a_person_plays_already_changes_nothing() -> None:
    given(REGISTERED, li_added()).when(SetContactRole(ACME, LI, ContactRole.USER, LATER), keeping).then_nothing()


def test_a_person_has_left_once() -> None:
    left = ContactLeft(ACME, LI, ContactRole.USER, LATER)
    leave = RecordContactLeft(ACME, LI, LATER)
    given(REGISTERED, li_added()).when(leave, keeping).then(left)
    given(REGISTERED, li_added(), left).when(leave, keeping).then_nothing()


@pytest.mark.parametrize(
    "command", [SetContactRole(ACME, WANG, ContactRole.USER, LATER), RecordContactLeft(ACME, WANG, LATER)]
)
def test_a_person_whom_nobody_knows_has_no_part_and_cannot_leave(command: CustomerCommand) -> None:
    refusal = given(REGISTERED, li_added()).when(command, keeping).then_refused(RefNotFound)
    assert refusal.facts() == {"kind": "contact", "ref": str(WANG)}


def test_who_has_left_plays_no_part() -> None:
    left = ContactLeft(ACME, LI, ContactRole.USER, LATER)
    given(REGISTERED, li_added(), left).when(SetContactRole(ACME, LI, ContactRole.BUYER, LATER), keeping).then_refused(
        RefNotFound
    )


@pytest.mark.parametrize("reason", list(DeclineReason))
def test_a_lead_is_declined_for_a_reason_once(reason: DeclineReason) -> None:
    declined = LeadDeclined(ACME, reason, LATER)
    given(REGISTERED).when(DeclineLead(ACME, reason, LATER), keeping).then(declined)
    given(REGISTERED, declined).when(DeclineLead(ACME, reason, LATER), keeping).then_nothing()


def test_a_better_reason_for_declining_is_taken() -> None:
    declined = LeadDeclined(ACME, DeclineReason.NOT_ICP, MONDAY)
    given(REGISTERED, declined).when(DeclineLead(ACME, DeclineReason.BAD_DATA, LATER), keeping).then(
        LeadDeclined(ACME, DeclineReason.BAD_DATA, LATER)
    )
    assert now(REGISTERED, declined).declined is DeclineReason.NOT_ICP


@pytest.mark.parametrize(
    "command",
    [
        RenameCustomer(ACME, said_name(NEW), LATER),
        asked(li_added()),
        SetContactRole(ACME, LI, ContactRole.USER, LATER),
        RecordContactLeft(ACME, LI, LATER),
        DeclineLead(ACME, DeclineReason.NOT_ICP, LATER),
    ],
)
def test_of_a_customer_whom_nobody_registered_nothing_can_be_kept(command: CustomerCommand) -> None:
    refusal = given().when(command, keeping).then_refused(RefNotFound)
    assert refusal.facts() == {"kind": "customer", "ref": str(ACME)}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (ContactSaid("!"), NameInvalid),
        (ContactSaid(""), NameInvalid),
        (ContactSaid("x" * 201), NameInvalid),
        (ContactSaid("Li", phone="13800138000"), PhoneInvalid),
        (ContactSaid("Li", email="li"), EmailInvalid),
    ],
)
def test_a_person_is_looked_at_before_the_sealing(said: ContactSaid, reason: type[Exception]) -> None:
    with pytest.raises(reason):
        checked_contact(said, said_phone(said.phone) if said.phone else None)


def test_a_name_of_one_character_is_enough_for_a_person() -> None:
    said = ContactSaid(" 李 ", phone="+8613800138000", email="li@acme.example")
    assert checked_contact(said, said_phone("+8613800138000")).name == "李"


def test_of_a_person_the_number_is_kept_in_one_spelling() -> None:
    said = ContactSaid("Li", phone="138 0013 8000")
    assert checked_contact(said, PhoneFacts("138 0013 8000", "+8613800138000")).phone == "+8613800138000"


def test_only_who_decides_or_moves_the_decision_is_a_key_person() -> None:
    assert [role for role in ContactRole if role.is_key] == [
        ContactRole.BUYER,
        ContactRole.INFLUENCER,
        ContactRole.CHAMPION,
    ]
