"""What every log does, in memory and in PostgreSQL: one suite."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from eventsourcing.persistence import ApplicationRecorder, IntegrityError, StoredEvent

from domain.portfolio.events import SlotReleased
from domain.vocabulary import VOCABULARY, Vocabulary
from services.adapters.event_json import EventJson
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.migrations import migrate_at
from services.adapters.postgres_recorder import PostgresRecorder
from services.adapters.recorder import Recorder, microseconds
from services.ports import ChangedMeanwhile, LogUnavailable, Mismatch, Receipt, Tip, UnknownEvent, Unstorable
from services.tree import EMPTY_ROOT, leaf_hash
from tests.people import ACME
from tests.services.adapters.stories import (
    HOUR,
    appending,
    asking,
    envelope_of,
    reserved,
    stream_of,
    tip_of,
    write,
)

SECOND = timedelta(seconds=1)


def make_recorder(kind: str, request: pytest.FixtureRequest) -> Recorder:
    """A recorder without a past."""
    if kind == "memory":
        return MemoryRecorder()
    url, schema = request.getfixturevalue("postgres_url"), request.getfixturevalue("a_schema")
    migrate_at(url, schema)
    return PostgresRecorder(url, schema)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def recorder(request: pytest.FixtureRequest) -> Recorder:
    """A recorder without a past."""
    return make_recorder(request.param, request)


@pytest.fixture
async def log(recorder: Recorder) -> AsyncIterator[EventsourcingLog]:
    """A log without a past."""
    log = EventsourcingLog(recorder, "main")
    yield log
    await log.close()


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


# ----------------------------------------------------------------------------------------------- positions, reading


async def test_an_empty_log_says_so(log: EventsourcingLog) -> None:
    head = await log.head()
    assert (head.position, head.recorded_at, head.root) == (0, None, EMPTY_ROOT)
    assert await log.page(0, 10) == []
    assert await log.bytes_at(1) is None
    assert await log.position_at(HOUR) == 0
    assert await log.read({stream_of("anna"): 0}) == {stream_of("anna"): ()}


async def test_positions_are_dense_from_one(log: EventsourcingLog) -> None:
    receipts = [await log.append(appending(reserved(f"rep{n}"), reserved(f"rep{n}"))) for n in range(5)]
    assert [[ref.position for ref in receipt.events] for receipt in receipts] == [
        [2 * n + 1, 2 * n + 2] for n in range(5)
    ]
    assert [one.position for one in await log.page(0, 100)] == list(range(1, 11))
    assert (await log.head()).position == 10


async def test_an_event_is_read_as_it_was_written(log: EventsourcingLog) -> None:
    event = reserved("anna")
    append = appending(event)
    receipt = await log.append(append)
    [recorded] = await log.page(0, 10)
    assert recorded.event == event
    assert recorded.envelope == append.events[0].envelope
    body = await log.bytes_at(1)
    assert body is not None
    assert recorded.body_hash == sha256(body).digest()
    assert recorded.recorded_at == HOUR
    assert recorded.leaf == leaf_hash(1, microseconds(HOUR), body)
    assert (receipt.events[0].type, receipt.events[0].stream) == ("portfolio.slot_reserved", "portfolio-anna")


async def test_a_stream_is_read_after_a_version_and_in_order(log: EventsourcingLog) -> None:
    for n in range(4):
        await write(log, reserved("anna"), reserved(f"other{n}"))
    found = await log.read({stream_of("anna"): 2, stream_of("other1"): 0, stream_of("nobody"): 0})
    assert [one.envelope.stream_version for one in found[stream_of("anna")]] == [3, 4]
    assert [one.envelope.stream_version for one in found[stream_of("other1")]] == [1]
    assert not found[stream_of("nobody")]


async def test_large_pages_one_after_another_give_the_whole_log_also_while_it_grows(log: EventsourcingLog) -> None:
    await log.append(appending(*(reserved(f"rep{n}") for n in range(2_000))))
    read = list(await log.page(0, 1_000))
    read += await log.page(read[-1].position, 1_000)
    await log.append(appending(*(reserved(f"late{n}") for n in range(1_001))))
    while page := await log.page(read[-1].position, 1_000):
        read += page
    assert [one.position for one in read] == list(range(1, 3_002))


async def test_readers_that_ask_at_once_each_get_their_own(log: EventsourcingLog) -> None:
    for _ in range(6):
        await write(log, reserved("anna"))
    found = await asyncio.gather(*(log.read({stream_of("anna"): after}) for after in range(7)))
    assert [len(one[stream_of("anna")]) for one in found] == [6, 5, 4, 3, 2, 1, 0]


async def test_who_takes_a_request_up_is_told_its_first_answer_or_what_they_will_look_at(log: EventsourcingLog) -> None:
    await write(log, reserved("anna"))
    first = await log.append(appending(reserved("bruno"), request=asking("known")))
    known, other, new = await asyncio.gather(
        log.take_up(asking("known"), {stream_of("anna"): 0}),
        log.take_up(asking("known", fingerprint=b"other"), {stream_of("anna"): 0}),
        log.take_up(asking("new"), {stream_of("anna"): 0, stream_of("nobody"): 0}),
        return_exceptions=True,
    )
    assert known == replace(first, repeated=True)
    assert isinstance(other, Mismatch)
    assert isinstance(new, Mapping)
    assert [len(new[stream_of(rep)]) for rep in ("anna", "nobody")] == [1, 0]


async def test_a_page_has_a_beginning_and_a_limit(log: EventsourcingLog) -> None:
    await log.append(appending(*(reserved(f"rep{n}") for n in range(9))))
    assert [one.position for one in await log.page(3, 4)] == [4, 5, 6, 7]
    assert [one.position for one in await log.page(7, 4)] == [8, 9]
    assert await log.page(9, 4) == []


async def test_each_event_holds_the_hash_of_the_one_before_it_in_its_stream(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("anna"), reserved("bruno"), reserved("anna")))
    await write(log, reserved("anna"))
    bodies = [await log.bytes_at(position) for position in (1, 3, 4)]
    forerunner = bytes(32)
    for body in bodies:
        assert body is not None
        assert f'"prevstreamhash":"{forerunner.hex()}"'.encode() in body
        forerunner = sha256(body).digest()


# --------------------------------------------------------------------------------------------------------- conflicts


async def test_who_stands_on_a_stream_that_moved_writes_nothing(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("anna")))
    with pytest.raises(ChangedMeanwhile):
        await log.append(appending(reserved("bruno"), reserved("anna")))
    assert (await log.head()).position == 1
    assert await log.read({stream_of("bruno"): 0}) == {stream_of("bruno"): ()}


async def test_a_stream_that_was_only_looked_at_counts_as_well(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("anna")))
    with pytest.raises(ChangedMeanwhile):
        await log.append(appending(reserved("bruno"), tips={stream_of("anna"): Tip()}))
    tip = await tip_of(log, stream_of("anna"))
    receipt = await log.append(appending(reserved("bruno"), tips={stream_of("anna"): tip}))
    assert receipt.position == 2


async def test_a_tip_beyond_the_end_of_a_stream_is_not_stood_on(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("anna")))
    with pytest.raises(ChangedMeanwhile):
        await log.append(appending(reserved("bruno"), tips={stream_of("anna"): Tip(7, bytes(32))}))


async def test_of_64_who_want_the_same_tip_one_gets_it(log: EventsourcingLog) -> None:
    told = await asyncio.gather(*(log.append(appending(reserved("anna"))) for _ in range(64)), return_exceptions=True)
    assert sum(isinstance(one, Receipt) for one in told) == 1
    assert sum(isinstance(one, ChangedMeanwhile) for one in told) == 63
    assert (await log.head()).position == 1


async def test_64_callers_who_look_again_all_get_their_turn(log: EventsourcingLog) -> None:
    await asyncio.gather(*(write(log, reserved("anna"), reserved(f"rep{n % 7}")) for n in range(64)))
    found = await log.read({stream_of("anna"): 0})
    assert [one.envelope.stream_version for one in found[stream_of("anna")]] == list(range(1, 65))
    assert [one.position for one in await log.page(0, 1000)] == list(range(1, 129))


async def test_in_one_group_a_reader_after_a_writer_has_to_look_again_and_one_before_it_has_not(
    log: EventsourcingLog,
) -> None:
    looking = {stream_of("anna"): Tip()}
    before, writer, after = await asyncio.gather(
        log.append(appending(reserved("bruno"), tips=looking)),
        log.append(appending(reserved("anna"))),
        log.append(appending(reserved("clara"), tips=looking)),
        return_exceptions=True,
    )
    assert isinstance(before, Receipt)
    assert isinstance(writer, Receipt)
    assert isinstance(after, ChangedMeanwhile)


async def test_in_one_group_nobody_loses_to_a_writer_who_wrote_nothing(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("bruno")))
    stale = appending(reserved("anna"), tips={stream_of("bruno"): Tip()})
    fine = appending(reserved("anna"))
    lost, written = await asyncio.gather(log.append(stale), log.append(fine), return_exceptions=True)
    assert isinstance(lost, ChangedMeanwhile)
    assert isinstance(written, Receipt)


# ------------------------------------------------------------------------------------------------------ asking twice


async def test_the_same_request_gets_the_same_answer_and_writes_once(log: EventsourcingLog) -> None:
    request = asking("r1")
    append = appending(
        reserved("anna"), reserved("bruno"), request=request, answer={"claim": "c1", "n": [1, None]}, flags=["LATE"]
    )
    first = await log.append(append)
    await write(log, reserved("clara"))
    again = await log.append(appending(reserved("dora"), request=request))
    assert not first.repeated
    assert again.repeated
    assert (again.outcome, again.position, again.events) == (first.outcome, first.position, first.events)
    assert (again.answer, again.flags) == ({"claim": "c1", "n": [1, None]}, ("LATE",)) == (first.answer, first.flags)
    assert (await log.head()).position == 3


async def test_a_repeated_request_is_answered_also_when_its_streams_have_moved(log: EventsourcingLog) -> None:
    append = appending(reserved("anna"))
    first = await log.append(append)
    await write(log, reserved("anna"))
    again = await log.append(appending(reserved("anna"), request=append.request))
    assert again.events == first.events


async def test_the_same_request_many_times_at_once_writes_once(log: EventsourcingLog) -> None:
    request = asking("r1")
    receipts = await asyncio.gather(*(log.append(appending(reserved("anna"), request=request)) for _ in range(8)))
    assert sum(not receipt.repeated for receipt in receipts) == 1
    assert {receipt.events for receipt in receipts} == {receipts[0].events}
    assert (await log.head()).position == 1


async def test_another_source_may_use_the_same_id(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("anna"), request=asking("r1", "app")))
    receipt = await log.append(appending(reserved("bruno"), request=asking("r1", "crm")))
    assert not receipt.repeated


async def test_the_same_id_for_something_else_is_a_mismatch(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("anna"), request=asking("r1", fingerprint=b"this")))
    with pytest.raises(Mismatch):
        await log.append(appending(reserved("bruno"), request=asking("r1", fingerprint=b"that")))
    with pytest.raises(Mismatch):
        await log.answered(asking("r1", fingerprint=b"that"))
    assert (await log.head()).position == 1


async def test_at_once_the_same_id_for_something_else_is_a_mismatch_too(log: EventsourcingLog) -> None:
    told = await asyncio.gather(
        log.append(appending(reserved("anna"), request=asking("r1", fingerprint=b"this"))),
        log.append(appending(reserved("bruno"), request=asking("r1", fingerprint=b"that"))),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in told) == ["Mismatch", "Receipt"]


async def test_a_request_that_makes_no_event_is_kept_all_the_same(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("anna")))
    request = asking("nothing")
    first = await log.append(appending(request=request, tips={stream_of("anna"): await tip_of(log, stream_of("anna"))}))
    await log.append(appending(reserved("bruno")))
    again = await log.append(appending(reserved("clara"), request=request))
    assert (first.position, first.events) == (1, ())
    assert (again.position, again.events, again.repeated) == (1, (), True)


async def test_a_request_answered_before_can_be_asked_about(log: EventsourcingLog) -> None:
    request = asking("r1")
    assert await log.answered(request) is None
    first = await log.append(appending(reserved("anna"), request=request))
    earlier = await log.answered(request)
    assert earlier is not None
    assert (earlier.events, earlier.position, earlier.repeated) == (first.events, first.position, True)


async def test_a_request_that_lost_is_not_kept(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("anna")))
    request = asking("r1")
    with pytest.raises(ChangedMeanwhile):
        await log.append(appending(reserved("anna"), request=request))
    assert await log.answered(request) is None
    assert not (await write(log, reserved("anna"), request=request)).repeated


async def test_what_is_judged_anew_leaves_no_request(log: EventsourcingLog) -> None:
    append = appending(reserved("anna"), traceless=True)
    first = await log.append(append)
    assert first.position == 1
    assert not (await log.append(appending(reserved("bruno"), traceless=True))).repeated


async def test_what_is_judged_anew_is_not_written_twice_when_it_is_sent_twice(log: EventsourcingLog) -> None:
    append = appending(reserved("anna"), reserved("anna"), traceless=True)
    first = await log.append(append)
    again = await log.append(append)
    assert (again.events, again.repeated) == (first.events, False)
    assert (await log.head()).position == 2


# -------------------------------------------------------------------------------------------------------- two clocks


async def test_recorded_at_is_the_hour_of_the_decision_and_never_goes_back(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("a"), at=HOUR))
    await log.append(appending(reserved("b"), at=HOUR - timedelta(hours=1)))
    await log.append(appending(reserved("c"), at=HOUR + SECOND))
    page = await log.page(0, 10)
    assert [one.recorded_at for one in page] == [HOUR, HOUR, HOUR + SECOND]
    assert page[1].envelope.decided_at == HOUR - timedelta(hours=1)
    assert (await log.head()).recorded_at == HOUR + SECOND


async def test_within_a_group_recorded_at_does_not_go_back_either(log: EventsourcingLog) -> None:
    hours = [HOUR + SECOND, HOUR, HOUR + 2 * SECOND, HOUR - SECOND]
    await asyncio.gather(*(log.append(appending(reserved(f"rep{n}"), at=at)) for n, at in enumerate(hours)))
    assert [one.recorded_at for one in await log.page(0, 10)] == [
        *(HOUR + SECOND, HOUR + SECOND, HOUR + 2 * SECOND, HOUR + 2 * SECOND)
    ]


async def test_the_position_at_an_hour_is_the_last_one_recorded_by_then(log: EventsourcingLog) -> None:
    for n, at in enumerate([HOUR, HOUR, HOUR + SECOND, HOUR + 3 * SECOND]):
        await log.append(appending(reserved(f"rep{n}"), at=at))
    asked = [HOUR - SECOND, HOUR, HOUR + SECOND, HOUR + 2 * SECOND, HOUR + 9 * SECOND]
    assert [await log.position_at(at) for at in asked] == [0, 2, 3, 3, 4]


# ---------------------------------------------------------------------------------------------------------- the tree


async def test_the_root_is_that_of_rfc_6962_at_every_size(log: EventsourcingLog) -> None:
    leaves: list[bytes] = []
    for size in range(301):
        assert (await log.head()).root == naive_root(leaves)
        await log.append(appending(reserved(f"rep{size}")))
        leaves += [one.leaf for one in await log.page(size, 10)]
        body = await log.bytes_at(size + 1)
        assert body is not None
        assert leaves[-1] == leaf_hash(size + 1, microseconds(HOUR), body)


async def test_the_root_does_not_depend_on_how_events_were_grouped(log: EventsourcingLog) -> None:
    for size in (3, 1, 64, 7, 100):
        await log.append(appending(*(reserved(str(uuid4())) for _ in range(size))))
    assert (await log.head()).root == naive_root([one.leaf for one in await log.page(0, 1000)])


# --------------------------------------------------------------------------------------------------------- followers


async def test_waiting_ends_as_soon_as_something_is_written(log: EventsourcingLog) -> None:
    waiting = asyncio.create_task(log.beyond(0, seconds=30))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await log.append(appending(reserved("anna")))
    async with asyncio.timeout(5):
        assert await waiting == 1


async def test_waiting_ends_when_its_time_is_over(log: EventsourcingLog) -> None:
    await log.append(appending(reserved("anna")))
    assert await log.beyond(0, seconds=30) == 1
    assert await log.beyond(1, seconds=0.01) == 1


async def test_a_bookmark_only_moves_forwards(log: EventsourcingLog) -> None:
    assert await log.bookmark("policies") == 0
    for position in (5, 3):
        await log.move_bookmark("policies", position)
    await log.move_bookmark("timer", 1)
    assert (await log.bookmark("policies"), await log.bookmark("timer")) == (5, 1)


async def test_an_event_that_nobody_knows_stops_followers_just_before_it(recorder: Recorder) -> None:
    log = EventsourcingLog(recorder, "main")
    await log.append(appending(reserved("anna"), reserved("bruno"), SlotReleased("bruno", uuid4(), ACME)))
    older = EventsourcingLog(recorder, "main", codec=EventJson(Vocabulary([VOCABULARY.of(reserved("anna"))])))
    assert [one.position for one in await older.page(0, 10)] == [1, 2]
    with pytest.raises(UnknownEvent):
        await older.page(2, 10)
    told = await asyncio.gather(
        older.read({stream_of("anna"): 0}), older.read({stream_of("bruno"): 0}), return_exceptions=True
    )
    assert [type(one) for one in told] == [dict, UnknownEvent]
    await older.close()


# --------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("name", ["", "x" * 1001, "a\0b", "\ud800"])
async def test_a_name_that_no_index_can_hold_is_refused(log: EventsourcingLog, name: str) -> None:
    with pytest.raises(Unstorable):
        await log.append(appending(reserved("anna"), request=asking(name or " ", source=name)))
    assert (await log.head()).position == 0


async def test_a_version_that_does_not_follow_is_a_mistake_of_the_caller(log: EventsourcingLog) -> None:
    append = appending(reserved("anna"))
    late = appending(reserved("anna"), tips={stream_of("anna"): Tip(3, bytes(32))})
    with pytest.raises(ValueError, match="cannot follow"):
        await log.append(type(append)(append.request, "accepted", HOUR, append.stands_on, late.events))


async def test_one_request_with_a_used_event_id_fails_alone(log: EventsourcingLog) -> None:
    first = appending(reserved("anna"))
    await log.append(first)
    event = reserved("bruno")
    stolen = envelope_of(event, 1)._replace(event_id=first.events[0].envelope.event_id)
    thief = type(first)(asking(), "accepted", HOUR, {stream_of("bruno"): Tip()}, [type(first.events[0])(stolen, event)])
    told = await asyncio.gather(
        *(log.append(appending(reserved(f"rep{n}"))) for n in range(3)),
        log.append(thief),
        *(log.append(appending(reserved(f"rep{n}"))) for n in range(3, 6)),
        return_exceptions=True,
    )
    assert [isinstance(one, Receipt) for one in told] == [True, True, True, False, True, True, True]
    assert [one.position for one in await log.page(0, 100)] == list(range(1, 8))


async def test_more_waiting_appends_than_there_is_room_for_are_sent_away(recorder: Recorder) -> None:
    log = EventsourcingLog(recorder, "main", waiting=10)
    told = await asyncio.gather(
        *(log.append(appending(reserved(f"rep{n}"))) for n in range(30)), return_exceptions=True
    )
    taken = sum(isinstance(one, Receipt) for one in told)
    assert taken == 10
    assert sum(isinstance(one, LogUnavailable) for one in told) == 30 - taken
    assert not (await log.append(appending(reserved("anna")))).repeated
    await log.close()


async def test_a_closed_log_takes_nothing_but_finishes_what_waits(recorder: Recorder) -> None:
    log = EventsourcingLog(recorder, "main")
    waiting = asyncio.create_task(log.append(appending(reserved("anna"))))
    await asyncio.sleep(0)
    await log.close()
    assert (await waiting).position == 1
    with pytest.raises(LogUnavailable):
        await log.append(appending(reserved("bruno")))


# ---------------------------------------------------------------------------------------- as a recorder of the library


def test_the_library_can_use_the_recorder_as_its_own(recorder: Recorder) -> None:
    assert isinstance(recorder, ApplicationRecorder)
    assert recorder.max_notification_id() is None
    one, two, other = (
        StoredEvent("a", 1, "t1", b"{}"),
        StoredEvent("a", 2, "t2", b"[]"),
        StoredEvent("b", 1, "t1", b"0"),
    )
    assert recorder.insert_events([one, two]) == [1, 2]
    assert recorder.insert_events([other]) == [3]
    with pytest.raises(IntegrityError):
        recorder.insert_events([StoredEvent("a", 2, "t1", b"{}")])
    assert recorder.max_notification_id() == 3
    assert [plain(event) for event in recorder.select_events("a")] == [one, two]
    assert [plain(event) for event in recorder.select_events("a", gt=1)] == [two]
    assert [plain(event) for event in recorder.select_events("a", desc=True, limit=1)] == [two]
    assert [plain(event) for event in recorder.select_events("a", lte=1)] == [one]
    assert [note.id for note in recorder.select_notifications(1, 10)] == [1, 2, 3]
    assert [note.id for note in recorder.select_notifications(2, 10, inclusive_of_start=False)] == [3]
    assert [note.id for note in recorder.select_notifications(None, 10, topics=["t1"])] == [1, 3]
    assert [note.id for note in recorder.select_notifications(1, 10, stop=2)] == [1, 2]
    with recorder.subscribe(gt=1) as subscription:
        assert [next(subscription).id, next(subscription).id] == [2, 3]
    recorder.close()


def plain(event: StoredEvent) -> StoredEvent:
    return StoredEvent(event.originator_id, event.originator_version, event.topic, event.state)


# -------------------------------------------------------------------------------------------------- several, together


async def test_several_requests_are_written_together_each_with_an_answer_of_its_own(log: EventsourcingLog) -> None:
    """A later one stands on what an earlier one writes; the hash of its forerunner is that of the bytes written."""
    first = appending(reserved("anna"), tips={stream_of("anna"): Tip()}, answer={"n": 1})
    second = appending(reserved("anna"), reserved("bruno"), tips={stream_of("anna"): Tip(1)}, answer={"n": 2})
    receipts = await log.append_together([first, second])
    assert [receipt.answer["n"] for receipt in receipts] == [1, 2]
    assert [[event.position for event in receipt.events] for receipt in receipts] == [[1], [2, 3]]
    bodies = [json.loads(one.body) for one in await log.stored(0, 10)]
    hashes = [one.body_hash.hex() for one in await log.page(0, 10)]
    assert [body["stream_version"] for body in bodies] == [1, 2, 1]
    assert [body["prevstreamhash"] for body in bodies] == ["0" * 64, hashes[0], "0" * 64]
    assert first.request is not None
    again = await log.answered(first.request)
    assert again is not None
    assert (again.position, again.repeated) == (1, True)


async def test_where_one_of_several_cannot_be_written_none_is(log: EventsourcingLog) -> None:
    await write(log, reserved("anna"))
    known = appending(reserved("bruno"), request=asking("known"))
    await log.append(known)
    before = await log.head()
    good = appending(reserved("wei"), tips={stream_of("wei"): Tip()})
    moved = appending(reserved("anna"), tips={stream_of("anna"): Tip()})
    answered = appending(reserved("mei"), request=asking("known"))
    other = appending(reserved("mei"), request=asking("known", fingerprint=b"something else"))
    for bad, refusal in ((moved, ChangedMeanwhile), (answered, ChangedMeanwhile), (other, Mismatch)):
        for both in ([good, bad], [bad, good]):
            with pytest.raises(refusal):
                await log.append_together(both)
    assert await log.head() == before
    assert good.request is not None
    assert await log.answered(good.request) is None
    await log.append(good)
    assert (await log.head()).position == before.position + 1


async def test_together_and_alone_share_one_log(log: EventsourcingLog) -> None:
    """Groups and single appends at once: positions stay dense, and the tree is that of the leaves."""

    async def together(n: int) -> None:
        pair = [appending(reserved(f"pair{n}-{m}"), tips={stream_of(f"pair{n}-{m}"): Tip()}) for m in range(2)]
        await log.append_together(pair)

    await asyncio.gather(*(together(n) for n in range(20)), *(write(log, reserved("anna")) for _ in range(20)))
    page = await log.page(0, 100)
    assert [one.position for one in page] == list(range(1, 61))
    assert (await log.head()).root == naive_root([one.leaf for one in page])
