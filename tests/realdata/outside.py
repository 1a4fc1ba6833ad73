"""Where the outside data sets are, and an organisation into which they are imported as a person would do it."""

import csv
import json
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.serving import ROOT, Served, fieldtrace, serving


def data_set(name: str) -> Path:
    """The folder of a data set.

    The sets are no part of the project, and some may not be handed on, so there may be none: then the test is skipped,
    and says so. That is the one skip that is allowed everywhere (`tests.no_skips`).
    """
    beside = ROOT.parent / "shared" / "data"
    folder = Path(os.environ.get("FIELDTRACE_REAL_DATA", beside)) / name
    if not folder.is_dir():
        pytest.skip(f"the outside data set {name} is not here; FIELDTRACE_REAL_DATA says where it is")
    return folder


def facts_of(folder: Path) -> Any:  # noqa: ANN401 - any JSON value
    """The figures that come with a data set."""
    return json.loads((folder / "facts.json").read_text())["facts"]


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@contextmanager
def an_organisation(url: str, name: str, cwd: Path, files: Sequence[tuple[Path, str]]) -> Generator["Imported"]:
    """Import files by their mappings, then serve."""
    house = {"DATABASE_URL": url, "FIELDTRACE_ORGANISATION": name}
    told = [_imported(file, mapping, cwd, house) for file, mapping in files]
    again = [_imported(file, mapping, cwd, house) for file, mapping in files]
    with serving(cwd, **house) as served:
        made = fieldtrace("token", "create", "--actor", "auditor", "--role", "auditor", "--json", cwd=cwd, **house)
        served.token = json.loads(made.stdout)["token"]
        yield Imported(served, told, again)


class Imported:
    """What became of the files the first time and the second, and the server that answers for them."""

    def __init__(self, served: Served, told: Sequence[Any], again: Sequence[Any]) -> None:
        self.served = served
        self.told = told
        self.again = again

    def figures(self, name: str, by: str, to: str | None = None) -> dict[str | None, tuple[int, int]]:
        """A metric by what it is told apart by: numerator and denominator."""
        asked = {"by": by, **({"to": to} if to else {})}
        items = self.served.get(f"/v1/metrics/{name}", **asked)["items"]
        return {one[by]: (one["numerator"], one["denominator"]) for one in items}


def _imported(file: Path, mapping: str, cwd: Path, house: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    words = ("import", file, "--map", ROOT / "examples" / mapping, "--as-history", "--json")
    ran = fieldtrace(*words, cwd=cwd, **house)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
