"""Rename a customer, keep its people, decline it: choices that stand on the customer alone (domain §3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.customer.details import text_hash
from domain.customer.events import (
    AliasNoted,
    ContactAdded,
    ContactLeft,
    ContactRole,
    ContactRoleSet,
    CustomerRenamed,
    DeclineReason,
    IcpAssessed,
    IcpOverridden,
    LeadDeclined,
)
from domain.customer.fit import Grade, fit
from domain.customer.names import NameInvalid, known_name, normal_name, searched_name
from domain.customer.said import ContactSaid, known_email, known_phone
from domain.customer.state import Contact, Customer, Registered, Unregistered, customer_of
from domain.decider import Decider, Past, Stream
from domain.facts import NameFacts, PhoneFacts
from domain.reception import ReasonRequired, RefNotFound
from domain.refusal import Conflict
from domain.rulesets import IcpProfile
from domain.values import Sealed


@dataclass(eq=False)
class ContactExists(Conflict):
    """Somebody else, or the same person in other words, is known under this id already."""

    contact_id: UUID


@dataclass(frozen=True, slots=True)
class RenameCustomer:
    """The customer bears another name."""

    customer_id: UUID
    legal_name: NameFacts
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteAlias:
    """Somebody knows the customer by another name."""

    customer_id: UUID
    alias: NameFacts
    at: datetime


@dataclass(frozen=True, slots=True)
class AddContact:
    """A person at the customer became known."""

    customer_id: UUID
    contact_id: UUID
    name: Sealed
    role: ContactRole
    phone: Sealed | None
    email: Sealed | None
    persona: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SetContactRole:
    """A person plays another part than was thought."""

    customer_id: UUID
    contact_id: UUID
    role: ContactRole
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordContactLeft:
    """A person is no longer there."""

    customer_id: UUID
    contact_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class DeclineLead:
    """Nobody shall spend effort on this lead."""

    customer_id: UUID
    reason: DeclineReason
    at: datetime


@dataclass(frozen=True, slots=True)
class AssessLead:
    """Grade a lead by the profile in force."""

    customer_id: UUID
    profile: IcpProfile
    at: datetime


@dataclass(frozen=True, slots=True)
class OverrideGrade:
    """A manager grades a lead otherwise."""

    customer_id: UUID
    grade: Grade
    reason: str
    asked_by: str
    at: datetime


CustomerCommand: TypeAlias = (
    RenameCustomer
    | NoteAlias
    | AddContact
    | SetContactRole
    | RecordContactLeft
    | DeclineLead
    | AssessLead
    | OverrideGrade
)


def stands_on(command: CustomerCommand) -> Sequence[Stream[Customer]]:
    """The customer."""
    return [customer_of(command.customer_id)]


def decide(command: CustomerCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    customer = registered(past.of(customer_of(command.customer_id)), command.customer_id)
    match command:
        case RenameCustomer():
            return rename_customer(command, customer)
        case NoteAlias():
            return note_alias(command, customer)
        case AddContact():
            return add_contact(command, customer)
        case SetContactRole():
            return set_contact_role(command, customer)
        case RecordContactLeft():
            return record_contact_left(command, customer)
        case DeclineLead():
            return decline_lead(command, customer)
        case AssessLead():
            return assess_lead(command, customer)
        case OverrideGrade():
            return override_grade(command, customer)
        case _:
            assert_never(command)


def registered(customer: Customer, customer_id: UUID) -> Registered:
    """The customer, if there is one of that id."""
    if isinstance(customer, Unregistered):
        raise RefNotFound("customer", str(customer_id))
    return customer


def checked_contact(said: ContactSaid, phone: PhoneFacts | None) -> ContactSaid:
    """What is said of a person, if it can be taken; looked at before it is sealed, and nobody can look any more."""
    name = said.name.strip()
    if not 1 <= len(name) <= 200 or not any(character.isalnum() for character in name):
        raise NameInvalid(said.name)
    if said.email is not None:
        known_email(said.email)
    number = known_phone(phone) if phone is not None else None
    return ContactSaid(name, said.role, said.contact_id, number, said.email, said.persona)


def rename_customer(command: RenameCustomer, customer: Registered) -> Sequence[object]:
    """Give the customer its new name; the old one is kept by the fold."""
    name = known_name(command.legal_name.text)
    if name == customer.legal_name:
        return []
    parts = normal_name(command.legal_name.simplified)
    return [CustomerRenamed(command.customer_id, text_hash(customer.legal_name), name, command.at, parts)]


def note_alias(command: NoteAlias, customer: Registered) -> Sequence[object]:
    """Keep a name under which the customer is not found yet."""
    alias = known_name(command.alias.text)
    if searched_name(alias) in {searched_name(name) for name in (customer.legal_name, *customer.aliases)}:
        return []
    return [AliasNoted(command.customer_id, alias, command.at, normal_name(command.alias.simplified))]


def add_contact(command: AddContact, customer: Registered) -> Sequence[object]:
    """Take a person up; the same person in the same words is known already, and one who had left may come back."""
    added = ContactAdded(
        customer_id=command.customer_id,
        contact_id=command.contact_id,
        name=command.name,
        role=command.role,
        phone=command.phone,
        email=command.email,
        persona=command.persona,
        added_at=command.at,
    )
    known = customer.contacts.get(command.contact_id)
    if known is None or not known.here:
        return [added]
    if _same(known, command):
        return []
    raise ContactExists(command.contact_id)


def set_contact_role(command: SetContactRole, customer: Registered) -> Sequence[object]:
    """Say what part a person plays."""
    contact = _contact(customer, command.contact_id)
    if contact.role == command.role:
        return []
    return [ContactRoleSet(command.customer_id, command.contact_id, contact.role, command.role, command.at)]


def record_contact_left(command: RecordContactLeft, customer: Registered) -> Sequence[object]:
    """Say that a person has gone, once."""
    known = customer.contacts.get(command.contact_id)
    if known is not None and not known.here:
        return []
    contact = _contact(customer, command.contact_id)
    return [ContactLeft(command.customer_id, command.contact_id, contact.role, command.at)]


def decline_lead(command: DeclineLead, customer: Registered) -> Sequence[object]:
    """Take the lead out of everybody's way, for a reason."""
    if customer.declined == command.reason:
        return []
    return [LeadDeclined(command.customer_id, command.reason, command.at)]


def assess_lead(command: AssessLead, customer: Registered) -> Sequence[object]:
    """Grade it by what is known of it; the same grade for the same reasons is no news."""
    found, before = fit(customer.traits, command.profile), customer.assessed
    same = before is not None and (before.profile_version, before.score, before.grade, before.signals)
    if same == (command.profile.version, found.score, found.grade, found.signals):
        return []
    return [
        IcpAssessed(command.customer_id, command.profile.version, found.score, found.grade, found.signals, command.at)
    ]


def override_grade(command: OverrideGrade, customer: Registered) -> Sequence[object]:
    """Grade it otherwise, for a reason."""
    if not command.reason.strip():
        raise ReasonRequired("customer.override_grade")
    if customer.overridden == command.grade:
        return []
    return [
        IcpOverridden(command.customer_id, customer.grade, command.grade, command.reason, command.asked_by, command.at)
    ]


def _contact(customer: Registered, contact_id: UUID) -> Contact:
    """A person who is there."""
    contact = customer.contacts.get(contact_id)
    if contact is None or not contact.here:
        raise RefNotFound("contact", str(contact_id))
    return contact


def _same(known: Contact, command: AddContact) -> bool:
    """Whether a person is described as before; sealed words are compared without being opened."""
    sealed = (known.name, known.phone, known.email)
    given = (command.name, command.phone, command.email)
    macs = [one.mac if one else None for one in sealed] == [one.mac if one else None for one in given]
    return macs and (known.role, known.persona) == (command.role, command.persona)


keeping = Decider[CustomerCommand](stands_on, decide)
"""What is known of a customer, kept up to date (S11)."""
