"""Checks a whole log against itself: what it holds is what its tree, its chains and its head say.

It stands on nothing but stored rows and hashes, and reads no event's own words. Whoever can write to the database can
write a consistent lie; that is found against roots that were signed and kept elsewhere, not here.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from struct import Struct

import msgspec

from services.adapters.recorder import HeadRow, Recorder, RequestRow, Witnessed, instant_of
from services.adapters.uncollected import uncollected
from services.ports import Finding, Verification
from services.tree import grow, root_of

PAGE = 5_000
_BEGINNING = (0, "0" * 64)
_PLACE = Struct(">Bqq")
"""What a leaf covers before the event's bytes (`services.tree.leaf_hash`): a zero, the position, the hour."""


class _Bound(msgspec.Struct, gc=False):
    """What of the body is bound to what lies around it."""

    event_id: str
    log: str
    prevstreamhash: str
    request_id: str
    source: str
    stream: str
    stream_version: int
    type: str


class _Found(Exception):
    def __init__(self, position: int, sentence: str) -> None:
        super().__init__(sentence)
        self.finding = Finding(position, sentence)


def verify(
    recorder: Recorder,
    log: str,
    seen: Callable[[int, int], None] = lambda _, __: None,
    *,
    upto: int | None = None,
) -> Verification:
    """Check everything up to the present end of a log; the first thing that is wrong, if any, in a sentence.

    `seen`: told after each page how many of how many events were checked. `upto`: a position up to which is enough;
    the whole tree and the requests are then not compared. It takes about a hundred bytes of memory for each stream.
    """
    head = recorder.head()
    requests = recorder.every_request()
    check = _Check(log, head, requests, head.size if upto is None else min(upto, head.size))
    with ThreadPoolExecutor(1, thread_name_prefix="log-verifier") as reader:
        try:
            page = reader.submit(_witnessed, recorder, 0)
            while (rows := page.result()) and check.size < check.limit:
                page = reader.submit(_witnessed, recorder, rows[-1].position)
                with uncollected():
                    check.page(rows)
                seen(check.size, check.limit)
            check.end(recorder.head().size)
        except _Found as found:
            return Verification(check.size, len(check.tips), root_of(check.frontier), found.finding)
        finally:
            reader.submit(recorder.rest)
            requests.close()
            recorder.rest()
    return Verification(check.size, len(check.tips), root_of(check.frontier), None)


def _witnessed(recorder: Recorder, after: int) -> list[Witnessed]:
    with uncollected():
        return recorder.witnessed(after, PAGE)


class _Check:
    """How far the check has come and what it knows by then."""

    def __init__(self, log: str, head: HeadRow, requests: Iterator[RequestRow], limit: int) -> None:
        self.limit = limit
        self.log = log
        self.head = head
        self.size = 0
        self.hour = -(1 << 62)
        self.frontier: list[bytes] = []
        self.tips: dict[str, tuple[int, str]] = {}
        self._decode = msgspec.json.Decoder(_Bound).decode
        self._requests = requests
        self._request = next(requests, None)
        self._asker: tuple[str, str] | None = None
        self._asker_since = 0

    def page(self, rows: "list[Witnessed]") -> None:
        """The next rows of the log, as far as its head reached when the check began."""
        tips, frontier, decode = self.tips, self.frontier, self._decode
        size, hour, asker = self.size, self.hour, self._asker
        limit, log, place = self.limit, self.log, _PLACE.pack
        for position, recorded_us, stream, version, topic, event_id, state, leaf in rows:
            if position > limit:
                break
            if position != size + 1:
                raise _Found(size + 1, f"position {size + 1} is missing; after {size} comes {position}")
            if recorded_us < hour:
                raise _Found(
                    position, f"it says that it was recorded at {instant_of(recorded_us)}, before the one before it"
                )
            if sha256(place(0, position, recorded_us) + state).digest() != leaf:
                raise _Found(position, "its bytes, its position or its hour are not those that its leaf was made of")
            try:
                bound = decode(state)
            except msgspec.DecodeError as error:
                raise _Found(position, f"its bytes are no stored event: {error}") from error
            if bound.stream != stream or bound.stream_version != version or bound.type != topic:
                raise _Found(position, f"it is filed as {topic}, {stream} {version}; its bytes say otherwise")
            if bound.event_id != event_id or bound.log != log:
                raise _Found(position, "it is filed under another id, or in another log, than its bytes say")
            last, forerunner = tips.get(stream, _BEGINNING)
            if version != last + 1:
                raise _Found(position, f"{stream} goes from version {last} to {version}")
            if bound.prevstreamhash != forerunner:
                raise _Found(position, f"it follows on other bytes than {stream} {last} has")
            tips[stream] = version, sha256(state).hexdigest()
            grow(frontier, size, leaf)
            size, hour = position, recorded_us
            if asker is None or asker[1] != bound.request_id or asker[0] != bound.source:
                asker = self._asker = (bound.source, bound.request_id)
                self._asker_since = position
            request = self._request
            if request is not None and request.last <= position:
                self._check_requests(position)
        self.size, self.hour, self._asker = size, hour, asker

    def _check_requests(self, position: int) -> None:
        """The requests whose last event this is; those without events name the head of their time."""
        while self._request is not None and self._request.last <= position:
            request = self._request
            if request.first is not None:
                own = self._asker == (request.source, request.id) and self._asker_since <= request.first
                if request.last != position or request.first > request.last or not own:
                    raise _Found(
                        request.last,
                        f"request {request.id} of {request.source} claims positions {request.first} to {request.last}, "
                        "where other requests' events stand",
                    )
            self._request = next(self._requests, None)

    def end(self, size_now: int) -> None:
        """What the head and the requests say about the end; requests of a log that has grown since may be newer."""
        head = self.head
        if self.size != self.limit:
            raise _Found(self.size + 1, f"the event is missing: the log ends at {self.size}; its head says {head.size}")
        if self.limit < head.size:
            return
        if root_of(self.frontier) != root_of(head.frontier):
            raise _Found(self.size, "the head holds another tree than the events make")
        if head.size and (head.recorded_at is None or head.recorded_at != instant_of(self.hour)):
            raise _Found(self.size, f"the head says that the last event was recorded at {head.recorded_at}")
        if self._request is not None and self._request.last > size_now:
            raise _Found(
                self.size,
                f"request {self._request.id} of {self._request.source} was answered with position "
                f"{self._request.last}; the log ends at {size_now}",
            )
