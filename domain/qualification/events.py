"""What can have happened to the qualification of a customer; kept for good (domain §3.3)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domain.values import InterestOrigin, Money


class Question(StrEnum):
    """The discovery script, in the order in which it is asked (S47)."""

    NEED = "NEED"
    BUDGET = "BUDGET"
    BUYER = "BUYER"
    TIMING = "TIMING"


class Confidence(StrEnum):
    """How well a statement is shown: by nothing, by a visit, by a document, by both."""

    UNVERIFIED = "UNVERIFIED"
    STATED = "STATED"
    DOCUMENTED = "DOCUMENTED"
    VERIFIED = "VERIFIED"


class Criterion(StrEnum):
    """What makes a customer an effective one, once all of them are shown."""

    NEED = "NEED"
    BUDGET = "BUDGET"
    BUYER_IDENTIFIED = "BUYER_IDENTIFIED"
    BUYER_MET = "BUYER_MET"


class Fallen(StrEnum):
    """Why a visit shows something no longer: struck out, of another customer, or the person was not there."""

    VOIDED = "VOIDED"
    MOVED = "MOVED"
    NOT_PRESENT = "NOT_PRESENT"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows a statement. `visit_id`: a visit that was told, `position`: where that stands in the log;
    `sha256`: a document by what its bytes hash to. All None: a bare assertion, which counts for nothing (S69)."""

    visit_id: UUID | None = None
    position: int | None = None
    sha256: str | None = None

    @property
    def confidence(self) -> Confidence:
        """What it is worth; nobody says so but the evidence itself."""
        if self.visit_id is None and self.sha256 is None:
            return Confidence.UNVERIFIED
        if self.sha256 is None:
            return Confidence.STATED
        return Confidence.DOCUMENTED if self.visit_id is None else Confidence.VERIFIED


@dataclass(frozen=True, slots=True)
class DiscoveryAnswered:
    """The customer answered a question of the script (S47); an answer is not yet a confirmation."""

    customer_id: UUID
    line: str
    rep_id: str
    question: Question
    answer: str
    evidence: Evidence
    confidence: Confidence
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class NeedConfirmed:
    """The customer needs what is sold."""

    customer_id: UUID
    line: str
    rep_id: str
    need: str
    evidence: Evidence
    confidence: Confidence
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class BudgetConfirmed:
    """There is money for it: `at_least` … `at_most`, either may be open."""

    customer_id: UUID
    line: str
    rep_id: str
    at_least: Money | None
    at_most: Money | None
    evidence: Evidence
    confidence: Confidence
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class BuyerIdentified:
    """It is known who can release the money (买单人, S34)."""

    customer_id: UUID
    line: str
    rep_id: str
    contact_id: UUID
    evidence: Evidence
    confidence: Confidence
    identified_at: datetime


@dataclass(frozen=True, slots=True)
class BuyerMet:
    """The person who can release the money was met, in the visit that is the evidence.

    `interest_origin`: why the customer is interested (S48), None with the flag ORIGIN_MISSING where nobody said so at
    the first meeting.
    """

    customer_id: UUID
    line: str
    rep_id: str
    contact_id: UUID
    interest_origin: InterestOrigin | None
    evidence: Evidence
    confidence: Confidence
    met_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QualificationRevoked:
    """What a visit showed it shows no longer. `contact_id`: of whom, where a person was concerned."""

    customer_id: UUID
    line: str
    rep_id: str
    criterion: Criterion
    contact_id: UUID | None
    visit_id: UUID
    reason: Fallen
    revoked_at: datetime


@dataclass(frozen=True, slots=True)
class EffectiveNewCustomerConfirmed:
    """A new customer with need, budget and a buyer who was met, each shown: it counts once in 180 days (S45, S46, M4).

    `rep_id`: the owner, who has the count; `biz_date`: the day on which it counts; `need`, `budget`, `buyer_met`: what
    shows them; `rules_version`: of the FOCUS rules that say what is new.
    """

    customer_id: UUID
    line: str
    rep_id: str
    team_id: str
    biz_date: date
    need: Evidence
    budget: Evidence
    buyer_met: Evidence
    rules_version: int
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class EffectiveNewCustomerReversed:
    """What the count stood on fell: it counts -1 on the day of the reversal, and the day it counted on stays (M4)."""

    customer_id: UUID
    line: str
    rep_id: str
    team_id: str
    biz_date: date
    confirmed_on: date
    criterion: Criterion
    visit_id: UUID
    reversed_at: datetime


@dataclass(frozen=True, slots=True)
class BuyerSought:
    """After the first effective visit the rep has until `due_at` to find out who pays (PM17)."""

    customer_id: UUID
    line: str
    rep_id: str
    visit_id: UUID
    rules_version: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class BuyerNotLocated:
    """The hour came and nobody knows who pays (PM17, S34)."""

    customer_id: UUID
    line: str
    rep_id: str
    visit_id: UUID
    due_at: datetime

    @property
    def flags(self) -> tuple[str, ...]:
        """For the envelope, by which every list shows it."""
        return ("BUYER_NOT_LOCATED",)


QualificationEvent: TypeAlias = (
    DiscoveryAnswered
    | NeedConfirmed
    | BudgetConfirmed
    | BuyerIdentified
    | BuyerMet
    | QualificationRevoked
    | EffectiveNewCustomerConfirmed
    | EffectiveNewCustomerReversed
    | BuyerSought
    | BuyerNotLocated
)
