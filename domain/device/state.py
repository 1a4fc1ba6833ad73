"""What the past of a device means now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from domain.decider import Stream
from domain.device.events import DeviceEvent, DeviceRegistered, DeviceSynced, QueueEntryRejected, QueueEntryTaken

FIRST = "0" * 64
"""What the first entry of a queue names as the one before it."""
REMEMBERED = 500
"""Rejected entries that are remembered until the next one is taken: a whole batch may build on the first of them."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The end of a device's queue, as far as it was taken.

    `attested_at`: the latest hour that the device could show for an entry; a later entry is not older. `rejected`: by
    the hash of each entry that was not taken since, its id.
    """

    seq: int = 0
    entry_hash: str = FIRST
    attested_at: datetime | None = None
    rejected: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device: whose it is, since which start it runs, when it last heard from us, and where its queue ends."""

    rep_id: str | None = None
    boot_id: str | None = None
    synced_at: datetime | None = None
    queue: Queue = field(default_factory=Queue)


def evolve(device: DeviceState, event: DeviceEvent) -> DeviceState:
    """The device after one more event."""
    match event:
        case DeviceRegistered():
            return replace(device, rep_id=event.rep_id)
        case DeviceSynced():
            return replace(device, boot_id=event.boot_id, synced_at=event.synced_at)
        case QueueEntryTaken():
            latest = event.attested_at or device.queue.attested_at
            queue = Queue(event.queue_seq, event.entry_hash, latest)
            return replace(device, boot_id=event.boot_id or device.boot_id, queue=queue)
        case QueueEntryRejected():
            rejected = {**device.queue.rejected, event.entry_hash: event.entry_id}
            if len(rejected) > REMEMBERED:
                rejected.pop(next(iter(rejected)))
            return replace(device, queue=replace(device.queue, rejected=rejected))
        case _:
            assert_never(event)


def device_of(device_id: str) -> Stream[DeviceState]:
    """The history of one device."""
    return Stream(f"device-{device_id}", DeviceState(), evolve)
