"""P11: the log through relay, Kafka and a worker into the read models; and what one, two and four workers take in.

The whole path stands beside the slower of two peers, measured in the same run on the same events: kafka-python's own
producer, which sends each event once and waits for nothing but the end, and a rebuild of all read models (P5).
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import kafka
import kafka.errors as errors
import psycopg

from benchmarks.filling import filled
from benchmarks.measuring import Figure, Table, a_database
from projections.everything import EVERYTHING
from services.bus import Message
from services.feed import to_feed
from services.platform import Platform, on_postgres
from services.settings import Settings
from tests.broker import Broker, missing
from tests.serving import RUN, environment

EVENTS = 20_000
WORKERS = (1, 2, 4)
HOUR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
JOINING = 120.0
"""Seconds within which the workers have to share the partitions among them."""
PATIENCE = 600.0
"""Seconds after which a figure is given up."""
_client = cast("Any", kafka)
_errors = cast("Any", errors)


class NotMeasured(Exception):
    """Something that is measured here did not come to its end."""


async def measure() -> Table:
    """The whole path with one worker; the relay alone; and what workers take in out of the topic that it has filled."""
    table = Table("P11 Kafka", "events a second")
    why = missing()
    if why is not None:
        sys.stderr.write(f"P11 was not measured. {why}\n")
        return table
    with a_database() as (data, url), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = Settings(data=data)
        events, sent, rebuilt = await _filled(settings)
        broker = Broker(Path(folder))
        broker.start()
        try:
            producer = Figure("kafka-python's own producer, each event once", events / _produced(broker.address, sent))
            fold = Figure("P5: all read models folded in one process", events / rebuilt)
            table.add(producer)
            table.add(fold)
            slower = min(producer, fold, key=lambda one: one.per_second)
            first = replace(settings, kafka=broker.address)
            through = await _through(first, url, events)
            table.add(Figure("ours: relay, Kafka and one worker, to the last row", events / through, beside=slower))
            full = replace(first, kafka_generation=2)
            relayed = await _relayed(full, url)
            table.add(Figure("ours: relay alone, with public messages and marks", events / relayed, beside=producer))
            alone: Figure | None = None
            for many in WORKERS:
                what = f"ours: {many} worker{'s' if many > 1 else ''} out of a full topic"
                figure = Figure(what, await _worked(full, url, many, events))
                alone = alone or figure
                table.add(replace(figure, beside=alone))
        finally:
            broker.stop()
    return table


async def _filled(settings: Settings) -> tuple[int, Sequence[Message], float]:
    """How many events there are, the same as messages, and the seconds of a rebuild."""
    platform = await on_postgres(settings, now=lambda: HOUR)
    try:
        events = await filled(platform, EVENTS)
        await platform.projector.catch_up()
        began = time.perf_counter()
        async for _ in platform.projector.rebuild(*platform.projector.names):
            pass
        rebuilt = time.perf_counter() - began
        return events, await _messages(platform), rebuilt
    finally:
        await platform.close()


async def _messages(platform: Platform) -> Sequence[Message]:
    messages: list[Message] = []
    after = 0
    while page := await platform.log.page(after, 1_000):
        stored = await platform.log.stored(after, 1_000)
        messages += [to_feed(*pair, topic="bench.produced", since=after) for pair in zip(page, stored, strict=True)]
        after = page[-1].position
    return messages


def _produced(address: str, messages: Sequence[Message]) -> float:
    """Seconds for kafka-python to send all of it, with the settings of its documentation for throughput."""
    admin = _client.KafkaAdminClient(bootstrap_servers=address)
    admin.create_topics({"bench.produced": {"num_partitions": 12}})
    admin.wait_for_topics(["bench.produced"], timeout_ms=30_000)
    admin.close()
    producer = _client.KafkaProducer(
        bootstrap_servers=address, enable_idempotence=True, acks="all", linger_ms=5, batch_size=131_072,
        compression_type="lz4",
    )  # fmt: skip
    began = time.perf_counter()
    for one in messages:
        producer.send(one.topic, key=(one.key or "").encode(), value=one.body, headers=list(one.headers.items()))
    producer.flush()
    took = time.perf_counter() - began
    producer.close()
    return took


async def _through(settings: Settings, url: str, events: int) -> float:
    """Seconds from the first event that the relay takes up until the last one is in every read model."""
    async with _empty(settings, url) as platform:
        relay = platform.relay()
        async with _workers(settings, url, 1):
            await _shared(settings, platform, 1)
            began = time.perf_counter()
            await relay.catch_up()
            while (come := await platform.store.come(EVERYTHING)) < events:
                if time.perf_counter() - began > PATIENCE:
                    raise NotMeasured(f"the worker came to {come} of {events}")
                await asyncio.sleep(0.02)
            return time.perf_counter() - began


async def _relayed(settings: Settings, url: str) -> float:
    """Seconds until everything is in the topic, while nobody reads it."""
    async with _empty(settings, url) as platform:
        relay = platform.relay()
        began = time.perf_counter()
        await relay.catch_up()
        return time.perf_counter() - began


async def _worked(settings: Settings, url: str, many: int, events: int) -> float:
    """Events a second between the first tenth and the last, when the workers have long divided the partitions."""
    begun: tuple[float, float] | None = None
    async with _empty(settings, url), _workers(settings, url, many):
        until = time.perf_counter() + PATIENCE
        with psycopg.connect(url, autocommit=True) as connection:
            while time.perf_counter() < until:
                now, come = time.perf_counter(), _taken_in(connection)
                if begun is None and come >= events / 10:
                    begun = now, come
                if begun is not None and come >= events * 9 / 10:
                    return (come - begun[1]) / (now - begun[0])
                await asyncio.sleep(0.02)
    raise NotMeasured(f"{many} workers did not come to the end")


def _taken_in(connection: psycopg.Connection) -> float:
    """How many events every read model has, counted by the partition, by the mean of the partitions."""
    found = connection.execute(
        "SELECT avg(least) FROM (SELECT min(position) AS least FROM fieldtrace_main_read.marks GROUP BY part) each_part"
    ).fetchone()
    return float(found[0] or 0) if found else 0.0


@asynccontextmanager
async def _empty(settings: Settings, url: str) -> AsyncGenerator[Platform]:
    """A platform with empty read models and the topics of its generation."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA fieldtrace_main_read CASCADE")
    platform = await on_postgres(settings, apart=True)
    try:
        await platform.prepare()
        await platform.ensure_topics()
        yield platform
    finally:
        await platform.close()


@asynccontextmanager
async def _workers(settings: Settings, url: str, many: int) -> AsyncGenerator[None]:
    said = environment(
        DATABASE_URL=url,
        FIELDTRACE_DATA=str(settings.data),
        KAFKA_BOOTSTRAP_SERVERS=settings.kafka or "",
        FIELDTRACE_KAFKA_GENERATION=str(settings.kafka_generation),
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, "projector", "--member", f"projector-{n}"],
            env=said, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for n in range(many)
    ]  # fmt: skip
    try:
        yield
    finally:
        for one in processes:
            one.terminate()
        for one in processes:
            await asyncio.to_thread(one.wait)


async def _shared(settings: Settings, platform: Platform, many: int) -> None:
    """Wait until so many workers have divided all partitions among them."""
    admin = _client.KafkaAdminClient(bootstrap_servers=settings.kafka)
    feed, group = platform.topics.feed, platform.workers
    until = time.monotonic() + JOINING
    try:
        while time.monotonic() < until:
            told: Mapping[str, Any] = {}
            with suppress(_errors.KafkaError):  # the first member makes the group
                told = (await asyncio.to_thread(admin.describe_groups, [group]))[group]
            members: Sequence[Any] = told.get("members", ())
            if told.get("group_state") == "Stable" and len(members) == many and _divided(members, feed, settings):
                return
            await asyncio.sleep(0.2)
    finally:
        admin.close()
    raise NotMeasured(f"{many} workers did not come to share the partitions of {feed}")


def _divided(members: Sequence[Any], feed: str, settings: Settings) -> bool:
    """Whether every partition has an owner, and nobody has two more than another."""
    shares: list[int] = []
    for member in members:
        topics = member["member_assignment"]["assigned_partitions"]
        shares.append(sum(len(one["partitions"]) for one in topics if one["topic"] == feed))
    return sum(shares) == settings.kafka_partitions and max(shares) - min(shares) < 2
