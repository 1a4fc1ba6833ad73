"""What brings two reps before an arbiter, what tells them of news, and what does not."""

from dataclasses import replace

from domain.customer.events import DuplicateResolved, Verdict
from domain.ownership.events import ClaimContested
from domain.policies.move_a_case_to_whoever_may_rule import move_a_case_to_whoever_may_rule
from domain.policies.open_a_case_when_a_claim_is_contested import open_a_case_when_a_claim_is_contested
from domain.policies.open_a_case_when_somebody_works_the_customer_of_another import (
    open_a_case_when_somebody_works_the_customer_of_another,
)
from domain.policies.policy import (
    ArbiterAsked,
    Ask,
    BasisAsked,
    CaseForClaimAsked,
    CaseForDealAsked,
    CaseForDuplicateAsked,
    CaseForVisitAsked,
    Policy,
)
from domain.policies.see_to_the_case_when_a_duplicate_is_resolved import see_to_the_case_when_a_duplicate_is_resolved
from domain.policies.tell_when_the_basis_of_a_ruling_changes import tell_when_the_basis_of_a_ruling_changes
from domain.submission.events import DecisionRefused
from domain.visit.events import CorrectionReason, VisitRecorded, VisitVoided
from domain.visit.report import Mode
from tests.domain.deal.test_deals import CLAIM, WON
from tests.domain.visit.visits import recorded
from tests.happened import happened
from tests.people import ACME, GLOBEX, LINE, MONDAY, an_id

TRIGGER = an_id(10_001)
WORKING = open_a_case_when_somebody_works_the_customer_of_another
CONTESTED = ClaimContested(an_id(1), ACME, LINE, "anna", "east", an_id(2), "bruno", MONDAY, MONDAY, 1, MONDAY)
SAME = DuplicateResolved(ACME, GLOBEX, Verdict.SAME, None, "mei", MONDAY)
VOID = VisitVoided(an_id(5), ACME, "anna", LINE, CorrectionReason.TYPO, None, "anna", None, MONDAY)


def told() -> VisitRecorded:
    """Anna was with somebody of Acme."""
    (visit,) = [event for event in recorded() if isinstance(event, VisitRecorded)]
    return visit


def asked(policy: Policy, event: object, *flags: str) -> list[Ask]:
    return list(policy.asks(happened(event, flags=flags)))


def test_a_visit_in_person_asks_whether_the_customer_is_anothers() -> None:
    visit = told()
    assert asked(WORKING, visit) == [CaseForVisitAsked(ACME, visit.line, "anna", visit.report.started_at, TRIGGER)]
    phoned = replace(visit, report=replace(visit.report, mode=Mode.PHONE))
    assert asked(WORKING, phoned) == []


def test_a_deal_with_the_customer_of_another_is_a_case_and_one_of_the_owners_is_not() -> None:
    poached = replace(WON, owner_id="bruno", claim_id=CLAIM, flags=("NOT_OWNER",))
    parties = ("bruno", "anna")
    assert asked(WORKING, poached) == [CaseForDealAsked(WON.deal_id, ACME, LINE, parties, TRIGGER)]
    assert asked(WORKING, replace(WON, owner_id="anna", claim_id=CLAIM)) == []
    assert asked(WORKING, WON) == []


def test_a_contested_claim_and_two_records_of_one_customer_are_cases() -> None:
    by_claim = CaseForClaimAsked(ACME, LINE, ("anna", "bruno"), TRIGGER)
    assert asked(open_a_case_when_a_claim_is_contested, CONTESTED) == [by_claim]
    resolved = see_to_the_case_when_a_duplicate_is_resolved
    assert asked(resolved, SAME) == [CaseForDuplicateAsked(ACME, GLOBEX, True, TRIGGER)]
    different = replace(SAME, verdict=Verdict.DIFFERENT)
    assert asked(resolved, different) == [CaseForDuplicateAsked(ACME, GLOBEX, False, TRIGGER)]


def test_a_past_that_is_brought_in_accuses_nobody() -> None:
    poached = replace(WON, owner_id="bruno", claim_id=CLAIM, flags=("NOT_OWNER",))
    for policy, event in (
        (WORKING, told()),
        (WORKING, poached),
        (open_a_case_when_a_claim_is_contested, CONTESTED),
        (see_to_the_case_when_a_duplicate_is_resolved, SAME),
    ):
        assert asked(policy, event, "IMPORTED") == []


def test_a_visit_that_is_struck_out_is_news_to_whoever_was_ruled_on_by_it() -> None:
    assert asked(tell_when_the_basis_of_a_ruling_changes, VOID) == [BasisAsked(an_id(5), TRIGGER, MONDAY)]
    assert asked(tell_when_the_basis_of_a_ruling_changes, told()) == []


def test_whoever_may_not_rule_moves_the_case_and_any_other_no_does_not() -> None:
    no = DecisionRefused("conflict.rule", "ARBITER_CONFLICT", {"case_id": str(an_id(7))}, None, None, MONDAY)
    assert asked(move_a_case_to_whoever_may_rule, no) == [ArbiterAsked(an_id(7))]
    assert asked(move_a_case_to_whoever_may_rule, replace(no, code="TOO_EARLY")) == []
