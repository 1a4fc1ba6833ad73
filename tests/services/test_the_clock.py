"""The clock writes each deadline once, whatever comes between."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio

from services.by_itself import at_start, by_the_clock
from services.ports import Context, Request
from tests.people import ACME, LINE, SHANGHAI, an_id, at
from tests.services.office import Office, an_office


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    """Anna holds Acme since Monday; the first visit is due on Friday, midnight."""
    async with an_office(at("03-02 09:00")) as office, office.platform.started(clock=False):
        await office.register(ACME, "Acme Ltd")
        await office.ask(
            "anna", "ownership.claim", lambda context: office.platform.ownership.claim(ACME, LINE, context)
        )
        yield office


async def _passes_to(office: Office, hour: str) -> None:
    office.clock.hour = at(hour)
    await office.platform.clockwork.tick(at(hour))
    await office.platform.settle()


def _case(office: Office, what: str) -> Context:
    return replace(at_start(office.clock(), SHANGHAI), request=Request("/test", what, b""))


async def test_a_case_that_begins_and_ends_on_the_day_of_the_deadline_does_not_hide_it(office: Office) -> None:
    """The clock had asked in vain while the case was open; the same deadline comes once more when it is over."""
    for hour in ("03-03 00:00", "03-05 00:00"):
        await _passes_to(office, hour)
    office.clock.hour = at("03-06 08:00")
    [due] = await office.platform.deadlines.due(office.clock())
    await office.platform.ownership.pause(ACME, LINE, an_id(500), _case(office, "open"))
    await office.platform.settle()
    await office.platform.ownership.expire(due, by_the_clock(due, office.clock(), SHANGHAI))
    await office.platform.ownership.resume(ACME, LINE, an_id(500), _case(office, "close"))
    await office.platform.settle()
    await _passes_to(office, "03-06 09:00")
    assert (await office.names()).count("ownership.protection_lapsed") == 1
    await _passes_to(office, "03-07 00:00")
    assert (await office.names())[-2:] == ["ownership.claim_released", "portfolio.slot_released"]


async def test_each_warning_and_each_deadline_is_written_once_however_often_the_clock_ticks(office: Office) -> None:
    for hour in (
        "03-03 00:00",
        "03-03 00:00",
        "03-05 00:00",
        "03-06 00:00",
        "03-06 00:00",
        "03-07 00:00",
        "03-08 00:00",
    ):
        await _passes_to(office, hour)
    names = await office.names()
    assert names.count("ownership.protection_warned") == 2
    assert names.count("ownership.protection_lapsed") == names.count("ownership.claim_released") == 1


async def test_a_clock_that_was_stopped_for_a_week_writes_everything_with_its_own_hour(office: Office) -> None:
    await _passes_to(office, "03-13 15:00")
    page = await office.platform.log.page(0, 500)
    lapse = next(one for one in page if one.envelope.name == "ownership.protection_lapsed")
    assert lapse.envelope.occurred_at == at("03-03 00:00")  # the first of what was due; its own hour stands in it
    assert lapse.event.lapsed_at == at("03-06 00:00")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - a lapse
