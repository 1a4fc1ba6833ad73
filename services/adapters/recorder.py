"""What the log asks of a recorder of the eventsourcing library, beyond what every such recorder does."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from threading import Event
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent

from services.adapters import system
from services.ports import Disclosure

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """An hour as microseconds since 1970, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(us: int) -> datetime:
    """The hour so many microseconds after 1970."""
    return _EPOCH + us * _MICROSECOND


@dataclass(frozen=True)
class NewEvent(StoredEvent):
    """A stored event of the library, with the id by which the world knows it."""

    event_id: UUID


@dataclass(frozen=True)
class KeptEvent(NewEvent):
    """The same in its place: what is given to it under the log's lock."""

    position: int
    recorded_us: int
    leaf: bytes


class Row(NamedTuple):
    """An event as it is read; `stream` and `version` are in its bytes too."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes
    recorded_at: datetime
    leaf: bytes


class Witnessed(NamedTuple):
    """An event with everything that its proof covers or its place is found by."""

    position: int
    recorded_us: int
    stream: str
    version: int
    topic: str
    event_id: str
    state: bytes
    leaf: bytes


class HeadRow(NamedTuple):
    """The end of the log: size, frontier of the tree (root = `services.tree.root_of`), when it was last written to."""

    size: int
    recorded_at: datetime | None
    frontier: Sequence[bytes]


class RequestRow(NamedTuple):
    """A request that was answered; `first` is None where it made no event."""

    source: str
    id: str
    fingerprint: bytes
    outcome: str
    first: int | None
    last: int
    told: str


@dataclass(slots=True)
class Asked:
    """One request of a group. `source` is None where nothing is to be kept of the asking.

    `stands_on`: each stream and the version at which it must still end. `told`: JSON, kept with the request.
    `probe`: only look whether it was answered before and whether its streams have moved; write nothing.
    """

    source: str | None
    id: str | None
    fingerprint: bytes
    outcome: str
    told: str
    decided_us: int
    stands_on: Sequence[tuple[str, int]]
    events: Sequence[NewEvent]
    sealed: Sequence[Disclosure]
    probe: bool = False


class Status(IntEnum):
    """What became of one request of a group."""

    WRITTEN = 0
    REPEATED = 1
    MISMATCH = 2
    CHANGED = 3
    CLEAR = 4


class Verdict(NamedTuple):
    """What became of one request; positions are those of its events, also when they were written the first time."""

    status: Status
    first: int | None = None
    last: int = 0
    outcome: str = ""
    told: str = ""


class Recorder(Protocol):
    """A recorder that keeps a log: dense positions, a tree, requests. Every method waits; none is asynchronous."""

    waits: bool
    """Whether its methods take time, so that they belong on a thread of their own."""

    def append_group(self, group: Sequence[Asked]) -> Sequence[Verdict]:
        """Append several requests in one transaction, each wholly or not at all, in the given order.

        No request may stand on a stream that an earlier one of the group writes to, unless it is a probe, and no
        request id may come twice.
        """
        ...

    def append_together(self, group: Sequence[Asked]) -> Sequence[Verdict]:
        """The same, but the whole group or nothing of it; it was written if every verdict says so.

        A request may write to a stream that an earlier one of the group writes to, where it does not stand on it.
        """
        ...

    def streams_after(self, after: Mapping[str, int]) -> Sequence[Row]:
        """The events of each stream after a version, in the order of the log."""
        ...

    def page(self, after: int, limit: int) -> Sequence[Row]:
        """Events after a position."""
        ...

    def rows_at(self, positions: Sequence[int]) -> Sequence[Row]:
        """The events at these positions, in order."""
        ...

    def head(self) -> HeadRow:
        """The end of the log."""
        ...

    def position_at(self, us: int) -> int:
        """The last position recorded at or before an hour."""
        ...

    def answered(self, requests: Sequence[tuple[str, str]]) -> Sequence[RequestRow]:
        """Those of these requests, by source and id, that were answered."""
        ...

    def every_request(self) -> Generator[RequestRow]:
        """All answered requests, by their last positions, read as they are asked for."""
        ...

    def bookmark(self, follower: str) -> int:
        """How far a follower has come."""
        ...

    def move_bookmark(self, follower: str, position: int) -> None:
        """Remember how far, never backwards."""
        ...

    def hear(self, heard: Callable[[int], None], until: Event) -> None:
        """Call `heard` with the head's position when any process has appended, until told to stop."""
        ...

    def witnessed(self, after: int, limit: int) -> list[Witnessed]:
        """Events after a position, as verification needs them."""
        ...

    def leaves(self, after: int, limit: int) -> Sequence[bytes]:
        """The leaves of events after a position, in order."""
        ...

    def rest(self) -> None:
        """This thread will ask nothing for a long time."""
        ...

    def close(self) -> None:
        """Let go of the machine."""
        ...


def undone(verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
    """The verdicts on a group that is written wholly or not at all: where one was not, none was."""
    if all(verdict.status is Status.WRITTEN for verdict in verdicts):
        return verdicts
    return [Verdict(Status.CLEAR) if verdict.status is Status.WRITTEN else verdict for verdict in verdicts]


def insert_as_one(recorder: Recorder, stored_events: Sequence[StoredEvent]) -> Sequence[int]:
    """The library's own way in, `insert_events`: the events are appended as one request that leaves no trace."""
    firsts: dict[str, int] = {}
    for event in stored_events:
        firsts.setdefault(str(event.originator_id), event.originator_version - 1)
    asked = Asked(
        source=None,
        id=None,
        fingerprint=b"",
        outcome="accepted",
        told="{}",
        decided_us=microseconds(system.now()),
        stands_on=list(firsts.items()),
        events=[
            NewEvent(str(one.originator_id), one.originator_version, one.topic, one.state, _id_of(one))
            for one in stored_events
        ],
        sealed=(),
    )
    [verdict] = recorder.append_group([asked])
    if verdict.status is not Status.WRITTEN:
        msg = f"a version of {', '.join(firsts)} is taken"
        raise IntegrityError(msg)
    return list(range(verdict.last - len(stored_events) + 1, verdict.last + 1))


def _id_of(event: Any) -> UUID:  # noqa: ANN401 - any stored event of the library
    return event.event_id if isinstance(event, NewEvent) else system.new_id()
