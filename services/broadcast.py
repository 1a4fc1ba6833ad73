"""The relay: log → Kafka. The log is the outbox; what was appended is sent, in order, never ahead and nothing left out.

A batch is sent all or nothing, and only then the place in the log is moved. Dying in between sends a batch again, and
readers know it by its positions. Whoever appends never waits for this and never hears of it.
"""

import asyncio
from collections.abc import Callable

from services.bus import BusUnavailable, Message, Publisher, TooLarge
from services.feed import marks, to_feed
from services.messages import public_messages
from services.ports import EventLog, LogUnavailable, UnknownEvent
from services.topics import Topics
from services.tracing import following

BATCH = 500
"""Events that are sent together."""
QUIET = 5.0
"""Seconds to wait for the log to grow before looking again."""
LONGEST_PAUSE = 5.0
"""Seconds between attempts while the bus is away."""


class Relay:
    """Hands the log on; one at a time, which whoever runs it sees to, and the bus besides."""

    def __init__(
        self,
        log: EventLog,
        publisher: Publisher,
        topics: Topics,
        *,
        batch: int = BATCH,
        measured: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`measured`: told of each batch how many events it had."""
        self._measured = measured
        self._log = log
        self._publisher = publisher
        self._topics = topics
        self._batch = batch
        self._partitions: int | None = None

    @property
    def follower(self) -> str:
        """The name under which the place in the log is kept; a new generation of topics begins at the beginning."""
        return follower_of(self._topics)

    async def run(self) -> None:
        """Send until cancelled, or until somebody else does: raises `Superseded`."""
        pause = 0.1
        try:
            while True:
                try:
                    sent = await self.catch_up()
                    pause = 0.1
                    await self._log.beyond(sent, seconds=QUIET)
                except (BusUnavailable, LogUnavailable, UnknownEvent):
                    self._partitions = None
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            await self._publisher.close()

    async def catch_up(self) -> int:
        """Send everything that is recorded; the position then."""
        if self._partitions is None:
            await self._publisher.open()
            self._partitions = await self._publisher.partitions(self._topics.feed)
        sent = await self._log.bookmark(self.follower)
        while True:
            upto = await self._send_some(sent, self._batch, self._partitions)
            if upto == sent:
                return sent
            sent = upto

    async def _send_some(self, after: int, most: int, partitions: int) -> int:
        recorded = await self._log.page(after, most)
        if not recorded:
            return after
        stored = await self._log.stored(after, len(recorded))  # not side by side: the log grows between two looks
        upto = recorded[-1].position
        batch: list[Message] = []
        for one, kept in zip(recorded, stored, strict=True):
            batch.append(to_feed(one, kept, topic=self._topics.feed, since=after))
            batch += public_messages(one, self._topics.events)
        batch += marks(topic=self._topics.feed, partitions=partitions, since=after, position=upto)
        try:
            with following().events("relay", [one.envelope for one in recorded]):
                await self._publisher.publish(batch)
        except TooLarge:
            if len(recorded) == 1:
                raise
            await self._publisher.open()
            return await self._send_some(after, most // 2, partitions)
        await self._log.move_bookmark(self.follower, upto)
        self._measured(len(recorded))
        return upto


def follower_of(topics: Topics) -> str:
    """The relay's name among those who follow the log."""
    return f"relay:{topics.feed}"
