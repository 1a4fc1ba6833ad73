"""The table of devices: whose each is, and its last sync, in any order of delivery between devices."""

from datetime import timedelta

from domain.device.events import DeviceRegistered, DeviceSynced
from projections.devices import DeviceRow, devices
from projections.projection import replay
from tests.happened import all_happened
from tests.people import MONDAY

LATER = MONDAY + timedelta(hours=1)
PAST = (
    DeviceRegistered("p1", "anna", MONDAY),
    DeviceSynced("p1", "anna", "b1", MONDAY),
    DeviceRegistered("p2", "bruno", MONDAY),
)


def _now(*events: object) -> list[DeviceRow]:
    rows = [known.row for known in replay(devices, all_happened(events)) if known.known_to is None]
    return sorted(rows, key=lambda row: row.device_id)


def test_a_device_is_there_from_its_registration_and_tells_its_last_sync() -> None:
    assert _now(*PAST, DeviceSynced("p1", "anna", "b2", LATER)) == [
        DeviceRow("p1", "anna", MONDAY, "b2", LATER),
        DeviceRow("p2", "bruno", MONDAY, None, None),
    ]


def test_a_device_that_changes_hands_keeps_its_last_sync() -> None:
    first, _ = _now(*PAST, DeviceRegistered("p1", "bruno", LATER))
    assert first == DeviceRow("p1", "bruno", LATER, "b1", MONDAY)
