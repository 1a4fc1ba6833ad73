"""Rows that are handed out as a whole, as text: JSON lines, or a table that opens in a spreadsheet as it is."""

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast, get_args

from services.exports import plain

What: TypeAlias = Literal["events", "ownership", "timeline", "visits", "targets"]
"""What is handed out."""
Lines: TypeAlias = Literal["jsonl", "csv"]
"""As which kind of text."""
FORMATS: Sequence[str] = get_args(Lines)


async def in_lines(
    rows: AsyncIterator[Mapping[str, Any]], columns: Sequence[str], format_: Lines
) -> AsyncIterator[str]:
    """The text, piece by piece; of CSV the first piece is the headings, then each piece is a row."""
    if format_ == "csv":
        yield "\ufeff" + _of_table(columns)  # by the mark spreadsheets know that it is UTF-8
        async for row in rows:
            yield _of_table([_cell(row.get(column)) for column in columns])
        return
    async for row in rows:
        told = {name: plain(value) for name, value in row.items()}
        yield json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"


def _of_table(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: object) -> object:
    """A value as a cell of a spreadsheet: never a formula, whatever somebody wrote into a name or a note."""
    told: object = plain(value)
    if isinstance(told, list | dict):
        return json.dumps(cast("object", told), ensure_ascii=False, separators=(",", ":"))
    if isinstance(told, str) and told[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{told}"
    return told
