"""More time for a claim: once, with a reason, by a manager or with a manager's approval, before it lapses."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.approval.events import ApprovalGranted, ApprovalUsed, Purpose
from domain.claiming.decisions import Contested, ExtensionUsed, Lapsed, NotOwner, PauseProtection, claiming
from domain.ownership.events import ProtectionExtended, ProtectionRenewed
from domain.reception import ApprovalRequired, Malformed, ReasonRequired
from tests.domain.claiming.claims import ANNAS, RULES, extend, granted, renew
from tests.given import given
from tests.people import ACME, LINE, MONDAY, an_id, at

YES = an_id(600)
APPROVED = ApprovalGranted(YES, "anna", Purpose.EXTENSION, str(ANNAS), None, "mei", "They decide in April.", MONDAY)


def _visited() -> list[object]:
    past = granted()
    return [*past, *given(*past).when(renew(at("03-02 15:00")), claiming).happens()]


def _extended(events: Sequence[object]) -> ProtectionExtended:
    event = events[-1]
    assert isinstance(event, ProtectionExtended)
    return event


def test_a_manager_gives_as_many_days_as_the_rules_allow_and_the_cap_moves_with_them() -> None:
    event = _extended(given(*_visited()).when(extend(at=at("03-10 10:00")), claiming).happens())
    assert (event.days, event.old_until, event.new_until) == (30, at("03-18 00:00"), at("04-17 00:00"))
    assert (event.hard_cap, event.release_at) == (at("07-01 00:00"), at("04-18 00:00"))
    assert event.warn_at == (at("04-14 00:00"), at("04-16 00:00"))
    assert event.approver == "mei"


def test_a_visit_after_the_extension_does_not_shorten_it() -> None:
    past = [*_visited(), *given(*_visited()).when(extend(at=at("03-10 10:00")), claiming).happens()]
    given(*past).when(renew(at("03-20 10:00")), claiming).then_nothing()
    (event,) = given(*past).when(renew(at("04-10 10:00")), claiming).happens()
    assert isinstance(event, ProtectionRenewed)
    assert event.new_until == at("04-26 00:00")


def test_an_extension_does_not_excuse_the_first_visit() -> None:
    event = _extended(given(*granted()).when(extend(at=at("03-03 10:00")), claiming).happens())
    assert event.new_until == at("04-17 00:00")
    assert event.release_at == at("03-07 00:00")


def test_a_claim_is_extended_once() -> None:
    past = [*_visited(), *given(*_visited()).when(extend(at=at("03-10 10:00"), days=5), claiming).happens()]
    given(*past).when(extend(at=at("03-11 10:00"), days=5), claiming).then_refused(ExtensionUsed)


def test_what_has_lapsed_is_not_extended_even_in_grace() -> None:
    refusal = given(*_visited()).when(extend(at=at("03-18 00:00")), claiming).then_refused(Lapsed)
    assert refusal.facts()["lapsed_at"] == at("03-18 00:00")


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_extension_has_a_reason(reason: str) -> None:
    given(*_visited()).when(extend(at=at("03-10 10:00"), reason=reason), claiming).then_refused(ReasonRequired)


@pytest.mark.parametrize("days", [0, 31])
def test_an_extension_is_no_longer_than_the_rules_allow(days: int) -> None:
    given(*_visited()).when(extend(at=at("03-10 10:00"), days=days), claiming).then_refused(Malformed)


def test_the_owner_needs_an_approval_that_names_this_claim_and_uses_it_up() -> None:
    asked = extend("anna", at=at("03-10 10:00"))
    given(*_visited()).when(asked, claiming).then_refused(ApprovalRequired)
    with_yes = replace(asked, approval_id=YES)
    given(*_visited()).when(with_yes, claiming).then_refused(ApprovalRequired)
    for_another = replace(APPROVED, ref=str(an_id(2)))
    given(*_visited(), for_another).when(with_yes, claiming).then_refused(ApprovalRequired)
    used, event = given(*_visited(), APPROVED).when(with_yes, claiming).happens()
    assert isinstance(used, ApprovalUsed)
    assert isinstance(event, ProtectionExtended)
    assert (event.approver, event.approval_id) == ("mei", YES)


def test_a_stranger_extends_nothing() -> None:
    given(*_visited()).when(extend("bruno", at=at("03-10 10:00")), claiming).then_refused(NotOwner)
    given().when(extend(at=at("03-10 10:00")), claiming).then_refused(NotOwner)


def test_while_a_case_is_open_nothing_is_extended() -> None:
    pause = PauseProtection(ACME, LINE, an_id(500), ("anna",), RULES, at("03-05 10:00"))
    past = [*_visited(), *given(*_visited()).when(pause, claiming).happens()]
    given(*past).when(extend(at=at("03-10 10:00")), claiming).then_refused(Contested)


def test_the_first_reason_in_the_order_is_the_answer() -> None:
    used = [*_visited(), *given(*_visited()).when(extend(), claiming).happens()]
    after = at("06-15 10:00")
    given(*used).when(extend("bruno", at=after, reason=" "), claiming).then_refused(NotOwner)
    given(*used).when(extend(at=after, reason=" "), claiming).then_refused(ExtensionUsed)
    given(*_visited()).when(extend(at=after, reason=" "), claiming).then_refused(Lapsed)
    given(*_visited()).when(extend(reason=" ", days=999), claiming).then_refused(ReasonRequired)
    given(*_visited()).when(extend(days=999), claiming).then_refused(Malformed)
