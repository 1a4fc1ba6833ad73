"""The signer: says of the log, in regular time, how it stands, and refuses where it is not the log that it was.

It remembers what it signed last, outside the database (evidence §2). From there it reads what came since, makes the
tree of it anew from the stored bytes, and signs only where that is the tree of the log. A log that was set back, or
grew otherwise, is not signed again until a person has looked: the refusal is the alarm.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from services.checkpoints import Checkpoint, Checks, PublicKey, SigningKey, is_signed, signature_line
from services.ports import EventLog, LogUnavailable, Now
from services.tree import grow, leaf_hash, root_of

SECONDS = 10.0
"""How often the signer looks at a log that grows."""
EVENTS = 1_000
"""After so many events it does not wait for that."""
_PAGE = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the signer knows by itself: how many events it signed for, and the frontier of the tree over them."""

    size: int = 0
    frontier: tuple[bytes, ...] = ()


class Memory(Protocol):
    """Where the signer remembers; not in the database that it watches."""

    def read(self) -> Remembered | None:
        """What it remembers, or None where it never signed."""
        ...

    def write(self, remembered: Remembered) -> None:
        """Remember, lastingly, before anybody sees the signature."""
        ...


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it is kept: the note with the log's signature, when it was made, the lines of witnesses."""

    size: int
    note: str
    signed_at: datetime
    cosignatures: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The note with every signature that it has."""
        return self.note + "".join(self.cosignatures)


@dataclass(frozen=True, slots=True)
class SignerState:
    """How the signer is: when it last looked, with which public key, and why it refuses (None where it does not)."""

    heard_at: datetime
    key: str
    refusal: str | None


class CheckpointStore(Protocol):
    """Keeps checkpoints; they are never changed, only added."""

    async def add_checkpoint(self, signed: Signed) -> None:
        """Keep one; a size that is there already stays as it is."""
        ...

    async def checkpoint(self, *, covering: int = 0) -> Signed | None:
        """The first one that covers a position, or the latest of all for 0."""
        ...

    async def anchored(self) -> Signed | None:
        """The latest one that a witness has seen, or that lies outside."""
        ...

    async def add_cosignature(self, size: int, line: str) -> None:
        """A witness has seen the checkpoint of this size."""
        ...

    async def add_anchor(self, size: int, place: str) -> None:
        """The checkpoint of this size lies outside, in a place that says nothing."""
        ...

    async def note_signer(self, state: SignerState) -> None:
        """The signer is there."""
        ...

    async def signer(self) -> SignerState | None:
        """How the signer last was; None where there never was one."""
        ...


class SignerRefuses(Exception):
    """The log is not the one that was signed; why, in a sentence."""


class Anchors(Protocol):
    """Where checkpoints are taken to."""

    async def anchor(self, signed: Signed) -> None:
        """Take a checkpoint there, if it is not there yet. Raises `SignerRefuses` where it is not believed."""
        ...


class Signer:
    """Signs checkpoints of one log, and takes them to the anchors."""

    def __init__(
        self,
        log: EventLog,
        store: CheckpointStore,
        key: SigningKey,
        memory: Memory,
        checks: Checks,
        now: Now,
        origin: str,
        anchors: Anchors | None = None,
    ) -> None:
        self._anchors = anchors
        self._log = log
        self._store = store
        self._key = key
        self._memory = memory
        self._checks = checks
        self._now = now
        self._origin = origin

    @property
    def public_key(self) -> str:
        """What others check with, as text."""
        return self._key.public.text

    async def sign(self) -> Signed | None:
        """Sign the log as it stands, if it has grown. Raises `SignerRefuses`, and leaves word of it.

        An anchor that does not believe what was signed last ends it: nothing more is signed then.
        """
        try:
            await self._anchor(await self._own_latest())
            signed = await self._sign()
            await self._anchor(signed)
        except SignerRefuses as refusal:
            await self._store.note_signer(SignerState(self._now(), self.public_key, str(refusal)))
            raise
        await self._store.note_signer(SignerState(self._now(), self.public_key, None))
        return signed

    async def run(self, told: Callable[[Signed | SignerRefuses | LogUnavailable], None] = lambda _: None) -> None:
        """Sign as the log grows, until cancelled; `told` hears of each signature and each refusal."""
        while True:
            try:
                signed = await self.sign()
                if signed is not None:
                    told(signed)
            except (SignerRefuses, LogUnavailable) as refusal:
                told(refusal)
            size = (self._memory.read() or Remembered()).size
            try:
                await self._log.beyond(size + EVENTS - 1, seconds=SECONDS)
            except LogUnavailable:
                await asyncio.sleep(SECONDS)

    async def take_over(self, before: PublicKey) -> int:
        """Go on from what another key signed last, after a look at every byte; the size from which on this key signs.

        For a key that was lost, that somebody else may have, or of a log that goes on under another name. Raises
        `SignerRefuses` where the log is not the one that was signed.
        """
        latest = await self._store.checkpoint()
        if latest is None or not is_signed(latest.note, before, self._checks):
            msg = f"what was signed last was not signed by {before.text}"
            raise SignerRefuses(msg)
        frontier = await self._grown(Remembered(), latest.size)
        if root_of(frontier) != Checkpoint.read(latest.note).root:
            msg = f"the log is not the one that was signed at {latest.size}"
            raise SignerRefuses(msg)
        self._memory.write(Remembered(latest.size, tuple(frontier)))
        return latest.size

    async def hand_over(self, to: SigningKey) -> str:
        """How the log stands, and which key signs from here on: a note with the signatures of both.

        Its text is a checkpoint with one line more, `next-key` and the public key. Raises `SignerRefuses`.
        """
        await self.sign()
        remembered = self._memory.read() or Remembered()
        checkpoint = Checkpoint(self._origin, remembered.size, root_of(remembered.frontier))
        text = f"{checkpoint.text}next-key {to.public.text}\n"
        signatures = [signature_line(key.public, key.sign(text.encode())) for key in (self._key, to)]
        return f"{text}\n{''.join(signatures)}"

    async def _own_latest(self) -> Signed | None:
        """The latest checkpoint, if this key signed it: what another one did is not for this one to answer for."""
        latest = await self._store.checkpoint()
        own = latest is not None and is_signed(latest.note, self._key.public, self._checks)
        return latest if own else None

    async def _anchor(self, signed: Signed | None) -> None:
        if self._anchors is not None and signed is not None:
            await self._anchors.anchor(signed)

    async def _sign(self) -> Signed | None:
        remembered = self._memory.read() or await self._recalled()
        head = await self._log.head()
        if head.position < remembered.size:
            msg = f"the log ends at {head.position}, and was signed at {remembered.size}: it was set back"
            raise SignerRefuses(msg)
        grown = await self._grown(remembered, head.position)
        if root_of(grown) != head.root:
            msg = f"the log of {head.position} events is not the one of {remembered.size} that was signed, grown"
            raise SignerRefuses(msg)
        if head.position == remembered.size:
            return None
        checkpoint = Checkpoint(self._origin, head.position, head.root)
        signed = Signed(head.position, checkpoint.signed(self._key), self._now())
        self._memory.write(Remembered(head.position, tuple(grown)))
        await self._store.add_checkpoint(signed)
        return signed

    async def _recalled(self) -> Remembered:
        """Without a memory: what the latest checkpoint says, if it is of this key and of this log."""
        latest = await self._store.checkpoint()
        if latest is None:
            return Remembered()
        if not is_signed(latest.note, self._key.public, self._checks):
            msg = f"the signer has no memory, and the checkpoint at {latest.size} was signed by another key"
            raise SignerRefuses(msg)
        frontier = await self._grown(Remembered(), latest.size)
        if root_of(frontier) != Checkpoint.read(latest.note).root:
            msg = f"the log is not the one that was signed at {latest.size}"
            raise SignerRefuses(msg)
        return Remembered(latest.size, tuple(frontier))

    async def _grown(self, remembered: Remembered, size: int) -> Sequence[bytes]:
        """The frontier at a size, made from the stored bytes of what came since."""
        frontier, done = list(remembered.frontier), remembered.size
        while done < size:
            page = await self._log.stored(done, min(_PAGE, size - done))
            if not page:
                msg = f"the log ends at {done}; its head says {size}"
                raise SignerRefuses(msg)
            for one in page:
                leaf = leaf_hash(one.position, (one.recorded_at - _EPOCH) // _MICROSECOND, one.body)
                if one.position != done + 1 or leaf != one.leaf:
                    msg = f"what lies at {done + 1} is not what was recorded there"
                    raise SignerRefuses(msg)
                grow(frontier, done, leaf)
                done += 1
        return frontier
