"""Rows 2, 5 and 6 of what must survive: relay, projectors and broker killed at random under load, and nothing is lost,
nothing doubled, and the read models are those of one straight fold.

Lasts FIELDTRACE_CHAOS_SECONDS (600).
"""

import json
import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.error import URLError

import pytest

from services.adapters.kafka import KafkaSubscription
from services.bus import BusUnavailable, Delivered
from services.topics import Topics
from tests.broker.marks import KAFKA, demand_broker
from tests.cluster import PARTS, Cluster

pytestmark = [*KAFKA, pytest.mark.postgres, pytest.mark.soak]
SECONDS = int(os.environ.get("FIELDTRACE_CHAOS_SECONDS", "600"))
BATCH = 20
DRAINS = 300.0


class Load:
    """Registers customers at both doors in turn, and keeps what was acknowledged."""

    def __init__(self, cluster: Cluster, token: str) -> None:
        self._cluster = cluster
        self._token = token
        self._ending = threading.Event()
        self.acknowledged: set[int] = set()
        self.answers: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        door = 0
        while not self._ending.is_set():
            door = 1 - door
            batch = [self._event() for _ in range(BATCH)]
            try:
                said = self._cluster.ask(
                    f"api-{door + 1}", "/v1/events", self._token, batch,
                    Content_Type="application/cloudevents-batch+json",
                )  # fmt: skip
            except (URLError, OSError) as error:
                self.answers[f"{error}"] += 1
                continue
            for result in said["results"]:
                self.answers[result["status"]] += 1
                self.acknowledged |= {one["position"] for one in result.get("events", ())}
            time.sleep(0.2)

    def _event(self) -> Mapping[str, object]:
        customer = str(uuid.uuid4())
        return {
            "specversion": "1.0", "id": customer, "source": "/chaos", "type": "customer.register",
            "data": {
                "customer_id": customer, "kind": "COMPANY", "legal_name": f"公司{customer}", "country": "CN",
                "source": {"method": "DIRECTORY", "seen_on": "2026-01-15"},
            },
        }  # fmt: skip


async def test_whatever_is_killed_the_read_models_are_those_of_one_straight_fold(tmp_path: Path) -> None:
    demand_broker()
    parts = {**PARTS, "relay-2": ("relay",)}
    cluster = Cluster(tmp_path, parts=parts)
    chance = random.Random(20261124)
    killed: Counter[str] = Counter()
    try:
        cluster.start()
        load = Load(cluster, cluster.token("ops", "ops"))
        load.start()
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            time.sleep(chance.uniform(2, 8))
            victim = chance.choice(["relay-1", "relay-2", "projector-1", "projector-2", "broker"])
            killed[victim] += 1
            if victim == "broker":
                (cluster.broker.kill if chance.random() < 0.7 else cluster.broker.stop)()
                time.sleep(chance.uniform(0, 10))
                cluster.broker.start()
            else:
                cluster.kill(victim)
                time.sleep(chance.uniform(0, 3))
                cluster.start_part(victim)
        load.stop()
        head = json.loads(cluster.run("migrate", "--json").splitlines()[-1])["position"]
        drained = time.monotonic()
        positions = await published(cluster, head)
        checked = [json.loads(line) for line in cluster.run("rebuild", "--check", "--json").splitlines()]
        took = round(time.monotonic() - drained)
        whole = json.loads(cluster.run("verify", "--log", "--json").splitlines()[-1])
        print(  # noqa: T201 - the figures are what this is run for
            f"\n{SECONDS} s, killed {dict(killed)}; answers {dict(load.answers)}; {head} events,"
            f" {len(load.acknowledged)} acknowledged; on the bus {sum(positions.values())} messages of {len(positions)}"
            f" events; drained, compared and verified in {took} s"
        )
        assert set(load.answers) <= {"accepted"}, "a door noticed that Kafka was away"
        assert load.acknowledged <= set(range(1, head + 1))
        assert set(positions) >= set(range(1, head + 1)), "an event was never sent"
        assert [one["projection"] for one in checked if not one["same"]] == []
        assert whole["ok"]
    finally:
        cluster.stop()


async def published(cluster: Cluster, head: int) -> Counter[int]:
    """How often each position is in the feed; waits until the last one is."""

    async def beginning(partitions: Sequence[int]) -> Mapping[int, int]:
        return dict.fromkeys(partitions, 0)

    found: Counter[int] = Counter()
    subscription = KafkaSubscription(cluster.broker.address, Topics("main").feed, "chaos", None)
    await subscription.open(beginning)
    until, quiet = time.monotonic() + DRAINS, 0
    try:
        while time.monotonic() < until and quiet < 10:
            some: Sequence[Delivered] = ()
            try:
                some = await subscription.poll(1.0)
            except BusUnavailable:
                continue
            found.update(int(one.headers["ce_sequence"]) for one in some if one.key is not None)
            quiet = quiet + 1 if not some and set(found) >= set(range(1, head + 1)) else 0
    finally:
        await subscription.close()
    return found
