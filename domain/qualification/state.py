"""What the past of a qualification means now: what is shown of the purchase, per line, and what was counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from domain.decider import Stream
from domain.qualification.events import (
    BudgetConfirmed,
    BuyerIdentified,
    BuyerMet,
    BuyerNotLocated,
    BuyerSought,
    Criterion,
    DiscoveryAnswered,
    EffectiveNewCustomerConfirmed,
    EffectiveNewCustomerReversed,
    Evidence,
    NeedConfirmed,
    QualificationEvent,
    QualificationRevoked,
    Question,
)


@dataclass(frozen=True, slots=True)
class Held:
    """One statement that stands. `said`: what it says, so that saying it again changes nothing."""

    criterion: Criterion
    evidence: Evidence
    said: object = None
    contact_id: UUID | None = None

    @property
    def shown(self) -> bool:
        """Whether something shows it."""
        return self.evidence.visit_id is not None or self.evidence.sha256 is not None


@dataclass(frozen=True, slots=True)
class Sought:
    """By when the buyer is to be known; `written`: that it was not is on record."""

    rep_id: str
    visit_id: UUID
    due_at: datetime
    written: bool = False


@dataclass(frozen=True, slots=True)
class Criteria:
    """What stands in one line of business. `answers`: the last answer to each question, with its evidence."""

    held: tuple[Held, ...] = ()
    answers: Mapping[Question, tuple[str, Evidence]] = field(default_factory=dict[Question, tuple[str, Evidence]])
    origin_known: bool = False
    sought: Sought | None = None

    def shown(self, criterion: Criterion) -> Held | None:
        """The latest statement of a kind that is shown by something."""
        return next((one for one in reversed(self.held) if one.criterion is criterion and one.shown), None)

    @property
    def buyer_known(self) -> bool:
        """Whether it is shown who pays; whoever was met is known."""
        return any(self.shown(one) is not None for one in (Criterion.BUYER_IDENTIFIED, Criterion.BUYER_MET))

    @property
    def complete(self) -> bool:
        """Need, budget and a buyer who was met, each shown (S46)."""
        return all(self.shown(one) for one in (Criterion.NEED, Criterion.BUDGET, Criterion.BUYER_MET))


@dataclass(frozen=True, slots=True)
class Counted:
    """An effective new customer as it was counted."""

    line: str
    rep_id: str
    team_id: str
    biz_date: date
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class Qualification:
    """A customer's qualification in every line, and whenever it was counted."""

    lines: Mapping[str, Criteria] = field(default_factory=dict[str, Criteria])
    counted: tuple[Counted, ...] = ()

    def of(self, line: str) -> Criteria:
        """What stands in a line."""
        return self.lines.get(line, Criteria())

    @property
    def counting(self) -> Counted | None:
        """The latest count that stands."""
        return next((one for one in reversed(self.counted) if not one.reversed), None)


def evolve(qualification: Qualification, event: QualificationEvent) -> Qualification:
    """The qualification after one more event."""
    criteria = qualification.of(event.line)
    match event:
        case DiscoveryAnswered():
            answers = {**criteria.answers, event.question: (event.answer, event.evidence)}
            return _with(qualification, event.line, replace(criteria, answers=answers))
        case NeedConfirmed():
            return _holds(qualification, event.line, Held(Criterion.NEED, event.evidence, event.need))
        case BudgetConfirmed():
            said = (event.at_least, event.at_most)
            return _holds(qualification, event.line, Held(Criterion.BUDGET, event.evidence, said))
        case BuyerIdentified():
            held = Held(Criterion.BUYER_IDENTIFIED, event.evidence, None, event.contact_id)
            return _holds(qualification, event.line, held)
        case BuyerMet():
            known = criteria.origin_known or event.interest_origin is not None
            before = _with(qualification, event.line, replace(criteria, origin_known=known))
            held = Held(Criterion.BUYER_MET, event.evidence, event.interest_origin, event.contact_id)
            return _holds(before, event.line, held)
        case QualificationRevoked():
            gone = (event.criterion, event.contact_id, event.visit_id)
            held = tuple(one for one in criteria.held if (one.criterion, one.contact_id, one.evidence.visit_id) != gone)
            return _with(qualification, event.line, replace(criteria, held=held))
        case EffectiveNewCustomerConfirmed():
            counted = Counted(event.line, event.rep_id, event.team_id, event.biz_date)
            return replace(qualification, counted=(*qualification.counted, counted))
        case EffectiveNewCustomerReversed():
            return replace(
                qualification,
                counted=tuple(
                    replace(one, reversed=True) if one.biz_date == event.confirmed_on else one
                    for one in qualification.counted
                ),
            )
        case BuyerSought():
            sought = Sought(event.rep_id, event.visit_id, event.due_at)
            return _with(qualification, event.line, replace(criteria, sought=sought))
        case BuyerNotLocated():
            sought = Sought(event.rep_id, event.visit_id, event.due_at, written=True)
            return _with(qualification, event.line, replace(criteria, sought=sought))
        case _:
            assert_never(event)


def _with(qualification: Qualification, line: str, criteria: Criteria) -> Qualification:
    return replace(qualification, lines={**qualification.lines, line: criteria})


def _holds(qualification: Qualification, line: str, held: Held) -> Qualification:
    criteria = qualification.of(line)
    return _with(qualification, line, replace(criteria, held=(*criteria.held, held)))


def qualification_of(customer_id: UUID) -> Stream[Qualification]:
    """The history of the qualification of one customer."""
    return Stream(f"qualification-{customer_id}", Qualification(), evolve)
