"""Events straight into a log, without anybody deciding: for whatever reads one."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from domain.vocabulary import VOCABULARY
from services.ports import Append, EventLog, Tip, Unrecorded
from tests.happened import happened
from tests.people import MONDAY, an_id


class Scribe:
    """Writes events into a log, each in an append of its own."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._tips: dict[str, Tip] = {}
        self._numbers = count(1)

    async def write(self, *events: object) -> int:
        """Write events down as they come; the position of the last."""
        position = (await self._log.head()).position
        for event in events:
            position = await self._write(event)
        return position

    async def _write(self, event: object) -> int:
        number = next(self._numbers)
        stream = VOCABULARY.stream_of(event) or f"refusal-{an_id(10_000 + number)}"
        tip = self._tips.get(stream, Tip())
        said = happened(event, position=number, version=tip.version + 1)
        envelope = said.envelope._replace(log=self._log.name, decided_at=MONDAY + timedelta(seconds=number))
        append = Append(
            request=None,
            outcome="accepted",
            decided_at=envelope.decided_at,
            stands_on={stream: tip},
            events=[Unrecorded(envelope, event)],
        )
        receipt = await self._log.append(append)
        written: Sequence[object] = receipt.events
        assert len(written) == 1
        [recorded] = (await self._log.read({stream: tip.version}))[stream]
        self._tips[stream] = Tip(tip.version + 1, recorded.body_hash)
        return receipt.position
