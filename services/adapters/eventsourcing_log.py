"""The event log, by the eventsourcing library's recorders, in memory or in PostgreSQL.

Commands that come while a commit is in flight are appended together by the next one, and reads share a query in the
same way; nobody waits for a timer. What the recorder does synchronously happens on threads of its own in here.
"""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, Literal, NamedTuple, TypeVar, cast

import msgspec
from eventsourcing.persistence import InterfaceError, OperationalError

from domain.envelope import Recorded
from services.adapters.event_json import EventJson
from services.adapters.recorder import (
    Asked,
    NewEvent,
    Recorder,
    Row,
    Status,
    Verdict,
    microseconds,
)
from services.adapters.uncollected import uncollected
from services.adapters.verify_log import verify
from services.ports import (
    Append,
    ChangedMeanwhile,
    EventRef,
    Head,
    Json,
    LogUnavailable,
    Mismatch,
    Receipt,
    Request,
    Stored,
    UnknownEvent,
    Unstorable,
    Verification,
)
from services.tree import root_of

T = TypeVar("T")
EVENTS_A_COMMIT = 2_000
QUESTIONS_A_QUERY = 32
"""Questions that share a query; of a crowd larger than two queries, half."""
WAITING = 20_000
"""Appends that may wait for a commit; more are told to come again."""
PATIENCE = 10.0
"""Seconds for which a lost database is waited for before askers are told so."""
LONGEST_NAME = 1_000


class _Told(msgspec.Struct):
    """What is kept of a receipt besides where its events stand."""

    answer: dict[str, Any]
    flags: tuple[str, ...]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Told).decode


@dataclass(slots=True)
class _Waiting:
    """An append on its way into a commit."""

    asked: Asked
    future: "asyncio.Future[Receipt]"


@dataclass(slots=True)
class _Reading:
    """A question on its way into a query: what came in streams, and whether a request was answered before."""

    after: Mapping[str, int]
    request: Request | None
    future: "asyncio.Future[_Found]"


class _Found(NamedTuple):
    """What a question found. Where a request was answered, its answer is all that is told."""

    earlier: Receipt | None
    news: Mapping[str, Sequence[Recorded]]


class EventsourcingLog:
    """Implements the port `EventLog` on either recorder."""

    def __init__(
        self,
        recorder: Recorder,
        name: str,
        *,
        codec: EventJson | None = None,
        waiting: int = WAITING,
        patience: float = PATIENCE,
    ) -> None:
        self._recorder = recorder
        self._name = name
        self._codec = codec or EventJson()
        self._most = waiting
        self._patience = patience
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="log-writer") if recorder.waits else None
        self._reader = ThreadPoolExecutor(2, thread_name_prefix="log-reader") if recorder.waits else None
        self._appends: deque[_Waiting] = deque()
        self._appending: asyncio.Task[None] | None = None
        self._reads: list[_Reading] = []
        self._reading: asyncio.Task[None] | None = None
        self._known = 0
        self._wakes: dict[asyncio.Future[None], asyncio.AbstractEventLoop] = {}
        self._waking = threading.Lock()
        self._closed = False
        self._unwanted = threading.Event()
        self._ears: threading.Thread | None = None
        if recorder.waits:
            self._ears = threading.Thread(target=recorder.hear, args=(self._advance, self._unwanted), daemon=True)
            self._ears.start()

    @property
    def name(self) -> str:
        """The organisation."""
        return self._name

    # ------------------------------------------------------------------------------------------------------- append

    async def append(self, append: Append) -> Receipt:
        """See `EventLog`."""
        asked = self._asked(append)
        if self._closed:
            msg = "the log is closed"
            raise LogUnavailable(msg)
        if len(self._appends) >= self._most:
            msg = f"{self._most} appends are waiting already"
            raise LogUnavailable(msg)
        waiting = _Waiting(asked, asyncio.get_running_loop().create_future())
        self._appends.append(waiting)
        if self._appending is None or self._appending.done():
            self._appending = asyncio.create_task(self._append_all())
        return await waiting.future

    async def append_together(self, appends: Sequence[Append]) -> Sequence[Receipt]:
        """See `EventLog`. Raises `Unstorable` besides, where a value has no stored form."""
        if self._closed:
            msg = "the log is closed"
            raise LogUnavailable(msg)
        written: dict[str, tuple[int, bytes]] = {}
        group = [self._asked(append, written) for append in appends]
        verdicts = await self._on_writer(self._commit_together, group)
        self._advance(max((verdict.last for verdict in verdicts), default=0))
        if any(verdict.status is Status.MISMATCH for verdict in verdicts):
            raise Mismatch(*(one.request.id for one in appends if one.request))
        if any(verdict.status is not Status.WRITTEN for verdict in verdicts):
            raise ChangedMeanwhile(*(stream for asked in group for stream, _ in asked.stands_on))
        return [_receipt_of(asked, verdict) for asked, verdict in zip(group, verdicts, strict=True)]

    def _asked(self, append: Append, written: dict[str, tuple[int, bytes]] | None = None) -> Asked:
        """The append with its events as bytes; each holds the hash of the one before it in its stream.

        `written`: where streams end by what comes before this append in the same transaction; it is brought up to date.
        """
        before = {} if written is None else dict(written)
        tips = {name: (tip.version, tip.body_hash) for name, tip in append.stands_on.items()} | before
        events: list[NewEvent] = []
        for unrecorded in append.events:
            envelope = unrecorded.envelope
            version, forerunner = tips.setdefault(envelope.stream, (0, bytes(32)))
            if not version:
                _check_name(envelope.stream)
            if envelope.stream_version != version + 1:
                msg = f"{envelope.stream} ends at {version}, so {envelope.stream_version} cannot follow"
                raise ValueError(msg)
            state = self._codec.encode(envelope, unrecorded.event, forerunner)
            events.append(NewEvent(envelope.stream, version + 1, envelope.name, state, envelope.event_id))
            tips[envelope.stream] = version + 1, sha256(state).digest()
            if written is not None:
                written[envelope.stream] = tips[envelope.stream]
        request = append.request
        begun = tips.keys() - append.stands_on.keys() - before.keys()
        stands_on = [(stream, tip.version) for stream, tip in append.stands_on.items() if stream not in before]
        if request:
            _check_name(request.source)
            _check_name(request.id)
        return Asked(
            source=request.source if request else None,
            id=request.id if request else None,
            fingerprint=request.fingerprint if request else b"",
            outcome=append.outcome,
            told=_told(append),
            decided_us=microseconds(append.decided_at),
            stands_on=[*stands_on, *((stream, 0) for stream in begun)],
            events=events,
            sealed=append.disclosures,
        )

    async def _append_all(self) -> None:
        """Commit group after group until nobody waits."""
        while self._appends:
            group = self._next_group()
            try:
                verdicts = await self._on_writer(self._commit, [waiting.asked for waiting in group])
            except BaseException as error:
                if isinstance(error, Exception) and not isinstance(error, LogUnavailable) and len(group) > 1:
                    verdicts = await self._one_by_one(group)
                else:
                    _fail(group, error)
                    if not isinstance(error, Exception):
                        _fail(self._appends, error)
                        self._appends.clear()
                        raise
                    continue
            await self._tell(group, verdicts)

    async def _one_by_one(self, group: Sequence[_Waiting]) -> Sequence[Verdict | Exception]:
        """One request of the group broke the commit: let it break alone."""
        verdicts: list[Verdict | Exception] = []
        for waiting in group:
            try:
                verdicts += await self._on_writer(self._commit, [waiting.asked])
            except Exception as error:
                verdicts.append(error)
        return verdicts

    def _next_group(self) -> Sequence[_Waiting]:
        """What goes into the next commit: the same request only once; where an earlier one of the group writes to a
        stream that a later one stands on, the later one only asks whether it was answered before."""
        group: list[_Waiting] = []
        left: list[_Waiting] = []
        ids: set[tuple[str | None, str | None]] = set()
        written: set[str] = set()
        events = 0
        while self._appends and (not group or events + len(self._appends[0].asked.events) <= EVENTS_A_COMMIT):
            waiting = self._appends.popleft()
            asked = waiting.asked
            if asked.source is not None:
                key = (asked.source, asked.id)
                if key in ids:
                    left.append(waiting)
                    continue
                ids.add(key)
            asked.probe = not written.isdisjoint([stream for stream, _ in asked.stands_on])
            if not asked.probe:
                written.update([str(event.originator_id) for event in asked.events])
            events += len(asked.events)
            group.append(waiting)
            if len(group) >= EVENTS_A_COMMIT:
                break
        self._appends.extendleft(reversed(left))
        return group

    def _commit(self, group: Sequence[Asked]) -> Sequence[Verdict]:
        """Append a group. What became of it is not known when the connection is lost, so it is sent again: what was
        written is then found, by its request id or, where that leaves no trace, by its event ids."""
        return self._patiently(self._recorder.append_group, group)

    def _commit_together(self, group: Sequence[Asked]) -> Sequence[Verdict]:
        """Append a group wholly or not at all; sent again after a lost connection, it may be found written."""
        return self._patiently(self._recorder.append_together, group)

    async def _tell(self, group: Sequence[_Waiting], verdicts: Sequence[Verdict | Exception]) -> None:
        """Answer everybody in the group, or put them back in front of the queue."""
        moved = {
            event.originator_id
            for waiting, verdict in zip(group, verdicts, strict=True)
            if isinstance(verdict, Verdict) and verdict.status is Status.WRITTEN
            for event in waiting.asked.events
        }
        again: list[_Waiting] = []
        repeated: list[tuple[_Waiting, Verdict]] = []
        for waiting, verdict in zip(group, verdicts, strict=True):
            if isinstance(verdict, Exception):
                _fail([waiting], verdict)
                continue
            asked = waiting.asked
            match verdict.status:
                case Status.WRITTEN:
                    _answer(waiting, _receipt_of(asked, verdict))
                case Status.REPEATED:
                    repeated.append((waiting, verdict))
                case Status.MISMATCH:
                    _fail([waiting], Mismatch(asked.source, asked.id))
                case Status.CLEAR if not any(stream in moved for stream, _ in asked.stands_on):
                    again.append(waiting)
                case Status.CHANGED | Status.CLEAR:
                    _fail([waiting], ChangedMeanwhile(*(stream for stream, _ in asked.stands_on)))
        self._appends.extendleft(reversed(again))
        self._advance(max((verdict.last for verdict in verdicts if isinstance(verdict, Verdict)), default=0))
        if repeated:
            await self._tell_again(repeated)

    async def _tell_again(self, repeated: Sequence[tuple[_Waiting, Verdict]]) -> None:
        """Answer as the first time. Who finds the very bytes that they sent has not asked twice: the connection was
        lost between their commit and its answer."""
        try:
            receipts = await self._on_reader(self._earlier, [verdict for _, verdict in repeated])
        except Exception as error:
            _fail([waiting for waiting, _ in repeated], error)
            return
        for (waiting, _), (receipt, states) in zip(repeated, receipts, strict=True):
            sent = [event.state for event in waiting.asked.events]
            _answer(waiting, replace(receipt, repeated=False) if sent and sent == states else receipt)

    def _earlier(self, verdicts: Sequence[Verdict]) -> Sequence[tuple[Receipt, Sequence[bytes]]]:
        """The receipts of requests that were answered before, and the stored bytes of their events."""
        ranges = [range(verdict.first, verdict.last + 1) if verdict.first else range(0) for verdict in verdicts]
        positions = [position for wanted in ranges for position in wanted]
        rows = {row.position: row for row in self._patiently(self._recorder.rows_at, positions)} if positions else {}
        earlier: list[tuple[Receipt, Sequence[bytes]]] = []
        for verdict, wanted in zip(verdicts, ranges, strict=True):
            own = [rows[position] for position in wanted]
            refs = tuple(EventRef(row.topic, row.stream, row.version, row.position) for row in own)
            receipt = _receipt(verdict.outcome, verdict.last, refs, verdict.told, repeated=True)
            earlier.append((receipt, [row.state for row in own]))
        return earlier

    async def answered(self, request: Request) -> Receipt | None:
        """See `EventLog`."""
        return (await self._look({}, request)).earlier

    # --------------------------------------------------------------------------------------------------------- read

    async def read(self, after: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """See `EventLog`."""
        return (await self._look(after)).news

    async def take_up(self, request: Request, after: Mapping[str, int]) -> Receipt | Mapping[str, Sequence[Recorded]]:
        """See `EventLog`."""
        found = await self._look(after, request)
        return found.earlier or found.news

    async def _look(self, after: Mapping[str, int], request: Request | None = None) -> _Found:
        reading = _Reading(after, request, asyncio.get_running_loop().create_future())
        self._reads.append(reading)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._look_for_all())
        return await reading.future

    async def _look_for_all(self) -> None:
        """Ask for those who wait, together, until nobody waits.

        A crowd is split: while the first think about their answers, the database looks for the others. Were all
        answered at once they would all decide, and then all commit, and one of the two machines would always rest.
        """
        while self._reads:
            most = max(QUESTIONS_A_QUERY, len(self._reads) // 2)
            group, self._reads = self._reads[:most], self._reads[most:]
            try:
                found = await self._on_reader(self._find, group)
            except BaseException as error:
                _fail(group, error)
                if not isinstance(error, Exception):
                    raise
                continue
            for reading, one in zip(group, found, strict=True):
                _fail([reading], one) if isinstance(one, Exception) else _answer(reading, one)

    def _find(self, group: Sequence[_Reading]) -> Sequence[_Found | Exception]:
        """What each of a group asked for, or why it cannot have it."""
        answers = self._first_answers([reading.request for reading in group if reading.request is not None])
        wanted: dict[str, int] = {}
        for reading in group:
            for stream, version in reading.after.items():
                if version < wanted.get(stream, version + 1):
                    wanted[stream] = version
        streams = self._streams_after(wanted)
        return [_found(reading, answers, streams) for reading in group]

    def _first_answers(self, requests: Sequence[Request]) -> "Mapping[tuple[str, str], tuple[bytes, Receipt]]":
        """The fingerprints and receipts of those that were answered before."""
        if not requests:
            return {}
        rows = self._patiently(self._recorder.answered, [(one.source, one.id) for one in requests])
        verdicts = [Verdict(Status.REPEATED, row.first, row.last, row.outcome, row.told) for row in rows]
        return {
            (row.source, row.id): (row.fingerprint, receipt)
            for row, (receipt, _) in zip(rows, self._earlier(verdicts), strict=True)
        }

    def _streams_after(self, wanted: Mapping[str, int]) -> Mapping[str, list[Recorded] | UnknownEvent]:
        """What came in each stream, or an event in it which this release does not know."""
        found: dict[str, list[Recorded] | UnknownEvent] = {}
        if not wanted:
            return found
        for row in self._patiently(self._recorder.streams_after, wanted):
            sofar = found.setdefault(row.stream, [])
            if not isinstance(sofar, UnknownEvent):
                try:
                    sofar.append(self._recorded(row))
                except UnknownEvent as unknown:
                    found[row.stream] = unknown
        return found

    def _recorded(self, row: Row) -> Recorded:
        envelope, event = self._codec.decode(row.topic, row.state)
        return Recorded(envelope, event, row.position, row.recorded_at, sha256(row.state).digest(), row.leaf)

    def opened(self, name: str, stored: Stored) -> Recorded:
        """An event as it lies in the log, read. Raises `UnknownEvent`."""
        envelope, event = self._codec.decode(name, stored.body)
        return Recorded(envelope, event, stored.position, stored.recorded_at, sha256(stored.body).digest(), stored.leaf)

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        """See `EventLog`. A page ends before an event that this release does not know; one that would begin with it
        raises `UnknownEvent`, so that followers come up to it and stop there."""
        return await self._on_reader(self._page, after, limit)

    def _page(self, after: int, limit: int) -> Sequence[Recorded]:
        page: list[Recorded] = []
        decode, add = self._codec.decode, page.append
        rows = self._patiently(self._recorder.page, after, limit)
        with uncollected():
            for position, _, _, topic, state, recorded_at, leaf in rows:
                try:
                    envelope, event = decode(topic, state)
                except UnknownEvent:
                    if not page:
                        raise
                    break
                add(Recorded(envelope, event, position, recorded_at, sha256(state).digest(), leaf))
        return page

    async def stored(self, after: int, limit: int) -> Sequence[Stored]:
        """See `EventLog`."""
        rows = await self._on_reader(self._patiently, self._recorder.page, after, limit)
        return [Stored(row.position, row.stream, row.version, row.recorded_at, row.state, row.leaf) for row in rows]

    async def bytes_at(self, position: int) -> bytes | None:
        """See `EventLog`."""
        rows = await self._on_reader(self._patiently, self._recorder.rows_at, [position])
        return rows[0].state if rows else None

    async def leaves(self, after: int, limit: int) -> Sequence[bytes]:
        """See `EventLog`."""
        return await self._on_reader(self._patiently, self._recorder.leaves, after, limit)

    async def head(self) -> Head:
        """See `EventLog`."""
        row = await self._on_reader(self._patiently, self._recorder.head)
        self._advance(row.size)
        return Head(row.size, row.recorded_at, root_of(row.frontier))

    async def position_at(self, instant: datetime) -> int:
        """See `EventLog`."""
        return await self._on_reader(self._patiently, self._recorder.position_at, microseconds(instant))

    async def verify(self, seen: Callable[[int, int], None] | None = None, *, upto: int | None = None) -> Verification:
        """See `EventLog`."""
        work = partial(verify, self._recorder, self._name, seen or (lambda _, __: None), upto=upto)
        return await asyncio.to_thread(self._patiently, work)

    async def bookmark(self, follower: str) -> int:
        """See `EventLog`."""
        return await self._on_reader(self._patiently, self._recorder.bookmark, follower)

    async def move_bookmark(self, follower: str, position: int) -> None:
        """See `EventLog`."""
        await self._on_reader(self._patiently, self._recorder.move_bookmark, follower, position)

    # --------------------------------------------------------------------------------------------------------- wait

    async def beyond(self, position: int, *, seconds: float) -> int:
        """See `EventLog`."""
        until = time.monotonic() + seconds
        if self._known <= position:
            await self.head()
        while self._known <= position and (left := until - time.monotonic()) > 0:
            loop = asyncio.get_running_loop()
            wake: asyncio.Future[None] = loop.create_future()
            with self._waking:
                self._wakes[wake] = loop
            try:
                if self._known <= position:
                    async with asyncio.timeout(left):
                        await wake
            except TimeoutError:
                break
            finally:
                with self._waking:
                    self._wakes.pop(wake, None)
        return self._known

    def _advance(self, head: int) -> None:
        """The log reaches this far; called from any thread."""
        with self._waking:
            if head <= self._known:
                return
            self._known = head
            wakes = list(self._wakes.items())
        for wake, loop in wakes:
            with contextlib.suppress(RuntimeError):  # the loop that waited is closed: nobody waits there any more
                loop.call_soon_threadsafe(_wake, wake)

    # ------------------------------------------------------------------------------------------------------ threads

    async def close(self) -> None:
        """Finish what waits, then let go of the machine."""
        self._closed = True
        for task in (self._appending, self._reading):
            if task is not None and not task.done():
                await asyncio.wait([task])
        for executor in (self._writer, self._reader):
            if executor is not None:
                await asyncio.to_thread(executor.shutdown)
        self._unwanted.set()
        if self._ears is not None:
            await asyncio.to_thread(self._ears.join, 3.0)
        self._recorder.close()

    async def _on_writer(self, work: Callable[..., T], *args: Any) -> T:  # noqa: ANN401 - the work's own arguments
        return await self._elsewhere(self._writer, work, *args)

    async def _on_reader(self, work: Callable[..., T], *args: Any) -> T:  # noqa: ANN401 - the work's own arguments
        return await self._elsewhere(self._reader, work, *args)

    async def _elsewhere(self, executor: ThreadPoolExecutor | None, work: Callable[..., T], *args: Any) -> T:  # noqa: ANN401 - the work's own arguments
        if executor is None:
            await asyncio.sleep(0)
            return work(*args)
        return await asyncio.get_running_loop().run_in_executor(executor, work, *args)

    def _patiently(self, ask: Callable[..., T], *args: Any) -> T:  # noqa: ANN401 - the question's own arguments
        """Ask the database; what is asked here may be repeated freely when the connection is lost."""
        until = time.monotonic() + self._patience
        pause = 0.0
        while True:
            try:
                return ask(*args)
            except (OperationalError, InterfaceError) as error:
                if time.monotonic() + pause > until or self._closed:
                    msg = "the database is away"
                    raise LogUnavailable(msg) from error
                time.sleep(pause)
                pause = min(2 * pause or 0.05, 1.0)


def _wake(wake: "asyncio.Future[None]") -> None:
    if not wake.done():
        wake.set_result(None)


def _answer(waiting: Any, answer: Any) -> None:  # noqa: ANN401 - an append and its receipt, or a read and what it found
    if not waiting.future.done():
        waiting.future.set_result(answer)


def _fail(group: Iterable[_Waiting | _Reading], error: BaseException) -> None:
    for waiting in group:
        if not waiting.future.done():
            waiting.future.set_exception(error) if isinstance(error, Exception) else waiting.future.cancel()


def _found(
    reading: _Reading,
    answers: Mapping[tuple[str, str], tuple[bytes, Receipt]],
    streams: Mapping[str, list[Recorded] | UnknownEvent],
) -> _Found | Exception:
    """What one of a group asked for, of all that was found for the group."""
    request = reading.request
    if request is not None and (answered := answers.get((request.source, request.id))):
        fingerprint, earlier = answered
        return _Found(earlier, {}) if fingerprint == request.fingerprint else Mismatch(request.source, request.id)
    news: dict[str, Sequence[Recorded]] = {}
    for stream, version in reading.after.items():
        recorded = streams.get(stream, ())
        if isinstance(recorded, UnknownEvent):
            return recorded
        if recorded and recorded[0].envelope.stream_version <= version:  # somebody else of the group knew less of it
            recorded = [one for one in recorded if one.envelope.stream_version > version]
        news[stream] = recorded
    return _Found(None, news)


def _check_name(name: str) -> None:
    """Names are keys of the database: text that it can hold, and short enough for an index."""
    try:
        encoded = name.encode()
    except UnicodeEncodeError as error:
        msg = "a name with half a character (a lone surrogate)"
        raise Unstorable(msg) from error
    if not 0 < len(encoded) <= LONGEST_NAME or b"\0" in encoded:
        msg = f"a name of {len(encoded)} bytes, or with a zero byte: 1 to {LONGEST_NAME} can be kept"
        raise Unstorable(msg)


def _told(append: Append) -> str:
    try:
        return _encode({"answer": append.answer, "flags": append.flags}).decode()
    except (TypeError, ValueError) as error:  # among them the broken character
        msg = "the answer is not plain JSON"
        raise Unstorable(msg) from error


def _receipt_of(asked: Asked, verdict: Verdict) -> Receipt:
    first = verdict.first or 0
    refs = tuple(
        EventRef(event.topic, str(event.originator_id), event.originator_version, first + n)
        for n, event in enumerate(asked.events)
    )
    return _receipt(verdict.outcome, verdict.last, refs, verdict.told, repeated=False)


def _receipt(outcome: str, position: int, events: tuple[EventRef, ...], told: str, *, repeated: bool) -> Receipt:
    kept = _decode(told)
    return Receipt(
        outcome=cast('Literal["accepted", "refused"]', outcome),
        position=position,
        events=events,
        flags=kept.flags,
        answer=cast("Mapping[str, Json]", kept.answer),
        repeated=repeated,
    )
