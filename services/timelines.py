"""What a rep did, in the order of the world's clock or of ours, as of any position (V2)."""

from collections.abc import Sequence
from datetime import date, datetime
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
        hour = "occurred_at" if clock == "occurred" else "recorded_at"
        where: dict[str, Any] = {"rep_id": rep_id}
        if isinstance(first, datetime) or isinstance(last, datetime):
            where[hour] = Between(first, last)
        elif first is not None or last is not None:
            where["biz_date"] = Between(first, date.fromordinal(last.toordinal() + 1) if last else None)
        if names:
            where["name"] = OneOf(names)
        if customer_id is not None:
            where["customer_id"] = customer_id
        order = ("occurred_at", "position") if clock == "occurred" else ("recorded_at", "position")
        return await self._store.select(rep_timeline, where, at=at, order=order, after=after or (), limit=limit)
