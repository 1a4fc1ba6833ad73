"""Followers gather events while nobody waits for them, and go on at once for whoever does."""

import asyncio
from math import inf

from services.gathering import Gathering
from tests.services import test_projector
from tests.services.test_projector import Works, running

works = test_projector.works

HOUR = 3_600.0


async def test_a_follower_that_has_rested_begins_at_once() -> None:
    async with asyncio.timeout(5):
        await Gathering().next_round(HOUR)


async def test_the_next_round_waits_for_others_to_come() -> None:
    gathering = Gathering()
    await gathering.next_round(HOUR)
    waiting = asyncio.create_task(gathering.next_round(HOUR))
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done
    waiting.cancel()


async def test_whoever_waits_begins_the_next_round_and_those_after_it() -> None:
    gathering = Gathering()
    await gathering.next_round(inf)
    with gathering.wanted():
        async with asyncio.timeout(5):
            await gathering.next_round(inf)
            await gathering.next_round(inf)


async def test_once_nobody_waits_any_more_events_gather_again() -> None:
    gathering = Gathering()
    with gathering.wanted():
        await gathering.next_round(HOUR)
    waiting = asyncio.create_task(gathering.next_round(HOUR))
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done
    waiting.cancel()


async def test_a_read_model_that_gathers_for_an_hour_is_abreast_for_whoever_waits(works: Works) -> None:
    projector = works.projector()
    await projector.catch_up()
    async with running(projector, gather=HOUR):
        assert await projector.reached(await works.claims_granted(1), seconds=10)
        assert await projector.reached(await works.claims_granted(1), seconds=10)
