"""Workers that fill the read models by way of Kafka: the rows are those of one straight fold, whatever happens."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from domain.envelope import Recorded
from projections.deadlines import deadlines
from projections.ownership_table import ownership_table
from projections.projection import Projection
from projections.rep_timeline import TimelineRow, rep_timeline
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.kafka import KafkaPublisher, KafkaSubscription, ensure_topics, partition_of
from services.adapters.memory_read_store import MemoryReadStore
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.postgres_read_store import PostgresReadStore
from services.broadcast import Relay
from services.feeding import Elsewhere, FeedProjector
from services.followers import ByTheStore
from services.ports import FedBy, MovedMeanwhile, ReadStore, StoreUnavailable
from services.projector import Projector
from services.topics import Topics
from tests.broker.marks import KAFKA
from tests.domain.claiming.claims import claim, granted
from tests.people import ANNA, BRUNO, an_id
from tests.services.written_down import Scribe

pytestmark = KAFKA
_NAMES = count(1)
READ: tuple[Projection, ...] = (ownership_table, rep_timeline, deadlines)


def now() -> datetime:
    return datetime.now(UTC)


class Works:
    """A log, a store, a topic; relays and workers as many as one likes."""

    def __init__(self, servers: str, store: ReadStore) -> None:
        self.servers = servers
        self.store = store
        self.topics = Topics(f"feeding{next(_NAMES)}", partitions=4)
        self.log = EventsourcingLog(MemoryRecorder(), self.topics.organisation)
        self.scribe = Scribe(self.log)
        self._claims = 0
        ensure_topics(servers, self.topics.every())

    def relay(self, topics: Topics | None = None) -> Relay:
        topics = topics or self.topics
        return Relay(self.log, KafkaPublisher(self.servers, topics.feed), topics, batch=7)

    def worker(self, *projections: Projection, topics: Topics | None = None, group: str = "projector") -> FeedProjector:
        topic = (topics or self.topics).feed
        subscription = KafkaSubscription(self.servers, topic, f"{topic}.{group}", None)
        return FeedProjector(self.log, self.store, projections or READ, subscription, self.log.opened, partition_of)

    def projector(self, *projections: Projection) -> Projector:
        return Projector(
            self.log, self.store, projections or READ, now, partition_of=partition_of, page=7, rebuild_page=7
        )

    async def happen(self, many: int) -> int:
        """So many claims by Anna and Bruno in turn, two events each; the position then."""
        position = 0
        for _ in range(many):
            self._claims += 1
            number = self._claims
            asked = claim((ANNA, BRUNO)[number % 2], claim_id=an_id(number), customer=an_id(100_000 + number))
            position = await self.scribe.write(*granted(asked))
        return position

    async def come_to(self, position: int, *projections: Projection) -> None:
        assert await ByTheStore(self.store, projections or READ).reached(position, seconds=40)

    async def are_as_one_fold(self, *projections: Projection) -> None:
        names = [one.name for one in projections or READ]
        compared = [step.compared async for step in self.projector(*projections).check(*names) if step.compared]
        assert [one.name for one in compared if one.same] == names


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def works(request: pytest.FixtureRequest, kafka: str) -> AsyncIterator[Works]:
    if request.param == "memory":
        works = Works(kafka, MemoryReadStore(now))
        yield works
    else:
        store = PostgresReadStore(request.getfixturevalue("postgres_url"), request.getfixturevalue("a_schema"), now)
        await store.open()
        works = Works(kafka, store)
        yield works
        await store.close()
    await works.log.close()


@asynccontextmanager
async def at_work(*ones: Relay | FeedProjector | Projector) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(one.run()) for one in ones]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def test_two_workers_make_the_rows_of_one_straight_fold(works: Works) -> None:
    async with at_work(works.relay(), works.worker(), works.worker()):
        for _ in range(3):
            head = await works.happen(10)
            await works.come_to(head)
    await works.are_as_one_fold()
    assert await works.store.count(ownership_table, {}) == {(): 30}
    assert await works.store.count(rep_timeline, {}) == {(): 60}


async def test_a_worker_that_comes_and_goes_loses_nothing_and_doubles_nothing(works: Works) -> None:
    async with at_work(works.relay(), works.worker()):
        for _ in range(3):
            async with at_work(works.worker()):
                await works.happen(5)
                await asyncio.sleep(0.5)
                head = await works.happen(5)
            await works.come_to(head)
    await works.are_as_one_fold()
    assert await works.store.count(rep_timeline, {}) == {(): 60}


async def test_what_was_filled_by_the_log_is_filled_by_the_topic_from_there_on_and_back_again(works: Works) -> None:
    await works.happen(4)
    await works.projector().catch_up()
    head = await works.happen(4)
    async with at_work(works.relay(), works.worker()):
        await works.come_to(head)
        assert await works.projector().catch_up() == head, "who joins waits for the workers and writes nothing"
    head = await works.happen(4)
    back = works.projector()
    await back.take_over()
    assert await back.catch_up() == head
    assert await works.store.feed() is None
    await works.are_as_one_fold()
    assert await works.store.count(rep_timeline, {}) == {(): 24}


async def test_a_worker_stops_where_something_else_fills_the_read_models(works: Works) -> None:
    working = asyncio.create_task(works.worker().run())
    relaying = asyncio.create_task(works.relay().run())
    await works.come_to(await works.happen(3))
    await works.projector().take_over()
    await works.happen(1)
    with pytest.raises(Elsewhere):
        await asyncio.wait_for(working, 30)
    relaying.cancel()
    with suppress(asyncio.CancelledError):
        await relaying


async def test_what_the_topic_does_not_have_is_taken_from_the_log(works: Works) -> None:
    """As when its time to keep messages has passed, or it was made anew."""
    await works.happen(6)
    await works.log.move_bookmark(works.relay().follower, 12)
    head = await works.happen(3)
    async with at_work(works.relay(), works.worker(), works.worker()):
        await works.come_to(head)
    await works.are_as_one_fold()
    assert await works.store.count(rep_timeline, {}) == {(): 18}


async def test_a_new_generation_with_more_partitions_goes_on_where_the_old_one_stood(works: Works) -> None:
    more = Topics(works.topics.organisation, generation=2, partitions=7)
    ensure_topics(works.servers, more.every())
    async with at_work(works.relay(), works.worker()):
        await works.happen(8)
        await asyncio.sleep(0.3)
    head = await works.happen(4)
    async with at_work(works.relay(more), works.worker(topics=more)):
        await works.come_to(head)
    assert await works.store.feed() == FedBy(more.feed, 7)
    await works.are_as_one_fold()


async def test_read_models_are_rebuilt_while_workers_fill_them(works: Works) -> None:
    async with at_work(works.relay(), works.worker()):
        head = await works.happen(5)
        for _ in range(3):
            async for _ in works.projector().rebuild(*(one.name for one in READ)):
                pass
            head = await works.happen(3)
        await works.come_to(head)
        await works.are_as_one_fold()
    assert await works.store.count(rep_timeline, {}) == {(): 28}


async def test_a_changed_read_model_takes_its_place_while_workers_of_both_releases_work(works: Works) -> None:
    newer = replace(rep_timeline, version=rep_timeline.version + 1)
    new = (ownership_table, newer, deadlines)
    async with at_work(works.relay(), works.worker()):
        await works.come_to(await works.happen(6))
        cancelled = works.projector(*new).rebuild(newer.name)
        await anext(cancelled)
        await works.store.cancel_rebuild(newer)
        with pytest.raises(MovedMeanwhile):
            async for _ in cancelled:
                pass
        async for _ in works.projector(*new).rebuild(newer.name):
            pass
        await works.come_to(await works.happen(6))
        assert await works.store.count(rep_timeline, {}) == {(): 24}, "the release before goes on"
        async with at_work(works.worker(*new, group="next")):
            position = await works.happen(6)
            await works.come_to(position, *new)
            await works.come_to(position)
            await works.are_as_one_fold()
            await works.are_as_one_fold(*new)
            assert await works.store.count(newer, {}) == await works.store.count(rep_timeline, {}) == {(): 36}
    async with at_work(works.relay(), works.worker(*new, group="next")):
        await works.come_to(await works.happen(2), *new)
        forgotten = await works.store.forget_others(new, idle=timedelta())
        assert forgotten.dropped == (f"rep_timeline_v{rep_timeline.version}",)
        await works.come_to(await works.happen(2), *new)
        await works.are_as_one_fold(*new)


async def test_a_changed_read_model_takes_its_place_beside_the_projector_of_the_release_before(works: Works) -> None:
    newer = replace(rep_timeline, version=rep_timeline.version + 1)
    new = (ownership_table, newer, deadlines)
    await works.happen(6)
    async with at_work(works.projector()):
        await works.come_to(await works.happen(1))
        half = works.projector(*new).rebuild(newer.name)
        await anext(half)
        await half.aclose()
        assert (await works.store.progress([newer], head=14))[0].rebuilt == 7, "interrupted, and taken up again"
        async for _ in works.projector(*new).rebuild(newer.name):
            pass
        async with at_work(works.projector(*new)):
            position = await works.happen(6)
            await works.come_to(position, *new)
            await works.come_to(position)
            await works.are_as_one_fold()
            await works.are_as_one_fold(*new)


class _Fails(Exception):
    """What a fold with a fault raises."""


def _on(rep_id: str, mended: Callable[[], bool]) -> Callable[[Recorded], Iterable[TimelineRow]]:
    def project(recorded: Recorded) -> Iterable[TimelineRow]:
        if getattr(recorded.event, "rep_id", None) == rep_id and not mended():
            raise _Fails(rep_id)
        return rep_timeline.project(recorded)

    return project


async def test_a_failing_event_parks_its_stream_until_it_is_taken_in_after_all(works: Works) -> None:
    mended = False
    faulty = replace(rep_timeline, project=_on("bruno", lambda: mended))
    async with at_work(works.relay(), works.worker(ownership_table, faulty)):
        await works.come_to(await works.happen(4), ownership_table, faulty)
        projector = works.projector(ownership_table, faulty)
        parked = (await works.store.standing(faulty)).parked
        assert "portfolio-bruno" in parked
        assert await works.store.count(faulty, {}, by=("rep_id",)) == {("anna",): 4}
        assert await works.store.count(ownership_table, {}) == {(): 4}, "another read model is not concerned"
        mended = True
        for stream in parked:
            assert await projector.unpark("rep_timeline", stream)
        assert (await works.store.standing(faulty)).parked == {}
        await works.come_to(await works.happen(4), ownership_table, faulty)
        await works.are_as_one_fold(ownership_table, faulty)
    assert await works.store.count(faulty, {}, by=("rep_id",)) == {("anna",): 8, ("bruno",): 8}


async def test_without_workers_who_waits_is_told_so(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.projector.PATIENCE", 0.2)
    await works.store.prepare(READ)
    await works.store.feed_from(FedBy("a.topic", 3), READ)
    await works.happen(1)
    with pytest.raises(StoreUnavailable):
        await works.projector().catch_up()
