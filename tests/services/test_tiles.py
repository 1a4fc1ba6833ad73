"""Tiles answer the roots that the leaves would, and are made by a follower that may stop anywhere."""

import pytest

from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.evidence_in_memory import EvidenceInMemory
from services.adapters.memory_recorder import MemoryRecorder
from services.proofs import consistency, inclusion, is_consistent, is_included
from services.tiles import WIDTH, Tiles
from services.tree import grow, root_of
from tests.services.adapters.stories import appending, reserved


async def _log(events: int) -> EventsourcingLog:
    log = EventsourcingLog(MemoryRecorder(), "main")
    for first in range(0, events, 500):
        await log.append(appending(*(reserved(f"rep{n}") for n in range(first, min(first + 500, events)))))
    return log


@pytest.mark.parametrize("events", [0, 1, WIDTH - 1, WIDTH, WIDTH + 1, 3 * WIDTH + 7])
async def test_tiles_or_none_the_root_of_every_size_is_the_same(events: int) -> None:
    log = await _log(events)
    leaves, frontier = await log.leaves(0, events), list[bytes]()
    kept = Tiles(log, EvidenceInMemory())
    assert await kept.keep_up() == events - events % WIDTH
    for size, leaf in enumerate(leaves, start=1):
        grow(frontier, size - 1, leaf)
        if size % 97 == 0 or size in (1, events):
            assert await kept.root(size) == root_of(frontier)
            assert await Tiles(log, EvidenceInMemory()).root(size) == root_of(frontier)


async def test_a_tile_is_made_once_and_holds_256_leaves() -> None:
    log, store = await _log(2 * WIDTH + 3), EvidenceInMemory()
    await Tiles(log, store).keep_up()
    assert await store.tile(0, 0) == b"".join(await log.leaves(0, WIDTH))
    assert await store.tile(0, 1) == b"".join(await log.leaves(WIDTH, WIDTH))
    assert await store.tile(0, 2) is None
    assert await store.tile(1, 0) is None, "only full tiles are kept"


@pytest.mark.slow
async def test_a_second_level_stands_on_256_tiles_of_the_first() -> None:
    log, store = await _log(WIDTH * WIDTH + 10), EvidenceInMemory()
    tiles = Tiles(log, store)
    assert await tiles.keep_up() == WIDTH * WIDTH
    level1 = await store.tile(1, 0)
    assert level1 is not None
    assert level1[:32] == await tiles.root_of(8, 0)
    size = WIDTH * WIDTH + 10
    head = await log.head()
    [leaf] = await log.leaves(70, 1)
    assert is_included(70, size, leaf, await inclusion(tiles, 70, size), head.root)
    assert is_consistent(700, size, await tiles.root(700), head.root, await consistency(tiles, 700, size))
    await log.close()
