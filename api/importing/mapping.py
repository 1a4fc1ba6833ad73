"""The mapping language: a TOML file that says which requests the rows of a table stand for.

docs/how-to/import-a-table.md tells it with examples; examples/ holds whole mappings.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast
from uuid import NAMESPACE_URL, uuid5

from api.importing.conversions import CellInvalid, Common, Json, MappingInvalid, Row, Value, hour_named, zone_named

Condition: TypeAlias = Callable[[Row], bool]

_TOP = {"map", "maps", "emit", "reject", "skip"}
_MAP = {"about", "source", "namespace", "zone", "hour", "nothing", "delimiter", "columns"}
_EMIT = {"type", "id", "time", "zone", "on_behalf_of", "when", "once", "data"}
_RULE = {"when", "reason"}


class RowRejected(Exception):
    """The mapping, or what stands in the row, says that this row is not to be taken."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Made:
    """One request that a row stands for."""

    type: str
    id: str
    source: str
    data: Mapping[str, Json]
    time: str | None = None
    zone: str | None = None
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class _Emit:
    type: str
    where: str
    id: Callable[[Row], str | None]
    time: Value
    on_behalf_of: Callable[[Row], str | None]
    when: Condition
    once: Callable[[Row], str | None] | None
    data: Value
    zone: str | None


@dataclass(frozen=True, slots=True)
class _Rule:
    when: Condition
    reason: str


@dataclass
class TableMapping:
    """A mapping, read and checked. It remembers what it has emitted once, so one of these serves one file."""

    source: str
    delimiter: str
    nothing: frozenset[str]
    columns: frozenset[str]
    _emits: Sequence[_Emit]
    _rejects: Sequence[_Rule]
    _skips: Sequence[_Rule]
    _seen: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])

    def requests(self, cells: Mapping[str, str]) -> Sequence[Made]:
        """What a row stands for, in order; none where it is to be skipped. Raises `RowRejected`."""
        row = {name: "" if cell.strip() in self.nothing else cell.strip() for name, cell in cells.items()}
        if any(rule.when(row) for rule in self._skips):
            return ()
        for rule in self._rejects:
            if rule.when(row):
                raise RowRejected("ROW_REJECTED", rule.reason)
        first: set[tuple[int, str]] = set()
        made = tuple(self._made(row, first))
        self._seen |= first  # not before the whole row is made: one that is rejected emits nothing
        return made

    def _made(self, row: Row, first: set[tuple[int, str]]) -> Iterator[Made]:
        for number, emit in enumerate(self._emits):
            if not emit.when(row):
                continue
            if emit.once is not None:
                key = emit.once(row)
                if key is None or (number, key) in self._seen:
                    continue
                first.add((number, key))
            yield self._one(emit, row)

    def _one(self, emit: _Emit, row: Row) -> Made:
        try:
            made_id, time, data = emit.id(row), emit.time(row), emit.data(row)
            on_behalf_of = emit.on_behalf_of(row)
        except CellInvalid as fault:
            raise RowRejected("CELL_INVALID", f"{emit.where}: {fault}.") from fault
        if made_id is None:
            raise RowRejected("CELL_INVALID", f"{emit.where}: the cells that make the id are empty.")
        told = cast("dict[str, Json]", data or {})
        return Made(emit.type, made_id, self.source, told, cast("str | None", time), emit.zone, on_behalf_of)


def read_mapping(text: str) -> TableMapping:
    """The mapping that a TOML text describes. Raises `MappingInvalid`."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingInvalid("TOML", f"{error}.") from error
    _only(said, _TOP, "the mapping")
    head = _table(said.get("map"), "[map]")
    _only(head, _MAP, "[map]")
    source = head.get("source")
    if not isinstance(source, str) or not source:
        raise MappingInvalid(
            "[map] source", "must name where the rows come from; with the id it tells a request apart."
        )
    common = Common(
        namespace=uuid5(NAMESPACE_URL, str(head.get("namespace", source))),
        zone=zone_named(head.get("zone", "UTC"), "[map] zone"),
        hour=hour_named(head.get("hour", "12:00"), "[map] hour"),
        maps=_table(said.get("maps", {}), "[maps]"),
        columns={str(one) for one in head.get("columns", ())},
    )
    emits = [_emit(one, f"[[emit]] {number}", common) for number, one in enumerate(_list(said, "emit"), 1)]
    if not emits:
        raise MappingInvalid("[[emit]]", "there must be at least one request that a row stands for.")
    rejects = [_rule(one, f"[[reject]] {number}", common) for number, one in enumerate(_list(said, "reject"), 1)]
    skips = [_rule(one, f"[[skip]] {number}", common) for number, one in enumerate(_list(said, "skip"), 1)]
    delimiter = head.get("delimiter", ",")
    if not isinstance(delimiter, str) or len(delimiter) != 1:
        raise MappingInvalid("[map] delimiter", "must be one sign.")
    nothing = frozenset(str(one) for one in head.get("nothing", ())) | {""}
    return TableMapping(source, delimiter, nothing, frozenset(common.columns), emits, rejects, skips)


def _emit(said: object, where: str, common: Common) -> _Emit:
    told = _table(said, where)
    _only(told, _EMIT, where)
    asked = told.get("type")
    if not isinstance(asked, str):
        raise MappingInvalid(where, 'needs type = the word for what is asked, as "customer.register".')
    where = f"{where} {asked}"
    if not isinstance(told.get("id"), str):
        raise MappingInvalid(where, "needs id = a text made of columns that tells this request apart for ever.")
    data = told.get("data", {})
    return _Emit(
        type=asked,
        where=where,
        id=common.text(told["id"], f"{where} id"),
        time=common.value(told["time"], f"{where} time") if "time" in told else _nothing,
        on_behalf_of=common.text(str(told["on_behalf_of"]), f"{where} on_behalf_of")
        if "on_behalf_of" in told
        else _none,
        when=_condition(told.get("when", {}), where, common),
        once=common.text(str(told["once"]), f"{where} once") if "once" in told else None,
        data=common.value(_table(data, f"{where} data"), f"{where} data"),
        zone=str(zone_named(told["zone"], f"{where} zone")) if "zone" in told else str(common.zone),
    )


def _rule(said: object, where: str, common: Common) -> _Rule:
    told = _table(said, where)
    _only(told, _RULE, where)
    if "when" not in told or not isinstance(told.get("reason"), str):
        raise MappingInvalid(where, "needs when and reason.")
    return _Rule(_condition(told["when"], where, common), told["reason"])


def _condition(said: object, where: str, common: Common) -> Condition:
    """`{ column = true }` something stands there, `false` nothing does, a text or a list: one of these stands there."""
    tests: list[Condition] = []
    for column, wanted in _table(said, f"{where} when").items():
        common.columns.add(column)
        tests.append(_test(column, wanted, f"{where} when.{column}"))
    return lambda row: all(test(row) for test in tests)


def _test(column: str, wanted: object, where: str) -> Condition:
    match wanted:
        case bool():
            return lambda row: bool(row[column]) is wanted
        case str():
            return lambda row: row[column] == wanted
        case list():
            words = {str(one) for one in cast("list[object]", wanted)}
            return lambda row: row[column] in words
        case _:
            raise MappingInvalid(where, "is true, false, a text, or a list of texts.")


def _nothing(row: Row) -> None:
    del row


def _none(row: Row) -> str | None:
    del row
    return None


def _table(said: object, where: str) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise MappingInvalid(where, "must be there, as a table.")
    return cast("dict[str, Any]", said)


def _list(said: Mapping[str, Any], name: str) -> Sequence[object]:
    found = said.get(name, [])
    if not isinstance(found, list):
        raise MappingInvalid(f"[[{name}]]", f"write [[{name}]] with two brackets, one for each.")
    return cast("list[object]", found)


def _only(said: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in said:
        if name not in known:
            raise MappingInvalid(where, f"there is no {name!r}; there is {', '.join(sorted(known))}.")
