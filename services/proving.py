"""What we hand out so that others can check the log without us: checkpoints, proofs, and how long they are behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services import proofs
from services.checkpoints import proof_text
from services.ports import EventLog, Now
from services.signing import CheckpointStore, Signed
from services.tiles import Tiles


class NotProved(Exception):
    """No checkpoint covers this position yet; the next one will."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That one event is in the log: its leaf, the hashes that lead to the root of the first `size` events."""

    position: int
    leaf: bytes
    size: int
    root: bytes
    hashes: Sequence[bytes]
    signed: Signed | None

    @property
    def text(self) -> str:
        """The proof as it stands alone (C2SP tlog-proof). Raises `NotProved` without a checkpoint."""
        if self.signed is None:
            raise NotProved(self.position)
        return proof_text(self.position - 1, self.hashes, self.signed.whole)


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the log of `new` events is the one of `old` events, grown."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    hashes: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Trust:
    """How far the evidence is behind the log.

    `unsigned_seconds`: since when there is an event that no signature covers; in `unanchored_seconds`, that no witness
    has seen: so long a colluding administrator and signer could still rewrite. `refusal`: why the signer refuses.
    """

    unsigned_seconds: float
    unanchored_seconds: float
    refusal: str | None
    heard_at: datetime | None


class Proving:
    """Answers those who check."""

    def __init__(self, log: EventLog, tiles: Tiles, checkpoints: CheckpointStore, now: Now) -> None:
        self._log = log
        self._tiles = tiles
        self._checkpoints = checkpoints
        self._now = now

    async def checkpoint(self, *, covering: int = 0) -> Signed | None:
        """The latest checkpoint, or the first one that covers a position."""
        return await self._checkpoints.checkpoint(covering=covering)

    async def proof(self, position: int, *, size: int | None = None) -> Proof | None:
        """That an event is in the log; None where there is no such event.

        `size`: of the log for which it is proved; None for the first checkpoint that covers the event, or else now.
        """
        head = await self._log.head()
        if not 1 <= position <= head.position:
            return None
        signed = await self._checkpoints.checkpoint(covering=position) if size is None else None
        upto = size if size is not None else signed.size if signed else head.position
        [leaf] = await self._log.leaves(position - 1, 1)
        hashes = await proofs.inclusion(self._tiles, position - 1, upto)
        return Proof(position, leaf, upto, await self._tiles.root(upto), hashes, signed)

    async def consistency(self, old: int, new: int) -> Consistency:
        """That the log only grew between two sizes."""
        hashes = await proofs.consistency(self._tiles, old, new)
        return Consistency(old, new, await self._tiles.root(old), await self._tiles.root(new), hashes)

    async def trust(self) -> Trust:
        """How far the evidence is behind the log."""
        head = await self._log.head()
        latest = await self._checkpoints.checkpoint()
        anchored = await self._checkpoints.anchored()
        signer = await self._checkpoints.signer()
        return Trust(
            unsigned_seconds=await self._since(latest.size if latest else 0, head.position),
            unanchored_seconds=await self._since(anchored.size if anchored else 0, head.position),
            refusal=signer.refusal if signer else None,
            heard_at=signer.heard_at if signer else None,
        )

    async def _since(self, covered: int, size: int) -> float:
        """Seconds since the first event beyond a size was recorded; 0 where there is none."""
        if covered >= size:
            return 0.0
        [first] = await self._log.stored(covered, 1)
        return max(0.0, (self._now() - first.recorded_at).total_seconds())
