"""What can have happened to a case; kept for good, whatever is ruled later.

Every event names the `parties`: it is news to each of them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domain.conflict.ladder import FaithEntry, Rung, RungName, Trust
from domain.values import Part


class CaseKind(StrEnum):
    """What the parties are at odds about."""

    OFFLINE_PRIORITY = "OFFLINE_PRIORITY"
    DUPLICATE = "DUPLICATE"
    POACHING = "POACHING"
    TRANSFER = "TRANSFER"
    CREDIT = "CREDIT"
    LAPSE = "LAPSE"
    DEPARTURE = "DEPARTURE"
    REFERRAL = "REFERRAL"
    MANUAL = "MANUAL"


class EvidenceKind(StrEnum):
    """What is put before the arbiter: something recorded here, or a document from outside."""

    EVENT = "EVENT"
    DOCUMENT = "DOCUMENT"
    PHOTO = "PHOTO"
    CUSTOMER_LETTER = "CUSTOMER_LETTER"


class TransferCause(StrEnum):
    """Why a case goes to somebody else."""

    ARBITER_CONFLICT = "ARBITER_CONFLICT"
    RULING_OVERDUE = "RULING_OVERDUE"


class CaseOutcome(StrEnum):
    """How a case ended. DIFFERENT: the two records are two customers, so nothing was at odds (A9)."""

    RULED = "RULED"
    APPEAL_DECIDED = "APPEAL_DECIDED"
    DIFFERENT = "DIFFERENT"


@dataclass(frozen=True, slots=True)
class ConflictCaseOpened:
    """Two reps or more are at odds about a customer; from here on everybody can know of it.

    `other_customer_id`: the second record of a DUPLICATE; `trigger_event`: what brought it about; `deal_id`: the deal
    whose credit is at odds; `arbiter_id`: the lowest common manager who may rule and is no party, None where there is
    none; the deadlines are D21 in workdays of the calendar, as instants; `zone`: whose days those are.
    """

    case_id: UUID
    customer_id: UUID
    other_customer_id: UUID | None
    line: str
    kind: CaseKind
    parties: tuple[str, ...]
    trigger_event: UUID | None
    deal_id: UUID | None
    opened_by: str
    reason: str | None
    arbiter_id: str | None
    statements_due: datetime
    ruling_due: datetime
    zone: str
    rules_version: int
    calendar_version: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceSubmitted:
    """Something is put into the file.

    `event_id`, `position`: of something recorded here, whose `trust` follows from how it was recorded; `sha256`: of a
    document, which is E3 whatever it says; `favours`: whom a customer's letter chooses.
    """

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    evidence_id: UUID
    submitted_by: str
    kind: EvidenceKind
    event_id: UUID | None
    position: int | None
    sha256: str | None
    favours: str | None
    trust: Trust
    text: str | None
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class StatementFiled:
    """A party says its own side. `number`: how many it has filed by now; the last one counts, all are kept.

    `flags`: STATEMENT_LATE after the deadline.
    """

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    rep_id: str
    text: str
    number: int
    filed_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseTransferred:
    """Another arbiter has the case, until another hour; `to_arbiter` None: whoever holds the role and is no party."""

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    from_arbiter: str | None
    to_arbiter: str | None
    cause: TransferCause
    ruling_due: datetime
    transferred_at: datetime


@dataclass(frozen=True, slots=True)
class RulingProposed:
    """What the ladder says by everything recorded up to a position, before anybody rules; the sum is shown."""

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    rung: RungName
    winner_id: str | None
    credits: tuple[Part, ...]
    rungs: tuple[Rung, ...]
    faith: tuple[FaithEntry, ...]
    facts: tuple[UUID, ...]
    fact_positions: tuple[int, ...]
    evidence_sha256: str | None
    as_of_position: int
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class RulingIssued:
    """The arbiter rules, by everything recorded up to `as_of_position`; what is recorded later changes nothing in it.

    `rung`, `proposed_winner_id`: what the ladder said; `winner_id`: who has the customer from now on, None where it
    stays as it is; `override_reason`: why the ruling is another one than the ladder's; `facts`: the events that it
    stands on, `fact_positions`: where they stand in the log; `evidence_sha256`: hex SHA-256 over the list of the
    bundle, a line `<position> <leaf>` for each of these and for each event of the case until then, in order (None where
    it was ruled before there were bundles of cases); `entitled_from`: since when the winner was entitled; the parts
    hold for the first deal won until before `credit_until` (D27); `appeal_due`: None where the ruling is final.
    """

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    ruling_id: UUID
    arbiter_id: str
    rung: RungName
    winner_id: str | None
    proposed_winner_id: str | None
    credits: tuple[Part, ...]
    rungs: tuple[Rung, ...]
    faith: tuple[FaithEntry, ...]
    facts: tuple[UUID, ...]
    fact_positions: tuple[int, ...]
    evidence_sha256: str | None
    as_of_position: int
    override_reason: str | None
    entitled_from: datetime | None
    credit_until: datetime
    appeal_due: datetime | None
    rules_version: int
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class AppealFiled:
    """A party does not accept the ruling; the next level decides, and that is final."""

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    ruling_id: UUID
    rep_id: str
    reason: str
    to_arbiter: str | None
    decision_due: datetime
    filed_at: datetime


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """The next level upheld the ruling, or put another one in its place; nobody appeals against this."""

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    ruling_id: UUID
    arbiter_id: str
    upheld: bool
    reason: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class RulingBasisChanged:
    """Something that the ruling stands on was put right or struck out afterwards; it stands until the case is reopened.

    `fact_event`: what the ruling cites; `changed_by`: the event that changed it.
    """

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    ruling_id: UUID
    fact_event: UUID
    changed_by: UUID
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class CaseReopened:
    """The case is heard again; the ruling stands until another one takes its place."""

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    reopened_by: str
    reason: str
    arbiter_id: str | None
    statements_due: datetime
    ruling_due: datetime
    reopened_at: datetime


@dataclass(frozen=True, slots=True)
class RulingSuperseded:
    """Another ruling took the place of this one; what was done by it until then stays done."""

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    ruling_id: UUID
    by_ruling_id: UUID
    superseded_at: datetime


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """Nothing is at odds any more."""

    case_id: UUID
    customer_id: UUID
    parties: tuple[str, ...]
    outcome: CaseOutcome
    ruling_id: UUID | None
    reason: str | None
    closed_at: datetime


ConflictEvent: TypeAlias = (
    ConflictCaseOpened
    | EvidenceSubmitted
    | StatementFiled
    | CaseTransferred
    | RulingProposed
    | RulingIssued
    | AppealFiled
    | AppealDecided
    | RulingBasisChanged
    | CaseReopened
    | RulingSuperseded
    | CaseClosed
)
