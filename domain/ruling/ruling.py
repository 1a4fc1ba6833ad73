"""Rule, and carry the ruling out in one append: the case, the customer, the slots, the credit (PM15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.claiming.overdue import called_off, slot_given_up, standing
from domain.conflict.events import (
    AppealDecided,
    CaseClosed,
    CaseOutcome,
    EvidenceKind,
    RulingIssued,
    RulingSuperseded,
)
from domain.conflict.ladder import WHOLE, Facts, FaithEntry, Outcome, Party, RungName, awarded, climb
from domain.conflict.state import Appealed, Closed, File, NoCase, Open, Ruled, case_of
from domain.credit.events import CreditBasis, CreditTermsSet
from domain.days import Calendar
from domain.deal.decisions import Credit, SplitInvalid, adjusted
from domain.deal.state import Won, deal_of
from domain.decider import Past
from domain.facts import RepFacts
from domain.ownership.events import ClaimBasis, ReleaseReason
from domain.ownership.protection import Terms, granted, resumed, revoked
from domain.ownership.state import Claimed, evolve, ownership_of
from domain.portfolio.events import SlotReserved
from domain.reception import FieldFault, Malformed, ReasonRequired, RefNotFound
from domain.rulesets import ProtectionRules, RulingRules
from domain.ruling.opening import Holding, workdays_end
from domain.ruling.refusals import ArbiterConflict, CaseFinal, LetterRequired, TooEarly
from domain.values import Part


@dataclass(frozen=True, slots=True)
class Winner:
    """A party as somebody who may be given the customer: who that is, by which rules, and on which date there."""

    rep: RepFacts
    rules: ProtectionRules
    biz_date: date


@dataclass(frozen=True, slots=True)
class RuleOnCase:
    """The arbiter rules, or decides an appeal.

    `may_rule`: the asker is who should rule; `proper_arbiter` tells who that is. `winner_id`, `credits` None: as the
    ladder says; `facts`: as of a position, `evidence_sha256` over the list of them and of the case; `holdings`: the
    customer in every record at odds; `claim_id`: for a claim that the ruling grants; `deals`: those won already whose
    credit the ruling settles, the first one first; `periods`: for each, the commission period in which a difference
    counts.
    """

    case_id: UUID
    ruling_id: UUID
    arbiter_id: str
    may_rule: bool
    proper_arbiter: str | None
    winner_id: str | None
    credits: tuple[Credit, ...] | None
    reason: str | None
    facts: Facts
    fact_positions: tuple[int, ...]
    evidence_sha256: str
    holdings: tuple[Holding, ...]
    winners: Mapping[str, Winner]
    claim_id: UUID
    deals: tuple[UUID, ...]
    periods: Mapping[UUID, str]
    rules: RulingRules
    calendar: Calendar
    at: datetime


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What is to be: who has the customer, in which parts the credit goes, and why if the ladder said otherwise."""

    outcome: Outcome
    winner_id: str | None
    faith: tuple[FaithEntry, ...]
    credits: tuple[Part, ...]
    override_reason: str | None


def rule_on_case(command: RuleOnCase, past: Past) -> Sequence[object]:
    """A ruling where the case is heard; where it is appealed against, the last word."""
    case = past.of(case_of(command.case_id))
    match case:
        case NoCase():
            raise RefNotFound("case", str(command.case_id))
        case Ruled() | Closed():
            raise CaseFinal(command.case_id)
        case Open():
            if not case.file.may_be_ruled(command.at):
                raise TooEarly(command.case_id, case.file.statements_due)
            _by_the_arbiter(command)
            return _ruled(command, past, case)
        case Appealed():
            _by_the_arbiter(command)
            return _appeal_decided(command, past, case)


def _by_the_arbiter(command: RuleOnCase) -> None:
    if not command.may_rule:
        raise ArbiterConflict(command.case_id, command.proper_arbiter)


def _ruled(command: RuleOnCase, past: Past, case: Open) -> Sequence[object]:
    ruling = _made(command, case.file)
    appeal_due = workdays_end(command.at, command.rules.appeal_workdays, command.calendar, case.file.opened.zone)
    return [
        _issued(command, case.file, ruling, appeal_due),
        *_superseded(command, case.file, case.standing),
        *_carried_out(command, past, case.file, ruling),
    ]


def _appeal_decided(command: RuleOnCase, past: Past, case: Appealed) -> Sequence[object]:
    """Upheld as it is, or another ruling in its place; either way nobody has a further word."""
    ruling = _made(command, case.file)
    before = case.ruling
    upheld = (ruling.winner_id, ruling.credits) == (before.winner_id, before.credits)
    decided = AppealDecided(
        case_id=command.case_id,
        customer_id=case.file.customer_id,
        parties=case.file.parties,
        ruling_id=before.ruling_id,
        arbiter_id=command.arbiter_id,
        upheld=upheld,
        reason=command.reason,
        decided_at=command.at,
    )
    changed: Sequence[object] = ()
    if not upheld:
        changed = [
            _issued(command, case.file, ruling, None),
            *_superseded(command, case.file, before),
            *_carried_out(command, past, case.file, ruling),
        ]
    closed = CaseClosed(
        case_id=command.case_id,
        customer_id=case.file.customer_id,
        parties=case.file.parties,
        outcome=CaseOutcome.APPEAL_DECIDED,
        ruling_id=before.ruling_id if upheld else command.ruling_id,
        reason=command.reason,
        closed_at=command.at,
    )
    return [decided, *changed, closed]


def _made(command: RuleOnCase, file: File) -> _Ruling:
    """The ladder's ruling, or the arbiter's own: for a reason, and against a protection with the customer's letter."""
    outcome = climb(command.facts)
    winner_id = outcome.winner_id if command.winner_id is None else command.winner_id
    if winner_id is not None and winner_id not in file.parties:
        raise Malformed((FieldFault("/data/winner_id", "a party of the case"),))
    faith, by_rule = outcome.faith, outcome.credits
    if winner_id is not None and outcome.rung is not RungName.L6:
        faith, by_rule = awarded(command.facts, outcome, winner_id)
    credits = by_rule if command.credits is None else _split(command.credits, file)
    another = winner_id != outcome.winner_id
    if (another or credits != by_rule or outcome.winner_id is None) and not (command.reason or "").strip():
        raise ReasonRequired("conflict.rule")
    if another and winner_id is not None and outcome.rung in (RungName.L0, RungName.L1):
        letters = [one for one in file.evidence if one.kind is EvidenceKind.CUSTOMER_LETTER]
        if all(one.favours != winner_id for one in letters):
            raise LetterRequired(command.case_id, winner_id)
    reason = command.reason if another or credits != by_rule else None
    return _Ruling(outcome, winner_id, faith, credits, reason)


def _split(credits: Sequence[Credit], file: File) -> tuple[Part, ...]:
    """The arbiter's own parts, of parties only; who is not named has nothing."""
    given = {credit.rep_id: credit.bp for credit in credits}
    total = sum(given.values())
    if total != WHOLE or min(given.values()) < 0 or len(given) != len(credits):
        raise SplitInvalid(total)
    if not given.keys() <= set(file.parties):
        raise Malformed((FieldFault("/data/credits", "parties of the case"),))
    return tuple(Part(rep_id, given.get(rep_id, 0)) for rep_id in file.parties)


def _issued(command: RuleOnCase, file: File, ruling: _Ruling, appeal_due: datetime | None) -> RulingIssued:
    return RulingIssued(
        case_id=command.case_id,
        customer_id=file.customer_id,
        parties=file.parties,
        ruling_id=command.ruling_id,
        arbiter_id=command.arbiter_id,
        rung=ruling.outcome.rung,
        winner_id=ruling.winner_id,
        proposed_winner_id=ruling.outcome.winner_id,
        credits=ruling.credits,
        rungs=ruling.outcome.rungs,
        faith=ruling.faith,
        facts=ruling.outcome.facts,
        fact_positions=command.fact_positions,
        evidence_sha256=command.evidence_sha256,
        as_of_position=command.facts.as_of_position,
        override_reason=ruling.override_reason,
        entitled_from=_entitled_from(command, ruling),
        credit_until=command.at + timedelta(days=command.rules.good_faith_days),
        appeal_due=appeal_due,
        rules_version=command.rules.version,
        issued_at=command.at,
    )


def _superseded(command: RuleOnCase, file: File, before: RulingIssued | None) -> Sequence[object]:
    if before is None:
        return []
    return [
        RulingSuperseded(
            case_id=command.case_id,
            customer_id=file.customer_id,
            parties=file.parties,
            ruling_id=before.ruling_id,
            by_ruling_id=command.ruling_id,
            superseded_at=command.at,
        )
    ]


def _carried_out(command: RuleOnCase, past: Past, file: File, ruling: _Ruling) -> Sequence[object]:
    events: list[object] = []
    if file.holds_the_customer:
        for number, holding in enumerate(command.holdings):
            events += _customer(command, past, file, ruling, holding, first=number == 0)
    return [*events, *_credit(command, past, file, ruling)]


def _customer(
    command: RuleOnCase, past: Past, file: File, ruling: _Ruling, holding: Holding, *, first: bool
) -> Sequence[object]:
    """The customer in one record: to the winner, or as it was, with its clocks going again."""
    customer_id, line = holding.customer_id, holding.line
    now = standing(customer_id, line, past.of(ownership_of(customer_id, line)), holding.rules, command.at)
    after, events = now.ownership, list(now.unwritten)
    winner = command.winners.get(ruling.winner_id) if ruling.winner_id is not None else None
    loses = isinstance(after, Claimed) and winner is not None and _taken_from(after, winner, file)
    if loses and isinstance(after, Claimed):
        taken = revoked(customer_id, line, after, ReleaseReason.RULING, command.case_id, command.at)
        off = called_off(customer_id, line, after, command.at)
        events += [*off, taken, *slot_given_up(customer_id, after)]
        after = evolve(after, taken)
    if command.case_id in after.cases:
        going = resumed(customer_id, line, after, command.case_id, Terms(holding.rules, command.calendar, command.at))
        events.append(going)
        after = evolve(after, going)
    holds_elsewhere = winner is not None and any(
        _held_by(past, one, winner.rep.rep_id) for one in command.holdings if one is not holding
    )
    wanted = loses or first
    if winner is not None and winner.rep.active and wanted and not isinstance(after, Claimed) and not holds_elsewhere:
        terms = Terms(winner.rules, command.calendar, command.at)
        grant = granted(
            command.claim_id,
            customer_id,
            line,
            winner.rep,
            ClaimBasis.RULING,
            terms,
            priority_at=_entitled_from(command, ruling),
            entitled_from=_entitled_from(command, ruling),
        )
        slot = SlotReserved(winner.rep.rep_id, command.claim_id, customer_id, winner.biz_date, claimed=False)
        events += [grant, slot]
    return events


def _taken_from(claim: Claimed, winner: Winner, file: File) -> bool:
    """Whether the claim goes from its rep: a winner who has left gets nothing, but no rival keeps it for that."""
    return claim.rep_id != winner.rep.rep_id and (winner.rep.active or claim.rep_id in file.parties)


def _held_by(past: Past, holding: Holding, rep_id: str) -> bool:
    ownership = past.of(ownership_of(holding.customer_id, holding.line))
    return isinstance(ownership, Claimed) and ownership.rep_id == rep_id


def _entitled_from(command: RuleOnCase, ruling: _Ruling) -> datetime | None:
    """Since when the winner was entitled: the hour of the claim that the ruling found to stand, None without one."""
    party = _party(command.facts, ruling.winner_id)
    if party is None or party.claim is None or party.claim.not_eligible is not None:
        return None
    return party.claim.priority_at


def _party(facts: Facts, rep_id: str | None) -> Party | None:
    return next((party for party in facts.parties if party.rep_id == rep_id), None)


def _credit(command: RuleOnCase, past: Past, file: File, ruling: _Ruling) -> Sequence[object]:
    """The deal that was won already, or else the next one: good faith shares in the first contract only."""
    won = [(deal_id, past.of(deal_of(deal_id))) for deal_id in command.deals]
    events: list[object] = []
    credits = tuple(Credit(part.rep_id, part.bp) for part in ruling.credits if part.bp)
    for number, (deal_id, deal) in enumerate(won):
        if not isinstance(deal, Won):
            continue
        shares = credits if number == 0 else _all_to(ruling, deal)
        reason = f"ruling {command.ruling_id}"
        events += adjusted(deal_id, deal, shares, reason, command.periods[deal_id], command.at)
    if not won and file.holds_the_customer and any(0 < part.bp < WHOLE for part in ruling.credits):
        until = command.at + timedelta(days=command.rules.good_faith_days)
        events += [
            CreditTermsSet(
                customer_id=one.customer_id,
                line=one.line,
                ref=command.ruling_id,
                basis=CreditBasis.RULING,
                parts=ruling.credits,
                won_from=command.at,
                won_until=until,
                set_at=command.at,
            )
            for one in command.holdings
        ]
    return events


def _all_to(ruling: _Ruling, deal: Won) -> tuple[Credit, ...]:
    return (Credit(ruling.winner_id or deal.rep_id, WHOLE),)
