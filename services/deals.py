"""What can be done about deals: open, advance, win, lose, share the credit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.commission.decisions import ClosePeriod, closing_periods
from domain.commission.decisions import PeriodNotOver as PeriodNotOver
from domain.commission.state import commission_periods
from domain.crediting.decisions import CreditingCommand, SetTerms, WinOnTerms, crediting
from domain.days import day_of
from domain.deal.decisions import (
    AdvanceDeal,
    Asker,
    AssignCredit,
    DealCommand,
    LoseDeal,
    OpenDeal,
    Owner,
    WinDeal,
    dealing,
    known_as_won,
)
from domain.deal.decisions import ChallengeClosed as ChallengeClosed
from domain.deal.decisions import Credit as Credit
from domain.deal.decisions import CustomerRequired as CustomerRequired
from domain.deal.decisions import DealClosed as DealClosed
from domain.deal.decisions import DealExists as DealExists
from domain.deal.decisions import DealNotWon as DealNotWon
from domain.deal.decisions import SplitInvalid as SplitInvalid
from domain.deal.events import LostReason as LostReason
from domain.deal.state import Open, Unopened, Won, deal_of
from domain.ownership.state import Claimed, ownership_of
from domain.reception import RefNotFound
from domain.rights import Role
from domain.values import Money as Money
from domain.values import Part
from domain.visit.state import visit_of
from services.carry_out import CarryOut
from services.lookups import CustomerRegistry, Reps, RulesInForce
from services.pasts import Pasts
from services.ports import Context, NewId, Receipt


@dataclass(frozen=True, slots=True)
class NewDeal:
    """A deal to be opened. `deal_id` None: we make one; `rep_id` None: the asker's; `customer_id` None: not known."""

    customer_id: UUID | None
    deal_id: UUID | None = None
    rep_id: str | None = None
    line: str = "default"
    product: str | None = None
    stage: str | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Win:
    """How a deal was won: the money or why it is not known, the visits that explain it or why there are none.

    `customer_id`: needed where the deal was opened without; `credits`: empty for all to the deal's rep.
    """

    deal_id: UUID
    customer_id: UUID | None = None
    amount: Money | None = None
    gross_margin: Money | None = None
    unknown_reason: str | None = None
    supporting_visits: tuple[UUID, ...] = ()
    none_reason: str | None = None
    credits: tuple[Credit, ...] = ()


class DealDesk:
    """The desk at which deals are kept."""

    def __init__(
        self,
        carry_out: CarryOut,
        pasts: Pasts,
        reps: Reps,
        customers: CustomerRegistry,
        rulebook: RulesInForce,
        new_id: NewId,
    ) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._reps = reps
        self._customers = customers
        self._rulebook = rulebook
        self._new_id = new_id

    async def open(self, deal: NewDeal, context: Context) -> Receipt:
        """Open a deal. Refused: DEAL_EXISTS, REF_NOT_FOUND, FORBIDDEN (another's deal), MALFORMED."""
        deal_id = deal.deal_id or self._new_id()
        rep_id = deal.rep_id or context.actor.acting_for

        async def command() -> DealCommand:
            if deal.customer_id is not None:
                await self._customers.facts(deal.customer_id)
            rep = await self._reps.rep(rep_id, context.occurred_at)
            return OpenDeal(
                deal_id=deal_id,
                customer_id=deal.customer_id,
                line=deal.line,
                rep_id=rep_id,
                team_id=rep.team_id,
                product=deal.product,
                stage=deal.stage,
                amount=deal.amount,
                asker=await self._asker(context, rep_id),
                at=context.occurred_at,
            )

        return await self._carry_out.afresh(command, dealing, context, answer=lambda _: {"deal_id": str(deal_id)})

    async def advance(self, deal_id: UUID, stage: str, context: Context) -> Receipt:
        """Put a deal on another stage. Refused: DEAL_CLOSED, REF_NOT_FOUND, FORBIDDEN, MALFORMED."""

        async def command() -> DealCommand:
            asker = await self._asker(context, await self._rep_of(deal_id))
            return AdvanceDeal(deal_id, stage, asker, context.occurred_at)

        return await self._carry_out.afresh(command, dealing, context, answer=lambda _: {"deal_id": str(deal_id)})

    async def win(self, win: Win, context: Context) -> Receipt:
        """Win a deal; flagged NOT_OWNER where another rep holds the customer.

        Refused: DEAL_CLOSED, CUSTOMER_REQUIRED, REASON_REQUIRED, SPLIT_INVALID, REF_NOT_FOUND, FORBIDDEN, MALFORMED.
        """

        async def command() -> WinDeal:
            rep_id = await self._rep_of(win.deal_id)
            rep = await self._reps.rep(rep_id, context.occurred_at)
            await self._known_reps(win.credits, context)
            await self._known_visits(win.supporting_visits)
            if win.customer_id is not None:
                await self._customers.facts(win.customer_id)
            return WinDeal(
                deal_id=win.deal_id,
                customer_id=win.customer_id,
                team_id=rep.team_id,
                amount=win.amount,
                gross_margin=win.gross_margin,
                unknown_reason=win.unknown_reason,
                supporting_visits=win.supporting_visits,
                none_reason=win.none_reason,
                credits=win.credits,
                owner=await self._owner(win, context),
                asker=await self._asker(context, rep_id),
                at=context.occurred_at,
            )

        answer = {"deal_id": str(win.deal_id)}
        deal = (await self._pasts.look([deal_of(win.deal_id)])).past.of(deal_of(win.deal_id))
        customer_id = (deal.customer_id or win.customer_id) if isinstance(deal, Open) else None
        if not isinstance(deal, Open) or customer_id is None or "IMPORTED" in context.flags:
            return await self._carry_out.afresh(command, dealing, context, answer=lambda _: answer)
        line, rep_id = deal.opened.line, deal.rep_id

        async def on_terms() -> CreditingCommand:
            return WinOnTerms(await command(), customer_id, line, rep_id)

        return await self._carry_out.afresh(on_terms, crediting, context, answer=lambda _: answer)

    async def set_terms(
        self,
        customer_id: UUID,
        line: str,
        claim_id: UUID,
        parts: tuple[Part, ...],
        effective_at: datetime,
        context: Context,
    ) -> Receipt:
        """The first deal after a transfer is credited in these parts, if it is won soon enough (D27)."""
        rules = await self._rulebook.rulings(day_of(effective_at, context.occurred_tz))
        until = effective_at + timedelta(days=rules.good_faith_days)
        command = SetTerms(customer_id, line, claim_id, parts, effective_at, until, context.decided_at)
        return await self._carry_out(command, crediting, context)

    async def lose(
        self, deal_id: UUID, lost_reason: LostReason, context: Context, *, lost_text: str | None = None
    ) -> Receipt:
        """Lose a deal. Refused: DEAL_CLOSED, REASON_REQUIRED (OTHER without words), REF_NOT_FOUND, FORBIDDEN."""

        async def command() -> DealCommand:
            rep_id = await self._rep_of(deal_id)
            rep = await self._reps.rep(rep_id, context.occurred_at)
            asker = await self._asker(context, rep_id)
            return LoseDeal(deal_id, rep.team_id, lost_reason, lost_text, asker, context.occurred_at)

        return await self._carry_out.afresh(command, dealing, context, answer=lambda _: {"deal_id": str(deal_id)})

    async def assign_credit(self, deal_id: UUID, credits: Sequence[Credit], reason: str, context: Context) -> Receipt:
        """Share the credit for a won deal otherwise. Refused: SPLIT_INVALID, REASON_REQUIRED, DEAL_NOT_WON,
        REF_NOT_FOUND, FORBIDDEN."""

        async def command() -> DealCommand:
            await self._known_reps(credits, context)
            asker = await self._asker(context, await self._rep_of(deal_id))
            period = await self.period_of(deal_id, context)
            return AssignCredit(deal_id, tuple(credits), reason, asker, period, context.occurred_at)

        return await self._carry_out.afresh(command, dealing, context, answer=lambda _: {"deal_id": str(deal_id)})

    async def won(self, deal_id: UUID) -> Won:
        """A won deal. Raises DEAL_NOT_WON, REF_NOT_FOUND."""
        return known_as_won(deal_id, (await self._pasts.look([deal_of(deal_id)])).past.of(deal_of(deal_id)))

    async def challenge_until(self, deal: Won, context: Context) -> datetime:
        """Until when the credit for a deal may be challenged (D22), by the rules of the day on which it was won."""
        rules = await self._rulebook.rulings(day_of(deal.won_at, context.occurred_tz))
        return deal.won_at + timedelta(days=rules.challenge_days)

    async def close_period(self, period: str, context: Context) -> Receipt:
        """Say that a month is paid. Refused: PERIOD_NOT_OVER, MALFORMED."""
        today = day_of(context.decided_at, context.occurred_tz)
        command = ClosePeriod(period, context.actor.acting_for, today, context.decided_at)
        return await self._carry_out(command, closing_periods, context, answer=lambda _: {"period": period})

    async def period_of(self, deal_id: UUID, context: Context) -> str:
        """The commission period in which a difference in the credit for a deal would count now."""
        months = commission_periods()
        past = (await self._pasts.look([deal_of(deal_id), months])).past
        deal, today = past.of(deal_of(deal_id)), day_of(context.decided_at, context.occurred_tz)
        won_on = day_of(deal.won_at, context.occurred_tz) if isinstance(deal, Won) else today
        return past.of(months).counts_in(won_on, today)

    async def _rep_of(self, deal_id: UUID) -> str:
        deal = await self._pasts.of(deal_of(deal_id))
        if isinstance(deal, Unopened):
            raise RefNotFound("deal", str(deal_id))
        return deal.rep_id

    async def _asker(self, context: Context, rep_id: str) -> Asker:
        actor = context.actor
        match actor.role:
            case Role.REP | Role.CLIENT:
                speaks = actor.acting_for == rep_id
            case Role.MANAGER:
                speaks = actor.acting_for == rep_id or await self._reps.manages(
                    actor.acting_for, rep_id, context.decided_at
                )
            case _:
                speaks = True
        return Asker(actor.role, speaks)

    async def _owner(self, win: Win, context: Context) -> Owner | None:
        """Who holds the customer now; an import of the past tells of days on which others may have held it."""
        deal = await self._pasts.of(deal_of(win.deal_id))
        customer_id = (deal.customer_id or win.customer_id) if isinstance(deal, Open) else None
        if not isinstance(deal, Open) or customer_id is None or "IMPORTED" in context.flags:
            return None
        ownership = await self._pasts.of(ownership_of(customer_id, deal.opened.line))
        if not isinstance(ownership, Claimed) or ownership.is_over(context.decided_at):
            return None
        helpers = tuple(Credit(rep_id, bp) for rep_id, bp in sorted(ownership.helpers.items()))
        return Owner(ownership.rep_id, ownership.claim_id, helpers)

    async def _known_reps(self, credits: Sequence[Credit], context: Context) -> None:
        for credit in credits:
            await self._reps.rep(credit.rep_id, context.occurred_at)

    async def _known_visits(self, visits: Sequence[UUID]) -> None:
        streams = [visit_of(visit_id) for visit_id in visits]
        past = (await self._pasts.look(streams)).past
        for visit_id, stream in zip(visits, streams, strict=True):
            if past.of(stream).telling is None:
                raise RefNotFound("visit", str(visit_id))
