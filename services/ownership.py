"""What can be done about the ownership of customers: claim and release; renew, expire and free by policy and clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from domain.calendar.state import DEFAULT_CALENDAR, calendar_of
from domain.claiming.decisions import (
    Check,
    ClaimCommand,
    ClaimCustomer,
    ContinueFollowUp,
    CountFollowUps,
    ExpireClaim,
    ExtendProtection,
    FollowUp,
    FreeSlot,
    LinkHelper,
    NoteProgress,
    NotOwner,
    ParkCustomer,
    PauseProtection,
    PlaceInCustody,
    ProtectWon,
    ReleaseClaim,
    RenewProtection,
    ResumeProtection,
    TransferClaim,
    UnlinkHelper,
    checks,
    claiming,
)
from domain.claiming.offline import Then
from domain.customer.state import customer_of
from domain.days import day_of
from domain.deal.state import Open, deal_of
from domain.decider import Stream
from domain.facts import RepFacts
from domain.ownership.events import (
    ClaimBasis,
    Progress,
)
from domain.ownership.events import ReturnReason as ReturnReason
from domain.ownership.events import SplitShare as SplitShare
from domain.ownership.state import Claimed, Ownership, ownership_of, slot_takers
from domain.portfolio.state import portfolio_of
from domain.reception import Forbidden
from domain.refusal import Refusal
from domain.rights import Role
from domain.rules.events import RuleKind
from domain.rules.state import rules_of
from domain.rulesets import PriorityMode, ProtectionRules
from projections.deadlines import DeadlineRow
from projections.departures import DepartureRow
from services.by_itself import after_leaving, by_the_clock
from services.carry_out import CarryOut, told
from services.deadlines import Deadlines
from services.in_utc import in_utc
from services.lookups import CustomerRegistry, Reps, RulesInForce
from services.ownership_answers import extended, granted, helped, parked, released, transferred
from services.pasts import Pasts
from services.ports import Context, Json, NewId, Receipt


@dataclass(frozen=True, slots=True)
class ClaimPlace:
    """Where a claim stands: which customer, which line, and who holds it."""

    customer_id: UUID
    line: str
    rep_id: str
    claim_id: UUID


class Claims(Protocol):
    """Finds a claim by its id."""

    async def place(self, claim_id: UUID) -> ClaimPlace:
        """The customer and line of a claim; raises `RefNotFound`."""
        ...

    async def held_by(self, rep_id: str, *, at: datetime) -> Sequence[ClaimPlace]:
        """Everything that a rep holds at an hour, as far as it is known now."""
        ...

    async def unworked(self, rep_id: str, *, at: datetime) -> int:
        """How many customers a rep holds at an hour without an effective visit, by everything that is recorded."""
        ...


class FollowUpsFound(Protocol):
    """Finds how often a customer was followed up."""

    async def since(self, customer_id: UUID, line: str, hour: datetime) -> tuple[FollowUp, ...]:
        """The follow-ups from an hour on that are not void, by anyone, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Handover:
    """To whom a claim goes, and on what terms; `effective_at` None: at once. `approval_id`: a yes to go over a rule.

    `credit_split`: rep and basis points; None where nothing was said.
    """

    claim_id: UUID
    to_rep_id: str
    credit_split: tuple[SplitShare, ...] | None
    effective_at: datetime | None = None
    reason: str | None = None
    approval_id: UUID | None = None
    to_claim_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Parking:
    """Until which day a customer is left to ripen, with whom, and what will make it ripe."""

    claim_id: UUID
    harvest_on: date
    nurtured_by: str | None = None
    trigger: str | None = None


@dataclass(frozen=True, slots=True)
class Claimability:
    """What a claim would be answered at a moment, and on what that stands: its conditions, rules, workdays and hours.

    `code`, `facts`: those of the refusal; `zone`: where the rep works, whose day `biz_date` is.
    """

    claimable: bool
    rules_version: int
    calendar_version: int
    decided_at: datetime
    priority_at: datetime
    biz_date: date
    zone: str
    checks: Sequence[Check]
    code: str | None = None
    claimable_at: datetime | None = None
    facts: Mapping[str, Json] | None = None


class OwnershipDesk:
    """The desk at which customers are claimed and given back."""

    def __init__(
        self,
        carry_out: CarryOut,
        pasts: Pasts,
        reps: Reps,
        customers: CustomerRegistry,
        rulebook: RulesInForce,
        deadlines: Deadlines,
        claims: Claims,
        follow_ups: FollowUpsFound,
        new_id: NewId,
    ) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._reps = reps
        self._customers = customers
        self._rulebook = rulebook
        self._deadlines = deadlines
        self._claims = claims
        self._follow_ups = follow_ups
        self._new_id = new_id

    async def claim(
        self,
        customer_id: UUID,
        line: str,
        context: Context,
        *,
        claim_id: UUID | None = None,
        rep_id: str | None = None,
    ) -> Receipt:
        """Claim a customer for a rep: the asker, or the rep named by somebody who may speak for others."""
        claimant = _claimant(context, rep_id)
        claim = claim_id or self._new_id()

        async def ask() -> ClaimCommand:
            return await self._claim_asked(claim, customer_id, line, claimant, context)

        return await self._carry_out.afresh(ask, claiming, context, answer=granted)

    def foreseen(self, customer_id: UUID, line: str, rep_id: str) -> Sequence[Stream[Any]]:
        """The streams that a claim looks at, besides those that every asking does."""
        return [
            ownership_of(customer_id, line),
            portfolio_of(rep_id),
            customer_of(customer_id),
            rules_of(RuleKind.PROT),
        ]

    async def release(
        self,
        claim_id: UUID,
        context: Context,
        *,
        because: ReturnReason | None = None,
        text: str | None = None,
    ) -> Receipt:
        """Give a customer back to the pool, and say why, where the rules ask for it."""
        place = await self._claims.place(claim_id)

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(place.customer_id, place.line)
            if not isinstance(ownership, Claimed):
                raise NotOwner(claim_id)
            return ReleaseClaim(
                claim_id=claim_id,
                customer_id=place.customer_id,
                line=place.line,
                holders=slot_takers(ownership),
                asked_by=context.actor.acting_for,
                manages_holder=await self._manages_holder(ownership, context),
                rules=await self._rules_of(ownership, context),
                at=context.decided_at,
                because=because,
                text=text,
            )

        return await self._carry_out.afresh(ask, claiming, context, answer=released)

    async def extend(
        self, claim_id: UUID, reason: str, context: Context, *, days: int | None = None, approval_id: UUID | None = None
    ) -> Receipt:
        """Give a claim more time, once (D3): by a manager of the owner's line, or by the owner with an approval."""
        place = await self._claims.place(claim_id)

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(place.customer_id, place.line)
            return ExtendProtection(
                claim_id=claim_id,
                customer_id=place.customer_id,
                line=place.line,
                asked_by=context.actor.acting_for,
                manages_holder=await self._manages_holder(ownership, context),
                days=days,
                reason=reason,
                approval_id=approval_id or context.approval_id,
                rules=await self._rules_of(ownership, context),
                at=context.decided_at,
            )

        return await self._carry_out.afresh(ask, claiming, context, answer=extended)

    async def transfer(self, handover: Handover, context: Context) -> Receipt:
        """Hand a customer to another rep: by somebody above both, with the terms of the credit stated."""
        place = await self._claims.place(handover.claim_id)
        new_claim = handover.to_claim_id or self._new_id()
        effective_at = in_utc(handover.effective_at or context.decided_at)

        async def ask() -> ClaimCommand:
            to = await self._reps.rep(handover.to_rep_id, effective_at)
            for share in handover.credit_split or ():
                await self._reps.rep(share.rep_id, context.decided_at)
            ownership = await self._ownership(place.customer_id, place.line)
            rules = await self._rulebook.protection(day_of(effective_at, to.team_zone), to.team_id)
            await self._make_room(to.rep_id, rules.capacity, context)
            return TransferClaim(
                claim_id=handover.claim_id,
                customer=await self._customers.facts(place.customer_id),
                line=place.line,
                holders=slot_takers(ownership),
                to=to,
                to_claim_id=new_claim,
                asked_by=context.actor.acting_for,
                stands_above=await self._stands_above(ownership, to.rep_id, context),
                credit_split=handover.credit_split,
                reason=handover.reason,
                approval_id=handover.approval_id or context.approval_id,
                rules=rules,
                calendar=await self._rulebook.calendar(),
                biz_date=day_of(effective_at, to.zone),
                today=day_of(context.decided_at, to.zone),
                effective_at=effective_at,
                at=context.decided_at,
            )

        return await self._carry_out.afresh(ask, claiming, context, answer=transferred)

    async def link_helper(self, claim_id: UUID, helper_id: str, split_bp: int, context: Context) -> Receipt:
        """Let a colleague work a customer too: by its owner, or by somebody above both (PM8)."""
        place = await self._claims.place(claim_id)

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(place.customer_id, place.line)
            return LinkHelper(
                claim_id=claim_id,
                customer_id=place.customer_id,
                line=place.line,
                helper=await self._reps.rep(helper_id, context.decided_at),
                split_bp=split_bp,
                asked_by=context.actor.acting_for,
                stands_above=await self._stands_above(ownership, helper_id, context),
                at=context.decided_at,
            )

        return await self._carry_out.afresh(ask, claiming, context, answer=helped)

    async def unlink_helper(self, claim_id: UUID, helper_id: str, context: Context) -> Receipt:
        """A colleague helps no more."""
        place = await self._claims.place(claim_id)

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(place.customer_id, place.line)
            return UnlinkHelper(
                claim_id=claim_id,
                customer_id=place.customer_id,
                line=place.line,
                helper_id=helper_id,
                asked_by=context.actor.acting_for,
                stands_above=await self._stands_above(ownership, helper_id, context),
                at=context.decided_at,
            )

        return await self._carry_out.afresh(ask, claiming, context, answer=helped)

    async def renew(
        self,
        customer_id: UUID,
        line: str,
        rep_id: str,
        visit_id: UUID,
        visited_at: datetime,
        at: datetime,
        context: Context,
    ) -> Receipt:
        """Keep a customer for its owner after an effective visit (PM3); `at`: when the verdict was recorded."""
        rep = await self._reps.rep(rep_id, visited_at)
        rules = await self._rulebook.protection(day_of(visited_at, rep.team_zone), rep.team_id)

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(customer_id, line)
            found = await self._counted(customer_id, line, ownership)
            until_then = tuple(one for one in found if one.at <= visited_at)
            holders = slot_takers(ownership)
            return RenewProtection(customer_id, line, holders, rep_id, visit_id, visited_at, rules, at, until_then)

        return await self._carry_out.afresh(ask, claiming, context)

    async def count_follow_ups(self, customer_id: UUID, line: str, context: Context) -> Receipt | None:
        """Warn and stop whoever follows a customer up without progress (PM4); a customer of nobody is left alone."""
        if not isinstance(await self._ownership(customer_id, line), Claimed):
            return None

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(customer_id, line)
            found = await self._counted(customer_id, line, ownership)
            rules = await self._rules_of(ownership, context)
            return CountFollowUps(customer_id, line, found, rules, context.decided_at)

        return await self._carry_out.afresh(ask, claiming, context)

    async def note_progress(
        self, customer_id: UUID, deal_id: UUID | None, line: str | None, marker: str, at: datetime, context: Context
    ) -> Receipt | None:
        """A customer came a step further: follow-ups count anew in its line; a closed deal told of its end itself."""
        if line is None:
            if deal_id is None:
                return None
            deal = await self._pasts.of(deal_of(deal_id))
            if not isinstance(deal, Open):
                return None
            line = deal.opened.line
        return await self._carry_out(NoteProgress(customer_id, line, Progress(marker), at), claiming, context)

    async def continue_follow_up(self, claim_id: UUID, reason: str, context: Context) -> Receipt:
        """A manager lets a rep go on with a customer whose follow-ups were stopped."""
        place = await self._claims.place(claim_id)

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(place.customer_id, place.line)
            return ContinueFollowUp(
                claim_id=claim_id,
                customer_id=place.customer_id,
                line=place.line,
                asked_by=context.actor.acting_for,
                manages_holder=await self._manages_holder(ownership, context),
                reason=reason,
                at=context.decided_at,
            )

        return await self._carry_out.afresh(
            ask, claiming, context, answer=lambda _: {"claim_id": str(claim_id), "state": "CONTINUED"}
        )

    async def _counted(self, customer_id: UUID, line: str, ownership: Ownership) -> tuple[FollowUp, ...]:
        if not isinstance(ownership, Claimed):
            return ()
        return await self._follow_ups.since(customer_id, line, ownership.counting.since)

    async def protect_won(
        self, claim_id: UUID, customer_id: UUID, line: str, deal_id: UUID, won_at: datetime, context: Context
    ) -> Receipt:
        """A customer who bought stays protected for its owner for long (D23)."""

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(customer_id, line)
            rules = await self._rules_of(ownership, context)
            return ProtectWon(claim_id, customer_id, line, deal_id, won_at, rules, context.decided_at)

        return await self._carry_out.afresh(ask, claiming, context)

    async def free_slot(self, claim_id: UUID, customer_id: UUID, rep_id: str, context: Context) -> Receipt | None:
        """A won customer takes none of its owner's capacity, unless the rules say that it does (D6)."""
        rep = await self._reps.rep(rep_id, context.decided_at)
        rules = await self._rulebook.protection(day_of(context.decided_at, rep.team_zone), rep.team_id)
        if rules.won_takes_slot:
            return None
        return await self._carry_out(FreeSlot(claim_id, customer_id, rep_id), claiming, context)

    async def pause(self, customer_id: UUID, line: str, case_id: UUID, context: Context) -> Receipt:
        """A case holds a customer: its clock stops, and nobody claims, releases, parks or transfers it."""

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(customer_id, line)
            return PauseProtection(
                customer_id=customer_id,
                line=line,
                case_id=case_id,
                holders=slot_takers(ownership),
                rules=await self._rules_of(ownership, context),
                at=context.decided_at,
            )

        return await self._carry_out.afresh(ask, claiming, context)

    async def resume(self, customer_id: UUID, line: str, case_id: UUID, context: Context) -> Receipt:
        """A case holds a customer no more: as many local days of protection are left as when it began."""

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(customer_id, line)
            rules, calendar = await self._rules_of(ownership, context), await self._rulebook.calendar()
            return ResumeProtection(customer_id, line, case_id, rules, calendar, context.decided_at)

        return await self._carry_out.afresh(ask, claiming, context)

    async def park(self, parking: Parking, context: Context) -> Receipt:
        """Leave a customer to ripen until a day, on which whoever parked it may have it first (D30)."""
        place = await self._claims.place(parking.claim_id)

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(place.customer_id, place.line)
            return ParkCustomer(
                claim_id=parking.claim_id,
                customer_id=place.customer_id,
                line=place.line,
                holders=slot_takers(ownership),
                asked_by=context.actor.acting_for,
                manages_holder=await self._manages_holder(ownership, context),
                nurtured_by=parking.nurtured_by,
                trigger=parking.trigger,
                harvest_on=parking.harvest_on,
                rules=await self._rules_of(ownership, context),
                calendar=await self._rulebook.calendar(),
                at=context.decided_at,
            )

        return await self._carry_out.afresh(ask, claiming, context, answer=parked)

    async def place_in_custody(self, departure: DepartureRow, at: datetime, zone: str) -> tuple[str | None, int]:
        """Hand everything that a rep who left holds to whoever stood above (PM9); to whom, and how many customers."""
        custodian = await self._custodian(departure.rep_id, departure.left_at)
        held = await self._claims.held_by(departure.rep_id, at=at)
        for place in held:
            context = after_leaving(departure, f"{place.customer_id}:{place.line}", at, zone)
            await self._into_custody(place.customer_id, place.line, departure, custodian, context)
        return custodian, len(held)

    async def into_custody_if_gone(self, customer_id: UUID, line: str, rep_id: str, context: Context) -> Receipt | None:
        """A claim that was granted for a rep who has left meanwhile goes to whoever stood above, at once (A13)."""
        left_at = await self._reps.left_at(rep_id, context.decided_at)
        if left_at is None:
            return None
        custodian = await self._custodian(rep_id, left_at)
        return await self._into_custody(customer_id, line, DepartureRow(rep_id, left_at), custodian, context)

    async def _into_custody(
        self, customer_id: UUID, line: str, departure: DepartureRow, custodian: str | None, context: Context
    ) -> Receipt:
        new_claim = self._new_id()

        async def ask() -> ClaimCommand:
            ownership = await self._ownership(customer_id, line)
            return PlaceInCustody(
                customer_id=customer_id,
                line=line,
                rep_id=departure.rep_id,
                custodian=custodian,
                custody_claim_id=new_claim,
                holders=slot_takers(ownership),
                rules=await self._rules_of(ownership, context),
                calendar=await self._rulebook.calendar(),
                left_at=departure.left_at,
                at=context.decided_at,
            )

        return await self._carry_out.afresh(ask, claiming, context)

    async def _custodian(self, rep_id: str, left_at: datetime) -> str | None:
        """The nearest in the line above who has not left as well; a manager who never sold here has not."""
        for person in await self._reps.line(rep_id, left_at):
            if await self._reps.left_at(person, left_at) is None:
                return person
        return None

    async def expire(self, deadline: DeadlineRow, context: Context) -> Receipt:
        """Write that a stored deadline has come."""
        rules = await self._rulebook.protection(day_of(deadline.release_at, context.occurred_tz), deadline.team_id)
        holders = (deadline.rep_id, *([deadline.heir_id] if deadline.heir_id else []))
        command = ExpireClaim(
            deadline.claim_id, deadline.customer_id, deadline.line, holders, rules, context.decided_at
        )
        return await self._carry_out(command, claiming, context)

    async def claimability(self, customer_id: UUID, line: str, rep_id: str, context: Context) -> Claimability:
        """The answer that a claim would get now, by the same decision, without asking for it."""
        command = await self._claim_asked(self._new_id(), customer_id, line, rep_id, context)
        looked = await self._pasts.look(claiming.stands_on(command))
        weighed = Claimability(
            claimable=True,
            rules_version=command.rules.version,
            calendar_version=command.calendar.version,
            decided_at=command.at,
            priority_at=command.priority_at,
            biz_date=command.biz_date,
            zone=command.rep.zone,
            checks=checks(command, looked.past),
        )
        try:
            claiming.decide(command, looked.past)
        except Refusal as refusal:
            return replace(
                weighed,
                claimable=False,
                code=refusal.code(),
                claimable_at=getattr(refusal, "claimable_at", None),
                facts=told(refusal.facts()),
            )
        return weighed

    async def _claim_asked(
        self, claim_id: UUID, customer_id: UUID, line: str, rep_id: str, context: Context
    ) -> ClaimCustomer:
        at = context.decided_at
        shown = await self._priority(rep_id, context)
        priority_at = shown or at
        if not self._pasts.has_read(ownership_of(customer_id, line)):  # it was not foreseen, or has moved since
            who = [*self._reps.stands_on(rep_id, at), calendar_of(DEFAULT_CALENDAR)]
            await self._pasts.read_ahead([*self.foreseen(customer_id, line, rep_id), *who])
        customer = await self._customers.facts(customer_id)
        rep = await self._reps.rep(rep_id, priority_at)
        rules = await self._rulebook.protection(day_of(priority_at, rep.team_zone), rep.team_id)
        ownership = await self._ownership(customer_id, line)
        if isinstance(ownership, Claimed) and ownership.is_over(at):
            await self._deadlines.settled_before(ownership.release_at)
            self._pasts.move_on()
            ownership = await self._ownership(customer_id, line)
        await self._make_room(rep_id, rules.capacity, context)
        idle = 0
        if rules.unworked_capacity is not None:
            await self._pasts.of(portfolio_of(rep_id))  # the slots first: a claim granted after that moves them
            idle = await self._claims.unworked(rep_id, at=at)
        return ClaimCustomer(
            claim_id=claim_id,
            customer=customer,
            line=line,
            rep=rep,
            holders=slot_takers(ownership),
            rules=rules,
            calendar=await self._rulebook.calendar(),
            biz_date=day_of(priority_at, rep.zone),
            priority_at=priority_at,
            at=at,
            basis=ClaimBasis.ATTESTED if shown else ClaimBasis.ONLINE,
            then=await self._then(customer_id, line, shown, rep) if shown else None,
            unworked=idle,
        )

    async def _priority(self, rep_id: str, context: Context) -> datetime | None:
        """The earlier hour that counts for what was done offline: shown by the device, and the rules go by it (D33)."""
        if context.attested_at is None:
            return None
        rep = await self._reps.rep(rep_id, context.decided_at)
        rules = await self._rulebook.protection(day_of(context.decided_at, rep.team_zone), rep.team_id)
        return context.attested_at if rules.priority_mode is PriorityMode.ATTESTED else None

    async def _then(self, customer_id: UUID, line: str, priority_at: datetime, rep: RepFacts) -> Then:
        ownership = await self._pasts.as_of(ownership_of(customer_id, line), priority_at)
        flags = await self._rulebook.flags(day_of(priority_at, rep.zone), rep.team_id)
        return Then(ownership, timedelta(seconds=flags.tie_seconds))

    async def _make_room(self, rep_id: str, capacity: int | None, context: Context) -> None:
        """Before a rep is told that no slot is free, write the deadlines of that rep which have come already."""
        portfolio = await self._pasts.of(portfolio_of(rep_id))
        if capacity is None or len(portfolio.claims) < capacity:
            return
        for overdue in await self._deadlines.due(context.decided_at, rep_id=rep_id):
            await self.expire(overdue, by_the_clock(overdue, context.decided_at, context.occurred_tz))
        self._pasts.move_on()

    async def _manages_holder(self, ownership: Ownership, context: Context) -> bool:
        if not isinstance(ownership, Claimed) or context.actor.role != Role.MANAGER:
            return False
        return await self._reps.manages(context.actor.acting_for, ownership.rep_id, context.decided_at)

    async def _stands_above(self, ownership: Ownership, other: str, context: Context) -> bool:
        """Whether the asker is a manager above both the holder (or is the holder) and another rep."""
        asker = context.actor.acting_for
        if not isinstance(ownership, Claimed) or context.actor.role != Role.MANAGER:
            return False
        above = ownership.rep_id == asker or await self._manages_holder(ownership, context)
        return above and await self._reps.manages(asker, other, context.decided_at)

    async def _rules_of(self, ownership: Ownership, context: Context) -> ProtectionRules:
        """The rules of the day for whoever holds the customer; for the pool, those of the organisation."""
        if not isinstance(ownership, Claimed):
            return await self._rulebook.protection(day_of(context.decided_at, context.occurred_tz))
        day = day_of(context.decided_at, ownership.protection_tz)
        return await self._rulebook.protection(day, ownership.team_id)

    async def _ownership(self, customer_id: UUID, line: str) -> Ownership:
        return await self._pasts.of(ownership_of(customer_id, line))


def _claimant(context: Context, rep_id: str | None) -> str:
    """Whom a claim is for; a rep claims for nobody else."""
    asker = context.actor.acting_for
    if rep_id is None or rep_id == asker:
        return asker
    if context.actor.role in (Role.REP, Role.CLIENT):
        raise Forbidden(context.asked, context.actor.role)
    return rep_id
