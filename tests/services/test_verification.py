"""Whatever is changed in a log after it was written, verification finds, and names the first place."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_recorder import MemoryRecorder
from services.ports import Head, Stored
from services.verification import Verified, verify
from tests.services.adapters.stories import reserved, write


class Tampered(EventsourcingLog):
    """A log that somebody had in their hands."""

    def __init__(self, change: Callable[[Sequence[Stored]], Sequence[Stored]]) -> None:
        super().__init__(MemoryRecorder(), "main")
        self._change = change

    async def stored(self, after: int, limit: int) -> Sequence[Stored]:
        """What lies there now."""
        everything = self._change(await super().stored(0, 1_000))
        return [one for one in everything if one.position > after][:limit]


async def ended(log: EventsourcingLog, *, upto: int | None = None) -> Verified:
    """The last word of a verification of a log of five events."""
    for rep in ("anna", "bruno", "anna", "anna", "bruno"):
        await write(log, reserved(rep))
    last = [step async for step in verify(log, upto=upto)][-1]
    await log.close()
    return last


async def test_a_log_that_nobody_touched_is_whole() -> None:
    log = Tampered(lambda stored: stored)
    whole = await ended(log)
    assert whole.flaw is None
    assert (whole.position, whole.size) == (5, 5)


async def test_an_empty_log_is_whole() -> None:
    log = EventsourcingLog(MemoryRecorder(), "main")
    assert [step.flaw async for step in verify(log)] == [None]
    await log.close()


def at(position: int, **changes: object) -> Callable[[Sequence[Stored]], Sequence[Stored]]:
    """One event, changed."""
    return lambda stored: [replace(one, **changes) if one.position == position else one for one in stored]


def bytes_changed(stored: Sequence[Stored]) -> Sequence[Stored]:
    """The third event speaks of somebody else."""
    return [replace(one, body=one.body.replace(b"anna", b"otto")) if one.position == 3 else one for one in stored]


def taken_out(stored: Sequence[Stored]) -> Sequence[Stored]:
    """The second event is gone."""
    return [one for one in stored if one.position != 2]


def cut_off(stored: Sequence[Stored]) -> Sequence[Stored]:
    """The last event is gone."""
    return stored[:-1]


def earlier(stored: Sequence[Stored]) -> Sequence[Stored]:
    """The fourth event says that it was recorded an hour before."""
    return [
        replace(one, recorded_at=one.recorded_at - timedelta(hours=1)) if one.position == 4 else one for one in stored
    ]


@pytest.mark.parametrize(
    ("change", "position"),
    [
        pytest.param(bytes_changed, 3, id="its bytes were changed"),
        pytest.param(earlier, 4, id="its hour was changed"),
        pytest.param(at(2, leaf=bytes(32)), 2, id="its leaf was changed"),
        pytest.param(at(5, version=9), 5, id="its version was changed"),
        pytest.param(at(1, stream="portfolio-otto"), 1, id="its stream was changed"),
        pytest.param(taken_out, 2, id="it was taken out"),
        pytest.param(cut_off, 5, id="the end was cut off"),
    ],
)
async def test_the_first_event_that_was_touched_is_named(
    change: Callable[[Sequence[Stored]], Sequence[Stored]], position: int
) -> None:
    found = await ended(Tampered(change))
    assert found.flaw is not None
    assert found.position == position


async def test_a_quick_look_stops_where_it_is_told_to() -> None:
    assert (await ended(Tampered(at(5, leaf=bytes(32))), upto=4)).flaw is None


class OtherRoot(EventsourcingLog):
    """A log whose head was written by somebody else."""

    async def head(self) -> Head:
        """The head with another root."""
        return replace(await super().head(), root=bytes(32))


async def test_another_root_in_the_head_is_found() -> None:
    found = await ended(OtherRoot(MemoryRecorder(), "main"))
    assert found.flaw is not None
    assert "root" in found.flaw
