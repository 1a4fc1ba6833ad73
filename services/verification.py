"""Whether the log still says what was written: its bytes, their order, their chains and the tree over all of them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from services.ports import EventLog, Stored
from services.tree import grow, leaf_hash, root_of

PAGE = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Verified:
    """How far a verification has come, of how many events. `flaw`: what is wrong with the first event that is."""

    position: int
    size: int
    root: str
    flaw: str | None = None


async def verify(log: EventLog, *, upto: int | None = None) -> AsyncIterator[Verified]:
    """Read the log from its beginning and compare everything with everything; the last value says how it ended.

    Checked of each event: its place in the gapless order, its leaf against its bytes, its place in its stream and the
    hash of its forerunner there, and that time never runs back. Of the whole: the root of the tree against the head's.
    `upto`: a position up to which is enough, for a quick look; the root is then not compared.
    """
    head = await log.head()
    size = head.position if upto is None else min(upto, head.position)
    reading = _Reading()
    while reading.position < size:
        page = await log.stored(reading.position, min(PAGE, size - reading.position))
        if not page:
            yield Verified(reading.position + 1, size, reading.root, "the event is missing")
            return
        for stored in page:
            flaw = reading.flaw_of(stored)
            if flaw is not None:
                yield Verified(reading.position + 1, size, reading.root, flaw)
                return
            reading.take(stored)
        yield Verified(reading.position, size, reading.root)
    whole = upto is None or size == head.position
    if whole and reading.root != head.root.hex():
        yield Verified(
            size, size, reading.root, f"the tree over all events has another root than the head: {head.root.hex()}"
        )
        return
    yield Verified(size, size, reading.root)


class _Reading:
    def __init__(self) -> None:
        self.position = 0
        self._frontier: list[bytes] = []
        self._recorded_at = _EPOCH
        self._tips: dict[str, tuple[int, bytes]] = {}

    @property
    def root(self) -> str:
        return root_of(self._frontier).hex()

    def flaw_of(self, stored: Stored) -> str | None:
        """What is wrong with the next event, if anything."""
        if stored.position != self.position + 1:
            return f"the event is missing; the next one stands at {stored.position}"
        if stored.recorded_at < self._recorded_at:
            return "it was recorded before its forerunner"
        if leaf_hash(stored.position, _microseconds(stored.recorded_at), stored.body) != stored.leaf:
            return "its bytes, its position or its hour are not those that were recorded"
        version, body_hash = self._tips.get(stored.stream, (0, bytes(32)))
        if stored.version != version + 1:
            return f"it is version {stored.version} of {stored.stream}, which has come to {version}"
        try:
            told = json.loads(stored.body)
            chain = (told["stream"], told["stream_version"], told["prevstreamhash"])
        except (ValueError, KeyError, TypeError):
            return "its bytes are no event"
        if chain != (stored.stream, stored.version, body_hash.hex()):
            return f"it does not follow on version {version} of {stored.stream}"
        return None

    def take(self, stored: Stored) -> None:
        """Go on to the event after it."""
        grow(self._frontier, self.position, stored.leaf)
        self.position = stored.position
        self._recorded_at = stored.recorded_at
        self._tips[stored.stream] = (stored.version, sha256(stored.body).digest())


def _microseconds(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
