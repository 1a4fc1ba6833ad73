"""The log in memory: the library's plain-object recorder with positions, hours, tree and requests of our own."""

from bisect import bisect_right
from collections.abc import Callable, Generator, Mapping, Sequence
from threading import Event
from typing import Any, cast

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from services.adapters.recorder import (
    Asked,
    HeadRow,
    KeptEvent,
    RequestRow,
    Row,
    Status,
    Verdict,
    Witnessed,
    insert_as_one,
    instant_of,
    undone,
)
from services.ports import Disclosure
from services.tree import grow, leaf_hash


class MemoryRecorder(POPOApplicationRecorder):
    """Keeps a log as long as the process lives."""

    waits = False

    def __init__(self) -> None:
        super().__init__()
        self._frontier: list[bytes] = []
        self._hours: list[int] = []
        self._requests: dict[tuple[str, str], RequestRow] = {}
        self._event_ids: dict[object, int] = {}
        self._bookmarks: dict[str, int] = {}
        self.sealed: dict[str, Disclosure] = {}

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:  # noqa: ANN401 - the library's own signature
        """The library's own way in."""
        return insert_as_one(self, stored_events)

    def append_group(self, group: Sequence[Asked]) -> Sequence[Verdict]:
        """See `Recorder`."""
        return self._append(group, together=False)

    def append_together(self, group: Sequence[Asked]) -> Sequence[Verdict]:
        """See `Recorder`."""
        return self._append(group, together=True)

    def _append(self, group: Sequence[Asked], *, together: bool) -> Sequence[Verdict]:
        with self._database_lock:
            size = len(self._stored_events)
            verdicts = [self._judge(asked) for asked in group]
            if together and not all(_is_written(verdict) for verdict in verdicts):
                return undone(verdicts)
            self._assert_new([asked for asked, verdict in zip(group, verdicts, strict=True) if _is_written(verdict)])
            told = [
                self._write(asked) if _is_written(verdict) else verdict
                for asked, verdict in zip(group, verdicts, strict=True)
            ]
            grown = len(self._stored_events) > size
        if grown:
            self._notify_listeners()
        return told

    def _judge(self, asked: Asked) -> Verdict:
        if asked.source is None or asked.id is None:
            written = self._event_ids.get(asked.events[0].event_id) if asked.events else None
            if written is not None:
                return Verdict(Status.REPEATED, written, written + len(asked.events) - 1, asked.outcome, asked.told)
        else:
            earlier = self._requests.get((asked.source, asked.id))
            if earlier is not None:
                if earlier.fingerprint != asked.fingerprint:
                    return Verdict(Status.MISMATCH)
                return Verdict(Status.REPEATED, earlier.first, earlier.last, earlier.outcome, earlier.told)
        if any(self._version(stream) != version for stream, version in asked.stands_on):
            return Verdict(Status.CHANGED)
        return Verdict(Status.CLEAR if asked.probe else Status.WRITTEN)

    def _assert_new(self, group: Sequence[Asked]) -> None:
        events = [event for asked in group for event in asked.events]
        self._assert_uniqueness(events)
        ids = {event.event_id for event in events}
        if len(ids) < len(events) or any(one in self._event_ids for one in ids):
            msg = "an event id is taken"
            raise IntegrityError(msg)

    def _write(self, asked: Asked) -> Verdict:
        first = len(self._stored_events) + 1
        for event in asked.events:
            position = len(self._stored_events) + 1
            hour = max(asked.decided_us, self._hours[-1]) if self._hours else asked.decided_us
            leaf = leaf_hash(position, hour, event.state)
            self._update_table(
                [
                    KeptEvent(
                        originator_id=event.originator_id,
                        originator_version=event.originator_version,
                        topic=event.topic,
                        state=event.state,
                        event_id=event.event_id,
                        position=position,
                        recorded_us=hour,
                        leaf=leaf,
                    )
                ]
            )
            grow(self._frontier, position - 1, leaf)
            self._hours.append(hour)
            self._event_ids[event.event_id] = position
        last = len(self._stored_events)
        self.sealed.update((disclosure.digest, disclosure) for disclosure in asked.sealed)
        if asked.source is not None and asked.id is not None:
            self._requests[asked.source, asked.id] = RequestRow(
                asked.source,
                asked.id,
                asked.fingerprint,
                asked.outcome,
                first if asked.events else None,
                last,
                asked.told,
            )
        return Verdict(Status.WRITTEN, first if asked.events else None, last, asked.outcome, asked.told)

    def _version(self, stream: str) -> int:
        return len(self._stored_events_index.get(stream, ()))

    def streams_after(self, after: Mapping[str, int]) -> Sequence[Row]:
        """See `Recorder`."""
        with self._database_lock:
            return [
                self._row(self._stored_events_index[stream][version])
                for stream, known in after.items()
                for version in range(known + 1, self._version(stream) + 1)
            ]

    def _row(self, index: int) -> Row:
        kept = cast("KeptEvent", self._stored_events[index])
        return Row(
            kept.position,
            str(kept.originator_id),
            kept.originator_version,
            kept.topic,
            kept.state,
            instant_of(kept.recorded_us),
            kept.leaf,
        )

    def page(self, after: int, limit: int) -> Sequence[Row]:
        """See `Recorder`."""
        with self._database_lock:
            return [self._row(index) for index in range(after, min(after + limit, len(self._stored_events)))]

    def rows_at(self, positions: Sequence[int]) -> Sequence[Row]:
        """See `Recorder`."""
        with self._database_lock:
            size = len(self._stored_events)
            return [self._row(position - 1) for position in sorted(positions) if 0 < position <= size]

    def head(self) -> HeadRow:
        """See `Recorder`."""
        with self._database_lock:
            hour = instant_of(self._hours[-1]) if self._hours else None
            return HeadRow(len(self._stored_events), hour, tuple(self._frontier))

    def position_at(self, us: int) -> int:
        """See `Recorder`."""
        with self._database_lock:
            return bisect_right(self._hours, us)

    def answered(self, requests: Sequence[tuple[str, str]]) -> Sequence[RequestRow]:
        """See `Recorder`."""
        return [self._requests[one] for one in requests if one in self._requests]

    def every_request(self) -> Generator[RequestRow]:
        """See `Recorder`."""
        with self._database_lock:
            rows = sorted(self._requests.values(), key=lambda row: (row.last, row.source, row.id))
        yield from rows

    def bookmark(self, follower: str) -> int:
        """See `Recorder`."""
        return self._bookmarks.get(follower, 0)

    def move_bookmark(self, follower: str, position: int) -> None:
        """See `Recorder`."""
        with self._database_lock:
            self._bookmarks[follower] = max(position, self.bookmark(follower))

    def hear(self, heard: Callable[[int], None], until: Event) -> None:
        """See `Recorder`: no other process appends here."""
        del heard
        until.wait()

    def witnessed(self, after: int, limit: int) -> list[Witnessed]:
        """See `Recorder`."""
        with self._database_lock:
            kept = [cast("KeptEvent", one) for one in self._stored_events[after : after + limit]]
        return [
            Witnessed(
                one.position,
                one.recorded_us,
                str(one.originator_id),
                one.originator_version,
                one.topic,
                str(one.event_id),
                one.state,
                one.leaf,
            )
            for one in kept
        ]

    def leaves(self, after: int, limit: int) -> Sequence[bytes]:
        """See `Recorder`."""
        with self._database_lock:
            return [cast("KeptEvent", one).leaf for one in self._stored_events[after : after + limit]]

    def rest(self) -> None:
        """See `Recorder`: there is nothing to keep open."""

    def close(self) -> None:
        """See `Recorder`: there is nothing to let go of."""


def _is_written(verdict: Verdict) -> bool:
    return verdict.status is Status.WRITTEN
