"""Read models in memory: for tests, and for everything that is thrown away afterwards."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, cast

from projections.projection import Key, Known, Projection, Spans
from services.ports import (
    Between,
    Changes,
    Delivery,
    FedBy,
    Forgotten,
    Mark,
    MovedMeanwhile,
    Now,
    OneOf,
    Parked,
    Progress,
    ShapeChanged,
    Standing,
    Unwritable,
)


@dataclass
class _Table:
    projection: Projection
    position: int = 0
    rows: dict[Key, Any] = field(default_factory=dict[Key, Any])
    held: dict[Key, dict[Key, Known[Any]]] = field(default_factory=dict[Key, dict[Key, Known[Any]]])
    parked: dict[str, Parked] = field(default_factory=dict[str, Parked])
    by: dict[tuple[str, Any], dict[Key, Any]] = field(default_factory=dict[tuple[str, Any], dict[Key, Any]])


@dataclass
class _Model:
    live: _Table
    shadow: _Table | None = None
    heartbeat: datetime | None = None
    state: Literal["live", "stopped"] = "live"
    error: str | None = None
    rate: int | None = None
    marks: dict[int, Mark] = field(default_factory=dict[int, Mark])


class MemoryReadStore:
    """Rows in dictionaries; the same answers as the real one, from a full look at the table."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._models: dict[str, _Model] = {}
        self._fed: FedBy | None = None

    async def prepare(self, projections: Sequence[Projection]) -> None:
        """Make sure that each read model has its table."""
        for projection in projections:
            new = _name(projection) not in self._models
            model = self._model(projection)
            if new and self._fed is not None:
                model.marks = {part: Mark() for part in range(self._fed.partitions)}
            if _shape(model.live.projection) != _shape(projection):
                raise ShapeChanged(_name(projection))

    async def standing(self, projection: Projection, *, shadow: bool = False) -> Standing:
        """The position up to which the rows are complete, and the streams that are parked."""
        table = self._model(projection).shadow if shadow else self._model(projection).live
        if table is None:
            return Standing(None)
        marks = {} if shadow else self._model(projection).marks
        return Standing(self._come(projection) if marks else table.position, dict(table.parked), dict(marks))

    async def current(
        self, projection: Spans[Any], keys: Sequence[Key], *, shadow: bool = False
    ) -> Sequence[Known[Any]]:
        """The rows that are true now of the given keys."""
        table = self._table(projection, shadow)
        return [known for key in keys for known in table.held.get(key, {}).values()]

    async def write(
        self, projection: Projection, changes: Changes, *, after: int, upto: int, shadow: bool = False
    ) -> None:
        """Apply one batch and move the position, or change nothing."""
        table = self._table(projection, shadow)
        if table.position != after or (self._fed and not shadow):
            raise MovedMeanwhile(_name(projection))
        self._apply(projection, table, changes)
        table.position = upto
        model = self._model(projection)
        model.heartbeat, model.state, model.error = self._now(), "live", None

    async def write_together(self, batches: Sequence[tuple[Projection, Changes, int]], *, upto: int) -> None:
        """Apply several batches and move their positions, or change nothing."""
        for projection, changes, after in batches:
            table = self._table(projection, shadow=False)
            if table.position != after or self._fed:
                raise MovedMeanwhile(_name(projection))
            _new_rows(projection, table, changes)
        for projection, changes, after in batches:
            await self.write(projection, changes, after=after, upto=upto)

    def _apply(self, projection: Projection, table: _Table, changes: Changes) -> None:
        new = _new_rows(projection, table, changes)
        for known in changes.closed:
            _put(table, known)
        for row in new.values():
            _put(table, row)
        for parked in changes.parked:
            table.parked[parked.stream] = parked
        for stream in changes.unparked:
            table.parked.pop(stream, None)

    async def feed(self) -> FedBy | None:
        """What fills the live tables."""
        return self._fed

    async def feed_from(self, fed: FedBy | None, projections: Sequence[Projection]) -> None:
        """Let something else fill the live tables, where all partitions have come to the same position."""
        models = [self._model(projection) for projection in projections]
        for model in models:
            if len({mark.position for mark in model.marks.values()}) > 1:
                raise MovedMeanwhile(_name(model.live.projection))
        for model in models:
            model.live.position = min((mark.position for mark in model.marks.values()), default=model.live.position)
            parts = range(fed.partitions) if fed else ()
            model.marks = {part: Mark(0, model.live.position) for part in parts}
        self._fed = fed

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Apply what came out of a topic and move the marks, or change nothing."""
        for one in deliveries:
            marks = self._model(one.projection).marks
            if any(marks.get(part) != before for part, before in one.before.items()):
                raise MovedMeanwhile(_name(one.projection))
        for one in deliveries:
            _new_rows(one.projection, self._model(one.projection).live, one.changes)
        for one in deliveries:
            self._apply(one.projection, self._model(one.projection).live, one.changes)
        for one in deliveries:
            self._model(one.projection).marks.update(one.after)

    async def come(self, projections: Sequence[Projection]) -> int:
        """The position to which all of these tables have come."""
        return min((self._come(projection) for projection in projections), default=0)

    def _come(self, projection: Projection) -> int:
        model = self._model(projection)
        return min((mark.position for mark in model.marks.values()), default=model.live.position)

    def _as_of(self, projection: Projection, at: int | None) -> int | None:
        return self._come(projection) if at is None and self._model(projection).marks else at

    async def select(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        *,
        at: int | None = None,
        ever: bool = False,
        order: Sequence[str] = (),
        descending: bool = False,
        after: Sequence[Any] = (),
        limit: int | None = None,
    ) -> Sequence[Any]:
        """Rows by equal fields, as of a position."""
        at = self._as_of(projection, at)
        found = self._matching(projection, where, at, ever)
        if after:
            last = tuple(after)
            found = [row for row in found if (_values(row, order) < last) is descending and _values(row, order) != last]
        found.sort(key=lambda row: (_values(row, order), _identity(projection, row)), reverse=descending)
        page = found if limit is None else found[:limit]
        return page if at is None else [_as_of(row, at) for row in page]

    async def count(
        self, projection: Projection, where: Mapping[str, Any], *, by: Sequence[str] = (), at: int | None = None
    ) -> Mapping[tuple[Any, ...], int]:
        """How many rows there are for each combination of the `by` fields."""
        at = self._as_of(projection, at)
        return Counter(_values(row, by) for row in self._matching(projection, where, at, ever=False))

    async def longest(self, projection: Spans[Any]) -> timedelta:
        """How long the longest row holds in the world."""
        valid = projection.valid
        if valid is None:
            return timedelta()
        rows = self._table(projection, shadow=False).rows.values()
        hours = ((_value(row, valid.begins), _value(row, valid.ends)) for row in rows)
        return max((ends - begins for begins, ends in hours if ends < valid.open), default=timedelta())

    async def begin_rebuild(self, projection: Projection) -> None:
        """Make an empty shadow table, or take up the one that an interrupted rebuild left."""
        model = self._model(projection)
        model.shadow = model.shadow or _Table(projection)

    async def swap(self, projection: Projection) -> bool:
        """Put the shadow in the place of the live table, unless the live one has come further."""
        model = self._model(projection)
        shadow = self._table(projection, shadow=True)
        if shadow.position < max([model.live.position, *(mark.position for mark in model.marks.values())]):
            return False
        model.marks = {part: Mark(mark.place, shadow.position, mark.turn + 1) for part, mark in model.marks.items()}
        model.live, model.shadow, model.rate = shadow, None, None
        return True

    async def forget_others(self, projections: Sequence[Projection], *, idle: timedelta) -> Forgotten:
        """Drop the tables of every other read model and version, but for those that somebody fills."""
        wanted = {_name(one) for one in projections}
        others = {name: model for name, model in self._models.items() if name not in wanted}
        at_work = {
            name for name, one in others.items() if one.heartbeat is not None and self._now() - one.heartbeat < idle
        }
        for name in others.keys() - at_work:
            del self._models[name]
        return Forgotten(tuple(sorted(others.keys() - at_work)), tuple(sorted(at_work)))

    async def cancel_rebuild(self, projection: Projection) -> None:
        """Drop the shadow table, if there is one."""
        self._model(projection).shadow = None

    async def fingerprint(self, projection: Projection, *, at: int | None = None, shadow: bool = False) -> str:
        """A hash over all rows as of a position."""
        rows = self._table(projection, shadow).rows.values()
        if at is not None:
            rows = [_as_of(row, at) for row in rows if _made_at(row) <= at]
        return sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()

    async def note(
        self, projection: Projection, *, state: Literal["live", "stopped"], error: str | None = None
    ) -> None:
        """A sign of life."""
        model = self._model(projection)
        model.heartbeat, model.state, model.error = self._now(), state, error

    async def note_rate(self, projection: Projection, rate: int) -> None:
        """How many events a second a running rebuild takes in."""
        self._model(projection).rate = rate

    async def progress(self, projections: Sequence[Projection], *, head: int) -> Sequence[Progress]:
        """How far each has come towards the head of the log."""
        return [self._progress(projection, head) for projection in projections]

    def _progress(self, projection: Projection, head: int) -> Progress:
        model = self._model(projection)
        running = "rebuilding" if model.shadow else "live"
        return Progress(
            name=projection.name,
            version=projection.version,
            position=self._come(projection),
            head=head,
            heartbeat=model.heartbeat,
            state="stopped" if model.state == "stopped" else running,
            error=model.error,
            parked=tuple(model.live.parked.values()),
            rebuilt=model.shadow.position if model.shadow else None,
            rate=model.rate,
        )

    def _model(self, projection: Projection) -> _Model:
        return self._models.setdefault(_name(projection), _Model(_Table(projection)))

    def _table(self, projection: Projection, shadow: bool) -> _Table:
        model = self._model(projection)
        if shadow and model.shadow is None:
            raise MovedMeanwhile(_name(projection))
        return model.shadow if shadow and model.shadow else model.live

    def _matching(self, projection: Projection, where: Mapping[str, Any], at: int | None, ever: bool) -> list[Any]:
        rows = _candidates(self._table(projection, shadow=False), where)
        return [
            row
            for row in rows
            if _holds(row, at, ever) and all(_fits(_value(row, name), wanted) for name, wanted in where.items())
        ]


def _looked_up_by(projection: Projection) -> Sequence[str]:
    """The columns with which the key or an index begins; a row keeps their values for ever."""
    return [*dict.fromkeys(names[0] for names in (projection.key, *projection.indexes) if names[0] != "known_to")]


def _candidates(table: _Table, where: Mapping[str, Any]) -> Iterable[Any]:
    """The rows under one of the indexed columns that are asked for, or all of them."""
    for column in _looked_up_by(table.projection):
        wanted = where.get(column)
        if wanted is None or isinstance(wanted, Between):
            continue
        values: Sequence[Any] = list(dict.fromkeys(wanted.values)) if isinstance(wanted, OneOf) else [wanted]
        return [row for value in values for row in table.by.get((column, value), {}).values()]
    return table.rows.values()


def _new_rows(projection: Projection, table: _Table, changes: Changes) -> Mapping[Key, Any]:
    new = {_identity(projection, row): row for row in (*changes.added, *changes.opened)}
    if len(new) != len(changes.added) + len(changes.opened) or not table.rows.keys().isdisjoint(new):
        msg = f"{_name(projection)}: a row is there already"
        raise Unwritable(msg)
    return new


def _name(projection: Projection) -> str:
    return f"{projection.name}_v{projection.version}"


def _shape(projection: Projection) -> Sequence[tuple[str, str]]:
    return [(column.name, str(column.type)) for column in fields(projection.row)]


def _known(row: object) -> Known[Any] | None:
    return cast("Known[Any]", row) if isinstance(row, Known) else None


def _identity(projection: Projection, row: object) -> Key:
    known = _known(row)
    return (known.known_from, known.ordinal) if known else _values(row, projection.key)


def _put(table: _Table, row: object) -> None:
    identity = _identity(table.projection, row)
    table.rows[identity] = row
    for column in _looked_up_by(table.projection):
        table.by.setdefault((column, _value(row, column)), {})[identity] = row
    if known := _known(row):
        held = table.held.setdefault(_values(row, table.projection.key), {})
        held.pop(identity, None)
        if known.known_to is None:
            held[identity] = known


def _values(row: object, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(_value(row, name) for name in names)


def _value(row: object, name: str) -> Any:  # noqa: ANN401 - any field
    known = _known(row)
    if known is None:
        return getattr(row, name)
    return known.known_from if name == "known_from" else getattr(known.row, name)


def _made_at(row: object) -> int:
    known = _known(row)
    return known.known_from if known else _value(row, "position")


def _holds(row: object, at: int | None, ever: bool) -> bool:
    if at is not None and _made_at(row) > at:
        return False
    known = _known(row)
    return ever or known is None or known.known_to is None or (at is not None and at < known.known_to)


def _as_of(row: object, at: int) -> object:
    known = _known(row)
    return replace(known, known_to=None) if known and known.known_to is not None and known.known_to > at else row


def _fits(value: Any, wanted: Any) -> bool:  # noqa: ANN401 - any field, any condition
    match wanted:
        case Between(low=low, high=high):
            return value is not None and (low is None or low <= value) and (high is None or value < high)
        case OneOf(values=values):
            return value in values
        case _:
            return value == wanted
