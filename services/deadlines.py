"""Which stored deadlines have come: looked up in the read model that is shaped like this question."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from projections.deadlines import DeadlineRow, deadlines
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

    async def next_due(self) -> datetime | None:
        """The nearest deadline of all, come or not."""
        await self.settled((await self._log.head()).position)
        rows = await self._store.select(deadlines, {}, order=("due_at", "claim_id"), limit=1)
        return rows[0].row.due_at if rows else None

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
