"""A rep's days, in order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from domain.claiming.decisions import AlreadyClaimed, claiming
from domain.envelope import Actor, Recorded
from domain.plain import as_json
from projections.projection import replay
from projections.rep_timeline import TimelineRow, rep_timeline
from tests.domain.claiming.claims import BRUNOS, claim, granted
from tests.given import given
from tests.happened import all_happened, happened
from tests.people import ACME, BRUNO, at


def _rows(*events: Recorded) -> Sequence[TimelineRow]:
    return replay(rep_timeline, events)


def test_every_event_about_a_rep_is_a_row_with_both_clocks() -> None:
    late = happened(
        granted()[0],
        occurred_at=at("03-01 17:00"),
        biz_date=date(2026, 3, 1),
        flags=("LATE",),
        actor=Actor("mei", "manager"),
    )
    [row] = _rows(late)
    assert (row.rep_id, row.position, row.name, row.customer_id) == ("anna", 1, "ownership.claim_granted", ACME)
    assert (row.occurred_at, row.recorded_at) == (at("03-01 17:00"), late.recorded_at)
    assert (row.biz_date, row.flags) == (date(2026, 3, 1), ("LATE",))
    assert (row.actor_id, row.actor_role) == ("mei", "manager")
    assert json.loads(row.facts)["protection_tz"] == "Asia/Shanghai"


def test_an_event_about_two_reps_stands_in_both_timelines() -> None:
    handed_over = happened(granted()[0], subjects=("rep:anna", "rep:bruno", f"customer:{ACME}"))
    assert [(row.rep_id, row.position) for row in _rows(handed_over)] == [("anna", 1), ("bruno", 1)]


def test_an_event_about_no_rep_stands_in_no_timeline() -> None:
    assert list(_rows(happened(granted()[0], subjects=(f"customer:{ACME}",)))) == []


def test_a_refused_claim_is_part_of_the_rep_s_days() -> None:
    past = granted()
    refusal = given(*past).when(claim(BRUNO, claim_id=BRUNOS), claiming).then_refused(AlreadyClaimed)
    rows = _rows(*all_happened([*past, *refusal.leaving]))
    assert [row.name for row in rows if row.rep_id == "bruno"] == ["ownership.claim_refused"]


class _Colour(StrEnum):
    RED = "RED"


@dataclass(frozen=True, slots=True)
class _Small:
    b: int
    a: str | None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (7, "7"),
        ('say "阿"\n\x01', '"say \\"阿\\"\\n\\u0001"'),
        (_Colour.RED, '"RED"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (datetime(2026, 3, 2, 1, 0, 0, 5, UTC), '"2026-03-02T01:00:00.000005Z"'),
        (at("03-02 09:00"), '"2026-03-02T01:00:00Z"'),
        (date(2026, 3, 2), '"2026-03-02"'),
        (_Small(1, None), '{"a":null,"b":1}'),
        ((_Small(1, "x"), 2), '[{"a":"x","b":1},2]'),
        (frozenset({"b", "a"}), '["a","b"]'),
        ({"b": 1, "a": {}}, '{"a":{},"b":1}'),
        ({date(2026, 1, 1): "HOLIDAY"}, '{"2026-01-01":"HOLIDAY"}'),
    ],
)
def test_the_same_words_have_one_text(value: object, text: str) -> None:
    assert as_json(value) == text
    parsed: Any = json.loads(text)
    assert parsed is not ...


def test_what_has_no_text_is_refused_and_not_guessed() -> None:
    with pytest.raises(TypeError, match="float"):
        as_json(0.5)
