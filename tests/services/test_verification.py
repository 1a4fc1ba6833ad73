"""How far a verification has come, and what it says at its end; what it finds stands with the log's own tests."""

from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.recorder import Witnessed
from services.adapters.verify_log import PAGE
from services.verification import verify
from tests.services.adapters.stories import appending, reserved, write


class Tampered(MemoryRecorder):
    """A recorder that somebody had in their hands: the third event speaks of somebody else."""

    def witnessed(self, after: int, limit: int) -> list[Witnessed]:
        """What lies there now."""
        return [
            one._replace(state=one.state.replace(b"anna", b"otto")) if one.position == 3 else one
            for one in super().witnessed(after, limit)
        ]


async def test_a_log_that_nobody_touched_is_whole() -> None:
    log = EventsourcingLog(MemoryRecorder(), "main")
    for _ in range(5):
        await write(log, reserved("anna"))
    whole = [step async for step in verify(log)][-1]
    assert (whole.position, whole.size, whole.root, whole.flaw) == (5, 5, (await log.head()).root.hex(), None)
    await log.close()


async def test_an_empty_log_is_whole() -> None:
    log = EventsourcingLog(MemoryRecorder(), "main")
    assert [(step.size, step.flaw) async for step in verify(log)] == [(0, None)]
    await log.close()


async def test_the_way_through_a_long_log_is_told_page_by_page() -> None:
    log = EventsourcingLog(MemoryRecorder(), "main")
    for n in range(7):
        await log.append(appending(*(reserved(f"rep{n}") for _ in range(1_000))))
    assert [(step.position, step.size) async for step in verify(log)] == [(PAGE, 7_000), (7_000, 7_000), (7_000, 7_000)]
    await log.close()


async def test_the_first_event_that_was_touched_is_named() -> None:
    log = EventsourcingLog(Tampered(), "main")
    for rep in ("anna", "bruno", "anna", "anna", "bruno"):
        await write(log, reserved(rep))
    found = [step async for step in verify(log)][-1]
    assert found.flaw is not None
    assert found.position == 3
    quick = [step async for step in verify(log, upto=2)][-1]
    assert (quick.flaw, quick.position) == (None, 2)
    await log.close()
