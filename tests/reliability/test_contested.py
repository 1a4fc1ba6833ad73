"""A contested claim has one winner: 100 clients, one customer, two servers on one database (reliability 4)."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from services.platform import Platform, on_postgres
from services.settings import Settings
from tests.people import an_id
from tests.serving import serving

CLIENTS = 100
ROUNDS = int(os.environ.get("FIELDTRACE_ROUNDS", "1000"))
A_FEW = 8
Client = httpx.AsyncClient


@dataclass
class Contest:
    """Two servers, fifty clients at each, and a look behind the doors."""

    platform: Platform
    clients: Sequence[Client]
    ops: str
    app: str
    url: str
    sent_again: int = 0

    async def ask(self, client: Client, token: str, asked: str, data: object, **attributes: str) -> httpx.Response:
        """One event; where the connection broke, or the server asked for it (503), it is sent again under its id."""
        event = {"specversion": "1.0", "id": str(self.platform.new_id()), "source": "/contest", "type": asked}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"}
        for _ in range(20):
            try:
                answer = await client.post("/v1/events", json={**event, "data": data, **attributes}, headers=headers)
                if answer.status_code != 503:
                    return answer
            except httpx.TransportError:
                pass
            self.sent_again += 1
            await asyncio.sleep(0.5)
        raise AssertionError("twenty times there was no answer")

    async def house(self, asked: str, data: object) -> None:
        """Ops prepares something."""
        answer = await self.ask(self.clients[0], self.ops, asked, data)
        assert answer.status_code == 200, answer.text

    async def deadlocks(self) -> int:
        """How many PostgreSQL has found since it began to count."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            rows = await connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            found = await rows.fetchone()
            return int(found[0]) if found else 0


@pytest.fixture
async def contest(postgres_url: str, a_schema: str, tmp_path: Path) -> AsyncIterator[Contest]:
    told: dict[str, str] = {"DATABASE_URL": postgres_url, "FIELDTRACE_ORGANISATION": a_schema}
    settings = Settings(data=tmp_path / "fieldtrace-data", database_url=postgres_url, organisation=a_schema)
    async with AsyncExitStack() as stack:
        servers = stack.enter_context(ExitStack())
        first = await asyncio.to_thread(servers.enter_context, serving(tmp_path, **told))
        second = await asyncio.to_thread(servers.enter_context, serving(tmp_path, **told))
        platform = await on_postgres(settings)
        stack.push_async_callback(platform.close)
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=served.url, timeout=60))
            for _ in range(CLIENTS // 2)
            for served in (first, second)
        ]
        ops = (await platform.access.create("ops", "ops")).token
        app = (await platform.access.create("app", "client")).token
        contest = Contest(platform, clients, ops, app, postgres_url)
        await contest.house("org.add_team", {"team_id": "east", "zone": "Asia/Shanghai"})
        no_limits: dict[str, Any] = {"kind": "PROT", "body": {"capacity": None, "claims_per_day": None}}
        await contest.house("rules.publish", no_limits)
        for number in range(CLIENTS):
            await contest.house("org.add_rep", {"rep_id": f"r{number}", "team_id": "east"})
        yield contest


@pytest.mark.slow
@pytest.mark.postgres
async def test_of_100_clients_at_two_servers_one_wins_and_99_are_told_and_recorded(contest: Contest) -> None:
    await _rounds(contest, A_FEW)


@pytest.mark.soak
@pytest.mark.postgres
async def test_each_of_1000_contested_customers_has_one_winner(contest: Contest) -> None:
    await _rounds(contest, ROUNDS)


async def _rounds(contest: Contest, rounds: int) -> None:
    before, deadlocks = (await contest.platform.log.head()).position, await contest.deadlocks()
    began, took = time.monotonic(), list[float]()
    winners: dict[UUID, str] = {}
    for number in range(rounds):
        customer = an_id(10_000 + number)
        await contest.house("customer.register", _customer(customer, number))
        winners[customer] = await _one_round(contest, customer, took)
    seconds = time.monotonic() - began
    events: Counter[str] = Counter()
    held: dict[UUID, str] = {}
    position = before
    while page := await contest.platform.log.page(position, 5_000):
        for recorded in page:
            events[recorded.envelope.name] += 1
            if recorded.envelope.name == "ownership.claim_granted":
                granted: Any = recorded.event
                assert granted.customer_id not in held, "a customer was granted twice"
                held[granted.customer_id] = granted.rep_id
        position = page[-1].position
    assert held == winners
    assert events["ownership.claim_granted"] == rounds
    assert events["ownership.claim_refused"] == rounds * (CLIENTS - 1)
    assert (await contest.platform.log.verify()).finding is None
    assert await contest.deadlocks() == deadlocks
    ranked = sorted(took)
    print(  # noqa: T201 - figures of a campaign
        f"\n{rounds} rounds of {CLIENTS} clients at two servers: {len(held)} grants,"
        f" {events['ownership.claim_refused']} recorded refusals, 0 deadlocks,"
        f" {contest.sent_again} sent again; {len(took) / seconds:,.0f} answers/s,"
        f" p50 {1_000 * ranked[len(ranked) // 2]:.0f} ms, p99 {1_000 * ranked[len(ranked) * 99 // 100]:.0f} ms"
    )


async def _one_round(contest: Contest, customer: UUID, took: list[float]) -> str:
    """All at once; the rep who won."""

    async def ask(number: int) -> httpx.Response:
        began = time.monotonic()
        answer = await contest.ask(
            contest.clients[number],
            contest.app,
            "ownership.claim",
            {"customer_id": str(customer)},
            onbehalfof=f"r{number}",
        )
        took.append(time.monotonic() - began)
        return answer

    answers = await asyncio.gather(*(ask(number) for number in range(CLIENTS)))
    won = [number for number, answer in enumerate(answers) if answer.status_code == 200]
    codes = Counter(answer.json()["code"] for answer in answers if answer.status_code != 200)
    assert len(won) == 1, codes
    assert codes == {"ALREADY_CLAIMED": CLIENTS - 1}
    return f"r{won[0]}"


def _customer(customer: UUID, number: int) -> dict[str, Any]:
    return {
        "customer_id": str(customer),
        "kind": "COMPANY",
        "legal_name": f"Contested {number} Ltd",
        "country": "CN",
        "source": {"method": "DIRECTORY"},
    }
