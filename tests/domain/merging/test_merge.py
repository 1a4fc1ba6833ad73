"""One record stands for two, and no claim, name or code is lost by it; and the way back (A10, A34)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from domain.claiming.refusals import Contested
from domain.customer.events import AliasNoted, CustomersMerged, CustomersUnmerged, DuplicateResolved, Verdict
from domain.facts import NameFacts
from domain.merging.decisions import MergeCustomers, Merging, UnmergeCustomers, merging
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimReleased,
    ClaimRevoked,
    ProtectionPaused,
    ReleaseReason,
)
from domain.ownership.protection import Terms, granted
from domain.portfolio.events import SlotReleased, SlotReserved
from domain.registering.doubts import MergeForbidden, MergeInvalid
from domain.rulesets import ProtectionRules
from tests.domain.customer.customers import REGISTERED
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, CALENDAR, GLOBEX, LINE, MONDAY, an_id, days

FIRST = REGISTERED
SECOND = replace(REGISTERED, customer_id=GLOBEX, legal_name="蓝海商贸", registered_at=MONDAY + days(1))
SAME = DuplicateResolved(GLOBEX, ACME, Verdict.SAME, None, "mei", MONDAY + days(1))
RULES = ProtectionRules()
TWO_DAYS_ON = MONDAY + days(2)
ON_FIRST, ON_SECOND = an_id(31), an_id(32)


def known(at: datetime) -> Merging:
    return Merging({LINE: (ON_FIRST, ON_SECOND)}, ("anna", "bruno"), (), RULES, CALENDAR, at.date(), at)


def merge(at: datetime = TWO_DAYS_ON) -> MergeCustomers:
    names = {name: NameFacts(name, name) for name in (FIRST.legal_name, SECOND.legal_name)}
    return MergeCustomers(GLOBEX, ACME, names, known(at), "mei")


def unmerge(at: datetime) -> UnmergeCustomers:
    return UnmergeCustomers(ACME, GLOBEX, "two shops", known(at), "mei")


ACME_S = granted(an_id(1), ACME, LINE, ANNA, ClaimBasis.ONLINE, Terms(RULES, CALENDAR, MONDAY))
GLOBEX_S = granted(an_id(2), GLOBEX, LINE, BRUNO, ClaimBasis.ONLINE, Terms(RULES, CALENDAR, MONDAY))
BRUNO_S_SLOT = SlotReserved("bruno", an_id(2), GLOBEX, MONDAY.date())


def merged(*events: object, at: datetime = TWO_DAYS_ON) -> list[object]:
    """Both records, with whatever else happened to them, and the merge."""
    before = (FIRST, SECOND, SAME, *events)
    return [*before, *given(*before).when(merge(at), merging).happens()]


def grants(events: list[object], customer_id: object) -> list[ClaimGranted]:
    return [one for one in events if isinstance(one, ClaimGranted) and one.customer_id == customer_id]


def test_the_merge_stands_in_both_histories_and_the_survivor_goes_by_the_other_name() -> None:
    events = merged()
    told = [one for one in events if isinstance(one, CustomersMerged)]
    assert [(one.customer_id, one.survivor_id, one.merged_ids) for one in told] == [
        (ACME, ACME, (GLOBEX,)),
        (GLOBEX, ACME, (GLOBEX,)),
    ]
    assert [one.alias for one in events if isinstance(one, AliasNoted)] == ["蓝海商贸"]


def test_a_live_claim_goes_on_at_the_survivor_with_its_window_and_its_slot() -> None:
    events = merged(GLOBEX_S, BRUNO_S_SLOT)
    (claim,) = grants(events, ACME)
    assert (claim.claim_id, claim.rep_id, claim.continues) == (ON_FIRST, "bruno", an_id(2))
    assert (claim.protected_until, claim.hard_cap) == (GLOBEX_S.protected_until, GLOBEX_S.hard_cap)
    (ended,) = [one for one in events if isinstance(one, ClaimRevoked)]
    assert (ended.customer_id, ended.reason) == (GLOBEX, ReleaseReason.MERGE)
    slots = [one for one in events if isinstance(one, SlotReserved | SlotReleased)]
    assert slots[1:] == [
        SlotReleased("bruno", an_id(2), GLOBEX),
        SlotReserved("bruno", ON_FIRST, ACME, (MONDAY + days(2)).date(), claimed=False),
    ]


def test_two_reps_who_hold_it_are_heard_first() -> None:
    given(FIRST, SECOND, SAME, ACME_S, GLOBEX_S).when(merge(), merging).then_refused(Contested)


def test_a_case_about_either_record_is_over_first() -> None:
    paused = ProtectionPaused(None, GLOBEX, LINE, None, an_id(9), None, MONDAY)
    refusal = given(FIRST, SECOND, SAME, paused).when(merge(), merging).then_refused(Contested)
    assert refusal.facts()["case_ids"] == (an_id(9),)


def test_one_rep_who_holds_both_keeps_the_claim_on_the_survivor() -> None:
    both = replace(GLOBEX_S, rep_id="anna")
    events = merged(ACME_S, both)
    assert grants(events, ACME) == [ACME_S]
    assert [one.claim_id for one in events if isinstance(one, ClaimRevoked)] == [an_id(2)]


def test_a_claim_that_is_over_does_not_go_on() -> None:
    events = merged(GLOBEX_S, BRUNO_S_SLOT, at=MONDAY + days(30))
    assert grants(events, ACME) == []


def test_parted_again_a_claim_is_longer_by_the_days_of_the_merge() -> None:
    history = merged(GLOBEX_S, BRUNO_S_SLOT)
    parted = list(given(*history).when(unmerge(MONDAY + days(4)), merging).happens())
    (claim,) = grants(parted, GLOBEX)
    assert (claim.claim_id, claim.rep_id) == (ON_SECOND, "bruno")
    assert claim.protected_until == GLOBEX_S.protected_until + days(2)
    assert claim.first_visit_due == GLOBEX_S.first_visit_due + days(2)
    assert [one.customer_id for one in parted if isinstance(one, ClaimRevoked)] == [ACME]
    assert len([one for one in parted if isinstance(one, CustomersUnmerged)]) == 2


def test_the_survivor_s_own_claim_is_longer_too() -> None:
    history = merged(ACME_S)
    (claim,) = grants(list(given(*history).when(unmerge(MONDAY + days(3)), merging).happens()), ACME)
    assert (claim.rep_id, claim.protected_until) == ("anna", ACME_S.protected_until + days(1))


def test_a_claim_that_ran_out_while_they_were_one_has_its_days_back() -> None:
    history = merged(GLOBEX_S, BRUNO_S_SLOT)
    parted = list(given(*history).when(unmerge(MONDAY + days(12)), merging).happens())
    (claim,) = grants(parted, GLOBEX)
    assert claim.release_at == GLOBEX_S.release_at + days(10)
    assert claim.release_at > MONDAY + days(12)


def _ended(history: list[object], reason: ReleaseReason, at: datetime, claim_id: UUID = ON_FIRST) -> list[object]:
    """The claim on the survivor ended while the records were one."""
    released = ClaimReleased(claim_id, ACME, LINE, "bruno", reason, at, at + days(7))
    return [*history, released, SlotReleased("bruno", claim_id, ACME)]


@pytest.mark.parametrize("parted_on", [4, 40])
def test_a_claim_that_was_given_up_while_they_were_one_is_not_given_back(parted_on: int) -> None:
    history = _ended(merged(GLOBEX_S, BRUNO_S_SLOT), ReleaseReason.REP, MONDAY + days(3))
    parted = list(given(*history).when(unmerge(MONDAY + days(parted_on)), merging).happens())
    assert grants(parted, GLOBEX) == []
    assert grants(parted, ACME) == []


def test_a_claim_that_the_clock_ended_while_they_were_one_is_given_back() -> None:
    history = _ended(merged(GLOBEX_S, BRUNO_S_SLOT), ReleaseReason.EXPIRED, MONDAY + days(16))
    (claim,) = grants(list(given(*history).when(unmerge(MONDAY + days(17)), merging).happens()), GLOBEX)
    assert (claim.rep_id, claim.release_at) == ("bruno", GLOBEX_S.release_at + days(15))


def test_whoever_held_both_and_gave_up_the_one_customer_gave_up_both() -> None:
    mine = replace(GLOBEX_S, rep_id="anna")
    history = merged(ACME_S, mine)
    released = ClaimReleased(an_id(1), ACME, LINE, "anna", ReleaseReason.REP, MONDAY + days(3), MONDAY + days(10))
    parted = list(given(*history, released).when(unmerge(MONDAY + days(4)), merging).happens())
    assert [one for one in parted if isinstance(one, ClaimGranted)] == []


def test_a_claim_that_was_handed_on_while_they_were_one_stays_where_it_went() -> None:
    history = merged(GLOBEX_S, BRUNO_S_SLOT)
    terms = Terms(RULES, CALENDAR, MONDAY + days(3))
    to_anna = replace(granted(an_id(40), ACME, LINE, ANNA, ClaimBasis.TRANSFER, terms), continues=ON_FIRST)
    parted = list(given(*history, to_anna).when(unmerge(MONDAY + days(40)), merging).happens())
    assert grants(parted, GLOBEX) == []


def test_what_was_not_merged_is_not_parted() -> None:
    refusal = given(FIRST, SECOND, SAME).when(unmerge(MONDAY + days(3)), merging).then_refused(MergeInvalid)
    assert refusal.facts()["why"] == "NOT_MERGED"


def test_parted_records_are_not_merged_again_without_another_verdict() -> None:
    history = merged()
    parted = given(*history).when(unmerge(MONDAY + days(3)), merging).happens()
    refusal = given(*history, *parted).when(merge(MONDAY + days(4)), merging).then_refused(MergeInvalid)
    assert refusal.facts()["why"] == "NO_VERDICT"


def test_the_first_reason_in_the_order_is_the_answer() -> None:
    codes = (replace(FIRST, uscc="91350100M000100Y43"), replace(SECOND, uscc="91310000MA1000018Y"))
    given(*codes, ACME_S, GLOBEX_S).when(merge(), merging).then_refused(MergeForbidden)
    given(FIRST, SECOND, ACME_S, GLOBEX_S).when(merge(), merging).then_refused(MergeInvalid)
    given(FIRST, SECOND, SAME, ACME_S, GLOBEX_S).when(merge(), merging).then_refused(Contested)
