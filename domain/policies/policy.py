"""What a policy is, and what policies may ask for; the services look up the facts and call the use case.

An asking names ids and hours, nothing else. Asking twice is harmless: what changes nothing makes no event.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from domain.envelope import Recorded
from domain.values import Part


@dataclass(frozen=True, slots=True)
class EvaluateAsked:
    """Judge a visit by the rules of its day. `approval_id`: a manager's answer about its photo, where there is one.

    `at`: the hour of what made the judging necessary.
    """

    visit_id: UUID
    at: datetime
    approval_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ExamineAsked:
    """A visit was seen, told or changed: see whether it fits together, and with the rep's other visits (PM16).

    `photo`: the hash of a photo that another visit used before; `queue`: the device and the place of an entry before
    which others are missing.
    """

    visit_id: UUID
    at: datetime
    photo: str | None = None
    queue: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class RenewAsked:
    """A visit was found effective: keep the customer for its owner.

    `visited_at`: when the visit began; `at`: the hour that must lie before the release of the customer (PM3).
    """

    customer_id: UUID
    line: str
    rep_id: str
    visit_id: UUID
    visited_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class AliasAsked:
    """A customer was to be registered again under another name: find it under that one too."""

    customer_id: UUID
    alias: str


@dataclass(frozen=True, slots=True)
class DuplicatesAsked:
    """A customer was registered, renamed or became better known: see of which records it may be a double (PM10)."""

    customer_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class AssessAsked:
    """Something became known of a lead: grade it by the profile in force (S30)."""

    customer_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class MergeAsked:
    """Two records were found to be one customer: let one stand for both, or open a case first (PM8, A11)."""

    customer_id: UUID
    other_id: UUID
    trigger: UUID


@dataclass(frozen=True, slots=True)
class WaitingMergeAsked:
    """A case about a customer is over: what was found to be one with it need not wait any longer."""

    customer_id: UUID


@dataclass(frozen=True, slots=True)
class FreeSlotAsked:
    """The customer of a claim was won: it takes no capacity of its owner any more (D6)."""

    claim_id: UUID
    customer_id: UUID
    rep_id: str


@dataclass(frozen=True, slots=True)
class CustodyAsked:
    """A claim was granted by what a device had kept: if its rep has left meanwhile, a manager holds it (PM9)."""

    customer_id: UUID
    line: str
    rep_id: str


@dataclass(frozen=True, slots=True)
class LinkAsked:
    """A visit refers to photos and documents, by what their bytes hash to: note that (PM16)."""

    visit_id: UUID
    customer_id: UUID
    rep_id: str
    sha256s: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CountAsked:
    """A customer was followed up: count how often that came to nothing (PM4)."""

    customer_id: UUID
    line: str


@dataclass(frozen=True, slots=True)
class ProgressAsked:
    """A deal, or what is known of a purchase, brought a customer a step further (PM4).

    `deal_id`: the deal, None where a statement about the purchase is the step; `marker`: a word of `Progress`; `line`:
    None where the deal itself must be asked.
    """

    customer_id: UUID
    deal_id: UUID | None
    line: str | None
    marker: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeUpAsked:
    """A visit was told: take its answers and its buyers up into the qualification."""

    customer_id: UUID
    line: str
    rep_id: str
    visit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CountNewAsked:
    """A customer may have become effective: count it, if it is new (S46)."""

    customer_id: UUID
    line: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecheckAsked:
    """A visit was struck out or put right: what it showed of the customer may have fallen."""

    customer_id: UUID
    visit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SeekBuyerAsked:
    """A visit was effective: it is to be found out who pays (PM17)."""

    customer_id: UUID
    line: str
    rep_id: str
    visit_id: UUID
    visited_at: datetime


@dataclass(frozen=True, slots=True)
class CaseForVisitAsked:
    """A rep visited a customer in person: if another one held it then, they are at odds (PM8)."""

    customer_id: UUID
    line: str
    rep_id: str
    visited_at: datetime
    trigger: UUID


@dataclass(frozen=True, slots=True)
class CaseForDealAsked:
    """A rep sold to a customer that another one held: they are at odds (PM8). `parties`: owner and seller."""

    deal_id: UUID
    customer_id: UUID
    line: str
    parties: tuple[str, ...]
    trigger: UUID


@dataclass(frozen=True, slots=True)
class CaseForClaimAsked:
    """A claim made out of reach met a rival's: they are at odds (PM8). `parties`: the claimant and the rival."""

    customer_id: UUID
    line: str
    parties: tuple[str, ...]
    trigger: UUID


@dataclass(frozen=True, slots=True)
class CaseForDuplicateAsked:
    """Somebody said whether two records are `same`: one customer of two owners is a case, two customers are none."""

    customer_id: UUID
    other_id: UUID
    same: bool
    trigger: UUID


@dataclass(frozen=True, slots=True)
class TermsAsked:
    """The first deal after a transfer is credited like this (D27); without `parts` the transfer was called off."""

    customer_id: UUID
    line: str
    claim_id: UUID
    parts: tuple[Part, ...]
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class BasisAsked:
    """A visit was put right or struck out: whoever was ruled on by it shall know (PM15)."""

    visit_id: UUID
    changed_by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ArbiterAsked:
    """Somebody who may not rule wanted to: see that the case lies where it belongs (A30)."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class WonAsked:
    """The customer of a claim bought: keep it protected for its owner (D23)."""

    claim_id: UUID
    customer_id: UUID
    line: str
    deal_id: UUID
    won_at: datetime


@dataclass(frozen=True, slots=True)
class DestroyAsked:
    """Two persons agreed that somebody's personal values go: destroy their key and what lies under it."""

    erasure_id: UUID
    data_subject: str
    erased_at: datetime


Ask: TypeAlias = (
    EvaluateAsked
    | ExamineAsked
    | RenewAsked
    | AliasAsked
    | DuplicatesAsked
    | AssessAsked
    | MergeAsked
    | WaitingMergeAsked
    | FreeSlotAsked
    | CustodyAsked
    | LinkAsked
    | CountAsked
    | ProgressAsked
    | WonAsked
    | TakeUpAsked
    | CountNewAsked
    | RecheckAsked
    | SeekBuyerAsked
    | CaseForVisitAsked
    | CaseForDealAsked
    | CaseForClaimAsked
    | CaseForDuplicateAsked
    | TermsAsked
    | BasisAsked
    | ArbiterAsked
    | DestroyAsked
)
"""Everything that a policy may ask for; a new asking lights up the runner."""


@dataclass(frozen=True)
class Policy:
    """A rule that follows the log.

    `name`: the rule as a sentence, under which its place in the log is kept; `handles`: the events it listens to;
    `asks`: what it asks for when one of them happened.
    """

    name: str
    handles: frozenset[type[object]]
    asks: Callable[[Recorded], Sequence[Ask]]
