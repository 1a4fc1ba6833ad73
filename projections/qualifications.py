"""What is known of a purchase that may come, per customer and line, and who was counted as effective and new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.envelope import Recorded
from domain.qualification.events import (
    BudgetConfirmed,
    BuyerIdentified,
    BuyerMet,
    BuyerNotLocated,
    BuyerSought,
    Confidence,
    Criterion,
    DiscoveryAnswered,
    EffectiveNewCustomerConfirmed,
    EffectiveNewCustomerReversed,
    Evidence,
    NeedConfirmed,
    QualificationEvent,
    QualificationRevoked,
)
from domain.values import InterestOrigin, Money
from projections.projection import Facts, Key, Spans


@dataclass(frozen=True, slots=True)
class QualificationRow:
    """One statement about the purchase of a customer in a line.

    `criterion`: NEED, BUDGET, BUYER_IDENTIFIED, BUYER_MET, or ANSWER of the script, whose `question` it answers;
    `said`: its words; `at_least_minor`, `at_most_minor`, `currency`: of a budget; `contact_id`: of a buyer; `visit_id`,
    `evidence_position`, `sha256`: what shows it, `confidence`: how well; `position`: of the event that says it.
    """

    customer_id: UUID
    line: str
    rep_id: str
    criterion: str
    question: str | None
    said: str | None
    at_least_minor: int | None
    at_most_minor: int | None
    currency: str | None
    contact_id: UUID | None
    interest_origin: InterestOrigin | None
    visit_id: UUID | None
    evidence_position: int | None
    sha256: str | None
    confidence: Confidence
    said_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class EffectiveNewRow:
    """An effective new customer counted for a rep (`count` 1), or taken back (-1) on the day of the reversal (M4).

    `confirmed_on`: the day on which it was counted; `criterion`, `visit_id`: what fell; `rules_version`: of FOCUS.
    """

    position: int
    rep_id: str
    team_id: str
    customer_id: UUID
    line: str
    biz_date: date
    count: int
    confirmed_on: date
    criterion: Criterion | None
    visit_id: UUID | None
    rules_version: int | None


@dataclass(frozen=True, slots=True)
class SoughtRow:
    """By when a rep is to know who pays (PM17). `due_at`: None once it is known, or written that it is not."""

    customer_id: UUID
    line: str
    rep_id: str
    visit_id: UUID
    due_at: datetime | None
    located: bool
    missed: bool


_SAID = (DiscoveryAnswered, NeedConfirmed, BudgetConfirmed, BuyerIdentified, BuyerMet)


def _touches(recorded: Recorded) -> Key | None:
    event = recorded.event
    return (event.customer_id,) if isinstance(event, (*_SAID, QualificationRevoked)) else None


def _fold(rows: Sequence[QualificationRow], recorded: Recorded) -> Sequence[QualificationRow]:
    event: QualificationEvent = recorded.event  # pyright: ignore[reportAssignmentType] - only what it handles comes here
    match event:
        case DiscoveryAnswered():
            others = [row for row in rows if (row.line, row.question) != (event.line, event.question)]
            row = _row(event, recorded, "ANSWER", event.evidence, event.answered_at)
            return [*others, replace(row, question=event.question, said=event.answer)]
        case NeedConfirmed():
            row = _row(event, recorded, Criterion.NEED, event.evidence, event.confirmed_at)
            return [*rows, replace(row, said=event.need)]
        case BudgetConfirmed():
            row = _row(event, recorded, Criterion.BUDGET, event.evidence, event.confirmed_at)
            return [*rows, _priced(row, event.at_least, event.at_most)]
        case BuyerIdentified():
            row = _row(event, recorded, Criterion.BUYER_IDENTIFIED, event.evidence, event.identified_at)
            return [*rows, replace(row, contact_id=event.contact_id)]
        case BuyerMet():
            row = _row(event, recorded, Criterion.BUYER_MET, event.evidence, event.met_at)
            return [*rows, replace(row, contact_id=event.contact_id, interest_origin=event.interest_origin)]
        case QualificationRevoked():
            gone = (event.line, event.criterion, event.contact_id, event.visit_id)
            return [row for row in rows if (row.line, row.criterion, row.contact_id, row.visit_id) != gone]
        case _:
            return rows


def _row(
    event: DiscoveryAnswered | NeedConfirmed | BudgetConfirmed | BuyerIdentified | BuyerMet,
    recorded: Recorded,
    criterion: str,
    evidence: Evidence,
    said_at: datetime,
) -> QualificationRow:
    return QualificationRow(
        customer_id=event.customer_id,
        line=event.line,
        rep_id=event.rep_id,
        criterion=criterion,
        question=None,
        said=None,
        at_least_minor=None,
        at_most_minor=None,
        currency=None,
        contact_id=None,
        interest_origin=None,
        visit_id=evidence.visit_id,
        evidence_position=evidence.position,
        sha256=evidence.sha256,
        confidence=event.confidence,
        said_at=said_at,
        position=recorded.position,
    )


def _priced(row: QualificationRow, at_least: Money | None, at_most: Money | None) -> QualificationRow:
    either = at_least or at_most
    return replace(
        row,
        at_least_minor=at_least.minor if at_least else None,
        at_most_minor=at_most.minor if at_most else None,
        currency=either.currency if either else None,
    )


def _counted(recorded: Recorded) -> Iterable[EffectiveNewRow]:
    match recorded.event:
        case EffectiveNewCustomerConfirmed() as event:
            return [
                EffectiveNewRow(
                    recorded.position,
                    event.rep_id,
                    event.team_id,
                    event.customer_id,
                    event.line,
                    event.biz_date,
                    1,
                    event.biz_date,
                    None,
                    None,
                    event.rules_version,
                )
            ]
        case EffectiveNewCustomerReversed() as event:
            return [
                EffectiveNewRow(
                    recorded.position,
                    event.rep_id,
                    event.team_id,
                    event.customer_id,
                    event.line,
                    event.biz_date,
                    -1,
                    event.confirmed_on,
                    event.criterion,
                    event.visit_id,
                    None,
                )
            ]
        case _:
            return []


def _sought(recorded: Recorded) -> Key | None:
    match recorded.event:
        case BuyerSought() | BuyerNotLocated() | BuyerIdentified() | BuyerMet() as event:
            return (event.customer_id, event.line)
        case _:
            return None


def _seeking(rows: Sequence[SoughtRow], recorded: Recorded) -> Sequence[SoughtRow]:
    match recorded.event:
        case BuyerSought() as event:
            return [SoughtRow(event.customer_id, event.line, event.rep_id, event.visit_id, event.due_at, False, False)]
        case BuyerNotLocated():
            return [replace(row, due_at=None, missed=True) for row in rows]
        case BuyerIdentified(confidence=confidence) | BuyerMet(confidence=confidence):
            if confidence is Confidence.UNVERIFIED:
                return rows
            return [replace(row, due_at=None, located=True) for row in rows]
        case _:
            return rows


qualifications = Spans(
    name="qualifications",
    version=1,
    row=QualificationRow,
    key=("customer_id",),
    indexes=(("customer_id", "line"),),
    handles=frozenset({*_SAID, QualificationRevoked}),
    touches=_touches,
    fold=_fold,
)
effective_new_customers = Facts(
    name="effective_new_customers",
    version=1,
    row=EffectiveNewRow,
    key=("position",),
    indexes=(("rep_id", "biz_date"), ("customer_id", "position")),
    handles=frozenset({EffectiveNewCustomerConfirmed, EffectiveNewCustomerReversed}),
    project=_counted,
)
buyers_sought = Spans(
    name="buyers_sought",
    version=1,
    row=SoughtRow,
    key=("customer_id", "line"),
    indexes=(("known_to", "due_at"), ("rep_id", "customer_id")),
    handles=frozenset({BuyerSought, BuyerNotLocated, BuyerIdentified, BuyerMet}),
    touches=_sought,
    fold=_seeking,
)
