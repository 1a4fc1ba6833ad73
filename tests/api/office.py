"""A small company behind the door: Anna and Bruno sell, Mei manages them, Otto keeps house, Iris audits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from api.http.app import create_app
from api.http.cloudevents import BATCH, STRUCTURED
from services.platform import Platform, in_memory, told_time
from services.settings import Settings
from services.told_time import ToldTime
from tests.people import ACME, GLOBEX, MONDAY, SHANGHAI, an_id

SINCE = "2026-02-27T09:00:00+08:00"
PEOPLE = {
    "anna": "rep",
    "bruno": "rep",
    "mei": "manager",
    "otto": "ops",
    "iris": "auditor",
    "rex": "arbiter",
    "app": "client",
    "pia": "privacy",
    "paul": "privacy",
}


@dataclass
class Office:
    """The door, and what stands behind it."""

    platform: Platform
    app: FastAPI
    http: httpx.AsyncClient
    clock: ToldTime
    tokens: Mapping[str, str]
    _event: int = 0

    def headers(self, who: str, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"} | {
            name.replace("_", "-"): value for name, value in more.items()
        }

    async def get(self, who: str, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=self.headers(who, **headers))

    async def post(self, who: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.http.post(path, json={} if body is None else body, headers=self.headers(who, **headers))

    def event(self, asked: str, data: object = None, **attributes: object) -> dict[str, Any]:
        """A CloudEvent with an id of its own."""
        self._event += 1
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": f"e-{self._event}",
            "source": "/test",
            "type": asked,
            "data": data,
        }
        return event | attributes

    async def emit(self, who: str, asked: str, data: object = None, **attributes: object) -> httpx.Response:
        """One event in structured mode."""
        event = self.event(asked, data, **attributes)
        return await self.raw(who, json.dumps(event).encode())

    async def batch(self, who: str, events: list[Any], **headers: str) -> httpx.Response:
        return await self.http.post("/v1/events", json=events, headers=self.headers(who, Content_Type=BATCH, **headers))

    async def raw(self, who: str, body: bytes, kind: str = STRUCTURED, **headers: str) -> httpx.Response:
        return await self.http.post("/v1/events", content=body, headers=self.headers(who, Content_Type=kind, **headers))

    async def settled(self) -> int:
        return await self.platform.settle()

    def later(self, **span: float) -> datetime:
        """Let time pass."""
        self.clock.hour = self.platform.now() + timedelta(**span)
        return self.platform.now()


async def opened(*, a_second: int = 1_000, public_url: str | None = None) -> Office:
    """The company on Monday at nine, with Acme and Globex in its registry and nobody's yet."""
    clock = told_time(MONDAY)
    return await moved_in(
        in_memory(now=clock, settings=Settings(home_zone=SHANGHAI, public_url=public_url)), clock, a_second=a_second
    )


async def moved_in(platform: Platform, clock: ToldTime, *, a_second: int = 1_000) -> Office:
    """The same company on a platform of one's own."""
    await platform.prepare()
    tokens = {who: (await platform.access.create(who, role)).token for who, role in PEOPLE.items()}
    app = create_app(platform, a_second=a_second)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldtrace")
    office = Office(platform, app, client, clock, tokens)
    house = [
        ("org.add_team", {"team_id": "east", "name": "East", "zone": SHANGHAI}),
        ("org.grant_role", {"actor_id": "mei", "role": "manager"}),
        (
            "org.add_rep",
            {"rep_id": "anna", "team_id": "east", "manager_id": "mei", "display_name": "Anna", "effective_at": SINCE},
        ),
        (
            "org.add_rep",
            {"rep_id": "bruno", "team_id": "east", "manager_id": "mei", "display_name": "Bruno", "effective_at": SINCE},
        ),
    ]
    for asked, data in house:
        answer = await office.emit("otto", asked, data)
        assert answer.status_code == 200, answer.text
    for customer_id, name in ((ACME, "Acme Ltd"), (GLOBEX, "Globex Trading Ltd")):
        answer = await office.post("otto", "/v1/customers", customer(name, customer_id=str(customer_id)))
        assert answer.status_code == 201, answer.text
    await office.settled()
    return office


def customer(legal_name: str = "Initech Ltd", **more: object) -> dict[str, Any]:
    """What is said of a customer."""
    said = {"kind": "COMPANY", "legal_name": legal_name, "country": "CN", "source": {"method": "PROSPECTING"}}
    return said | more


def visit(n: int = 1, **more: object) -> dict[str, Any]:
    """What is told of a visit to Acme, this Monday morning at half past eight."""
    told = {
        "visit_id": str(an_id(n)),
        "customer_id": str(ACME),
        "mode": "IN_PERSON",
        "started_at": "2026-03-02T08:30:00+08:00",
        "ended_at": "2026-03-02T08:55:00+08:00",
        "note": "They want a smaller pack and a price by Friday.",
        "next_step": {"what": "Send a price", "due": "2026-03-06", "responsible_id": "anna"},
    }
    return told | more
