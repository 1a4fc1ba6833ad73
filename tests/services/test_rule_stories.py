"""Audit stories of rules and calendars, with their dates, on a whole platform in memory."""

import json
from collections.abc import AsyncIterator
from datetime import date, datetime

import pytest_asyncio

from domain.ownership.events import ClaimGranted, ProtectionRenewed
from services.rulebook import DayType, RuleKind
from tests.people import ACME, LINE, an_id, at
from tests.services.office import Office, an_office
from tests.services.test_rulebook import CHINA_2026

CLAIM, VISIT = an_id(1), an_id(2)


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office(at("01-05 09:00")) as office:
        await office.register(ACME, "上海蓝海贸易有限公司")
        yield office


async def claimed(office: Office, hour: datetime) -> ClaimGranted:
    desk = office.platform.ownership
    office.clock.hour = hour
    await office.ask("anna", "ownership.claim", lambda context: desk.claim(ACME, LINE, context, claim_id=CLAIM))
    recorded = await office.platform.log.page(await office.position() - 2, 1)
    (event,) = [one.event for one in recorded]
    assert isinstance(event, ClaimGranted)
    return event


async def renewed(office: Office, hour: datetime) -> ProtectionRenewed:
    desk = office.platform.ownership
    office.clock.hour = hour
    await office.ask(
        "policy",
        "ownership.renew",
        lambda context: desk.renew(ACME, LINE, "anna", VISIT, hour, hour, context),
    )
    (event,) = [one.event for one in await office.platform.log.page(await office.position() - 1, 1)]
    assert isinstance(event, ProtectionRenewed)
    return event


async def test_a23_a_shorter_protection_shortens_nothing_that_runs(office: Office) -> None:
    book = office.platform.rulebook
    office.clock.hour = at("08-20 09:00")
    await office.ask(
        "ops",
        "rules.publish",
        lambda context: book.publish(RuleKind.PROT, {"protection_days": 10}, context, effective_from=date(2026, 9, 1)),
    )
    granted = await claimed(office, at("08-25 09:00"))
    assert (granted.rules_version, granted.protected_until) == (1, at("09-10 00:00"))
    first = await renewed(office, at("08-25 10:00"))
    assert (first.rules_version, first.new_until) == (1, at("09-10 00:00"))
    second = await renewed(office, at("09-02 10:00"))
    assert (second.rules_version, second.old_until, second.new_until) == (2, at("09-10 00:00"), at("09-13 00:00"))


async def test_a27_three_workdays_over_spring_festival(office: Office) -> None:
    book = office.platform.rulebook
    body = json.loads(CHINA_2026.read_text(encoding="utf-8"))
    days = {date.fromisoformat(one["day"]): DayType(one["type"]) for one in body["days"]}
    await office.ask("ops", "calendar.publish", lambda context: book.publish_calendar(days, body["notice"], context))
    granted = await claimed(office, at("02-13 09:00"))
    assert granted.first_visit_due == at("02-26 00:00")
    assert granted.calendar_version == (await book.calendar()).version == 2


async def test_a27_without_the_published_calendar_it_would_be_the_eighteenth(office: Office) -> None:
    granted = await claimed(office, at("02-13 09:00"))
    assert (granted.first_visit_due, granted.calendar_version) == (at("02-19 00:00"), 1)


async def test_a_calendar_that_changes_later_moves_no_stored_deadline(office: Office) -> None:
    book = office.platform.rulebook
    granted = await claimed(office, at("02-13 09:00"))
    await office.ask(
        "ops",
        "calendar.change_day",
        lambda context: book.change_day(date(2026, 2, 16), DayType.HOLIDAY, "a storm", context),
    )
    [deadline] = await office.platform.deadlines.due(granted.first_visit_due)
    assert deadline.first_visit_due == granted.first_visit_due == at("02-19 00:00")
