"""Open the details of a customer of the pool: so many a day, and each look is on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.decider import Decider, Past, Stream
from domain.pool.events import PoolCustomerViewed
from domain.pool.state import PoolViews, pool_views_of
from domain.refusal import Conflict
from domain.rulesets import ProtectionRules


@dataclass(eq=False)
class PoolViewLimit(Conflict):
    """The rep opened as many customers of the pool today as the rules allow (D7); those opened today stay open."""

    rep_id: str
    viewed: int
    limit: int
    biz_date: date


@dataclass(frozen=True, slots=True)
class ViewPoolCustomer:
    """A rep wants to see the details of a customer whom nobody holds."""

    rep_id: str
    customer_id: UUID
    rules: ProtectionRules
    biz_date: date
    at: datetime


def stands_on(command: ViewPoolCustomer) -> Sequence[Stream[PoolViews]]:
    """What the rep looked at before: so that no two looks at once are both the last one of the day."""
    return [pool_views_of(command.rep_id)]


def view_pool_customer(command: ViewPoolCustomer, past: Past) -> Sequence[object]:
    """A customer that was opened today may be opened again; a further one while the day's limit leaves room."""
    seen = past.of(pool_views_of(command.rep_id)).on.get(command.biz_date, frozenset())
    if command.customer_id in seen:
        return []
    limit = command.rules.pool_views_per_day
    if limit is not None and len(seen) >= limit:
        raise PoolViewLimit(command.rep_id, len(seen), limit, command.biz_date)
    return [
        PoolCustomerViewed(
            rep_id=command.rep_id,
            customer_id=command.customer_id,
            biz_date=command.biz_date,
            rules_version=command.rules.version,
            viewed_at=command.at,
        )
    ]


viewing = Decider[ViewPoolCustomer](stands_on, view_pool_customer)
