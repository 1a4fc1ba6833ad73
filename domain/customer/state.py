"""What the past of a customer means now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.customer.completeness import completeness
from domain.customer.details import Details, with_value
from domain.customer.events import (
    AliasNoted,
    ContactAdded,
    ContactLeft,
    ContactRole,
    ContactRoleSet,
    CustomerDetailsRecorded,
    CustomerEvent,
    CustomerKind,
    CustomerRegistered,
    CustomerRenamed,
    CustomersMerged,
    CustomersUnmerged,
    DeclineReason,
    DuplicateResolved,
    DuplicateSuspected,
    GroupLinked,
    IcpAssessed,
    IcpOverridden,
    LeadDeclined,
    Level,
    Sign,
    SourceMethod,
    Verdict,
)
from domain.customer.fit import Grade, Traits
from domain.decider import Stream
from domain.rulesets import IcpAttribute
from domain.values import Sealed


@dataclass(frozen=True, slots=True)
class Unregistered:
    """Nobody has registered a customer under this id."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at the customer, as far as the record knows them; who has left stays known, and `here` is False."""

    name: Sealed
    role: ContactRole
    phone: Sealed | None
    email: Sealed | None
    persona: str | None
    here: bool = True


@dataclass(frozen=True, slots=True)
class Doubt:
    """That another, earlier record may be of the same customer; `verdict`: what was found, None while nobody looked."""

    level: Level
    signs: tuple[Sign, ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A customer of the registry. `declined`: why it is not to be claimed, None where it is.

    `doubts`: the records of which it may be a double, and what was found; `group`: customers of the same group.
    `merged_into`: the record that stands for this one; `absorbed`: those for which this one stands, and how it came;
    `assessed`, `overridden`: how it was graded by a profile, and by a manager.
    """

    customer_id: UUID
    kind: CustomerKind
    legal_name: str
    details: Details
    registered_at: datetime
    aliases: tuple[str, ...] = ()
    contacts: Mapping[UUID, Contact] = field(default_factory=dict[UUID, Contact])
    declined: DeclineReason | None = None
    doubts: Mapping[UUID, Doubt] = field(default_factory=dict[UUID, Doubt])
    group: frozenset[UUID] = frozenset()
    merged_into: UUID | None = None
    absorbed: Mapping[UUID, CustomersMerged] = field(default_factory=dict[UUID, CustomersMerged])
    source_method: SourceMethod | None = None
    assessed: IcpAssessed | None = None
    overridden: Grade | None = None

    @property
    def grade(self) -> Grade | None:
        """The grade that counts: what a manager said, else what was assessed; None where nobody looked."""
        return self.overridden or (self.assessed.grade if self.assessed else None)

    @property
    def traits(self) -> Traits:
        """What the lead is like, as a profile asks for it."""
        details, relation = self.details, self.details.competitor_relation
        here = [contact for contact in self.contacts.values() if contact.here]
        website = None if details.has_website is None else str(details.has_website).lower()
        return Traits(
            {
                IcpAttribute.KIND: self.kind,
                IcpAttribute.COUNTRY: details.country,
                IcpAttribute.REGION: details.region_code,
                IcpAttribute.HAS_WEBSITE: website,
                IcpAttribute.COMPETITOR_TIE: relation.tie if relation else None,
                IcpAttribute.BUYER_PERSONA: details.buyer_persona,
                IcpAttribute.SOURCE_METHOD: self.source_method,
                IcpAttribute.COMPLETENESS: str(self.completeness),
                IcpAttribute.KEY_CONTACTS: str(sum(contact.role.is_key for contact in here)),
            }
        )

    @property
    def duplicate_pending(self) -> bool:
        """Whether somebody must say first that this is no double of another record (A10)."""
        return any(doubt.level is Level.STRONG and doubt.verdict is None for doubt in self.doubts.values())

    @property
    def completeness(self) -> int:
        """How complete the record is, 0–100 (S11)."""
        details, here = self.details, [contact for contact in self.contacts.values() if contact.here]
        return completeness(
            country=details.country,
            uscc=details.uscc is not None,
            region=details.region_code is not None,
            domain=details.domain is not None,
            phone=bool(details.phones),
            place=details.place is not None,
            website_looked_for=details.has_website is not None,
            buyer_persona=details.buyer_persona is not None,
            contact=bool(here),
            key_contact=any(contact.role.is_key for contact in here),
        )


Customer: TypeAlias = Unregistered | Registered


def evolve(customer: Customer, event: CustomerEvent) -> Customer:
    """The customer after one more event."""
    if isinstance(event, CustomerRegistered):
        return _registered(event)
    if isinstance(customer, Unregistered):
        return customer
    match event:
        case CustomerDetailsRecorded():
            return replace(customer, details=with_value(customer.details, event.field, event.new_value))
        case CustomerRenamed():
            return replace(
                customer,
                legal_name=event.legal_name,
                aliases=renamed_aliases(customer.aliases, customer.legal_name, event.legal_name),
            )
        case AliasNoted():
            return replace(customer, aliases=(*customer.aliases, event.alias))
        case ContactAdded():
            contact = Contact(event.name, event.role, event.phone, event.email, event.persona)
            return _with_contact(customer, event.contact_id, contact)
        case ContactRoleSet():
            known = customer.contacts[event.contact_id]
            return _with_contact(customer, event.contact_id, replace(known, role=event.role))
        case ContactLeft():
            known = customer.contacts[event.contact_id]
            return _with_contact(customer, event.contact_id, replace(known, here=False))
        case LeadDeclined():
            return replace(customer, declined=event.reason)
        case IcpAssessed():
            return replace(customer, assessed=event)
        case IcpOverridden():
            return replace(customer, overridden=event.grade)
        case DuplicateSuspected():
            return _in_doubt(customer, event.other_id, Doubt(event.level, event.signs))
        case DuplicateResolved():
            doubt = customer.doubts.get(event.other_id, Doubt(Level.WEAK))
            return _in_doubt(customer, event.other_id, replace(doubt, verdict=event.verdict))
        case GroupLinked():
            return replace(customer, group=customer.group | {event.other_id})
        case CustomersMerged() if event.survivor_id == customer.customer_id:
            return replace(customer, absorbed={**customer.absorbed, **dict.fromkeys(event.merged_ids, event)})
        case CustomersMerged():
            return replace(customer, merged_into=event.survivor_id)
        case CustomersUnmerged() if event.survivor_id == customer.customer_id:
            kept = {one: how for one, how in customer.absorbed.items() if one not in event.merged_ids}
            aliases = tuple(name for name in customer.aliases if name not in event.aliases)
            return replace(customer, absorbed=kept, aliases=aliases)
        case CustomersUnmerged():
            return replace(customer, merged_into=None)
        case _:
            assert_never(event)


def renamed_aliases(aliases: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    """Every earlier name once, oldest first, but for the one that is borne again."""
    return tuple(name for name in dict.fromkeys([*aliases, old]) if name != new)


@lru_cache(4_096)
def customer_of(customer_id: UUID) -> Stream[Customer]:
    """The history of one customer."""
    return Stream(f"customer-{customer_id}", Unregistered(), evolve)


def _registered(event: CustomerRegistered) -> Registered:
    return Registered(
        customer_id=event.customer_id,
        kind=event.kind,
        legal_name=event.legal_name,
        registered_at=event.registered_at,
        source_method=event.source.method,
        details=Details(
            country=event.country,
            region_code=event.region_code,
            uscc=event.uscc,
            domain=event.domain,
            registrable=event.registrable,
            phones=event.phones,
            place=event.place,
            competitor_relation=event.competitor_relation,
            has_website=event.has_website,
            buyer_persona=event.buyer_persona,
            address=event.address,
        ),
    )


def _in_doubt(customer: Registered, other_id: UUID, doubt: Doubt) -> Registered:
    return replace(customer, doubts={**customer.doubts, other_id: doubt})


def _with_contact(customer: Registered, contact_id: UUID, contact: Contact) -> Registered:
    return replace(customer, contacts={**customer.contacts, contact_id: contact})
