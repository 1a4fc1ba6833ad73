"""An effective visit asks to keep the customer; any other verdict asks for nothing."""

from dataclasses import replace

import pytest

from domain.policies.policy import RenewAsked
from domain.policies.renew_protection_after_an_effective_visit import (
    renew_protection_after_an_effective_visit as policy,
)
from domain.reporting.decisions import reporting
from domain.visit.events import Verdict, VisitEvaluated, VisitRecorded
from tests.domain.visit.visits import NOON, TEN, VISIT, checked_in, judge, recorded
from tests.given import given
from tests.happened import happened
from tests.people import ACME, LINE

PAST = recorded(*checked_in())
(EFFECTIVE,) = given(*PAST).when(judge(), reporting).happens()


def test_an_effective_visit_asks_to_keep_the_customer_for_its_rep() -> None:
    assert policy.asks(happened(EFFECTIVE)) == [RenewAsked(ACME, LINE, "anna", VISIT, TEN, NOON)]


@pytest.mark.parametrize("verdict", [Verdict.NOT, Verdict.UNDETERMINED])
def test_any_other_verdict_asks_for_nothing(verdict: Verdict) -> None:
    assert isinstance(EFFECTIVE, VisitEvaluated)
    assert policy.asks(happened(replace(EFFECTIVE, verdict=verdict))) == []


def test_only_verdicts_are_listened_to() -> None:
    assert policy.handles == {VisitEvaluated}
    assert [policy.asks(happened(event)) for event in PAST if isinstance(event, VisitRecorded)] == [[]]
