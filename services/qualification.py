"""What can be said of a purchase that may come, what shows it, and who counts as an effective new customer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from domain.days import day_of
from domain.envelope import Actor
from domain.ownership.state import Claimed, ownership_of
from domain.qualification.events import (
    Confidence,
    Criterion,
    EffectiveNewCustomerConfirmed,
    Evidence,
)
from domain.qualification.events import Question as Question
from domain.qualification.state import qualification_of
from domain.qualifying.decisions import (
    AnswerQuestion,
    ConfirmBudget,
    ConfirmNeed,
    CountEffectiveNew,
    IdentifyBuyer,
    MeetBuyer,
    NoteBuyerNotLocated,
    QualifyingCommand,
    RecheckEvidence,
    SeekBuyer,
    Subject,
    TakeUpVisit,
    located,
    qualifying,
)
from domain.qualifying.decisions import BuyerNotPresent as BuyerNotPresent
from domain.qualifying.decisions import EvidenceUnfit as EvidenceUnfit
from domain.rights import Role
from domain.values import InterestOrigin as InterestOrigin
from domain.values import Money as Money
from domain.visit.events import VisitRecorded
from domain.visit.state import visit_of
from projections.deals import DealRow, DealStanding, deals
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known
from projections.qualifications import (
    EffectiveNewRow as EffectiveNewRow,
)
from projections.qualifications import (
    QualificationRow as QualificationRow,
)
from projections.qualifications import SoughtRow, buyers_sought, effective_new_customers, qualifications
from services.by_itself import CLOCK
from services.carry_out import CarryOut, told
from services.families import family_of
from services.lookups import CustomerRegistry, Reps, RulesInForce
from services.pasts import Pasts
from services.ports import Between, Context, EventLog, Json, OneOf, ReadStore, Receipt, Request

AT_ONCE = 256
"""Hours carried out side by side; they share commits."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to show a statement: a visit, a document by its hash, both, or nothing."""

    visit_id: UUID | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """Of whom something is said."""

    customer_id: UUID
    line: str = "default"


@dataclass(frozen=True, slots=True)
class Qualified:
    """Where a customer stands in a line.

    `statements`: everything that stands, in the order of the log; `missing`: what is not shown yet; `answered`: how
    many questions of the script have an answer (S47), of `questions`; `counts`: whenever it was counted, or taken
    back; `sought`: by when the buyer is to be known.
    """

    statements: Sequence[QualificationRow]
    missing: Sequence[Criterion]
    answered: int
    questions: int
    counts: Sequence[EffectiveNewRow]
    sought: SoughtRow | None


class QualificationDesk:
    """The desk at which purchases that may come are qualified, and at which the count is kept (M4)."""

    def __init__(
        self,
        carry_out: CarryOut,
        pasts: Pasts,
        log: EventLog,
        store: ReadStore,
        reps: Reps,
        customers: CustomerRegistry,
        rulebook: RulesInForce,
    ) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._log = log
        self._store = store
        self._reps = reps
        self._customers = customers
        self._rulebook = rulebook

    async def answer(self, about: About, question: Question, answer: str, shown: Shown, context: Context) -> Receipt:
        """Keep what the customer answered."""
        subject, evidence = await self._subject(about, context), await self._evidence(shown)
        return await self._say(AnswerQuestion(subject, question, answer, evidence, context.decided_at), context)

    async def confirm_need(self, about: About, need: str, shown: Shown, context: Context) -> Receipt:
        """Keep that there is a need."""
        subject, evidence = await self._subject(about, context), await self._evidence(shown)
        return await self._say(ConfirmNeed(subject, need, evidence, context.decided_at), context)

    async def confirm_budget(
        self, about: About, at_least: Money | None, at_most: Money | None, shown: Shown, context: Context
    ) -> Receipt:
        """Keep that there is money for it."""
        subject, evidence = await self._subject(about, context), await self._evidence(shown)
        return await self._say(ConfirmBudget(subject, at_least, at_most, evidence, context.decided_at), context)

    async def identify_buyer(self, about: About, contact_id: UUID, shown: Shown, context: Context) -> Receipt:
        """Keep who can release the money."""
        subject, evidence = await self._subject(about, context), await self._evidence(shown)
        return await self._say(IdentifyBuyer(subject, contact_id, evidence, context.decided_at), context)

    async def meet_buyer(
        self,
        about: About,
        contact_id: UUID,
        shown: Shown,
        context: Context,
        *,
        interest_origin: InterestOrigin | None = None,
    ) -> Receipt:
        """Keep that the buyer was met, and why the customer is interested."""
        subject, evidence = await self._subject(about, context), await self._evidence(shown)
        return await self._say(MeetBuyer(subject, contact_id, interest_origin, evidence, context.decided_at), context)

    async def take_up(
        self, about: About, rep_id: str, visit_id: UUID, at: datetime, context: Context
    ) -> Receipt | None:
        """Take up what a visit told; None where it told nothing new."""
        shown = await self._evidence(Shown(visit_id))
        if shown.position is None:
            return None
        subject = await self._about(about, rep_id)
        return await self._where_it_matters(TakeUpVisit(subject, visit_id, shown.position, at), context)

    async def count(self, customer_id: UUID, line: str, at: datetime, context: Context) -> Receipt | None:
        """Count an effective new customer for its owner, if it is one; None where it is not, or was counted."""
        qualification = await self._pasts.of(qualification_of(customer_id))
        if not qualification.of(line).complete:
            return None
        owned = await self._pasts.of(ownership_of(customer_id, line))
        if not isinstance(owned, Claimed):
            return None

        async def ask() -> CountEffectiveNew:
            rep = await self._reps.rep(owned.rep_id, at)
            return CountEffectiveNew(
                customer_id=customer_id,
                line=line,
                since=await self._held_since(customer_id, line, owned),
                won_at=await self._won_at(customer_id, at),
                zone=rep.zone,
                rules=await self._rulebook.focus(day_of(at, rep.zone), owned.team_id),
                at=at,
            )

        command = await ask()
        looked = await self._pasts.look(qualifying.stands_on(command))
        if not qualifying.decide(command, looked.past):
            return None
        return await self._carry_out.afresh(ask, qualifying, context, answer=_answer)

    async def recheck(self, customer_id: UUID, visit_id: UUID, at: datetime, context: Context) -> Receipt | None:
        """See what a changed visit still shows of a customer; None where nothing stood on it."""
        for record in await family_of(self._store, customer_id):
            qualification = await self._pasts.of(qualification_of(record))
            held = [one for criteria in qualification.lines.values() for one in criteria.held]
            if not any(one.evidence.visit_id == visit_id for one in held):
                continue
            counting = qualification.counting
            rep_id = counting.rep_id if counting else context.actor.acting_for
            zone = (await self._reps.rep(rep_id, at)).zone if counting else context.occurred_tz
            family = frozenset(await family_of(self._store, customer_id))
            return await self._where_it_matters(RecheckEvidence(record, family, (visit_id,), zone, at), context)
        return None

    async def seek_buyer(
        self, about: About, rep_id: str, visit_id: UUID, visited_at: datetime, context: Context
    ) -> Receipt | None:
        """Give a rep a day by which it is to be known who pays."""
        rep = await self._reps.rep(rep_id, visited_at)
        command = SeekBuyer(
            customer_id=about.customer_id,
            line=about.line,
            rep_id=rep_id,
            visit_id=visit_id,
            visited_at=visited_at,
            zone=rep.zone,
            rules=await self._rulebook.focus(day_of(visited_at, rep.zone), rep.team_id),
            calendar=await self._rulebook.calendar(),
        )
        return await self._where_it_matters(command, context)

    async def note_not_located(self, at: datetime, zone: str) -> int:
        """Write down every buyer who was to be known by now and is not; how many hours had come.

        The hour is the stored deadline, however late it is written; each is one request, answered for ever.
        """
        where = {"due_at": Between(None, at + timedelta(microseconds=1))}
        due: Sequence[Known[SoughtRow]] = await self._store.select(
            buyers_sought, where, order=("due_at", "customer_id"), limit=AT_ONCE
        )
        await asyncio.gather(*(self._not_located(one.row, at, zone) for one in due))
        return len(due)

    async def standing(self, about: About, *, at: int) -> Qualified:
        """Where a customer stands in a line, as of a position; merged records are told together."""
        family = OneOf(await family_of(self._store, about.customer_id, at))
        where = {"customer_id": family, "line": about.line}
        known: Sequence[Known[QualificationRow]] = await self._store.select(
            qualifications, where, at=at, order=("position",)
        )
        rows = [one.row for one in known]
        counts: Sequence[EffectiveNewRow] = await self._store.select(
            effective_new_customers, where, at=at, order=("position",)
        )
        sought: Sequence[Known[SoughtRow]] = await self._store.select(buyers_sought, where, at=at, limit=1)
        shown = {row.criterion for row in rows if row.confidence is not Confidence.UNVERIFIED}
        if Criterion.BUYER_MET in shown:
            shown.add(Criterion.BUYER_IDENTIFIED)
        return Qualified(
            statements=rows,
            missing=[one for one in Criterion if one not in shown],
            answered=len({row.question for row in rows if row.question is not None}),
            questions=len(Question),
            counts=counts,
            sought=sought[0].row if sought else None,
        )

    async def counted(
        self,
        rep_ids: Sequence[str],
        *,
        first: date | None,
        last: date | None,
        at: int,
        after: Sequence[object] = (),
        limit: int,
    ) -> Sequence[EffectiveNewRow]:
        """Whoever was counted for some reps, or taken back, in the order of the log; dates included."""
        through = last + timedelta(days=1) if last else None
        where = {"rep_id": OneOf(rep_ids), "biz_date": Between(first, through)}
        return await self._store.select(
            effective_new_customers, where, at=at, order=("position",), after=after, limit=limit
        )

    async def _say(
        self, command: AnswerQuestion | ConfirmNeed | ConfirmBudget | IdentifyBuyer | MeetBuyer, context: Context
    ) -> Receipt:
        answer = {
            "customer_id": str(command.subject.customer_id),
            "line": command.subject.line,
            "confidence": str(command.evidence.confidence),
        }
        return await self._carry_out(command, qualifying, context, answer=lambda _: answer)

    async def _where_it_matters(self, command: QualifyingCommand, context: Context) -> Receipt | None:
        looked = await self._pasts.look(qualifying.stands_on(command))
        if not qualifying.decide(command, looked.past):
            return None
        return await self._carry_out(command, qualifying, context, answer=_answer)

    async def _subject(self, about: About, context: Context) -> Subject:
        return await self._about(about, context.actor.acting_for)

    async def _about(self, about: About, rep_id: str) -> Subject:
        customer = await self._customers.facts(about.customer_id)
        family = frozenset(await family_of(self._store, about.customer_id))
        return Subject(about.customer_id, about.line, rep_id, family, customer.contact_ids)

    async def _evidence(self, shown: Shown) -> Evidence:
        """The evidence with its place in the log: that of the telling of the visit."""
        if shown.visit_id is None:
            return Evidence(sha256=shown.sha256)
        stream = visit_of(shown.visit_id).name
        events = (await self._log.read({stream: 0})).get(stream, ())
        position = next((one.position for one in events if isinstance(one.event, VisitRecorded)), None)
        return located(Evidence(shown.visit_id, None, shown.sha256), position)

    async def _held_since(self, customer_id: UUID, line: str, owned: Claimed) -> datetime:
        """When the owner began to hold the customer; claims in between of others begin it anew, pauses do not (M6)."""
        family = OneOf(await family_of(self._store, customer_id))
        known: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table, {"customer_id": family, "line": line}, order=("valid_from", "claim_id"), descending=True
        )
        since = owned.granted_at
        for one in known:
            if one.row.rep_id != owned.rep_id:
                break
            since = min(since, one.row.valid_from)
        return since

    async def _won_at(self, customer_id: UUID, at: datetime) -> datetime | None:
        family = OneOf(await family_of(self._store, customer_id))
        where = {"customer_id": family, "standing": DealStanding.WON}
        won: Sequence[Known[DealRow]] = await self._store.select(deals, where)
        return max((one.row.closed_at for one in won if one.row.closed_at and one.row.closed_at <= at), default=None)

    async def _not_located(self, row: SoughtRow, at: datetime, zone: str) -> None:
        if row.due_at is None:
            return
        rep = await self._reps.rep(row.rep_id, row.due_at)
        request_id = f"buyer:{row.customer_id}:{row.line}:{row.due_at.isoformat()}"
        context = Context(
            asked="qualification.note_not_located",
            request=Request(CLOCK, request_id, sha256(request_id.encode()).digest()),
            actor=Actor(CLOCK, Role.SYSTEM),
            occurred_at=row.due_at,
            occurred_tz=rep.zone or zone,
            decided_at=at,
            biz_date=day_of(row.due_at - timedelta(microseconds=1), rep.zone or zone),
            correlation_id=f"{CLOCK}:{row.customer_id}",
        )
        await self._carry_out(NoteBuyerNotLocated(row.customer_id, row.line, row.due_at), qualifying, context)


def _answer(events: Sequence[object]) -> Mapping[str, Json]:
    counted = next((one for one in events if isinstance(one, EffectiveNewCustomerConfirmed)), None)
    if counted is None:
        return {}
    return told({"customer_id": counted.customer_id, "rep_id": counted.rep_id, "biz_date": counted.biz_date})
