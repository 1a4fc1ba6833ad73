"""The demo company: the same story each time it is told, told once where it is kept."""

import json
from collections import Counter
from datetime import date, timedelta
from math import inf
from pathlib import Path

import pytest

from api.cli.demo import open_doors
from api.cli.talk import Talk
from api.demo.company import Company, start_of
from api.demo.telling import tell
from domain.submission.events import SubmissionRefused
from services.platform import in_memory, told_time
from tests.api.cli.lines import Terminal

ENDS, DAYS = date(2026, 3, 20), 12


async def _history() -> Counter[tuple[object, ...]]:
    """What a log holds after the story, but for the numbers that chance gives."""
    company = Company(7, ENDS, days=DAYS, reps=6)
    clock = told_time(start_of(company.first_day - timedelta(days=2)))
    platform = in_memory(now=clock)
    try:
        async with platform.started(clock=False, gather=inf):
            days = [company.first_day + timedelta(days=n) for n in range(DAYS)]
            await tell(platform, clock, company, days, lambda _: None)
        told: Counter[tuple[object, ...]] = Counter()
        position = 0
        while page := await platform.log.page(position, 1_000):
            for one in page:
                said = one.envelope
                told[said.name, said.occurred_at, said.biz_date, said.actor, said.subjects, said.flags] += 1
                assert not isinstance(one.event, SubmissionRefused) or one.event.code != "MALFORMED"
            position = page[-1].position
        return told
    finally:
        await platform.close()


async def test_the_same_seed_and_day_tell_the_same_story() -> None:
    first, again = await _history(), await _history()
    assert first == again
    names = {name for name, *_ in first}
    assert {"visit.visit_evaluated", "ownership.claim_refused", "target.target_set", "deal.deal_opened"} <= names


@pytest.mark.postgres
@pytest.mark.slow
def test_a_story_that_is_kept_is_told_once_and_one_cut_short_is_told_to_its_end(
    terminal: Terminal, tmp_path: Path
) -> None:
    words = ("--days", "3", "--reps", "3", "--until", "2026-03-20", "--keep", tmp_path / "demo", "--no-serve", "--json")

    def told(*more: object) -> int:
        ran = terminal("demo", *more)
        assert ran.exits == 0, ran.err
        visitors = json.loads(ran.out.splitlines()[0])
        assert {one["role"] for one in visitors} == {"manager", "rep", "arbiter", "auditor", "ops"}
        exported = terminal("export", "--what", "events", "--data", tmp_path / "demo")
        asked = [json.loads(line) for line in exported.out.splitlines()]
        return sum(one["actor"]["role"] in ("rep", "manager") for one in asked)

    first = told(*words)
    assert first > 20
    assert told(*words, "--seed", "8", "--until", "2026-03-21") == first, "the folder's own story stands"
    page = tmp_path / "demo" / "demo.json"
    page.write_text(page.read_text().replace("true", "false"))
    assert told(*words) == first, "told again, it is answered as the first time"


def test_no_story_is_told_into_an_organisation_that_is_not_a_demo(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    ran = terminal("demo", "--keep", tmp_path, "--no-serve")
    assert (ran.exits, len(ran.trouble)) == (2, 3)
    assert not (tmp_path / "demo.json").exists()


async def test_one_click_is_not_offered_where_other_machines_can_come_unless_it_is_asked_for() -> None:
    platform = in_memory()
    try:
        assert await open_doors(platform, "0.0.0.0", Talk(), anyone=False) is None  # noqa: S104 - nothing listens there
        assert await open_doors(platform, "192.0.2.7", Talk(), anyone=False) is None
        assert not await platform.accounts.all()
        here = await open_doors(platform, "127.0.0.1", Talk(), anyone=False)
        anywhere = await open_doors(platform, "0.0.0.0", Talk(), anyone=True)  # noqa: S104 - as above
    finally:
        await platform.close()
    assert here is not None
    assert {one.role for one in here.accounts} == {"manager", "rep", "arbiter", "auditor", "ops"}
    assert anywhere is not None
    assert (here.from_elsewhere, anywhere.from_elsewhere) == (False, True)
    assert all(one.demo for one in here.accounts)
