"""When did it happen? What a device can show of the hour, without anybody's wall clock (domain §3.1).

The device counts monotonic milliseconds from the last hour that we signed for it. Whoever sets the clock of a phone
changes what is claimed and nothing of what is attested, so a wrong clock can neither win nor lose a customer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from domain.device.state import FIRST, DeviceState, Queue
from domain.envelope import Device
from domain.reception import DependsOnRejected

LONGEST = 10 * 365 * 86_400_000
"""Most milliseconds that a device is believed to have counted; no phone runs for ten years."""


@dataclass(frozen=True, slots=True)
class SignedHour:
    """What our signature vouches for: at this hour of ours we answered this device of this rep, in this boot."""

    device_id: str
    rep_id: str
    boot_id: str
    at: datetime


class Link(StrEnum):
    """How an entry hangs on what was taken of its queue before."""

    UNBROKEN = "UNBROKEN"
    GAP = "GAP"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a queue: its place, its hash, and the hash of the one before it."""

    id: str
    seq: int
    prev_hash: str
    entry_hash: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one request of a device is known by: who sends it, when it arrives, what the device says.

    `signed`: what our own signature on the device's last sync says, None where it is not ours; `entry`: its place in
    the queue, None where the device keeps none.
    """

    said: Device
    rep_id: str
    claimed_at: datetime
    received_at: datetime
    signed: SignedHour | None
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Limits:
    """By what attestation is judged: D9 (how old), D10 (how exact)."""

    oldest: timedelta
    skew: timedelta


@dataclass(frozen=True, slots=True)
class Attestation:
    """The hour that the device could show, None where it could not, and what is noticed about it.

    `flags`: UNATTESTED where an hour was claimed offline and not shown; CLOCK_SKEW where the wall clock of the device
    differs from ours by more than D10, for information; QUEUE_GAP where entries of its queue never came.
    """

    at: datetime | None
    flags: tuple[str, ...] = ()


def entry_of(said: Device, request_id: str, asked: str) -> Entry | None:
    """The entry as its device linked it; None where the device keeps no queue.

    The hash is SHA-256, in hexadecimal, over five lines of text without a break at the end: the hash of the entry
    before, the place, the id, the type, and the milliseconds since the last sync (an empty line where there are none).
    """
    if said.queue_seq is None:
        return None
    before = said.prev_hash or FIRST
    elapsed = "" if said.elapsed_ms is None else str(said.elapsed_ms)
    text = "\n".join((before, str(said.queue_seq), request_id, asked, elapsed))
    return Entry(request_id, said.queue_seq, before, sha256(text.encode()).hexdigest())


def link(entry: Entry | None, queue: Queue) -> Link:
    """How an entry hangs on its queue; raises `DependsOnRejected` where it hangs on one that was not taken."""
    if entry is None:
        return Link.NONE
    if entry.entry_hash == queue.entry_hash or (entry.seq, entry.prev_hash) == (queue.seq + 1, queue.entry_hash):
        return Link.UNBROKEN
    if entry.prev_hash in queue.rejected:
        raise DependsOnRejected(queue.rejected[entry.prev_hash])
    return Link.GAP


def attest(arrival: Arrival, device: DeviceState, limits: Limits) -> Attestation:
    """The hour of something that was done offline, as far as the device can show it."""
    linked = link(arrival.entry, device.queue)
    gap = ("QUEUE_GAP",) if linked is Link.GAP else ()
    if not _offline(arrival.said):
        return Attestation(None, gap)
    at = _shown(arrival, device, limits) if linked is Link.UNBROKEN else None
    if at is None:
        return Attestation(None, ("UNATTESTED", *gap))
    skewed = abs(arrival.claimed_at - at) > limits.skew
    return Attestation(at, ("CLOCK_SKEW",) if skewed else ())


def _offline(said: Device) -> bool:
    """Whether the device says that this was done before it was sent."""
    return said.last_sync is not None or said.elapsed_ms is not None or said.sent_ms is not None


def _shown(arrival: Arrival, device: DeviceState, limits: Limits) -> datetime | None:
    said, signed = arrival.said, arrival.signed
    if signed is None or said.elapsed_ms is None or said.sent_ms is None:
        return None
    if (signed.device_id, signed.rep_id) != (said.device_id, arrival.rep_id):
        return None
    if said.boot_id != signed.boot_id or device.boot_id not in (None, signed.boot_id):
        return None
    if not said.elapsed_ms <= said.sent_ms <= LONGEST:
        return None
    sent_at = signed.at + timedelta(milliseconds=said.sent_ms)
    if abs(arrival.received_at - sent_at) > limits.skew:
        return None
    at = min(signed.at + timedelta(milliseconds=said.elapsed_ms), arrival.received_at)
    resent = arrival.entry is not None and arrival.entry.entry_hash == device.queue.entry_hash
    earlier = device.queue.attested_at
    if earlier is not None and at < earlier and not resent:
        return None
    return at if arrival.received_at - at <= limits.oldest else None
