"""How many events there are about each rep, customer and case, and a chain over them: what shows that none is missing.

A follower counts along. For a subject, chain n is SHA-256 over chain n - 1 and the leaf of its n-th event (32 zero
bytes before the first). The heads of all subjects, in the order of their names, are the leaves of a tree of their own,
whose root is recorded in the log (evidence §3): a subject's head is proved like an event, and that there is no such
subject by the two neighbours between which it would stand.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from services import proofs
from services.ports import EventLog
from services.tree import EMPTY_ROOT

FOLLOWER = "subject_heads"
_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of one subject: how many events, and the chain over their leaves."""

    subject: str
    count: int = 0
    chain: bytes = bytes(32)

    def with_leaf(self, leaf: bytes) -> "Head":
        """The head after one more event."""
        return Head(self.subject, self.count + 1, sha256(self.chain + leaf).digest())

    @property
    def leaf(self) -> bytes:
        """What stands for the subject in the tree of heads."""
        return sha256(b"\0" + f"{self.subject}\n{self.count}\n{self.chain.hex()}\n".encode()).digest()


class HeadStore(Protocol):
    """Keeps the heads of subjects, and at which positions their events stand."""

    async def heads(self, subjects: Sequence[str]) -> Mapping[str, Head]:
        """The heads of these subjects; those without events are missing."""
        ...

    async def every_head(self) -> Sequence[Head]:
        """All heads, in the order of the bytes of their names."""
        ...

    async def heads_counted(self) -> int:
        """The last position that was counted."""
        ...

    async def count(self, heads: Sequence[Head], entries: Sequence[tuple[str, int]], *, after: int, upto: int) -> bool:
        """Replace heads and add entries (subject, position); False, and nothing is done, where `after` has moved."""
        ...

    async def positions(self, subject: str, *, upto: int) -> Sequence[int]:
        """Where the events about a subject stand, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Heads:
    """All heads as of a position."""

    as_of: int
    heads: Sequence[Head]

    def neighbours(self, subject: str) -> Sequence[int]:
        """The place of a subject among the heads, or the places between which it would stand."""
        key = subject.encode()
        names = [head.subject.encode() for head in self.heads]
        for place, name in enumerate(names):
            if name == key:
                return [place]
            if name > key:
                return [one for one in (place - 1, place) if one >= 0]
        return [len(names) - 1] if names else []

    async def root(self) -> bytes:
        """The root over all heads."""
        return await proofs.root_at(self._trees(), len(self.heads)) if self.heads else EMPTY_ROOT

    async def proof(self, place: int) -> Sequence[bytes]:
        """The hashes that lead from one head to the root."""
        return await proofs.inclusion(self._trees(), place, len(self.heads))

    def _trees(self) -> "_Small":
        return _Small([head.leaf for head in self.heads])


class _Small:
    """A tree that lies in memory as a whole."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels: list[Sequence[bytes]] = [leaves]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([proofs.node_hash(left, right) for left, right in pairs])

    async def root_of(self, height: int, index: int) -> bytes:
        """See `services.proofs.Subtrees`."""
        return self._levels[height][index]


class SubjectHeads:
    """Counts along with the log."""

    def __init__(self, log: EventLog, store: HeadStore) -> None:
        self._log = log
        self._store = store
        self._counting = asyncio.Lock()

    async def catch_up(self) -> int:
        """Count everything that is recorded so far; the position then."""
        async with self._counting:
            while True:
                done = await self._store.heads_counted()
                page = await self._log.stored(done, _PAGE)
                if not page:
                    return done
                about = [(one, _subjects(one.body)) for one in page]
                known = dict(await self._store.heads(sorted({name for _, names in about for name in names})))
                entries: list[tuple[str, int]] = []
                for one, names in about:
                    for name in names:
                        known[name] = known.get(name, Head(name)).with_leaf(one.leaf)
                        entries.append((name, one.position))
                await self._store.count(list(known.values()), entries, after=done, upto=page[-1].position)

    async def run(self) -> None:
        """Count along until cancelled."""
        while True:
            done = await self.catch_up()
            await self._log.beyond(done + _PAGE // 4, seconds=30)

    async def as_of_now(self) -> Heads:
        """All heads, up to the present end of the log."""
        await self.catch_up()
        async with self._counting:
            return Heads(await self._store.heads_counted(), await self._store.every_head())

    async def positions(self, subject: str, *, upto: int) -> Sequence[int]:
        """Where the events about a subject stand."""
        return await self._store.positions(subject, upto=upto)


def _subjects(body: bytes) -> Sequence[str]:
    """Whom an event is about, each once, as its stored bytes say."""
    return list(dict.fromkeys(json.loads(body)["subjects"]))
