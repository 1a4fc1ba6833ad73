"""Hear a case: evidence, statements, who hears it, what the ladder proposes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.conflict.events import (
    CaseTransferred,
    EvidenceKind,
    EvidenceSubmitted,
    RulingProposed,
    StatementFiled,
    TransferCause,
)
from domain.conflict.ladder import Facts, Trust, climb
from domain.conflict.state import Appealed, Case, Closed, File, NoCase, Open, Ruled, case_of
from domain.days import Calendar
from domain.decider import Past
from domain.reception import FieldFault, Malformed, ReasonRequired, RefNotFound
from domain.rulesets import RulingRules
from domain.ruling.opening import workdays_end
from domain.ruling.refusals import CaseFinal, NotParty


@dataclass(frozen=True, slots=True)
class SubmitEvidence:
    """A party, the arbiter or an auditor puts something into the file. `trust`: computed from the event that is named,
    E3 for everything else; `reads_all`: an auditor asks."""

    case_id: UUID
    evidence_id: UUID
    submitted_by: str
    reads_all: bool
    kind: EvidenceKind
    event_id: UUID | None
    position: int | None
    sha256: str | None
    favours: str | None
    trust: Trust
    text: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class FileStatement:
    """A party says its own side."""

    case_id: UUID
    rep_id: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MoveCase:
    """The case belongs with another arbiter, or is overdue where it is."""

    case_id: UUID
    to_arbiter: str | None
    cause: TransferCause
    rules: RulingRules
    calendar: Calendar
    at: datetime


@dataclass(frozen=True, slots=True)
class ProposeRuling:
    """The time for statements is over: write what the ladder says."""

    case_id: UUID
    facts: Facts
    fact_positions: tuple[int, ...]
    evidence_sha256: str
    at: datetime


def file_of(case: Case, case_id: UUID) -> File:
    """The file, of whatever stage."""
    if isinstance(case, NoCase):
        raise RefNotFound("case", str(case_id))
    return case.file


def submit_evidence(command: SubmitEvidence, past: Past) -> Sequence[object]:
    """Into the file of a case that is not over; the same event twice changes nothing."""
    case = past.of(case_of(command.case_id))
    file = file_of(case, command.case_id)
    if command.submitted_by not in (*file.parties, file.arbiter_id) and not command.reads_all:
        raise NotParty(command.case_id)
    if isinstance(case, Closed):
        raise CaseFinal(command.case_id)
    if (command.kind is EvidenceKind.EVENT) != (command.event_id is not None):
        raise Malformed((FieldFault("/data/event_id", "an event for EVENT, and for nothing else"),))
    if command.event_id is None and command.sha256 is None:
        raise Malformed((FieldFault("/data/sha256", "the fingerprint of the document"),))
    if command.favours is not None and command.favours not in file.parties:
        raise Malformed((FieldFault("/data/favours", "a party of the case"),))
    if command.kind is EvidenceKind.CUSTOMER_LETTER and command.favours is None:
        raise Malformed((FieldFault("/data/favours", "whom the customer chooses"),))
    same = (command.kind, command.event_id, command.sha256, command.favours)
    if any((one.kind, one.event_id, one.sha256, one.favours) == same for one in file.evidence):
        return []
    return [
        EvidenceSubmitted(
            case_id=command.case_id,
            customer_id=file.customer_id,
            parties=file.parties,
            evidence_id=command.evidence_id,
            submitted_by=command.submitted_by,
            kind=command.kind,
            event_id=command.event_id,
            position=command.position,
            sha256=command.sha256,
            favours=command.favours,
            trust=command.trust,
            text=command.text,
            submitted_at=command.at,
        )
    ]


def file_statement(command: FileStatement, past: Past) -> Sequence[object]:
    """Kept, however often and however late; the last one counts."""
    case = past.of(case_of(command.case_id))
    file = file_of(case, command.case_id)
    if command.rep_id not in file.parties:
        raise NotParty(command.case_id)
    if isinstance(case, Closed):
        raise CaseFinal(command.case_id)
    if not command.text.strip():
        raise ReasonRequired("conflict.file_statement")
    return [
        StatementFiled(
            case_id=command.case_id,
            customer_id=file.customer_id,
            parties=file.parties,
            rep_id=command.rep_id,
            text=command.text,
            number=file.statements.get(command.rep_id, 0) + 1,
            filed_at=command.at,
            flags=("STATEMENT_LATE",) if command.at >= file.statements_due else (),
        )
    ]


def move_case(command: MoveCase, past: Past) -> Sequence[object]:
    """To another arbiter at once; an overdue one to the next level, with the time for a ruling anew (D21)."""
    case = past.of(case_of(command.case_id))
    file = file_of(case, command.case_id)
    match case:
        case Open():
            before, due = file.arbiter_id, file.ruling_due
        case Appealed():
            before, due = case.to_arbiter, case.decision_due
        case Ruled() | Closed() | NoCase():
            return []
    overdue = command.cause is TransferCause.RULING_OVERDUE
    if (overdue and command.at < due) or (not overdue and command.to_arbiter == before):
        return []
    again = workdays_end(command.at, command.rules.ruling_workdays, command.calendar, file.opened.zone)
    return [
        CaseTransferred(
            case_id=command.case_id,
            customer_id=file.customer_id,
            parties=file.parties,
            from_arbiter=before,
            to_arbiter=command.to_arbiter,
            cause=command.cause,
            ruling_due=again if overdue else due,
            transferred_at=command.at,
        )
    ]


def propose_ruling(command: ProposeRuling, past: Past) -> Sequence[object]:
    """Once for each hearing."""
    case = past.of(case_of(command.case_id))
    file = file_of(case, command.case_id)
    if not isinstance(case, Open) or file.heard:
        return []
    outcome = climb(command.facts)
    return [
        RulingProposed(
            case_id=command.case_id,
            customer_id=file.customer_id,
            parties=file.parties,
            rung=outcome.rung,
            winner_id=outcome.winner_id,
            credits=outcome.credits,
            rungs=outcome.rungs,
            faith=outcome.faith,
            facts=outcome.facts,
            fact_positions=command.fact_positions,
            evidence_sha256=command.evidence_sha256,
            as_of_position=command.facts.as_of_position,
            proposed_at=command.at,
        )
    ]
