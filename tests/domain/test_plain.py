"""The same value has the same text, and no text stands for two values."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.plain import as_json, digest_of
from tests.people import MONDAY, an_id

texts = st.text(st.characters(exclude_categories=["Cs"]))
plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


class Colour(StrEnum):
    """A closed list."""

    RED = "RED"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something with names in no order."""

    b: int
    a: str | None


@given(plain_values)
def test_the_text_reads_as_the_value(value: object) -> None:
    assert json.loads(as_json(value)) == value


@given(plain_values)
def test_the_text_is_that_of_a_sorted_encoder(value: object) -> None:
    assert as_json(value) == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_names_are_sorted_and_hours_are_utc() -> None:
    assert as_json(Thing(1, None)) == '{"a":null,"b":1}'
    assert as_json(MONDAY) == '"2026-03-02T01:00:00Z"'
    assert as_json(datetime(2026, 3, 2, 1, tzinfo=UTC)) == as_json(MONDAY)


def test_small_values_are_their_text() -> None:
    assert as_json([Colour.RED, date(2026, 3, 2), an_id(1), frozenset({"b", "a"}), ("x",)]) == (
        f'["RED","2026-03-02","{UUID(int=an_id(1).int)}",["a","b"],["x"]]'
    )


def test_a_fraction_has_no_text() -> None:
    with pytest.raises(TypeError):
        as_json({"ratio": 0.5})


def test_a_digest_is_sha_256_in_hex() -> None:
    assert digest_of("a") == "ac8d8342bbb2362d13f0a559a3621bb407011368895164b628a54f7fc33fc43c"
