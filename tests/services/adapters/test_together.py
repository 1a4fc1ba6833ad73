"""Who asks while others are answered is answered together with whoever else waits."""

import asyncio
from collections.abc import Sequence

import pytest

from services.adapters.together import MOST, Together


class Machine:
    """Answers when it is let, and remembers what it was asked together."""

    def __init__(self) -> None:
        self.looks: list[Sequence[int]] = []
        self.ready = asyncio.Event()
        self.broken: Exception | None = None

    async def __call__(self, asked: Sequence[int]) -> Sequence[str]:
        self.looks.append(list(asked))
        await self.ready.wait()
        if self.broken is not None:
            raise self.broken
        return [f"about {one}" for one in asked]


async def test_what_is_asked_while_an_answer_is_on_its_way_is_looked_for_in_one_go_afterwards() -> None:
    machine = Machine()
    together = Together(machine)
    first = asyncio.create_task(together.ask(0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(together.ask(n)) for n in range(1, 5)]
    await asyncio.sleep(0)
    assert machine.looks == [[0]], "nobody is answered by a look that began before the question"
    machine.ready.set()
    assert [await one for one in (first, *others)] == [f"about {n}" for n in range(5)]
    assert machine.looks == [[0], [1, 2, 3, 4]]


async def test_whoever_asks_again_the_moment_the_answer_is_there_is_answered() -> None:
    machine = Machine()
    machine.ready.set()
    together = Together(machine)
    async with asyncio.timeout(5):
        assert [await together.ask(n) for n in range(3)] == ["about 0", "about 1", "about 2"]


async def test_a_crowd_is_answered_in_portions() -> None:
    machine = Machine()
    machine.ready.set()
    together = Together(machine)
    assert await asyncio.gather(*(together.ask(n) for n in range(2 * MOST + 1))) == [
        f"about {n}" for n in range(2 * MOST + 1)
    ]
    assert [len(look) for look in machine.looks] == [MOST, MOST, 1]


async def test_several_looks_may_be_under_way() -> None:
    machine = Machine()
    together = Together(machine, abreast=2)
    asking: list[asyncio.Task[str]] = []
    for pair in ((0, 1), (2, 3), (4, 5)):
        asking += [asyncio.create_task(together.ask(n)) for n in pair]
        for _ in range(3):
            await asyncio.sleep(0)
    assert machine.looks == [[0, 1], [2, 3]], "two are under way, the third waits"
    machine.ready.set()
    assert await asyncio.gather(*asking) == [f"about {n}" for n in range(6)]
    assert machine.looks == [[0, 1], [2, 3], [4, 5]]


async def test_a_look_that_fails_fails_for_those_it_was_for_and_for_nobody_after() -> None:
    machine = Machine()
    together = Together(machine)
    machine.broken = OSError("away")
    machine.ready.set()
    told = await asyncio.gather(together.ask(1), together.ask(2), return_exceptions=True)
    assert [type(one) for one in told] == [OSError, OSError]
    machine.broken = None
    assert await together.ask(3) == "about 3"


async def test_who_goes_before_the_answer_comes_takes_nobody_along() -> None:
    machine = Machine()
    together = Together(machine)
    gone, stays = asyncio.create_task(together.ask(1)), asyncio.create_task(together.ask(2))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    machine.ready.set()
    assert await stays == "about 2"
