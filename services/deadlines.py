"""Which stored deadlines have come: looked up in the read model that is shaped like this question."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from projections.deadlines import DeadlineRow, deadlines
from projections.departures import DepartureRow, departures
from services.lookups import Abreast
from services.ports import Between, EventLog, LogUnavailable, ReadStore

PATIENCE = 10.0
"""Seconds to wait for a follower that is behind, before the asker is told to come again."""


class Deadlines:
    """Answers what has come due, never from a table or a policy that lags behind the deadline asked about."""

    def __init__(self, log: EventLog, store: ReadStore, projector: Abreast, policies: Abreast) -> None:
        self._log = log
        self._store = store
        self._projector = projector
        self._policies = policies

    async def due(self, at: datetime, *, rep_id: str | None = None, limit: int = 2_000) -> Sequence[DeadlineRow]:
        """The live claims whose next deadline is at or before an instant, nearest deadline first."""
        await self.settled((await self._log.head()).position)
        where: dict[str, object] = {"due_at": Between(None, at + timedelta(microseconds=1))}
        if rep_id is not None:
            where["rep_id"] = rep_id
        rows = await self._store.select(deadlines, where, order=("due_at", "claim_id"), limit=limit)
        return [known.row for known in rows]

    async def departed(self, at: datetime) -> Sequence[DepartureRow]:
        """The reps who have left by an instant and whose customers nobody has placed in other hands yet."""
        where: dict[str, object] = {"left_at": Between(None, at + timedelta(microseconds=1))}
        found = await self._store.select(departures, where, order=("left_at", "rep_id"))
        if not found:
            return []
        await self.settled((await self._log.head()).position)
        return [known.row for known in await self._store.select(departures, where, order=("left_at", "rep_id"))]

    async def next_due(self) -> datetime | None:
        """The nearest deadline or departure of all, come or not."""
        await self.settled((await self._log.head()).position)
        rows = await self._store.select(deadlines, {}, order=("due_at", "claim_id"), limit=1)
        leaving = await self._store.select(departures, {}, order=("left_at", "rep_id"), limit=1)
        hours = [*(known.row.due_at for known in rows), *(known.row.left_at for known in leaving)]
        return min(hours, default=None)

    async def settled_before(self, deadline: datetime) -> None:
        """Wait until every renewal that was on its way before a deadline has been written (architecture §5)."""
        position = await self._log.position_at(deadline)
        if not await self._policies.reached(position, seconds=PATIENCE):
            raise LogUnavailable("the policies are behind; the same request may be sent again")

    async def settled(self, position: int) -> None:
        """Wait until the policies have passed a position, and the table shows what they wrote."""
        if not await self._policies.reached(position, seconds=PATIENCE):
            raise LogUnavailable("the policies are behind; the same request may be sent again")
        if not await self._projector.reached((await self._log.head()).position, seconds=PATIENCE):
            raise LogUnavailable("the read models are behind; the same request may be sent again")


class NothingDue(Deadlines):
    """Deadlines as somebody sees them who looks back: what had come due had been written before anybody decided."""

    def __init__(self) -> None:
        """There is nothing to look them up in."""

    async def due(self, at: datetime, *, rep_id: str | None = None, limit: int = 2_000) -> Sequence[DeadlineRow]:
        """None."""
        del at, rep_id, limit
        return ()

    async def settled_before(self, deadline: datetime) -> None:
        """It was."""
