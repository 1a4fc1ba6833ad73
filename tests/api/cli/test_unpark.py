"""What is parked is told at the command line, tried again, and only then gone."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from projections.teams import teams
from services.platform import Platform, on_postgres
from services.ports import Changes, Parked
from services.settings import Settings
from tests.api.cli.lines import Terminal

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def at_the_platform(settings: Settings, work: Callable[[Platform], Awaitable[None]]) -> None:
    async def whole() -> None:
        platform = await on_postgres(settings)
        try:
            await work(platform)
        finally:
            await platform.close()

    asyncio.run(whole())


async def park(platform: Platform) -> None:
    """A team was added, and an earlier release could not take it in."""
    await platform.prepare()
    position = (await platform.store.standing(teams)).position or 0
    added = [one for one in await platform.log.page(0, 1_000) if one.envelope.name == "org.team_added"]
    assert added == []
    await platform.store.write(
        teams, Changes(parked=[Parked("team-east", position, 1, "org.team_added", "KeyError: 'zone'")]),
        after=position, upto=position,
    )  # fmt: skip


def test_what_is_parked_is_told_and_tried_again(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("FIELDTRACE_ORGANISATION", "unparking")
    nothing = terminal("unpark")
    assert (nothing.exits, nothing.err.strip()) == (0, "Nothing is parked.")
    at_the_platform(Settings(database_url=postgres_url, organisation="unparking"), park)
    told = terminal("unpark", "--json")
    assert told.exits == 1
    assert [(one["projection"], one["stream"], one["error"]) for one in told.rows] == [
        ("teams", "team-east", "KeyError: 'zone'")
    ]
    assert "team-east waits since position" in terminal("unpark").err
    assert terminal("unpark", "no_such_table").exits == 2
    assert terminal("unpark", "teams", "team-west").exits == 0, "another stream, of which nothing waits"
    assert terminal("unpark", "teams").exits == 0
    assert terminal("unpark").exits == 0
