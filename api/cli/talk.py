"""How the command line speaks: data to standard output, talk to standard error, in Chinese or English."""

import json
import sys
import tomllib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, cast

Language: TypeAlias = Literal["en", "zh-CN"]

LANGUAGE: ContextVar[Language] = ContextVar("language", default="en")
"""The language of this run, as `--lang` or the environment says."""


class Exit(int, Enum):
    """What the exit status says."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    NOT_READY = 3
    NOT_ALLOWED = 4
    INTERRUPTED = 130


class Trouble(Exception):
    """Something cannot be done: told in three lines, what, why and what to do now.

    `name`: the entry in the catalogue; `values`: what its lines speak of.
    """

    def __init__(self, name: str, exits: Exit, /, **values: object) -> None:
        super().__init__(name, values)
        self.name = name
        self.exits = exits
        self.values = values

    @property
    def lines(self) -> Sequence[str]:
        """The three lines, in the language of this run."""
        return [line.format(**self.values) for line in cast("Sequence[str]", _entry("trouble", self.name))]


@cache
def words() -> Mapping[str, Any]:
    """The catalogue."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def say(name: str, /, **values: object) -> str:
    """A sentence of the catalogue, in the language of this run."""
    return cast("str", _entry("say", name)).format(**values)


def _entry(part: str, name: str) -> object:
    return words()[part][name][LANGUAGE.get()]


@dataclass(frozen=True, slots=True)
class Talk:
    """The two mouths of a command. `as_json`: data are JSON, and so is trouble."""

    as_json: bool = False

    def data(self, text: str) -> None:
        """A line of data."""
        sys.stdout.write(text + "\n")

    def json(self, value: object) -> None:
        """A value as one line of data."""
        self.data(as_json(value))

    def tell(self, name: str, /, **values: object) -> None:
        """A sentence of talk."""
        self.mutter(say(name, **values))

    def mutter(self, text: str) -> None:
        """Talk that stands in no catalogue, such as a name or a figure."""
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def trouble(self, trouble: Trouble) -> None:
        """What went wrong, in three lines."""
        self.three(trouble.lines, trouble.name, trouble.exits)

    def three(self, lines: Sequence[str], name: str, exits: Exit) -> None:
        """Three lines of trouble."""
        if self.as_json:
            what, why, now = lines
            self.mutter(as_json({"error": name, "what": what, "why": why, "now": now, "exit": exits.value}))
            return
        for line in lines:
            self.mutter(line.replace("\n", " "))

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Rows for people: as a table on a terminal, else separated by tabs."""
        if not sys.stdout.isatty():
            for row in [headings, *rows]:
                self.data("\t".join(_shown(cell) for cell in row))
            return
        from api.cli.drawing import draw_table  # loaded where somebody looks

        draw_table(headings, [[_shown(cell) for cell in row] for row in rows])

    @contextmanager
    def progress(self, name: str, total: int | None = None) -> "Generator[Ongoing]":
        """A bar on standard error for whatever takes more than a second; only a terminal gets to see it."""
        if self.as_json or not sys.stderr.isatty():
            yield _Unseen()
            return
        from api.cli.drawing import bar  # loaded where somebody looks

        with bar(say(name), total) as seen:
            yield seen


class Ongoing(Protocol):
    """Something that takes a while."""

    def upto(self, done: int, total: int | None = None) -> None:
        """So much is done."""


class _Unseen:
    """Nobody looks at it."""

    def upto(self, done: int, total: int | None = None) -> None:
        """So much is done, and nobody asked."""


def as_json(value: object) -> str:
    """One line of JSON, always the same for the same value."""
    return json.dumps(value, ensure_ascii=False, default=_plain, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def _shown(cell: object) -> str:
    return "" if cell is None else str(cell).replace("\t", " ").replace("\n", " ")
