"""One question to a machine for all who ask at once, instead of one for each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar, cast

Q = TypeVar("Q")
A = TypeVar("A")

MOST = 256
"""Questions that are put together."""


class Together(Generic[Q, A]):
    """Puts together what is asked while answers are on their way; who asks is never answered by a look begun before.

    Whoever asks alone is answered at once, and waits for nobody.
    """

    def __init__(self, look: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], *, abreast: int = 1) -> None:
        """`look`: answers several questions, in their order. `abreast`: how many looks may be under way."""
        self._look = look
        self._abreast = abreast
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._looking: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """The answer; whatever the look raises, all raise whom it looked for."""
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if len(self._looking) < self._abreast:
            looking = asyncio.create_task(self._look_for_all())
            self._looking.add(looking)
            looking.add_done_callback(self._looking.discard)
        return await answer

    async def _look_for_all(self) -> None:
        try:
            await self._answer_all()
        finally:  # at once, and not when the loop comes to it: whoever was answered may ask again before that
            self._looking.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _answer_all(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                found = await self._look([question for question, _ in some])
            except BaseException as error:
                for _, answer in some:
                    if not answer.done():
                        answer.set_exception(error) if isinstance(error, Exception) else answer.cancel()
                if not isinstance(error, Exception):
                    raise
                continue
            for (_, answer), one in zip(some, found, strict=True):
                if not answer.done():  # whoever asked may have gone
                    answer.set_result(one)
