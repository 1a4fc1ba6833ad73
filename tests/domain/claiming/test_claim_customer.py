"""Claim a customer: yes, no, and by which rule."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.claiming.decisions import (
    AlreadyClaimed,
    AlreadyOwnedByYou,
    CapacityExceeded,
    ClaimCustomer,
    Contested,
    CoolingOff,
    DailyLimit,
    DuplicatePending,
    HarvestReserved,
    IcpX,
    InGrace,
    MergedUseSurvivor,
    checks,
    claiming,
)
from domain.customer.state import customer_of
from domain.days import Calendar, DayType
from domain.decider import Past
from domain.facts import RepFacts
from domain.ownership.events import (
    ClaimGranted,
    ClaimRefused,
    ClaimReleased,
    CustomerParked,
    ProtectionLapsed,
    ProtectionPaused,
    ReleaseReason,
)
from domain.portfolio.events import SlotReleased, SlotReserved
from domain.reception import ActorInactive
from domain.refusal import Refusal
from domain.rulesets import ProtectionRules
from domain.vocabulary import VOCABULARY
from tests.domain.claiming.claims import (
    ANNAS,
    BRUNOS,
    claim,
    declined,
    granted,
    release,
    renew,
)
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, GLOBEX, LINE, MONDAY, an_id, at


def test_a_free_customer_is_protected_for_the_rep_who_claims_it() -> None:
    events = given().when(claim(), claiming).happens()
    grant, slot = events
    assert isinstance(grant, ClaimGranted)
    assert grant.rep_id == "anna"
    assert grant.first_visit_due == at("03-06 00:00")  # three workdays after Monday: Tuesday, Wednesday, Thursday
    assert grant.protected_until == at("03-18 00:00")  # fifteen days
    assert grant.hard_cap == at("06-01 00:00")  # ninety days
    assert grant.release_at == at("03-07 00:00")  # the nearer deadline and a day of grace
    assert slot == SlotReserved("anna", ANNAS, ACME, date(2026, 3, 2), reserved_at=MONDAY)


def test_the_first_visit_is_due_after_workdays_of_the_published_calendar() -> None:
    spring_festival = {date(2026, 2, day): DayType.HOLIDAY for day in range(15, 24)}
    calendar = Calendar("cn", 1, {**spring_festival, date(2026, 2, 14): DayType.MAKE_UP_WORKDAY})
    grant = given().when(claim(at=at("02-13 10:00"), calendar=calendar), claiming).happens()[0]
    assert isinstance(grant, ClaimGranted)
    assert grant.first_visit_due == at("02-26 00:00")  # the 14th, 24th and 25th are workdays
    assert grant.calendar_version == 1


def test_deadlines_fall_at_midnight_of_the_claiming_team_wherever_the_rep_is() -> None:
    in_london = RepFacts("anna", True, "east", "Europe/London", "Asia/Shanghai")
    grant = given().when(claim(in_london, at=at("03-02 02:00")), claiming).happens()[0]
    assert isinstance(grant, ClaimGranted)
    assert grant.protection_tz == "Asia/Shanghai"
    assert grant.protected_until == at("03-18 00:00")


def test_a_claimed_customer_is_refused_to_another_rep_who_learns_only_team_and_date() -> None:
    refusal = (
        given(*granted())
        .when(claim(BRUNO, claim_id=BRUNOS, holder="anna"), claiming)
        .then_refused(AlreadyClaimed, leaving=[ClaimRefused])
    )
    assert dict(refusal.facts()) == {"customer_id": ACME, "team_id": "east", "claimable_at": at("03-07 00:00")}


def test_the_record_of_a_refusal_names_the_rule_and_the_claim_that_stood_in_the_way() -> None:
    refusal = (
        given(*granted()).when(claim(BRUNO, claim_id=BRUNOS, holder="anna"), claiming).then_refused(AlreadyClaimed)
    )
    (trace,) = refusal.leaving
    assert isinstance(trace, ClaimRefused)
    assert (trace.rep_id, trace.reason, trace.blocking_claim_id) == ("bruno", "ALREADY_CLAIMED", ANNAS)


def test_a_rep_who_holds_the_customer_is_told_so() -> None:
    given(*granted()).when(claim(claim_id=BRUNOS, holder="anna"), claiming).then_refused(AlreadyOwnedByYou)


def test_in_grace_nobody_else_may_claim() -> None:
    asked = claim(BRUNO, claim_id=BRUNOS, holder="anna", at=at("03-06 00:00"))
    refusal = given(*granted()).when(asked, claiming).then_refused(InGrace)
    assert refusal.facts()["claimable_at"] == at("03-07 00:00")


def test_a_claim_that_is_over_is_closed_in_the_same_append_that_grants_the_next() -> None:
    asked = claim(BRUNO, claim_id=BRUNOS, holder="anna", at=at("03-07 00:00"))
    kinds = [type(event) for event in given(*granted()).when(asked, claiming).happens()]
    assert kinds == [ProtectionLapsed, ClaimReleased, SlotReleased, ClaimGranted, SlotReserved]


def test_the_end_of_a_claim_carries_the_stored_deadline_and_not_the_hour_of_its_writing() -> None:
    asked = claim(BRUNO, claim_id=BRUNOS, holder="anna", at=at("03-20 15:00"))
    lapsed, released, *_ = given(*granted()).when(asked, claiming).happens()
    assert isinstance(lapsed, ProtectionLapsed)
    assert isinstance(released, ClaimReleased)
    assert (lapsed.lapsed_at, released.released_at) == (at("03-06 00:00"), at("03-07 00:00"))
    assert released.reason is ReleaseReason.FIRST_VISIT_MISSED


@pytest.mark.parametrize(("when", "refused"), [("04-17 23:59", True), ("04-18 00:00", False)])
def test_who_gave_a_customer_up_cools_off_for_seven_days(when: str, *, refused: bool) -> None:
    past = granted(claim(at=at("04-10 09:00")))
    past += given(*past).when(release(at=at("04-10 11:00")), claiming).happens()
    again = given(*past).when(claim(claim_id=BRUNOS, at=at(when)), claiming)
    if refused:
        assert again.then_refused(CoolingOff).facts()["claimable_at"] == at("04-18 00:00")
    else:
        assert isinstance(again.happens()[0], ClaimGranted)


def test_two_reps_cannot_swap_a_customer_to_dodge_the_cooling_off() -> None:
    past = granted(claim(at=at("04-10 09:00")))
    past += given(*past).when(release(at=at("04-10 11:00")), claiming).happens()
    past += given(*past).when(claim(BRUNO, claim_id=BRUNOS, at=at("04-10 12:00")), claiming).happens()
    past += (
        given(*past).when(release("bruno", claim_id=BRUNOS, holder="bruno", at=at("04-11 09:00")), claiming).happens()
    )
    given(*past).when(claim(claim_id=an_id(3), at=at("04-11 10:00")), claiming).then_refused(CoolingOff)


def test_whose_claim_expired_cools_off_too() -> None:
    asked = claim(claim_id=BRUNOS, holder="anna", at=at("03-07 00:00"))
    given(*granted()).when(asked, claiming).then_refused(CoolingOff)


def test_a_rep_holds_no_more_customers_than_the_rules_allow() -> None:
    rules = ProtectionRules(capacity=1)
    asked = claim(claim_id=BRUNOS, customer=GLOBEX, rules=rules)
    refusal = given(*granted()).when(asked, claiming).then_refused(CapacityExceeded, leaving=[ClaimRefused])
    assert (refusal.facts()["held"], refusal.facts()["capacity"]) == (1, 1)


def test_a_capacity_of_zero_means_zero_and_none_means_no_limit() -> None:
    given().when(claim(rules=ProtectionRules(capacity=0)), claiming).then_refused(CapacityExceeded)
    no_limit = claim(claim_id=BRUNOS, customer=GLOBEX, rules=ProtectionRules(capacity=None))
    assert given(*granted()).when(no_limit, claiming).happens()


def test_a_claim_given_back_the_same_day_still_counts_for_the_day() -> None:
    rules = ProtectionRules(claims_per_day=1)
    past = granted()
    past += given(*past).when(release(at=at("03-02 10:00")), claiming).happens()
    asked = claim(claim_id=BRUNOS, customer=GLOBEX, at=at("03-02 11:00"), rules=rules)
    given(*past).when(asked, claiming).then_refused(DailyLimit, leaving=[ClaimRefused])


def test_the_daily_limit_starts_anew_at_midnight_where_the_rep_works() -> None:
    rules = ProtectionRules(claims_per_day=1)
    tomorrow = claim(claim_id=BRUNOS, customer=GLOBEX, at=at("03-03 00:00"), rules=rules)
    assert given(*granted()).when(tomorrow, claiming).happens()


def test_an_inactive_rep_claims_nothing() -> None:
    given().when(claim(replace(ANNA, active=False)), claiming).then_refused(ActorInactive, leaving=[ClaimRefused])


def test_a_declined_lead_is_claimed_by_nobody() -> None:
    given().when(declined(claim()), claiming).then_refused(IcpX, leaving=[ClaimRefused])


def test_a_merged_record_sends_the_rep_to_the_survivor() -> None:
    asked = claim()
    asked = replace(asked, customer=replace(asked.customer, merged_into=GLOBEX))
    assert given().when(asked, claiming).then_refused(MergedUseSurvivor).facts()["survivor_id"] == GLOBEX


def test_what_waits_for_a_verdict_is_not_claimed() -> None:
    asked = claim()
    asked = replace(asked, customer=replace(asked.customer, duplicate_pending=True, declined=True))
    given().when(asked, claiming).then_refused(DuplicatePending, leaving=[ClaimRefused])


def test_the_checks_and_the_decision_are_one_list() -> None:
    for asked in (
        claim(claim_id=BRUNOS, holder="anna", rules=ProtectionRules(capacity=0)),
        claim(BRUNO, claim_id=BRUNOS, holder="anna", at=at("03-06 00:00")),
        claim(BRUNO, claim_id=BRUNOS, holder="anna", at=at("03-07 00:00")),
    ):
        streams = {stream.name: stream.empty for stream in claiming.stands_on(asked)}
        for event in granted():
            for stream in claiming.stands_on(asked):
                if VOCABULARY.stream_of(event) == stream.name:
                    streams[stream.name] = stream.evolve(streams[stream.name], event)
        past = Past(streams)
        found = checks(asked, past)
        if all(check.passed for check in found):
            assert claiming.decide(asked, past)
        else:
            with pytest.raises(Refusal):
                claiming.decide(asked, past)


NOON = at("03-09 12:00")
NOTHING_LEFT = ProtectionRules(capacity=0, claims_per_day=0)
GAVE_UP = ClaimReleased(an_id(5), ACME, LINE, "bruno", ReleaseReason.REP, MONDAY, at("03-20 00:00"))
RIPE = [
    GAVE_UP,
    *granted(),
    ClaimReleased(ANNAS, ACME, LINE, "anna", ReleaseReason.PARKED, MONDAY, at("03-09 00:00")),
    CustomerParked(
        ANNAS, ACME, LINE, "anna", "east", None, None, NOON.date(), at("03-09 00:00"), at("03-12 00:00"), 1, 1, "anna",
        MONDAY,
    ),
]  # fmt: skip
"""Anna parked Acme and it is ripe for her; Bruno gave it up himself."""
IN_A_CASE = ProtectionPaused(None, ACME, LINE, None, an_id(9), None, MONDAY)


def _bruno_asks(*, last: bool = False, rep: RepFacts = BRUNO, **customer: Any) -> ClaimCustomer:  # noqa: ANN401 - fields
    """Bruno claims with a full portfolio and a day that is used up; `last`: with room in the portfolio."""
    rules = replace(NOTHING_LEFT, capacity=1) if last else NOTHING_LEFT
    asked = claim(rep, claim_id=BRUNOS, rules=rules, at=NOON)
    return replace(asked, customer=replace(asked.customer, **customer))


IN_ORDER: list[tuple[type[Refusal], list[object], ClaimCustomer]] = [
    (
        ActorInactive,
        [*granted(claim(BRUNO)), IN_A_CASE],
        _bruno_asks(rep=replace(BRUNO, active=False), merged_into=GLOBEX, duplicate_pending=True, declined=True),
    ),
    (
        MergedUseSurvivor,
        [*granted(claim(BRUNO)), IN_A_CASE],
        _bruno_asks(merged_into=GLOBEX, duplicate_pending=True, declined=True),
    ),
    (DuplicatePending, [*granted(claim(BRUNO)), IN_A_CASE], _bruno_asks(duplicate_pending=True, declined=True)),
    (IcpX, [*granted(claim(BRUNO)), IN_A_CASE], _bruno_asks(declined=True)),
    (AlreadyOwnedByYou, [*granted(claim(BRUNO)), IN_A_CASE], _bruno_asks()),
    (Contested, [*granted(), IN_A_CASE], _bruno_asks()),
    (Contested, [*RIPE, IN_A_CASE], _bruno_asks()),
    (HarvestReserved, RIPE, _bruno_asks()),
    (CoolingOff, [GAVE_UP], _bruno_asks()),
    (CapacityExceeded, [], _bruno_asks()),
    (DailyLimit, [], _bruno_asks(last=True)),
]
"""Each refusal of a claim, with everything that comes after it in the rule book wrong as well (domain §3.4)."""


@pytest.mark.parametrize(("first", "past", "asked"), IN_ORDER)
def test_the_first_rule_that_matches_is_the_answer(
    first: type[Refusal], past: list[object], asked: ClaimCustomer
) -> None:
    given(*past).when(asked, claiming).then_refused(first, leaving=[ClaimRefused])


@pytest.mark.parametrize(
    ("hour", "reason"), [("03-04 12:00", AlreadyClaimed), ("03-06 12:00", InGrace)], ids=["protected", "grace"]
)
def test_how_the_rival_stands_comes_before_what_the_asker_may(hour: str, reason: type[Refusal]) -> None:
    asked = claim(BRUNO, claim_id=BRUNOS, rules=NOTHING_LEFT, at=at(hour), holder="anna")
    given(*granted()).when(asked, claiming).then_refused(reason)


def test_a_protection_renewed_by_a_visit_outlives_the_first_deadline() -> None:
    past = granted()
    past += given(*past).when(renew(at("03-04 10:00")), claiming).happens()
    asked = claim(BRUNO, claim_id=BRUNOS, holder="anna", at=at("03-07 00:00"))
    given(*past).when(asked, claiming).then_refused(AlreadyClaimed)


def test_a_claim_stands_on_the_record_so_one_that_is_merged_in_the_same_instant_is_seen() -> None:
    assert customer_of(ACME) in claiming.stands_on(claim())
