"""The tree in tiles: every 256 hashes of a level together, so that any root of the past is a few look-ups.

A tile of level 0 holds 256 leaves; one of level n the roots of 256 tiles of level n - 1. Only full tiles are kept,
since they never change (the form is C2SP tlog-tiles); what lies beyond the last full one is read from the log. Tiles
are a follower's work, made from the leaves: they can be thrown away and are made again.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from services.ports import EventLog
from services.proofs import node_hash, root_at

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH_BYTES = 32
FOLLOWER = "tiles"
_KEPT = 2_048
"""Tiles kept in memory, 8 KiB each."""
_ROOTS_KEPT = 4_096
_AT_A_TIME = 32
"""Tiles of level 0 that are made from one reading of the log."""


class TileStore(Protocol):
    """Keeps full tiles."""

    async def tile(self, level: int, number: int) -> bytes | None:
        """The 256 hashes of a tile, one after another, or None where it is not kept."""
        ...

    async def keep_tiles(self, tiles: Sequence[tuple[int, int, bytes]]) -> None:
        """Keep tiles (level, number, hashes); one that is there stays as it is."""
        ...


class Tiles:
    """Answers the roots of subtrees from tiles, and makes the tiles."""

    def __init__(self, log: EventLog, store: TileStore) -> None:
        self._log = log
        self._store = store
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._roots: OrderedDict[int, bytes] = OrderedDict()

    async def root(self, size: int) -> bytes:
        """The root of the log when it held `size` events; the log must hold as many now."""
        known = self._roots.get(size)
        if known is None:
            known = self._roots[size] = await root_at(self, size)
            if len(self._roots) > _ROOTS_KEPT:
                self._roots.popitem(last=False)
        return known

    async def root_of(self, height: int, index: int) -> bytes:
        """See `services.proofs.Subtrees`."""
        level, rest = divmod(height, HEIGHT)
        first = index << rest
        return _top(await self._hashes(level, first, 1 << rest))

    async def keep_up(self) -> int:
        """Make every tile that the log has filled since; how many events are in tiles then."""
        size = (await self._log.head()).position
        done = await self._log.bookmark(FOLLOWER)
        while size - done >= WIDTH:
            count = min((size - done) // WIDTH, _AT_A_TIME)
            leaves = await self._log.leaves(done, count * WIDTH)
            made = [(0, done // WIDTH + n, b"".join(leaves[n * WIDTH : (n + 1) * WIDTH])) for n in range(count)]
            await self._store.keep_tiles(made)
            await self._fill_above(0, [number for _, number, _ in made])
            done += count * WIDTH
            await self._log.move_bookmark(FOLLOWER, done)
        return done

    async def run(self) -> None:
        """Keep up with the log until cancelled."""
        while True:
            done = await self.keep_up()
            await self._log.beyond(done + WIDTH - 1, seconds=60)

    async def _fill_above(self, level: int, numbers: Sequence[int]) -> None:
        """The tiles of the next level that these were the last to fill, and so on upwards."""
        above = [number // WIDTH for number in numbers if number % WIDTH == WIDTH - 1]
        if not above:
            return
        made = [(level + 1, number, b"".join(await self._hashes(level + 1, number * WIDTH, WIDTH))) for number in above]
        await self._store.keep_tiles(made)
        await self._fill_above(level + 1, above)

    async def _hashes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """Hashes of one level, all of one tile: from the tile where it is full, from below it otherwise."""
        number, offset = divmod(first, WIDTH)
        tile = await self._tile(level, number)
        if tile is not None:
            return [tile[n * HASH_BYTES : (n + 1) * HASH_BYTES] for n in range(offset, offset + count)]
        if level == 0:
            return await self._log.leaves(first, count)
        return [_top(await self._hashes(level - 1, (first + n) * WIDTH, WIDTH)) for n in range(count)]

    async def _tile(self, level: int, number: int) -> bytes | None:
        known = self._kept.get((level, number))
        if known is not None:
            self._kept.move_to_end((level, number))
            return known
        tile = await self._store.tile(level, number)
        if tile is not None:
            self._kept[level, number] = tile
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return tile


def _top(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]
