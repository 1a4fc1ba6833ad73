"""One row for every visit, as it is told now; what was told before stays known between its positions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.decider import Decider, Past
from domain.refusal import Refusal
from domain.reporting.decisions import reporting
from domain.visit.decisions import (
    AnnotateVisit,
    AttemptContact,
    CancelVisit,
    ChangePlan,
    ReviewVisit,
    visiting,
)
from domain.visit.events import AttemptReason, Disposition, Objective, Presence, Verdict
from domain.visit.report import Met, Mode, NextStep, Participants, Travel, Value
from domain.visit.state import Visit, visit_of
from domain.vocabulary import VOCABULARY
from projections.projection import Known, known_at, replay
from projections.visits import Stage, VisitRow, visits
from tests.domain.visit.visits import (
    DOOR,
    ELEVEN,
    GLOBEX_AT_HOME,
    LI,
    NOON,
    PLAN,
    REPORT,
    TEN,
    VISIT,
    WANG,
    YES,
    approved,
    check_in,
    check_out,
    checked_in,
    correct,
    judge,
    plan,
    planned,
    record,
    recorded,
    void,
)
from tests.given import given
from tests.happened import all_happened
from tests.people import ACME, GLOBEX, LINE

ATTEMPT = AttemptContact(VISIT, ACME, "anna", LINE, Mode.PHONE, AttemptReason.BUSY, None, TEN)
CANCEL = CancelVisit(VISIT, "anna", "away", NOON)
REVIEW = ReviewVisit(VISIT, "mei", "manager", True, Disposition.OK, None, NOON)


def after(past: Sequence[object], command: object, decider: Decider[Any]) -> list[object]:
    """A past, and what a command adds to it."""
    return [*past, *given(*past).when(command, decider).happens()]


def row_of(events: Sequence[object]) -> VisitRow:
    """The row that is true at the end of a history."""
    (row,) = [known.row for known in replay(visits, all_happened(events)) if known.known_to is None]
    return row


def put_right(field: str, value: Value) -> VisitRow:
    """The row of a told visit in which a field was put right."""
    past = [*recorded(*checked_in()), approved()]
    return row_of(after(past, correct(field, value, approval_id=YES), reporting))


def test_a_plan_makes_a_row() -> None:
    row = row_of(planned())
    assert (row.stage, row.planned_start, row.planned_minutes) == (Stage.PLANNED, TEN, 60)
    assert (row.objective, row.versions, row.started_at) == (Objective.MEET_BUYER, 1, None)


def test_a_plan_changes_and_is_called_off() -> None:
    change = ChangePlan(VISIT, "anna", replace(PLAN, planned_minutes=90), NOON)
    row = row_of(after(after(planned(), change, visiting), CANCEL, visiting))
    assert (row.stage, row.planned_minutes, row.versions) == (Stage.CANCELLED, 90, 3)


def test_a_visit_is_under_way_once_somebody_is_there() -> None:
    row = row_of(checked_in(DOOR, *planned()))
    assert (row.stage, row.presence, row.distance_m, row.checked_in_at) == (
        Stage.UNDER_WAY,
        Presence.VERIFIED,
        0,
        TEN,
    )


def test_a_check_out_speaks_only_where_no_check_in_did() -> None:
    far = replace(DOOR, lat_e7=DOOR.lat_e7 + 100_000)
    both = row_of(after(checked_in(), check_out(far), visiting))
    alone = row_of(after([], check_out(far), visiting))
    assert (both.presence, both.checked_out_at) == (Presence.VERIFIED, ELEVEN)
    assert alone.presence is Presence.OUTSIDE


def test_a_told_visit_shows_what_was_told() -> None:
    told = replace(REPORT, travel=Travel(35, 12_400), objective_met=True)
    row = row_of(recorded(*checked_in(), report=told))
    assert (row.stage, row.mode, row.minutes, row.biz_date) == (Stage.RECORDED, Mode.IN_PERSON, 60, date(2026, 3, 2))
    assert (row.met_buyer, row.objective_met, row.outcome) == (True, True, "interested")
    assert (row.next_step_due, row.responsible_id) == (date(2026, 3, 9), "anna")
    assert (row.travel_minutes, row.travel_metres, row.told_at) == (35, 12_400, NOON)
    assert (row.note_characters, row.flags) == (REPORT.note_characters, ("BLIND_VISIT",))


def test_an_attempt_is_no_visit() -> None:
    row = row_of(after([], ATTEMPT, visiting))
    assert (row.stage, row.mode, row.started_at) == (Stage.ATTEMPTED, Mode.PHONE, None)


def test_what_was_seen_elsewhere_is_not_shown_at_this_customer() -> None:
    elsewhere = after([], check_in(DOOR, GLOBEX_AT_HOME), visiting)
    row = row_of(recorded(*elsewhere))
    assert (row.customer_id, row.presence, row.distance_m) == (ACME, None, None)
    assert "CUSTOMER_DIFFERS" in row.flags


def test_what_is_put_right_is_shown() -> None:
    assert put_right("started_at", Value(started_at=TEN + timedelta(minutes=20))).minutes == 40
    assert put_right("ended_at", Value(ended_at=ELEVEN + timedelta(minutes=20))).minutes == 80
    assert put_right("mode", Value(mode=Mode.PHONE)).mode is Mode.PHONE
    assert put_right("outcome", Value(outcome="refused")).outcome == "refused"
    assert put_right("note", Value(note="Another.", note_characters=8)).note_characters == 8
    assert put_right("travel", Value(travel=Travel(5))).travel_minutes == 5
    assert put_right("next_step", Value()).next_step_due is None
    assert (
        put_right("next_step", Value(next_step=NextStep("call", date(2026, 3, 5), "bruno"))).responsible_id == "bruno"
    )
    assert put_right("participants", Value(participants=Participants((), (Met(WANG),)))).met_buyer is False
    assert put_right("objection", Value(objection="too dear")) == replace(row_of(recorded(*checked_in())), versions=3)


def test_a_visit_moved_to_another_customer_loses_its_presence() -> None:
    row = put_right("customer_id", Value(customer_id=GLOBEX))
    assert (row.customer_id, row.presence) == (GLOBEX, None)


def test_verdict_review_and_void_are_shown() -> None:
    past = after(recorded(*checked_in()), judge(), reporting)
    assert (row_of(past).verdict, row_of(past).rules_version) == (Verdict.EFFECTIVE, 1)
    past = after(past, REVIEW, visiting)
    assert (row_of(past).disposition, row_of(past).reviewed_at) == (Disposition.OK, NOON)
    past = after(past, void(), reporting)
    assert row_of(past).voided


def test_an_undetermined_visit_shows_when_it_settles() -> None:
    past = after(recorded(), judge(), reporting)
    assert row_of(past).settles_at is not None
    assert row_of(after(past, judge(NOON + timedelta(days=30)), reporting)).settles_at is None


def test_what_was_told_before_is_known_between_its_positions() -> None:
    past = after(recorded(), correct("outcome", Value(outcome="refused")), reporting)
    rows: Sequence[Known[VisitRow]] = replay(visits, all_happened(past))
    told = [[one.row.outcome for one in rows if known_at(position, one)] for position in (0, 1, 2)]
    assert told == [[], ["interested"], ["refused"]]


COMMANDS: list[tuple[Any, Decider[Any]]] = [
    (plan(), visiting),
    (replace(plan(), customer_id=GLOBEX), visiting),
    (ChangePlan(VISIT, "anna", replace(PLAN, planned_minutes=90), NOON), visiting),
    (CANCEL, visiting),
    (check_in(), visiting),
    (check_in(DOOR, GLOBEX_AT_HOME), visiting),
    (check_in(replace(DOOR, mock=True)), visiting),
    (check_out(), visiting),
    (check_out(DOOR, GLOBEX_AT_HOME), visiting),
    (ATTEMPT, visiting),
    (record(), reporting),
    (record(replace(REPORT, participants=Participants()), customer=GLOBEX_AT_HOME), reporting),
    (correct("outcome", Value(outcome="refused")), reporting),
    (correct("mode", Value(mode=Mode.VIDEO)), reporting),
    (correct("customer_id", Value(customer_id=GLOBEX), approval_id=YES), reporting),
    (correct("started_at", Value(started_at=TEN - timedelta(hours=12)), approval_id=YES), reporting),
    (correct("participants", Value(participants=Participants((), (Met(LI),))), approval_id=YES), reporting),
    (void(), reporting),
    (judge(), reporting),
    (judge(NOON + timedelta(days=30)), reporting),
    (REVIEW, visiting),
    (AnnotateVisit(VISIT, "anna", "rep", False, "more", (), NOON), visiting),
]


@for_all(st.lists(st.sampled_from(COMMANDS), max_size=12))
def test_whatever_is_asked_in_whatever_order_the_row_tells_what_the_visit_means(
    asked: list[tuple[Any, Decider[Any]]],
) -> None:
    events: list[object] = [approved()]
    for command, decider in asked:
        try:
            events += decider.decide(command, Past(states(events, decider, command)))
        except Refusal:
            continue
    rows: list[VisitRow] = [one.row for one in replay(visits, all_happened(events)) if one.known_to is None]
    visit = meaning(events)
    if visit.rep_id is None:
        assert rows == []
        return
    (row,) = rows
    telling, sighting = visit.telling, visit.sighting
    assert (row.customer_id, row.rep_id, row.voided) == (visit.customer_id, visit.rep_id, visit.voided)
    assert row.presence == (sighting.presence if sighting else None)
    assert row.distance_m == (sighting.distance_m if sighting else None)
    assert (row.stage is Stage.RECORDED) == (telling is not None)
    assert row.verdict == (visit.judgement.verdict if visit.judgement else None)
    if telling:
        told = telling.report
        assert (row.mode, row.started_at, row.ended_at) == (told.mode, told.started_at, told.ended_at)
        assert (row.biz_date, row.minutes, row.met_buyer) == (telling.biz_date, told.minutes, told.met_buyer)
        assert row.outcome == told.outcome


def states(events: Sequence[object], decider: Decider[Any], command: object) -> dict[str, object]:
    """The streams that a decision stands on, folded."""
    folded: dict[str, object] = {}
    for stream in decider.stands_on(command):
        state = stream.empty
        for event in events:
            if VOCABULARY.stream_of(event) == stream.name:
                state = stream.evolve(state, event)
        folded[stream.name] = state
    return folded


def meaning(events: Sequence[object], visit_id: UUID = VISIT) -> Visit:
    """What the past of a visit means."""
    stream = visit_of(visit_id)
    visit = stream.empty
    for event in events:
        if VOCABULARY.stream_of(event) == stream.name:
            visit = stream.evolve(visit, event)
    return visit
