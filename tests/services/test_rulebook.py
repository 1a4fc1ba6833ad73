"""Rules and calendars in force, on a whole platform in memory."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from domain.reception import RefNotFound, RetroactiveForbidden
from domain.rulesets import EffectiveVisitRules, FlagRules, ProtectionRules
from services import platform as platforms
from services.ports import Receipt
from services.rulebook import DayType, NothingLeftInForce, RuleKind, RulesetInconsistent
from tests.people import MONDAY
from tests.services.office import Office, an_office

TODAY = date(2026, 3, 2)
APRIL = date(2026, 4, 1)
CHINA_2026 = Path(__file__).parents[2] / "api" / "demo" / "calendar-cn-2026.json"


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as office:
        yield office


async def publish(office: Office, *, scope: str = "organisation", day: date | None = APRIL, **body: object) -> Receipt:
    book = office.platform.rulebook
    return await office.ask(
        "ops",
        "rules.publish",
        lambda context: book.publish(RuleKind.PROT, body, context, scope=scope, effective_from=day),
    )


async def test_the_defaults_hold_from_the_beginning_of_time(office: Office) -> None:
    book = office.platform.rulebook
    assert await book.protection(date(1999, 1, 1)) == ProtectionRules()
    assert await book.effective_visits(TODAY) == EffectiveVisitRules()
    assert await book.flags(TODAY) == FlagRules()
    assert (await book.calendar()).version == 1


async def test_a_platform_that_starts_again_publishes_nothing_again(office: Office) -> None:
    before = await office.position()
    await publish(office, protection_days=10)
    await office.platform.prepare()
    await office.platform.prepare()
    assert await office.position() == before + 1


async def test_nothing_is_in_force_before_anything_was_published() -> None:
    platform = platforms.in_memory()
    with pytest.raises(RefNotFound):
        await platform.rulebook.protection(TODAY)
    await platform.close()


async def test_new_numbers_hold_from_their_day_on_and_the_past_keeps_its_own(office: Office) -> None:
    book = office.platform.rulebook
    receipt = await publish(office, protection_days=10)
    assert receipt.answer == {"version": 2}
    before, after = await book.protection(date(2026, 3, 31)), await book.protection(APRIL)
    assert (before.version, before.protection_days) == (1, 15)
    assert (after.version, after.protection_days, after.capacity) == (2, 10, 100)
    assert [one.version for one in await book.history(RuleKind.PROT)] == [1, 2]


async def test_a_team_has_numbers_of_its_own(office: Office) -> None:
    book = office.platform.rulebook
    await publish(office, scope="team:east", day=None, capacity=5)
    assert (await book.protection(TODAY, "east")).capacity == 5
    assert (await book.protection(TODAY, "west")).capacity == 100
    assert (await book.protection(TODAY)).capacity == 100


async def test_refused_numbers_change_nothing(office: Office) -> None:
    with pytest.raises(RulesetInconsistent):
        await publish(office, protection_days=91)
    with pytest.raises(RetroactiveForbidden):
        await publish(office, day=TODAY - timedelta(days=1), protection_days=10)
    assert await office.platform.rulebook.protection(APRIL) == ProtectionRules()


async def test_a_retired_set_gives_way(office: Office) -> None:
    book = office.platform.rulebook
    await publish(office, day=None, protection_days=10)
    may = date(2026, 5, 1)
    await office.ask("ops", "rules.retire", lambda context: book.retire(RuleKind.PROT, 2, context, retired_from=may))
    assert (await book.protection(may)).version == 1
    assert (await book.protection(APRIL)).version == 2
    with pytest.raises(NothingLeftInForce):
        await office.ask("ops", "rules.retire", lambda context: book.retire(RuleKind.PROT, 1, context))


async def test_a_published_calendar_moves_workdays(office: Office) -> None:
    book = office.platform.rulebook
    body = json.loads(CHINA_2026.read_text(encoding="utf-8"))
    days = {date.fromisoformat(one["day"]): DayType(one["type"]) for one in body["days"]}
    await office.ask("ops", "calendar.publish", lambda context: book.publish_calendar(days, body["notice"], context))
    calendar = await book.calendar()
    assert (calendar.version, calendar.workdays_after(date(2026, 2, 13), 3)) == (2, date(2026, 2, 25))
    await office.ask(
        "ops",
        "calendar.change_day",
        lambda context: book.change_day(date(2026, 2, 24), DayType.HOLIDAY, "one day more", context),
    )
    assert (await book.calendar()).workdays_after(date(2026, 2, 13), 3) == date(2026, 2, 26)
    assert MONDAY.date() == TODAY
