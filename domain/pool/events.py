"""What can have happened to the looks of a rep at the pool; kept for good."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PoolCustomerViewed:
    """A rep opened the details of a customer of the pool (V20).

    `biz_date`: the rep's own date, for which it counts (D7); the same customer counts once a day. `rules_version`: the
    rules that said how many.
    """

    rep_id: str
    customer_id: UUID
    biz_date: date
    rules_version: int
    viewed_at: datetime


PoolEvent: TypeAlias = PoolCustomerViewed
