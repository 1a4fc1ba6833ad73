"""What the bus promises, shown on a real broker."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count

import pytest

from services.adapters.kafka import KafkaExchange, KafkaPublisher, KafkaSubscription, ensure_topics, partition_of
from services.bus import BusUnavailable, Delivered, Message, PlaceGone, Superseded, TooLarge, Topic
from tests.broker import Broker, free_port
from tests.broker.marks import KAFKA

pytestmark = KAFKA
_NAMES = count(1)
PARTS = 3


@pytest.fixture
def topic(kafka: str) -> str:
    """A topic that no other test uses."""
    name = f"bus.{next(_NAMES)}"
    ensure_topics(kafka, [Topic(name, PARTS, 1)])
    return name


def a_message(topic: str, number: int, key: str = "anna") -> Message:
    return Message(topic, key, {"number": str(number).encode()}, b"{}")


def numbers(found: Sequence[Delivered]) -> list[int]:
    return [int(one.headers["number"]) for one in found]


async def from_the_beginning(partitions: Sequence[int]) -> Mapping[int, int]:
    return dict.fromkeys(partitions, 0)


async def everything(subscription: KafkaSubscription, many: int) -> list[Delivered]:
    """So many messages, and no more."""
    found: list[Delivered] = []
    async with asyncio.timeout(30):
        while len(found) < many:
            found += await subscription.poll(0.5)
    return found + list(await subscription.poll(0.5))


async def read_all(kafka: str, topic: str, many: int) -> list[Delivered]:
    subscription = KafkaSubscription(kafka, topic, f"all-{next(_NAMES)}", None)
    await subscription.open(from_the_beginning)
    try:
        return await everything(subscription, many)
    finally:
        await subscription.close()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)


async def test_messages_of_one_key_arrive_once_and_in_their_order(kafka: str, topic: str) -> None:
    publisher = KafkaPublisher(kafka, topic)
    await publisher.open()
    assert await publisher.partitions(topic) == PARTS
    for first in range(0, 300, 50):
        await publisher.publish([a_message(topic, one, f"k{one % 7}") for one in range(first, first + 50)])
    await publisher.close()
    found = await read_all(kafka, topic, 300)
    assert sorted(numbers(found)) == list(range(300))
    for key in range(7):
        own = [one for one in found if one.key == f"k{key}"]
        assert numbers(own) == sorted(numbers(own))
        assert {one.partition for one in own} == {partition_of(f"k{key}", PARTS)}


async def test_topics_that_are_there_are_left_as_they_are(kafka: str, topic: str) -> None:
    assert ensure_topics(kafka, [Topic(topic, PARTS + 2, 1)]) == []
    publisher = KafkaPublisher(kafka, topic)
    await publisher.open()
    assert await publisher.partitions(topic) == PARTS
    await publisher.close()


async def test_a_batch_with_a_message_that_is_too_large_leaves_nothing_behind(kafka: str, topic: str) -> None:
    publisher = KafkaPublisher(kafka, topic)
    await publisher.open()
    with pytest.raises(TooLarge):
        await publisher.publish([a_message(topic, 1), Message(topic, "anna", {}, b"x" * 3_000_000)])
    with pytest.raises(BusUnavailable):
        await publisher.publish([a_message(topic, 2)])
    await publisher.open()
    await publisher.publish([a_message(topic, 3)])
    await publisher.close()
    assert numbers(await read_all(kafka, topic, 1)) == [3]


async def test_who_publishes_under_a_name_that_was_taken_over_is_told_so(kafka: str, topic: str) -> None:
    first, second = KafkaPublisher(kafka, topic), KafkaPublisher(kafka, topic)
    await first.open()
    await first.publish([a_message(topic, 1)])
    await second.open()
    with pytest.raises(Superseded):
        await first.publish([a_message(topic, 99)])
    await second.publish([a_message(topic, 2)])
    await first.close()
    await second.close()
    assert sorted(numbers(await read_all(kafka, topic, 2))) == [1, 2]


async def test_partitions_are_divided_and_move_when_a_member_leaves(kafka: str, topic: str) -> None:
    first, second = (KafkaSubscription(kafka, topic, topic, None) for _ in range(2))
    await first.open(from_the_beginning)
    await second.open(from_the_beginning)
    everybody = frozenset(range(PARTS))

    async def divided() -> bool:
        await asyncio.gather(first.poll(0.2), second.poll(0.2))
        return bool(first.mine) and bool(second.mine) and first.mine | second.mine == everybody

    await until(divided)
    assert not first.mine & second.mine
    await first.close()

    async def all_at_the_second() -> bool:
        await second.poll(0.2)
        return second.mine == everybody

    await until(all_at_the_second)
    await second.close()


async def test_reading_goes_on_from_the_place_that_is_named(kafka: str, topic: str) -> None:
    publisher = KafkaPublisher(kafka, topic)
    await publisher.open()
    await publisher.publish([a_message(topic, one) for one in range(10)])
    await publisher.close()
    own = partition_of("anna", PARTS)

    async def from_the_fourth(partitions: Sequence[int]) -> Mapping[int, int]:
        return {one: 4 if one == own else 0 for one in partitions}

    subscription = KafkaSubscription(kafka, topic, topic, None)
    await subscription.open(from_the_fourth)
    assert numbers(await everything(subscription, 6)) == [4, 5, 6, 7, 8, 9]
    await subscription.seek({own: 8})
    assert numbers(await everything(subscription, 2)) == [8, 9]
    await subscription.seek({own: None})
    assert numbers(await everything(subscription, 10)) == list(range(10))
    await subscription.close()


async def test_a_place_that_is_gone_is_told(kafka: str, topic: str) -> None:
    async def far_off(partitions: Sequence[int]) -> Mapping[int, int]:
        return dict.fromkeys(partitions, 1_000_000)

    subscription = KafkaSubscription(kafka, topic, topic, None)
    await subscription.open(far_off)

    async def told() -> bool:
        try:
            await subscription.poll(0.5)
        except PlaceGone as gone:
            return set(gone.partitions) <= set(range(PARTS))
        return False

    await until(told)
    await subscription.close()


async def test_what_was_taken_and_what_was_answered_count_together(kafka: str, topic: str) -> None:
    answers = f"{topic}.answers"
    ensure_topics(kafka, [Topic(answers, 1, 1)])
    publisher = KafkaPublisher(kafka, topic)
    await publisher.open()
    await publisher.publish([a_message(topic, one) for one in range(4)])
    await publisher.close()
    for round_ in range(2):
        exchange = KafkaExchange(kafka, topic, topic, "one")
        await exchange.open()
        taken: Sequence[Delivered] = ()
        async with asyncio.timeout(60):
            while not taken:
                taken = await exchange.take(0.5)
        if round_ == 0:
            assert numbers(taken) == [0, 1, 2, 3]
            await exchange.answer(taken[:2], [a_message(answers, one) for one in numbers(taken[:2])])
        else:
            assert numbers(taken) == [2, 3]
            await exchange.answer(taken, [a_message(answers, one) for one in numbers(taken)])
        await exchange.close()
    assert numbers(await read_all(kafka, answers, 4)) == [0, 1, 2, 3]


async def test_a_broker_that_is_away_is_told_and_come_back_to(own_broker: Broker) -> None:
    ensure_topics(own_broker.address, [Topic("t", 1, 1)])
    publisher = KafkaPublisher(own_broker.address, "p")
    await publisher.open()
    await publisher.publish([a_message("t", 1)])
    own_broker.kill()
    with pytest.raises(BusUnavailable):
        await publisher.publish([a_message("t", 2)])
    own_broker.start()

    async def back() -> bool:
        try:
            await publisher.open()
        except BusUnavailable:
            return False
        return True

    await until(back, 60)
    await publisher.publish([a_message("t", 3)])
    await publisher.close()
    assert numbers(await read_all(own_broker.address, "t", 2)) == [1, 3]


async def test_no_broker_at_all_is_told() -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with pytest.raises(BusUnavailable):
        ensure_topics(nowhere, [Topic("t", 1, 1)])
