"""Hand out events and rows, as of then."""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO

import typer

from api.cli.remote import Remote
from api.cli.running import Data, Json, Token, Url, at_of, joined, run
from api.cli.talk import Exit, Talk, Trouble
from api.exporting import Lines, What, in_lines
from services.tables import ParquetMissing

Format = Literal["jsonl", "csv", "parquet"]
Wanted = Literal["events", "ownership", "timeline", "visits", "targets", "evidence"]


def export(
    what: Annotated[Wanted, typer.Option("--what", help="What to hand out.")],
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="WHEN", help="As of a position of the log, or an hour with its offset."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="csv opens in a spreadsheet as it is.")] = "jsonl",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to; without it standard output.")
    ] = None,
    rep: Annotated[str | None, typer.Option("--rep", metavar="ID", help="Evidence about this rep.")] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="Evidence about this customer.")
    ] = None,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace export --what events > events.jsonl
      fieldtrace export --what ownership --at 2026-03-31T18:00:00+08:00 --format csv --out ownership.csv
      fieldtrace export --what visits --format parquet --out visits.parquet
      fieldtrace export --what targets --format csv --url http://127.0.0.1:8000 --token TOKEN
      fieldtrace export --what evidence --rep r01 --out r01.zip --url http://127.0.0.1:8000 --token TOKEN

    Hand out the events as they are stored, or the rows of a read model, as of then. What was put in the log later
    changes nothing in it. Evidence is a bundle that proves itself; `fieldtrace verify` checks it.
    """
    talk = Talk(json)
    if what == "evidence":
        _evidence(rep, customer, out, url, token, talk)
        return
    if format_ == "parquet" and out is None:
        raise Trouble("parquet_out", Exit.USAGE)
    if format_ == "parquet" and url is not None:
        raise Trouble("parquet_needs_database", Exit.USAGE)

    async def work() -> tuple[int, int]:
        async with joined(data) as platform:
            await platform.projector.catch_up()
            basis = await at_of(platform, at)
            valid_at = basis.recorded_at or platform.now()
            if format_ == "parquet" and out is not None:
                return await platform.exports.parquet(out, what, at=basis.position, valid_at=valid_at), basis.position
            lines: Lines = "csv" if format_ == "csv" else "jsonl"
            rows = platform.exports.rows(what, at=basis.position, valid_at=valid_at)
            columns = [*platform.exports.columns(what)]
            if out is None:
                return await _write(rows, columns, lines, sys.stdout), basis.position
            with out.open("w", encoding="utf-8", newline="") as file:
                return await _write(rows, columns, lines, file), basis.position

    try:
        many, position = run(work) if url is None else _fetched(Remote(url, token), what, at, format_, out)
    except ParquetMissing as missing:
        raise Trouble("no_parquet", Exit.NOT_READY) from missing
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Trouble("file", Exit.USAGE, file=out, why=error.strerror or error) from error
    talk.tell("exported", many=many, what=what, position=position)


async def _write(rows: AsyncIterator[Mapping[str, Any]], columns: Sequence[str], format_: Lines, file: TextIO) -> int:
    many = 0
    async for piece in in_lines(rows, columns, format_):
        file.write(piece)
        many += 1
    return many - (format_ == "csv")


def _evidence(
    rep: str | None, customer: str | None, out: Path | None, url: str | None, token: str | None, talk: Talk
) -> None:
    """A bundle from a server, which records to whom it is handed out."""
    if (rep is None) == (customer is None) or out is None:
        raise Trouble("evidence_whose", Exit.USAGE)
    if url is None or token is None:
        raise Trouble("evidence_by_whom", Exit.USAGE)
    whose = {"rep_id": rep} if rep is not None else {"customer_id": customer}
    position, bundle = Remote(url, token).bytes_of("/v1/evidence", whose)
    try:
        out.write_bytes(bundle)
    except OSError as error:
        raise Trouble("file", Exit.USAGE, file=out, why=error.strerror or error) from error
    talk.tell("evidence", file=out, position=position)


def _fetched(remote: Remote, what: What, at: str | None, format_: Format, out: Path | None) -> tuple[int, int]:
    """What a server hands out, byte for byte; how many rows, and as of which position."""
    pieces = remote.pieces(f"/v1/exports/{what}", format=format_, at=at)
    position = int(next(pieces))
    with nullcontext(sys.stdout.buffer) if out is None else out.open("wb") as file:
        newlines = 0
        for piece in pieces:
            file.write(piece)
            newlines += piece.count(b"\n")
        file.flush()
    return newlines - (format_ == "csv"), position
