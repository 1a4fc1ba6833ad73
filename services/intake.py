"""Requests that come by Kafka: each is answered once, however often the process dies in between.

What was taken and what was answered are noted together, in one transaction of the bus; and a request that is carried
out a second time gets its first answer, for ever, from the same table as through every other door.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.bus import BusUnavailable, Delivered, Exchange, Message
from services.ports import LogUnavailable
from services.topics import Topics

POLL = 0.5
"""Seconds for which a question to the topic waits for an answer."""
AGAIN = 1.0
"""Seconds until the next try where bus or log are away."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one message. `reply`: what the sender is told, by `key`; `dead`: why it could not be taken in as
    a request at all, None where it could."""

    taken: Delivered
    key: str
    reply: bytes
    dead: str | None = None


Answering = Callable[[Sequence[Delivered]], Awaitable[Sequence[Answered]]]
"""Carries out what was sent. Raises `LogUnavailable` where none of it may be counted as answered."""


class Intake:
    """Takes requests, has them carried out, and sends the answers."""

    def __init__(self, exchange: Exchange, topics: Topics, answering: Answering) -> None:
        self._exchange = exchange
        self._topics = topics
        self._answering = answering

    async def run(self) -> None:
        """Answer until cancelled. Raises `Superseded` where another process has the same name."""
        try:
            while True:
                try:
                    await self._exchange.open()
                    while True:
                        await self.some()
                except (BusUnavailable, LogUnavailable) as away:
                    _log.warning("nothing is answered at the moment: %s", away)
                    await asyncio.sleep(AGAIN)
        finally:
            await self._exchange.close()

    async def some(self) -> int:
        """Answer what has come; how many."""
        taken = await self._exchange.take(POLL)
        if not taken:
            return 0
        answered = await self._answering(taken)
        await self._exchange.answer(taken, [message for one in answered for message in self._messages(one)])
        return len(taken)

    def _messages(self, answered: Answered) -> Sequence[Message]:
        taken = answered.taken
        place = f"{taken.topic}:{taken.partition}:{taken.offset}"
        reply = Message(
            self._topics.replies,
            answered.key,
            {
                "ce_specversion": b"1.0",
                "ce_id": place.encode(),
                "ce_source": f"/fieldtrace/{self._topics.organisation}".encode(),
                "ce_type": b"fieldtrace.reply.v1",
                "content-type": b"application/json",
            },
            answered.reply,
        )
        if answered.dead is None:
            return [reply]
        headers = {**taken.headers, "dead_reason": answered.dead.encode(), "dead_place": place.encode()}
        return [reply, Message(self._topics.dead_letters, taken.key, headers, taken.body)]


async def replayed(exchange: Exchange, topics: Topics) -> int:
    """Send every dead letter to the intake again, each once; how many. Raises `BusUnavailable`, `Superseded`."""
    await exchange.open()
    many, quiet = 0, 0
    try:
        while quiet < QUIET:
            taken = await exchange.take(POLL)
            quiet = 0 if taken else quiet + 1
            if taken:
                await exchange.answer(taken, [_alive(one, topics) for one in taken])
                many += len(taken)
        return many
    finally:
        await exchange.close()


QUIET = 20
"""Questions in a row that nothing answers, after which no dead letter is left; joining a group takes a while."""


def _alive(dead: Delivered, topics: Topics) -> Message:
    headers = {name: value for name, value in dead.headers.items() if not name.startswith("dead_")}
    return Message(topics.ingress, dead.key, headers, dead.body)
