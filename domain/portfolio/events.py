"""What can have happened to the slots of a rep; written with the claim, so that the limit never breaks."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SlotReserved:
    """A claim takes one slot of the rep.

    `biz_date` is the rep's own date, on which it counts for the day (D7) if the rep `claimed` it; what was handed to
    the rep does not count for the day. `reserved_at`: the hour of the claim, by which the next one may have to wait.
    """

    rep_id: str
    claim_id: UUID
    customer_id: UUID
    biz_date: date
    claimed: bool = True
    reserved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlotReleased:
    """The slot is free again: the claim ended, or the customer was won and no longer counts (D6)."""

    rep_id: str
    claim_id: UUID
    customer_id: UUID


PortfolioEvent: TypeAlias = SlotReserved | SlotReleased
