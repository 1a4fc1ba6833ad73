"""Following the log over a real connection: heads as they come, resumed, let go at the end."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from api.http import watching
from api.http.app import create_app
from api.http.main import Server, configured, serve
from tests.api.office import Office, opened
from tests.people import ACME, GLOBEX


@asynccontextmanager
async def serving(office: Office) -> AsyncGenerator[tuple[str, Server]]:
    server = Server(configured(create_app(office.platform), "127.0.0.1", 0))
    async with office.platform.started(clock=False):
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.end()
            await asyncio.wait_for(task, 10)


@asynccontextmanager
async def following(office: Office) -> AsyncGenerator[tuple[httpx.Response, Server]]:
    async with (
        serving(office) as (address, server),
        httpx.AsyncClient(base_url=address) as http,
        http.stream("GET", "/v1/stream", headers=office.headers("anna")) as response,
    ):
        yield response, server


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()


async def heads(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    kind = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: ") and kind == "head":
            yield json.loads(line.removeprefix("data: "))


async def next_head(found: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    return await asyncio.wait_for(anext(found), 5)


async def test_several_followers_see_the_log_grow(office: Office) -> None:
    before = await office.settled()
    async with serving(office) as (address, _), httpx.AsyncClient(base_url=address) as http:
        path, headers = "/v1/stream", office.headers("anna")
        async with http.stream("GET", path, headers=headers) as one, http.stream("GET", path, headers=headers) as two:
            assert one.headers["Content-Type"].startswith("text/event-stream")
            followers = [heads(one), heads(two)]
            assert [(await next_head(one))["position"] for one in followers] == [before, before]
            claim = await office.post("anna", f"/v1/customers/{ACME}/claims")
            grown = [(await next_head(one))["position"] for one in followers]
            assert grown == [int(claim.headers["Log-Position"])] * 2


async def test_a_follower_who_comes_back_is_told_what_is_new_and_nothing_else(office: Office) -> None:
    before = await office.settled()
    async with serving(office) as (address, _), httpx.AsyncClient(base_url=address) as http:
        headers = office.headers("anna", Last_Event_ID=str(before))
        async with http.stream("GET", "/v1/stream", headers=headers) as response:
            found = heads(response)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(found), 0.5)
        await office.post("anna", f"/v1/customers/{GLOBEX}/claims")
        async with http.stream("GET", "/v1/stream", headers=headers) as response:
            assert (await next_head(heads(response)))["position"] > before


async def test_read_models_are_followed_too(office: Office) -> None:
    async with following(office) as (response, _):
        lines = response.aiter_lines()
        while "event: projection" not in await asyncio.wait_for(anext(lines), 5):
            pass
        data = json.loads((await anext(lines)).removeprefix("data: "))
        assert {"name", "position", "state", "lag"} <= set(data)


async def test_a_quiet_stream_says_that_nobody_has_left(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "HEARTBEAT_SECONDS", 0.1)
    async with following(office) as (response, _):
        async for line in response.aiter_lines():
            if line == ": here":
                return
    pytest.fail("no sign of life")


async def test_a_server_that_ends_lets_its_followers_go_at_once(office: Office) -> None:
    async with following(office) as (response, server):
        found = heads(response)
        await next_head(found)
        server.end()
        with pytest.raises(StopAsyncIteration):
            await next_head(found)


async def test_a_stranger_does_not_follow(office: Office) -> None:
    assert (await office.http.get("/v1/stream")).status_code == 401
    assert (await office.get("pia", "/v1/stream")).status_code == 403
    assert (await office.get("anna", "/v1/stream", Last_Event_ID="x")).status_code == 422


async def test_serving_tells_its_address_and_ends_when_asked(office: Office) -> None:
    addresses: list[str] = []

    def told(address: str) -> None:
        addresses.append(address)
        ready.set()

    ready = asyncio.Event()
    task = asyncio.create_task(serve(office.platform, port=0, when_ready=told))
    await asyncio.wait_for(ready.wait(), 10)
    async with httpx.AsyncClient(base_url=addresses[0]) as http:
        assert (await http.get("/healthz")).json() == {"status": "ok"}
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_rebuild_is_asked_for_by_ops_and_ends_with_the_same_rows(office: Office) -> None:
    await office.settled()
    before = await office.platform.projector.fingerprint("ownership_table")
    answer = await office.post("otto", "/v1/projections/ownership_table/rebuild")
    assert (answer.status_code, answer.json()["state"]) == (202, "rebuilding")
    async with asyncio.timeout(10):
        while [one.state for one in await office.platform.projector.progress() if one.name == "ownership_table"] != [
            "live"
        ]:
            await asyncio.sleep(0.01)
    assert await office.platform.projector.fingerprint("ownership_table") == before
    assert (await office.post("otto", "/v1/projections/nothing/rebuild")).status_code == 404
    assert (await office.post("anna", "/v1/projections/ownership_table/rebuild")).status_code == 403
