"""The projector: every event counts once, in every read model, whatever happens in between."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.envelope import Recorded
from domain.ownership.events import ClaimGranted
from projections.deadlines import deadlines
from projections.everything import EVERYTHING
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Facts, Projection, Spans
from projections.rep_timeline import TimelineRow, rep_timeline
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_read_store import MemoryReadStore
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.postgres_read_store import PostgresReadStore
from services.ports import Changes, EventLog, MovedMeanwhile, ReadStore, StoreUnavailable, UnknownEvent
from services.projector import NoSuchReadModel, Projector, Step
from tests.domain.claiming.claims import claim, granted
from tests.people import ANNA, BRUNO, an_id
from tests.services.written_down import Scribe

READ = (ownership_table, rep_timeline, deadlines)


def now() -> datetime:
    """The real hour; only rates and heartbeats look at it."""
    return datetime.now(UTC)


@dataclass
class Works:
    """A log that is written to, and a store that follows it."""

    log: EventLog
    store: ReadStore
    scribe: Scribe
    claims: int = 0

    def projector(self, *projections: Projection, page: int = 1_000) -> Projector:
        """A projector that has just been started."""
        return Projector(self.log, self.store, projections or READ, now, page=page, rebuild_page=page)

    async def claims_granted(self, many: int) -> int:
        """So many claims on so many customers, by Anna and Bruno in turn; two events each."""
        position = 0
        for _ in range(many):
            self.claims += 1
            rep = (ANNA, BRUNO)[self.claims % 2]
            asked = claim(rep, claim_id=an_id(self.claims), customer=an_id(100_000 + self.claims))
            position = await self.scribe.write(*granted(asked))
        return position


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def works(request: pytest.FixtureRequest) -> AsyncIterator[Works]:
    log = EventsourcingLog(MemoryRecorder(), "acme")
    if request.param == "memory":
        yield Works(log, MemoryReadStore(now), Scribe(log))
    else:
        store = PostgresReadStore(request.getfixturevalue("postgres_url"), request.getfixturevalue("a_schema"), now)
        await store.open()
        yield Works(log, store, Scribe(log))
        await store.close()
    await log.close()


@asynccontextmanager
async def running(projector: Projector, *, gather: float = 0.0) -> AsyncGenerator[None]:
    """A projector at work."""
    task = asyncio.create_task(projector.run(gather=gather))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def fingerprints(works: Works, *projections: Projection) -> list[str]:
    """What the tables hold."""
    return [await works.store.fingerprint(projection) for projection in projections or READ]


async def test_everything_recorded_is_taken_in_page_by_page(works: Works) -> None:
    position = await works.claims_granted(5)
    assert await works.projector(page=3).catch_up() == position == 10
    assert await works.store.count(ownership_table, {}) == {(): 5}
    assert await works.store.count(rep_timeline, {}, by=("rep_id",)) == {("anna",): 4, ("bruno",): 6}
    assert [(await works.store.standing(projection)).position for projection in READ] == [10, 10, 10]


async def test_the_size_of_a_page_changes_no_row(works: Works) -> None:
    await works.claims_granted(6)
    await works.projector(*EVERYTHING, page=1).catch_up()
    one_by_one = await fingerprints(works, *EVERYTHING)
    async for _ in works.projector(*EVERYTHING, page=7).rebuild(*(one.name for one in EVERYTHING)):
        pass
    assert await fingerprints(works, *EVERYTHING) == one_by_one


async def test_a_projector_that_was_stopped_goes_on_where_the_tables_stand(works: Works) -> None:
    await works.claims_granted(3)
    await works.projector().catch_up()
    await works.claims_granted(3)
    position = await works.projector(page=2).catch_up()
    assert position == 12
    assert await works.store.count(rep_timeline, {}) == {(): 12}
    assert await works.store.count(ownership_table, {}, by=("rep_id",)) == {("anna",): 3, ("bruno",): 3}


async def test_two_projectors_at_once_count_each_event_once(works: Works) -> None:
    await works.claims_granted(8)
    both = [works.projector(page=2), works.projector(page=3)]
    async with running(both[0]), running(both[1]):
        assert await both[0].reached(16, seconds=10)
        assert await both[1].reached(16, seconds=10)
    assert await works.store.count(rep_timeline, {}) == {(): 16}
    assert await works.store.count(ownership_table, {}) == {(): 8}


async def test_a_reader_who_waits_sees_its_own_write(works: Works) -> None:
    projector = works.projector()
    async with running(projector):
        for _ in range(3):
            position = await works.claims_granted(1)
            assert await projector.reached(position, seconds=5)
            assert await works.store.count(ownership_table, {}) == {(): works.claims}
            assert not await projector.reached(position + 1, seconds=0.01)


class _Fails(Exception):
    """What a fold with a fault raises."""


def _on(rep_id: str, mended: Callable[[], bool]) -> Callable[[Recorded], Iterable[TimelineRow]]:
    def project(recorded: Recorded) -> Iterable[TimelineRow]:
        if getattr(recorded.event, "rep_id", None) == rep_id and not mended():
            raise _Fails(rep_id)
        return rep_timeline.project(recorded)

    return project


async def test_a_failing_event_parks_its_stream_and_nothing_else(works: Works) -> None:
    mended = False
    faulty = replace(rep_timeline, project=_on("bruno", lambda: mended))
    projector = works.projector(ownership_table, faulty, page=4)
    await works.claims_granted(4)
    await projector.catch_up()
    await works.claims_granted(2)
    await projector.catch_up()
    parked = {one.stream: one for one in (await projector.progress())[1].parked}
    brunos = [await _streams_of(works, "bruno"), await _streams_of(works, "anna")]
    assert set(parked) == brunos[0]
    assert set(parked).isdisjoint(brunos[1])
    first = parked["portfolio-bruno"]
    assert (first.event, first.version, first.error) == ("portfolio.slot_reserved", 1, "_Fails: bruno")
    assert await works.store.count(faulty, {}, by=("rep_id",)) == {("anna",): 6}
    assert await works.store.count(ownership_table, {}) == {(): 6}, "another read model is not concerned"
    assert (await projector.progress())[0].parked == ()

    restarted = works.projector(ownership_table, faulty)
    await works.claims_granted(2)
    await restarted.catch_up()
    assert await works.store.count(faulty, {}, by=("rep_id",)) == {("anna",): 8}, "what was parked stays parked"
    assert not await restarted.unpark("rep_timeline", "portfolio-bruno"), "the fault is still there"
    mended = True
    for stream in (await works.store.standing(faulty)).parked:
        assert await restarted.unpark("rep_timeline", stream)
    assert not await restarted.unpark("rep_timeline", "portfolio-bruno"), "it is parked no longer"
    assert (await restarted.progress())[1].parked == ()
    await works.claims_granted(2)
    await restarted.catch_up()
    never_failed = await _rebuilt(works, rep_timeline)
    assert await works.store.fingerprint(faulty) == never_failed


async def _streams_of(works: Works, rep_id: str) -> set[str]:
    events = await works.log.page(0, 1_000)
    return {one.envelope.stream for one in events if f"rep:{rep_id}" in one.envelope.subjects}


async def _rebuilt(works: Works, projection: Projection) -> str:
    await works.store.begin_rebuild(projection)
    other = MemoryReadStore(now) if isinstance(works.store, MemoryReadStore) else None
    if other is not None:
        await other.prepare([projection])
        await Projector(works.log, other, [projection], now).catch_up()
        await works.store.cancel_rebuild(projection)
        return await other.fingerprint(projection)
    async for _ in works.projector(projection).rebuild(projection.name):
        pass
    return await works.store.fingerprint(projection)


async def test_a_failing_fold_of_spans_keeps_what_was_true_before(works: Works) -> None:
    failing: set[UUID] = {an_id(3)}

    def fold(rows: Sequence[OwnershipSpan], recorded: Recorded) -> Sequence[OwnershipSpan]:
        if isinstance(recorded.event, ClaimGranted) and recorded.event.claim_id in failing:
            raise _Fails
        return ownership_table.fold(rows, recorded)

    faulty = replace(ownership_table, fold=fold)
    projector = works.projector(faulty)
    await works.claims_granted(5)
    await projector.catch_up()
    rows = await works.store.select(faulty, {}, order=("known_from",))
    assert [known.row.claim_id for known in rows] == [an_id(n) for n in (1, 2, 4, 5)]
    [stream] = (await works.store.standing(faulty)).parked
    failing.clear()
    assert await projector.unpark("ownership_table", stream)
    rows = await works.store.select(faulty, {}, order=("known_from",))
    assert [(known.row.claim_id, known.known_from) for known in rows] == [(an_id(n), 2 * n - 1) for n in range(1, 6)]


async def test_a_row_that_does_not_fit_its_table_parks_its_stream_and_nothing_else(works: Works) -> None:
    def same_row_twice(recorded: Recorded) -> Iterable[TimelineRow]:
        rows = list(rep_timeline.project(recorded))
        return rows * 2 if recorded.position == 7 else rows

    faulty = replace(rep_timeline, project=same_row_twice)
    position = await works.claims_granted(8)
    projector = works.projector(faulty, ownership_table)
    assert await projector.catch_up() == position
    [parked] = (await projector.progress())[0].parked
    assert (parked.position, parked.event) == (7, "ownership.claim_granted")
    assert await works.store.count(faulty, {}) == {(): 15}
    assert await works.store.count(ownership_table, {}) == {(): 8}


async def test_an_unknown_event_stops_every_read_model_before_it_and_says_why(works: Works) -> None:
    await works.claims_granted(2)
    unknown: Any = _KnowsNot(works.log, beyond=3)
    projector = Projector(unknown, works.store, READ, now)
    with pytest.raises(UnknownEvent):
        await projector.catch_up()
    for progress in await projector.progress():
        assert (progress.position, progress.state) == (3, "stopped")
        assert "moon.landed" in (progress.error or "")
    assert await works.projector().catch_up() == 4, "a release that knows the event goes on"
    assert {progress.state for progress in await projector.progress()} == {"live"}


class _KnowsNot:
    """A log as an older release reads it: the events after a position are words it does not know."""

    def __init__(self, log: EventLog, beyond: int) -> None:
        self._log = log
        self._beyond = beyond

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of a log
        return getattr(self._log, name)

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        page = [one for one in await self._log.page(after, limit) if one.position <= self._beyond]
        if not page:
            raise UnknownEvent("moon.landed")
        return page


class _Unsteady:
    """A store that loses every third write, or its answer, as a broken connection does."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store
        self.writes = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of a store
        return getattr(self._store, name)

    async def write_together(self, batches: Sequence[tuple[Projection, Changes, int]], *, upto: int) -> None:
        self.writes += 1
        if self.writes % 3 == 0:
            raise StoreUnavailable("the connection broke before the commit")
        await self._store.write_together(batches, upto=upto)
        if self.writes % 3 == 1:
            raise StoreUnavailable("the connection broke after the commit")


async def test_a_store_that_comes_and_goes_loses_and_doubles_nothing(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.projector.AGAIN", 0.001)
    position = await works.claims_granted(8)
    unsteady: Any = _Unsteady(works.store)
    projector = Projector(works.log, unsteady, READ, now, page=3)
    async with running(projector):
        assert await projector.reached(position, seconds=20)
    after_storms = await fingerprints(works)
    for name in projector.names:
        async for _ in works.projector().rebuild(name):
            pass
    assert await fingerprints(works) == after_storms


async def test_following_survives_a_fault_that_nobody_thought_of(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.projector.HEARTBEAT", 0.01)
    broken: Any = _Broken(works.log)
    projector = Projector(broken, works.store, READ, now)
    position = await works.claims_granted(1)
    async with running(projector):
        async with asyncio.timeout(5):
            while (await projector.progress())[0].state != "stopped":
                await asyncio.sleep(0.005)
        assert "RuntimeError: out of order" in ((await projector.progress())[0].error or "")
        broken.mended = True
        assert await projector.reached(position, seconds=5)
    assert (await projector.progress())[0].state == "live"


class _Broken(_KnowsNot):
    """A log that cannot be read until it is mended."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(log, 0)
        self.mended = False

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        if not self.mended:
            raise RuntimeError("out of order")
        return await self._log.page(after, limit)


async def test_a_new_read_model_holds_nobody_up_and_comes_abreast(works: Works) -> None:
    await works.claims_granted(6)
    await works.projector(ownership_table, page=2).catch_up()
    await works.claims_granted(1)
    reading: Any = _Counting(works.log)
    projector = Projector(reading, works.store, (rep_timeline, ownership_table), now, page=2)
    assert await projector.catch_up() == 14
    assert reading.pages[0] == 12, "the one that stands furthest along goes first"
    assert await works.store.count(rep_timeline, {}) == {(): 14}
    await works.claims_granted(1)
    reading.pages.clear()
    await projector.catch_up()
    assert Counter(reading.pages) == {14: 1, 16: 1}, "abreast, they share each page"


class _Counting(_KnowsNot):
    """A log that remembers from where it was read."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(log, 0)
        self.pages: list[int] = []

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        self.pages.append(after)
        return await self._log.page(after, limit)


async def test_a_rebuild_gives_the_same_rows_and_tells_how_far_it_is(works: Works) -> None:
    await works.claims_granted(6)
    projector = works.projector(page=4)
    await projector.catch_up()
    before = await fingerprints(works)
    steps: list[Step] = []
    async for step in projector.rebuild("ownership_table", "rep_timeline"):
        steps.append(step)
        [progress, *_] = await projector.progress()
        assert (progress.state, progress.rebuilt) == ("rebuilding", step.reached)
        assert await works.store.fingerprint(ownership_table) == before[0], "the live table serves meanwhile"
    assert [step.reached for step in steps] == [4, 8, 12]
    assert {step.head for step in steps} == {12}
    assert await fingerprints(works) == before
    assert (await projector.progress())[0].state == "live"


async def test_what_is_recorded_during_a_rebuild_is_in_it(works: Works) -> None:
    await works.claims_granted(4)
    projector = works.projector(page=2)
    async with running(projector):
        async for _ in projector.rebuild("ownership_table"):
            if works.claims < 7:
                await works.claims_granted(1)
        position = await works.claims_granted(1)
        assert await projector.reached(position, seconds=5)
    assert await works.store.count(ownership_table, {}) == {(): works.claims}
    assert works.claims == 8
    assert (await works.store.standing(ownership_table)).position == position


async def test_a_rebuild_mends_what_had_gone_wrong(works: Works) -> None:
    await works.claims_granted(3)

    def forgetful(recorded: Recorded) -> Iterable[TimelineRow]:
        return [] if recorded.position == 2 else rep_timeline.project(recorded)

    lost = replace(rep_timeline, project=forgetful)
    await works.projector(lost).catch_up()
    projector = works.projector(rep_timeline)
    assert not await _is_as_the_log_says(projector, "rep_timeline")
    assert await works.store.count(rep_timeline, {}) == {(): 5}, "a check changes nothing"
    async for _ in projector.rebuild("rep_timeline"):
        pass
    assert await works.store.count(rep_timeline, {}) == {(): 6}
    assert await _is_as_the_log_says(projector, "rep_timeline")
    assert (await works.store.standing(rep_timeline, shadow=True)).position is None


async def test_an_interrupted_rebuild_goes_on_where_it_was(works: Works) -> None:
    await works.claims_granted(5)
    await works.projector().catch_up()
    before = await fingerprints(works)
    rebuild = works.projector(page=3).rebuild("rep_timeline")
    assert (await anext(rebuild)).reached == 3
    await rebuild.aclose()
    steps = [step.reached async for step in works.projector(page=3).rebuild("rep_timeline")]
    assert steps == [6, 9, 10]
    assert await fingerprints(works) == before


async def test_a_rebuild_that_is_cancelled_leaves_the_live_table_alone(works: Works) -> None:
    await works.claims_granted(4)
    projector = works.projector(page=2)
    await projector.catch_up()
    before = await fingerprints(works)
    rebuild = projector.rebuild("ownership_table")
    await anext(rebuild)
    await works.projector().cancel_rebuild("ownership_table")
    with pytest.raises(MovedMeanwhile):
        await anext(rebuild)
    assert await fingerprints(works) == before
    assert (await projector.progress())[0].state == "live"


async def test_a_rebuild_parks_what_it_cannot_take_in(works: Works) -> None:
    faulty = replace(rep_timeline, project=_on("bruno", lambda: False))
    await works.claims_granted(4)
    await works.projector().catch_up()
    async for _ in works.projector(faulty, page=3).rebuild("rep_timeline"):
        pass
    assert await works.store.count(faulty, {}, by=("rep_id",)) == {("anna",): 4}
    assert set((await works.store.standing(faulty)).parked) == await _streams_of(works, "bruno")


async def test_a_read_model_that_does_not_exist_cannot_be_rebuilt(works: Works) -> None:
    with pytest.raises(NoSuchReadModel):
        await anext(works.projector().rebuild("moon_phases"))


async def test_an_idle_projector_gives_signs_of_life(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.projector.HEARTBEAT", 0.02)
    projector = works.projector()
    async with running(projector):
        await projector.reached(0, seconds=1)
        seen: set[datetime | None] = set()
        async with asyncio.timeout(5):
            while len(seen - {None}) < 3:
                await asyncio.sleep(0.01)
                if projector.names and (heartbeats := await projector.progress()):
                    seen.add(heartbeats[0].heartbeat)


async def test_as_of_a_position_is_what_the_tables_held_when_they_stood_there(works: Works) -> None:
    projector = works.projector(page=1)
    then: dict[int, list[str]] = {}
    for _ in range(4):
        position = await works.claims_granted(1)
        await projector.catch_up()
        then[position] = await fingerprints(works)
    for position, prints in then.items():
        assert [await works.store.fingerprint(one, at=position) for one in READ] == prints
    assert len({tuple(prints) for prints in then.values()}) == 4


def test_no_read_model_holds_a_wrong_kind_of_index() -> None:
    for projection in EVERYTHING:
        names = {field for index in (projection.key, *projection.indexes) for field in index}
        extra = {"known_to"} if isinstance(projection, Spans) else set[str]()
        assert names <= {*projection.row.__dataclass_fields__, *extra}, projection.name
        if isinstance(projection, Facts):
            assert "position" in projection.row.__dataclass_fields__


async def _is_as_the_log_says(projector: Projector, name: str) -> bool:
    [compared] = [step.compared async for step in projector.check(name) if step.compared]
    return compared.same


async def test_beside_a_busy_writer_equal_tables_are_never_called_different(works: Works) -> None:
    await works.claims_granted(20)
    at_work, beside = works.projector(page=7), works.projector(page=9)
    written = asyncio.Event()

    async def write() -> None:
        while not written.is_set():
            await works.claims_granted(1)
            await asyncio.sleep(0.01)

    async with running(at_work):
        assert await at_work.reached(40, seconds=10)
        writing = asyncio.create_task(write())
        try:
            for going in (beside.check(*beside.names), beside.rebuild(*beside.names, compare=True)):
                steps = [step async for step in going]
                compared = [step.compared for step in steps if step.compared]
                assert [(one.name, one.same) for one in compared] == [(name, True) for name in beside.names]
                assert all(one.position >= 40 for one in compared)
        finally:
            written.set()
            await writing
        assert await at_work.reached((await works.log.head()).position, seconds=10)
    assert await works.store.count(rep_timeline, {}) == {(): (await works.log.head()).position}


async def test_a_table_that_is_not_what_the_log_says_is_told_before_it_is_replaced(works: Works) -> None:
    await works.claims_granted(2)
    projector = works.projector()
    await projector.catch_up()
    await works.store.write(rep_timeline, Changes(added=[await _a_row_nobody_recorded(works)]), after=4, upto=5)
    await works.claims_granted(1)
    steps = [step.compared async for step in works.projector().rebuild(*projector.names, compare=True)]
    assert {one.name: one.same for one in steps if one} == {
        "ownership_table": True, "rep_timeline": False, "deadlines": True
    }  # fmt: skip
    assert await _is_as_the_log_says(works.projector(), "rep_timeline")


async def _a_row_nobody_recorded(works: Works) -> TimelineRow:
    [row, *_] = await works.store.select(rep_timeline, {}, limit=1)
    return replace(row, position=5)
