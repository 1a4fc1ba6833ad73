"""Turns: nobody is overtaken while they have one, and nobody waits for ever."""

import asyncio

import pytest

from services.turns import Turns


async def test_turns_at_a_stream_come_in_the_order_of_asking() -> None:
    turns, had = Turns(), list[int]()

    async def take(number: int) -> None:
        async with turns.at(["a"]):
            assert turns.crowded(["b", "a"])
            await asyncio.sleep(0)
            had.append(number)

    await asyncio.gather(*(take(number) for number in range(10)))
    assert had == list(range(10))
    assert not turns.crowded(["a"])


async def test_those_who_want_several_streams_in_any_order_do_not_wait_for_each_other_for_ever() -> None:
    turns, wants = Turns(), (["a", "b"], ["b", "a"], ["c", "a"], ["b", "c"])

    async def take(streams: list[str]) -> None:
        async with turns.at(streams):
            await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await asyncio.gather(*(take(streams) for streams in wants * 20))
    assert not turns.crowded(["a", "b", "c"])


async def test_who_gives_up_waiting_or_fails_holds_nobody_up() -> None:
    turns = Turns()

    async def fail() -> None:
        async with turns.at(["a"]):
            await asyncio.sleep(0)
            raise KeyError

    async def take() -> None:
        async with turns.at(["a"]):
            pass

    failing, waiting, last = (asyncio.create_task(work()) for work in (fail, take, take))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(KeyError):
        await failing
    async with asyncio.timeout(5):
        await last
    assert not turns.crowded(["a"])
