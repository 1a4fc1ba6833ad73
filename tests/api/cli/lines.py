"""Command lines, run as a person would type them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from api.cli import main


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said with either mouth."""

    exits: int
    out: str
    err: str

    @property
    def rows(self) -> list[Any]:
        """The data, where they are JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def trouble(self) -> Sequence[str]:
        """The lines of talk."""
        return self.err.splitlines()


class Terminal:
    """Runs commands in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object) -> Ran:
        """Run one command line."""
        self._capsys.readouterr()
        exits = main([str(word) for word in words])
        said = self._capsys.readouterr()
        return Ran(exits, said.out, said.err)
