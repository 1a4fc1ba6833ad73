"""What is known about an event besides what it says: who, when, on whose word, in answer to what.

Envelopes and recorded events are named tuples: they are made for every event that is read, and cost a tenth so.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked. `role` is the role in which they asked; `on_behalf_of` names the rep a machine speaks for."""

    id: str
    role: str
    on_behalf_of: str | None = None

    @property
    def acting_for(self) -> str:
        """The person whose deed this is."""
        return self.on_behalf_of or self.id


@dataclass(frozen=True, slots=True)
class Device:
    """What a device can show about the moment of an event (domain §3.1), as it was sent."""

    device_id: str
    boot_id: str | None = None
    elapsed_ms: int | None = None
    sent_ms: int | None = None
    last_sync: str | None = None
    queue_seq: int | None = None
    prev_hash: str | None = None


class Envelope(NamedTuple):
    """Everything about an event but its own words; it is part of the stored bytes.

    `name`: the stored name, `<concept>.<fact>`; `schema_version`: which shape of it; `stream_version`: gapless
    from 1; `occurred_at`: the world's clock as claimed, with the offset that was sent; `decided_at`: our clock
    when the choice was made, which every rule reads; `biz_date`: the date of `occurred_at` where the rep works;
    `flags`: what was noticed about its hour and origin (LATE, IMPORTED …); `subjects`: the reps and customers it
    is about, as `rep:<id>` and `customer:<id>`.
    """

    event_id: UUID
    log: str
    stream: str
    stream_version: int
    name: str
    schema_version: int
    source: str
    request_id: str
    subjects: tuple[str, ...]
    occurred_at: datetime
    occurred_tz: str
    decided_at: datetime
    biz_date: date
    actor: Actor
    correlation_id: str
    causation_id: UUID | None = None
    attested_at: datetime | None = None
    client_id: str | None = None
    device: Device | None = None
    flags: tuple[str, ...] = ()


class Recorded(NamedTuple):
    """An event as it stands in the log.

    `position`: dense from 1, the order of the log; `recorded_at`: our clock at the append, never decreasing with
    position; `body_hash`: SHA-256 of the stored bytes; `leaf`: the hash that the log's tree holds for it.
    """

    envelope: Envelope
    event: object
    position: int
    recorded_at: datetime
    body_hash: bytes
    leaf: bytes
