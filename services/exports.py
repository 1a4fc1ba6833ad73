"""What is handed out as a whole, as of a position: events as they are stored, and the rows of the great read models."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, cast, get_args, get_type_hints

from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Facts, Known, Projection
from projections.rep_timeline import rep_timeline
from projections.target_ledger import target_ledger
from projections.visits import visits
from services.ports import EventLog, ReadStore
from services.tables import Kind, WriteTable

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of thing that is handed out. `order`: what tells its rows apart, and sorts them."""

    projection: Projection
    order: tuple[str, ...]


EXPORTS: Mapping[str, Export] = {
    "ownership": Export(ownership_table, ("customer_id", "line", "claim_id")),
    "timeline": Export(rep_timeline, ("rep_id", "position")),
    "visits": Export(visits, ("visit_id",)),
    "targets": Export(target_ledger, ("target_id",)),
}
EVENTS: Mapping[str, Kind] = {
    "position": "whole",
    "recorded_at": "instant",
    "type": "text",
    "schema_version": "whole",
    "stream": "text",
    "stream_version": "whole",
    "event_id": "text",
    "occurred_at": "text",
    "occurred_tz": "text",
    "decided_at": "text",
    "biz_date": "text",
    "actor": "text",
    "subjects": "text",
    "flags": "text",
    "source": "text",
    "request_id": "text",
    "correlation_id": "text",
    "causation_id": "text",
    "payload": "text",
    "leaf": "text",
}
"""The columns of exported events; the others are in the stored bytes, which JSON lines hand out whole."""
BATCH = 10_000
"""Rows that are written to a file of columns at a time."""


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """A value of a row as JSON knows it: instants in UTC with microseconds, money and the like as objects."""
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return value.value
        case str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case tuple() | list():
            return [plain(one) for one in cast("Sequence[object]", value)]
        case dict():
            return {str(name): plain(one) for name, one in cast("dict[object, object]", value).items()}
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return str(value)


class Exports:
    """Hands out rows as mappings by column, one after another, never all of them in memory."""

    def __init__(self, log: EventLog, store: ReadStore, write_parquet: WriteTable) -> None:
        self._log = log
        self._store = store
        self._write_parquet = write_parquet

    def columns(self, what: str) -> Mapping[str, Kind]:
        """The columns of a kind, in order, and what they hold."""
        if what == "events":
            return EVENTS
        hints = get_type_hints(EXPORTS[what].projection.row)
        kinds: dict[str, Kind] = {
            field.name: _kind(hints[field.name]) for field in fields(EXPORTS[what].projection.row)
        }
        return {**kinds, "state": "text", "known_from": "whole"} if what == "ownership" else kinds

    async def parquet(self, path: Path, what: str, *, at: int, valid_at: datetime) -> int:
        """Write all rows of a kind to a Parquet file; how many. Raises `ParquetMissing`."""
        columns = self.columns(what)

        async def batches() -> AsyncIterator[Sequence[Mapping[str, Any]]]:
            batch: list[Mapping[str, Any]] = []
            async for row in self.rows(what, at=at, valid_at=valid_at):
                batch.append({name: _held(row.get(name), kind) for name, kind in columns.items()})
                if len(batch) == BATCH:
                    yield batch
                    batch = []
            if batch:
                yield batch

        return await self._write_parquet(path, columns, batches())

    async def rows(self, what: str, *, at: int, valid_at: datetime) -> AsyncIterator[Mapping[str, Any]]:
        """All rows of a kind as known at a position. `valid_at`: the hour for which the state of a claim is told."""
        if what == "events":
            async for event in self.events(at=at):
                yield event
            return
        export = EXPORTS[what]
        after: Sequence[Any] = ()
        while page := await self._store.select(
            export.projection, {}, at=at, order=export.order, after=after, limit=PAGE
        ):
            for found in page:
                yield _told(export.projection, found, valid_at)
            row = page[-1] if isinstance(export.projection, Facts) else page[-1].row
            after = [getattr(row, name) for name in export.order]

    async def events(self, *, at: int) -> AsyncIterator[Mapping[str, Any]]:
        """Every event up to a position: its stored envelope, and what was written beside it."""
        after = 0
        while after < at and (page := await self._log.stored(after, min(PAGE, at - after))):
            for stored in page:
                yield {
                    "position": stored.position,
                    "recorded_at": stored.recorded_at,
                    "leaf": stored.leaf.hex(),
                    **json.loads(stored.body),
                }
            after = page[-1].position


def _told(projection: Projection, found: Any, valid_at: datetime) -> Mapping[str, Any]:  # noqa: ANN401 - any row
    if isinstance(projection, Facts):
        return _columns(found)
    known: Known[Any] = found
    if isinstance(known.row, OwnershipSpan):
        return {**_columns(known.row), "state": _state(known.row, valid_at), "known_from": known.known_from}
    return _columns(known.row)


def _columns(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any row
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _state(span: OwnershipSpan, at: datetime) -> str:
    """How the claim stood at an instant."""
    if at < span.valid_from:
        return "AHEAD"
    if at >= span.valid_to:
        return "ENDED"
    return "PROTECTED" if at < span.lapses_at else "GRACE"


def _kind(hint: Any) -> Kind:  # noqa: ANN401 - any type
    """What a column holds whose values have a type, or have it or are None."""
    inner = [one for one in get_args(hint) if one is not NoneType] if NoneType in get_args(hint) else [hint]
    only = inner[0] if len(inner) == 1 else object
    kinds: Mapping[Any, Kind] = {int: "whole", bool: "truth", datetime: "instant", date: "day"}
    return kinds.get(only, "text")


def _held(value: object, kind: Kind) -> object:
    """A value as its column holds it."""
    if kind != "text" or value is None:
        return value
    told = plain(value)
    return told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
