"""The relay: what the log holds is on the bus, in order, with nothing left out, whatever happens in between."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import count

import pytest

from domain.envelope import Recorded
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.kafka import KafkaPublisher, KafkaSubscription, ensure_topics, partition_of
from services.adapters.memory_recorder import MemoryRecorder
from services.broadcast import Relay
from services.bus import Delivered, Message, Superseded
from services.feed import Fed, from_feed
from services.messages import public_messages
from services.ports import LogUnavailable
from services.topics import Topics
from tests.broker import Broker
from tests.broker.marks import KAFKA
from tests.domain.claiming.claims import claim, granted
from tests.people import ANNA, BRUNO, an_id
from tests.services.written_down import Scribe

pytestmark = KAFKA
_NAMES = count(1)
PARTS = 3


class Forgetful(EventsourcingLog):
    """A log whose database goes away just when a follower wants to say how far it has come."""

    away = False
    meanwhile: Callable[[], Awaitable[object]] | None = None
    """What happens between the moment in which a page is asked for and that in which it is read."""

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await asyncio.sleep(0.05)
            await meanwhile()
        return await super().page(after, limit)

    async def move_bookmark(self, follower: str, position: int) -> None:
        if self.away:
            raise LogUnavailable
        await super().move_bookmark(follower, position)


class Works:
    """A log, topics on a broker, and relays as many as one likes."""

    def __init__(self, servers: str) -> None:
        self.servers = servers
        self.topics = Topics(f"org{next(_NAMES)}", partitions=PARTS)
        self.log = Forgetful(MemoryRecorder(), self.topics.organisation)
        self.scribe = Scribe(self.log)
        self.sizes: list[int] = []
        self._claims = 0
        ensure_topics(servers, self.topics.every())

    def relay(self, *, batch: int = 500) -> Relay:
        publisher = KafkaPublisher(self.servers, self.topics.feed)
        return Relay(self.log, publisher, self.topics, batch=batch, measured=self.sizes.append)

    async def happen(self, many: int) -> int:
        """So many claims are granted, two events each; the position then."""
        position = 0
        for _ in range(many):
            self._claims += 1
            number = self._claims
            asked = claim((ANNA, BRUNO)[number % 2], claim_id=an_id(number), customer=an_id(100_000 + number))
            position = await self.scribe.write(*granted(asked))
        return position

    async def read(self, topic: str, *, at_least: int = 0) -> list[Delivered]:
        """Everything that can be read in a topic now. `at_least`: how much is there; a broker that has just come back
        tells nobody anything for a while."""

        async def beginning(partitions: Sequence[int]) -> dict[int, int]:
            return dict.fromkeys(partitions, 0)

        subscription = KafkaSubscription(self.servers, topic, f"reader-{next(_NAMES)}", None)
        await subscription.open(beginning)
        found: list[Delivered] = []
        quiet = 0
        async with asyncio.timeout(30):
            while quiet < 3 or not subscription.mine or len(found) < at_least:
                some = await subscription.poll(0.3)
                found += some
                quiet = 0 if some else quiet + 1
        await subscription.close()
        return found

    async def fed(self, *, at_least: int = 0) -> list[Fed]:
        return [from_feed(one) for one in await self.read(self.topics.feed, at_least=at_least)]


@pytest.fixture
async def works(kafka: str) -> AsyncIterator[Works]:
    works = Works(kafka)
    yield works
    await works.log.close()


def positions(fed: Sequence[Fed]) -> list[int]:
    return [one.position for one in fed if one.stored is not None]


def by_partition(fed: Sequence[Fed]) -> dict[int, list[Fed]]:
    parts: dict[int, list[Fed]] = defaultdict(list)
    for one in fed:
        parts[one.partition].append(one)
    return parts


async def test_a_log_that_grows_while_it_is_read_is_sent_without_a_gap(works: Works) -> None:
    await works.happen(2)
    works.log.meanwhile = lambda: works.happen(3)
    relay = works.relay()
    assert await relay.catch_up() == 10
    assert sorted(positions(await works.fed())) == list(range(1, 11))


async def test_the_log_is_on_the_bus_byte_for_byte_once_and_each_stream_in_order(works: Works) -> None:
    head = await works.happen(10)
    relay = works.relay(batch=7)
    assert await relay.catch_up() == head == 20
    assert works.sizes == [7, 7, 6]
    fed = await works.fed()
    assert sorted(positions(fed)) == list(range(1, head + 1))
    stored = {one.position: one for one in await works.log.stored(0, 100)}
    for one in fed:
        if one.stored is not None:
            assert one.stored == stored[one.position]
            assert one.partition == partition_of(one.stored.stream, PARTS)
    for part in by_partition(fed).values():
        assert [one.position for one in part] == sorted(one.position for one in part)
        assert part[-1].position == head, "every partition says how far everything has come"


async def test_each_message_says_up_to_where_everything_was_sent_before(works: Works) -> None:
    relay = works.relay(batch=4)
    await works.happen(3)
    await relay.catch_up()
    await works.happen(4)
    await relay.catch_up()
    for part in by_partition(await works.fed()).values():
        passed = 0
        for one in part:
            assert one.since <= passed, "a reader would believe that something is missing"
            passed = max(passed, one.position)


async def test_a_relay_that_died_before_it_said_so_sends_again_and_leaves_nothing_out(works: Works) -> None:
    head = await works.happen(4)
    first = works.relay()
    works.log.away = True
    with pytest.raises(LogUnavailable):
        await first.catch_up()
    works.log.away = False
    second = works.relay()
    await second.catch_up()
    assert sorted(positions(await works.fed())) == sorted([*range(1, head + 1)] * 2)
    await works.happen(1)
    with pytest.raises(Superseded):
        await first.catch_up()


async def test_whoever_appends_never_notices_that_the_broker_is_away(own_broker: Broker) -> None:
    works = Works(own_broker.address)
    relaying = asyncio.create_task(works.relay().run())
    await works.happen(2)
    async with asyncio.timeout(20):
        while await works.log.bookmark(works.relay().follower) < 4:
            await asyncio.sleep(0.05)
    own_broker.kill()
    async with asyncio.timeout(2):
        head = await works.happen(20)
    await asyncio.sleep(1)
    assert await works.log.bookmark(works.relay().follower) == 4
    own_broker.start()
    async with asyncio.timeout(60):
        while await works.log.bookmark(works.relay().follower) < head:
            await asyncio.sleep(0.05)
    relaying.cancel()
    with suppress(asyncio.CancelledError):
        await relaying
    assert sorted(set(positions(await works.fed(at_least=head)))) == list(range(1, head + 1))
    await works.log.close()


async def test_what_is_published_has_names_of_its_own_and_says_no_more_than_it_should(works: Works) -> None:
    await works.happen(1)
    await works.relay().catch_up()
    [message] = await works.read(works.topics.events)
    granting = (await works.log.page(0, 1))[0]
    assert message.key == granting.envelope.stream
    assert message.headers["ce_type"] == b"ownership.claim-granted.v1"
    assert message.headers["ce_sequence"] == b"1"
    assert message.headers["ce_id"] == f"{granting.envelope.stream}:1".encode()
    body = json.loads(message.body)
    assert body["rep_id"] == "bruno"
    assert "warn_at" not in body
    assert [Message(works.topics.events, message.key, message.headers, message.body)] == public_messages(
        granting, works.topics.events
    )
