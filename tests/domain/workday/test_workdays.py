"""A rep's day: planned once, adjusted with a reason, closed once and amended, looked at by whoever led then."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.reception import BackdateLimit, DateInPast, Forbidden, Malformed, ReasonRequired, SelfApproval
from domain.workday.decisions import (
    AdjustDayPlan,
    ApproveTimeOff,
    BlockOverlap,
    ChargeMissedInspection,
    CloseWorkday,
    CommitDayPlan,
    DayAhead,
    DayClosed,
    DayNotPlanned,
    DayPlanned,
    DayStillOpen,
    InspectDay,
    InspectRecord,
    Reflect,
    WorkdayCommand,
    working,
)
from domain.workday.events import (
    Block,
    BlockKind,
    Commitment,
    DayInspected,
    DayPlanAdjusted,
    DayPlanCommitted,
    InspectionMissed,
    InspectionVerdict,
    RecordInspected,
    SelfReflectionRecorded,
    TimeOffApproved,
    TimeOffKind,
    WorkDayClosed,
)
from tests.given import given
from tests.people import ACME, MONDAY, an_id, at, days

DAY = MONDAY.date()
NEXT = DAY + timedelta(days=1)
VISIT = Block(BlockKind.VISIT, 540, 600, ACME, "Learn who pays.")
ADMIN = Block(BlockKind.ADMIN, 600, 660)
EIGHT = (Commitment("visits", 8),)
BY = at("03-04 00:00")
PLAN = CommitDayPlan("anna", "east", DAY, DAY, (VISIT, ADMIN), EIGHT, True, "rep", False, MONDAY)
PLANNED = DayPlanCommitted("anna", "east", DAY, (VISIT, ADMIN), EIGHT, MONDAY)
ADJUST = AdjustDayPlan("anna", "east", DAY, (VISIT,), EIGHT, "The customer moved it.", True, "rep", MONDAY)
CLOSE = CloseWorkday("anna", "east", DAY, DAY, DAY - days(7), "Five visits.", None, (), BY, True, "rep", MONDAY)
CLOSED = WorkDayClosed("anna", "east", DAY, "Five visits.", None, (), 0, BY, MONDAY)
INSPECT = InspectDay("anna", DAY, DAY, "mei", "manager", True, InspectionVerdict.OK, (), None, MONDAY)
INSPECTED = DayInspected("anna", DAY, "mei", InspectionVerdict.OK, (), None, True, MONDAY)
RECORD = InspectRecord("anna", DAY, an_id(1), "mei", "manager", True, InspectionVerdict.OK, None, MONDAY)
OFF = ApproveTimeOff("anna", "east", (DAY, NEXT), TimeOffKind.LEAVE, None, None, "mei", "manager", True, MONDAY)
CHARGE = ChargeMissedInspection("anna", DAY, ("mei", "li"), None, BY)


def test_a_plan_is_committed_with_its_blocks_in_order() -> None:
    given().when(replace(PLAN, blocks=(ADMIN, VISIT)), working).then(PLANNED)


def test_a_plan_after_noon_is_taken_and_flagged() -> None:
    given().when(replace(PLAN, late=True), working).then(replace(PLANNED, flags=("PLAN_LATE",)))


def test_a_visit_without_an_objective_is_a_blind_start() -> None:
    blind = replace(VISIT, objective=None)
    given().when(replace(PLAN, blocks=(blind,)), working).then(
        replace(PLANNED, blocks=(blind,), flags=("BLIND_VISIT",))
    )


def test_blocks_may_touch_and_not_overlap() -> None:
    given().when(replace(PLAN, blocks=(VISIT, replace(ADMIN, from_minute=599))), working).then_refused(BlockOverlap)


@pytest.mark.parametrize(("begins", "ends"), [(600, 600), (660, 600), (-1, 60), (1_400, 1_441)])
def test_a_block_ends_after_it_begins_within_its_day(begins: int, ends: int) -> None:
    block = replace(ADMIN, from_minute=begins, to_minute=ends)
    given().when(replace(PLAN, blocks=(block,)), working).then_refused(Malformed)


@pytest.mark.parametrize("commitments", [(*EIGHT, *EIGHT), (Commitment("visits", -1),)])
def test_a_commitment_names_a_known_metric_once(commitments: tuple[Commitment, ...]) -> None:
    given().when(replace(PLAN, commitments=commitments), working).then_refused(Malformed)


def test_a_day_is_planned_once_and_the_same_plan_again_changes_nothing() -> None:
    given(PLANNED).when(PLAN, working).then_nothing()
    given(PLANNED).when(replace(PLAN, blocks=(VISIT,)), working).then_refused(DayPlanned)


def test_no_day_is_planned_once_it_is_over_or_closed() -> None:
    given().when(replace(PLAN, today=NEXT), working).then_refused(DateInPast)
    given(CLOSED).when(PLAN, working).then_refused(DayClosed)


def test_a_plan_is_adjusted_with_a_reason() -> None:
    adjusted = DayPlanAdjusted("anna", "east", DAY, (VISIT,), EIGHT, "The customer moved it.", MONDAY)
    given(PLANNED).when(ADJUST, working).then(adjusted)
    given(PLANNED, adjusted).when(ADJUST, working).then_nothing()
    given(PLANNED).when(replace(ADJUST, reason=" "), working).then_refused(ReasonRequired)
    given().when(ADJUST, working).then_refused(DayNotPlanned)
    given(PLANNED, CLOSED).when(ADJUST, working).then_refused(DayClosed)


def test_a_day_is_closed_once_and_amended_afterwards() -> None:
    given(PLANNED).when(CLOSE, working).then(CLOSED)
    given(CLOSED).when(CLOSE, working).then_nothing()
    amended = replace(CLOSED, result="Six visits.", amendment=1, inspect_by=None)
    given(CLOSED).when(replace(CLOSE, result="Six visits."), working).then(amended)
    twice = replace(amended, result="Seven.", amendment=2)
    given(CLOSED, amended).when(replace(CLOSE, result="Seven."), working).then(twice)


def test_a_day_ahead_is_not_closed_and_one_long_gone_only_amended() -> None:
    given().when(replace(CLOSE, day=NEXT), working).then_refused(DayAhead)
    late = replace(CLOSE, earliest=NEXT)
    given().when(late, working).then_refused(BackdateLimit)
    given(CLOSED).when(replace(late, result="Six."), working).then(
        replace(CLOSED, result="Six.", amendment=1, inspect_by=None)
    )
    given().when(replace(CLOSE, result="  "), working).then_refused(Malformed)


def test_a_reflection_is_taken_as_told() -> None:
    reflect = Reflect("anna", "east", DAY, "I talk too much.", (), True, "rep", MONDAY)
    given(CLOSED).when(reflect, working).then(
        SelfReflectionRecorded("anna", "east", DAY, "I talk too much.", (), MONDAY)
    )
    given().when(replace(reflect, text=""), working).then_refused(Malformed)


@pytest.mark.parametrize("command", [PLAN, ADJUST, CLOSE, Reflect("anna", "east", DAY, "Hm.", (), True, "rep", MONDAY)])
def test_nobody_plans_or_closes_the_day_of_another(command: WorkdayCommand) -> None:
    given(PLANNED).when(replace(command, own=False), working).then_refused(Forbidden)


def test_time_off_is_approved_day_by_day_by_somebody_above() -> None:
    first = TimeOffApproved("anna", "east", DAY, TimeOffKind.LEAVE, None, None, "mei", MONDAY)
    given().when(OFF, working).then(first, replace(first, day=NEXT))
    given(first).when(OFF, working).then(replace(first, day=NEXT))
    given().when(replace(OFF, approver="anna"), working).then_refused(SelfApproval)
    given().when(replace(OFF, in_line=False), working).then_refused(Forbidden)
    given().when(replace(OFF, kind=TimeOffKind.OTHER), working).then_refused(ReasonRequired)
    given().when(replace(OFF, minutes=0), working).then_refused(Malformed)


def test_a_closed_day_is_looked_at_in_time_or_late() -> None:
    given(CLOSED).when(INSPECT, working).then(INSPECTED)
    given(CLOSED).when(replace(INSPECT, at=BY), working).then(replace(INSPECTED, in_time=False, inspected_at=BY))
    given(CLOSED, INSPECTED).when(INSPECT, working).then_nothing()
    worse = replace(INSPECT, verdict=InspectionVerdict.BREACH, items=("No visit happened.",))
    given(CLOSED, INSPECTED).when(worse, working).then(
        replace(INSPECTED, verdict=InspectionVerdict.BREACH, items=("No visit happened.",))
    )


def test_a_day_is_judged_when_it_is_closed_or_over_by_whoever_led_then() -> None:
    given().when(INSPECT, working).then_refused(DayStillOpen)
    given().when(replace(INSPECT, today=NEXT), working).then(INSPECTED)
    given().when(replace(INSPECT, day=NEXT), working).then_refused(DayAhead)
    given(CLOSED).when(replace(INSPECT, in_line=False), working).then_refused(Forbidden)
    given(CLOSED).when(replace(INSPECT, verdict=InspectionVerdict.CONCERN), working).then_refused(ReasonRequired)


def test_one_record_is_looked_at() -> None:
    seen = RecordInspected("anna", DAY, an_id(1), "mei", InspectionVerdict.OK, None, MONDAY)
    given().when(RECORD, working).then(seen)
    given(seen).when(RECORD, working).then_nothing()
    given().when(replace(RECORD, in_line=False), working).then_refused(Forbidden)
    given().when(replace(RECORD, verdict=InspectionVerdict.BREACH), working).then_refused(ReasonRequired)


def test_who_does_not_look_in_time_is_charged_and_the_next_one_above_with_the_second_day_in_a_row() -> None:
    missed = InspectionMissed("anna", DAY, ("mei",), 1, BY)
    given(CLOSED).when(CHARGE, working).then(missed)
    given(CLOSED, missed).when(CHARGE, working).then_nothing()
    given(CLOSED, INSPECTED).when(CHARGE, working).then_nothing()
    given().when(CHARGE, working).then_nothing()
    given(CLOSED).when(replace(CHARGE, line=()), working).then(replace(missed, managers=()))
    second = replace(CHARGE, day=NEXT, before=DAY)
    given(CLOSED, missed, replace(CLOSED, day=NEXT)).when(second, working).then(
        replace(missed, day=NEXT, managers=("mei", "li"), in_a_row=2)
    )
    given(CLOSED, INSPECTED, replace(CLOSED, day=NEXT)).when(second, working).then(replace(missed, day=NEXT))


def test_days_of_two_reps_are_two_histories() -> None:
    of_bruno = replace(CLOSED, rep_id="bruno")
    given(of_bruno).when(INSPECT, working).then_refused(DayStillOpen)
    assert date(2026, 3, 2) == DAY
