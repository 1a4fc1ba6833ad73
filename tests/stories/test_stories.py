"""Every audit story comes out as it says, told at the desks and over HTTP alike."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from api.scenario import Telling, read_scenario
from tests.stories.on_the_line import over_http

FOLDER = Path(__file__).parent
STORIES = sorted(file.stem for file in FOLDER.glob("*.jsonl"))
AUDIT_STORIES = {1, 2, 4, 5, 6, 8, *range(9, 15), 17, 18, 19, 21, 23, 24, 25, *range(27, 35)}
"""Every story by which the rules of ownership are audited, by its number."""
_HASH_OF_IDS = re.compile(r'"evidence_sha256": "[0-9a-f]{64}"')
"""A fingerprint that is made of ids, so it differs where they do."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _telling(story: str) -> tuple[Telling, str]:
    text = (FOLDER / f"{story}.jsonl").read_text("utf-8")
    return Telling(read_scenario(text.encode().splitlines())), text


async def _in_memory(story: str) -> tuple[Sequence[Mapping[str, Any]], Telling]:
    telling, _ = _telling(story)
    return [one async for one in telling.told()], telling


@pytest.mark.parametrize("story", STORIES)
async def test_a_story_comes_out_as_it_says(story: str) -> None:
    told, telling = await _in_memory(story)
    assert telling.unmet == []
    assert len(told) == len(telling.story.lines) + 1


@pytest.mark.parametrize("story", STORIES)
async def test_a_story_comes_out_the_same_over_http(story: str) -> None:
    expected, _ = await _in_memory(story)
    telling, text = _telling(story)
    async with over_http(telling.begins()) as stage:
        told = [one async for one in telling.told_on(stage)]
        table = await stage.get("/v1/ownership", {"limit": "500"})
    assert telling.unmet == []
    assert _comparable(told, text) == _comparable(expected, text)
    final = told[-1]["final"]["ownership"]
    assert [(row["claim_id"], row["rep_id"], row["state"]) for row in table["items"]] == [
        (row["claim_id"], row["rep_id"], row["state"]) for row in final
    ], "the table that the door shows is the one at which the story ends"


@pytest.mark.parametrize("story", STORIES)
def test_a_story_says_what_to_expect_at_every_step_and_at_its_end(story: str) -> None:
    telling, text = _telling(story)
    assert text.startswith("// A"), "it begins with the number of the story and what it is about"
    assert telling.story.ending is not None
    assert [number for number, line in telling.story.lines if line.expect is None and not line.tick] == []


def test_every_audit_story_is_told() -> None:
    told = {int(story.split("_")[0].removeprefix("a")) for story in STORIES}
    assert told == AUDIT_STORIES


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ('"code": "IN_GRACE"', '"code": "ALREADY_CLAIMED"'),
        ('"claimable_at": "2026-03-19T00:00:00+08:00"', '"claimable_at": "2026-03-18T00:00:00+08:00"'),
        ('"verdict": "UNDETERMINED"', '"verdict": "NOT"'),
        ('"lapsed_at": "2026-03-18T00:00:00+08:00"', '"lapsed_at": "2026-03-18T00:00:00Z"'),
        ('"timers": [{"type": "ownership.claim_released"', '"timers": [{"type": "ownership.claim_granted"'),
        ('"owner": "a", "state": "GRACE"', '"owner": "a", "state": "PROTECTED"'),
        ('"owner": null, "state": "FREE"', '"owner": "a", "state": "FREE"'),
        ('"rep_id": "b", "state": "PROTECTED"}]', '"rep_id": "a", "state": "PROTECTED"}]'),
        ('"cases": []', '"cases": [{"kind": "MANUAL"}]'),
        (', {"claim_id": "01950000-0000-7000-8000-0000000000b2"}]', "]"),
    ],
)
async def test_a_story_that_says_otherwise_than_it_comes_is_found_out(said: str, instead: str) -> None:
    text = (FOLDER / "a05_a_visit_typed_in_after_the_window.jsonl").read_text("utf-8")
    assert said in text
    telling = Telling(read_scenario(text.replace(said, instead, 1).encode().splitlines()))
    assert [one async for one in telling.told()]
    assert len(telling.unmet) == 1


def _comparable(told: Sequence[Mapping[str, Any]], text: str) -> Any:  # noqa: ANN401 - any JSON value
    """What was told, without what names one conversation only: ids that the story does not bring, in their order."""
    named: dict[str, str] = {}

    def known(found: re.Match[str]) -> str:
        return found.group() if found.group() in text else named.setdefault(found.group(), f"id-{len(named)}")

    lines: list[Mapping[str, Any]] = []
    for line in told:
        problem = line.get("problem")
        if problem:
            kept = {name: value for name, value in problem.items() if name not in ("instance", "position", "errors")}
            line = {**line, "problem": kept}
        lines.append(line)
    told_as = _HASH_OF_IDS.sub('"evidence_sha256": "…"', json.dumps(lines, sort_keys=True, ensure_ascii=False))
    return json.loads(_ID.sub(known, told_as))
