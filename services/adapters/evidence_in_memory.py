"""Tiles, checkpoints and the signer's state in dictionaries, for what is thrown away afterwards."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from services.signing import Signed, SignerState


class EvidenceInMemory:
    """Implements `TileStore` and `CheckpointStore`."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._checkpoints: dict[int, Signed] = {}
        self._signer: SignerState | None = None

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
        seen = [signed for signed in self._checkpoints.values() if signed.cosignatures]
        return max(seen, key=lambda signed: signed.size, default=None)

    async def add_cosignature(self, size: int, line: str) -> None:
        """See `CheckpointStore`."""
        signed = self._checkpoints[size]
        lines = sorted({*signed.cosignatures, line})
        self._checkpoints[size] = replace(signed, cosignatures=tuple(lines))

    async def note_signer(self, state: SignerState) -> None:
        """See `CheckpointStore`."""
        self._signer = state

    async def signer(self) -> SignerState | None:
        """See `CheckpointStore`."""
        return self._signer
