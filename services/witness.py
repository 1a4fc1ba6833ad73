"""A witness: sees that logs only grow, and says so with a key of its own (C2SP tlog-witness).

Whoever audits runs one, on a machine that the log's operator has no access to. For each log that it knows it remembers
the last checkpoint; it signs for a later one only where a proof shows that the log grew from there.
"""

import asyncio
from base64 import b64decode, b64encode
from binascii import Error as Undecodable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.checkpoints import Checkpoint, Checks, NoCheckpoint, PublicKey, SigningKey, is_signed
from services.ports import Now
from services.proofs import is_consistent

_MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class Seen:
    """The last checkpoint of a log that a witness signed for."""

    size: int
    root: bytes
    note: str


class WitnessMemory(Protocol):
    """Where a witness remembers."""

    def read(self, origin: str) -> Seen | None:
        """The last checkpoint of a log; None where there was none."""
        ...

    def write(self, origin: str, seen: Seen) -> None:
        """Remember, lastingly, before anybody sees the signature."""
        ...

    def keep_refused(self, origin: str, asked: str) -> None:
        """Keep what a log signed and is not the log that was seen: it may be needed to show that."""
        ...


class WitnessRefuses(Exception):
    """No signature for this."""


class NotAsked(WitnessRefuses):
    """It has not the form of a request."""


class UnknownLog(WitnessRefuses):
    """This witness does not know a log of this name."""


class NotSignedByTheLog(WitnessRefuses):
    """None of its signatures is of the log's key."""


class SeenOtherwise(WitnessRefuses):
    """The log was last seen at another size, or at this size with another root."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class NotGrown(WitnessRefuses):
    """It is not shown that the log only grew."""


class Witness:
    """Signs for checkpoints of the logs that it knows."""

    def __init__(
        self, key: SigningKey, logs: Sequence[PublicKey], memory: WitnessMemory, checks: Checks, now: Now
    ) -> None:
        self._key = key
        self._logs = logs
        self._memory = memory
        self._checks = checks
        self._now = now
        self._one_at_a_time = asyncio.Lock()

    @property
    def public_key(self) -> str:
        """What others check with, as text."""
        return self._key.public.text

    async def add_checkpoint(self, asked: str) -> str:
        """The line with which it signs for a checkpoint. Raises a `WitnessRefuses`."""
        old, proof, note = _read(asked)
        try:
            checkpoint = Checkpoint.read(note)
        except NoCheckpoint as error:
            raise NotAsked(str(error)) from error
        keys = [one for one in self._logs if one.name == checkpoint.origin]
        if not keys:
            raise UnknownLog(checkpoint.origin)
        if not any(is_signed(note, key, self._checks) for key in keys):
            raise NotSignedByTheLog(checkpoint.origin)
        if old > checkpoint.size:
            raise NotAsked("old is larger than the checkpoint")
        async with self._one_at_a_time:
            last = self._memory.read(checkpoint.origin) or Seen(0, b"", "")
            if old != last.size:
                raise SeenOtherwise(last.size)
            if old == checkpoint.size and old > 0 and checkpoint.root != last.root:
                self._memory.keep_refused(checkpoint.origin, asked)
                raise SeenOtherwise(last.size)
            grown = is_consistent(old, checkpoint.size, last.root, checkpoint.root, proof) if old else not proof
            if not grown:
                self._memory.keep_refused(checkpoint.origin, asked)
                raise NotGrown(checkpoint.origin)
            self._memory.write(checkpoint.origin, Seen(checkpoint.size, checkpoint.root, note))
        return checkpoint.cosignature(self._key, self._now())


def asking(old: int, proof: Sequence[bytes], note: str) -> str:
    """What a witness is asked with."""
    hashes = "".join(f"{b64encode(one).decode()}\n" for one in proof)
    return f"old {old}\n{hashes}\n{note}"


def _read(asked: str) -> tuple[int, Sequence[bytes], str]:
    head, gap, note = asked.partition("\n\n")
    first, *lines = head.split("\n")
    size = first.removeprefix("old ")
    try:
        if not gap or first == size or str(int(size)) != size or int(size) < 0 or len(lines) > _MOST_HASHES:
            raise ValueError(first)
        proof = [b64decode(line, validate=True) for line in lines]
        if any(len(one) != 32 for one in proof):
            raise ValueError(head)
    except (ValueError, Undecodable) as error:
        raise NotAsked("`old N`, a hash a line, an empty line, a checkpoint") from error
    return int(size), proof, note
