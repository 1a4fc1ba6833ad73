"""Reads tables: CSV as programs and spreadsheets write it, row by row, and never loses the rest to one broken row."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

BOM = b"\xef\xbb\xbf"
LOOKAHEAD = 200
"""Lines over which one quoted cell may reach; a quote that is open for longer was never meant."""


class TableInvalid(Exception):
    """The table as a whole cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that can be read: on which line of the file it begins, its cells by column, and its text as it stands."""

    line: int
    cells: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A line that is no row of this table."""

    line: int
    code: str
    reason: str
    text: str


AnyRow: TypeAlias = TableRow | BrokenRow


class Table:
    """A table in a file: UTF-8 with or without BOM, any line ends, cells with the delimiter or line ends in quotes."""

    def __init__(self, lines: Iterable[bytes], delimiter: str = ",") -> None:
        """Reads the heading. Raises `TableInvalid`."""
        self._lines = iter(lines)
        self._ahead: deque[str] = deque()
        self._delimiter = delimiter
        self._line = 0
        first = self._next()
        if first is None:
            raise TableInvalid("the file is empty; its first line must name the columns")
        if first.startswith(("\udcff\udcfe", "\udcfe\udcff")):
            raise TableInvalid("the file is UTF-16; save it as UTF-8")
        if _broken_bytes(first):
            raise TableInvalid("the first line is not UTF-8; save the file as UTF-8")
        heading = [name.strip() for name in _cells(first, delimiter) or []]
        twice = sorted({name for name in heading if heading.count(name) > 1})
        if not any(heading) or twice:
            raise TableInvalid(
                f"the column {twice[0]!r} stands twice in the first line" if twice else "the first line names no column"
            )
        self.columns: tuple[str, ...] = tuple(heading)

    def __iter__(self) -> Iterator[AnyRow]:
        while (text := self._next()) is not None:
            line = self._line
            if text.strip() == "":
                continue
            yield self._row(line, text)

    def _row(self, line: int, first: str) -> AnyRow:
        """The row that begins with a line; one that cannot be read is broken alone, and the next line is tried."""
        taken = [first]
        while "".join(taken).count('"') % 2 and len(taken) < LOOKAHEAD:
            following = self._next()
            if following is None:
                break
            taken.append(following)
        text = "".join(taken)
        cells = None if text.count('"') % 2 else _cells(text, self._delimiter)
        if cells is not None and len(cells) == len(self.columns) and not _broken_bytes(text):
            return TableRow(line, dict(zip(self.columns, cells, strict=True)), text.rstrip("\r\n"))
        self._ahead.extendleft(reversed(taken[1:]))
        self._line -= len(taken) - 1
        return self._broken(line, first, None if len(taken) > 1 else cells)

    def _broken(self, line: int, text: str, cells: list[str] | None) -> BrokenRow:
        shown = text.rstrip("\r\n").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        if _broken_bytes(text):
            return BrokenRow(line, "ENCODING_INVALID", "The line holds bytes that are not UTF-8.", shown)
        if cells is None:
            return BrokenRow(line, "QUOTES_INVALID", "A quoted cell is not closed, or goes on after its end.", shown)
        reason = f"The line has {len(cells)} cells, the first line names {len(self.columns)} columns."
        return BrokenRow(line, "COLUMNS_MISMATCH", reason, shown)

    def _next(self) -> str | None:
        if self._ahead:
            self._line += 1
            return self._ahead.popleft()
        raw = next(self._lines, None)
        if raw is None:
            return None
        self._line += 1
        if self._line == 1:
            raw = raw.removeprefix(BOM)
        return raw.decode("utf-8", "surrogateescape")


def _cells(text: str, delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _broken_bytes(text: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in text)
