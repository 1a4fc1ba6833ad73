"""What a page of events does to a read model: folded in memory, written in bulk. Whoever cannot be folded is parked."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from domain.envelope import Recorded
from projections.projection import Facts, Key, Known, Projection, Spans, fold_into, spans_by_key
from services.ports import Changes, Parked


def of_interest(projection: Projection, events: Sequence[Recorded], parked: Mapping[str, Parked]) -> list[Recorded]:
    """The events that a read model takes in, but for those of parked streams, which wait in the log."""
    return [
        event for event in events if type(event.event) in projection.handles and event.envelope.stream not in parked
    ]


def touched(projection: Spans[Any], events: Sequence[Recorded]) -> Sequence[Key]:
    """The keys of which events speak."""
    keys: dict[Key, None] = {}
    for event in events:
        with suppress(Exception):  # an event that cannot even be asked is left to the fold, which parks its stream
            key = projection.touches(event)
            if key is not None:
                keys[key] = None
    return list(keys)


def facts_added(projection: Facts[Any], events: Sequence[Recorded]) -> Changes:
    """The rows that events add."""
    rows: list[Any] = []
    parked: dict[str, Parked] = {}
    for event in events:
        if event.envelope.stream in parked:
            continue
        try:
            rows += projection.project(event)
        except Exception as error:  # whatever is wrong: the stream is parked and shown, nothing is skipped
            parked[event.envelope.stream] = to_park(event, error)
    return Changes(added=rows, parked=tuple(parked.values()))


def spans_changed(projection: Spans[Any], events: Sequence[Recorded], held: Sequence[Known[Any]]) -> Changes:
    """What is no longer true, and what is true instead; `held`: what was true of the keys that events touch."""
    current = {key: list(rows) for key, rows in spans_by_key(projection, held).items()}
    closed: list[Known[Any]] = []
    parked: dict[str, Parked] = {}
    for event in events:
        if event.envelope.stream in parked:
            continue
        try:
            fold_into(projection, current, closed, event)
        except Exception as error:  # as above
            parked[event.envelope.stream] = to_park(event, error)
    before = {(known.known_from, known.ordinal) for known in held}
    after = [*closed, *(known for rows in current.values() for known in rows)]
    return Changes(
        closed=[known for known in closed if (known.known_from, known.ordinal) in before],
        opened=[known for known in after if (known.known_from, known.ordinal) not in before],
        parked=tuple(parked.values()),
    )


def to_park(event: Recorded, error: Exception) -> Parked:
    """The stream of an event that could not be taken in, and why."""
    return Parked(
        stream=event.envelope.stream,
        position=event.position,
        version=event.envelope.stream_version,
        event=event.envelope.name,
        error=f"{type(error).__name__}: {error}"[:500],
    )
