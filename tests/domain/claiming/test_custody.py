"""What becomes of the customers of a rep who leaves."""

from collections.abc import Sequence
from dataclasses import replace

from domain.claiming.decisions import (
    AlreadyOwnedByYou,
    InCustody,
    PauseProtection,
    PlaceInCustody,
    ResumeProtection,
    claiming,
)
from domain.facts import RepFacts
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimPlacedInCustody,
    ClaimRefused,
    ClaimReleased,
    ClaimTransferred,
    ProtectionPaused,
    ProtectionResumed,
    ReleaseReason,
)
from domain.portfolio.events import SlotReleased, SlotReserved
from tests.domain.claiming.claims import ANNAS, BRUNOS, RULES, claim, expire, extend, granted, release, renew, transfer
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, CALENDAR, LINE, an_id, at

HELD = an_id(700)
LEFT = at("05-29 18:00")
"""A Friday."""
PLACE = PlaceInCustody(ACME, LINE, "anna", "mei", HELD, ("anna",), RULES, CALENDAR, LEFT, LEFT)
MEI = RepFacts("mei", True, "east", ANNA.zone, ANNA.team_zone)


def held() -> list[object]:
    """Anna claimed Acme on 20 May, visited it on the 22nd, and left on the 29th."""
    past = granted(claim(at=at("05-20 10:00")))
    past += given(*past).when(renew(at("05-22 10:00")), claiming).happens()
    return [*past, *given(*past).when(PLACE, claiming).happens()]


def test_a_manager_holds_the_customer_for_five_workdays_and_the_slot_is_free() -> None:
    *_, placed, grant, slot = held()
    assert placed == ClaimPlacedInCustody(ANNAS, ACME, LINE, "anna", "mei", HELD, LEFT, LEFT)
    assert isinstance(grant, ClaimGranted)
    assert (grant.rep_id, grant.basis, grant.continues) == ("mei", ClaimBasis.CUSTODY, ANNAS)
    assert grant.release_at == at("06-06 00:00")  # story A13
    assert slot == SlotReleased("anna", ANNAS, ACME)


def test_in_custody_nobody_claims() -> None:
    asked = claim(BRUNO, claim_id=BRUNOS, holder="mei", at=at("06-01 10:00"))
    refusal = given(*held()).when(asked, claiming).then_refused(InCustody, leaving=[ClaimRefused])
    assert refusal.facts()["claimable_at"] == at("06-06 00:00")
    given(*held()).when(replace(asked, rep=MEI), claiming).then_refused(AlreadyOwnedByYou)


def test_no_visit_and_no_extension_keeps_what_is_in_custody() -> None:
    given(*held()).when(renew(at("06-02 10:00"), rep_id="mei"), claiming).then_nothing()
    asked = replace(extend(at=at("06-02 10:00")), claim_id=HELD, manages_holder=True)
    given(*held()).when(asked, claiming).then_refused(InCustody)


def test_after_custody_the_customer_is_in_the_pool_and_nobody_cools_off() -> None:
    (released,) = given(*held()).when(expire(at("06-06 00:00"), claim_id=HELD, holder="mei"), claiming).happens()[-1:]
    assert isinstance(released, ClaimReleased)
    assert (released.reason, released.cooling_off_until) == (ReleaseReason.CUSTODY_END, at("06-06 00:00"))
    asked = claim(BRUNO, claim_id=BRUNOS, holder="mei", at=at("06-06 00:00"))
    kinds = [type(event) for event in given(*held()).when(asked, claiming).happens()]
    assert kinds == [ClaimReleased, ClaimGranted, SlotReserved]


def test_the_manager_hands_it_on_with_a_fresh_window_under_the_old_cap() -> None:
    asked = transfer(claim_id=HELD, holders=("mei",), at=at("06-02 10:00"))
    handed, heir, taken = given(*held()).when(asked, claiming).happens()
    assert isinstance(handed, ClaimTransferred)
    assert isinstance(heir, ClaimGranted)
    assert (heir.protected_until, heir.hard_cap) == (at("06-18 00:00"), at("08-19 00:00"))
    assert isinstance(taken, SlotReserved)


def test_the_manager_may_give_it_to_the_pool_at_once() -> None:
    asked = replace(release("mei", claim_id=HELD, holder="mei", at=at("06-02 10:00")))
    (released,) = given(*held()).when(asked, claiming).happens()
    assert isinstance(released, ClaimReleased)
    assert released.reason is ReleaseReason.CUSTODY_END


def test_where_nobody_stood_above_the_customer_goes_to_the_pool() -> None:
    past = granted(claim(at=at("05-28 10:00")))
    released, slot = given(*past).when(replace(PLACE, custodian=None), claiming).happens()
    assert isinstance(released, ClaimReleased)
    assert released.released_at == LEFT
    assert slot == SlotReleased("anna", ANNAS, ACME)


def test_what_has_lapsed_stays_with_the_clock() -> None:
    past = granted(claim(at=at("05-25 10:00")))
    given(*past).when(PLACE, claiming).then_nothing()  # due on the 29th, midnight: in grace


def test_who_holds_nothing_leaves_nothing() -> None:
    given().when(PLACE, claiming).then_nothing()
    given(*granted(claim(BRUNO, at=at("05-28 10:00")))).when(PLACE, claiming).then_nothing()


def test_a_case_goes_on_holding_the_customer_in_the_managers_hands() -> None:
    past: Sequence[object] = granted(claim(at=at("05-28 10:00")))
    pause = PauseProtection(ACME, LINE, an_id(500), ("anna",), RULES, at("05-28 12:00"))
    past = [*past, *given(*past).when(pause, claiming).happens()]
    placed, grant, stopped, _ = given(*past).when(PLACE, claiming).happens()
    assert isinstance(stopped, ProtectionPaused)
    assert (stopped.claim_id, stopped.rep_id) == (HELD, "mei")
    resume = ResumeProtection(ACME, LINE, an_id(500), RULES, CALENDAR, at("06-08 10:00"))
    (going_on,) = given(*past, placed, grant, stopped).when(resume, claiming).happens()
    assert isinstance(going_on, ProtectionResumed)
    assert going_on.release_at == at("06-16 00:00")  # ten days later than without the case
