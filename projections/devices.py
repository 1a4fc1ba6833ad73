"""Which devices there are, whose they are, and when each of them last heard from us."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.device.events import DeviceRegistered, DeviceSynced
from domain.envelope import Recorded
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device; `boot_id` and `synced_at` of its last sync, None before the first."""

    device_id: str
    rep_id: str
    registered_at: datetime
    boot_id: str | None
    synced_at: datetime | None


def _touches(recorded: Recorded) -> Key | None:
    return (recorded.event.device_id,) if isinstance(recorded.event, DeviceRegistered | DeviceSynced) else None


def _fold(rows: Sequence[DeviceRow], recorded: Recorded) -> Sequence[DeviceRow]:
    match recorded.event:
        case DeviceRegistered() as event:
            heard = [replace(row, rep_id=event.rep_id, registered_at=event.registered_at) for row in rows]
            return heard or [DeviceRow(event.device_id, event.rep_id, event.registered_at, None, None)]
        case DeviceSynced() as event:
            return [replace(row, boot_id=event.boot_id, synced_at=event.synced_at) for row in rows]
        case _:
            return rows


devices = Spans(
    name="devices",
    version=1,
    row=DeviceRow,
    key=("device_id",),
    indexes=(("rep_id",),),
    handles=frozenset({DeviceRegistered, DeviceSynced}),
    touches=_touches,
    fold=_fold,
)
