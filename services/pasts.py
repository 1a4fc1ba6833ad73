"""What streams mean now: read from the log, kept for the streams that are asked about often, fast-forwarded."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

from domain.decider import Past, Stream
from domain.envelope import Recorded
from services.ports import EventLog, Receipt, Request, Tip

S = TypeVar("S")
KEPT = 50_000
"""Streams whose meaning is kept in memory; a state is a few hundred bytes."""


class Known(NamedTuple):
    """A stream as it was read: where it ended, and what it meant."""

    tip: Tip
    state: object


class Looked(NamedTuple):
    """The past of a decision, and where each of its streams ended when it was read."""

    past: Past
    tips: Mapping[str, Tip]


_BEGINNING = Tip()


class _Moment:
    """While it lasts, what was read is at hand."""

    __slots__ = ("_token", "_var")

    def __init__(self, var: "ContextVar[dict[str, Known] | None]") -> None:
        self._var = var

    def __enter__(self) -> None:
        self._token = self._var.set({})

    def __exit__(self, *_: object) -> None:
        self._var.reset(self._token)


class Pasts:
    """Reads streams for decisions. Each reading asks the log for what came since; a kept state is never trusted.

    Within one moment (`at_one_moment`) a stream is read once: what one request looks up, decides on and stands on is
    one past, read after the request came in, and the append fails if it has moved since.
    """

    def __init__(self, log: EventLog, *, kept: int = KEPT) -> None:
        self._log = log
        self._kept: dict[str, Known] = {}
        self._most = kept
        self._moment: ContextVar[dict[str, Known] | None] = ContextVar("moment", default=None)

    def at_one_moment(self) -> "_Moment":
        """Within the block each stream is read once, unless it is looked at anew."""
        return _Moment(self._moment)

    def move_on(self) -> None:
        """Something was appended, or has moved: from here on the present moment is another one."""
        moment = self._moment.get()
        if moment is not None:
            moment.clear()

    async def of(self, stream: Stream[S]) -> S:
        """The present meaning of one stream."""
        moment = self._moment.get()
        known = moment.get(stream.name) if moment else None
        if known is None:
            known = (await self._seen([stream]))[stream.name]
        return cast("S", known.state)

    async def as_of(self, stream: Stream[S], instant: datetime) -> S:
        """What a stream meant at an earlier instant: by everything that had been decided until then."""
        state = stream.empty
        for one in (await self._log.read({stream.name: 0})).get(stream.name, ()):
            if one.envelope.decided_at > instant:
                break
            state = stream.evolve(state, one.event)
        return state

    async def look(self, streams: Sequence[Stream[Any]]) -> Looked:
        """The present meaning of the given streams, all read together."""
        seen = await self._seen(streams)
        names = [stream.name for stream in streams]
        return Looked(Past({name: seen[name].state for name in names}), {name: seen[name].tip for name in names})

    async def take_up(self, request: Request, streams: Sequence[Stream[Any]]) -> Receipt | None:
        """The first answer, where a request was answered before; else read together what will be looked at."""
        before = self._before(streams)
        news = await self._log.take_up(request, {name: known.tip.version for name, known in before.items()})
        if isinstance(news, Receipt):
            return news
        seen, moment = self._forwarded(streams, before, news), self._moment.get()
        if moment is not None:
            moment |= seen
        return None

    def has_read(self, stream: Stream[Any]) -> bool:
        """Whether a stream was read within this moment."""
        moment = self._moment.get()
        return moment is not None and stream.name in moment

    async def read_ahead(self, streams: Sequence[Stream[Any]]) -> None:
        """Read together what will be looked at one by one within this moment, where it was not foreseen."""
        await self._seen(streams)

    def last_known(self, stream: Stream[S]) -> S:
        """What a stream meant when it was last read: a guess at what else to read ahead, and nothing to decide on."""
        known = self._kept.get(stream.name)
        return stream.empty if known is None else cast("S", known.state)

    async def _seen(self, streams: Sequence[Stream[Any]]) -> Mapping[str, Known]:
        moment = self._moment.get()
        if moment is None:
            return await self._read(streams)
        unseen = [stream for stream in streams if stream.name not in moment]
        if unseen:
            moment |= await self._read(unseen)
        return moment

    async def _read(self, streams: Sequence[Stream[Any]]) -> dict[str, Known]:
        before = self._before(streams)
        news = await self._log.read({name: known.tip.version for name, known in before.items()})
        return self._forwarded(streams, before, news)

    def _before(self, streams: Sequence[Stream[Any]]) -> dict[str, Known]:
        """What is kept of each stream, or its beginning: from there on it is read."""
        kept = self._kept
        return {stream.name: kept.get(stream.name) or Known(_BEGINNING, stream.empty) for stream in streams}

    def _forwarded(
        self, streams: Sequence[Stream[Any]], before: dict[str, Known], news: Mapping[str, Sequence[Recorded]]
    ) -> dict[str, Known]:
        """The streams after what came since."""
        evolve = {stream.name: stream.evolve for stream in streams}
        for name, recorded in news.items():
            if recorded:
                state = before[name].state
                for one in recorded:
                    state = evolve[name](state, one.event)
                before[name] = Known(Tip(recorded[-1].envelope.stream_version, recorded[-1].body_hash), state)
                self._keep(name, before[name])
        return before

    def _keep(self, name: str, known: Known) -> None:
        """Keep what a stream means; the one to which nothing happened for longest makes room for it."""
        kept = self._kept.pop(name, known)
        self._kept[name] = known if known.tip.version >= kept.tip.version else kept
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]


class PastsAsOf(Pasts):
    """The streams as they stood at a position: whoever looks at them decides as would have been decided then."""

    def __init__(self, log: EventLog, position: int) -> None:
        super().__init__(log)
        self._position = position

    async def _read(self, streams: Sequence[Stream[Any]]) -> dict[str, Known]:
        before = self._before(streams)
        news = await self._log.read({name: known.tip.version for name, known in before.items()})
        then = {name: [one for one in events if one.position <= self._position] for name, events in news.items()}
        return self._forwarded(streams, before, then)
