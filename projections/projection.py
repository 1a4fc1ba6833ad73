"""What a read model is: rows made from events, in a way that gives the same rows for every honest order of events.

Two shapes cover every question (architecture §4). `Facts`: an event adds rows, and they stay. `Spans`: an event
says what is true of a key from now on; what was true before is kept with the positions between which it was known.
Either way a question "as of a position" is a filter and never a second road.
A row depends on one stream only, so the order between streams does not matter.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from domain.envelope import Recorded

Row = TypeVar("Row")
Key: TypeAlias = tuple[Hashable, ...]


@dataclass(frozen=True)
class Facts(Generic[Row]):
    """A read model to which events only add.

    `row`: a frozen dataclass with an int field `position`, the position of the event that made the row; with
    `key` (field names, `position` among them or unique per event) each row is told apart; `indexes`: the fields by
    which it is looked up, each a tuple of names, most often used first. `handles`: the events that make rows.
    """

    name: str
    version: int
    row: type[Row]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...]
    handles: frozenset[type[object]]
    project: Callable[[Recorded], Iterable[Row]]


@dataclass(frozen=True)
class Valid:
    """The fields between which a row holds in the world: [begins, ends). `open`: the end that means "not known yet"."""

    begins: str
    ends: str
    open: datetime


@dataclass(frozen=True)
class Spans(Generic[Row]):
    """A read model of what is true now, and of what was held true at any earlier position.

    `row`: a frozen dataclass without positions: the store adds `known_from` and `known_to` (None while current).
    `key`: the fields that name what the rows are about; several rows may be true of one key at a time (spans of
    valid time). `touches`: the key that an event speaks of, or None. `fold`: the rows true of that key before → after.
    `indexes` may name `known_to` too: `("known_to", "due_at")` finds what is true now by its hour, however much was
    true before; where it is not named it comes last. `valid`: between which hours a row holds in the world, where it
    says so; the store then knows how long the longest of them is, which bounds the search for what held at an instant.
    """

    name: str
    version: int
    row: type[Row]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...]
    handles: frozenset[type[object]]
    touches: Callable[[Recorded], Key | None]
    fold: Callable[[Sequence[Row], Recorded], Sequence[Row]]
    valid: Valid | None = None


Projection: TypeAlias = Facts[Any] | Spans[Any]


@dataclass(frozen=True)
class Known(Generic[Row]):
    """A row of a `Spans` model with the positions between which it was held true: [known_from, known_to).

    `ordinal` tells apart the rows that one event made true; with `known_from` it names the row for ever.
    """

    row: Row
    known_from: int
    known_to: int | None
    ordinal: int = 0


def known_at(position: int, known: Known[Any]) -> bool:
    """Whether the row was held true by the log up to and including a position."""
    return known.known_from <= position and (known.known_to is None or position < known.known_to)


def replay(projection: Projection, events: Iterable[Recorded]) -> Sequence[Any]:
    """All rows that a history makes, from nothing: facts as they are, spans as `Known`, closed ones included."""
    if isinstance(projection, Facts):
        return [row for event in events if type(event.event) in projection.handles for row in projection.project(event)]
    current: dict[Key, list[Known[Any]]] = {}
    closed: list[Known[Any]] = []
    for event in events:
        fold_into(projection, current, closed, event)
    return [*closed, *(known for rows in current.values() for known in rows)]


def fold_into(
    projection: Spans[Any], current: dict[Key, list[Known[Any]]], closed: list[Known[Any]], event: Recorded
) -> Key | None:
    """Fold one event into the rows of the key that it touches; rows that are no longer true move to `closed`."""
    if type(event.event) not in projection.handles:
        return None
    key = projection.touches(event)
    if key is None:
        return None
    before = current.get(key, [])
    after = list(projection.fold([known.row for known in before], event))
    kept: list[Known[Any]] = []
    for known in before:
        if known.row in after:
            after.remove(known.row)
            kept.append(known)
        elif known.known_from < event.position:
            closed.append(Known(known.row, known.known_from, event.position, known.ordinal))
    current[key] = [*kept, *(Known(row, event.position, None, ordinal) for ordinal, row in enumerate(after))]
    return key


def spans_by_key(projection: Spans[Any], rows: Iterable[Known[Any]]) -> Mapping[Key, list[Known[Any]]]:
    """Rows gathered by the key that they are about."""
    gathered: dict[Key, list[Known[Any]]] = {}
    for known in rows:
        key = tuple(getattr(known.row, name) for name in projection.key)
        gathered.setdefault(key, []).append(known)
    return gathered
