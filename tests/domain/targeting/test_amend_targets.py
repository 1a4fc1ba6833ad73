"""Targets change ahead of time, with a reason and somebody else's yes; each no stays in the history."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some

from domain.approval.events import ApprovalGranted, ApprovalUsed, Purpose
from domain.reception import (
    ApprovalRequired,
    Forbidden,
    Malformed,
    ReasonRequired,
    RefNotFound,
    RetroactiveForbidden,
    SelfApproval,
)
from domain.refusal import Refusal
from domain.target.events import TargetAmended, TargetAmendmentRefused, TargetClosed, TargetLocked
from domain.target.state import Target, evolve
from domain.targeting.decisions import AmendTarget, IronTarget, QtyInvalid, TargetNotSet, amendment_hash, targeting
from tests.domain.targeting.targets import (
    AMEND,
    AMENDED,
    ANNA,
    APPROVAL,
    BRUNO,
    FIRST,
    LAST,
    PROPOSED,
    RESERVED,
    SUBJECT,
    TARGET,
    TODAY,
    WAS_SET,
)
from tests.given import given
from tests.people import MONDAY

LOCKED = TargetLocked(TARGET, SUBJECT, "mei", MONDAY)
CLOSED = TargetClosed(TARGET, SUBJECT, "mei", MONDAY)
IRON = replace(WAS_SET, iron=True)
GRANTED = ApprovalGranted(APPROVAL, "anna", Purpose.AMENDMENT, str(TARGET), None, "director", "she is away", MONDAY)
USED = ApprovalUsed(APPROVAL, "anna", Purpose.AMENDMENT, str(TARGET), MONDAY)
WITH_APPROVAL = replace(AMEND, approval_id=APPROVAL)


def test_a_target_is_another_from_a_day_on() -> None:
    given(WAS_SET, RESERVED).when(AMEND, targeting).then(AMENDED)
    given(WAS_SET).when(replace(AMEND, effective_from=TODAY), targeting).then(replace(AMENDED, effective_from=TODAY))
    given(WAS_SET, AMENDED).when(AMEND, targeting).then_nothing()


def test_the_old_quantity_is_that_of_the_day_from_which_the_new_one_counts() -> None:
    later = replace(AMEND, new_qty=40, effective_from=date(2026, 3, 20))
    earlier = replace(AMEND, new_qty=55, effective_from=date(2026, 3, 5))
    (amended,) = given(WAS_SET, AMENDED).when(later, targeting).happens()
    assert isinstance(amended, TargetAmended)
    assert (amended.old_qty, amended.new_qty) == (50, 40)
    (amended,) = given(WAS_SET, AMENDED).when(earlier, targeting).happens()
    assert isinstance(amended, TargetAmended)
    assert (amended.old_qty, amended.new_qty) == (60, 55)


@pytest.mark.parametrize(
    ("past", "command", "reason"),
    [
        ((IRON,), AMEND, IronTarget),
        ((IRON, LOCKED), replace(AMEND, today=FIRST - timedelta(days=9)), IronTarget),
        ((WAS_SET,), replace(AMEND, effective_from=TODAY - timedelta(days=1)), RetroactiveForbidden),
        ((WAS_SET,), replace(AMEND, approver="mei"), SelfApproval),
        ((WAS_SET,), replace(AMEND, approver="anna"), SelfApproval),
        ((WAS_SET,), replace(AMEND, approver=None), ApprovalRequired),
        ((WAS_SET, LOCKED), AMEND, ApprovalRequired),
        ((WAS_SET,), WITH_APPROVAL, ApprovalRequired),
        ((PROPOSED,), AMEND, TargetNotSet),
        ((WAS_SET, CLOSED), AMEND, TargetNotSet),
    ],
)
def test_a_refused_amendment_stays_in_the_history_of_the_target(
    past: tuple[object, ...], command: AmendTarget, reason: type[Refusal]
) -> None:
    refused = given(*past).when(command, targeting).then_refused(reason, leaving=[TargetAmendmentRefused])
    (trace,) = refused.leaving
    assert isinstance(trace, TargetAmendmentRefused)
    assert trace == TargetAmendmentRefused(
        TARGET,
        SUBJECT,
        60,
        50,
        command.effective_from,
        AMENDED.reason,
        command.approver,
        AMENDED.calc,
        reason.code(),
        "mei",
        MONDAY,
    )


def test_rules_say_no_in_the_order_of_the_book() -> None:
    all_wrong = replace(AMEND, effective_from=TODAY - timedelta(days=1), approver="mei")
    given(IRON).when(all_wrong, targeting).then_refused(IronTarget)
    given(WAS_SET).when(all_wrong, targeting).then_refused(RetroactiveForbidden)


def test_an_iron_target_moves_before_its_period_only() -> None:
    before = replace(AMEND, today=FIRST - timedelta(days=1))
    given(IRON).when(before, targeting).then(AMENDED)
    given(IRON).when(replace(before, today=FIRST, effective_from=FIRST), targeting).then_refused(IronTarget)


def test_a_locked_target_moves_by_an_approval_that_is_used_up() -> None:
    amended = replace(AMENDED, approval_id=APPROVAL)
    given(WAS_SET, LOCKED, GRANTED).when(WITH_APPROVAL, targeting).then(amended, USED)
    given(WAS_SET, LOCKED, GRANTED, USED).when(WITH_APPROVAL, targeting).then_refused(ApprovalRequired)
    given(WAS_SET, GRANTED).when(WITH_APPROVAL, targeting).then(amended, USED)


@pytest.mark.parametrize(
    "granted",
    [
        replace(GRANTED, rep_id="bruno"),
        replace(GRANTED, purpose=Purpose.CORRECTION),
        replace(GRANTED, ref=str(APPROVAL)),
        replace(GRANTED, approver="somebody"),
        replace(GRANTED, content_hash="0" * 64),
    ],
)
def test_an_approval_of_something_else_is_none(granted: ApprovalGranted) -> None:
    given(WAS_SET, LOCKED, granted).when(WITH_APPROVAL, targeting).then_refused(ApprovalRequired)


def test_an_approval_may_name_the_quantity_and_the_day() -> None:
    exact = replace(GRANTED, content_hash=amendment_hash(TARGET, 50, date(2026, 3, 9)))
    assert given(WAS_SET, LOCKED, exact).when(WITH_APPROVAL, targeting).happens()
    given(WAS_SET, LOCKED, exact).when(replace(WITH_APPROVAL, new_qty=49), targeting).then_refused(ApprovalRequired)


def test_an_approver_stands_above() -> None:
    given(WAS_SET).when(replace(AMEND, approver_leads=False), targeting).then_refused(Forbidden)


def test_only_whoever_leads_asks_for_it() -> None:
    for asker in (ANNA, BRUNO):
        given(WAS_SET).when(replace(AMEND, asker=asker), targeting).then_refused(Forbidden)


def test_what_is_asked_is_in_order() -> None:
    given().when(AMEND, targeting).then_refused(RefNotFound)
    given(WAS_SET).when(replace(AMEND, new_qty=-1), targeting).then_refused(QtyInvalid)
    given(WAS_SET).when(replace(AMEND, reason=None), targeting).then_refused(ReasonRequired)
    given(WAS_SET).when(replace(AMEND, calc=" "), targeting).then_refused(ReasonRequired)
    given(WAS_SET).when(replace(AMEND, effective_from=LAST + timedelta(days=1)), targeting).then_refused(Malformed)
    assert given(WAS_SET).when(replace(AMEND, effective_from=LAST), targeting).happens()


@for_all(some.lists(some.tuples(some.integers(0, 29), some.integers(0, 99)), max_size=8), some.integers(0, 30))
def test_the_quantity_of_a_day_is_that_of_the_last_amendment_in_effect(
    amendments: list[tuple[int, int]], day: int
) -> None:
    target = evolve(Target(), WAS_SET)
    for since, qty in amendments:
        target = evolve(target, replace(AMENDED, effective_from=FIRST + timedelta(days=since), new_qty=qty))
    in_effect = [(since, place) for place, (since, _) in enumerate(amendments) if since <= day]
    expected = amendments[max(in_effect)[1]][1] if in_effect else 60
    assert target.qty_on(FIRST + timedelta(days=day)) == expected
