"""How the log travels to the projectors: the stored bytes as they are, and with them what makes them whole.

Each message says up to which position everything was sent before it (`since`), so a reader knows at once when
something is missing, whatever happened to the topic, and takes it from the log. A mark carries a position and nothing
else: it goes to every partition, so that a partition in which nothing happens does not hold a read model back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.envelope import Recorded
from services.bus import Delivered, Message
from services.messages import attributes
from services.ports import Stored

MARK = "fieldtrace.mark"
"""The type of a message that carries a position only."""


@dataclass(frozen=True, slots=True)
class Fed:
    """One message of the feed. `stored`, `name`: the event and its stored name; None for a mark."""

    partition: int
    offset: int
    since: int
    position: int
    name: str | None
    stored: Stored | None


class Unreadable(Exception):
    """A message of the feed is none of ours, or of a later release: stop, for nothing may be read past it."""


def to_feed(recorded: Recorded, stored: Stored, *, topic: str, since: int) -> Message:
    """An event on its way to the projectors."""
    headers = {
        **attributes(recorded, recorded.envelope.name),
        "ce_since": str(since).encode(),
        "ce_leaf": stored.leaf.hex().encode(),
    }
    return Message(topic, stored.stream, headers, stored.body)


def marks(*, topic: str, partitions: int, since: int, position: int) -> Sequence[Message]:
    """A mark for every partition."""
    return [
        Message(
            topic,
            None,
            {
                "ce_specversion": b"1.0",
                "ce_id": f"mark:{position}:{partition}".encode(),
                "ce_source": b"/fieldtrace",
                "ce_type": MARK.encode(),
                "ce_sequence": str(position).encode(),
                "ce_since": str(since).encode(),
                "content-type": b"application/json",
            },
            b"{}",
            partition,
        )
        for partition in range(partitions)
    ]


def from_feed(delivered: Delivered) -> Fed:
    """Read a message of the feed. Raises `Unreadable`."""
    said = delivered.headers
    try:
        since, position, name = int(said["ce_since"]), int(said["ce_sequence"]), said["ce_type"].decode()
        if name == MARK:
            return Fed(delivered.partition, delivered.offset, since, position, None, None)
        stored = Stored(
            position=position,
            stream=said["ce_partitionkey"].decode(),
            version=int(said["ce_aggversion"]),
            recorded_at=datetime.fromisoformat(said["ce_recordedat"].decode()),
            body=delivered.body,
            leaf=bytes.fromhex(said["ce_leaf"].decode()),
        )
    except (KeyError, ValueError) as fault:
        raise Unreadable(f"{delivered.topic}[{delivered.partition}] {delivered.offset}: {fault!r}") from fault
    return Fed(delivered.partition, delivered.offset, since, position, name, stored)
