"""Further rules that an organisation may switch on: a freeze in the pool, a pause between claims, work before more."""

from dataclasses import replace

import pytest

from domain.claiming.decisions import ClaimGap, FrozenInPool, ProtectWon, UnworkedLimit, checks, claiming
from domain.decider import Past
from domain.ownership.events import ClaimGranted, ClaimRefused, ClaimReleased, ReturnReason, WonProtected
from domain.reception import ReasonRequired
from domain.rulesets import ProtectionRules
from tests.domain.claiming.claims import ANNAS, BRUNOS, RULES, claim, expire, granted, release, renew
from tests.given import given
from tests.people import ACME, BRUNO, GLOBEX, LINE, an_id, at

FREEZE = ProtectionRules(pool_freeze_days=2)


def given_back() -> list[object]:
    """Anna gave Acme back on 10 March at eleven."""
    past = granted(claim(at=at("03-10 09:00")))
    return [*past, *given(*past).when(release(at=at("03-10 11:00")), claiming).happens()]


@pytest.mark.parametrize(("hour", "frozen"), [("03-12 10:59", True), ("03-12 11:00", False)])
def test_what_came_back_to_the_pool_is_frozen_for_a_while(hour: str, *, frozen: bool) -> None:
    asked = given(*given_back()).when(claim(BRUNO, claim_id=BRUNOS, at=at(hour), rules=FREEZE), claiming)
    if frozen:
        refusal = asked.then_refused(FrozenInPool, leaving=[ClaimRefused])
        assert refusal.facts()["claimable_at"] == at("03-12 11:00")
    else:
        assert asked.happens()


def test_a_new_customer_is_not_frozen() -> None:
    assert given().when(claim(rules=FREEZE), claiming).happens()


def test_a_deadline_begins_the_freeze_with_its_own_hour_though_nobody_wrote_it() -> None:
    asked = claim(BRUNO, claim_id=BRUNOS, holder="anna", at=at("03-08 23:59"), rules=FREEZE)
    refusal = given(*granted()).when(asked, claiming).then_refused(FrozenInPool)
    assert refusal.facts()["claimable_at"] == at("03-09 00:00")


def test_between_two_claims_of_a_rep_lies_a_pause() -> None:
    rules = ProtectionRules(claim_gap_minutes=10)
    soon = claim(claim_id=BRUNOS, customer=GLOBEX, at=at("03-02 09:09"), rules=rules)
    refusal = given(*granted()).when(soon, claiming).then_refused(ClaimGap, leaving=[ClaimRefused])
    assert refusal.facts()["claimable_at"] == at("03-02 09:10")
    later = claim(claim_id=BRUNOS, customer=GLOBEX, at=at("03-02 09:10"), rules=rules)
    assert given(*granted()).when(later, claiming).happens()


def test_whoever_has_not_visited_what_is_in_hand_claims_no_more() -> None:
    few = ProtectionRules(unworked_capacity=2)
    asked = claim(claim_id=BRUNOS, customer=GLOBEX, rules=few)
    refusal = given().when(replace(asked, unworked=2), claiming).then_refused(UnworkedLimit)
    assert (refusal.facts()["unworked"], refusal.facts()["limit"]) == (2, 2)
    assert given().when(replace(asked, unworked=1), claiming).happens()


def test_the_rules_that_are_off_refuse_nobody() -> None:
    asked = replace(claim(BRUNO, claim_id=BRUNOS, at=at("03-10 11:00")), unworked=99)
    assert given(*given_back()).when(asked, claiming).happens()


def test_where_the_rules_ask_for_it_whoever_gives_a_customer_back_says_why() -> None:
    asked = replace(release(at=at("03-03 10:00")), rules=ProtectionRules(release_reason_required=True))
    given(*granted()).when(asked, claiming).then_refused(ReasonRequired)
    given(*granted()).when(replace(asked, because=ReturnReason.OTHER, text=" "), claiming).then_refused(ReasonRequired)
    released = given(*granted()).when(replace(asked, because=ReturnReason.NO_BUDGET), claiming).happens()[0]
    assert isinstance(released, ClaimReleased)
    assert released.because is ReturnReason.NO_BUDGET


def test_the_clock_gives_no_reason() -> None:
    past = granted()
    released = given(*past).when(expire(at("03-07 00:00")), claiming).happens()[-2]
    assert isinstance(released, ClaimReleased)
    assert released.because is None


WON = ProtectWon(ANNAS, ACME, LINE, an_id(70), at("03-05 10:00"), RULES, at("03-05 10:00"))


def test_a_customer_who_bought_is_protected_for_a_year_and_owes_no_first_visit() -> None:
    (event,) = given(*granted()).when(WON, claiming).happens()
    assert isinstance(event, WonProtected)
    assert event.new_until == event.hard_cap == at("03-06 00:00").replace(year=2027)
    given(*granted(), event).when(expire(at("03-06 00:00")), claiming).then_nothing()
    given(*granted(), event).when(WON, claiming).then_nothing()
    given(*granted(), event).when(renew(at("04-05 10:00")), claiming).then_nothing()


def test_what_ended_before_the_deal_is_not_brought_back_by_it() -> None:
    given(*granted()).when(replace(WON, at=at("03-07 00:00")), claiming).then_nothing()
    given(*granted()).when(replace(WON, claim_id=BRUNOS), claiming).then_nothing()
    given().when(WON, claiming).then_nothing()


def test_a_win_never_shortens() -> None:
    short = replace(WON, rules=ProtectionRules(won_protection_days=1))
    (event,) = given(*granted()).when(short, claiming).happens()
    assert isinstance(event, WonProtected)
    assert event.new_until == event.old_until


def test_every_rule_that_can_refuse_a_claim_is_told_beforehand() -> None:
    asked = claim(rules=ProtectionRules(pool_freeze_days=2, claim_gap_minutes=10, unworked_capacity=5))
    past = Past({stream.name: stream.empty for stream in claiming.stands_on(asked)})
    assert [check.rule for check in checks(asked, past)] == [
        "REP_ACTIVE",
        "NOT_MERGED",
        "NO_DUPLICATE_PENDING",
        "NOT_DECLINED",
        "NOT_YOURS",
        "NO_CASE",
        "FREE",
        "NOT_RESERVED",
        "POOL_FREEZE",
        "COOLING_OFF",
        "CAPACITY",
        "UNWORKED",
        "CLAIMS_TODAY",
        "CLAIM_GAP",
    ]
    assert isinstance(claiming.decide(asked, past)[0], ClaimGranted)
