"""Import a file of requests, or a table by a mapping."""

import asyncio
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from api.cli.running import Data, Json, Token, Url, asker, joined, run
from api.cli.talk import Exit, Ongoing, Talk, Trouble
from api.importing.carrying import IntoPlatform, IntoServer, ServerSaid
from api.importing.conversions import MappingInvalid
from api.importing.importer import Answer, Summary, send, write_rejects
from api.importing.mapping import TableMapping, read_mapping
from api.importing.tables import Table, TableInvalid
from api.importing.units import Line, Unit, of_json_lines, of_table

STDIN = "-"


def import_(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="CloudEvents, one JSON object a line, or a CSV; - reads standard input."),
    ],
    map_: Annotated[
        Path | None, typer.Option("--map", metavar="MAP.toml", help="How the rows of a CSV become requests.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, send nothing.")] = False,
    as_history: Annotated[
        bool, typer.Option("--as-history", help="The past: old dates are taken and marked IMPORTED; for ops only.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", metavar="FILE", help="Where rows that were not taken go [FILE.rejects.csv]."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 where a row was not taken.")] = False,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace import leads.csv --map leads.toml --dry-run
      fieldtrace import leads.csv --map leads.toml --as-history
      fieldtrace import events.jsonl --url http://127.0.0.1:8000 --token TOKEN

    Send what a file holds. Each row is answered by itself: broken ones go to a file with their line and the reason,
    all others are taken. The same file again adds nothing.
    """
    talk = Talk(json)
    mapping = _mapping(map_, file)
    if url is not None and as_history:
        raise Trouble("history_needs_database", Exit.USAGE)
    summary = Summary()
    started = time.monotonic()
    with _opened(file) as source, talk.progress("importing") as ongoing:
        lines = _lines(source, mapping, file)
        try:
            if dry_run:
                asyncio.run(send(lines, _nowhere, summary, ongoing.upto))
                position = None
            else:
                position = run(lambda: _send(lines, summary, ongoing, url, token, data, as_history=as_history))
        finally:
            told = _write(summary, rejects or _beside(file), talk)
    seconds = time.monotonic() - started
    if json:
        talk.json(
            {
                **summary.counts(),
                "dry_run": dry_run,
                "rejects_file": str(told) if told else None,
                "position": position,
                "seconds": round(seconds, 2),
            }
        )
    else:
        talk.tell("imported" if not dry_run else "would_import", seconds=f"{seconds:.1f}", **summary.counts())
        if told:
            talk.tell("rejects_in", file=told, many=len(summary.rejects))
    if summary.failed:
        raise Trouble("import_failed", Exit.NOT_READY, many=summary.failed)
    if strict and summary.rejects:
        raise Trouble("import_strict", Exit.CHECK_FAILED, many=len(summary.rejects))


async def _send(
    lines: Iterator[Line],
    summary: Summary,
    ongoing: Ongoing,
    url: str | None,
    token: str | None,
    data: Path | None,
    *,
    as_history: bool,
) -> int | None:
    if url is not None:
        try:
            await send(lines, IntoServer(url, token), summary, ongoing.upto)
        except ServerSaid as said:
            exits = Exit.NOT_ALLOWED if said.status in (401, 403) else Exit.NOT_READY
            raise Trouble("server", exits, url=url, why=said) from said
        return None
    async with joined(data) as platform, platform.started(clock=False):
        carry = IntoPlatform(platform, await asker(platform, token), as_history=as_history)
        await send(lines, carry, summary, ongoing.upto)
        return await platform.settle()


async def _nowhere(unit: Unit) -> Sequence[Answer]:
    """A dry run: what can be read and has the right form would be sent."""
    return [Answer("accepted") for _ in unit.events]


def _mapping(path: Path | None, file: str) -> TableMapping | None:
    if path is None:
        if file.lower().endswith((".csv", ".tsv")):
            raise Trouble("map_needed", Exit.USAGE, file=file)
        return None
    try:
        return read_mapping(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble("file", Exit.USAGE, file=path, why=getattr(error, "strerror", None) or error) from error
    except MappingInvalid as invalid:
        raise Trouble("mapping", Exit.USAGE, file=path, where=invalid.where, why=invalid.why) from invalid


def _lines(source: BinaryIO, mapping: TableMapping | None, file: str) -> Iterator[Line]:
    if mapping is None:
        return of_json_lines(source)
    try:
        table = Table(source, mapping.delimiter)
    except TableInvalid as invalid:
        raise Trouble("table", Exit.USAGE, file=file, why=invalid) from invalid
    missing = sorted(mapping.columns - set(table.columns))
    if missing:
        there = ", ".join(table.columns)
        raise Trouble("columns", Exit.USAGE, file=file, missing=", ".join(missing), there=there)
    return of_table(table, mapping)


@contextmanager
def _opened(file: str) -> Generator[BinaryIO]:
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115 - it is closed below
    except OSError as error:
        raise Trouble("file", Exit.USAGE, file=file, why=error.strerror or error) from error
    with source:
        yield source


def _beside(file: str) -> Path:
    """In the folder of the asker, under the name of the file: a data folder may be for reading only."""
    return Path(f"{'stdin' if file == STDIN else Path(file).stem}.rejects.csv")


def _write(summary: Summary, path: Path, talk: Talk) -> Path | None:
    """Write the rejects, also those of an import that was cut short; an older file of the same name would mislead."""
    if not summary.rejects and not path.exists():
        return None
    try:
        write_rejects(path, summary.rejects)
    except OSError as error:
        talk.trouble(Trouble("rejects", Exit.CHECK_FAILED, file=path, why=error.strerror or error))
        return None
    return path if summary.rejects else None
