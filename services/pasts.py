"""What streams mean now: read from the log, kept for the streams that are asked about often, fast-forwarded."""

from collections import OrderedDict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from domain.decider import Past, Stream
from services.ports import EventLog, Tip

KEPT = 50_000
"""Streams whose meaning is kept in memory; a state is a few hundred bytes."""


@dataclass(frozen=True, slots=True)
class Looked:
    """The past of a decision, and where each of its streams ended when it was read."""

    past: Past
    tips: Mapping[str, Tip]


class Pasts:
    """Reads streams for decisions. Each reading asks the log for what came since; a kept state is never trusted.

    Within one moment (`at_one_moment`) a stream is read once: what one request looks up, decides on and stands on is
    one past, read after the request came in, and the append fails if it has moved since.
    """

    def __init__(self, log: EventLog, *, kept: int = KEPT) -> None:
        self._log = log
        self._kept: OrderedDict[str, tuple[Tip, object]] = OrderedDict()
        self._most = kept
        self._moment: ContextVar[dict[str, tuple[Tip, object]] | None] = ContextVar("moment", default=None)

    @contextmanager
    def at_one_moment(self) -> Generator[None]:
        """Within the block each stream is read once, unless it is looked at anew."""
        token = self._moment.set({})
        try:
            yield
        finally:
            self._moment.reset(token)

    def move_on(self) -> None:
        """Something was appended, or has moved: from here on the present moment is another one."""
        moment = self._moment.get()
        if moment is not None:
            moment.clear()

    async def look(self, streams: Sequence[Stream[Any]]) -> Looked:
        """The present meaning of the given streams, all read together."""
        moment = self._moment.get()
        seen: dict[str, tuple[Tip, object]] = {} if moment is None else moment
        unseen = [stream for stream in streams if stream.name not in seen]
        if unseen:
            seen.update(await self._read(unseen))
        looked = {stream.name: seen[stream.name] for stream in streams}
        return Looked(
            Past({name: state for name, (_, state) in looked.items()}), {name: tip for name, (tip, _) in looked.items()}
        )

    async def _read(self, streams: Sequence[Stream[Any]]) -> Mapping[str, tuple[Tip, object]]:
        before = {stream.name: self._kept.get(stream.name, (Tip(), stream.empty)) for stream in streams}
        news = await self._log.read({name: tip.version for name, (tip, _) in before.items()})
        for stream in streams:
            recorded = news.get(stream.name, ())
            if recorded:
                tip, state = before[stream.name]
                for one in recorded:
                    state = stream.evolve(state, one.event)
                tip = Tip(recorded[-1].envelope.stream_version, recorded[-1].body_hash)
                before[stream.name] = tip, state
            self._keep(stream.name, *before[stream.name])
        return before

    def _keep(self, name: str, tip: Tip, state: object) -> None:
        if tip.version == 0:
            return
        kept = self._kept.get(name)
        if kept is None or kept[0].version <= tip.version:
            self._kept[name] = (tip, state)
        self._kept.move_to_end(name)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
