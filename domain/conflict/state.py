"""What the past of a case means now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.conflict.events import (
    AppealDecided,
    AppealFiled,
    CaseClosed,
    CaseKind,
    CaseReopened,
    CaseTransferred,
    ConflictCaseOpened,
    ConflictEvent,
    EvidenceSubmitted,
    RulingBasisChanged,
    RulingIssued,
    RulingProposed,
    RulingSuperseded,
    StatementFiled,
)
from domain.decider import Stream


@dataclass(frozen=True, slots=True)
class NoCase:
    """There is no case of this id."""


@dataclass(frozen=True, slots=True)
class File:
    """What lies in the file of a case. `statements`: how many each party filed; `heard`: whether the ladder's proposal
    was written since it was opened, or opened again."""

    opened: ConflictCaseOpened
    arbiter_id: str | None
    statements_due: datetime
    ruling_due: datetime
    statements: Mapping[str, int] = field(default_factory=dict[str, int])
    evidence: tuple[EvidenceSubmitted, ...] = ()
    heard: bool = False

    @property
    def case_id(self) -> UUID:
        """The case."""
        return self.opened.case_id

    @property
    def customer_id(self) -> UUID:
        """Whom it is about."""
        return self.opened.customer_id

    @property
    def customers(self) -> tuple[UUID, ...]:
        """Every record that it is about."""
        other = self.opened.other_customer_id
        return (self.customer_id,) if other is None else (self.customer_id, other)

    @property
    def parties(self) -> tuple[str, ...]:
        """Who is at odds."""
        return self.opened.parties

    @property
    def holds_the_customer(self) -> bool:
        """Whether the customer waits for the ruling; where only credit is at odds it does not."""
        return self.opened.kind is not CaseKind.CREDIT

    def may_be_ruled(self, at: datetime) -> bool:
        """Every party was heard, or had the time to speak (D21)."""
        return at >= self.statements_due or all(self.statements.get(rep_id) for rep_id in self.parties)


@dataclass(frozen=True, slots=True)
class Open:
    """It is heard. `standing`: the ruling that stands until another one, in a case that was opened again."""

    file: File
    standing: RulingIssued | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """It is ruled, and a party may still appeal."""

    file: File
    ruling: RulingIssued
    basis_changed: bool = False


@dataclass(frozen=True, slots=True)
class Appealed:
    """The next level looks at the ruling."""

    file: File
    ruling: RulingIssued
    appeal: AppealFiled
    to_arbiter: str | None
    decision_due: datetime
    basis_changed: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """It is over. `ruling`: the one that stands, if any."""

    file: File
    ruling: RulingIssued | None
    closed_at: datetime
    basis_changed: bool = False


Case: TypeAlias = NoCase | Open | Ruled | Appealed | Closed


def evolve(case: Case, event: ConflictEvent) -> Case:
    """The case after one more event."""
    if isinstance(event, ConflictCaseOpened):
        return Open(File(event, event.arbiter_id, event.statements_due, event.ruling_due))
    if isinstance(case, NoCase):
        return case
    match event:
        case EvidenceSubmitted():
            return replace(case, file=replace(case.file, evidence=(*case.file.evidence, event)))
        case StatementFiled():
            statements = {**case.file.statements, event.rep_id: event.number}
            return replace(case, file=replace(case.file, statements=statements))
        case CaseTransferred():
            if isinstance(case, Appealed):
                return replace(case, to_arbiter=event.to_arbiter, decision_due=event.ruling_due)
            return replace(case, file=replace(case.file, arbiter_id=event.to_arbiter, ruling_due=event.ruling_due))
        case RulingProposed():
            return replace(case, file=replace(case.file, heard=True))
        case RulingIssued():
            return Ruled(case.file, event)
        case AppealFiled():
            ruling = case.ruling if isinstance(case, Ruled) else None
            if ruling is None:
                return case
            return Appealed(case.file, ruling, event, event.to_arbiter, event.decision_due)
        case RulingBasisChanged():
            return case if isinstance(case, Open) else replace(case, basis_changed=True)
        case CaseReopened():
            file = replace(
                case.file,
                arbiter_id=event.arbiter_id,
                statements_due=event.statements_due,
                ruling_due=event.ruling_due,
                statements={},
                heard=False,
            )
            return Open(file, case.standing if isinstance(case, Open) else case.ruling)
        case CaseClosed():
            ruling = case.standing if isinstance(case, Open) else case.ruling
            return Closed(case.file, ruling, event.closed_at)
        case AppealDecided() | RulingSuperseded():
            return case
        case _:
            assert_never(event)


def case_of(case_id: UUID) -> Stream[Case]:
    """The file of one case."""
    stream: Stream[Case] = Stream(f"conflict-{case_id}", NoCase(), evolve)
    return stream
