"""What was told is put right by a new version, or struck out; the old stays readable."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.approval.events import ApprovalUsed, Purpose
from domain.plain import digest_of
from domain.reception import ApprovalRequired, Malformed, ReasonRequired, RefNotFound
from domain.reporting.decisions import (
    AlreadyVoid,
    CorrectVisit,
    FieldNotCorrectable,
    SensorFact,
    reporting,
)
from domain.values import Sealed
from domain.visit.decisions import NotAuthor, NotRecorded
from domain.visit.events import CorrectionReason, VisitCorrected, VisitVoided
from domain.visit.report import (
    CORRECTABLE,
    SENSOR_FACTS,
    ContactUnknown,
    Discovery,
    InterestOrigin,
    IntervalInvalid,
    Met,
    Mode,
    NextStep,
    Participants,
    Travel,
    Value,
)
from domain.visit.state import Visit, visit_of
from tests.domain.visit.visits import (
    ELEVEN,
    GLOBEX_AT_HOME,
    LI,
    NOON,
    REPORT,
    STRANGER,
    TEN,
    VISIT,
    WANG,
    YES,
    approved,
    checked_in,
    correct,
    planned,
    recorded,
    void,
)
from tests.given import given
from tests.people import ACME, GLOBEX, LINE, an_id

OUTCOME = Value(outcome="refused")
STRUCK = VisitVoided(VISIT, ACME, "anna", LINE, CorrectionReason.TYPO, None, "anna", None, NOON)


def folded(*events: object) -> Visit:
    """The visit after its own events."""
    stream = visit_of(VISIT)
    visit = stream.empty
    for event in events:
        if not isinstance(event, ApprovalUsed):
            visit = stream.evolve(visit, event)
    return visit


def corrected(command: CorrectVisit, *past: object) -> VisitCorrected:
    """What a correction leaves."""
    (event, *_) = given(*past).when(command, reporting).happens()
    assert isinstance(event, VisitCorrected)
    return event


def test_a_slip_is_put_right_within_a_day_and_the_old_value_stays_readable() -> None:
    event = corrected(correct("outcome", OUTCOME), *recorded())
    assert event == VisitCorrected(
        visit_id=VISIT,
        customer_id=ACME,
        rep_id="anna",
        line=LINE,
        corrects_event=an_id(1),
        field="outcome",
        old_hash=digest_of("interested"),
        old_value=Value(outcome="interested"),
        new_value=OUTCOME,
        reason=CorrectionReason.TYPO,
        text=None,
        approval_id=None,
        corrected_at=NOON + timedelta(hours=1),
    )
    visit = folded(*recorded(), event)
    assert [one.report.outcome for one in visit.tellings] == ["interested", "refused"]


def test_a_correction_to_what_stands_there_changes_nothing() -> None:
    given(*recorded()).when(correct("outcome", Value(outcome="interested")), reporting).then_nothing()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("started_at", Value(started_at=TEN + timedelta(minutes=5))),
        ("ended_at", Value(ended_at=ELEVEN + timedelta(minutes=5))),
        ("participants", Value(participants=Participants((), (Met(WANG),)))),
        ("customer_id", Value(customer_id=GLOBEX)),
    ],
)
def test_time_customer_and_people_need_an_approval(field: str, value: Value) -> None:
    given(*recorded()).when(correct(field, value), reporting).then_refused(ApprovalRequired)
    events = given(*recorded(), approved()).when(correct(field, value, approval_id=YES), reporting).happens()
    assert [type(event) for event in events] == [VisitCorrected, ApprovalUsed]


def test_after_a_day_everything_needs_an_approval() -> None:
    in_time = correct("outcome", OUTCOME, at=NOON + timedelta(hours=24))
    late = correct("outcome", OUTCOME, at=NOON + timedelta(hours=24, seconds=1))
    assert corrected(in_time, *recorded()).approval_id is None
    given(*recorded()).when(late, reporting).then_refused(ApprovalRequired)
    assert corrected(replace(late, approval_id=YES), *recorded(), approved()).approval_id == YES


def test_an_approval_of_another_value_does_not_cover_this_one() -> None:
    late = correct("outcome", OUTCOME, at=NOON + timedelta(days=2), approval_id=YES)
    other, this = digest_of("another"), digest_of("refused")
    given(*recorded(), approved(content_hash=other)).when(late, reporting).then_refused(ApprovalRequired)
    assert corrected(late, *recorded(), approved(content_hash=this)).approval_id == YES


@pytest.mark.parametrize("field", sorted(SENSOR_FACTS))
def test_what_a_device_saw_is_not_corrected(field: str) -> None:
    refusal = given(*recorded(*checked_in())).when(correct(field, Value()), reporting).then_refused(SensorFact)
    assert refusal.facts() == {"visit_id": VISIT, "field": field}


@pytest.mark.parametrize("field", ["", "verdict", "personal_note", "note_characters", "rep_id"])
def test_a_field_that_is_nobodys_word_is_not_corrected(field: str) -> None:
    given(*recorded()).when(correct(field, Value()), reporting).then_refused(FieldNotCorrectable)


@pytest.mark.parametrize("field", ["customer_id", "mode", "started_at", "ended_at"])
def test_what_every_visit_has_is_not_taken_away(field: str) -> None:
    given(*recorded()).when(correct(field, Value()), reporting).then_refused(Malformed)


def test_people_may_be_taken_away() -> None:
    command = correct("participants", Value(), approval_id=YES)
    assert corrected(command, *recorded(), approved()).new_value == Value(participants=Participants())


def test_nobody_corrects_the_visit_of_another() -> None:
    given(*recorded()).when(correct("outcome", OUTCOME, rep_id="bruno"), reporting).then_refused(NotAuthor)


def test_what_was_not_told_is_not_corrected() -> None:
    given(*planned()).when(correct("outcome", OUTCOME), reporting).then_refused(NotRecorded)
    given().when(correct("outcome", OUTCOME), reporting).then_refused(RefNotFound)


def test_nothing_is_put_right_in_a_visit_that_was_struck_out() -> None:
    given(*recorded(), STRUCK).when(correct("outcome", OUTCOME), reporting).then_refused(AlreadyVoid)


def test_the_first_reason_to_say_no_is_told() -> None:
    late = correct("presence", Value(), at=NOON + timedelta(days=2))
    given(*recorded(), STRUCK).when(replace(late, rep_id="bruno"), reporting).then_refused(NotAuthor)
    given(*recorded(), STRUCK).when(late, reporting).then_refused(ApprovalRequired)
    given(*recorded(), STRUCK).when(correct("presence", Value()), reporting).then_refused(SensorFact)


def test_another_reason_is_told_in_words() -> None:
    command = correct("outcome", OUTCOME, reason=CorrectionReason.OTHER)
    given(*recorded()).when(command, reporting).then_refused(ReasonRequired)
    assert corrected(replace(command, text="misheard"), *recorded()).text == "misheard"


def test_fraud_is_not_a_reps_word() -> None:
    command = correct("outcome", OUTCOME, reason=CorrectionReason.FRAUD, text="I lied.")
    given(*recorded()).when(command, reporting).then_refused(Malformed)


def test_a_correction_keeps_the_rules_of_the_report() -> None:
    before = correct("ended_at", Value(ended_at=TEN - timedelta(minutes=1)), approval_id=YES)
    given(*recorded(), approved()).when(before, reporting).then_refused(IntervalInvalid)
    stranger = correct("participants", Value(participants=Participants((), (Met(STRANGER),))), approval_id=YES)
    given(*recorded(), approved()).when(stranger, reporting).then_refused(ContactUnknown)


def test_the_wrong_customer_is_put_right_whoever_was_met_there() -> None:
    command = correct("customer_id", Value(customer_id=GLOBEX), customer=GLOBEX_AT_HOME, approval_id=YES)
    event = corrected(command, *recorded(*checked_in()), approved())
    visit = folded(*recorded(*checked_in()), event)
    assert (event.customer_id, visit.customer_id) == (GLOBEX, GLOBEX)
    assert visit.sighting is None


def test_a_corrected_start_moves_the_business_date() -> None:
    report = replace(REPORT, started_at=TEN - timedelta(hours=9, minutes=50), ended_at=TEN - timedelta(hours=9))
    yesterday = Value(started_at=TEN - timedelta(hours=11))
    event = corrected(correct("started_at", yesterday, approval_id=YES), *recorded(report=report), approved())
    dates = [one.biz_date for one in folded(*recorded(report=report), event).tellings]
    assert dates == [date(2026, 3, 2), date(2026, 3, 1)]


def test_a_personal_note_is_compared_and_hashed_by_its_mac_only() -> None:
    report = replace(REPORT, note=None, personal_note=Sealed("salted", "mac"))
    same = Value(personal_note=Sealed("salted anew", "mac"), note_characters=REPORT.note_characters)
    other = Value(personal_note=Sealed("salted anew", "another mac"), note_characters=30)
    given(*recorded(report=report)).when(correct("note", same), reporting).then_nothing()
    event = corrected(correct("note", other), *recorded(report=report))
    assert event.old_hash == "mac"
    now = folded(*recorded(report=report), event).tellings[-1].report
    assert (now.note, now.personal_note, now.note_characters) == (None, other.personal_note, 30)


NEW: dict[str, Any] = {
    "customer_id": GLOBEX,
    "mode": Mode.PHONE,
    "started_at": TEN + timedelta(minutes=1),
    "ended_at": ELEVEN + timedelta(minutes=1),
    "participants": Participants(("bruno",), (Met(LI),)),
    "objective_met": True,
    "discovery": Discovery(budget="20,000"),
    "objection": "too dear",
    "commitment": "decides on Friday",
    "interest_origin": InterestOrigin.EVENT,
    "outcome": "refused",
    "note": "It was another line.",
    "next_step": NextStep("call", date(2026, 3, 3), "bruno"),
    "none_reason": "no need",
    "travel": Travel(30, 12_000),
    "practice_ids": (an_id(9),),
    "sales_method": "demo",
}


def test_every_correctable_field_is_tried() -> None:
    assert set(NEW) == CORRECTABLE


@pytest.mark.parametrize("field", sorted(CORRECTABLE))
def test_each_correctable_field_takes_the_value_that_is_told(field: str) -> None:
    value = replace(Value(), **{field: NEW[field]})
    event = corrected(correct(field, value, approval_id=YES), *recorded(), approved())
    visit = folded(*recorded(), event)
    after = visit.customer_id if field == "customer_id" else getattr(visit.tellings[-1].report, field)
    assert after == NEW[field]


def test_the_author_strikes_out_within_a_day() -> None:
    given(*recorded()).when(void(), reporting).then(
        VisitVoided(
            VISIT, ACME, "anna", LINE, CorrectionReason.WRONG_CUSTOMER, None, "anna", None, NOON + timedelta(hours=1)
        )
    )


def test_after_a_day_striking_out_needs_an_approval() -> None:
    late = void(at=NOON + timedelta(hours=25))
    given(*recorded()).when(late, reporting).then_refused(ApprovalRequired)
    events = given(*recorded(), approved()).when(replace(late, approval_id=YES), reporting).happens()
    assert [type(event) for event in events] == [VisitVoided, ApprovalUsed]
    given(*recorded(), approved(Purpose.BACKDATE)).when(replace(late, approval_id=YES), reporting).then_refused(
        ApprovalRequired
    )


def test_an_auditor_strikes_out_for_fraud_whenever_it_is_found() -> None:
    found = void(
        asked_by="ada",
        auditor=True,
        reason=CorrectionReason.FRAUD,
        text="no such meeting",
        at=NOON + timedelta(days=90),
    )
    (event,) = given(*recorded()).when(found, reporting).happens()
    assert isinstance(event, VisitVoided)
    assert event.voided_by == "ada"
    given(*recorded()).when(replace(found, text=None), reporting).then_refused(ReasonRequired)
    given(*recorded()).when(replace(found, reason=CorrectionReason.TYPO), reporting).then_refused(Malformed)


def test_a_rep_does_not_strike_out_for_fraud_nor_for_another() -> None:
    fraud = void(reason=CorrectionReason.FRAUD, text="I lied.")
    given(*recorded()).when(fraud, reporting).then_refused(Malformed)
    given(*recorded()).when(void(asked_by="bruno"), reporting).then_refused(NotAuthor)


def test_nothing_is_struck_out_twice() -> None:
    given(*recorded(), STRUCK).when(void(), reporting).then_refused(AlreadyVoid)
    given(*recorded(), STRUCK).when(void(at=NOON + timedelta(days=9)), reporting).then_refused(AlreadyVoid)


def test_what_was_not_told_is_not_struck_out() -> None:
    given(*planned()).when(void(), reporting).then_refused(NotRecorded)
    given().when(void(), reporting).then_refused(RefNotFound)
