"""Keeps every read model in step with the log, and rebuilds one beside the live table on request.

The log is read once for all of them. A batch is folded in memory, written in bulk, and the position moves in the same
transaction, so each event counts once, whenever the process dies. An event that a fold or a column cannot take parks
its stream: its later events wait in the log, everything else flows, and ops sees it. An event that this release does
not know stops everything, for nothing may be read past it.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from domain.envelope import Recorded
from projections.projection import Facts, Projection
from services.feeding import PartitionOf, levelled
from services.folding import facts_added, of_interest, spans_changed, to_park, touched
from services.followers import ByTheStore
from services.gathering import GATHER, Gathering
from services.ports import (
    Changes,
    Delivery,
    EventLog,
    FedBy,
    Forgotten,
    LogUnavailable,
    MovedMeanwhile,
    Now,
    Parked,
    Progress,
    ReadStore,
    Standing,
    StoreUnavailable,
    UnknownEvent,
    Unwritable,
)
from services.tracing import following

PAGE = 1_000
"""Events that are folded and written together."""
REBUILD_PAGE = 4_000
"""The same in a rebuild, for which nobody waits."""
HEARTBEAT = 5.0
"""Seconds between signs of life while nothing happens."""
AGAIN = 0.5
"""Seconds until the next try where log or store are away."""


IDLE = timedelta(seconds=30)
"""For how long nobody may have said to fill a table of another release before it is dropped."""
UNPARK_TRIES = 20
"""How often it is tried to take in a parked stream while others write to the same table."""
PATIENCE = 30.0
"""Seconds to wait for workers that are behind."""


def nowhere(stream: str, partitions: int) -> int:
    """Where there is no topic, no stream is in a partition."""
    msg = f"{stream} is in none of {partitions} partitions: this store was never filled by a topic"
    raise RuntimeError(msg)


class NoSuchReadModel(LookupError):
    """There is no read model of this name."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Whether a live table was what the log says as of a position, and the hash over its rows then."""

    name: str
    same: bool
    position: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Step:
    """How far a rebuild has come: the position it has reached, the head it is going to, events a second.

    `compared`: what a comparison came to, where this step was one.
    """

    reached: int
    head: int
    rate: int
    compared: Compared | None = None


class Projector:
    """Follows the log for a list of read models."""

    def __init__(
        self,
        log: EventLog,
        store: ReadStore,
        projections: Sequence[Projection],
        now: Now,
        *,
        partition_of: PartitionOf = nowhere,
        page: int = PAGE,
        rebuild_page: int = REBUILD_PAGE,
    ) -> None:
        self._log = log
        self._store = store
        self._projections = tuple(projections)
        self._now = now
        self._partition_of = partition_of
        self._elsewhere = ByTheStore(store, projections)
        self._page = page
        self._rebuild_page = rebuild_page
        self._standing: dict[str, Standing] = {}
        self._look_again = True
        self._fed: FedBy | None = None
        self._moved = asyncio.Condition()
        self._gathering = Gathering()
        self._writing = asyncio.Lock()

    @property
    def names(self) -> Sequence[str]:
        """The names of the read models."""
        return [projection.name for projection in self._projections]

    # ------------------------------------------------------------------------------------------------------- follow

    async def run(self, *, gather: float = GATHER) -> None:
        """Follow the log until cancelled; where log or store are away, wait and go on from the stored positions.

        `gather`: seconds for which events may gather while nobody waits to read what they change.
        """
        while True:
            try:
                await self._gathering.next_round(gather)
                reached = await self.catch_up()
                if await self._log.beyond(reached, seconds=HEARTBEAT) <= reached:
                    await self._note_all("live")
            except (LogUnavailable, StoreUnavailable):
                self._look_again = True
                await asyncio.sleep(AGAIN)
            except UnknownEvent:
                await asyncio.sleep(HEARTBEAT)
            except Exception as fault:  # whatever else is wrong: ops sees it, and following never ends for good
                with suppress(StoreUnavailable):
                    await self._note_all("stopped", f"{type(fault).__name__}: {fault}"[:500])
                self._look_again = True
                await asyncio.sleep(HEARTBEAT)

    async def catch_up(self) -> int:
        """Take in everything that is recorded; the position then. Where a topic fills the tables, wait until it has.

        Raises `UnknownEvent` after everything before that event was taken in, and every read model says why it stopped.
        """
        try:
            while True:
                try:
                    async with self._writing:
                        await self._look_where_they_stand()
                        if self._fed is None and not await self._one_page_each():
                            return self._position()
                    if self._fed is not None:
                        return await self._wait_for_the_workers()
                except MovedMeanwhile:  # another process was quicker: go on from where it stopped
                    self._look_again = True
        except UnknownEvent as unknown:
            await self._note_all("stopped", str(unknown))
            raise

    async def reached(self, position: int, *, seconds: float) -> bool:
        """Wait until every read model has taken in everything up to a position; False where that took too long."""
        if self._position() >= position:
            return True
        if self._fed is not None:
            return await self._elsewhere.reached(position, seconds=seconds)
        try:
            async with asyncio.timeout(seconds), self._moved:
                with self._gathering.wanted():
                    await self._moved.wait_for(lambda: self._position() >= position)
        except TimeoutError:
            return False
        return True

    async def progress(self) -> Sequence[Progress]:
        """How far each read model has come."""
        return await self._store.progress(self._projections, head=(await self._log.head()).position)

    async def unpark(self, name: str, stream: str) -> bool:
        """Take in the waiting events of a parked stream, after what was wrong with it was mended; whether it worked."""
        projection = self._named(name)
        async with self._writing:
            for _ in range(UNPARK_TRIES):
                with suppress(MovedMeanwhile):  # others go on writing: once more, from where they stand
                    return await self._unpark(projection, stream)
            return False

    async def _unpark(self, projection: Projection, stream: str) -> bool:
        standing = await self._store.standing(projection)
        parked = standing.parked.get(stream)
        if parked is None or standing.position is None:
            return False
        waiting = (await self._log.read({stream: parked.version - 1}))[stream]
        fed = await self._store.feed()
        part = None if fed is None else self._partition_of(stream, fed.partitions)
        upto = standing.position if part is None else standing.marks[part].position
        events = of_interest(projection, [one for one in waiting if one.position <= upto], {})
        changes = replace(await self._folded(projection, events, shadow=False), unparked=(stream,))
        if changes.parked:
            return False
        with suppress(Unwritable):
            if part is None:
                await self._store.write(projection, changes, after=upto, upto=upto)
            else:
                mark = standing.marks[part]
                seen = replace(mark, turn=mark.turn + 1)  # the worker of this partition looks again
                await self._store.deliver([Delivery(projection, changes, {part: mark}, {part: seen})])
        self._standing[projection.name] = await self._store.standing(projection)
        return stream not in self._standing[projection.name].parked

    async def take_over(self) -> None:
        """Let the log itself fill the read models from now on, whatever filled them before."""
        async with self._writing:
            await levelled(self._log, self._store, self._projections, self._partition_of, None)
            self._look_again = True

    async def _wait_for_the_workers(self) -> int:
        head = (await self._log.head()).position
        if not await self._elsewhere.reached(head, seconds=PATIENCE):
            self._look_again = True
            msg = f"the workers that fill the read models have not come to {head}"
            raise StoreUnavailable(msg)
        return head

    async def _one_page_each(self) -> bool:
        """One more page for all that stand together, those furthest along first; whether there was anything new.

        So a read model that begins with nothing holds nobody up, and those that are abreast share what was read.
        """
        news = False
        for after, group in self._standing_together():
            page = await self._log.page(after, self._page)
            if not page:
                continue
            news = True
            try:
                await self._take_in_together(group, page)
            except Unwritable:  # a row does not go into its table: each by itself, down to the event at fault
                outcomes = await asyncio.gather(
                    *(self._take_in(one, page, self._standing, shadow=False) for one in group), return_exceptions=True
                )
                _raise_first(outcomes)
            finally:
                await self._tell()
        return news

    async def _take_in_together(self, group: Sequence[Projection], page: Sequence[Recorded]) -> None:
        """Bring all tables of a group to the end of a page, in one transaction: most pages are short."""
        upto = page[-1].position
        behind = [one for one in group if (self._standing[one.name].position or 0) < upto]
        if not behind:
            return
        folding: list[Coroutine[Any, Any, Changes]] = []
        for projection in behind:
            stands = self._standing[projection.name]
            news = [event for event in page if event.position > (stands.position or 0)]
            folding.append(self._folded(projection, of_interest(projection, news, stands.parked), shadow=False))
        changes = await asyncio.gather(*folding)
        batches = [
            (one, change, self._standing[one.name].position or 0) for one, change in zip(behind, changes, strict=True)
        ]
        with following().events("rows", [one.envelope for one in page]):
            await self._store.write_together(batches, upto=upto)
        for projection, change, _ in batches:
            parked = {one.stream: one for one in change.parked}
            self._standing[projection.name] = Standing(upto, {**self._standing[projection.name].parked, **parked})

    def _standing_together(self) -> Sequence[tuple[int, Sequence[Projection]]]:
        groups: list[tuple[int, list[Projection]]] = []
        for projection in sorted(self._projections, key=lambda one: self._standing[one.name].position or 0):
            position = self._standing[projection.name].position or 0
            if groups and position < groups[-1][0] + self._page:
                groups[-1][1].append(projection)
            else:
                groups.append((position, [projection]))
        return groups[::-1]

    async def _take_in(
        self, projection: Projection, page: Sequence[Recorded], standing: dict[str, Standing], *, shadow: bool
    ) -> None:
        """Bring one table to the end of a page; `standing` says where it is, and is moved."""
        stands = standing[projection.name]
        after, upto = stands.position or 0, page[-1].position
        if upto <= after:
            return
        events = of_interest(projection, [event for event in page if event.position > after], stands.parked)
        parked = await self._write(projection, events, after=after, upto=upto, shadow=shadow)
        standing[projection.name] = Standing(upto, {**stands.parked, **parked})

    async def _write(
        self, projection: Projection, events: Sequence[Recorded], *, after: int, upto: int, shadow: bool
    ) -> dict[str, Parked]:
        """Write what events change; where a row does not go into its table, by halves, down to the event at fault."""
        changes = await self._folded(projection, events, shadow=shadow)
        try:
            await self._store.write(projection, changes, after=after, upto=upto, shadow=shadow)
        except Unwritable as fault:
            if not events:
                raise
            if len(events) == 1:
                changes = Changes(parked=(to_park(events[0], fault),))
                await self._store.write(projection, changes, after=after, upto=upto, shadow=shadow)
            else:
                return await self._write_by_halves(projection, events, after=after, upto=upto, shadow=shadow)
        return {one.stream: one for one in changes.parked}

    async def _write_by_halves(
        self, projection: Projection, events: Sequence[Recorded], *, after: int, upto: int, shadow: bool
    ) -> dict[str, Parked]:
        first, second = events[: len(events) // 2], events[len(events) // 2 :]
        middle = second[0].position - 1
        parked = await self._write(projection, first, after=after, upto=middle, shadow=shadow)
        second = [event for event in second if event.envelope.stream not in parked]
        return parked | await self._write(projection, second, after=middle, upto=upto, shadow=shadow)

    async def _folded(self, projection: Projection, events: Sequence[Recorded], *, shadow: bool) -> Changes:
        if isinstance(projection, Facts):
            return facts_added(projection, events)
        keys = touched(projection, events)
        held = await self._store.current(projection, keys, shadow=shadow) if keys else ()
        return spans_changed(projection, events, held)

    async def _look_where_they_stand(self) -> None:
        if not self._look_again:
            return
        await self._store.prepare(self._projections)
        for projection in self._projections:
            self._standing[projection.name] = await self._store.standing(projection)
        self._fed = await self._store.feed()
        self._look_again = False
        await self._tell()

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    def _position(self) -> int:
        if self._fed is not None or len(self._standing) < len(self._projections):
            return 0
        return min((standing.position or 0 for standing in self._standing.values()), default=0)

    async def _note_all(self, state: Literal["live", "stopped"], error: str | None = None) -> None:
        for projection in self._projections:
            await self._store.note(projection, state=state, error=error)

    # ------------------------------------------------------------------------------------------------------ rebuild

    async def rebuild(self, *names: str, compare: bool = False) -> AsyncGenerator[Step]:
        """Fill new tables beside the live ones, telling how far they are, and put each in the live one's place.

        The log is read once for all that are named. `compare`: a step for each tells, before it is put in place,
        whether the live table was what the log says. Stopping to listen leaves the half-filled tables; the next rebuild
        takes them up where they stand. Raises `MovedMeanwhile` where the rebuild was cancelled by somebody else.
        """
        left = [self._named(name) for name in names]
        await self._store.prepare(left)
        for projection in left:
            await self._store.begin_rebuild(projection)
        compared: set[str] = set()
        while left:
            async for step in self._fill(left):
                yield step
            for projection in list(left):
                if compare and projection.name not in compared:
                    compared.add(projection.name)
                    yield await self._compared(projection)
                async with self._writing:
                    if await self._store.swap(projection):
                        left.remove(projection)
                        self._look_again = True
                        await self._look_where_they_stand()

    async def check(self, *names: str) -> AsyncGenerator[Step]:
        """Whether live tables are what the log says: others are filled, compared, and dropped; the log is read once."""
        some = [self._named(name) for name in names]
        await self._store.prepare(some)
        try:
            for projection in some:
                await self._store.cancel_rebuild(projection)
                await self._store.begin_rebuild(projection)
            async for step in self._fill(some, upto=(await self._log.head()).position):
                yield step
            for projection in some:
                yield await self._compared(projection)
        finally:
            for projection in some:
                await self._store.cancel_rebuild(projection)

    async def _compared(self, projection: Projection) -> Step:
        """Both tables as of one position that both have reached: what is recorded meanwhile changes nothing."""
        live = (await self._store.standing(projection)).position or 0
        shadow = (await self._shadow(projection)).position or 0
        upto = min(live, shadow)
        fingerprint = await self._store.fingerprint(projection, at=upto)
        same = fingerprint == await self._store.fingerprint(projection, at=upto, shadow=True)
        return Step(shadow, max(live, shadow), 0, Compared(projection.name, same, upto, fingerprint))

    async def cancel_rebuild(self, name: str) -> None:
        """Drop what a rebuild has filled so far; the rebuild ends with `MovedMeanwhile`."""
        await self._store.cancel_rebuild(self._named(name))

    async def forget_others(self) -> Forgotten:
        """Drop the tables that earlier releases filled and nobody fills any more."""
        return await self._store.forget_others(self._projections, idle=IDLE)

    async def fingerprint(self, name: str, *, at: int | None = None) -> str:
        """A hash over the rows of a read model."""
        return await self._store.fingerprint(self._named(name), at=at)

    async def _fill(self, projections: Sequence[Projection], *, upto: int | None = None) -> AsyncGenerator[Step]:
        """Bring shadow tables up to the log, from the one that stands furthest back; to a position is enough."""
        standing = {one.name: await self._shadow(one) for one in projections}
        first = min(one.position or 0 for one in standing.values())
        began = noted = self._now()
        head = (await self._log.head()).position
        page = await self._log.page(first, self._rebuild_page)
        while page:
            reached = page[-1].position
            following = asyncio.create_task(self._log.page(reached, self._rebuild_page))
            try:
                outcomes = await asyncio.gather(
                    *(self._take_in(one, page, standing, shadow=True) for one in projections), return_exceptions=True
                )
                _raise_first(outcomes)
                rate = round((reached - first) / max((self._now() - began).total_seconds(), 0.001))
                if (self._now() - noted).total_seconds() > 1 or reached >= head:
                    noted, head = self._now(), max(reached, (await self._log.head()).position)
                    for projection in projections:
                        await self._store.note_rate(projection, rate)
                yield Step(reached, head, rate)
                if upto is not None and reached >= upto:
                    return
                page = await following
            finally:
                following.cancel()

    async def _shadow(self, projection: Projection) -> Standing:
        standing = await self._store.standing(projection, shadow=True)
        if standing.position is None:
            raise MovedMeanwhile(projection.name)
        return standing

    def _named(self, name: str) -> Projection:
        for projection in self._projections:
            if projection.name == name:
                return projection
        raise NoSuchReadModel(name)


def _raise_first(outcomes: Sequence[BaseException | None]) -> None:
    """All were carried on with, each as far as it came; the first that went wrong is told."""
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
