"""Make one customer of two records, or two of one again (domain §3.4, A10, A11, A34)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.claiming.overdue import called_off, standing
from domain.claiming.refusals import Contested
from domain.customer.details import Details, hash_of, value_of
from domain.customer.events import (
    AliasNoted,
    CustomerDetailsRecorded,
    CustomersMerged,
    CustomersUnmerged,
    DetailField,
    DuplicateResolved,
    MergedClaim,
    Verdict,
)
from domain.customer.names import normal_name, searched_name
from domain.customer.state import Customer, Registered, customer_of
from domain.days import Calendar, day_of, start_of_day
from domain.decider import Decider, Past, Stream
from domain.facts import NameFacts
from domain.identifier.events import IdentifierKind, IdentifierReleased, IdentifierReserved
from domain.identifier.state import Identifier, identifier_of, value_hash
from domain.ownership.events import ClaimBasis, ReleaseReason
from domain.ownership.protection import Terms, moved_to, revoked
from domain.ownership.state import Claimed, Counting, Ownership, lapses_at, ownership_of
from domain.portfolio.events import SlotReleased, SlotReserved
from domain.portfolio.state import Portfolio, portfolio_of
from domain.registering.doubts import (
    MergeInvalid,
    both_registered,
    earlier_of,
    not_two_legal_persons,
    verdict_on,
)
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class Merging:
    """What is known of two records when the service looked.

    `lines`: the business lines in which either was ever claimed, each with an id for a claim on either record;
    `holders`: the reps whose slots may change; `identifiers`: the codes and domains that either holds.
    """

    lines: Mapping[str, tuple[UUID, UUID]]
    holders: tuple[str, ...]
    identifiers: tuple[tuple[IdentifierKind, str], ...]
    rules: ProtectionRules
    calendar: Calendar
    biz_date: date
    at: datetime

    @property
    def terms(self) -> Terms:
        """By what claims are dated."""
        return Terms(self.rules, self.calendar, self.at)


@dataclass(frozen=True, slots=True)
class MergeCustomers:
    """Two records are of one customer: the one that was registered first stands for both from now on.

    `names`: those of both records, as names are compared.
    """

    customer_id: UUID
    other_id: UUID
    names: Mapping[str, NameFacts]
    known: Merging
    asked_by: str


@dataclass(frozen=True, slots=True)
class UnmergeCustomers:
    """A merge was wrong."""

    customer_id: UUID
    other_id: UUID
    reason: str
    known: Merging
    asked_by: str


MergeCommand: TypeAlias = MergeCustomers | UnmergeCustomers


def stands_on(
    command: MergeCommand,
) -> Sequence[Stream[Customer] | Stream[Ownership] | Stream[Portfolio] | Stream[Identifier]]:
    """Both records, their ownerships in every line, the slots of whoever holds them, and their identifiers."""
    records = sorted({command.customer_id, command.other_id})
    return [
        *(customer_of(one) for one in records),
        *(ownership_of(one, line) for one in records for line in sorted(command.known.lines)),
        *(portfolio_of(rep_id) for rep_id in sorted({*command.known.holders})),
        *(identifier_of(kind, value) for kind, value in sorted({*command.known.identifiers})),
    ]


def decide(command: MergeCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case MergeCustomers():
            return merge_customers(command, past)
        case UnmergeCustomers():
            return unmerge_customers(command, past)
        case _:
            assert_never(command)


def merge_customers(command: MergeCustomers, past: Past) -> Sequence[object]:
    """Let the earlier record stand for both: claims, details, names and identifiers of the other go on there."""
    one, other = both_registered(command.customer_id, command.other_id, past)
    not_two_legal_persons(one, other)
    why = _why_not(one, other)
    if why is not None:
        raise MergeInvalid(command.customer_id, command.other_id, why)
    survivor = earlier_of(one, other)
    merged = other if survivor is one else one
    moves = _Moves(command.known, past)
    claims = [
        kept
        for line, (claim_id, _) in sorted(command.known.lines.items())
        for kept in moves.brought_together(survivor.customer_id, merged.customer_id, line, claim_id)
    ]
    details, taken = _taken(survivor, merged, command.known.at)
    aliases = _new_aliases(survivor, merged)
    event = CustomersMerged(
        customer_id=survivor.customer_id,
        survivor_id=survivor.customer_id,
        merged_ids=(merged.customer_id,),
        taken=taken,
        aliases=aliases,
        claims=tuple(claims),
        merged_by=command.asked_by,
        merged_at=command.known.at,
    )
    noted = [
        AliasNoted(survivor.customer_id, alias, command.known.at, normal_name(command.names[alias].simplified))
        for alias in aliases
    ]
    return [
        *moves.events,
        *details,
        *noted,
        *_identifiers_handed(merged.details, _FILLED, merged.customer_id, survivor.customer_id, past),
        event,
        replace(event, customer_id=merged.customer_id),
    ]


def unmerge_customers(command: UnmergeCustomers, past: Past) -> Sequence[object]:
    """Let each record stand for itself again, with its claims as before, longer by the days for which they were one.

    A claim that was given up or handed on while they were one, is not given back.
    """
    one, other = both_registered(command.customer_id, command.other_id, past)
    survivor, merged = (one, other) if other.customer_id in one.absorbed else (other, one)
    how = survivor.absorbed.get(merged.customer_id)
    if how is None:
        raise MergeInvalid(command.customer_id, command.other_id, "NOT_MERGED")
    at, moves = command.known.at, _Moves(command.known, past)
    not_given_up = moves.not_given_up(survivor.customer_id, how.claims)
    for kept in how.claims:
        moves.parted(survivor.customer_id, merged.customer_id, kept, how.merged_at, given_up=kept not in not_given_up)
    event = CustomersUnmerged(
        customer_id=survivor.customer_id,
        survivor_id=survivor.customer_id,
        merged_ids=(merged.customer_id,),
        aliases=how.aliases,
        reason=command.reason,
        unmerged_by=command.asked_by,
        unmerged_at=at,
    )
    later, earlier = (one, other) if earlier_of(one, other) is other else (other, one)
    return [
        *moves.events,
        *_given_back(survivor, merged, how.taken, at),
        *_identifiers_handed(merged.details, how.taken, survivor.customer_id, merged.customer_id, past),
        event,
        replace(event, customer_id=merged.customer_id),
        DuplicateResolved(
            later.customer_id, earlier.customer_id, Verdict.DIFFERENT, command.reason, command.asked_by, at
        ),
    ]


def _why_not(one: Registered, other: Registered) -> str | None:
    if one.customer_id == other.customer_id:
        return "ITSELF"
    if one.merged_into is not None or other.merged_into is not None:
        return "MERGED"
    return None if verdict_on(one, other) is Verdict.SAME else "NO_VERDICT"


@dataclass
class _Moves:
    """The claims on two records, moved with their windows; `events`: what that writes."""

    known: Merging
    past: Past
    events: list[object] = field(default_factory=list[object])

    def brought_together(self, survivor_id: UUID, merged_id: UUID, line: str, claim_id: UUID) -> Sequence[MergedClaim]:
        """The live claims of a line, of which one is left on the survivor; two reps who hold them are at odds first."""
        here, there = self._now(survivor_id, line), self._now(merged_id, line)
        cases = tuple(sorted(here.cases | there.cases))
        if cases:
            raise Contested(survivor_id, cases)
        if isinstance(here, Claimed) and isinstance(there, Claimed) and here.rep_id != there.rep_id:
            raise Contested(survivor_id, ())
        kept: list[MergedClaim] = []
        if isinstance(here, Claimed):
            kept.append(_kept(survivor_id, line, here, here.claim_id))
        if isinstance(there, Claimed):
            goes_on = not isinstance(here, Claimed)
            kept.append(_kept(merged_id, line, there, claim_id if goes_on else None))
            self._end(merged_id, line, there)
            if goes_on:
                self._grant(survivor_id, line, there, claim_id)
        return kept

    def not_given_up(self, survivor_id: UUID, claims: Sequence[MergedClaim]) -> Sequence[MergedClaim]:
        """Those of the claims before a merge that still went on at the survivor, or that only the clock ended.

        One rep who held both records held one claim since; whoever gave that up gave up both.
        """
        lines: set[str] = set()
        for kept in claims:
            here = self._now(survivor_id, kept.line)
            held = isinstance(here, Claimed) and here.claim_id == kept.continues_as
            if held or kept.continues_as in here.run_out:
                lines.add(kept.line)
        return [kept for kept in claims if kept.line in lines]

    def parted(
        self, survivor_id: UUID, merged_id: UUID, kept: MergedClaim, merged_at: datetime, *, given_up: bool
    ) -> None:
        """A claim as it stood before the merge, longer by the days since; not one that was given up meanwhile."""
        here = self._now(survivor_id, kept.line)
        if here.cases:
            raise Contested(survivor_id, tuple(sorted(here.cases)))
        held = isinstance(here, Claimed) and here.claim_id == kept.continues_as
        if isinstance(here, Claimed) and held:
            self._end(survivor_id, kept.line, here)
        if given_up or isinstance(self._now(kept.customer_id, kept.line), Claimed):
            return
        claim = _longer(kept, here if isinstance(here, Claimed) and held else None, merged_at, self.known.at)
        on_survivor, on_merged = self.known.lines[kept.line]
        self._grant(kept.customer_id, kept.line, claim, on_merged if kept.customer_id == merged_id else on_survivor)

    def _now(self, customer_id: UUID, line: str) -> Ownership:
        stream = ownership_of(customer_id, line)
        ownership = self.past.of(stream)
        for event in self.events:
            if getattr(event, "customer_id", None) == customer_id and getattr(event, "line", None) == line:
                ownership = stream.evolve(ownership, event)
        now = standing(customer_id, line, ownership, self.known.rules, self.known.at)
        self.events += now.unwritten
        return now.ownership

    def _end(self, customer_id: UUID, line: str, claim: Claimed) -> None:
        self.events += called_off(customer_id, line, claim, self.known.at)
        self.events.append(revoked(customer_id, line, claim, ReleaseReason.MERGE, None, self.known.at))
        if claim.claim_id in self.past.of(portfolio_of(claim.rep_id)).claims:
            self.events.append(SlotReleased(claim.rep_id, claim.claim_id, customer_id))

    def _grant(self, customer_id: UUID, line: str, claim: Claimed, claim_id: UUID) -> None:
        self.events.append(moved_to(customer_id, line, claim, claim_id, self.known.terms))
        if not claim.in_custody:
            slot = SlotReserved(claim.rep_id, claim_id, customer_id, self.known.biz_date, claimed=False)
            self.events.append(slot)


def _kept(customer_id: UUID, line: str, claim: Claimed, continues_as: UUID | None) -> MergedClaim:
    return MergedClaim(
        line=line,
        customer_id=customer_id,
        claim_id=claim.claim_id,
        continues_as=continues_as,
        rep_id=claim.rep_id,
        team_id=claim.team_id,
        protection_tz=claim.protection_tz,
        first_visit_due=claim.first_visit_due,
        protected_until=claim.protected_until,
        hard_cap=claim.hard_cap,
        release_at=claim.release_at,
        priority_at=claim.priority_at,
        visited=claim.visited,
        in_custody=claim.in_custody,
    )


def _longer(kept: MergedClaim, now: Claimed | None, merged_at: datetime, at: datetime) -> Claimed:
    """The claim with every deadline later by the local days of the merge; what a visit since then gained is kept."""
    zone = kept.protection_tz
    days = day_of(at, zone) - day_of(merged_at, zone)

    def later(deadline: datetime, gained: datetime | None) -> datetime:
        moved = start_of_day(day_of(deadline, zone) + days, zone)
        return moved if gained is None else max(moved, gained)

    visited = kept.visited or (now is not None and now.visited)
    first_visit_due = later(kept.first_visit_due, now.first_visit_due if now else None)
    protected_until = later(kept.protected_until, now.protected_until if now else None)
    grace = kept.release_at - lapses_at(kept.protected_until, kept.first_visit_due, visited=kept.visited)
    return Claimed(
        claim_id=now.claim_id if now else kept.claim_id,
        rep_id=kept.rep_id,
        team_id=kept.team_id,
        basis=ClaimBasis.CUSTODY if kept.in_custody else ClaimBasis.MERGE,
        priority_at=kept.priority_at,
        granted_at=at,
        counting=now.counting if now else Counting(at),
        protection_tz=zone,
        first_visit_due=first_visit_due,
        protected_until=protected_until,
        hard_cap=later(kept.hard_cap, now.hard_cap if now else None),
        release_at=lapses_at(protected_until, first_visit_due, visited=visited) + grace,
        visited=visited,
        lapse_written=False,
        cooling_off={},
    )


_FILLED = (
    DetailField.USCC,
    DetailField.DOMAIN,
    DetailField.PHONES,
    DetailField.PLACE,
    DetailField.HAS_WEBSITE,
    DetailField.BUYER_PERSONA,
    DetailField.ADDRESS,
)
"""The groups of details that a survivor takes over where it has none."""


def _taken(
    survivor: Registered, merged: Registered, at: datetime
) -> tuple[Sequence[CustomerDetailsRecorded], tuple[DetailField, ...]]:
    """What the survivor did not know and the other record does."""
    taken = tuple(
        field
        for field in _FILLED
        if value_of(survivor.details, field) is None and value_of(merged.details, field) is not None
    )
    recorded = [
        CustomerDetailsRecorded(survivor.customer_id, field, None, value_of(merged.details, field), at)
        for field in taken
    ]
    return recorded, taken


def _given_back(
    survivor: Registered, merged: Registered, taken: Sequence[DetailField], at: datetime
) -> Sequence[CustomerDetailsRecorded]:
    """What the survivor has of the other record and still says in the same words is no longer its own."""
    return [
        CustomerDetailsRecorded(survivor.customer_id, field, hash_of(value_of(survivor.details, field)), None, at)
        for field in taken
        if value_of(survivor.details, field) == value_of(merged.details, field)
    ]


def _new_aliases(survivor: Registered, merged: Registered) -> tuple[str, ...]:
    """The names of the other record under which the survivor is not found yet."""
    known = {searched_name(name) for name in (survivor.legal_name, *survivor.aliases)}
    return tuple(
        name for name in dict.fromkeys((merged.legal_name, *merged.aliases)) if searched_name(name) not in known
    )


def _identifiers_handed(
    details: Details, given: Sequence[DetailField], giver: UUID, taker: UUID, past: Past
) -> Sequence[object]:
    """The code and the domain of the merged record stand for whoever stands for it; one of its own nobody gives up."""
    handed: list[object] = []
    for kind, group, value in (
        (IdentifierKind.USCC, DetailField.USCC, details.uscc),
        (IdentifierKind.DOMAIN, DetailField.DOMAIN, details.registrable),
    ):
        if value is None:
            continue
        holders, hashed = past.of(identifier_of(kind, value)).holders, value_hash(value)
        if giver in holders and group in given:
            handed.append(IdentifierReleased(giver, kind, hashed))
        if taker not in holders:
            others = tuple(holder for holder in holders if holder != giver)
            handed.append(IdentifierReserved(taker, kind, hashed, others))
    return handed


merging = Decider[MergeCommand](stands_on, decide)
"""One customer of two records, and two of one again."""
