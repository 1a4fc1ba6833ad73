"""Register, synchronise, take and reject entries of the queue: one function per command."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never

from domain.decider import Decider, Past, Stream
from domain.device.attestation import Entry
from domain.device.events import DeviceRegistered, DeviceSynced, QueueEntryRejected, QueueEntryTaken
from domain.device.state import DeviceState, device_of
from domain.reception import FieldFault, Malformed
from domain.refusal import NotAllowed

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


@dataclass(eq=False)
class DeviceOfAnother(NotAllowed):
    """The device is registered for another rep; ops registers it anew when it changes hands."""

    device_id: str


@dataclass(frozen=True, slots=True)
class RegisterDevice:
    """A device shall be a rep's."""

    device_id: str
    rep_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SyncDevice:
    """A rep's device asks for our hour."""

    device_id: str
    rep_id: str
    boot_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeEntry:
    """An entry of the queue was answered. `flags`: what was noticed about its place."""

    device_id: str
    rep_id: str
    boot_id: str | None
    entry: Entry
    attested_at: datetime | None
    flags: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RejectEntry:
    """An entry of the queue could not be taken, by the refusal of this code."""

    device_id: str
    rep_id: str
    entry: Entry
    code: str
    at: datetime


DeviceCommand: TypeAlias = RegisterDevice | SyncDevice | TakeEntry | RejectEntry


def stands_on(command: DeviceCommand) -> Sequence[Stream[DeviceState]]:
    """The device itself."""
    return [device_of(command.device_id)]


def decide(command: DeviceCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    device = past.of(device_of(command.device_id))
    match command:
        case RegisterDevice():
            return register_device(command, device)
        case SyncDevice():
            return sync_device(command, device)
        case TakeEntry():
            return take_entry(command, device)
        case RejectEntry():
            return reject_entry(command, device)
        case _:
            assert_never(command)


def register_device(command: RegisterDevice, device: DeviceState) -> Sequence[object]:
    """The device is the rep's, whoever had it before."""
    _well_formed(command.device_id)
    if device.rep_id == command.rep_id:
        return []
    return [DeviceRegistered(command.device_id, command.rep_id, command.at)]


def sync_device(command: SyncDevice, device: DeviceState) -> Sequence[object]:
    """The first rep whose device it is registers it; every sync is recorded, for it says what the rep could know."""
    _well_formed(command.device_id)
    if device.rep_id not in (None, command.rep_id):
        raise DeviceOfAnother(command.device_id)
    new = [] if device.rep_id else [DeviceRegistered(command.device_id, command.rep_id, command.at)]
    return [*new, DeviceSynced(command.device_id, command.rep_id, command.boot_id, command.at)]


def take_entry(command: TakeEntry, device: DeviceState) -> Sequence[object]:
    """The queue goes on, never back: what was sent again was taken before."""
    entry = command.entry
    if entry.seq <= device.queue.seq:
        return []
    return [
        QueueEntryTaken(
            device_id=command.device_id,
            rep_id=command.rep_id,
            boot_id=command.boot_id,
            queue_seq=entry.seq,
            entry_hash=entry.entry_hash,
            attested_at=command.attested_at,
            taken_at=command.at,
            flags=command.flags,
        )
    ]


def reject_entry(command: RejectEntry, device: DeviceState) -> Sequence[object]:
    """What could not be taken is remembered, once, until something else takes its place."""
    entry = command.entry
    if entry.seq <= device.queue.seq or entry.entry_hash in device.queue.rejected:
        return []
    return [
        QueueEntryRejected(
            device_id=command.device_id,
            rep_id=command.rep_id,
            queue_seq=entry.seq,
            entry_hash=entry.entry_hash,
            entry_id=entry.id,
            code=command.code,
            rejected_at=command.at,
        )
    ]


def _well_formed(device_id: str) -> None:
    if not _ID.fullmatch(device_id):
        raise Malformed((FieldFault("/data/device_id", "1 to 64 of A-Z a-z 0-9 . _ -"),))


keeping_devices = Decider[DeviceCommand](stands_on, decide)
