"""What a rep did, in the order of the world's clock or of ours, as of any position (V2)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

from projections.rep_timeline import TimelineRow, rep_timeline
from services.ports import Between, OneOf, ReadStore

__all__ = ["Clock", "TimelineRow", "Timelines"]

Clock = Literal["occurred", "recorded"]
"""By which clock a history is told: when it happened, or when it was written down."""


class Timelines:
    """Answers from the rep timeline."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def of_rep(
        self,
        rep_id: str,
        *,
        at: int,
        clock: Clock = "occurred",
        first: date | datetime | None = None,
        last: date | datetime | None = None,
        names: Sequence[str] = (),
        customer_id: UUID | None = None,
        after: tuple[datetime, int] | None = None,
        limit: int = 100,
    ) -> Sequence[TimelineRow]:
        """A rep's events as of a position, oldest first.

        `first`, `last`: business dates, both included, or instants of the chosen clock, [first, last). `after`: the
        hour (of the chosen clock) and the position of the last row of the page before.
        """
        where: dict[str, Any] = {"rep_id": rep_id}
        if isinstance(first, datetime) or isinstance(last, datetime):
            where["occurred_at" if clock == "occurred" else "recorded_at"] = Between(first, last)
        elif first is not None or last is not None:
            where["biz_date"] = Between(first, last + timedelta(days=1) if last else None)
            where["occurred_at"] = Between(_dawn(first, -1), _dawn(last, 2))
        if names:
            where["name"] = OneOf(names)
        if customer_id is not None:
            where["customer_id"] = customer_id
        if clock == "occurred":
            return await self._page(where, at, ("occurred_at", "position"), after or (), limit)
        return await self._page(where, at, ("position",), after[1:] if after else (), limit)

    async def _page(
        self, where: dict[str, Any], at: int, order: Sequence[str], after: Sequence[Any], limit: int
    ) -> Sequence[TimelineRow]:
        """Hours of recording never decrease with the position, so the position is their order."""
        return await self._store.select(rep_timeline, where, at=at, order=order, after=after, limit=limit)


def _dawn(day: date | None, days: int) -> datetime | None:
    """An hour that lies before (or after) every hour of a day in any zone, by which its events are found."""
    return None if day is None else datetime.combine(day + timedelta(days=days), time(), UTC)
