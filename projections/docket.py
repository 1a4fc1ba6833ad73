"""The conflict docket (V8): every case as it stands, whose it is, and what it stands on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.conflict.events import (
    AppealDecided,
    AppealFiled,
    CaseClosed,
    CaseKind,
    CaseOutcome,
    CaseReopened,
    CaseTransferred,
    ConflictCaseOpened,
    EvidenceSubmitted,
    RulingBasisChanged,
    RulingIssued,
    RulingProposed,
    RulingSuperseded,
    StatementFiled,
)
from domain.conflict.ladder import RungName
from domain.envelope import Recorded
from projections.projection import Facts, Key, Spans


class CaseStage(StrEnum):
    """How far a case has come."""

    OPEN = "OPEN"
    RULED = "RULED"
    APPEALED = "APPEALED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as it stands.

    `due_at`: the next hour at which the clock has something to write: the end of the time for statements, for the
    ruling, for an appeal, for its decision; None where nothing is due. `stated`: the parties that filed a statement
    since it was opened or opened again; `proposed_winner_id`, `rung`, `winner_id`, `credit_reps`, `credit_bp`: of the
    latest ruling, or of the ladder's proposal before there is one (`ruling_id` None); `basis_changed`: what the ruling
    stands on was changed since; `rulings`: how many were issued.
    """

    case_id: UUID
    stage: CaseStage
    kind: CaseKind
    customer_id: UUID
    other_customer_id: UUID | None
    line: str
    parties: tuple[str, ...]
    deal_id: UUID | None
    trigger_event: UUID | None
    opened_by: str
    opened_at: datetime
    zone: str
    arbiter_id: str | None
    statements_due: datetime
    ruling_due: datetime
    appeal_due: datetime | None
    due_at: datetime | None
    stated: tuple[str, ...]
    evidence: int
    proposed: bool
    proposed_winner_id: str | None
    rung: RungName | None
    ruling_id: UUID | None
    winner_id: str | None
    credit_reps: tuple[str, ...]
    credit_bp: tuple[int, ...]
    rulings: int
    basis_changed: bool
    outcome: CaseOutcome | None
    closed_at: datetime | None
    version: int


_EVENTS = (
    ConflictCaseOpened,
    EvidenceSubmitted,
    StatementFiled,
    CaseTransferred,
    RulingProposed,
    RulingIssued,
    AppealFiled,
    AppealDecided,
    RulingBasisChanged,
    CaseReopened,
    RulingSuperseded,
    CaseClosed,
)


def _touches(recorded: Recorded) -> Key | None:
    return (recorded.event.case_id,) if isinstance(recorded.event, _EVENTS) else None


def _fold(rows: Sequence[CaseRow], recorded: Recorded) -> Sequence[CaseRow]:
    version = recorded.envelope.stream_version
    if isinstance(recorded.event, ConflictCaseOpened):
        return [_opened(recorded.event, version)]
    return [replace(_changed(row, recorded.event), version=version) for row in rows]


def _opened(event: ConflictCaseOpened, version: int) -> CaseRow:
    return CaseRow(
        case_id=event.case_id,
        stage=CaseStage.OPEN,
        kind=event.kind,
        customer_id=event.customer_id,
        other_customer_id=event.other_customer_id,
        line=event.line,
        parties=event.parties,
        deal_id=event.deal_id,
        trigger_event=event.trigger_event,
        opened_by=event.opened_by,
        opened_at=event.opened_at,
        zone=event.zone,
        arbiter_id=event.arbiter_id,
        statements_due=event.statements_due,
        ruling_due=event.ruling_due,
        appeal_due=None,
        due_at=event.statements_due,
        stated=(),
        evidence=0,
        proposed=False,
        proposed_winner_id=None,
        rung=None,
        ruling_id=None,
        winner_id=None,
        credit_reps=(),
        credit_bp=(),
        rulings=0,
        basis_changed=False,
        outcome=None,
        closed_at=None,
        version=version,
    )


def _changed(row: CaseRow, event: object) -> CaseRow:
    match event:
        case EvidenceSubmitted():
            return replace(row, evidence=row.evidence + 1)
        case StatementFiled():
            return replace(row, stated=tuple(sorted({*row.stated, event.rep_id})))
        case CaseTransferred():
            later = event.ruling_due if row.proposed or row.stage is not CaseStage.OPEN else row.due_at
            return replace(row, arbiter_id=event.to_arbiter, ruling_due=event.ruling_due, due_at=later)
        case RulingProposed():
            row = replace(row, proposed=True, due_at=row.ruling_due)
            if row.ruling_id is not None:
                return row
            return replace(_said(row, event), winner_id=event.winner_id, proposed_winner_id=event.winner_id)
        case RulingIssued():
            row = replace(_said(row, event), winner_id=event.winner_id, proposed_winner_id=event.proposed_winner_id)
            return replace(
                row,
                stage=CaseStage.RULED,
                ruling_id=event.ruling_id,
                rulings=row.rulings + 1,
                arbiter_id=event.arbiter_id,
                appeal_due=event.appeal_due,
                due_at=event.appeal_due,
                basis_changed=False,
            )
        case AppealFiled():
            return replace(
                row,
                stage=CaseStage.APPEALED,
                arbiter_id=event.to_arbiter,
                ruling_due=event.decision_due,
                due_at=event.decision_due,
            )
        case RulingBasisChanged():
            return replace(row, basis_changed=True)
        case CaseReopened():
            return replace(
                row,
                stage=CaseStage.OPEN,
                arbiter_id=event.arbiter_id,
                statements_due=event.statements_due,
                ruling_due=event.ruling_due,
                appeal_due=None,
                due_at=event.statements_due,
                stated=(),
                proposed=False,
                outcome=None,
                closed_at=None,
            )
        case CaseClosed():
            return replace(row, stage=CaseStage.CLOSED, due_at=None, outcome=event.outcome, closed_at=event.closed_at)
        case _:
            return row


def _said(row: CaseRow, event: RulingProposed | RulingIssued) -> CaseRow:
    return replace(
        row,
        rung=event.rung,
        credit_reps=tuple(part.rep_id for part in event.credits),
        credit_bp=tuple(part.bp for part in event.credits),
    )


docket = Spans(
    name="docket",
    version=1,
    row=CaseRow,
    key=("case_id",),
    indexes=(("known_to", "due_at"), ("customer_id", "stage"), ("arbiter_id", "stage"), ("stage", "opened_at")),
    handles=frozenset(_EVENTS),
    touches=_touches,
    fold=_fold,
)


@dataclass(frozen=True, slots=True)
class CaseOfParty:
    """A rep is a party of a case."""

    rep_id: str
    case_id: UUID
    opened_at: datetime
    position: int


def _of_parties(recorded: Recorded) -> Iterable[CaseOfParty]:
    event = recorded.event
    if not isinstance(event, ConflictCaseOpened):
        return []
    return [CaseOfParty(rep_id, event.case_id, event.opened_at, recorded.position) for rep_id in event.parties]


cases_of_parties = Facts(
    name="cases_of_parties",
    version=1,
    row=CaseOfParty,
    key=("rep_id", "case_id", "position"),
    indexes=(("rep_id", "opened_at"),),
    handles=frozenset({ConflictCaseOpened}),
    project=_of_parties,
)


@dataclass(frozen=True, slots=True)
class CitedFact:
    """An event that lies in the file of a case: its trigger, evidence, or what a ruling or a proposal looked at."""

    event_id: UUID
    case_id: UUID
    position: int


def _cited(recorded: Recorded) -> Iterable[CitedFact]:
    match recorded.event:
        case ConflictCaseOpened() as event:
            cited = (event.trigger_event,)
        case EvidenceSubmitted() as event:
            cited = (event.event_id,)
        case RulingProposed() | RulingIssued() as event:
            cited = event.facts
        case _:
            return []
    return [CitedFact(one, event.case_id, recorded.position) for one in dict.fromkeys(cited) if one is not None]


cited_facts = Facts(
    name="cited_facts",
    version=1,
    row=CitedFact,
    key=("event_id", "case_id", "position"),
    indexes=(("event_id",),),
    handles=frozenset({ConflictCaseOpened, EvidenceSubmitted, RulingProposed, RulingIssued}),
    project=_cited,
)
