"""Register a customer, record its details: a company code can never stand for two (domain §3.4, §3.7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.customer.addresses import known_address, street_and_number
from domain.customer.company_code import company_code, normal_code
from domain.customer.decisions import registered
from domain.customer.details import Details, hash_of, value_of
from domain.customer.events import (
    CustomerDetailsRecorded,
    CustomerRegistered,
    DetailField,
    DuplicateSuspected,
    Level,
    Sign,
)
from domain.customer.likeness import SIGN_WEIGHTS, Identity, Likeness, likeness
from domain.customer.names import known_name, normal_name
from domain.customer.said import (
    DetailsSaid,
    Keep,
    Registration,
    known_country,
    known_phones,
    known_region,
    known_source,
    placed,
)
from domain.customer.state import Customer, Unregistered, customer_of
from domain.decider import Decider, Past, Stream
from domain.facts import DomainFacts, NameFacts, PhoneFacts
from domain.identifier.events import IdentifierKind, IdentifierReleased, IdentifierReserved
from domain.identifier.state import Identifier, identifier_of, value_hash
from domain.refusal import Conflict, Invalid
from domain.rulesets import RulingRules
from domain.values import Place

CANDIDATES_KEPT = 20
"""How many earlier holders of a shared identifier an event names; a marketplace's domain may have thousands."""


class NoCompanyDomain(StrEnum):
    """Why a text is not the web domain of one company."""

    NOT_A_DOMAIN = "NOT_A_DOMAIN"
    PUBLIC_SUFFIX = "PUBLIC_SUFFIX"
    FREE_MAIL = "FREE_MAIL"


class SameBy(StrEnum):
    """By what a customer was found to be there already."""

    CUSTOMER_ID = "CUSTOMER_ID"
    USCC = "USCC"


@dataclass(eq=False)
class DuplicateHard(Conflict):
    """This customer is in the registry already: under the same id, or with the same company code.

    `customer_id`: the one that is there; `same_by`: what they have in common; `legal_name`: the name of the other.
    """

    customer_id: UUID
    same_by: SameBy
    legal_name: str


@dataclass(eq=False)
class SourceRequired(Invalid):
    """A lead is not taken without saying where it came from (S27)."""


@dataclass(eq=False)
class SourceIsSuspended(Conflict):
    """No leads are taken from this source at present (S55); `reason`: why."""

    method: str
    detail: str | None
    reason: str


@dataclass(eq=False)
class DomainNotCompany(Invalid):
    """The web domain is not that of one company: no domain at all, a public suffix, or a free-mail provider."""

    domain: str
    why: NoCompanyDomain


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A customer that may be the same as the one just registered."""

    customer_id: UUID
    level: Level


@dataclass(frozen=True, slots=True)
class RegisterCustomer:
    """A customer is to come into the registry.

    `legal_name`, `domain`, `phones`: what is known of those that were given; `lookalikes`: the customers of the index
    with which it has something in common; `registered_by`: the rep who found it, if one did;
    `suspended`: why no leads of its source are taken, None where they are.
    """

    customer_id: UUID
    said: Registration
    legal_name: NameFacts
    domain: DomainFacts | None
    phones: Sequence[PhoneFacts]
    lookalikes: Sequence[Identity]
    rules: RulingRules
    registered_by: str | None
    at: datetime
    suspended: str | None = None


@dataclass(frozen=True, slots=True)
class RecordDetails:
    """Something was learnt about a customer.

    `domain`, `phones`: what is known of those that are spoken of; `held_uscc`, `held_registrable`: what the customer
    held when the service looked, so that it can be given up in the same append.
    """

    customer_id: UUID
    said: DetailsSaid
    domain: DomainFacts | None
    phones: Sequence[PhoneFacts]
    held_uscc: str | None
    held_registrable: str | None
    at: datetime


RegistryCommand: TypeAlias = RegisterCustomer | RecordDetails


def stands_on(command: RegistryCommand) -> Sequence[Stream[Customer] | Stream[Identifier]]:
    """The customer, and every identifier that it is to hold or to give up."""
    uscc = command.said.uscc
    codes = {normal_code(uscc)} if isinstance(uscc, str) else set[str]()
    domains = {command.domain.registrable} if command.domain and command.domain.registrable else set[str]()
    if isinstance(command, RecordDetails):
        codes |= {command.held_uscc} if command.held_uscc else set[str]()
        domains |= {command.held_registrable} if command.held_registrable else set[str]()
    return [
        customer_of(command.customer_id),
        *(identifier_of(IdentifierKind.USCC, code) for code in sorted(codes)),
        *(identifier_of(IdentifierKind.DOMAIN, domain) for domain in sorted(domains)),
    ]


def decide(command: RegistryCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case RegisterCustomer():
            return register_customer(command, past)
        case RecordDetails():
            return record_details(command, past)
        case _:
            assert_never(command)


def register_customer(command: RegisterCustomer, past: Past) -> Sequence[object]:
    """Take the customer up, with its identifiers, unless it is there already; the first fault found is told."""
    said = command.said
    if not isinstance(past.of(customer_of(command.customer_id)), Unregistered):
        raise DuplicateHard(command.customer_id, SameBy.CUSTOMER_ID, said.legal_name)
    _not_held_by_another(said.uscc, command.customer_id, said.legal_name, past)
    if said.source is None:
        raise SourceRequired
    if command.suspended is not None:
        raise SourceIsSuspended(said.source.method, said.source.detail, command.suspended)
    uscc = company_code(said.uscc) if said.uscc is not None else None
    name = known_name(said.legal_name)
    domain, registrable = _company_domain(command.domain)
    customer = CustomerRegistered(
        customer_id=command.customer_id,
        registered_by=command.registered_by,
        kind=said.kind,
        legal_name=name,
        place=placed(said.place),
        source=known_source(said.source),
        country=known_country(said.country),
        region_code=known_region(said.region_code),
        uscc=uscc,
        domain=domain,
        registrable=registrable,
        phones=known_phones(command.phones),
        competitor_relation=said.competitor_relation,
        has_website=said.has_website,
        buyer_persona=said.buyer_persona,
        registered_at=command.at,
        address=known_address(said.address),
        normal_name=normal_name(command.legal_name.simplified),
    )
    domains = _reserved(IdentifierKind.DOMAIN, registrable, command.customer_id, past)
    return [
        customer,
        *_reserved(IdentifierKind.USCC, uscc, command.customer_id, past),
        *domains,
        *_suspected(command, customer, [holder for one in domains for holder in one.shared_with]),
    ]


def _suspected(
    command: RegisterCustomer, customer: CustomerRegistered, sharing_the_domain: Sequence[UUID]
) -> Sequence[DuplicateSuspected]:
    """Every record of which this one may be a double, the surest first; those of its domain are known for certain."""
    mine = identity_of(customer)
    found: dict[UUID, Likeness] = {
        holder: Likeness(Level.STRONG, SIGN_WEIGHTS[Sign.SAME_DOMAIN], (Sign.SAME_DOMAIN,))
        for holder in sharing_the_domain
    }
    for other in command.lookalikes:
        alike = likeness(mine, other, command.rules)
        if alike is not None and other.customer_id != command.customer_id:
            found[other.customer_id] = alike
    surest = sorted(found.items(), key=lambda one: (-one[1].level.rank, -one[1].score_bp, one[0]))
    return [
        DuplicateSuspected(
            command.customer_id, other, alike.level, alike.score_bp, alike.signs, command.rules.version, command.at
        )
        for other, alike in surest[:CANDIDATES_KEPT]
    ]


def as_said(
    customer_id: UUID,
    said: Registration,
    legal_name: NameFacts,
    domain: DomainFacts | None,
    phones: Sequence[PhoneFacts],
) -> Identity:
    """What will tell a customer from others if it is taken as it is said; what cannot be taken is left out."""
    place = said.place
    return Identity(
        customer_id=customer_id,
        kind=said.kind,
        country=said.country,
        names=(normal_name(legal_name.simplified),),
        region_code=said.region_code,
        registrable=domain.registrable if domain else None,
        phones=tuple(phone.e164 for phone in phones if phone.e164 is not None),
        place=Place(place.lat_e7, place.lon_e7, place.crs) if place and place.crs else None,
        street=street_and_number(said.address) if said.address else None,
    )


def identity_of(event: CustomerRegistered) -> Identity:
    """What tells a customer from others, as it was registered."""
    return Identity(
        customer_id=event.customer_id,
        kind=event.kind,
        country=event.country,
        names=(event.normal_name or normal_name(event.legal_name),),
        region_code=event.region_code,
        uscc=event.uscc,
        registrable=event.registrable,
        phones=event.phones,
        place=event.place,
        street=street_and_number(event.address) if event.address else None,
    )


def record_details(command: RecordDetails, past: Past) -> Sequence[object]:
    """One event for each group of details that is now another; identifiers change hands with them."""
    customer = registered(past.of(customer_of(command.customer_id)), command.customer_id)
    if not isinstance(command.said.uscc, Keep):
        _not_held_by_another(command.said.uscc, command.customer_id, customer.legal_name, past)
    before, after = customer.details, _after(customer.details, command)
    recorded = [
        CustomerDetailsRecorded(
            customer_id=command.customer_id,
            field=field,
            old_hash=hash_of(value_of(before, field)),
            new_value=value_of(after, field),
            learned_at=command.at,
        )
        for field in DetailField
        if value_of(before, field) != value_of(after, field)
    ]
    return [
        *recorded,
        *_exchanged(IdentifierKind.USCC, before.uscc, after.uscc, command.customer_id, past),
        *_exchanged(IdentifierKind.DOMAIN, before.registrable, after.registrable, command.customer_id, past),
    ]


def duplicates(events: Iterable[object]) -> Sequence[Duplicate]:
    """The customers that a registration or a change of details showed to be possibly the same."""
    found: dict[UUID, Level] = {}
    for event in events:
        if isinstance(event, IdentifierReserved) and event.kind is IdentifierKind.DOMAIN:
            found.update(dict.fromkeys(event.shared_with, Level.STRONG))
        elif isinstance(event, DuplicateSuspected):
            found[event.other_id] = event.level
    return [Duplicate(customer_id, level) for customer_id, level in found.items()]


def _after(before: Details, command: RecordDetails) -> Details:
    """The details with everything that was said taken in, if it can be."""
    said, after = command.said, before
    if not isinstance(said.uscc, Keep):
        after = replace(after, uscc=company_code(said.uscc) if said.uscc is not None else None)
    if not isinstance(said.domain, Keep):
        domain, registrable = _company_domain(command.domain)
        after = replace(after, domain=domain, registrable=registrable)
    if not isinstance(said.place, Keep):
        after = replace(after, place=placed(said.place))
    if not isinstance(said.country, Keep):
        after = replace(after, country=known_country(said.country))
    if not isinstance(said.region_code, Keep):
        after = replace(after, region_code=known_region(said.region_code))
    if not isinstance(said.phones, Keep):
        after = replace(after, phones=known_phones(command.phones))
    if not isinstance(said.competitor_relation, Keep):
        after = replace(after, competitor_relation=said.competitor_relation)
    if not isinstance(said.has_website, Keep):
        after = replace(after, has_website=said.has_website)
    if not isinstance(said.buyer_persona, Keep):
        after = replace(after, buyer_persona=said.buyer_persona)
    if not isinstance(said.address, Keep):
        after = replace(after, address=known_address(said.address))
    return after


def _company_domain(domain: DomainFacts | None) -> tuple[str | None, str | None]:
    """The domain as an A-label and its registrable part, if it is that of one company."""
    if domain is None:
        return None, None
    if domain.ascii is None:
        raise DomainNotCompany(domain.text, NoCompanyDomain.NOT_A_DOMAIN)
    if domain.is_public_suffix or domain.registrable is None:
        raise DomainNotCompany(domain.text, NoCompanyDomain.PUBLIC_SUFFIX)
    if domain.is_free_mail:
        raise DomainNotCompany(domain.text, NoCompanyDomain.FREE_MAIL)
    return domain.ascii, domain.registrable


def _not_held_by_another(uscc: str | None, customer_id: UUID, legal_name: str, past: Past) -> None:
    """A company code stands for one customer, for ever one at a time."""
    if uscc is None:
        return
    for holder in past.of(identifier_of(IdentifierKind.USCC, normal_code(uscc))).holders:
        if holder != customer_id:
            raise DuplicateHard(holder, SameBy.USCC, legal_name)


def _reserved(kind: IdentifierKind, value: str | None, customer_id: UUID, past: Past) -> Sequence[IdentifierReserved]:
    if value is None:
        return []
    others = past.of(identifier_of(kind, value)).holders[:CANDIDATES_KEPT]
    return [IdentifierReserved(customer_id, kind, value_hash(value), others)]


def _exchanged(
    kind: IdentifierKind, old: str | None, new: str | None, customer_id: UUID, past: Past
) -> Sequence[object]:
    if old == new:
        return []
    released = [IdentifierReleased(customer_id, kind, value_hash(old))] if old is not None else []
    return [*released, *_reserved(kind, new, customer_id, past)]


registering = Decider[RegistryCommand](stands_on, decide)
"""What tells customers apart, in one append with the customer (S15)."""
