"""What is handed out as of a position does not change when more is written; a replay tells how a rep stood."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import pytest_asyncio

from services import platform as platforms
from services.exports import plain
from services.replays import Standing
from tests.people import ACME, an_id, at
from tests.services.test_visit_stories import Story, begin

VISIT = an_id(700)


@pytest_asyncio.fixture
async def story() -> AsyncIterator[Story]:
    """Anna holds Acme since Monday 2 March and visits it again two weeks later."""
    clock = platforms.told_time(at("03-02 08:00"))
    ids = count(50_000)
    platform = platforms.in_memory(now=clock, new_id=lambda: an_id(next(ids)))
    async with platform.started(clock=False):
        story = Story(platform, clock, count(1))
        await begin(story)
        yield story
    await platform.close()


async def rows(story: Story, what: str, position: int) -> list[Mapping[str, Any]]:
    """What is handed out, as of a position."""
    exports = story.platform.exports
    return [plain(dict(row)) async for row in exports.rows(what, at=position, valid_at=story.clock())]


async def head(story: Story) -> int:
    return (await story.platform.log.head()).position


async def test_what_is_written_later_changes_nothing_in_what_is_handed_out_as_of_then(story: Story) -> None:
    then = await head(story)
    before = {what: await rows(story, what, then) for what in ("events", "ownership", "timeline", "visits", "targets")}
    hour = story.clock.hour
    await story.check_in(at("03-16 10:00"), VISIT)
    await story.tell(at("03-16 12:00"), at("03-16 10:00"), VISIT, need="more of it")
    story.clock.hour = hour
    assert await head(story) > then
    assert {what: await rows(story, what, then) for what in before} == before
    assert len(await rows(story, "visits", await head(story))) == len(before["visits"]) + 1


async def test_events_are_handed_out_as_they_are_stored(story: Story) -> None:
    events = await rows(story, "events", 3)
    assert [event["position"] for event in events] == [1, 2, 3]
    assert all(event["payload"] and event["prevstreamhash"] and event["leaf"] for event in events)


async def test_every_row_has_the_columns_that_were_said(story: Story) -> None:
    for what in ("ownership", "timeline", "visits", "targets"):
        columns = [*story.platform.exports.columns(what)]
        assert all([*row] == columns for row in await rows(story, what, await head(story)))


async def test_the_state_of_a_claim_is_told_for_the_hour_that_is_asked_about(story: Story) -> None:
    position = await head(story)

    async def state(hour: str) -> list[str]:
        asked = story.platform.exports.rows("ownership", at=position, valid_at=at(hour))
        return [row["state"] async for row in asked if row["customer_id"] == ACME]

    assert await state("03-01 12:00") == ["AHEAD"]
    assert await state("03-17 12:00") == ["PROTECTED"]
    assert await state("03-18 12:00") == ["GRACE"]
    assert await state("03-20 12:00") == ["ENDED"]


async def test_a_table_of_columns_holds_the_same_rows(story: Story, tmp_path: Path) -> None:
    parquet: Any = import_module("pyarrow.parquet")
    position = await head(story)
    file = tmp_path / "ownership.parquet"
    many = await story.platform.exports.parquet(file, "ownership", at=position, valid_at=story.clock())
    read: list[dict[str, Any]] = parquet.read_table(file).to_pylist()
    handed_out = [row async for row in story.platform.exports.rows("ownership", at=position, valid_at=story.clock())]
    assert len(read) == many == len(handed_out) == 1
    assert read[0]["valid_from"] == handed_out[0]["valid_from"]
    assert read[0]["known_from"] == handed_out[0]["known_from"]
    assert read[0]["rep_id"] == "anna"


async def test_a_replay_tells_after_each_step_how_the_rep_stood(story: Story) -> None:
    steps = [step async for step in story.platform.replays.of_rep("anna", at=await head(story))]
    assert steps[-1].standing == Standing(held=1, visits=1, effective=1)
    by_name = {step.row.name: step.standing for step in steps}
    assert by_name["ownership.claim_granted"].held == 1
    assert by_name["visit.visit_recorded"].visits == 1


async def test_a_replay_of_one_day_begins_with_what_was_held_before(story: Story) -> None:
    await story.tell(at("03-16 12:00"), at("03-16 10:00"), VISIT, need="more of it")
    at_head = await head(story)
    steps = [
        step
        async for step in story.platform.replays.of_rep(
            "anna", at=at_head, first=date(2026, 3, 16), last=date(2026, 3, 16)
        )
    ]
    assert {step.row.biz_date for step in steps} == {date(2026, 3, 16)}
    assert (steps[0].standing.held, steps[0].standing.visits) == (1, 1)
