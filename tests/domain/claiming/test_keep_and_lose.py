"""Release, renew, expire: how a protection goes on and how it ends."""

from dataclasses import replace

from domain.claiming.decisions import FreeSlot, NotOwner, claiming
from domain.ownership.events import (
    ClaimReleased,
    LapseReason,
    ProtectionLapsed,
    ProtectionRenewed,
    ProtectionWarned,
    ReleaseReason,
)
from domain.portfolio.events import SlotReleased
from domain.rulesets import ProtectionRules
from tests.domain.claiming.claims import (
    ANNAS,
    BRUNOS,
    RULES,
    claim,
    expire,
    granted,
    release,
    renew,
)
from tests.given import given
from tests.people import ACME, at


def _renewed(past: list[object], when: str, **more: object) -> ProtectionRenewed:
    (event,) = given(*past).when(replace(renew(at(when)), **more), claiming).happens()
    assert isinstance(event, ProtectionRenewed)
    return event


def test_the_owner_gives_a_customer_back_and_the_slot_is_free_again() -> None:
    released, slot = given(*granted()).when(release(at=at("03-03 10:00")), claiming).happens()
    assert isinstance(released, ClaimReleased)
    assert (released.reason, released.released_at) == (ReleaseReason.REP, at("03-03 10:00"))
    assert slot == SlotReleased("anna", ANNAS, ACME)


def test_a_stranger_gives_nothing_back() -> None:
    given(*granted()).when(release("bruno"), claiming).then_refused(NotOwner)


def test_a_manager_of_the_line_may_and_the_rep_who_held_it_cools_off() -> None:
    released, _ = given(*granted()).when(release("mei", manages_holder=True), claiming).happens()
    assert isinstance(released, ClaimReleased)
    assert released.rep_id == "anna"


def test_a_claim_that_is_not_there_cannot_be_given_back() -> None:
    given(*granted()).when(release(claim_id=BRUNOS), claiming).then_refused(NotOwner)
    given().when(release(), claiming).then_refused(NotOwner)


def test_an_effective_visit_renews_to_fifteen_days_after_it() -> None:
    event = _renewed(granted(), "03-04 10:00")
    assert (event.old_until, event.new_until) == (at("03-18 00:00"), at("03-20 00:00"))
    assert event.release_at == at("03-21 00:00")


def test_a_visit_on_the_day_of_the_claim_settles_the_first_visit_though_the_end_stays() -> None:
    event = _renewed(granted(), "03-02 15:00")
    assert event.new_until == event.old_until


def test_a_renewal_never_shortens() -> None:
    shorter = ProtectionRules(version=2, protection_days=10)
    past = granted(claim(at=at("08-25 09:00")))
    past.append(_renewed(past, "08-25 10:00"))
    event = _renewed(past, "09-02 10:00", rules=shorter)
    assert (event.old_until, event.new_until) == (at("09-10 00:00"), at("09-13 00:00"))  # story A23
    past.append(event)
    given(*past).when(replace(renew(at("09-02 12:00")), rules=shorter), claiming).then_nothing()


def test_the_hard_cap_cuts_a_renewal_short_and_says_so() -> None:
    past = granted()
    for when in ("03-04 10:00", "03-19 10:00", "04-03 10:00", "04-18 10:00", "05-03 10:00", "05-18 10:00"):
        past.append(_renewed(past, when))
    last = past[-1]
    assert isinstance(last, ProtectionRenewed)
    assert (last.new_until, last.flags) == (at("06-01 00:00"), ("CAP_REACHED",))


def test_a_visit_before_the_deadline_recorded_in_grace_still_renews() -> None:
    past = granted()
    past.append(_renewed(past, "03-02 15:00"))
    assert _renewed(past, "03-17 16:00", at=at("03-18 09:00")).new_until == at("04-02 00:00")  # story A6


def test_a_verdict_that_comes_after_the_release_renews_nothing() -> None:
    past = granted()
    past.append(_renewed(past, "03-02 15:00"))
    given(*past).when(renew(at("03-17 16:00"), at=at("03-19 00:00")), claiming).then_nothing()


def test_a_visit_after_the_deadline_renews_nothing() -> None:
    given(*granted()).when(renew(at("03-06 00:00")), claiming).then_nothing()


def test_the_visit_of_another_rep_renews_nothing() -> None:
    given(*granted()).when(renew(at("03-04 10:00"), rep_id="bruno"), claiming).then_nothing()


def test_a_missed_first_visit_lapses_and_then_releases_each_once() -> None:
    past = granted(claim(rules=ProtectionRules(warning_days=())))
    (lapsed,) = given(*past).when(expire(at("03-06 00:00")), claiming).happens()
    assert isinstance(lapsed, ProtectionLapsed)
    assert (lapsed.reason, lapsed.lapsed_at) == (LapseReason.FIRST_VISIT_MISSED, at("03-06 00:00"))
    past.append(lapsed)
    given(*past).when(expire(at("03-06 12:00")), claiming).then_nothing()
    released, _ = given(*past).when(expire(at("03-07 00:00")), claiming).happens()
    assert isinstance(released, ClaimReleased)
    assert released.reason is ReleaseReason.FIRST_VISIT_MISSED


def test_a_rep_is_warned_three_days_and_one_day_before_each_once() -> None:
    past = granted()
    past.append(_renewed(past, "03-02 15:00"))
    given(*past).when(expire(at("03-14 23:59")), claiming).then_nothing()
    (first,) = given(*past).when(expire(at("03-15 00:00")), claiming).happens()
    assert first == ProtectionWarned(
        ANNAS, ACME, "default", "anna", LapseReason.EXPIRED, 3, at("03-18 00:00"), at("03-15 00:00")
    )
    past.append(first)
    given(*past).when(expire(at("03-16 12:00")), claiming).then_nothing()
    (second,) = given(*past).when(expire(at("03-17 09:30")), claiming).happens()
    assert isinstance(second, ProtectionWarned)
    assert (second.days_left, second.warned_at) == (1, at("03-17 00:00"))
    past.append(second)
    given(*past).when(expire(at("03-17 12:00")), claiming).then_nothing()


def test_the_first_visit_is_warned_of_too_and_a_renewal_makes_the_warnings_new() -> None:
    past = granted()
    (warned,) = given(*past).when(expire(at("03-03 00:00")), claiming).happens()
    assert isinstance(warned, ProtectionWarned)
    assert (warned.reason, warned.lapses_at) == (LapseReason.FIRST_VISIT_MISSED, at("03-06 00:00"))
    past += [warned, _renewed([*past, warned], "03-04 10:00")]
    given(*past).when(expire(at("03-05 00:00")), claiming).then_nothing()
    (next_one,) = given(*past).when(expire(at("03-17 00:00")), claiming).happens()
    assert isinstance(next_one, ProtectionWarned)
    assert next_one.lapses_at == at("03-20 00:00")


def test_a_clock_that_was_late_writes_the_warnings_with_their_own_hours_before_the_lapse() -> None:
    kinds = [
        (type(event), getattr(event, "warned_at", None))
        for event in given(*granted()).when(expire(at("03-06 12:00")), claiming).happens()
    ]
    assert kinds == [
        (ProtectionWarned, at("03-03 00:00")),
        (ProtectionWarned, at("03-05 00:00")),
        (ProtectionLapsed, None),
    ]


def test_an_organisation_may_warn_nobody() -> None:
    silent = granted(claim(rules=ProtectionRules(warning_days=())))
    given(*silent).when(expire(at("03-05 12:00")), claiming).then_nothing()


def test_a_protection_that_ran_out_is_released_as_expired() -> None:
    past = granted()
    past.append(_renewed(past, "03-02 15:00"))
    lapsed, released, _ = given(*past).when(expire(at("03-25 00:00")), claiming).happens()
    assert isinstance(lapsed, ProtectionLapsed)
    assert isinstance(released, ClaimReleased)
    assert (lapsed.reason, released.reason) == (LapseReason.EXPIRED, ReleaseReason.EXPIRED)
    assert released.released_at == at("03-19 00:00")


def test_the_clock_has_nothing_to_say_before_a_deadline_or_about_an_older_claim() -> None:
    given(*granted()).when(expire(at("03-02 23:59")), claiming).then_nothing()
    given(*granted()).when(expire(at("03-20 00:00"), claim_id=BRUNOS), claiming).then_nothing()


def test_a_won_customer_takes_no_slot_and_freeing_it_twice_changes_nothing() -> None:
    past = granted()
    freed = given(*past).when(FreeSlot(ANNAS, ACME, "anna"), claiming).happens()
    assert list(freed) == [SlotReleased("anna", ANNAS, ACME)]
    given(*past, *freed).when(FreeSlot(ANNAS, ACME, "anna"), claiming).then_nothing()
    assert RULES.capacity == 100
