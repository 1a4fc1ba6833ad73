"""What one does at a time: another takes over, and who had to stop begins anew."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest

from services.adapters.leadership import AlwaysLeading, PostgresLeadership
from services.bus import Superseded
from services.leading import Lead, one_at_a_time
from services.ports import LogUnavailable, StoreUnavailable


async def lasts(task: "asyncio.Task[None]", seconds: float) -> bool:
    await asyncio.sleep(seconds)
    return not task.done()


async def ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("away", [LogUnavailable, StoreUnavailable, Superseded])
async def test_work_that_had_to_stop_is_begun_anew(away: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.leading.LOOK", 0.01)
    begun: list[int] = []

    async def work() -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            raise away
        await asyncio.sleep(60)

    task = asyncio.create_task(one_at_a_time(AlwaysLeading(), "work", work))
    async with asyncio.timeout(10):
        while len(begun) < 3:
            await asyncio.sleep(0.01)
    assert await lasts(task, 0.1)
    await ended(task)
    assert begun == [0, 1, 2]


async def test_who_loses_the_lead_stops_and_takes_it_up_when_it_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.leading.LOOK", 0.01)
    working: list[str] = []

    class Fickle:
        """A lead that can be lost."""

        lost = False

        @asynccontextmanager
        async def lead(self, what: str) -> AsyncGenerator[Lead | None]:
            assert what == "work"
            yield None if self.lost else self

        async def held(self) -> bool:
            return not self.lost

    async def work() -> None:
        working.append("begun")
        try:
            await asyncio.sleep(60)
        finally:
            working.append("stopped")

    leadership = Fickle()
    task = asyncio.create_task(one_at_a_time(leadership, "work", work))
    assert await lasts(task, 0.1)
    leadership.lost = True
    assert await lasts(task, 0.1)
    assert working == ["begun", "stopped"]
    leadership.lost = False
    assert await lasts(task, 0.1)
    assert working == ["begun", "stopped", "begun"]
    await ended(task)
    assert working[-1] == "stopped"


@pytest.mark.postgres
async def test_one_leads_and_another_takes_over_when_it_is_gone(postgres_url: str, a_schema: str) -> None:
    first, second = (PostgresLeadership(postgres_url, a_schema) for _ in range(2))
    async with first.lead("relay") as lead:
        assert lead is not None
        assert await lead.held()
        async with second.lead("relay") as other:
            assert other is None
        async with second.lead("timers") as elsewhere:
            assert elsewhere is not None
    async with second.lead("relay") as taken:
        assert taken is not None


async def test_a_database_that_is_away_gives_no_lead() -> None:
    with pytest.raises(LogUnavailable):
        async with PostgresLeadership("postgresql://127.0.0.1:1/none", "schema").lead("relay"):
            pass
