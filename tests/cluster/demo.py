"""The demo company told to a cluster through its doors: most of it by HTTP at both, every eighth chain by Kafka.

The same people ask for the same things as in `fieldtrace demo`; here the hour is the world's, so what they tell of
earlier days is written down late. What the rules refuse is part of the story; what stays unanswered is not.
"""

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from typing import Any
from urllib.error import HTTPError
from uuid import NAMESPACE_URL, uuid5

from api.demo.company import ZONE, Company, Said, start_of
from services.adapters.kafka import KafkaPublisher, KafkaSubscription
from services.bus import Message
from services.platform import on_postgres, real_time
from services.settings import Settings
from services.topics import Topics
from tests.cluster import Cluster

SOURCE = "/demo"
AT_ONCE = 8
BY_KAFKA = 8
"""One chain in so many goes by Kafka."""
PATIENCE = 120.0
"""Seconds in which every request has to be answered, by whatever door."""


@dataclass
class Told:
    """What became of the story: how many requests had which answer, by door, and the last position told."""

    answers: Counter[str] = field(default_factory=Counter[str])
    doors: Counter[str] = field(default_factory=Counter[str])
    position: int = 0

    def count(self, door: str, answer: Mapping[str, Any]) -> None:
        """One answer more."""
        self.doors[door] += 1
        self.answers[answer["status"]] += 1
        self.position = max(self.position, answer.get("position") or 0)


@dataclass
class Teller:
    """Speaks for everybody in the company."""

    cluster: Cluster
    told: Told = field(default_factory=Told)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    async def tell(self, company: Company, days: int) -> Told:
        """The founding, and so many days."""
        await self._together([_calendar(company)])
        founding = list(company.founding())
        await self._together([said for said in founding if said.about == "org"])
        await self._together([said for said in founding if said.about != "org"])
        for n in range(days):
            day = company.first_day + timedelta(days=n)
            await self._together(company.day(day, workday=day.weekday() < 5))
        return self.told

    async def _together(self, said: Sequence[Said]) -> None:
        """What is about the same thing in its order, all else side by side; then wait for what follows from it."""
        await self._known({(one.actor, one.role) for one in said})
        chains: dict[str, list[Said]] = defaultdict(list)
        for one in said:
            chains[one.about].append(one)
        lanes: list[list[Said]] = [[] for _ in range(AT_ONCE)]
        by_kafka: list[Said] = []
        for n, chain in enumerate(chains.values(), start=1):
            (by_kafka if n % BY_KAFKA == 0 else lanes[n % AT_ONCE]).extend(chain)
        await asyncio.gather(
            *(asyncio.to_thread(self._lane, f"api-{n % 2 + 1}", lane) for n, lane in enumerate(lanes)),
            self._by_kafka(by_kafka),
        )
        await asyncio.to_thread(self._settled)

    def _lane(self, door: str, lane: Sequence[Said]) -> None:
        for one in lane:
            token = self.tokens[one.actor, one.role]
            kind = "application/cloudevents-batch+json"
            asked = self._patiently(door, "/v1/events", token, [{**_attributes(one), "data": one.data}], kind)
            [answer] = asked["results"]
            self.told.count(door, answer)

    def _patiently(self, door: str, path: str, token: str, body: object = None, kind: str = "application/json") -> Any:  # noqa: ANN401 - JSON
        """Ask, and ask again where the door says to."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self.cluster.ask(door, path, token, _plain(body), Content_Type=kind)
            except HTTPError as error:
                if error.code not in (429, 503) or time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def _settled(self) -> None:
        """Both doors show everything that was told so far."""
        for door in ("api-1", "api-2"):
            self._patiently(door, f"/v1/customers?min_position={self.told.position}&limit=1", self.tokens["ops", "ops"])

    async def _by_kafka(self, said: Sequence[Said]) -> None:
        if not said:
            return
        topics = Topics("main")
        replies = KafkaSubscription(self.cluster.broker.address, topics.replies, f"teller-{said[0].id}", None)
        publisher = KafkaPublisher(self.cluster.broker.address, "teller")
        await replies.open(_beginning)
        await publisher.open()
        try:
            await publisher.publish([self._message(one, topics.ingress) for one in said])
            waiting = {str(one.id) for one in said}
            async with asyncio.timeout(PATIENCE):
                while waiting:
                    for one in await replies.poll(0.5):
                        answer = json.loads(one.body)
                        if answer["id"] in waiting:
                            waiting.remove(answer["id"])
                            self.told.count("kafka", answer)
        finally:
            await publisher.close()
            await replies.close()

    def _message(self, said: Said, topic: str) -> Message:
        headers = {f"ce_{name}": text.encode() for name, text in _attributes(said).items()}
        token = f"Bearer {self.tokens[said.actor, said.role]}".encode()
        headers |= {"content-type": b"application/json", "authorization": token}
        return Message(topic, said.about, headers, json.dumps(_plain(said.data), ensure_ascii=False).encode())

    async def _known(self, people: set[tuple[str, str]]) -> None:
        """A token for everybody who speaks."""
        new = (people | {("ops", "ops")}) - self.tokens.keys()
        if new:
            settings = Settings(data=self.cluster.folder / "data", database_url=self.cluster.url)
            platform = await on_postgres(settings, apart=True)
            for actor, role in sorted(new):
                self.tokens[actor, role] = (await platform.access.create(actor, role)).token
            await platform.close()


def company_of(*, seed: int, days: int, reps: int) -> Company:
    """The company whose story ends yesterday."""
    return Company(seed, real_time().astimezone(ZONE).date() - timedelta(days=1), days=days, reps=reps)


def _attributes(said: Said) -> dict[str, str]:
    stated = {"specversion": "1.0", "id": str(said.id), "source": SOURCE, "type": said.type}
    return stated if said.time is None else {**stated, "time": said.time.isoformat()}


def _calendar(company: Company) -> Said:
    body = json.loads(files("api.demo").joinpath("calendar-cn-2026.json").read_text("utf-8"))
    at = start_of(company.first_day - timedelta(days=1))
    return Said(at, "ops", "ops", "calendar.publish", uuid5(NAMESPACE_URL, "fieldtrace:cluster"), body, "calendar")


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """The story's values as JSON knows them."""
    return None if value is None else json.loads(json.dumps(value, default=_said))


def _said(value: object) -> object:
    return float(str(value)) if type(value).__name__ == "Decimal" else str(value)


async def _beginning(partitions: Sequence[int]) -> Mapping[int, int]:
    return dict.fromkeys(partitions, 0)
