"""Planning a visit, trying one, adding to one, reading one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.reception import Forbidden, Malformed, RefNotFound
from domain.visit.decisions import (
    AlreadyPlanned,
    AlreadyRecorded,
    AnnotateVisit,
    AttemptContact,
    CancelVisit,
    ChangePlan,
    NotAuthor,
    NotPlanned,
    NotRecorded,
    ReviewVisit,
    visiting,
)
from domain.visit.events import (
    AttemptReason,
    ContactAttempted,
    Disposition,
    Objective,
    Plan,
    VisitAnnotated,
    VisitCancelled,
    VisitPlanChanged,
    VisitPlanned,
    VisitReviewed,
)
from domain.visit.report import Attachment, DurationInvalid, Mode
from tests.domain.visit.visits import NOON, PHOTO, PLAN, TEN, VISIT, plan, planned, recorded
from tests.given import given
from tests.people import ACME, GLOBEX, LINE, MONDAY

BLIND = Plan(TEN, 60)
CANCEL = CancelVisit(VISIT, "anna", "she is away", NOON)
CHANGE = ChangePlan(VISIT, "anna", replace(PLAN, planned_minutes=90), NOON)
ATTEMPT = AttemptContact(VISIT, ACME, "anna", LINE, Mode.PHONE, AttemptReason.NO_ANSWER, None, TEN)
ANNOTATE = AnnotateVisit(VISIT, "anna", "rep", False, "The gate was closed.", (), NOON)
REVIEW = ReviewVisit(VISIT, "mei", "manager", True, Disposition.OK, "good", NOON)


def test_a_plan_is_taken_as_it_is() -> None:
    given().when(plan(), visiting).then(VisitPlanned(VISIT, ACME, "anna", LINE, PLAN, MONDAY))


def test_a_plan_without_an_objective_is_taken_and_flagged_blind() -> None:
    given().when(plan(BLIND), visiting).then(VisitPlanned(VISIT, ACME, "anna", LINE, BLIND, MONDAY, ("BLIND_VISIT",)))


def test_the_same_plan_again_changes_nothing() -> None:
    given(*planned()).when(plan(), visiting).then_nothing()


def test_another_plan_under_the_same_id_is_refused() -> None:
    given(*planned()).when(replace(plan(), customer_id=GLOBEX), visiting).then_refused(AlreadyPlanned)


def test_a_visit_that_was_told_is_not_planned_any_more() -> None:
    given(*recorded()).when(plan(), visiting).then_refused(AlreadyPlanned)


@pytest.mark.parametrize("minutes", [0, -5, 961])
def test_nobody_plans_for_no_time_or_for_a_day_and_a_night(minutes: int) -> None:
    given().when(plan(replace(PLAN, planned_minutes=minutes)), visiting).then_refused(DurationInvalid)


def test_another_objective_is_told_in_words() -> None:
    given().when(plan(replace(PLAN, objective=Objective.OTHER)), visiting).then_refused(Malformed)


def test_a_plan_is_changed_and_the_old_one_stays_readable() -> None:
    given(*planned()).when(CHANGE, visiting).then(VisitPlanChanged(VISIT, ACME, "anna", LINE, PLAN, CHANGE.plan, NOON))


def test_a_plan_that_loses_its_objective_is_flagged_blind() -> None:
    (event,) = given(*planned()).when(replace(CHANGE, plan=BLIND), visiting).happens()
    assert isinstance(event, VisitPlanChanged)
    assert event.flags == ("BLIND_VISIT",)


def test_a_plan_changed_into_itself_is_no_change() -> None:
    given(*planned()).when(replace(CHANGE, plan=PLAN), visiting).then_nothing()


def test_a_plan_is_called_off_once() -> None:
    off = VisitCancelled(VISIT, ACME, "anna", LINE, "she is away", NOON)
    given(*planned()).when(CANCEL, visiting).then(off)
    given(*planned(), off).when(CANCEL, visiting).then_nothing()
    given(*planned(), off).when(CHANGE, visiting).then_refused(NotPlanned)


@pytest.mark.parametrize("command", [CHANGE, CANCEL])
def test_what_has_taken_place_is_no_plan_any_more(command: ChangePlan | CancelVisit) -> None:
    given(*recorded(*planned())).when(command, visiting).then_refused(NotPlanned)


@pytest.mark.parametrize("command", [CHANGE, CANCEL, ANNOTATE, REVIEW])
def test_a_visit_that_nobody_heard_of_is_not_known(command: object) -> None:
    given().when(command, visiting).then_refused(RefNotFound)


@pytest.mark.parametrize("command", [CHANGE, CANCEL, plan(), ATTEMPT])
def test_nobody_speaks_for_the_visit_of_another(command: ChangePlan) -> None:
    given(*planned()).when(replace(command, rep_id="bruno"), visiting).then_refused(NotAuthor)


def test_an_attempt_is_an_attempt_each_time() -> None:
    tried = ContactAttempted(VISIT, ACME, "anna", LINE, Mode.PHONE, AttemptReason.NO_ANSWER, None, TEN)
    given().when(ATTEMPT, visiting).then(tried)
    given(tried).when(replace(ATTEMPT, at=NOON), visiting).then(replace(tried, attempted_at=NOON))


def test_somebody_who_was_met_was_not_missed() -> None:
    given(*recorded()).when(ATTEMPT, visiting).then_refused(AlreadyRecorded)


def test_the_rep_adds_words_and_photos() -> None:
    photo = Attachment(PHOTO, 1_000, "image/jpeg", TEN)
    given(*recorded()).when(replace(ANNOTATE, attachments=(photo,)), visiting).then(
        VisitAnnotated(VISIT, ACME, "anna", LINE, "The gate was closed.", (photo,), "anna", NOON)
    )


def test_an_outsider_adds_nothing_and_a_manager_of_the_line_does() -> None:
    outsider = replace(ANNOTATE, asked_by="bruno")
    given(*recorded()).when(outsider, visiting).then_refused(Forbidden)
    assert given(*recorded()).when(replace(outsider, asked_by="mei", may_read=True), visiting).happens()


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " "},
        {"text": "x" * 4_001},
        {"attachments": (Attachment("no hash", 1, "image/png"),)},
        {"attachments": (Attachment(PHOTO, -1, "image/png"),)},
        {"attachments": (Attachment(PHOTO, 1, "image/png"),) * 21},
    ],
)
def test_an_annotation_keeps_to_its_form(wrong: dict[str, object]) -> None:
    given(*recorded()).when(replace(ANNOTATE, **wrong), visiting).then_refused(Malformed)


def test_a_manager_of_the_line_disposes_of_a_visit() -> None:
    given(*recorded()).when(REVIEW, visiting).then(
        VisitReviewed(VISIT, ACME, "anna", LINE, "mei", Disposition.OK, "good", NOON)
    )


def test_nobody_outside_the_line_reviews() -> None:
    given(*recorded()).when(replace(REVIEW, in_line=False), visiting).then_refused(Forbidden)


def test_a_plan_is_not_reviewed() -> None:
    given(*planned()).when(replace(REVIEW, at=NOON + timedelta(days=1)), visiting).then_refused(NotRecorded)
