"""What a rep has looked at in the pool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from domain.decider import Stream
from domain.pool.events import PoolEvent

_DAYS_KEPT = timedelta(days=2)
"""Looking is always now; a rep's date is at most a day away from the one of yesterday's zone."""


@dataclass(frozen=True, slots=True)
class PoolViews:
    """The customers of the pool whose details a rep opened, by the rep's date; the latest days only."""

    on: Mapping[date, frozenset[UUID]] = field(default_factory=dict[date, frozenset[UUID]])


def evolve(views: PoolViews, event: PoolEvent) -> PoolViews:
    """What was looked at after one more look."""
    recent = {day: seen for day, seen in views.on.items() if day >= event.biz_date - _DAYS_KEPT}
    recent[event.biz_date] = recent.get(event.biz_date, frozenset()) | {event.customer_id}
    return PoolViews(recent)


def pool_views_of(rep_id: str) -> Stream[PoolViews]:
    """What one rep looks at."""
    return Stream(f"pool_views-{rep_id}", PoolViews(), evolve)
