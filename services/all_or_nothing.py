"""Several requests as one: each is decided on top of those before it, then all are recorded together, or none is.

A `Draft` stands before the log: what is appended to it stays there, and is read like anything else, until it is
written in one transaction or forgotten. So the desks decide on a draft exactly as they do on the log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.envelope import Recorded
from services.ports import (
    Append,
    ChangedMeanwhile,
    EventLog,
    EventRef,
    Head,
    Mismatch,
    Receipt,
    Request,
    Stored,
    Verification,
)

_UNKNOWN = bytes(32)
"""The hashes of what is not in the log yet; nothing that is recorded is made from them."""


@dataclass(slots=True)
class _Staged:
    append: Append
    receipt: Receipt


class Draft:
    """An `EventLog` that keeps what is appended to itself until `write`; its positions are provisional.

    Followers of the log (projections, policies) see nothing of a draft, so what a decision looks up in a read model is
    as it was before the draft.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._staged: list[_Staged] = []
        self._streams: dict[str, list[Recorded]] = {}
        self._position: int | None = None

    @property
    def name(self) -> str:
        """See `EventLog`."""
        return self._log.name

    async def read(self, after: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """See `EventLog`: what the log has, and on top of it what is staged."""
        known = await self._log.read(after)
        found: dict[str, Sequence[Recorded]] = {}
        for stream, version in after.items():
            staged = [one for one in self._streams.get(stream, ()) if one.envelope.stream_version > version]
            first = staged[0].envelope.stream_version if staged else None
            found[stream] = [
                *(one for one in known.get(stream, ()) if first is None or one.envelope.stream_version < first),
                *staged,
            ]
        return found

    async def take_up(self, request: Request, after: Mapping[str, int]) -> Receipt | Mapping[str, Sequence[Recorded]]:
        """See `EventLog`: here or there."""
        return await self.answered(request) or await self.read(after)

    async def append(self, append: Append) -> Receipt:
        """See `EventLog`: stage it. A no is not staged: it answers, and leaves nothing."""
        request = append.request
        earlier = await self.answered(request) if request else None
        if earlier is not None:
            return earlier
        for stream, tip in append.stands_on.items():
            staged = self._streams.get(stream)
            if staged and staged[-1].envelope.stream_version != tip.version:
                raise ChangedMeanwhile(stream)
        if append.outcome == "refused":
            return _receipt(append, (), 0)
        if self._position is None:
            self._position = (await self._log.head()).position
        refs: list[EventRef] = []
        for unrecorded in append.events:
            self._position += 1
            envelope = unrecorded.envelope
            recorded = Recorded(envelope, unrecorded.event, self._position, append.decided_at, _UNKNOWN, _UNKNOWN)
            self._streams.setdefault(envelope.stream, []).append(recorded)
            refs.append(EventRef(envelope.name, envelope.stream, envelope.stream_version, self._position))
        receipt = _receipt(append, tuple(refs), self._position)
        self._staged.append(_Staged(append, receipt))
        return receipt

    async def append_together(self, appends: Sequence[Append]) -> Sequence[Receipt]:
        """See `EventLog`."""
        return [await self.append(append) for append in appends]

    async def answered(self, request: Request) -> Receipt | None:
        """See `EventLog`: here or there."""
        for staged in self._staged:
            known = staged.append.request
            if known is not None and (known.source, known.id) == (request.source, request.id):
                if known.fingerprint != request.fingerprint:
                    raise Mismatch(request.source, request.id)
                return replace(staged.receipt, repeated=True)
        return await self._log.answered(request)

    async def write(self) -> Mapping[tuple[str, str], Receipt]:
        """Record everything that is staged; the receipts by source and id. Raises as `EventLog.append_together`."""
        appends = [staged.append for staged in self._staged]
        receipts = await self._log.append_together(appends) if appends else ()
        return {
            (append.request.source, append.request.id): receipt
            for append, receipt in zip(appends, receipts, strict=True)
            if append.request is not None
        }

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        """See `EventLog`: what is recorded."""
        return await self._log.page(after, limit)

    async def stored(self, after: int, limit: int) -> Sequence[Stored]:
        """See `EventLog`: what is recorded."""
        return await self._log.stored(after, limit)

    async def bytes_at(self, position: int) -> bytes | None:
        """See `EventLog`: what is recorded."""
        return await self._log.bytes_at(position)

    async def head(self) -> Head:
        """See `EventLog`: what is recorded."""
        return await self._log.head()

    async def beyond(self, position: int, *, seconds: float) -> int:
        """See `EventLog`: what is recorded."""
        return await self._log.beyond(position, seconds=seconds)

    async def leaves(self, after: int, limit: int) -> Sequence[bytes]:
        """See `EventLog`: what is recorded."""
        return await self._log.leaves(after, limit)

    async def position_at(self, instant: datetime) -> int:
        """See `EventLog`: what is recorded."""
        return await self._log.position_at(instant)

    async def verify(self, seen: Callable[[int, int], None] | None = None, *, upto: int | None = None) -> Verification:
        """See `EventLog`: what is recorded."""
        return await self._log.verify(seen, upto=upto)

    async def bookmark(self, follower: str) -> int:
        """See `EventLog`."""
        return await self._log.bookmark(follower)

    async def move_bookmark(self, follower: str, position: int) -> None:
        """See `EventLog`: a draft moves nobody."""


def _receipt(append: Append, events: tuple[EventRef, ...], position: int) -> Receipt:
    return Receipt(append.outcome, position, events, append.flags, append.answer)
