"""What can have happened to a device and to the queue in which it keeps what is asked of it offline; kept for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class DeviceRegistered:
    """The device is a rep's from now on: by its first synchronisation, or because ops says so."""

    device_id: str
    rep_id: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceSynced:
    """The rep's device heard from us, and got our hour, signed; from it the device counts on while it is offline.

    `boot_id`: changes when the device starts anew, and with it its monotonic clock. The hour also says what the rep
    could know: a rep who synchronised after a rival was protected had notice of it (good faith).
    """

    device_id: str
    rep_id: str
    boot_id: str
    synced_at: datetime


@dataclass(frozen=True, slots=True)
class QueueEntryTaken:
    """The next entry of the device's queue came in and was answered, whatever the answer.

    `entry_hash`: what the entry after it must name as the one before; `attested_at`: the hour that the device could
    show for it. `flags`: QUEUE_GAP where the entries between it and the last one never came.
    """

    device_id: str
    rep_id: str
    boot_id: str | None
    queue_seq: int
    entry_hash: str
    attested_at: datetime | None
    taken_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueEntryRejected:
    """An entry of the queue could not be taken; the device mends or drops it, and links the next one anew.

    Whatever still builds on it is not taken either (DEPENDS_ON_REJECTED).
    """

    device_id: str
    rep_id: str
    queue_seq: int
    entry_hash: str
    entry_id: str
    code: str
    rejected_at: datetime


DeviceEvent: TypeAlias = DeviceRegistered | DeviceSynced | QueueEntryTaken | QueueEntryRejected
