"""Keeps every read model in step with the log, and rebuilds one beside the live table on request.

The log is read once for all of them. A batch is folded in memory, written in bulk, and the position moves in the same
transaction, so each event counts once, whenever the process dies. An event that a fold cannot handle parks its stream:
its later events wait in the log, everything else flows, and ops sees it. An event that this release does not know
stops everything, for nothing may be read past it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.envelope import Recorded
from projections.projection import Facts, Key, Known, Projection, Spans, fold_into, spans_by_key
from services.ports import (
    Changes,
    EventLog,
    LogUnavailable,
    MovedMeanwhile,
    Now,
    Parked,
    Progress,
    ReadStore,
    Standing,
    StoreUnavailable,
    UnknownEvent,
)

PAGE = 1_000
"""Events that are folded and written together."""
HEARTBEAT = 5.0
"""Seconds between signs of life while nothing happens."""


class NoSuchReadModel(LookupError):
    """There is no read model of this name."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a rebuild has come: the position it has reached, the head it is going to, events a second."""

    reached: int
    head: int
    rate: int


class Projector:
    """Follows the log for a list of read models."""

    def __init__(self, log: EventLog, store: ReadStore, projections: Sequence[Projection], now: Now) -> None:
        self._log = log
        self._store = store
        self._projections = tuple(projections)
        self._now = now
        self._standing: dict[str, Standing] = {}
        self._moved = asyncio.Condition()
        self._writing = asyncio.Lock()

    async def run(self) -> None:
        """Follow the log until cancelled; where log or store are away, wait and go on from the stored positions."""
        while True:
            try:
                reached = await self.catch_up()
                await self._sign_of_life()
                await self._log.beyond(reached, seconds=HEARTBEAT)
            except (LogUnavailable, StoreUnavailable, MovedMeanwhile):
                self._standing.clear()
                await asyncio.sleep(0.5)
            except UnknownEvent as unknown:
                await self._stop_all(str(unknown))
                await asyncio.sleep(HEARTBEAT)

    async def catch_up(self) -> int:
        """Take in everything that is recorded; the position then."""
        async with self._writing:
            await self._look_where_they_stand()
            while True:
                after = self._position()
                page = await self._log.page(after, PAGE)
                if not page:
                    return after
                for projection in self._projections:
                    await self._take_in(projection, page)
                async with self._moved:
                    self._moved.notify_all()

    async def reached(self, position: int, *, seconds: float) -> bool:
        """Wait until every read model has taken in everything up to a position; False where that took too long."""
        if self._position() >= position:
            return True
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._position() >= position)
        except TimeoutError:
            return False
        return True

    async def progress(self) -> Sequence[Progress]:
        """How far each read model has come."""
        return await self._store.progress(self._projections, head=(await self._log.head()).position)

    async def rebuild(self, name: str) -> AsyncIterator[Step]:
        """Fill a new table beside the live one, telling how far it is, and put it in the live one's place.

        Stopping to listen leaves the half-filled table; the next rebuild takes it up where it stands.
        """
        projection = self._named(name)
        async for step in self._fill(projection):
            yield step
        while True:
            async with self._writing:
                if await self._store.swap(projection):
                    self._standing[name] = await self._store.standing(projection)
                    return
            async for step in self._fill(projection):
                yield step

    async def check(self, name: str) -> bool:
        """Whether the live table is what the log says: a second one is filled, compared, and dropped."""
        projection = self._named(name)
        async for _ in self._fill(projection):
            pass
        try:
            live = await self._store.standing(projection)
            shadow = await self._store.standing(projection, shadow=True)
            upto = min(live.position or 0, shadow.position or 0)
            mine = await self._store.fingerprint(projection, at=upto)
            return mine == await self._store.fingerprint(projection, at=upto, shadow=True)
        finally:
            await self._store.cancel_rebuild(projection)

    async def cancel_rebuild(self, name: str) -> None:
        """Drop what a rebuild has filled so far."""
        await self._store.cancel_rebuild(self._named(name))

    async def fingerprint(self, name: str, *, at: int | None = None) -> str:
        """A hash over the rows of a read model."""
        return await self._store.fingerprint(self._named(name), at=at)

    async def unpark(self, name: str, stream: str) -> bool:
        """Take in the waiting events of a parked stream, after what was wrong with it was mended; whether it worked."""
        projection = self._named(name)
        async with self._writing:
            standing = await self._store.standing(projection)
            parked = standing.parked.get(stream)
            if parked is None or standing.position is None:
                return False
            waiting = (await self._log.read({stream: parked.version - 1}))[stream]
            events = [event for event in waiting if event.position <= standing.position]
            changes = replace(await self._folded(projection, events, shadow=False), unparked=(stream,))
            if changes.parked:
                return False
            await self._store.write(projection, changes, after=standing.position, upto=standing.position)
            self._standing[name] = await self._store.standing(projection)
            return True

    async def _fill(self, projection: Projection) -> AsyncIterator[Step]:
        await self._store.begin_rebuild(projection)
        began, first = self._now(), None
        while True:
            standing = await self._store.standing(projection, shadow=True)
            after = standing.position or 0
            first = after if first is None else first
            page = await self._log.page(after, PAGE)
            if not page:
                return
            changes = await self._folded(projection, _unparked(page, standing), shadow=True)
            await self._store.write(projection, changes, after=after, upto=page[-1].position, shadow=True)
            seconds = max((self._now() - began).total_seconds(), 0.001)
            rate = round((page[-1].position - first) / seconds)
            await self._store.note(projection, state="live", rate=rate)
            yield Step(page[-1].position, max((await self._log.head()).position, page[-1].position), rate)

    async def _take_in(self, projection: Projection, page: Sequence[Recorded]) -> None:
        standing = self._standing[projection.name]
        after = standing.position or 0
        events = [event for event in _unparked(page, standing) if event.position > after]
        if page[-1].position <= after:
            return
        changes = await self._folded(projection, events, shadow=False)
        await self._store.write(projection, changes, after=after, upto=page[-1].position)
        parked = {**standing.parked, **{one.stream: one for one in changes.parked}}
        self._standing[projection.name] = Standing(page[-1].position, parked)

    async def _folded(self, projection: Projection, events: Sequence[Recorded], *, shadow: bool) -> Changes:
        mine = [event for event in events if type(event.event) in projection.handles]
        if isinstance(projection, Facts):
            return _facts(projection, mine)
        keys: dict[Key, None] = {}
        for event in mine:
            key = _key(projection, event)
            if key is not None:
                keys[key] = None
        held = await self._store.current(projection, list(keys), shadow=shadow) if keys else ()
        return _spans(projection, mine, held)

    async def _look_where_they_stand(self) -> None:
        missing = [one for one in self._projections if one.name not in self._standing]
        if missing:
            await self._store.prepare(missing)
            for projection in missing:
                self._standing[projection.name] = await self._store.standing(projection)

    def _position(self) -> int:
        if len(self._standing) < len(self._projections):
            return 0
        return min(standing.position or 0 for standing in self._standing.values())

    async def _sign_of_life(self) -> None:
        for projection in self._projections:
            await self._store.note(projection, state="live")

    async def _stop_all(self, error: str) -> None:
        for projection in self._projections:
            await self._store.note(projection, state="stopped", error=error)

    def _named(self, name: str) -> Projection:
        for projection in self._projections:
            if projection.name == name:
                return projection
        raise NoSuchReadModel(name)

    @property
    def names(self) -> Sequence[str]:
        """The names of the read models."""
        return [projection.name for projection in self._projections]


def _unparked(page: Sequence[Recorded], standing: Standing) -> Sequence[Recorded]:
    """The events of a page but for those of streams that are parked: these wait in the log."""
    if not standing.parked:
        return page
    return [event for event in page if event.envelope.stream not in standing.parked]


def _key(projection: Spans[Any], event: Recorded) -> Key | None:
    """The key that an event touches; one that cannot even be found out is left to the fold, which parks the stream."""
    try:
        return projection.touches(event)
    except Exception:
        return None


def _facts(projection: Facts[Any], events: Sequence[Recorded]) -> Changes:
    rows: list[Any] = []
    parked: dict[str, Parked] = {}
    for event in events:
        if event.envelope.stream in parked:
            continue
        try:
            rows += projection.project(event)
        except Exception as error:  # any fault of a fold: the stream is parked and shown, nothing is skipped
            parked[event.envelope.stream] = _parked(event, error)
    return Changes(added=rows, parked=tuple(parked.values()))


def _spans(projection: Spans[Any], events: Sequence[Recorded], held: Sequence[Known[Any]]) -> Changes:
    current = {key: list(rows) for key, rows in spans_by_key(projection, held).items()}
    closed: list[Known[Any]] = []
    parked: dict[str, Parked] = {}
    for event in events:
        if event.envelope.stream in parked:
            continue
        try:
            fold_into(projection, current, closed, event)
        except Exception as error:  # any fault of a fold: the stream is parked and shown, nothing is skipped
            parked[event.envelope.stream] = _parked(event, error)
    before = {(known.known_from, known.ordinal) for known in held}
    after = [*closed, *(known for rows in current.values() for known in rows)]
    return Changes(
        closed=[known for known in closed if (known.known_from, known.ordinal) in before],
        opened=[known for known in after if (known.known_from, known.ordinal) not in before],
        parked=tuple(parked.values()),
    )


def _parked(event: Recorded, error: Exception) -> Parked:
    return Parked(
        stream=event.envelope.stream,
        position=event.position,
        version=event.envelope.stream_version,
        event=event.envelope.name,
        error=f"{type(error).__name__}: {error}"[:500],
    )
