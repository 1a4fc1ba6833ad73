"""What can be done about customers, and what others need to know of them to decide."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from domain.customer.decisions import (
    AddContact,
    ContactExists,
    DeclineLead,
    NoteAlias,
    RecordContactLeft,
    RenameCustomer,
    SetContactRole,
    checked_contact,
    keeping,
    registered,
)
from domain.customer.events import (
    CompetitorRelation,
    CompetitorTie,
    ContactRole,
    CustomerKind,
    DeclineReason,
    Source,
    SourceMethod,
    Verdict,
)
from domain.customer.fit import Grade
from domain.customer.likeness import Identity, likeness
from domain.customer.said import KEEP, ContactSaid, DetailsSaid, GivenPlace, Keep, Registration
from domain.customer.state import Contact, Registered, customer_of
from domain.facts import CustomerFacts, NameFacts, PhoneFacts
from domain.icp.state import sources
from domain.registering.decisions import (
    DomainNotCompany,
    DuplicateHard,
    RecordDetails,
    RegisterCustomer,
    RegistryCommand,
    as_said,
    duplicates,
    registering,
)
from domain.registering.doubts import (
    LinkGroup,
    LookForDuplicates,
    MergeForbidden,
    MergeInvalid,
    ResolveDuplicate,
    doubting,
)
from domain.rights import Role
from domain.values import Sealed
from services.carry_out import CarryOut, told
from services.lookalikes import Lookalikes
from services.pasts import Pasts
from services.ports import Context, Disclosure, Json, NewId, ReadDomain, ReadPhone, Receipt, Simplify, Vault

__all__ = [
    "KEEP",
    "CompetitorRelation",
    "CompetitorTie",
    "ContactExists",
    "ContactRole",
    "ContactSaid",
    "CustomerDesk",
    "CustomerKind",
    "DeclineReason",
    "DetailsSaid",
    "DomainNotCompany",
    "DuplicateHard",
    "GivenPlace",
    "Keep",
    "MergeForbidden",
    "MergeInvalid",
    "Reading",
    "Registration",
    "Source",
    "SourceMethod",
    "Verdict",
]


@dataclass(frozen=True)
class Reading:
    """How what people write is read: names, web domains and telephone numbers."""

    domain: ReadDomain
    phone: ReadPhone
    simplify: Simplify

    def name(self, text: str) -> NameFacts:
        """A name, as it was written and as it is compared."""
        return NameFacts(text, self.simplify(text))

    def phones(self, texts: Sequence[str], country: str) -> Sequence[PhoneFacts]:
        """The numbers, as dialled in a country."""
        return [self.phone(text, country) for text in texts]


class CustomerDesk:
    """The desk at which customers are registered and their records kept."""

    def __init__(
        self,
        carry_out: CarryOut,
        pasts: Pasts,
        vault: Vault,
        reading: Reading,
        lookalikes: Lookalikes,
        new_id: NewId,
    ) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._vault = vault
        self._reading = reading
        self._lookalikes = lookalikes
        self._new_id = new_id

    async def register(self, registration: Registration, context: Context) -> Receipt:
        """Take a customer up. Answers its id and the customers that it may be a duplicate of."""
        customer_id = registration.customer_id or self._new_id()
        domain = self._reading.domain(registration.domain) if registration.domain is not None else None
        phones = self._reading.phones(registration.phones, registration.country)
        said = as_said(customer_id, registration, self._reading.name(registration.legal_name), domain, phones)
        command = RegisterCustomer(
            customer_id=customer_id,
            said=registration,
            legal_name=self._reading.name(registration.legal_name),
            domain=domain,
            phones=phones,
            lookalikes=await self._lookalikes.of(said),
            rules=await self._lookalikes.rules(context.biz_date),
            registered_by=_finder(context),
            at=context.occurred_at.astimezone(UTC),
            suspended=await self._suspended(registration.source, context),
        )
        return await self._carry_out(command, registering, context, answer=_answering(command.customer_id))

    async def record_details(self, customer_id: UUID, said: DetailsSaid, context: Context) -> Receipt:
        """Record what was learnt about a customer: one event for each group of details that changed."""
        domain = self._reading.domain(said.domain) if isinstance(said.domain, str) else None

        async def ask() -> RegistryCommand:
            held = (await self._registered(customer_id)).details
            return RecordDetails(
                customer_id=customer_id,
                said=said,
                domain=domain,
                phones=()
                if isinstance(said.phones, Keep)
                else self._reading.phones(said.phones, said.country if isinstance(said.country, str) else held.country),
                held_uscc=held.uscc,
                held_registrable=held.registrable,
                at=context.occurred_at.astimezone(UTC),
            )

        return await self._carry_out.afresh(ask, registering, context, answer=_answering(customer_id))

    async def rename(self, customer_id: UUID, legal_name: str, context: Context) -> Receipt:
        """Give a customer another name; the old one stays as an alias."""
        command = RenameCustomer(customer_id, self._reading.name(legal_name), context.occurred_at.astimezone(UTC))
        return await self._carry_out(command, keeping, context, answer=_naming(customer_id=customer_id))

    async def note_alias(self, customer_id: UUID, alias: str, context: Context) -> Receipt:
        """Find a customer under another name too; asked for by policy when it was to be registered again (A28)."""
        command = NoteAlias(customer_id, self._reading.name(alias), context.occurred_at.astimezone(UTC))
        return await self._carry_out(command, keeping, context, answer=_naming(customer_id=customer_id))

    async def look_for_duplicates(self, customer_id: UUID, at: datetime, context: Context) -> Receipt | None:
        """See of which records a customer may be a double, now that it is better known (PM10); None: of none."""
        customer = await self._registered(customer_id)
        named = (customer.legal_name, *customer.aliases)
        alone = self._lookalikes.identity(customer_id, customer.kind, named, customer.details)
        mine = replace(alone, people=await self._marks_of(customer))
        rules = await self._lookalikes.rules(context.biz_date)
        in_doubt = {*await self._lookalikes.in_doubt(customer_id)}
        known = await self._who_knows_the_same(mine)
        like = await self._lookalikes.of(mine)
        more = await self._lookalikes.identities({*known} - {other.customer_id for other in like})
        looked_at = [replace(other, people=known.get(other.customer_id, frozenset())) for other in (*like, *more)]
        found = [other for other in looked_at if likeness(mine, other, rules) is not None]
        missing = in_doubt - {other.customer_id for other in found}
        others = [*found, *await self._lookalikes.identities(missing)]
        if not others:
            return None
        return await self._carry_out(LookForDuplicates(mine, others, rules, at), doubting, context)

    async def resolve_duplicate(
        self, customer_id: UUID, other_id: UUID, verdict: Verdict, reason: str | None, context: Context
    ) -> Receipt:
        """Say whether two records are of one customer (V19)."""
        command = ResolveDuplicate(customer_id, other_id, verdict, reason, context.actor.acting_for, context.decided_at)
        return await self._carry_out(command, doubting, context, answer=_naming(customer_id=customer_id))

    async def link_group(self, customer_id: UUID, other_id: UUID, reason: str | None, context: Context) -> Receipt:
        """Say that two customers belong to one group of companies and stay two (A29)."""
        command = LinkGroup(customer_id, other_id, reason, context.actor.acting_for, context.decided_at)
        return await self._carry_out(command, doubting, context, answer=_naming(customer_id=customer_id))

    async def add_contact(self, customer_id: UUID, said: ContactSaid, context: Context) -> Receipt:
        """Take up a person at a customer. Name, phone and e-mail leave this method only sealed."""
        phone: PhoneFacts | None = None
        if said.phone is not None:
            phone = self._reading.phone(said.phone, (await self._registered(customer_id)).details.country)
        contact = checked_contact(said, phone)
        contact_id = contact.contact_id or self._new_id()
        sealing = _Sealing(self._vault, _person(contact_id))
        command = AddContact(
            customer_id=customer_id,
            contact_id=contact_id,
            name=await sealing.sealed("name", contact.name),
            role=contact.role,
            phone=await sealing.sealed_if_known("phone", contact.phone),
            email=await sealing.sealed_if_known("email", contact.email),
            persona=contact.persona,
            at=context.occurred_at.astimezone(UTC),
        )
        return await self._carry_out(
            command,
            keeping,
            context,
            answer=_naming(customer_id=customer_id, contact_id=contact_id),
            disclosures=sealing.disclosures,
        )

    async def set_contact_role(
        self, customer_id: UUID, contact_id: UUID, role: ContactRole, context: Context
    ) -> Receipt:
        """Say what part a person plays in a purchase."""
        command = SetContactRole(customer_id, contact_id, role, context.occurred_at.astimezone(UTC))
        answer = _naming(customer_id=customer_id, contact_id=contact_id)
        return await self._carry_out(command, keeping, context, answer=answer)

    async def contact_left(self, customer_id: UUID, contact_id: UUID, context: Context) -> Receipt:
        """Say that a person is no longer there."""
        command = RecordContactLeft(customer_id, contact_id, context.occurred_at.astimezone(UTC))
        answer = _naming(customer_id=customer_id, contact_id=contact_id)
        return await self._carry_out(command, keeping, context, answer=answer)

    async def decline(self, customer_id: UUID, reason: DeclineReason, context: Context) -> Receipt:
        """Say that nobody shall spend effort on a lead; from now on it cannot be claimed."""
        command = DeclineLead(customer_id, reason, context.occurred_at.astimezone(UTC))
        return await self._carry_out(command, keeping, context, answer=_naming(customer_id=customer_id))

    async def facts(self, customer_id: UUID) -> CustomerFacts:
        """A customer as others need to know it, at this moment; raises `RefNotFound`.

        People who have left are still known (a late visit may name them), but are no key persons any more.
        """
        customer = await self._registered(customer_id)
        place = customer.details.place
        people = {**customer.contacts, **await self._people_of(customer.absorbed)}
        return CustomerFacts(
            customer_id=customer_id,
            lat_e7=place.lat_e7 if place else None,
            lon_e7=place.lon_e7 if place else None,
            crs=place.crs if place else None,
            contact_ids=frozenset(people),
            key_contact_ids=frozenset(
                contact_id for contact_id, contact in people.items() if contact.here and contact.role.is_key
            ),
            declined=customer.declined is not None or customer.grade is Grade.X,
            duplicate_pending=customer.duplicate_pending,
            merged_into=customer.merged_into,
        )

    async def _suspended(self, source: Source | None, context: Context) -> str | None:
        """Why no leads of a source are taken; a past that is brought in came when it came."""
        if source is None or "IMPORTED" in context.flags:
            return None
        return (await self._pasts.of(sources())).why(source.method, source.detail)

    async def _marks_of(self, customer: Registered) -> frozenset[str]:
        """What stands for the personal numbers and addresses of the people at a customer; kept, so they are found."""
        sealed = {
            one: kind
            for contact in customer.contacts.values()
            if contact.here
            for kind, one in (("phone", contact.phone), ("email", contact.email))
            if one is not None
        }
        opened, marks = await self._vault.open([*sealed]), set[str]()
        for contact_id, contact in customer.contacts.items():
            own = [
                self._vault.mark(sealed[one], opened[one.digest].casefold())
                for one in (contact.phone, contact.email)
                if one in sealed and one.digest in opened
            ]
            if own:
                await self._vault.keep_marks(_person(contact_id), own)
            marks.update(own)
        return frozenset(marks)

    async def _who_knows_the_same(self, mine: Identity) -> Mapping[UUID, frozenset[str]]:
        """The other customers at which somebody has the same personal number or address, with what is the same."""
        marked = await self._vault.marked(sorted(mine.people))
        marks: dict[UUID, set[str]] = {}
        for mark, subject in marked:
            marks.setdefault(UUID(subject.removeprefix(_person(""))), set()).add(mark)
        found: dict[UUID, frozenset[str]] = {}
        for contact_id, customer_id in await self._lookalikes.customers_of([*marks]):
            if customer_id != mine.customer_id:
                found[customer_id] = found.get(customer_id, frozenset()) | marks[contact_id]
        return found

    async def _people_of(self, merged_ids: Iterable[UUID]) -> Mapping[UUID, Contact]:
        """The people of records for which another one stands; a visit to that one may have met them."""
        people: dict[UUID, Contact] = {}
        for merged_id in merged_ids:
            merged = await self._registered(merged_id)
            people |= {**merged.contacts, **await self._people_of(merged.absorbed)}
        return people

    async def _registered(self, customer_id: UUID) -> Registered:
        return registered(await self._pasts.of(customer_of(customer_id)), customer_id)


class _Sealing:
    """Seals the values of one person, and gathers what must be appended with them."""

    def __init__(self, vault: Vault, subject: str) -> None:
        self._vault = vault
        self._subject = subject
        self.disclosures: list[Disclosure] = []

    async def sealed(self, name: str, value: str) -> Sealed:
        sealed, disclosure = await self._vault.seal(self._subject, name, value)
        self.disclosures.append(disclosure)
        return sealed

    async def sealed_if_known(self, name: str, value: str | None) -> Sealed | None:
        return None if value is None else await self.sealed(name, value)


def _person(contact_id: UUID | str) -> str:
    """A person at a customer, as a data subject."""
    return f"contact:{contact_id}"


def _finder(context: Context) -> str | None:
    """The rep who found a customer; where the house itself registers it, for nobody in particular, there is none."""
    actor = context.actor
    if actor.on_behalf_of is not None or actor.role in (Role.REP, Role.MANAGER):
        return actor.acting_for
    return None


def _answering(customer_id: UUID) -> Callable[[Sequence[object]], Mapping[str, Json]]:
    """Which customer it is, and which others may be the same."""

    def answer(events: Sequence[object]) -> Mapping[str, Json]:
        found: Sequence[Json] = [
            told({"customer_id": one.customer_id, "level": one.level}) for one in duplicates(events)
        ]
        return {**told({"customer_id": customer_id}), "duplicates": found}

    return answer


def _naming(**ids: UUID) -> Callable[[Sequence[object]], Mapping[str, Json]]:
    """Which customer and which person it is."""

    def answer(_: Sequence[object]) -> Mapping[str, Json]:
        return told(ids)

    return answer
