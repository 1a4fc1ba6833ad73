"""The table of the method names nothing that is not there, and leaves no idea out."""

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import pytest

from api.http.problems import paragraphs
from domain.rules.state import DEFAULTS
from domain.vocabulary import VOCABULARY

ROOT = Path(__file__).parent.parent
_ROW = re.compile(r"\| (S\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
_NAME = re.compile(r"`([^`]+)`")
EVENTS = {word.name for word in VOCABULARY}
POLICIES = {path.stem for path in (ROOT / "domain" / "policies").glob("*.py")} - {"__init__", "policy"}
PARAMETERS = {f"{kind}.{field.name}" for kind, values in DEFAULTS.items() for field in fields(values)}
REFUSALS = {slug.upper().replace("-", "_") for slug in paragraphs()}
ROUTES = {
    path
    for path, operations in json.loads((ROOT / "tests" / "api" / "openapi.json").read_text("utf-8"))["paths"].items()
    if "get" in operations
}


class Row(NamedTuple):
    """One idea as the page tells it."""

    id: str
    idea: str
    events: Sequence[str]
    rules: Sequence[str]
    views: Sequence[str]
    tests: Sequence[str]


def _rows() -> list[Row]:
    page = (ROOT / "docs" / "method.md").read_text("utf-8")
    return [Row(found[1], found[2], *(_NAME.findall(found[n]) for n in range(3, 7))) for found in _ROW.finditer(page)]


ROWS = _rows()


def test_every_idea_of_the_method_stands_there_once_in_its_order() -> None:
    assert [row.id for row in ROWS] == [f"S{n}" for n in range(1, 77)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_an_idea_names_only_what_there_is(row: Row) -> None:
    assert set(row.events) <= EVENTS
    assert set(row.rules) <= POLICIES | PARAMETERS | REFUSALS
    assert set(row.views) <= ROUTES
    assert [name for name in row.tests if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.events or row.views], ids=lambda row: row.id)
def test_an_idea_that_is_built_is_seen_somewhere_and_shown_by_a_test(row: Row) -> None:
    assert row.views
    assert row.tests


def test_every_policy_of_the_method_serves_an_idea() -> None:
    of_the_method = {
        "assess_leads_when_they_become_known",
        "count_effective_new_customers",
        "count_follow_ups_without_progress",
        "evaluate_visits_when_recorded_or_changed",
        "examine_whether_visits_fit_together",
        "recheck_what_a_changed_visit_shows",
        "seek_the_buyer_after_an_effective_visit",
        "take_up_what_visits_told",
    }
    assert of_the_method <= {name for row in ROWS for name in row.rules}
