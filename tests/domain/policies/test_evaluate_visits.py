"""Whatever a verdict stands on makes it stand again; nothing else does."""

from datetime import timedelta

import pytest

from domain.approval.events import ApprovalGranted, Purpose
from domain.policies.evaluate_visits_when_recorded_or_changed import evaluate_visits_when_recorded_or_changed as policy
from domain.policies.policy import EvaluateAsked
from domain.reporting.decisions import reporting
from domain.visit.decisions import AnnotateVisit, ReviewVisit, visiting
from domain.visit.events import CorrectionReason, Disposition, VisitCorrected, VisitVoided
from domain.visit.report import Value
from tests.domain.visit.visits import (
    NOON,
    VISIT,
    YES,
    approved,
    check_in,
    check_out,
    judge,
    planned,
    record,
    recorded,
)
from tests.given import given
from tests.happened import happened
from tests.people import ACME, LINE, an_id

CORRECTED = VisitCorrected(
    VISIT, ACME, "anna", LINE, an_id(1), "outcome", "", Value(), Value(), CorrectionReason.TYPO, None, None, NOON
)
VOIDED = VisitVoided(VISIT, ACME, "anna", LINE, CorrectionReason.TYPO, None, "anna", None, NOON)
REVIEW = ReviewVisit(VISIT, "mei", "manager", True, Disposition.OK, None, NOON)
ANNOTATION = AnnotateVisit(VISIT, "anna", "rep", False, "more", (), NOON)


@pytest.mark.parametrize(
    "event",
    [
        given().when(record(), reporting).happens()[0],
        given().when(check_in(), visiting).happens()[0],
        given().when(check_out(), visiting).happens()[0],
        given(*recorded()).when(REVIEW, visiting).happens()[0],
        CORRECTED,
        VOIDED,
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_a_verdict_stands_on_asks_for_one_at_its_own_hour(event: object) -> None:
    one = happened(event, decided_at=NOON)
    assert type(event) in policy.handles
    assert policy.asks(one) == [EvaluateAsked(VISIT, NOON)]


@pytest.mark.parametrize(
    "event",
    [
        planned()[0],
        given(*recorded()).when(ANNOTATION, visiting).happens()[0],
        given(*recorded()).when(judge(), reporting).happens()[0],
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_a_verdict_does_not_stand_on_asks_for_none(event: object) -> None:
    assert type(event) not in policy.handles
    assert policy.asks(happened(event)) == []


def test_a_managers_yes_to_a_photo_asks_with_it() -> None:
    later = NOON + timedelta(hours=2)
    event = happened(approved(Purpose.PRESENCE_PHOTO, content_hash="ab" * 32), decided_at=later)
    assert policy.asks(event) == [EvaluateAsked(VISIT, later, YES)]


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.PRESENCE_PHOTO}))
def test_another_yes_asks_for_nothing(purpose: Purpose) -> None:
    assert policy.asks(happened(approved(purpose))) == []


def test_a_yes_that_names_no_visit_asks_for_nothing() -> None:
    lost = ApprovalGranted(YES, "anna", Purpose.PRESENCE_PHOTO, "that one", "ab" * 32, "mei", "there", NOON)
    assert policy.asks(happened(lost)) == []
