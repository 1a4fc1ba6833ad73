"""EFF-v1: a visit is effective when every criterion is met, by the rules of its day."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.approval.events import ApprovalDenied, ApprovalUsed, Purpose
from domain.days import Calendar, DayType
from domain.facts import CustomerFacts
from domain.reception import Lateness, RefNotFound
from domain.reporting.decisions import reporting
from domain.rulesets import EffectiveVisitRules
from domain.visit.decisions import AnnotateVisit, ReviewVisit, visiting
from domain.visit.evaluation import Failing, learnt
from domain.visit.events import Disposition, Verdict, VisitEvaluated
from domain.visit.presence import Geo
from domain.visit.report import (
    Attachment,
    ContactRole,
    Discovery,
    Met,
    Mode,
    Participants,
    Report,
)
from tests.domain.visit.visits import (
    ACME_AT_HOME,
    DOOR,
    LI,
    NOON,
    PHOTO,
    REPORT,
    RULES,
    TEN,
    VISIT,
    WANG,
    YES,
    approved,
    check_in,
    checked_in,
    judge,
    planned,
    record,
    recorded,
    void,
)
from tests.given import given
from tests.people import ACME, LINE, at

PHOTOGRAPHED = replace(REPORT, attachments=(Attachment(PHOTO, 9_000, "image/jpeg", TEN),))
NORTH_480 = replace(DOOR, lat_e7=DOOR.lat_e7 + round(480 / 111_195 * 1e7))
MONDAY_AFTER = at("03-10 00:00")
"""Five workdays after Monday 2 March are over when Monday 9 March is."""
REVIEWED = ReviewVisit(VISIT, "mei", "manager", True, Disposition.OK, None, NOON)


def verdict(*past: object, now: Any = NOON, **changes: Any) -> VisitEvaluated:  # noqa: ANN401 - any field
    """What judging leaves."""
    events = given(*past).when(judge(now, **changes), reporting).happens()
    assert isinstance(events[0], VisitEvaluated)
    return events[0]


def telling(report: Report) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on a visit at the door, told so."""
    event = verdict(*recorded(*checked_in(), report=report))
    return event.verdict, event.failed


def placed(geo: Geo | None, *, consent: bool = True) -> VisitEvaluated:
    """The verdict on a good visit whose device said this."""
    seen = given().when(check_in(geo, ACME_AT_HOME, consent=consent), visiting).happens()
    return verdict(*recorded(*seen))


def test_a_visit_that_meets_every_criterion_is_effective() -> None:
    given(*recorded(*checked_in())).when(judge(), reporting).then(
        VisitEvaluated(
            visit_id=VISIT,
            customer_id=ACME,
            rep_id="anna",
            line=LINE,
            verdict=Verdict.EFFECTIVE,
            failed=(),
            previous_verdict=None,
            rules_version=1,
            calendar_version=0,
            approval_id=None,
            visited_at=TEN,
            settles_at=None,
            evaluated_at=NOON,
            shown_at=TEN,
        )
    )


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({"mode": Mode.PHONE}, Failing.NOT_IN_PERSON),
        ({"mode": Mode.VIDEO}, Failing.NOT_IN_PERSON),
        ({"participants": Participants()}, Failing.NO_KEY_PERSON),
        ({"participants": Participants((), (Met(WANG, ContactRole.USER),))}, Failing.NO_KEY_PERSON),
        ({"ended_at": TEN + timedelta(minutes=10) - timedelta(seconds=1)}, Failing.DURATION),
        ({"ended_at": TEN + timedelta(minutes=480, seconds=1)}, Failing.DURATION),
        ({"note_characters": 19}, Failing.NOTE_TOO_SHORT),
        ({"next_step": None}, Failing.NO_NEXT_STEP),
        ({"next_step": None, "none_reason": "  "}, Failing.NO_NEXT_STEP),
        ({"discovery": None}, Failing.NO_NEW_FACT),
        ({"discovery": Discovery(need="  ")}, Failing.NO_NEW_FACT),
    ],
)
def test_each_criterion_by_itself_makes_it_not_effective(changes: dict[str, Any], failing: Failing) -> None:
    assert telling(replace(REPORT, **changes)) == (Verdict.NOT, (failing,))


@pytest.mark.parametrize(
    "changes",
    [
        {"participants": Participants((), (Met(WANG, ContactRole.CHAMPION),))},
        {"participants": Participants((), (Met(WANG, ContactRole.INFLUENCER),))},
        {"participants": Participants((), (Met(LI, ContactRole.UNKNOWN),))},
        {"ended_at": TEN + timedelta(minutes=10)},
        {"ended_at": TEN + timedelta(minutes=480)},
        {"note_characters": 20},
        {"next_step": None, "none_reason": "they chose another"},
        {"discovery": None, "objection": "too dear"},
        {"discovery": None, "commitment": "decides on Friday"},
        {"discovery": Discovery(timing="May")},
    ],
)
def test_at_the_border_a_criterion_is_met(changes: dict[str, Any]) -> None:
    assert telling(replace(REPORT, **changes)) == (Verdict.EFFECTIVE, ())


def test_all_that_is_missing_is_named_at_once_in_the_order_of_the_rules() -> None:
    poor = replace(
        REPORT,
        mode=Mode.PHONE,
        participants=Participants(),
        ended_at=TEN,
        note_characters=0,
        next_step=None,
        discovery=None,
    )
    past = list(given().when(record(poor, lateness=Lateness(TEN.date(), ("LATE",))), reporting).happens())
    past += given(*past).when(void(), reporting).happens()
    assert verdict(*past).failed == tuple(Failing)


def test_a_struck_out_visit_is_not_effective_any_more() -> None:
    past = recorded(*checked_in())
    past += given(*past).when(judge(), reporting).happens()
    past += given(*past).when(void(), reporting).happens()
    event = verdict(*past)
    assert (event.previous_verdict, event.verdict, event.failed) == (Verdict.EFFECTIVE, Verdict.NOT, (Failing.VOIDED,))


@pytest.mark.parametrize("late", ["LATE", "LATE_APPROVED", "IMPORTED"])
def test_a_late_visit_is_history_only_unless_the_device_can_show_its_hour(late: str) -> None:
    command = record(lateness=Lateness(TEN.date(), (late,)), approval_id=YES)
    past = [*checked_in(), approved(Purpose.BACKDATE)]
    told_late = given(*past).when(command, reporting).happens()
    attested = given(*past).when(replace(command, attested_at=TEN, lateness_shown=()), reporting).happens()
    assert verdict(*past, *told_late).failed == (Failing.LATE,)
    assert verdict(*past, *attested).verdict is Verdict.EFFECTIVE


def test_a_fact_is_new_when_the_visit_before_did_not_bring_it() -> None:
    past = recorded(*checked_in())
    same = replace(REPORT, discovery=Discovery(need=" Two  packaging LINES "))
    more = replace(REPORT, discovery=Discovery(need="one line"))
    assert verdict(*past, previous=same).failed == (Failing.NO_NEW_FACT,)
    assert verdict(*past, previous=more).verdict is Verdict.EFFECTIVE
    assert verdict(*past, previous=replace(REPORT, discovery=None)).verdict is Verdict.EFFECTIVE


@for_all(need=st.text(max_size=30), budget=st.text(max_size=30))
def test_a_report_never_brings_a_fact_that_it_repeats(need: str, budget: str) -> None:
    report = replace(REPORT, discovery=Discovery(need=need, budget=budget))
    again = replace(REPORT, discovery=Discovery(need=f"  {need} ", budget=budget.casefold()))
    assert not learnt(again) - learnt(report)


@pytest.mark.parametrize("geo", [None, replace(DOOR, accuracy_m=101), NORTH_480])
def test_without_a_good_fix_or_outside_by_little_it_is_undetermined(geo: Geo | None) -> None:
    event = placed(geo)
    assert (event.verdict, event.failed) == (Verdict.UNDETERMINED, (Failing.PRESENCE,))
    assert event.settles_at == MONDAY_AFTER


def test_without_a_check_in_it_is_undetermined() -> None:
    assert verdict(*recorded()).verdict is Verdict.UNDETERMINED


def test_without_consent_or_a_known_place_it_is_undetermined() -> None:
    assert placed(DOOR, consent=False).verdict is Verdict.UNDETERMINED
    nowhere = given().when(check_in(DOOR, CustomerFacts(ACME)), visiting).happens()
    assert verdict(*recorded(*nowhere)).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(("metres", "expected"), [(1_318, Verdict.UNDETERMINED), (1_323, Verdict.NOT)])
def test_outside_by_a_kilometre_is_open_and_by_more_is_not(metres: int, expected: Verdict) -> None:
    """The fence is 300 m, widened by an accuracy of 20 m."""
    event = placed(replace(DOOR, lat_e7=DOOR.lat_e7 + round(metres / 111_195 * 1e7)))
    assert (event.verdict, event.failed) == (expected, (Failing.PRESENCE,))


def test_a_made_up_position_is_not_open() -> None:
    event = placed(replace(DOOR, mock=True))
    assert (event.verdict, event.failed, event.settles_at) == (Verdict.NOT, (Failing.PRESENCE,), None)


def test_whoever_fails_elsewhere_is_not_undetermined() -> None:
    event = verdict(*recorded(report=replace(REPORT, note_characters=0)))
    assert (event.verdict, event.failed) == (Verdict.NOT, (Failing.PRESENCE, Failing.NOTE_TOO_SHORT))


def test_after_five_workdays_what_is_undetermined_is_not_effective() -> None:
    past = recorded()
    past += given(*past).when(judge(), reporting).happens()
    given(*past).when(judge(MONDAY_AFTER - timedelta(seconds=1)), reporting).then_nothing()
    event = verdict(*past, now=MONDAY_AFTER)
    assert (event.previous_verdict, event.verdict, event.settles_at) == (Verdict.UNDETERMINED, Verdict.NOT, None)


def test_days_off_do_not_count_for_the_five() -> None:
    calendar = Calendar("default", 3, {at("03-04 00:00").date(): DayType.HOLIDAY})
    event = verdict(*recorded(), calendar=calendar)
    assert (event.settles_at, event.calendar_version) == (at("03-11 00:00"), 3)


def test_a_review_ends_the_waiting() -> None:
    past = recorded()
    past += given(*past).when(judge(), reporting).happens()
    past += given(*past).when(REVIEWED, visiting).happens()
    assert verdict(*past).verdict is Verdict.NOT


def test_a_managers_word_about_the_photo_stands_for_the_fix() -> None:
    past = [*recorded(report=PHOTOGRAPHED), approved(Purpose.PRESENCE_PHOTO, content_hash=PHOTO)]
    events = given(*past).when(judge(approval_id=YES), reporting).happens()
    assert isinstance(events[0], VisitEvaluated)
    assert (events[0].verdict, events[0].approval_id) == (Verdict.EFFECTIVE, YES)
    assert events[1] == ApprovalUsed(YES, "anna", Purpose.PRESENCE_PHOTO, str(VISIT), NOON)
    given(*past, *events).when(judge(), reporting).then_nothing()
    given(*past, *events).when(judge(approval_id=YES), reporting).then_nothing()


def test_a_photo_that_came_with_an_annotation_can_be_confirmed_though_the_fix_was_outside() -> None:
    past = recorded(*checked_in(NORTH_480))
    photo = Attachment(PHOTO, 9_000, "image/jpeg", TEN)
    note = AnnotateVisit(VISIT, "anna", "rep", False, "The label of the fix is wrong.", (photo,), NOON)
    past += given(*past).when(note, visiting).happens()
    past.append(approved(Purpose.PRESENCE_PHOTO, content_hash=PHOTO))
    assert verdict(*past).verdict is Verdict.UNDETERMINED
    assert verdict(*past, approval_id=YES).verdict is Verdict.EFFECTIVE


@pytest.mark.parametrize(
    "other",
    [
        approved(Purpose.CORRECTION, content_hash=PHOTO),
        approved(Purpose.PRESENCE_PHOTO, content_hash="cd" * 32),
        approved(Purpose.PRESENCE_PHOTO, content_hash=PHOTO, ref=LI),
        approved(Purpose.PRESENCE_PHOTO, content_hash=PHOTO, rep_id="bruno"),
        ApprovalDenied(YES, "anna", Purpose.PRESENCE_PHOTO, str(VISIT), PHOTO, "mei", "a stock photo", NOON),
    ],
)
def test_what_is_no_yes_to_this_photo_confirms_nothing(other: object) -> None:
    event = verdict(*recorded(report=PHOTOGRAPHED), other, approval_id=YES)
    assert (event.verdict, event.approval_id) == (Verdict.UNDETERMINED, None)


def test_a_confirmation_lasts_when_the_visit_is_judged_again() -> None:
    past = [*recorded(report=PHOTOGRAPHED), approved(Purpose.PRESENCE_PHOTO, content_hash=PHOTO)]
    past += given(*past).when(judge(approval_id=YES), reporting).happens()
    event = verdict(*past, rules=replace(RULES, version=2, note_characters=2_000))
    assert event.failed == (Failing.NOTE_TOO_SHORT,)


def test_the_same_verdict_for_the_same_reasons_by_the_same_rules_is_written_once() -> None:
    past = recorded(*checked_in())
    past += given(*past).when(judge(), reporting).happens()
    given(*past).when(judge(NOON + timedelta(days=3)), reporting).then_nothing()
    later_rules = EffectiveVisitRules(version=2)
    assert verdict(*past, rules=later_rules).rules_version == 2


def test_a_visit_that_was_not_told_is_not_judged() -> None:
    given(*planned()).when(judge(), reporting).then_nothing()
    given().when(judge(), reporting).then_refused(RefNotFound)


@for_all(
    minutes=st.integers(0, 960),
    note=st.integers(0, 60),
    key=st.booleans(),
    step=st.booleans(),
    fact=st.booleans(),
    there=st.booleans(),
)
def test_effective_means_all_criteria_and_nothing_else(
    minutes: int,
    note: int,
    key: bool,
    step: bool,
    fact: bool,
    there: bool,
) -> None:
    report = replace(
        REPORT,
        ended_at=TEN + timedelta(minutes=minutes),
        note_characters=note,
        participants=REPORT.participants if key else Participants((), (Met(WANG, ContactRole.USER),)),
        next_step=REPORT.next_step if step else None,
        discovery=REPORT.discovery if fact else None,
    )
    event = verdict(*recorded(*(checked_in() if there else ()), report=report))
    others = 10 <= minutes <= 480 and note >= 20 and key and step and fact
    assert (event.verdict is Verdict.EFFECTIVE) == (others and there)
    assert (event.verdict is Verdict.UNDETERMINED) == (others and not there)
    assert (not event.failed) == (event.verdict is Verdict.EFFECTIVE)
