"""Tiles, checkpoints, the signer's state and the heads of subjects in dictionaries, for what is thrown away."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.signing import Signed, SignerState
from services.subject_heads import Head


class EvidenceInMemory:
    """Implements `TileStore`, `CheckpointStore` and `HeadStore`."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._checkpoints: dict[int, Signed] = {}
        self._anchored: set[int] = set()
        self._signer: SignerState | None = None
        self._heads: dict[str, Head] = {}
        self._positions: dict[str, list[int]] = {}
        self._counted = 0

    async def tile(self, level: int, number: int) -> bytes | None:
        """See `TileStore`."""
        return self._tiles.get((level, number))

    async def keep_tiles(self, tiles: Sequence[tuple[int, int, bytes]]) -> None:
        """See `TileStore`."""
        for level, number, hashes in tiles:
            self._tiles.setdefault((level, number), hashes)

    async def add_checkpoint(self, signed: Signed) -> None:
        """See `CheckpointStore`."""
        self._checkpoints.setdefault(signed.size, signed)

    async def checkpoint(self, *, covering: int = 0) -> Signed | None:
        """See `CheckpointStore`."""
        sizes = sorted(self._checkpoints)
        found = bisect_left(sizes, covering) if covering else len(sizes) - 1
        return self._checkpoints[sizes[found]] if 0 <= found < len(sizes) else None

    async def anchored(self) -> Signed | None:
        """See `CheckpointStore`."""
        kept = self._checkpoints.values()
        seen = [signed for signed in kept if signed.cosignatures or signed.size in self._anchored]
        return max(seen, key=lambda signed: signed.size, default=None)

    async def add_cosignature(self, size: int, line: str) -> None:
        """See `CheckpointStore`."""
        signed = self._checkpoints[size]
        lines = sorted({*signed.cosignatures, line})
        self._checkpoints[size] = replace(signed, cosignatures=tuple(lines))

    async def add_anchor(self, size: int, place: str) -> None:
        """See `CheckpointStore`."""
        del place
        self._anchored.add(size)

    async def note_signer(self, state: SignerState) -> None:
        """See `CheckpointStore`."""
        self._signer = state

    async def signer(self) -> SignerState | None:
        """See `CheckpointStore`."""
        return self._signer

    async def heads(self, subjects: Sequence[str]) -> Mapping[str, Head]:
        """See `HeadStore`."""
        return {one: self._heads[one] for one in subjects if one in self._heads}

    async def every_head(self) -> Sequence[Head]:
        """See `HeadStore`."""
        return sorted(self._heads.values(), key=lambda head: head.subject.encode())

    async def heads_counted(self) -> int:
        """See `HeadStore`."""
        return self._counted

    async def count(self, heads: Sequence[Head], entries: Sequence[tuple[str, int]], *, after: int, upto: int) -> bool:
        """See `HeadStore`."""
        if self._counted != after:
            return False
        self._heads.update((head.subject, head) for head in heads)
        for subject, position in entries:
            self._positions.setdefault(subject, []).append(position)
        self._counted = upto
        return True

    async def positions(self, subject: str, *, upto: int) -> Sequence[int]:
        """See `HeadStore`."""
        return [position for position in self._positions.get(subject, ()) if position <= upto]
