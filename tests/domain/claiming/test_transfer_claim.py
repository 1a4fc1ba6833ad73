"""A customer is handed on: by whom, on what terms, to whom it may go, and from which hour."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from domain.approval.events import ApprovalGranted, ApprovalUsed, Purpose
from domain.claiming.decisions import (
    AlreadyClaimed,
    CapacityExceeded,
    Contested,
    CoolingOff,
    FreeSlot,
    Lapsed,
    NotCommonManager,
    NotOwner,
    PauseProtection,
    SplitRequired,
    claiming,
)
from domain.deal.decisions import SplitInvalid
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimReleased,
    ClaimTransferred,
    ProtectionPaused,
    ProtectionRenewed,
    SplitShare,
    TransferCalledOff,
)
from domain.portfolio.events import SlotReleased, SlotReserved
from domain.reception import ActorInactive, ApprovalRequired, NoChange, RetroactiveForbidden, SelfApproval
from domain.rulesets import ProtectionRules
from tests.domain.claiming.claims import (
    ANNAS,
    BRUNOS,
    HALF,
    RULES,
    claim,
    expire,
    granted,
    release,
    renew,
    transfer,
)
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, GLOBEX, LINE, MONDAY, an_id, at

CARLS, YES = an_id(3), an_id(600)
BOTH = ("anna", "bruno")


def visited(when: str = "03-25 10:00") -> list[object]:
    """Anna has held Acme since 2 March and visited it now and then, lastly at that hour."""
    past = granted()
    for hour in ("03-04 10:00", "03-15 10:00", when):
        past += given(*past).when(renew(at(hour)), claiming).happens()
    return past


def agreed(effective_at: datetime) -> list[object]:
    """On 30 March it is agreed that Bruno gets Acme at an hour."""
    past = visited()
    return [*past, *given(*past).when(transfer(at=at("03-30 10:00"), effective_at=effective_at), claiming).happens()]


def test_the_rep_who_gets_a_customer_has_a_fresh_window_under_the_same_cap() -> None:
    handed, heir, given_up, taken = given(*visited()).when(transfer(at=at("04-01 00:00")), claiming).happens()
    assert isinstance(handed, ClaimTransferred)
    assert (handed.rep_id, handed.to_rep_id, handed.credit_split) == ("anna", "bruno", HALF)
    assert isinstance(heir, ClaimGranted)
    assert heir.protected_until == at("04-17 00:00")  # story A12
    assert heir.hard_cap == at("06-01 00:00")  # that of Anna's claim
    assert heir.first_visit_due == at("04-07 00:00")
    assert (heir.basis, heir.continues) == (ClaimBasis.TRANSFER, ANNAS)
    assert given_up == SlotReleased("anna", ANNAS, ACME)
    assert taken == SlotReserved("bruno", BRUNOS, ACME, at("04-01 00:00").date(), claimed=False)


def test_a_hand_over_at_a_later_hour_leaves_the_customer_with_its_owner_until_then() -> None:
    past = agreed(at("04-01 00:00"))
    assert [type(event) for event in past[-2:]] == [ClaimTransferred, SlotReserved]
    (kept,) = given(*past).when(replace(renew(at("03-31 17:00")), holders=BOTH), claiming).happens()
    assert isinstance(kept, ProtectionRenewed)
    heir, slot = given(*past).when(replace(expire(at("04-01 00:00")), holders=BOTH), claiming).happens()
    assert isinstance(heir, ClaimGranted)
    assert (heir.rep_id, heir.granted_at) == ("bruno", at("04-01 00:00"))
    assert slot == SlotReleased("anna", ANNAS, ACME)


def test_a_visit_of_the_former_owner_that_comes_in_late_renews_nothing() -> None:
    past = agreed(at("04-01 00:00"))
    late = replace(renew(at("03-31 17:00"), at=at("04-01 09:00")), holders=BOTH)
    given(*past).when(late, claiming).then_nothing()  # story A12


def test_a_visit_of_the_new_owner_counts_though_the_clock_has_not_written_the_hand_over() -> None:
    past = agreed(at("04-01 00:00"))
    visit = replace(renew(at("04-02 10:00"), rep_id="bruno"), holders=BOTH)
    kinds = [type(event) for event in given(*past).when(visit, claiming).happens()]
    assert kinds == [ClaimGranted, SlotReleased, ProtectionRenewed]


def test_to_a_third_rep_the_customer_is_protected_before_and_after_the_hour() -> None:
    past = agreed(at("04-01 00:00"))
    carl = replace(BRUNO, rep_id="carl")
    for hour in ("03-31 12:00", "04-02 12:00"):
        asked = replace(claim(carl, claim_id=CARLS, at=at(hour)), holders=BOTH)
        given(*past).when(asked, claiming).then_refused(AlreadyClaimed)


@pytest.mark.parametrize("ends", ["release", "case", "another"])
def test_what_happens_before_the_hour_calls_the_hand_over_off_and_frees_the_slot_kept_for_it(ends: str) -> None:
    past = agreed(at("04-01 00:00"))
    carl = replace(BRUNO, rep_id="carl")
    commands = {
        "release": replace(release(at=at("03-31 10:00")), holders=BOTH),
        "case": PauseProtection(ACME, LINE, an_id(500), BOTH, RULES, at("03-31 10:00")),
        "another": transfer(carl, to_claim_id=CARLS, holders=BOTH, at=at("03-31 10:00")),
    }
    off, slot, *rest = given(*past).when(commands[ends], claiming).happens()
    assert isinstance(off, TransferCalledOff)
    assert slot == SlotReleased("bruno", BRUNOS, ACME)
    first = {"release": ClaimReleased, "case": ProtectionPaused, "another": ClaimTransferred}
    assert isinstance(rest[0], first[ends])


def test_only_somebody_above_both_hands_a_customer_on() -> None:
    given(*visited()).when(transfer(at=at("04-01 00:00"), stands_above=False), claiming).then_refused(NotCommonManager)


def test_a_claim_that_is_not_there_is_not_handed_on() -> None:
    given(*visited()).when(transfer(claim_id=CARLS, at=at("04-01 00:00")), claiming).then_refused(NotOwner)
    given().when(transfer(), claiming).then_refused(NotOwner)


def test_to_hand_a_customer_to_its_owner_changes_nothing() -> None:
    given(*visited()).when(transfer(ANNA, at=at("04-01 00:00")), claiming).then_refused(NoChange)


def test_who_has_left_gets_nothing() -> None:
    gone = replace(BRUNO, active=False)
    given(*visited()).when(transfer(gone, at=at("04-01 00:00")), claiming).then_refused(ActorInactive)


def _given_up_by_bruno() -> Sequence[object]:
    """Bruno gave Acme up on 1 March, Anna has it since."""
    past = granted(claim(BRUNO, claim_id=CARLS, at=at("03-01 10:00")))
    past += (
        given(*past).when(release("bruno", claim_id=CARLS, holder="bruno", at=at("03-01 11:00")), claiming).happens()
    )
    return [*past, *given(*past).when(claim(), claiming).happens()]


def test_a_friend_cannot_launder_a_cooling_off() -> None:
    refusal = given(*_given_up_by_bruno()).when(transfer(at=at("03-03 10:00")), claiming).then_refused(CoolingOff)
    assert refusal.facts()["claimable_at"] == at("03-09 00:00")  # story A19


def test_a_full_portfolio_takes_nothing_more() -> None:
    past = [*visited(), *granted(claim(BRUNO, claim_id=CARLS, customer=GLOBEX))]
    full = transfer(at=at("04-01 00:00"), rules=ProtectionRules(capacity=1))
    given(*past).when(full, claiming).then_refused(CapacityExceeded)


def test_what_is_handed_to_a_rep_does_not_count_for_the_day_and_is_not_limited_by_it() -> None:
    one_a_day = ProtectionRules(claims_per_day=1)
    past = [*granted(), *granted(claim(BRUNO, claim_id=CARLS, customer=GLOBEX))]
    past += given(*past).when(transfer(rules=one_a_day), claiming).happens()
    tomorrow = claim(BRUNO, claim_id=an_id(4), customer=an_id(901), at=at("03-03 09:00"), rules=one_a_day)
    assert given(*past).when(tomorrow, claiming).happens()


def test_a_won_customer_is_handed_on_without_a_slot() -> None:
    past = visited()
    past += given(*past).when(FreeSlot(ANNAS, ACME, "anna"), claiming).happens()
    full = transfer(at=at("04-01 00:00"), rules=ProtectionRules(capacity=0))
    assert not [event for event in given(*past).when(full, claiming).happens() if isinstance(event, SlotReserved)]


def test_an_override_needs_somebody_elses_yes_for_exactly_this_and_uses_it_up() -> None:
    approved = ApprovalGranted(
        YES, "bruno", Purpose.PORTFOLIO_OVERRIDE, str(ANNAS), None, "director", "He knows them.", MONDAY
    )
    past, asked = _given_up_by_bruno(), transfer(at=at("03-03 10:00"), approval_id=YES)
    given(*past).when(asked, claiming).then_refused(ApprovalRequired)
    for_another = replace(approved, rep_id="carl")
    given(*past, for_another).when(asked, claiming).then_refused(ApprovalRequired)
    by_the_asker = replace(approved, approver="mei")
    given(*past, by_the_asker).when(asked, claiming).then_refused(SelfApproval)
    used, handed, *_ = given(*past, approved).when(asked, claiming).happens()
    assert isinstance(used, ApprovalUsed)
    assert isinstance(handed, ClaimTransferred)
    assert handed.approval_id == YES


def test_an_approval_that_is_not_needed_is_not_used() -> None:
    events = given(*visited()).when(transfer(at=at("04-01 00:00"), approval_id=YES), claiming).happens()
    assert not [event for event in events if isinstance(event, ApprovalUsed)]


def test_a_hand_over_says_how_the_next_deal_is_credited() -> None:
    silent = transfer(at=at("04-01 00:00"), credit_split=None)
    given(*visited()).when(silent, claiming).then_refused(SplitRequired)


@pytest.mark.parametrize("parts", [(5_000, 4_999), (10_001, -1), ()])
def test_the_parts_of_the_credit_make_the_whole(parts: tuple[int, ...]) -> None:
    shares = tuple(SplitShare(rep, bp) for rep, bp in zip(BOTH, parts, strict=False))
    wrong = transfer(at=at("04-01 00:00"), credit_split=shares)
    given(*visited()).when(wrong, claiming).then_refused(SplitInvalid)


def test_nobody_is_credited_twice() -> None:
    twice = (SplitShare("anna", 5_000), SplitShare("anna", 5_000))
    given(*visited()).when(transfer(at=at("04-01 00:00"), credit_split=twice), claiming).then_refused(SplitInvalid)


def test_while_a_case_is_open_nothing_is_handed_on() -> None:
    past = visited()
    pause = PauseProtection(ACME, LINE, an_id(500), ("anna",), RULES, at("03-30 10:00"))
    past += given(*past).when(pause, claiming).happens()
    given(*past).when(transfer(at=at("04-01 00:00")), claiming).then_refused(Contested)


def test_nothing_is_handed_on_backwards() -> None:
    asked = transfer(at=at("04-01 00:00"), effective_at=at("03-31 23:59"))
    given(*visited()).when(asked, claiming).then_refused(RetroactiveForbidden)


def test_what_will_have_lapsed_by_then_is_not_handed_on() -> None:
    asked = transfer(at=at("04-01 00:00"), effective_at=at("04-10 00:00"))
    given(*visited("03-25 10:00")).when(asked, claiming).then_refused(Lapsed)


def test_the_first_reason_in_the_order_is_the_answer() -> None:
    all_wrong = transfer(at=at("03-03 10:00"), stands_above=False, credit_split=None, rules=ProtectionRules(capacity=0))
    past = _given_up_by_bruno()
    given(*past).when(all_wrong, claiming).then_refused(NotCommonManager)
    given(*past).when(replace(all_wrong, stands_above=True), claiming).then_refused(CoolingOff)
    later = replace(all_wrong, stands_above=True, at=at("03-10 10:00"), effective_at=at("03-10 10:00"))
    kept = [*past, *given(*past).when(renew(at("03-04 10:00")), claiming).happens()]
    given(*kept).when(later, claiming).then_refused(CapacityExceeded)
    given(*kept).when(replace(later, rules=RULES), claiming).then_refused(SplitRequired)
    pause = PauseProtection(ACME, LINE, an_id(500), ("anna",), RULES, at("03-05 10:00"))
    held = [*kept, *given(*kept).when(pause, claiming).happens()]
    given(*held).when(replace(later, rules=RULES), claiming).then_refused(SplitRequired)
    given(*held).when(replace(later, rules=RULES, credit_split=HALF), claiming).then_refused(Contested)
