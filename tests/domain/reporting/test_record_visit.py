"""A visit is taken as it is told, and flagged; only what breaks its own rule is not taken."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.approval.events import ApprovalDenied, ApprovalGranted, ApprovalUsed, Purpose
from domain.plain import digest_of
from domain.reception import ActorInactive, ApprovalRequired, DateInPast, Lateness, Malformed, ResponsibleRequired
from domain.reporting.decisions import reporting
from domain.values import Sealed
from domain.visit.decisions import AlreadyRecorded, NotAuthor, visiting
from domain.visit.events import VisitRecorded
from domain.visit.report import (
    Attachment,
    ContactRole,
    ContactUnknown,
    DurationInvalid,
    IntervalInvalid,
    Met,
    Mode,
    NextStep,
    Participants,
    Travel,
)
from tests.domain.visit.visits import (
    DOOR,
    GLOBEX_AT_HOME,
    LI,
    NOON,
    PHOTO,
    REPORT,
    STRANGER,
    TEN,
    VISIT,
    YES,
    approved,
    check_in,
    planned,
    record,
    recorded,
)
from tests.given import given
from tests.people import ACME, LINE, SHANGHAI

DAY = date(2026, 3, 2)
VERY_LATE = Lateness(DAY, ("LATE_APPROVED",))


def told(*past: object, **changes: Any) -> VisitRecorded:  # noqa: ANN401 - any field of the command
    """What telling leaves."""
    events = given(*past).when(record(**changes), reporting).happens()
    assert isinstance(events[0], VisitRecorded)
    return events[0]


def test_a_visit_is_recorded_as_it_was_told() -> None:
    given(*planned()).when(record(), reporting).then(
        VisitRecorded(VISIT, ACME, "anna", LINE, REPORT, None, SHANGHAI, DAY, (), None, NOON)
    )


def test_the_same_telling_again_changes_nothing() -> None:
    given(*recorded()).when(record(at=NOON + timedelta(hours=1)), reporting).then_nothing()


def test_the_same_personal_note_again_changes_nothing_though_its_salt_differs() -> None:
    first = replace(REPORT, note=None, personal_note=Sealed("one salt", "mac"))
    second = replace(REPORT, note=None, personal_note=Sealed("another salt", "mac"))
    given(*recorded(report=first)).when(record(second), reporting).then_nothing()


def test_another_telling_under_the_same_id_is_refused() -> None:
    given(*recorded()).when(record(replace(REPORT, outcome="refused")), reporting).then_refused(AlreadyRecorded)
    elsewhere = record(replace(REPORT, participants=Participants()), customer=GLOBEX_AT_HOME)
    given(*recorded()).when(elsewhere, reporting).then_refused(AlreadyRecorded)


def test_nobody_tells_the_visit_of_another() -> None:
    given(*planned()).when(record(rep_id="bruno"), reporting).then_refused(NotAuthor)


def test_a_rep_who_had_left_tells_nothing() -> None:
    given().when(record(active=False), reporting).then_refused(ActorInactive)


def test_a_visit_that_was_not_planned_is_flagged_blind() -> None:
    assert told().flags == ("BLIND_VISIT",)
    assert told(*planned()).flags == ()


def test_the_first_meeting_with_a_buyer_says_where_the_interest_comes_from_or_is_flagged() -> None:
    silent = replace(REPORT, interest_origin=None)
    assert "ORIGIN_MISSING" in told(report=silent).flags
    assert "ORIGIN_MISSING" not in told(report=silent, met_buyer_before=True).flags
    user = replace(silent, participants=Participants((), (Met(LI, ContactRole.USER),)))
    assert "ORIGIN_MISSING" not in told(report=user).flags


def test_a_customer_other_than_the_one_checked_in_at_is_flagged() -> None:
    elsewhere = given().when(check_in(DOOR, GLOBEX_AT_HOME), visiting).happens()
    assert "CUSTOMER_DIFFERS" in told(*elsewhere).flags


def test_a_late_visit_is_kept_as_late() -> None:
    event = told(lateness=Lateness(DAY, ("LATE",)))
    assert (event.lateness, "LATE" in event.flags) == (("LATE",), True)


def test_a_visit_may_end_when_it_begins_and_not_before() -> None:
    assert told(report=replace(REPORT, ended_at=TEN)).report.minutes == 0
    before = replace(REPORT, ended_at=TEN - timedelta(seconds=1))
    given().when(record(before), reporting).then_refused(IntervalInvalid)


def test_a_visit_lasts_sixteen_hours_and_no_longer() -> None:
    assert told(report=replace(REPORT, ended_at=TEN + timedelta(hours=16))).report.minutes == 960
    longer = replace(REPORT, ended_at=TEN + timedelta(hours=16, seconds=1))
    given().when(record(longer), reporting).then_refused(DurationInvalid)


def test_a_person_who_is_no_contact_of_the_customer_is_unknown() -> None:
    report = replace(REPORT, participants=Participants((), (Met(STRANGER),)))
    refusal = given().when(record(report), reporting).then_refused(ContactUnknown)
    assert refusal.facts() == {"contact_id": STRANGER}


def test_a_personal_note_is_about_somebody_who_was_there() -> None:
    given().when(record(note_about=STRANGER), reporting).then_refused(ContactUnknown)
    assert told(note_about=LI).report.note == REPORT.note


def test_a_next_step_lies_ahead_of_the_visit() -> None:
    same_day = replace(REPORT, next_step=NextStep("call", DAY, "anna"))
    assert told(report=same_day).report.next_step == NextStep("call", DAY, "anna")
    before = replace(REPORT, next_step=NextStep("call", date(2026, 3, 1), "anna"))
    given().when(record(before), reporting).then_refused(DateInPast)


def test_a_next_step_is_somebodys() -> None:
    nobodys = replace(REPORT, next_step=NextStep("call", DAY, ""))
    given().when(record(nobodys), reporting).then_refused(ResponsibleRequired)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"travel": Travel(1_441)}, "/data/travel/minutes"),
        ({"travel": Travel(-1)}, "/data/travel/minutes"),
        ({"travel": Travel(1, -1)}, "/data/travel/km"),
        ({"note": "x" * 4_001}, "/data/note"),
        ({"note": None, "note_characters": 4_001}, "/data/note"),
        ({"attachments": (Attachment(PHOTO, 1, "image/png"),) * 21}, "/data/attachments"),
        ({"attachments": (Attachment("beef", 1, "image/png"),)}, "/data/attachments/0/sha256"),
    ],
)
def test_each_value_keeps_its_own_rule(wrong: dict[str, Any], pointer: str) -> None:
    refusal = given().when(record(replace(REPORT, **wrong)), reporting).then_refused(Malformed)
    assert isinstance(refusal, Malformed)
    assert [fault.pointer for fault in refusal.errors] == [pointer]


def test_a_whole_day_of_travel_and_twenty_photos_are_taken() -> None:
    full = replace(REPORT, travel=Travel(1_440, 0), attachments=(Attachment(PHOTO, 0, "image/png"),) * 20)
    assert told(report=full).report == full


def test_a_phone_call_is_recorded_too() -> None:
    assert told(report=replace(REPORT, mode=Mode.PHONE)).report.mode is Mode.PHONE


def test_a_visit_beyond_the_limit_needs_an_approval_given_for_it() -> None:
    late = record(lateness=VERY_LATE, approval_id=YES)
    given().when(record(lateness=VERY_LATE), reporting).then_refused(ApprovalRequired)
    given().when(late, reporting).then_refused(ApprovalRequired)
    events = given(*planned(), approved(Purpose.BACKDATE)).when(late, reporting).happens()
    assert [type(event) for event in events] == [VisitRecorded, ApprovalUsed]
    assert isinstance(events[0], VisitRecorded)
    assert (events[0].approval_id, events[0].flags) == (YES, ("LATE_APPROVED",))
    assert events[1] == ApprovalUsed(YES, "anna", Purpose.BACKDATE, str(VISIT), NOON)


@pytest.mark.parametrize(
    "other",
    [
        approved(Purpose.CORRECTION),
        approved(Purpose.BACKDATE, ref=STRANGER),
        approved(Purpose.BACKDATE, rep_id="bruno"),
        approved(Purpose.BACKDATE, content_hash=digest_of("another report")),
        ApprovalDenied(YES, "anna", Purpose.BACKDATE, str(VISIT), None, "mei", "no", NOON),
    ],
)
def test_an_approval_for_anything_else_is_none(other: ApprovalGranted | ApprovalDenied) -> None:
    late = record(lateness=VERY_LATE, approval_id=YES)
    given(other).when(late, reporting).then_refused(ApprovalRequired)


def test_an_approval_is_used_once() -> None:
    used = ApprovalUsed(YES, "anna", Purpose.BACKDATE, str(VISIT), NOON)
    late = record(lateness=VERY_LATE, approval_id=YES)
    given(approved(Purpose.BACKDATE), used).when(late, reporting).then_refused(ApprovalRequired)


def test_an_approval_of_this_very_report_covers_it() -> None:
    late = record(lateness=VERY_LATE, approval_id=YES)
    seen = approved(Purpose.BACKDATE, content_hash=digest_of(REPORT))
    assert given(seen).when(late, reporting).happens()


def test_a_visit_on_time_uses_no_approval() -> None:
    events = given(approved(Purpose.BACKDATE)).when(record(approval_id=YES), reporting).happens()
    assert [type(event) for event in events] == [VisitRecorded]
