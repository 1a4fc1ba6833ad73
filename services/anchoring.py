"""Checkpoints kept where neither our administrator nor our signer can change them: by witnesses, or as copies.

An anchor that has seen another log, or a longer one, refuses, and that is an alarm: then the signer signs nothing more
until a person has looked. One that is merely away is asked again; how long nothing was anchored is a metric.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from services.ports import EventLog
from services.proofs import Subtrees, consistency
from services.signing import CheckpointStore, Signed, SignerRefuses

Grown = Callable[[int], Awaitable[Sequence[bytes]]]
"""Proves that the checkpoint at hand is the log of so many events, grown."""


class AnchorRefuses(Exception):
    """The anchor has seen another log than this; why, in a sentence."""


class AnchorAway(Exception):
    """The anchor does not answer, or not as it should; it is asked again."""


class AnchorAhead(Exception):
    """The anchor has seen a longer log than the checkpoint."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class Anchor(Protocol):
    """Somebody or something outside that keeps checkpoints."""

    @property
    def name(self) -> str:
        """How it is called."""
        ...

    async def keep(self, signed: Signed, grown: Grown) -> str | None:
        """Keep a checkpoint; the line of a witness who signs for it.

        Raises `AnchorRefuses`, `AnchorAway` or `AnchorAhead`.
        """
        ...


class Anchoring:
    """Takes checkpoints to every anchor."""

    def __init__(self, anchors: Sequence[Anchor], log: EventLog, store: CheckpointStore, trees: Subtrees) -> None:
        self._anchors = anchors
        self._log = log
        self._store = store
        self._trees = trees
        self._kept: dict[str, int] = {}

    async def anchor(self, signed: Signed) -> None:
        """Take a checkpoint to the anchors that do not have it. Raises `SignerRefuses` where one refuses."""
        missing = [one for one in self._anchors if self._kept.get(one.name, 0) < signed.size]
        complaints = [one for one in await asyncio.gather(*(self._to(one, signed) for one in missing)) if one]
        if complaints:
            raise SignerRefuses("; ".join(complaints))

    async def _to(self, anchor: Anchor, signed: Signed) -> str | None:
        """Take it to one of them; what that one complains about."""

        async def grown(old: int) -> Sequence[bytes]:
            return await consistency(self._trees, old, signed.size)

        try:
            line = await anchor.keep(signed, grown)
        except AnchorRefuses as refusal:
            return f"{anchor.name} refuses: {refusal}"
        except AnchorAway:
            return None
        except AnchorAhead as ahead:
            size = (await self._log.head()).position
            behind = f"{anchor.name} has seen {ahead.size} events, and the log ends at {size}: it was set back"
            return behind if ahead.size > size else None
        if line is None:
            await self._store.add_anchor(signed.size, anchor.name)
        else:
            await self._store.add_cosignature(signed.size, line)
        self._kept[anchor.name] = signed.size
        return None
