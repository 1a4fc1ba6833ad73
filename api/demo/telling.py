"""Tells the demo company's story to a platform, through the same door as everybody's requests."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from importlib.resources import files
from uuid import NAMESPACE_URL, uuid5

from api.demo.company import Company, Said, start_of
from api.emitting import Sent, emit
from services.platform import Platform
from services.reception import Actor
from services.refusals import Refusal
from services.told_time import ToldTime

SIDE_BY_SIDE = 192
"""Requests that are told at once, in the order of their hours; those about the same customer one after another."""
SOURCE = "/demo"


async def tell(
    platform: Platform, clock: ToldTime, company: Company, days: Sequence[date], told: Callable[[date], None]
) -> None:
    """Tell the whole story; `told` is called after each day. What the rules refuse is part of the story."""
    clock.hour = start_of(company.first_day - timedelta(days=1))
    await _together(platform, clock, [_calendar(company)])
    founding = list(company.founding())
    await _together(platform, clock, [said for said in founding if said.about == "org"])
    await _together(platform, clock, [said for said in founding if said.about != "org"])
    for day in days:
        clock.hour = start_of(day)
        await platform.clockwork.tick(clock.hour)
        workday = (await platform.rulebook.calendar()).is_workday(day)
        said = company.day(day, workday=workday)
        for start in range(0, len(said), SIDE_BY_SIDE):
            await _together(platform, clock, said[start : start + SIDE_BY_SIDE])
            await platform.settle()
        told(day)


async def _together(platform: Platform, clock: ToldTime, said: Sequence[Said]) -> None:
    if not said:
        return
    clock.hour = said[-1].at
    chains: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        chains[one.about].append(one)
    await asyncio.gather(*(_in_order(platform, clock, chain) for chain in chains.values()))


async def _in_order(platform: Platform, clock: ToldTime, chain: Iterable[Said]) -> None:
    for one in chain:
        await _one(platform, clock, one)


async def _one(platform: Platform, clock: ToldTime, said: Said) -> None:
    clock.here(said.at)
    sent = Sent(Actor(said.actor, said.role), SOURCE, str(said.id), str(said.id), occurred_at=said.time)
    try:
        await emit(platform, sent, said.type, said.data)
    except Refusal:
        return  # people ask for what they may not have; the no is in the log now


def _calendar(company: Company) -> Said:
    """The workdays of the year, as they were published."""
    body = json.loads(files("api.demo").joinpath("calendar-cn-2026.json").read_text("utf-8"))
    at = start_of(company.first_day - timedelta(days=1))
    return Said(
        at, "ops", "ops", "calendar.publish", uuid5(NAMESPACE_URL, "fieldtrace:demo:calendar"), body, "calendar"
    )
