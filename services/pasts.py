"""What streams mean now: read from the log, kept for the streams that are asked about often, fast-forwarded."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
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
    """Reads streams for decisions. Each reading asks the log for what came since; a kept state is never trusted."""

    def __init__(self, log: EventLog, *, kept: int = KEPT) -> None:
        self._log = log
        self._kept: OrderedDict[str, tuple[Tip, object]] = OrderedDict()
        self._most = kept

    async def look(self, streams: Sequence[Stream[Any]]) -> Looked:
        """The present meaning of the given streams, all read together."""
        before = {stream.name: self._kept.get(stream.name, (Tip(), stream.empty)) for stream in streams}
        news = await self._log.read({name: tip.version for name, (tip, _) in before.items()})
        states: dict[str, object] = {}
        tips: dict[str, Tip] = {}
        for stream in streams:
            tip, state = before[stream.name]
            for recorded in news.get(stream.name, ()):
                state = stream.evolve(state, recorded.event)
                tip = Tip(recorded.envelope.stream_version, recorded.body_hash)
            states[stream.name], tips[stream.name] = state, tip
            self._keep(stream.name, tip, state)
        return Looked(Past(states), tips)

    def _keep(self, name: str, tip: Tip, state: object) -> None:
        if tip.version == 0:
            return
        kept = self._kept.get(name)
        if kept is None or kept[0].version <= tip.version:
            self._kept[name] = (tip, state)
        self._kept.move_to_end(name)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
