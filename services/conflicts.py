"""What can be done about conflicts: open, hear, rule, appeal, reopen; and what the clock and the policies ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.conflict.events import CaseKind as CaseKind
from domain.conflict.events import ConflictCaseOpened, ConflictEvent, RulingIssued, TransferCause
from domain.conflict.events import EvidenceKind as EvidenceKind
from domain.conflict.ladder import Trust
from domain.conflict.refusals import EvidenceLocked as EvidenceLocked
from domain.conflict.state import Appealed, Case, Closed, File, NoCase, Open, Ruled, case_of
from domain.days import day_of
from domain.deal.decisions import Credit as Credit
from domain.envelope import Actor, Recorded
from domain.ownership.state import FOREVER, Claimed, Ownership, ownership_of, slot_takers
from domain.plain import as_json
from domain.reception import Forbidden, RefNotFound
from domain.rights import Role
from domain.rulesets import FlagRules
from domain.ruling.afterwards import CloseCase, FileAppeal, NoteBasisChanged, ReopenCase
from domain.ruling.decisions import RulingCommand, ruling
from domain.ruling.hearing import FileStatement, MoveCase, ProposeRuling, SubmitEvidence
from domain.ruling.opening import Holding, OpenCase
from domain.ruling.refusals import AppealClosed as AppealClosed
from domain.ruling.refusals import ArbiterConflict as ArbiterConflict
from domain.ruling.refusals import CaseExists as CaseExists
from domain.ruling.refusals import CaseFinal as CaseFinal
from domain.ruling.refusals import LetterRequired as LetterRequired
from domain.ruling.refusals import NotParty as NotParty
from domain.ruling.refusals import TooEarly as TooEarly
from domain.ruling.ruling import RuleOnCase, Winner
from domain.visit.state import visit_of
from domain.vocabulary import VOCABULARY
from projections.deals import DealRow, DealStanding, deals
from projections.docket import CaseOfParty, CaseRow, CaseStage, CitedFact, cases_of_parties, cited_facts, docket
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known
from projections.rep_timeline import TimelineRow, rep_timeline
from services.arbiters import Arbiters
from services.by_itself import CLOCK
from services.carry_out import CarryOut, told
from services.case_facts import CaseFacts, CaseRules, trust_of
from services.deals import DealDesk
from services.lookups import CustomerRegistry, Reps, RulesInForce
from services.pasts import Pasts
from services.ports import Between, Context, EventLog, Json, NewId, OneOf, ReadStore, Receipt, Request

__all__ = ["CaseFileRow", "CaseRow", "CaseStage", "ConflictDesk", "Credit", "DryRun", "Evidence", "NewCase", "Ruling"]


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to be opened. `case_id` None: we make one; the other fields are those of `ConflictCaseOpened`."""

    kind: CaseKind
    customer_id: UUID
    parties: tuple[str, ...]
    line: str = "default"
    other_customer_id: UUID | None = None
    case_id: UUID | None = None
    trigger_event: UUID | None = None
    deal_id: UUID | None = None
    reason: str | None = None
    challenge_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something for the file: an event by its `position` in the log, or a document by its fingerprint."""

    kind: EvidenceKind
    position: int | None = None
    sha256: str | None = None
    favours: str | None = None
    text: str | None = None
    evidence_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the arbiter says; everything None: as the ladder says."""

    case_id: UUID
    winner_id: str | None = None
    credits: tuple[Credit, ...] | None = None
    reason: str | None = None
    ruling_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a ruling would be now: its sum, and every event that would be appended, in order; nothing is."""

    ruling: RulingIssued | None
    events: Sequence[tuple[str, str, str]]
    """Name, stream and facts as JSON."""
    as_of_position: int


@dataclass(frozen=True, slots=True)
class CaseFileRow:
    """One event of the case, the customer, or a party's dealings with the customer, as the case file tells it."""

    position: int
    event_id: UUID
    name: str
    stream: str
    occurred_at: datetime
    recorded_at: datetime
    biz_date: date
    actor_id: str
    actor_role: str
    flags: tuple[str, ...]
    trust: Trust
    reps: tuple[str, ...]
    leaf_hash: str
    facts: str


class ConflictDesk:
    """The desk at which conflicts are heard."""

    def __init__(
        self,
        carry_out: CarryOut,
        pasts: Pasts,
        log: EventLog,
        store: ReadStore,
        reps: Reps,
        arbiters: Arbiters,
        customers: CustomerRegistry,
        rulebook: RulesInForce,
        deals: DealDesk,
        facts: CaseFacts,
        new_id: NewId,
        home_zone: str,
    ) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._log = log
        self._store = store
        self._reps = reps
        self._arbiters = arbiters
        self._customers = customers
        self._rulebook = rulebook
        self._deals = deals
        self._facts = facts
        self._new_id = new_id
        self._home_zone = home_zone

    # ------------------------------------------------------------------------------------------------------- opening

    async def open(self, case: NewCase, context: Context) -> Receipt:
        """Open a case by hand. Refused: NOT_PARTY, REASON_REQUIRED, CASE_EXISTS, REF_NOT_FOUND, FORBIDDEN."""
        for customer_id in filter(None, (case.customer_id, case.other_customer_id)):
            await self._customers.facts(customer_id)
        if context.actor.role == Role.MANAGER:
            await self._leads_a_party(case.parties, context)
        return await self._open(case, context, by_hand=True)

    async def open_contested(
        self, customer_id: UUID, line: str, parties: tuple[str, ...], trigger: UUID, context: Context
    ) -> Receipt | None:
        """A claim made out of reach collides with one that was granted meanwhile (PM8)."""
        case = NewCase(CaseKind.OFFLINE_PRIORITY, customer_id, parties, line, trigger_event=trigger)
        return await self._opened_by_policy(case, context)

    async def open_for_a_visit(
        self, customer_id: UUID, line: str, rep_id: str, visited_at: datetime, trigger: UUID, context: Context
    ) -> Receipt | None:
        """Somebody visited a customer that another had protected then (PM8); helpers and managers of the owner may."""
        holder = await self._holder(customer_id, line)
        if holder is None or holder.rep_id == rep_id or not holder.granted_at <= visited_at < holder.release_at:
            return None
        if rep_id in holder.helpers or await self._reps.manages(rep_id, holder.rep_id, visited_at):
            return None
        parties = (holder.rep_id, rep_id)
        return await self._opened_by_policy(
            NewCase(CaseKind.POACHING, customer_id, parties, line, trigger_event=trigger), context
        )

    async def open_for_a_deal(
        self, deal_id: UUID, customer_id: UUID, line: str, parties: tuple[str, ...], trigger: UUID, context: Context
    ) -> Receipt | None:
        """Somebody sold to a customer that another one held (PM8, A17)."""
        case = NewCase(CaseKind.POACHING, customer_id, parties, line, trigger_event=trigger, deal_id=deal_id)
        return await self._opened_by_policy(case, context)

    async def open_duplicate(
        self, customer_id: UUID, other_customer_id: UUID, line: str, trigger: UUID | None, context: Context
    ) -> Receipt | None:
        """Two records are one customer and two reps hold them (A11); None where not both are held, or by one rep."""
        one, other = await self._holder(customer_id, line), await self._holder(other_customer_id, line)
        if one is None or other is None or one.rep_id == other.rep_id:
            return None
        case = NewCase(
            CaseKind.DUPLICATE,
            customer_id,
            (one.rep_id, other.rep_id),
            line,
            other_customer_id=other_customer_id,
            trigger_event=trigger,
        )
        return await self._opened_by_policy(case, context)

    async def open_duplicates(
        self, customer_id: UUID, other_customer_id: UUID, trigger: UUID, context: Context
    ) -> Receipt | None:
        """The same in every line in which both records are held."""
        first: Receipt | None = None
        for number, line in enumerate(await self._lines(customer_id)):
            request = context.request if number == 0 else _further(context.request, line)
            asked = replace(context, request=request)
            receipt = await self.open_duplicate(customer_id, other_customer_id, line, trigger, asked)
            first = first or receipt
        return first

    async def close_duplicates(self, customer_id: UUID, other_customer_id: UUID, context: Context) -> Receipt | None:
        """The two records are two customers after all: what was opened about them is closed (A9)."""
        pair, first = {customer_id, other_customer_id}, None
        for line in await self._lines(customer_id):
            for case_id in sorted((await self._ownership(customer_id, line)).cases):
                case = await self._case(case_id)
                if isinstance(case, Open) and set(case.file.customers) == pair:
                    request = context.request if first is None else _further(context.request, str(case_id))
                    reason = "two different customers"
                    first = await self.close_as_different(case_id, reason, replace(context, request=request)) or first
        return first

    async def _lines(self, customer_id: UUID) -> Sequence[str]:
        """The lines in which somebody holds or held a customer."""
        rows: Sequence[Known[OwnershipSpan]] = await self._store.select(ownership_table, {"customer_id": customer_id})
        return sorted({one.row.line for one in rows})

    async def challenge_credit(
        self, deal_id: UUID, reason: str, context: Context, *, case_id: UUID | None = None
    ) -> Receipt:
        """Somebody holds that the credit for a won deal is theirs (D22). Refused: CHALLENGE_CLOSED, DEAL_NOT_WON…"""
        deal = await self._deals.won(deal_id)
        rep_id = context.actor.acting_for
        parties = dict.fromkeys((rep_id, *(share.rep_id for share in deal.credits if share.bp), deal.rep_id))
        case = NewCase(
            CaseKind.CREDIT,
            deal.customer_id,
            tuple(parties),
            deal.line,
            case_id=case_id,
            deal_id=deal_id,
            reason=reason,
            challenge_until=await self._deals.challenge_until(deal, context),
        )
        return await self._open(case, context, by_hand=True)

    async def _opened_by_policy(self, case: NewCase, context: Context) -> Receipt | None:
        """Once for one quarrel: where the parties are at odds about the customer already, nothing is added."""
        if await self._exists(case) is not None:
            return None
        return await self._open(replace(case, case_id=self._new_id()), context, by_hand=False)

    async def _open(self, case: NewCase, context: Context, *, by_hand: bool) -> Receipt:
        case_id, at = case.case_id or self._new_id(), context.decided_at
        asker = context.actor.acting_for

        async def command() -> RulingCommand:
            for rep_id in case.parties:
                await self._reps.rep(rep_id, at)
            first = await self._reps.rep(case.parties[0], at) if case.parties else None
            zone = first.team_zone if first else self._home_zone
            customers = [case.customer_id, *([case.other_customer_id] if case.other_customer_id else [])]
            holds = case.kind is not CaseKind.CREDIT
            return OpenCase(
                case_id=case_id,
                customer_id=case.customer_id,
                other_customer_id=case.other_customer_id,
                line=case.line,
                kind=case.kind,
                parties=case.parties,
                trigger_event=case.trigger_event,
                deal_id=case.deal_id,
                opened_by=asker,
                asked_by_rep=asker if context.actor.role in (Role.REP, Role.CLIENT) else None,
                by_hand=by_hand,
                reason=case.reason,
                arbiter_id=await self._arbiters.for_parties(case.parties, at) if case.parties else None,
                exists=await self._exists(case),
                challenge_until=case.challenge_until,
                holdings=tuple([await self._holding(one, case.line, context) for one in customers]) if holds else (),
                rules=await self._rulebook.rulings(day_of(at, zone)),
                calendar=await self._rulebook.calendar(),
                zone=zone,
                at=at,
            )

        return await self._carry_out.afresh(command, ruling, context, answer=_opened)

    async def _exists(self, case: NewCase) -> UUID | None:
        """An open case about the customer in which all these parties stand; of credit, about the same deal."""
        if case.kind is CaseKind.CREDIT:
            rows: Sequence[Known[CaseRow]] = await self._store.select(docket, {"customer_id": case.customer_id})
            return next(
                (
                    one.row.case_id
                    for one in rows
                    if one.row.deal_id == case.deal_id and one.row.kind is case.kind and one.row.closed_at is None
                ),
                None,
            )
        for case_id in sorted((await self._ownership(case.customer_id, case.line)).cases):
            known = await self._case(case_id)
            if not isinstance(known, NoCase) and set(case.parties) <= set(known.file.parties):
                return case_id
        return None

    async def _leads_a_party(self, parties: Sequence[str], context: Context) -> None:
        asker = context.actor.acting_for
        leads = [rep_id == asker or await self._reps.manages(asker, rep_id, context.decided_at) for rep_id in parties]
        if not any(leads):
            raise Forbidden(context.asked, context.actor.role)

    # ------------------------------------------------------------------------------------------------------- hearing

    async def submit_evidence(self, case_id: UUID, evidence: Evidence, context: Context) -> Receipt:
        """Put something into the file; the trust of an event follows from how it was recorded.

        Refused: NOT_PARTY, CASE_FINAL, REF_NOT_FOUND, MALFORMED.
        """
        file = await self._file(case_id)
        event_id, trust = None, Trust.E3
        if evidence.position is not None:
            recorded = await self._event(evidence.position, file)
            event_id = recorded.envelope.event_id
            trust = trust_of(recorded, await self._flags(file))
        command = SubmitEvidence(
            case_id=case_id,
            evidence_id=evidence.evidence_id or self._new_id(),
            submitted_by=context.actor.acting_for,
            reads_all=context.actor.role == Role.AUDITOR,
            kind=evidence.kind,
            event_id=event_id,
            position=evidence.position,
            sha256=evidence.sha256,
            favours=evidence.favours,
            trust=trust,
            text=evidence.text,
            at=context.decided_at,
        )
        return await self._do(command, context)

    async def file_statement(self, case_id: UUID, text: str, context: Context) -> Receipt:
        """Say one's own side. Refused: NOT_PARTY, CASE_FINAL, REASON_REQUIRED (without words)."""
        command = FileStatement(case_id, context.actor.acting_for, text, context.decided_at)
        return await self._do(command, context)

    async def assign(self, case_id: UUID, context: Context) -> Receipt:
        """Give a case to whoever should rule on it, where whoever has it no longer fits."""
        case = await self._case(case_id)
        if isinstance(case, NoCase):
            raise RefNotFound("case", str(case_id))
        to = await self._proper(case, context.decided_at)
        return await self._move(case.file, to, TransferCause.ARBITER_CONFLICT, context)

    # -------------------------------------------------------------------------------------------------------- ruling

    async def rule(self, said: Ruling, context: Context) -> Receipt:
        """Rule, and carry it out in the same append; of a case under appeal, say the last word.

        Refused: ARBITER_CONFLICT, TOO_EARLY, CASE_FINAL, REASON_REQUIRED, LETTER_REQUIRED, SPLIT_INVALID…
        """
        ids = (said.ruling_id or self._new_id(), self._new_id())

        async def command() -> RulingCommand:
            return await self._rule(said, ids, context)

        return await self._carry_out.afresh(command, ruling, context, answer=_ruled)

    async def dry_run(self, said: Ruling, context: Context) -> DryRun:
        """What that ruling would be, by the same decision; nothing is recorded. Refused as the ruling would be."""
        command = await self._rule(said, (said.ruling_id or self._new_id(), self._new_id()), context)
        looked = await self._pasts.look(ruling.stands_on(command))
        events = ruling.decide(command, looked.past)
        issued = next((event for event in events if isinstance(event, RulingIssued)), None)
        named = [(VOCABULARY.of(one).name, VOCABULARY.stream_of(one) or "", as_json(one)) for one in events]
        return DryRun(issued, named, command.facts.as_of_position)

    async def _rule(self, said: Ruling, ids: tuple[UUID, UUID], context: Context) -> RuleOnCase:
        case, at, asker = await self._case(said.case_id), context.decided_at, context.actor.acting_for
        if isinstance(case, NoCase):
            raise RefNotFound("case", str(said.case_id))
        file, rules = case.file, await self._rules(case.file)
        gathered = await self._facts.gather(file, rules)
        proper = await self._proper(case, at)
        holdings = [await self._holding(one, file.opened.line, context) for one in file.customers]
        settled = await self._deals_to_settle(file)
        return RuleOnCase(
            case_id=said.case_id,
            ruling_id=ids[0],
            arbiter_id=asker,
            may_rule=await self._may_rule(case, proper, asker, at),
            proper_arbiter=proper,
            winner_id=said.winner_id,
            credits=said.credits,
            reason=said.reason,
            facts=gathered.facts,
            fact_positions=gathered.fact_positions,
            evidence_sha256=gathered.evidence_sha256,
            holdings=tuple(holdings) if file.holds_the_customer else (),
            winners={rep_id: await self._winner(rep_id, at) for rep_id in file.parties},
            claim_id=ids[1],
            deals=settled,
            periods={deal_id: await self._deals.period_of(deal_id, context) for deal_id in settled},
            rules=rules.rulings,
            calendar=rules.calendar,
            at=at,
        )

    async def _proper(self, case: Open | Ruled | Appealed | Closed, at: datetime) -> str | None:
        """Who should rule now: who has the case, as long as that one fits; else whoever the lines say."""
        has_it = case.to_arbiter if isinstance(case, Appealed) else case.file.arbiter_id
        if has_it is not None and await self._arbiters.fits(has_it, case.file.parties, at):
            return has_it
        above = case.ruling.arbiter_id if isinstance(case, Appealed) else None
        return await self._arbiters.for_parties(case.file.parties, at, above=above)

    async def _may_rule(self, case: Case, proper: str | None, asker: str, at: datetime) -> bool:
        if isinstance(case, NoCase):
            return False
        if proper is not None:
            return asker == proper
        decided_before = isinstance(case, Appealed) and asker == case.ruling.arbiter_id
        return not decided_before and await self._arbiters.fits(asker, case.file.parties, at)

    async def _winner(self, rep_id: str, at: datetime) -> Winner:
        rep = await self._reps.rep(rep_id, at)
        rules = await self._rulebook.protection(day_of(at, rep.team_zone), rep.team_id)
        return Winner(rep, rules, day_of(at, rep.zone))

    async def _deals_to_settle(self, file: File) -> tuple[UUID, ...]:
        """The deals whose credit is at odds: the one named, and those that parties won with the customer since."""
        found: list[DealRow] = []
        for customer_id in file.customers:
            where = {"customer_id": customer_id, "line": file.opened.line, "standing": DealStanding.WON}
            rows: Sequence[Known[DealRow]] = await self._store.select(deals, where)
            found += [one.row for one in rows]
        parties = set(file.parties)
        at_odds = [
            row
            for row in found
            if row.deal_id == file.opened.deal_id
            or (
                file.holds_the_customer
                and row.closed_at is not None
                and row.closed_at >= file.opened.opened_at
                and row.rep_id in parties
            )
        ]
        at_odds.sort(key=lambda row: (row.deal_id != file.opened.deal_id, row.closed_at or row.opened_at, row.deal_id))
        return tuple(row.deal_id for row in at_odds)

    # ----------------------------------------------------------------------------------------------------- afterwards

    async def appeal(self, case_id: UUID, reason: str, context: Context) -> Receipt:
        """Ask the next level. Refused: NOT_PARTY, APPEAL_CLOSED, REASON_REQUIRED."""

        async def command() -> RulingCommand:
            case = await self._case(case_id)
            file = await self._file(case_id)
            ruled_by = case.ruling.arbiter_id if isinstance(case, Ruled) else None
            rules = await self._rules(file)
            return FileAppeal(
                case_id=case_id,
                rep_id=context.actor.acting_for,
                reason=reason,
                to_arbiter=await self._arbiters.for_parties(file.parties, context.decided_at, above=ruled_by),
                rules=rules.rulings,
                calendar=rules.calendar,
                at=context.decided_at,
            )

        return await self._carry_out.afresh(command, ruling, context, answer=_answer)

    async def reopen(self, case_id: UUID, reason: str, context: Context) -> Receipt:
        """Have a case heard again. Refused: CASE_FINAL, REASON_REQUIRED."""

        async def command() -> RulingCommand:
            file = await self._file(case_id)
            rules = await self._rules(file)
            return ReopenCase(
                case_id=case_id,
                reopened_by=context.actor.acting_for,
                reason=reason,
                arbiter_id=await self._arbiters.for_parties(file.parties, context.decided_at),
                holdings=tuple([await self._holding(one, file.opened.line, context) for one in file.customers]),
                rules=rules.rulings,
                calendar=rules.calendar,
                at=context.decided_at,
            )

        return await self._carry_out.afresh(command, ruling, context, answer=_answer)

    async def close_as_different(self, case_id: UUID, reason: str, context: Context) -> Receipt:
        """The two records are two customers: nothing was at odds (A9)."""
        return await self._close(case_id, context, different=True, reason=reason)

    async def basis_changed(self, visit_id: UUID, changed_by: UUID, at: datetime, context: Context) -> Receipt | None:
        """A visit was put right or struck out: tell the parties of every case that stands on it (PM15)."""
        cited = await self._citing(visit_id)
        receipt: Receipt | None = None
        for number, (case_id, facts) in enumerate(sorted(cited.items())):
            request = context.request if number == 0 else _further(context.request, str(case_id))
            command = NoteBasisChanged(case_id, tuple(facts), changed_by, at)
            told_to = await self._carry_out(command, ruling, replace(context, request=request), answer=_answer)
            receipt = receipt or told_to
        return receipt

    async def locking(
        self, visit_id: UUID, customer_id: UUID, line: str, rep_id: str
    ) -> tuple[UUID, str | None] | None:
        """The open case in which a visit is evidence, and its arbiter: the parties' visits to a customer that is held,
        and whatever was put into a file."""
        held = (await self._ownership(customer_id, line)).cases
        for case_id in (*sorted(held), *sorted(await self._citing(visit_id))):
            case = await self._case(case_id)
            if not isinstance(case, Open | Appealed):
                continue
            if case_id in held and rep_id not in case.file.parties:
                continue
            return case_id, case.to_arbiter if isinstance(case, Appealed) else case.file.arbiter_id
        return None

    async def during_case(self, customer_id: UUID, line: str, rep_id: str, visited_at: datetime) -> bool:
        """Whether a visit was made while a case held the customer, by somebody who is not its owner."""
        ownership = await self._ownership(customer_id, line)
        if isinstance(ownership, Claimed) and ownership.rep_id == rep_id:
            return False
        for case_id in ownership.cases:
            case = await self._case(case_id)
            if not isinstance(case, NoCase) and case.file.opened.opened_at <= visited_at:
                return True
        return False

    async def _citing(self, visit_id: UUID) -> Mapping[UUID, Sequence[UUID]]:
        """The cases in whose files events of a visit lie, and which events those are."""
        stream = visit_of(visit_id).name
        ids = [one.envelope.event_id for one in (await self._log.read({stream: 0})).get(stream, ())]
        if not ids:
            return {}
        rows: Sequence[CitedFact] = await self._store.select(cited_facts, {"event_id": OneOf(ids)})
        cited: dict[UUID, list[UUID]] = {}
        for row in rows:
            if row.event_id not in cited.setdefault(row.case_id, []):
                cited[row.case_id].append(row.event_id)
        return cited

    # ------------------------------------------------------------------------------------------------------ the clock

    async def due(self, at: datetime) -> Sequence[CaseRow]:
        """Every case in which the clock has something to write."""
        where = {"due_at": Between(None, at + timedelta(microseconds=1))}
        rows: Sequence[Known[CaseRow]] = await self._store.select(docket, where, order=("due_at", "case_id"))
        return [one.row for one in rows]

    async def next_due(self) -> datetime | None:
        """The nearest hour at which the clock has something to write in a case, come or not."""
        where = {"due_at": Between(None, FOREVER)}
        rows: Sequence[Known[CaseRow]] = await self._store.select(docket, where, order=("due_at", "case_id"), limit=1)
        return rows[0].row.due_at if rows else None

    async def carry_out_due(self, at: datetime) -> int:
        """Write what has come due: the ladder's proposal, an overdue ruling passed up, a case closed. How many.

        Where all of it was answered before, the docket is behind, or parked; the next tick looks again.
        """
        written = 0
        while rows := await self.due(at):
            receipts = [await self._due(row, row.due_at, at) for row in rows if row.due_at is not None]
            done = sum(1 for one in receipts if one is not None and one.events and not one.repeated)
            written += done
            if not done or not await self._facts.abreast():
                break
        return written

    async def _due(self, row: CaseRow, due_at: datetime, at: datetime) -> Receipt | None:
        match row.stage:
            case CaseStage.OPEN if not row.proposed:
                context = _by_the_clock(row, "conflict.propose", due_at, at)

                async def propose() -> RulingCommand:
                    file = await self._file(row.case_id)
                    gathered = await self._facts.gather(file, await self._rules(file))
                    return ProposeRuling(
                        row.case_id, gathered.facts, gathered.fact_positions, gathered.evidence_sha256, due_at
                    )

                return await self._carry_out.afresh(propose, ruling, context)
            case CaseStage.OPEN | CaseStage.APPEALED:
                context = _by_the_clock(row, "conflict.move", due_at, at)
                file = await self._file(row.case_id)
                above = await self._arbiters.for_parties(file.parties, at, above=row.arbiter_id)
                return await self._move(file, above, TransferCause.RULING_OVERDUE, context)
            case CaseStage.RULED:
                context = _by_the_clock(row, "conflict.close", due_at, at)
                return await self._close(row.case_id, context, different=False)
            case CaseStage.CLOSED:
                return None

    async def _move(self, file: File, to_arbiter: str | None, cause: TransferCause, context: Context) -> Receipt:
        rules = await self._rules(file)
        command = MoveCase(file.case_id, to_arbiter, cause, rules.rulings, rules.calendar, _hour(context))
        return await self._do(command, context)

    async def _close(self, case_id: UUID, context: Context, *, different: bool, reason: str | None = None) -> Receipt:
        async def command() -> RulingCommand:
            file = await self._file(case_id)
            holdings = [await self._holding(one, file.opened.line, context) for one in file.customers]
            return CloseCase(
                case_id=case_id,
                different=different,
                reason=reason,
                holdings=tuple(holdings),
                calendar=await self._rulebook.calendar(),
                at=_hour(context),
            )

        return await self._carry_out.afresh(command, ruling, context, answer=_answer)

    # ------------------------------------------------------------------------------------------------------ questions

    async def docket(
        self,
        *,
        at: int,
        party: str | None = None,
        arbiter: str | None = None,
        customer_id: UUID | None = None,
        stage: CaseStage | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 100,
    ) -> Sequence[CaseRow]:
        """Cases as of a position, in the order in which they were opened; one page at a time."""
        where: dict[str, Any] = {
            name: value
            for name, value in (("arbiter_id", arbiter), ("customer_id", customer_id), ("stage", stage))
            if value is not None
        }
        if party is not None:
            of_party: Sequence[CaseOfParty] = await self._store.select(cases_of_parties, {"rep_id": party}, at=at)
            where["case_id"] = OneOf([one.case_id for one in of_party])
        rows: Sequence[Known[CaseRow]] = await self._store.select(
            docket, where, at=at, order=("opened_at", "case_id"), after=after or (), limit=limit
        )
        return [one.row for one in rows]

    async def could_rule(self, asker: str, parties: Sequence[str], at: datetime) -> bool:
        """Whether somebody with the role could have a case: no party, and above all parties or above none."""
        return await self._arbiters.fits(asker, parties, at)

    async def case(self, case_id: UUID, *, at: int) -> CaseRow:
        """One case as of a position. Raises REF_NOT_FOUND."""
        rows: Sequence[Known[CaseRow]] = await self._store.select(docket, {"case_id": case_id}, at=at)
        if not rows:
            raise RefNotFound("case", str(case_id))
        return rows[0].row

    async def of_the_case(self, row: CaseRow, *, at: int) -> Sequence[CaseFileRow]:
        """Every event of the case itself, up to a position."""
        stream = case_of(row.case_id).name
        flags = await self._rulebook.flags(day_of(row.opened_at, row.zone))
        events = (await self._log.read({stream: 0})).get(stream, ())
        return [_row(one, flags) for one in events if one.position <= at]

    async def about_the_customer(self, row: CaseRow, *, at: int) -> Sequence[CaseFileRow]:
        """Everything recorded up to a position that is about both the customer and a party, in the order of the log."""
        flags = await self._rulebook.flags(day_of(row.opened_at, row.zone))
        places = await self._places(row, at)
        whole: dict[str, int] = dict.fromkeys(places.values(), 0)
        streams = await self._log.read(whole)
        events = {one.position: one for stream in streams.values() for one in stream}
        return [_row(events[position], flags) for position in sorted(places) if position in events]

    async def _places(self, row: CaseRow, at: int) -> Mapping[int, str]:
        """At which positions something about the customer and a party stands, and in which streams."""
        customers = [row.customer_id, *([row.other_customer_id] if row.other_customer_id else [])]
        own = case_of(row.case_id).name
        places: dict[int, str] = {}
        for rep_id in row.parties:
            where = {"rep_id": rep_id, "customer_id": OneOf(customers)}
            lines: Sequence[TimelineRow] = await self._store.select(rep_timeline, where, at=at, order=("position",))
            places |= {line.position: line.stream for line in lines if line.stream != own}
        return places

    # -------------------------------------------------------------------------------------------------------- look-ups

    async def _do(self, command: RulingCommand, context: Context) -> Receipt:
        return await self._carry_out(command, ruling, context, answer=_answer)

    async def _case(self, case_id: UUID) -> Case:
        return (await self._pasts.look([case_of(case_id)])).past.of(case_of(case_id))

    async def _file(self, case_id: UUID) -> File:
        case = await self._case(case_id)
        if isinstance(case, NoCase):
            raise RefNotFound("case", str(case_id))
        return case.file

    async def _rules(self, file: File) -> CaseRules:
        """Those in force when the case was opened, for the team of its first party."""
        opened = file.opened
        day = day_of(opened.opened_at, opened.zone)
        team_id = (await self._reps.rep(opened.parties[0], opened.opened_at)).team_id
        return CaseRules(
            rulings=await self._rulebook.rulings(day),
            protection=await self._rulebook.protection(day, team_id),
            flags=await self._rulebook.flags(day),
            calendar=await self._rulebook.calendar(),
        )

    async def _flags(self, file: File) -> FlagRules:
        return await self._rulebook.flags(day_of(file.opened.opened_at, file.opened.zone))

    async def _holding(self, customer_id: UUID, line: str, context: Context) -> Holding:
        ownership = await self._ownership(customer_id, line)
        if isinstance(ownership, Claimed):
            day = day_of(context.decided_at, ownership.protection_tz)
            rules = await self._rulebook.protection(day, ownership.team_id)
            return Holding(customer_id, line, slot_takers(ownership), rules)
        rules = await self._rulebook.protection(day_of(context.decided_at, context.occurred_tz))
        return Holding(customer_id, line, (), rules)

    async def _holder(self, customer_id: UUID, line: str) -> Claimed | None:
        ownership = await self._ownership(customer_id, line)
        return ownership if isinstance(ownership, Claimed) else None

    async def _ownership(self, customer_id: UUID, line: str) -> Ownership:
        stream = ownership_of(customer_id, line)
        return (await self._pasts.look([stream])).past.of(stream)

    async def _event(self, position: int, file: File) -> Recorded:
        """An event that is about the customer or a party of the case."""
        page = await self._log.page(position - 1, 1) if position > 0 else ()
        about = {f"customer:{one}" for one in file.customers} | {f"rep:{one}" for one in file.parties}
        if not page or page[0].position != position or not about & set(page[0].envelope.subjects):
            raise RefNotFound("event", str(position))
        return page[0]


def _row(recorded: Recorded, flags: FlagRules) -> CaseFileRow:
    envelope = recorded.envelope
    return CaseFileRow(
        position=recorded.position,
        event_id=envelope.event_id,
        name=envelope.name,
        stream=envelope.stream,
        occurred_at=envelope.occurred_at,
        recorded_at=recorded.recorded_at,
        biz_date=envelope.biz_date,
        actor_id=envelope.actor.id,
        actor_role=str(envelope.actor.role),
        flags=envelope.flags,
        trust=trust_of(recorded, flags),
        reps=tuple(one[4:] for one in envelope.subjects if one.startswith("rep:")),
        leaf_hash=recorded.leaf.hex(),
        facts=as_json(recorded.event),
    )


def _hour(context: Context) -> datetime:
    """When it happens: of the clock's own doings that is the stored deadline, however late they are written."""
    return context.occurred_at if context.request.source == CLOCK else context.decided_at


def _further(request: Request, what: str) -> Request:
    """A request of its own for each further case that one event is news to."""
    name = f"{request.id}:{what}"
    return Request(request.source, name, sha256(name.encode()).digest())


def _by_the_clock(row: CaseRow, asked: str, due_at: datetime, at: datetime) -> Context:
    request_id = f"{asked}:{row.case_id}:{due_at.isoformat()}"
    return Context(
        asked=asked,
        request=Request(CLOCK, request_id, sha256(request_id.encode()).digest()),
        actor=Actor(CLOCK, Role.SYSTEM),
        occurred_at=due_at,
        occurred_tz=row.zone,
        decided_at=at,
        biz_date=day_of(due_at, row.zone),
        correlation_id=f"{CLOCK}:{row.case_id}",
    )


def _opened(events: Sequence[object]) -> Mapping[str, Json]:
    opened = next((event for event in events if isinstance(event, ConflictCaseOpened)), None)
    if opened is None:
        return {}
    return told(
        {
            "case_id": opened.case_id,
            "kind": opened.kind,
            "customer_id": opened.customer_id,
            "parties": opened.parties,
            "arbiter_id": opened.arbiter_id,
            "statements_due": opened.statements_due,
            "ruling_due": opened.ruling_due,
        }
    )


def _ruled(events: Sequence[object]) -> Mapping[str, Json]:
    issued = next((event for event in events if isinstance(event, RulingIssued)), None)
    if issued is None:
        return _answer(events)
    return told(
        {
            "case_id": issued.case_id,
            "ruling_id": issued.ruling_id,
            "rung": issued.rung,
            "winner_id": issued.winner_id,
            "appeal_due": issued.appeal_due,
            "as_of_position": issued.as_of_position,
        }
    )


def _answer(events: Sequence[object]) -> Mapping[str, Json]:
    first = next((event for event in events if isinstance(event, ConflictEvent)), None)
    return {} if first is None else {"case_id": str(first.case_id)}
