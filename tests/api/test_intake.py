"""Requests by Kafka: each answered once, by the same rules as through every other door."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from api.intake import KafkaDoor
from services.adapters.kafka import KafkaExchange, KafkaPublisher, KafkaSubscription, ensure_topics
from services.bus import Delivered, Message
from services.intake import Intake, replayed
from services.platform import Platform, in_memory
from services.topics import Topics
from tests.broker.marks import KAFKA

pytestmark = KAFKA
_NAMES = count(1)


class Works:
    """A platform, its topics, and intakes as many as one likes."""

    def __init__(self, servers: str, platform: Platform, token: str) -> None:
        self.servers = servers
        self.platform = platform
        self.token = token
        self.topics = Topics(f"intake{next(_NAMES)}", partitions=3)
        ensure_topics(servers, self.topics.every())

    def intake(self, member: str = "one") -> Intake:
        exchange = KafkaExchange(self.servers, self.topics.ingress, f"{self.topics.ingress}.intake", member)
        return Intake(exchange, self.topics, KafkaDoor(self.platform))

    async def send(self, *messages: Message) -> None:
        publisher = KafkaPublisher(self.servers, f"client-{next(_NAMES)}")
        await publisher.open()
        await publisher.publish(messages)
        await publisher.close()

    def message(self, number: int, *, data: object = None, **headers: str) -> Message:
        """A customer is registered; `headers` are put beside or in the place of the usual ones."""
        said: dict[str, str] = {
            "ce_specversion": "1.0",
            "ce_id": str(number),
            "ce_source": "/devices/phone-17",
            "ce_type": "customer.register",
            "ce_partitionkey": "phone-17",
            "content-type": "application/json",
            "authorization": f"Bearer {self.token}",
            **headers,
        }
        told = data or {
            "customer_id": f"01970000-0000-7000-8000-{number:012d}",
            "kind": "COMPANY",
            "legal_name": f"公司{number}有限公司",
            "country": "CN",
            "source": {"method": "DIRECTORY", "seen_on": "2026-01-15"},
        }
        body = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
        return Message(self.topics.ingress, said["ce_source"], {n: v.encode() for n, v in said.items()}, body)

    async def read(self, topic: str, many: int, seconds: float = 60) -> list[Delivered]:
        """So many messages of a topic, and any that come too many."""

        async def beginning(partitions: Sequence[int]) -> Mapping[int, int]:
            return dict.fromkeys(partitions, 0)

        subscription = KafkaSubscription(self.servers, topic, f"reader-{next(_NAMES)}", None)
        await subscription.open(beginning)
        found: list[Delivered] = []
        async with asyncio.timeout(seconds):
            while len(found) < many:
                found += await subscription.poll(0.5)
        found += await subscription.poll(1.0)
        await subscription.close()
        return found

    async def replies(self, many: int, seconds: float = 60) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in await self.read(self.topics.replies, many, seconds)]

    async def answered(self, *intakes: Intake, many: int, seconds: float = 60) -> list[dict[str, Any]]:
        """Let intakes work until so many replies are there."""
        tasks = [asyncio.create_task(one.run()) for one in intakes]
        try:
            return await self.replies(many, seconds)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


@pytest.fixture
async def works(kafka: str) -> AsyncIterator[Works]:
    platform = in_memory()
    await platform.prepare()
    token = await platform.access.create("ops", "ops")
    yield Works(kafka, platform, token.token)
    await platform.close()


async def test_a_request_is_carried_out_once_and_each_sending_is_answered(works: Works) -> None:
    await works.send(works.message(1), works.message(2))
    first = await works.answered(works.intake(), many=2)
    assert Counter(one["status"] for one in first) == {"accepted": 2}
    await works.send(works.message(1), works.message(1, ce_type="org.add_team"))
    replies = await works.answered(works.intake(), many=4)
    assert len(replies) == 4
    status = {(one["id"], one["status"]) for one in replies}
    assert ("1", "duplicate") in status
    [mismatch] = [one for one in replies if one["status"] == "rejected"]
    assert mismatch["problem"]["code"] in ("IDEMPOTENCY_MISMATCH", "MALFORMED", "UNKNOWN_FIELD")
    registered = [one for one in await works.platform.log.page(0, 100) if "registered" in one.envelope.name]
    assert [one.envelope.request_id for one in registered] == ["1", "2"]


async def test_nobody_speaks_whose_token_opens_nothing_whatever_the_message_says(works: Works) -> None:
    await works.send(
        works.message(1, authorization="Bearer nonsense"),
        works.message(2, authorization=""),
        works.message(3, ce_source="actor/ops", authorization=""),
    )
    head = (await works.platform.log.head()).position
    replies = await works.answered(works.intake(), many=3)
    assert {one["problem"]["code"] for one in replies} == {"UNAUTHENTICATED"}
    assert (await works.platform.log.head()).position == head
    dead = await works.read(works.topics.dead_letters, 3)
    assert {one.headers["dead_reason"] for one in dead} == {b"UNAUTHENTICATED"}


async def test_bad_input_gets_an_answer_and_holds_nobody_up(works: Works) -> None:
    bad = [
        works.message(1, data=b"\xff\xfe not json"),
        works.message(2, data=b"[" * 50_000),
        works.message(3, ce_specversion="0.3"),
        works.message(4, ce_type="no such type"),
        works.message(5, ce_type="customer.paint_blue"),
        works.message(6, **{"content-type": "text/csv"}),
        works.message(7, data={"kind": "COMPANY"}),
        works.message(8, ce_time="yesterday"),
        works.message(9, ce_id=""),
        works.message(10, data=b'{"legal_name":"\\ud800"}'),
        Message(works.topics.ingress, None, {}, b""),
        Message(works.topics.ingress, None, {"authorization": f"Bearer {works.token}".encode()}, b"\x00" * 1_000),
    ]
    await works.send(*bad, works.message(99))
    replies = await works.answered(works.intake(), many=len(bad) + 1)
    assert len(replies) == len(bad) + 1
    assert Counter(one["status"] for one in replies) == {"rejected": len(bad), "accepted": 1}
    assert all(one["problem"]["status"] < 500 for one in replies if "problem" in one)


async def test_a_structured_message_is_read_too(works: Works) -> None:
    usual = works.message(1)
    attributes = {name[3:]: value.decode() for name, value in usual.headers.items() if name.startswith("ce_")}
    del attributes["partitionkey"]
    whole = {**attributes, "data": json.loads(usual.body)}
    headers = {
        "content-type": b"Application/CloudEvents+JSON; charset=UTF-8",
        "authorization": usual.headers["authorization"],
    }
    await works.send(Message(works.topics.ingress, None, headers, json.dumps(whole).encode()))
    [reply] = await works.answered(works.intake(), many=1)
    assert (reply["id"], reply["status"]) == ("1", "accepted")


async def test_two_intakes_share_the_work_and_one_that_dies_leaves_nothing_unanswered(works: Works) -> None:
    many = 200
    sent = [works.message(number, ce_source=f"/devices/{number % 9}") for number in range(1, many + 1)]
    working = asyncio.create_task(works.intake("one").run())
    await works.send(*sent[:100])
    await asyncio.sleep(1)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    await works.send(*sent[100:])
    replies = await works.answered(works.intake("one"), works.intake("two"), many=many)
    assert len(replies) == many
    assert Counter(one["status"] for one in replies)["accepted"] == many


async def test_dead_letters_are_sent_in_again_when_what_was_wrong_is_put_right(works: Works) -> None:
    await works.send(works.message(1, authorization=""), works.message(2, data=b"{"))
    await works.answered(works.intake(), many=2)
    again = KafkaExchange(works.servers, works.topics.dead_letters, f"{works.topics.dead_letters}.replay", "replay")
    assert await replayed(again, works.topics) == 2
    replies = await works.answered(works.intake(), many=4)
    assert Counter(one["problem"]["code"] for one in replies) == {"UNAUTHENTICATED": 2, "MALFORMED": 2}
    more = KafkaExchange(works.servers, works.topics.dead_letters, f"{works.topics.dead_letters}.replay", "replay")
    assert await replayed(more, works.topics) == 2, "those that died again, and nothing twice"
