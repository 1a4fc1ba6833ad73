"""A device is one rep's; its queue goes on and never back."""

from dataclasses import replace

import pytest

from domain.device.attestation import Entry
from domain.device.decisions import (
    DeviceOfAnother,
    RegisterDevice,
    RejectEntry,
    SyncDevice,
    TakeEntry,
    keeping_devices,
)
from domain.device.events import DeviceRegistered, DeviceSynced, QueueEntryRejected, QueueEntryTaken
from domain.device.state import FIRST, REMEMBERED, DeviceState, evolve
from domain.reception import Malformed
from tests.given import given
from tests.people import MONDAY

REGISTERED = DeviceRegistered("p1", "anna", MONDAY)
SYNCED = DeviceSynced("p1", "anna", "b1", MONDAY)
SYNC = SyncDevice("p1", "anna", "b1", MONDAY)
TAKE = TakeEntry("p1", "anna", "b1", Entry("e-1", 1, FIRST, "aa"), MONDAY, (), MONDAY)
TAKEN = QueueEntryTaken("p1", "anna", "b1", 1, "aa", MONDAY, MONDAY)
REJECT = RejectEntry("p1", "anna", Entry("e-2", 2, "aa", "bb"), "MALFORMED", MONDAY)
REJECTED = QueueEntryRejected("p1", "anna", 2, "bb", "e-2", "MALFORMED", MONDAY)


def test_the_first_rep_who_synchronises_a_device_has_it() -> None:
    given().when(SYNC, keeping_devices).then(REGISTERED, SYNCED)


def test_every_sync_is_recorded() -> None:
    given(REGISTERED, SYNCED).when(SYNC, keeping_devices).then(SYNCED)


def test_nobody_synchronises_the_device_of_another() -> None:
    given(REGISTERED).when(replace(SYNC, rep_id="bruno"), keeping_devices).then_refused(DeviceOfAnother)


def test_a_device_changes_hands() -> None:
    handed = DeviceRegistered("p1", "bruno", MONDAY)
    given(REGISTERED).when(RegisterDevice("p1", "bruno", MONDAY), keeping_devices).then(handed)
    given(REGISTERED).when(RegisterDevice("p1", "anna", MONDAY), keeping_devices).then_nothing()
    given(REGISTERED, handed).when(replace(SYNC, rep_id="bruno"), keeping_devices).then(replace(SYNCED, rep_id="bruno"))


def test_a_device_has_an_id_that_can_stand_in_an_address() -> None:
    for command in (RegisterDevice("a b", "anna", MONDAY), replace(SYNC, device_id="é")):
        given().when(command, keeping_devices).then_refused(Malformed)


def test_the_queue_goes_on_and_an_entry_that_is_sent_again_changes_nothing() -> None:
    given(SYNCED).when(TAKE, keeping_devices).then(TAKEN)
    given(SYNCED, TAKEN).when(TAKE, keeping_devices).then_nothing()


def test_a_rejected_entry_is_remembered_once_until_the_next_is_taken() -> None:
    given(SYNCED, TAKEN).when(REJECT, keeping_devices).then(REJECTED)
    given(SYNCED, TAKEN, REJECTED).when(REJECT, keeping_devices).then_nothing()
    device = DeviceState()
    for event in (SYNCED, TAKEN, REJECTED):
        device = evolve(device, event)
    assert device.queue.rejected == {"bb": "e-2"}
    device = evolve(device, replace(TAKEN, queue_seq=2, entry_hash="cc"))
    assert device.queue.rejected == {}
    assert (device.queue.seq, device.queue.entry_hash) == (2, "cc")


def test_only_so_many_rejected_entries_are_remembered_the_latest() -> None:
    device = DeviceState()
    for number in range(REMEMBERED + 3):
        device = evolve(device, replace(REJECTED, entry_hash=str(number)))
    assert len(device.queue.rejected) == REMEMBERED
    assert "2" not in device.queue.rejected
    assert str(REMEMBERED + 2) in device.queue.rejected


@pytest.mark.parametrize("boot", ["b2", None])
def test_the_boot_is_that_of_the_last_that_was_heard(boot: str | None) -> None:
    device = evolve(evolve(DeviceState(), SYNCED), replace(TAKEN, boot_id=boot))
    assert device.boot_id == (boot or "b1")
