"""The stage of a story that is told over HTTP: a real server on a port of this machine, whose clock the test moves."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import httpx
import uvicorn

from api.http.app import create_app
from api.http.cloudevents import STRUCTURED
from api.scenario import OF_A_PERSON, Look, StoryChance, StoryIds
from services.platform import Platform, in_memory, told_time
from services.reception import Actor
from services.told_time import ToldTime


@dataclass
class OverHttp:
    """People ask through the front door, each with a token of their own."""

    platform: Platform
    clock: ToldTime
    http: httpx.AsyncClient
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    async def emit(self, number: int, actor: Actor, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """One event in structured mode."""
        headers = {"Content-Type": STRUCTURED, "X-Line": str(number), **await self._signed_in(actor.id, actor.role)}
        answer = await self.http.post("/v1/events", content=json.dumps(event, default=float), headers=headers)
        told = _object(answer)
        if answer.status_code == 200 and "status" in told:
            return {"status": told["status"], "flags": told["flags"]}
        assert answer.status_code < 500, answer.text
        return {"status": "refused" if "position" in told else "rejected", "problem": told}

    async def look(self, look: Look) -> Mapping[str, Any]:
        """The ownership of a customer, by both dials."""
        if look.contact_id is not None:
            told = await self.get(f"/v1/customers/{look.customer_id}")
            person = next(one for one in told["people"] if one["contact_id"] == str(look.contact_id))
            return {name: person[name] for name in OF_A_PERSON}
        asked = {"line": look.line}
        if look.valid_at is not None:
            asked["valid_at"] = look.valid_at.isoformat()
        if look.known_at is not None:
            asked["known_at"] = look.known_at.isoformat()
        told = await self.get(f"/v1/customers/{look.customer_id}/ownership", asked)
        return {"owner": told["owner"]["rep_id"] if told["owner"] else None, "state": told["state"]}

    async def get(self, path: str, asked: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """What an auditor reads there."""
        answer = await self.http.get(path, params=asked, headers=await self._signed_in("auditor", "auditor"))
        assert answer.status_code == 200, answer.text
        return _object(answer)

    async def _signed_in(self, who: str, role: str) -> Mapping[str, str]:
        if (who, role) not in self._tokens:
            self._tokens[who, role] = (await self.platform.access.create(who, role)).token
        return {"Authorization": f"Bearer {self._tokens[who, role]}"}


@asynccontextmanager
async def over_http(begins: datetime) -> AsyncGenerator[OverHttp]:
    """A server with an empty log, at the hour at which a story begins; it ends with the block."""
    clock = told_time(begins)
    platform = in_memory(now=clock, new_id=StoryIds(clock), chance=StoryChance())
    server = uvicorn.Server(uvicorn.Config(create_app(platform), port=0, log_level="error", lifespan="off"))
    async with platform.started(clock=False):
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
                yield OverHttp(platform, clock, http)
        finally:
            server.should_exit = True
            await serving
    await platform.close()


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", json.loads(answer.content))
