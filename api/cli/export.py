"""Hand out events and rows, as of then."""

import csv
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO, cast

import typer

from api.cli.running import Data, Json, at_of, joined, run
from api.cli.talk import Exit, Talk, Trouble, as_json
from services.exports import plain
from services.tables import ParquetMissing

What = Literal["events", "ownership", "timeline", "visits", "targets"]
Format = Literal["jsonl", "csv", "parquet"]


def export(
    what: Annotated[What, typer.Option("--what", help="What to hand out.")],
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="WHEN", help="As of a position of the log, or an hour with its offset."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="csv opens in a spreadsheet as it is.")] = "jsonl",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; without it standard output.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace export --what events > events.jsonl
      fieldtrace export --what ownership --at 2026-03-31T18:00:00+08:00 --format csv --out ownership.csv
      fieldtrace export --what visits --format parquet --out visits.parquet

    Hand out the events as they are stored, or the rows of a read model, as of then. What was put in the log later
    changes nothing in it.
    """
    talk = Talk(json)
    if format_ == "parquet" and out is None:
        raise Trouble("parquet_out", Exit.USAGE)

    async def work() -> tuple[int, int]:
        async with joined(data) as platform:
            await platform.projector.catch_up()
            basis = await at_of(platform, at)
            valid_at = basis.recorded_at or platform.now()
            if format_ == "parquet" and out is not None:
                return await platform.exports.parquet(out, what, at=basis.position, valid_at=valid_at), basis.position
            rows = platform.exports.rows(what, at=basis.position, valid_at=valid_at)
            columns = [*platform.exports.columns(what)]
            if out is None:
                return await _write(rows, columns, format_, sys.stdout), basis.position
            with out.open("w", encoding="utf-8", newline="") as file:
                return await _write(rows, columns, format_, file), basis.position

    try:
        many, position = run(work)
    except ParquetMissing as missing:
        raise Trouble("no_parquet", Exit.NOT_READY) from missing
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Trouble("file", Exit.USAGE, file=out, why=error.strerror or error) from error
    talk.tell("exported", many=many, what=what, position=position)


async def _write(rows: AsyncIterator[Mapping[str, Any]], columns: Sequence[str], format_: Format, file: TextIO) -> int:
    many = 0
    if format_ == "csv":
        file.write("\ufeff")  # by which spreadsheets know that it is UTF-8
        table = csv.writer(file)
        table.writerow(columns)
        async for row in rows:
            table.writerow([_text(row.get(column)) for column in columns])
            many += 1
        return many
    async for row in rows:
        file.write(as_json({name: plain(value) for name, value in row.items()}) + "\n")
        many += 1
    return many


def _text(value: object) -> object:
    """A value as a cell of a spreadsheet: never a formula, whatever somebody wrote into a name or a note."""
    told: object = plain(value)
    if isinstance(told, list | dict):
        return as_json(cast("object", told))
    if isinstance(told, str) and told[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{told}"
    return told
