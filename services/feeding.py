"""Keeps the read models in step with the log by way of a topic: one of several workers, each with some partitions.

The same projections as in one process, folded the same way. Where a worker reads on stands in the database of the rows
and is moved in their transaction, from the place where the worker thought it stood: whoever was taken for dead and
comes back cannot write. What is missing in the topic, whatever the reason, is taken from the log.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from domain.envelope import Recorded
from projections.projection import Facts, Projection
from services.bus import BusUnavailable, Delivered, PlaceGone, Subscription
from services.feed import Unreadable, from_feed
from services.folding import facts_added, of_interest, spans_changed, to_park, touched
from services.ports import (
    Changes,
    Delivery,
    EventLog,
    FedBy,
    LogUnavailable,
    Mark,
    MovedMeanwhile,
    ReadStore,
    Standing,
    Stored,
    StoreUnavailable,
    UnknownEvent,
    Unwritable,
)
from services.tracing import following

PAGE = 1_000
"""Events that are taken from the log together, where the topic does not have them."""
HEARTBEAT = 5.0
"""Seconds between signs of life."""
AGAIN = 0.5
"""Seconds until the next try where log, store or bus are away."""
POLL = 0.5
"""Seconds for which a question to the topic waits for an answer."""
LONGEST = 60.0
"""Seconds after which a worker that takes from the log asks the topic again, so that its group does not give it up."""
AS_IT_WAS = -1
"""The place in a partition, where only the position moves."""

PartitionOf = Callable[[str, int], int]
"""The partition of a stream among so many."""
Opened = Callable[[str, Stored], Recorded]
"""Reads a stored event by its name. Raises `UnknownEvent`."""


class Elsewhere(Exception):
    """The read models are filled by something else now; this worker has nothing to do until somebody decides."""


@dataclass(slots=True)
class _Batch:
    """What some partitions have brought: events in their order, where each partition then stands, what was missing."""

    events: list[Recorded] = field(default_factory=list[Recorded])
    upto: dict[int, Mark] = field(default_factory=dict[int, Mark])
    missing: int = 0
    """Up to which position the log has to be asked."""
    again: dict[int, int | None] = field(default_factory=dict[int, "int | None"])
    """Where to read again in partitions that were not read to the end."""
    fault: UnknownEvent | Unreadable | None = None


class Filling:
    """Brings batches into the read models, each event once, by partition."""

    def __init__(
        self, log: EventLog, store: ReadStore, projections: Sequence[Projection], partition_of: PartitionOf
    ) -> None:
        self._log = log
        self._store = store
        self._projections = tuple(projections)
        self._partition_of = partition_of
        self.partitions = 0
        self.standing: dict[str, Standing] = {}

    async def look(self) -> None:
        """See where every table stands."""
        for projection in self._projections:
            self.standing[projection.name] = await self._store.standing(projection)

    def least(self, part: int) -> Mark:
        """The mark of a partition in the table that is furthest behind in it."""
        every = [one.marks.get(part, Mark()) for one in self.standing.values()]
        return Mark(min(one.place for one in every), min(one.position for one in every))

    async def take_in(self, events: Sequence[Recorded], upto: Mapping[int, Mark]) -> None:
        """Fold events into every table that does not have them, and move its marks to `upto`."""
        plans = [self._plan(projection, events, upto) for projection in self._projections]
        deliveries = await asyncio.gather(*(self._folded(*plan) for plan in plans))
        try:
            with following().events("rows", [one.envelope for one in events]):
                await self._store.deliver(deliveries)
        except Unwritable:
            for plan, delivery in zip(plans, deliveries, strict=True):
                try:
                    await self._store.deliver([delivery])
                except Unwritable as fault:
                    await self._by_halves(*plan, fault)
                else:
                    self._moved(delivery)
        else:
            for delivery in deliveries:
                self._moved(delivery)

    async def fill(self, parts: Sequence[int], upto: int, *, seconds: float = LONGEST) -> None:
        """Take what these partitions lack from the log, up to a position, or for so long."""
        until = asyncio.get_running_loop().time() + seconds
        after = min((self.least(part).position for part in parts), default=upto)
        while after < upto and asyncio.get_running_loop().time() < until:
            page = await self._log.page(after, min(PAGE, upto - after))
            if not page:
                return
            after = page[-1].position
            own = [one for one in page if self._part(one) in parts]
            await self.take_in(own, {part: Mark(AS_IT_WAS, after) for part in parts})

    def _plan(
        self, projection: Projection, events: Sequence[Recorded], upto: Mapping[int, Mark]
    ) -> tuple[Projection, Sequence[Recorded], Mapping[int, Mark], Mapping[int, Mark]]:
        stands = self.standing[projection.name]
        if not stands.marks.keys() >= upto.keys():
            raise MovedMeanwhile(projection.name)
        before = {part: stands.marks[part] for part in upto}
        new = [one for one in events if one.position > before[self._part(one)].position]
        after = {
            part: Mark(
                place=before[part].place if to.place == AS_IT_WAS else to.place,
                position=max(to.position, before[part].position),
                turn=before[part].turn,
            )
            for part, to in upto.items()
        }
        return projection, of_interest(projection, new, stands.parked), before, after

    async def _folded(
        self,
        projection: Projection,
        events: Sequence[Recorded],
        before: Mapping[int, Mark],
        after: Mapping[int, Mark],
    ) -> Delivery:
        if isinstance(projection, Facts):
            changes = facts_added(projection, events)
        else:
            keys = touched(projection, events)
            held = await self._store.current(projection, keys) if keys else ()
            changes = spans_changed(projection, events, held)
        return Delivery(projection, changes, before, after)

    async def _by_halves(
        self,
        projection: Projection,
        events: Sequence[Recorded],
        before: Mapping[int, Mark],
        after: Mapping[int, Mark],
        fault: Unwritable,
    ) -> None:
        """Where a row does not go into its table: by halves, down to the event at fault, whose stream is parked."""
        if len(events) <= 1:
            if not events:
                raise fault
            delivery = Delivery(projection, Changes(parked=(to_park(events[0], fault),)), before, after)
            await self._store.deliver([delivery])
            self._moved(delivery)
            return
        first, second = events[: len(events) // 2], events[len(events) // 2 :]
        middle = dict(before)
        for one in first:
            middle[self._part(one)] = replace(before[self._part(one)], position=one.position)
        await self._half(projection, first, before, middle)
        parked = self.standing[projection.name].parked
        await self._half(projection, [one for one in second if one.envelope.stream not in parked], middle, after)

    async def _half(
        self,
        projection: Projection,
        events: Sequence[Recorded],
        before: Mapping[int, Mark],
        after: Mapping[int, Mark],
    ) -> None:
        delivery = await self._folded(projection, events, before, after)
        try:
            await self._store.deliver([delivery])
        except Unwritable as fault:
            await self._by_halves(projection, events, before, after, fault)
        else:
            self._moved(delivery)

    def _moved(self, delivery: Delivery) -> None:
        stands = self.standing[delivery.projection.name]
        marks = {**stands.marks, **delivery.after}
        parked = {**stands.parked, **{one.stream: one for one in delivery.changes.parked}}
        self.standing[delivery.projection.name] = Standing(min(mark.position for mark in marks.values()), parked, marks)

    def _part(self, recorded: Recorded) -> int:
        return self._partition_of(recorded.envelope.stream, self.partitions)


async def levelled(
    log: EventLog,
    store: ReadStore,
    projections: Sequence[Projection],
    partition_of: PartitionOf,
    fed: FedBy | None,
) -> None:
    """Let something else fill the read models: every partition is brought to the same position first, from the log."""
    await store.prepare(projections)
    while (now := await store.feed()) != fed:
        filling = Filling(log, store, projections, partition_of)
        await filling.look()
        if now is not None:
            filling.partitions = now.partitions
            upto = max(mark.position for one in filling.standing.values() for mark in one.marks.values())
            with suppress(MovedMeanwhile):
                await filling.fill(range(now.partitions), upto, seconds=float("inf"))
        with suppress(MovedMeanwhile):  # a worker was quicker: once more, from where it stands
            await store.feed_from(fed, projections)


class FeedProjector:
    """One worker: reads its partitions of the feed into the read models."""

    def __init__(
        self,
        log: EventLog,
        store: ReadStore,
        projections: Sequence[Projection],
        subscription: Subscription,
        opened: Opened,
        partition_of: PartitionOf,
        *,
        measured: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`measured`: told of each batch how many events it had."""
        self._measured = measured
        self._log = log
        self._store = store
        self._projections = tuple(projections)
        self._subscription = subscription
        self._opened = opened
        self._partition_of = partition_of
        self._filling = Filling(log, store, projections, partition_of)
        self._noted = 0.0

    async def run(self, beat: Callable[[], None] = lambda: None) -> None:
        """Work until cancelled; the topic fills the read models from then on, whatever filled them before.

        `beat` is called whenever a round is done. Raises `Elsewhere` where that is changed later.
        """
        takes_over = True
        try:
            while True:
                try:
                    await self._join(takes_over=takes_over)
                    takes_over = False
                    while True:
                        await self._round()
                        beat()
                except Elsewhere:
                    raise
                except (BusUnavailable, LogUnavailable, StoreUnavailable):
                    await asyncio.sleep(AGAIN)
                except Exception as fault:  # whatever else is wrong: ops sees it, and the work never ends for good
                    with suppress(StoreUnavailable):
                        await self._note("stopped", f"{type(fault).__name__}: {fault}"[:500])
                    await asyncio.sleep(HEARTBEAT)
        finally:
            await self._subscription.close()

    async def _join(self, *, takes_over: bool) -> None:
        await self._store.prepare(self._projections)
        fed = FedBy(self._subscription.topic, await self._subscription.open(self._where_to))
        if takes_over:
            await levelled(self._log, self._store, self._projections, self._partition_of, fed)
        await self._see_that_it_is_ours(fed)
        self._filling.partitions = fed.partitions
        await self._filling.look()

    async def _see_that_it_is_ours(self, ours: FedBy) -> None:
        fed = await self._store.feed()
        if fed != ours:
            raise Elsewhere(f"{fed.topic} with {fed.partitions} partitions" if fed else "the log")

    async def _round(self) -> None:
        """Read, fold, write; where somebody else has written, look again."""
        try:
            delivered = await self._subscription.poll(POLL)
        except PlaceGone as gone:
            await self._subscription.seek(dict.fromkeys(gone.partitions))
            return
        batch = self._read(delivered)
        try:
            if batch.upto:
                await self._filling.take_in(batch.events, batch.upto)
                if batch.events:
                    self._measured(len(batch.events))
            if batch.missing:
                await self._filling.fill(sorted(self._subscription.mine), batch.missing)
        except (MovedMeanwhile, StoreUnavailable, LogUnavailable):
            await self._see_that_it_is_ours(FedBy(self._subscription.topic, self._filling.partitions))
            await self._look_again()
            return
        if batch.again:
            await self._subscription.seek(batch.again)
        if batch.fault is not None:
            await self._note("stopped", str(batch.fault))
            await asyncio.sleep(HEARTBEAT)
        else:
            await self._note_now_and_then()

    def _read(self, delivered: Sequence[Delivered]) -> _Batch:
        """What of it can be taken in: up to the first thing that is missing, or that cannot be read."""
        batch = _Batch()
        by_partition: dict[int, list[Delivered]] = defaultdict(list)
        for one in delivered:
            by_partition[one.partition].append(one)
        for part, several in by_partition.items():
            if part in self._subscription.mine:
                self._read_partition(batch, part, several)
        return batch

    def _read_partition(self, batch: _Batch, part: int, delivered: Sequence[Delivered]) -> None:
        least = self._filling.least(part)
        passed, place = least.position, least.place
        for one in delivered:
            try:
                fed = from_feed(one)
                if fed.since > passed:
                    batch.missing, batch.again[part] = max(batch.missing, fed.since), one.offset
                    break
                if fed.position > passed and fed.stored is not None and fed.name is not None:
                    batch.events.append(self._opened(fed.name, fed.stored))
            except (UnknownEvent, Unreadable) as fault:
                batch.fault, batch.again[part] = fault, one.offset
                break
            passed, place = max(passed, fed.position), one.offset + 1
        if place != least.place or passed != least.position:
            batch.upto[part] = Mark(place, passed)

    async def _where_to(self, parts: Sequence[int]) -> Mapping[int, int]:
        await self._filling.look()
        return {part: self._filling.least(part).place for part in parts}

    async def _look_again(self) -> None:
        await self._filling.look()
        await self._subscription.seek({part: self._filling.least(part).place for part in self._subscription.mine})

    async def _note_now_and_then(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._noted >= HEARTBEAT:
            self._noted = now
            await self._note("live")

    async def _note(self, state: Literal["live", "stopped"], error: str | None = None) -> None:
        for projection in self._projections:
            await self._store.note(projection, state=state, error=error)
