"""What can have happened to a deal; kept for good.

`team_id` is the rep's team at the hour of the event in the world, so that figures keep the team of the day.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domain.values import Money


class LostReason(StrEnum):
    """Why a customer did not buy; OTHER says why in words."""

    PRICE = "PRICE"
    COMPETITOR = "COMPETITOR"
    NO_BUDGET = "NO_BUDGET"
    NO_DECISION = "NO_DECISION"
    NO_NEED = "NO_NEED"
    NO_POWER = "NO_POWER"
    TIMING = "TIMING"
    PRODUCT = "PRODUCT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Share:
    """One rep's part of the credit: `bp` of 10,000, and the money that this makes of the deal's amount, if known."""

    rep_id: str
    bp: int
    amount: Money | None


@dataclass(frozen=True, slots=True)
class DealOpened:
    """A rep sees business with a customer; `customer_id` is None where an import does not know whom it is about.

    `product`, `stage`: in the organisation's own words; `amount`: what it may be worth.
    """

    deal_id: UUID
    customer_id: UUID | None
    line: str
    rep_id: str
    team_id: str
    product: str | None
    stage: str | None
    amount: Money | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class DealStageAdvanced:
    """The deal came a step further, or went one back; a marker of progress (domain §2)."""

    deal_id: UUID
    customer_id: UUID | None
    rep_id: str
    from_stage: str | None
    to_stage: str
    advanced_at: datetime


@dataclass(frozen=True, slots=True)
class DealWon:
    """The customer bought (S5, S14).

    `amount`, `gross_margin`: None only with an `unknown_reason`; `supporting_visits`: the visits that explain the
    signature, or `none_reason`; `owner_id`, `claim_id`: who held the customer in this line, if anybody; `flags`:
    NOT_OWNER where that was somebody else than the rep.
    """

    deal_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    team_id: str
    amount: Money | None
    gross_margin: Money | None
    unknown_reason: str | None
    supporting_visits: tuple[UUID, ...]
    none_reason: str | None
    owner_id: str | None
    claim_id: UUID | None
    won_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DealLost:
    """The customer did not buy."""

    deal_id: UUID
    customer_id: UUID | None
    rep_id: str
    team_id: str
    lost_reason: LostReason
    lost_text: str | None
    lost_at: datetime


@dataclass(frozen=True, slots=True)
class CreditAssigned:
    """Who has the credit for a won deal; the shares make 10,000 basis points, and the money makes the amount."""

    deal_id: UUID
    customer_id: UUID
    credits: tuple[Share, ...]
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class CreditAdjusted:
    """The credit is shared otherwise from now on; what was paid before stays as it was (domain §3.4).

    `period`: the commission period (YYYY-MM) in which the difference counts: that of the deal, or the current one where
    that was closed (A31); None in what was recorded before there were periods.
    """

    deal_id: UUID
    customer_id: UUID
    old_credits: tuple[Share, ...]
    credits: tuple[Share, ...]
    reason: str
    adjusted_at: datetime
    period: str | None = None


DealEvent: TypeAlias = DealOpened | DealStageAdvanced | DealWon | DealLost | CreditAssigned | CreditAdjusted
