"""The hour that counts is the one that the device can show; what its wall clock says changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.device.attestation import (
    Arrival,
    Attestation,
    Entry,
    Limits,
    Link,
    SignedHour,
    attest,
    entry_of,
    link,
)
from domain.device.state import FIRST, DeviceState, Queue
from domain.envelope import Device
from domain.reception import DependsOnRejected
from tests.people import at

LIMITS = Limits(oldest=timedelta(hours=24), skew=timedelta(seconds=120))
SYNCED = at("03-17 08:00")
NINE, SIX = at("03-17 09:00"), at("03-17 18:00")
SIGNED = SignedHour("p1", "anna", "b1", SYNCED)
HOUR = 3_600_000
SAID = Device("p1", "b1", elapsed_ms=HOUR, sent_ms=10 * HOUR, last_sync="…", queue_seq=1)


def arrival(said: Device = SAID, **other: object) -> Arrival:
    """Anna's phone claims at nine, ten hours after its last sync it sends it."""
    entry = entry_of(said, "claim-1", "ownership.claim")
    return replace(Arrival(said, "anna", NINE, SIX, SIGNED, entry), **other)


def shown(one: Arrival, device: DeviceState | None = None) -> Attestation:
    return attest(one, device or DeviceState("anna", "b1", SYNCED), LIMITS)


def test_the_hour_is_that_of_the_last_sync_and_the_milliseconds_counted_since() -> None:
    assert shown(arrival()) == Attestation(NINE)


def test_what_was_not_done_offline_shows_nothing_and_is_not_blamed_for_it() -> None:
    online = Device("p1", "b1")
    assert shown(arrival(online, signed=None)) == Attestation(None)


@pytest.mark.parametrize(
    "amiss",
    [
        arrival(signed=None),
        arrival(signed=replace(SIGNED, device_id="p2")),
        arrival(signed=replace(SIGNED, rep_id="bruno")),
        arrival(replace(SAID, boot_id="b2")),
        arrival(replace(SAID, boot_id=None)),
        arrival(replace(SAID, elapsed_ms=None)),
        arrival(replace(SAID, sent_ms=None)),
        arrival(replace(SAID, elapsed_ms=11 * HOUR)),
        arrival(replace(SAID, sent_ms=10 * HOUR + 121_000)),
        arrival(replace(SAID, sent_ms=10 * HOUR - 121_000)),
        arrival(replace(SAID, sent_ms=2**53 - 1)),
        arrival(replace(SAID, queue_seq=None)),
        arrival(received_at=SIX + timedelta(seconds=121)),
    ],
)
def test_whatever_cannot_be_checked_is_unattested(amiss: Arrival) -> None:
    assert shown(amiss) == Attestation(None, ("UNATTESTED",))


def test_a_phone_that_started_anew_since_shows_nothing_of_before() -> None:
    rebooted = DeviceState("anna", "b2", SYNCED + timedelta(hours=5))
    assert shown(arrival(), rebooted) == Attestation(None, ("UNATTESTED",))


@pytest.mark.parametrize(("late", "attested"), [(timedelta(0), True), (timedelta(milliseconds=1), False)])
def test_what_arrives_more_than_a_day_after_its_hour_is_unattested(late: timedelta, attested: bool) -> None:
    received = NINE + LIMITS.oldest + late
    sent = replace(SAID, sent_ms=(received - SYNCED) // timedelta(milliseconds=1))
    assert (shown(arrival(sent, received_at=received)).at == NINE) is attested


def test_a_day_is_counted_from_the_event_not_from_the_sync() -> None:
    synced = NINE - timedelta(days=5)
    counted = timedelta(days=5) // timedelta(milliseconds=1)
    said = replace(SAID, elapsed_ms=counted, sent_ms=counted + 9 * HOUR)
    assert shown(arrival(said, signed=replace(SIGNED, at=synced))).at == NINE


def test_an_entry_is_not_older_than_the_one_before_it_in_the_queue() -> None:
    queue = Queue(0, FIRST, attested_at=NINE + timedelta(seconds=1))
    assert shown(arrival(), DeviceState("anna", "b1", SYNCED, queue)).flags == ("UNATTESTED",)


def test_what_was_sent_again_shows_the_same() -> None:
    one = arrival()
    assert one.entry is not None
    taken = Queue(1, one.entry.entry_hash, NINE)
    assert shown(one, DeviceState("anna", "b1", SYNCED, taken)) == Attestation(NINE)


def test_entries_that_never_came_are_noticed_and_what_comes_after_them_is_unattested() -> None:
    third = replace(SAID, queue_seq=3, prev_hash="ab" * 32)
    assert shown(arrival(third)) == Attestation(None, ("UNATTESTED", "QUEUE_GAP"))
    online = Device("p1", "b1", queue_seq=3, prev_hash="ab" * 32)
    assert shown(arrival(online, signed=None)) == Attestation(None, ("QUEUE_GAP",))


def test_the_right_number_with_another_entry_before_it_is_a_gap() -> None:
    said = replace(SAID, queue_seq=2, prev_hash="cd" * 32)
    assert link(entry_of(said, "x", "y"), Queue(1, "ef" * 32)) is Link.GAP


def test_what_builds_on_a_rejected_entry_depends_on_it() -> None:
    queue = Queue(4, "ef" * 32, None, {"ab" * 32: "entry-5"})
    with pytest.raises(DependsOnRejected) as no:
        link(entry_of(replace(SAID, queue_seq=6, prev_hash="ab" * 32), "x", "y"), queue)
    assert no.value.earlier_id == "entry-5"
    mended = entry_of(replace(SAID, queue_seq=5, prev_hash="ef" * 32), "x", "y")
    assert link(mended, queue) is Link.UNBROKEN


def test_the_hash_of_an_entry_is_what_the_documentation_says() -> None:
    from hashlib import sha256

    text = f"{FIRST}\n1\nclaim-1\nownership.claim\n3600000"
    assert entry_of(SAID, "claim-1", "ownership.claim") == Entry("claim-1", 1, FIRST, sha256(text.encode()).hexdigest())


@settings(max_examples=300)
@given(skew=st.timedeltas(timedelta(days=-20_000), timedelta(days=20_000)))
def test_no_skew_of_the_wall_clock_changes_the_hour(skew: timedelta) -> None:
    found = shown(arrival(claimed_at=datetime(2026, 3, 17, tzinfo=UTC) + skew))
    assert found.at == NINE
    assert set(found.flags) <= {"CLOCK_SKEW"}


@given(seconds=st.integers(-300, 300))
def test_a_skew_beyond_the_limit_is_noticed(seconds: int) -> None:
    found = shown(arrival(claimed_at=NINE + timedelta(seconds=seconds)))
    assert found.flags == (("CLOCK_SKEW",) if abs(seconds) > 120 else ())


@settings(max_examples=300)
@given(
    elapsed=st.integers(0, 30 * HOUR),
    offline=st.integers(0, 30 * HOUR),
    off=st.integers(-200_000, 200_000),
)
def test_an_attested_hour_lies_between_the_sync_and_the_arrival_and_is_no_older_than_a_day(
    elapsed: int, offline: int, off: int
) -> None:
    received = SYNCED + timedelta(milliseconds=offline)
    said = replace(SAID, elapsed_ms=elapsed, sent_ms=max(0, offline + off))
    found = shown(arrival(said, received_at=received)).at
    if found is not None:
        assert SYNCED <= found <= received
        assert received - found <= LIMITS.oldest
        assert abs(off) <= 120_000 or offline + off < 0
