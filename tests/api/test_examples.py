"""The examples are programs of clients; each runs against a server as a person would run it."""

import asyncio
import os
import sys
from pathlib import Path

from api.emitting import Sent, emit
from services.platform import Platform
from services.reception import Actor
from tests.people import MONDAY, SHANGHAI
from tests.stories.on_the_line import over_http

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


async def run(example: str, url: str, token: str) -> str:
    """What an example writes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / example),
        url,
        env={**os.environ, "TOKEN": token, "PYTHONIOENCODING": "utf-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def hired(platform: Platform) -> str:
    """A rep has joined; her token."""
    for number, (asked, data) in enumerate(
        (
            ("org.add_team", {"team_id": "sh", "zone": SHANGHAI}),
            ("org.add_rep", {"rep_id": "anna", "team_id": "sh"}),
        )
    ):
        await emit(platform, Sent(Actor("ops", "ops"), "/tests", str(number), "hiring"), asked, data)
    return (await platform.access.create("anna", "rep")).token


async def test_a_phone_that_was_offline_sends_its_queue_and_can_show_every_hour() -> None:
    async with over_http(MONDAY) as stage:
        token = await hired(stage.platform)
        said = await run("offline_phone.py", str(stage.http.base_url), token)
        lines = said.splitlines()
        events = await stage.platform.log.page(0, 500)
    assert [line.split()[0] for line in lines] == ["accepted", "accepted"]
    assert "UNATTESTED" not in said
    grant = next(one for one in events if one.envelope.name == "ownership.claim_granted")
    assert grant.envelope.attested_at is not None


async def test_the_first_events_of_the_readme_are_accepted() -> None:
    async with over_http(MONDAY) as stage:
        token = await hired(stage.platform)
        said = await run("first_events.py", str(stage.http.base_url), token)
    assert [line.split()[0] for line in said.splitlines()[:2]] == ["accepted", "accepted"]
