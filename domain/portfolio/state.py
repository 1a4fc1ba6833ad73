"""How full a rep's hands are."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import assert_never
from uuid import UUID

from domain.decider import Stream
from domain.portfolio.events import PortfolioEvent, SlotReleased, SlotReserved

_DAYS_KEPT = timedelta(days=31)
"""A claim is dated at most a few days back, so older daily counts can never matter to a decision again."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The claims that take a slot now, and how many were claimed on each recent day.

    A claim given back the same day still counts for that day (peers §2.2, 2). `last_claim_at`: the latest of them.
    """

    claims: frozenset[UUID] = frozenset()
    claimed_on: Mapping[date, int] = field(default_factory=dict[date, int])
    last_claim_at: datetime | None = None

    def claimed(self, day: date) -> int:
        """Claims granted on a day, whatever became of them."""
        return self.claimed_on.get(day, 0)


def evolve(portfolio: Portfolio, event: PortfolioEvent) -> Portfolio:
    """The portfolio after one more event."""
    match event:
        case SlotReserved():
            recent = {day: n for day, n in portfolio.claimed_on.items() if day >= event.biz_date - _DAYS_KEPT}
            recent[event.biz_date] = recent.get(event.biz_date, 0) + event.claimed
            last = event.reserved_at if event.claimed and event.reserved_at else portfolio.last_claim_at
            return Portfolio(portfolio.claims | {event.claim_id}, recent, last)
        case SlotReleased():
            return replace(portfolio, claims=portfolio.claims - {event.claim_id})
        case _:
            assert_never(event)


@lru_cache(65_536)
def portfolio_of(rep_id: str) -> Stream[Portfolio]:
    """The slots of one rep."""
    return Stream(f"portfolio-{rep_id}", Portfolio(), evolve)
