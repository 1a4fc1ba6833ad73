"""A claim made offline: judged as of the hour that the device can show, and contested where a rival came meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given as any_
from hypothesis import strategies as st

from domain.claiming.decisions import (
    AlreadyClaimed,
    AlreadyOwnedByYou,
    CapacityExceeded,
    ClaimCustomer,
    Contested,
    CoolingOff,
    claiming,
)
from domain.claiming.offline import Then
from domain.days import day_of
from domain.facts import RepFacts
from domain.ownership.events import ClaimBasis, ClaimContested, ClaimGranted, ClaimRefused, ProtectionPaused
from domain.ownership.state import Ownership, ownership_of
from domain.portfolio.events import SlotReserved
from domain.reception import ActorInactive
from domain.refusal import Refusal
from domain.rulesets import ProtectionRules
from domain.vocabulary import VOCABULARY
from tests.domain.claiming.claims import ANNAS, BRUNOS, RULES, claim, granted, release
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, CALENDAR, LINE, an_id, at

NINE, NOON, SIX = at("03-17 09:00"), at("03-17 12:00"), at("03-17 18:00")
TIE = timedelta(seconds=60)


def then(*past: object) -> Then:
    """How Acme stood by what had been decided until then."""
    stream = ownership_of(ACME, LINE)
    ownership: Ownership = stream.empty
    for event in past:
        if VOCABULARY.stream_of(event) == stream.name:
            ownership = stream.evolve(ownership, event)
    return Then(ownership, TIE)


def offline(
    priority_at: datetime = NINE,
    rep: RepFacts = ANNA,
    *,
    seen: Then | None = None,
    at: datetime = SIX,
    holder: str | None = None,
    rules: ProtectionRules = RULES,
) -> ClaimCustomer:
    """Anna's claim of nine o'clock, which comes in at six."""
    command = claim(rep, at=at, holder=holder, rules=rules)
    return replace(
        command,
        priority_at=priority_at,
        biz_date=day_of(priority_at, rep.zone),
        basis=ClaimBasis.ATTESTED,
        then=seen or then(),
    )


def brunos(hour: datetime = NOON) -> list[object]:
    return granted(claim(BRUNO, claim_id=BRUNOS, at=hour))


def test_a_free_customer_is_granted_by_the_hour_that_counts_and_its_windows_run_from_there() -> None:
    early = at("03-16 23:30")
    grant, slot = given().when(offline(early, at=at("03-17 10:00")), claiming).happens()
    online, _ = given().when(claim(at=early), claiming).happens()
    assert isinstance(grant, ClaimGranted)
    assert isinstance(online, ClaimGranted)
    assert (grant.basis, grant.priority_at, grant.granted_at) == (ClaimBasis.ATTESTED, early, at("03-17 10:00"))
    assert online.warn_at == (at("03-17 00:00"), at("03-19 00:00"))
    assert grant.warn_at == (at("03-19 00:00"),), "the day of the first warning had begun"
    assert replace(grant, basis=ClaimBasis.ONLINE, granted_at=early, warn_at=online.warn_at) == online
    assert slot == SlotReserved("anna", ANNAS, ACME, early.date(), reserved_at=early)


def test_a_rival_who_came_after_the_hour_that_counts_makes_it_contested() -> None:
    no = given(*brunos()).when(offline(holder="bruno"), claiming).then_refused(Contested, leaving=[ClaimContested])
    assert no.leaving == [
        ClaimContested(ANNAS, ACME, LINE, "anna", "east", BRUNOS, "bruno", NOON, NINE, RULES.version, SIX)
    ]


@pytest.mark.parametrize(
    ("seconds_before", "answer"),
    [(61, Contested), (60, Contested), (40, Contested), (0, Contested), (-40, Contested), (-60, Contested)],
)
def test_within_the_tie_either_way_it_is_contested(seconds_before: int, answer: type[Refusal]) -> None:
    hour = NOON - timedelta(seconds=seconds_before)
    seen = then(*brunos()) if seconds_before <= 0 else then()
    given(*brunos()).when(offline(hour, seen=seen, holder="bruno"), claiming).then_refused(answer)


def test_later_than_the_tie_it_is_refused_as_any_other() -> None:
    late = offline(NOON + timedelta(seconds=61), seen=then(*brunos()), holder="bruno")
    given(*brunos()).when(late, claiming).then_refused(AlreadyClaimed, leaving=[ClaimRefused])


def test_a_rival_who_was_offline_too_and_earlier_is_not_contested() -> None:
    theirs = replace(offline(at("03-17 08:00"), BRUNO, at=at("03-17 10:00")), claim_id=BRUNOS)
    past = list(given().when(theirs, claiming).happens())
    given(*past).when(offline(holder="bruno"), claiming).then_refused(AlreadyClaimed)


def test_whoever_held_it_at_the_hour_that_counts_is_in_the_way_though_another_holds_it_now() -> None:
    before = brunos(at("03-16 12:00"))
    gave_up = list(
        given(*before).when(release("bruno", claim_id=BRUNOS, holder="bruno", at=at("03-17 11:00")), claiming).happens()
    )
    carl = granted(claim(replace(BRUNO, rep_id="carl"), claim_id=an_id(3), at=NOON))
    command = offline(seen=then(*before), holder="carl")
    given(*before, *gave_up, *carl).when(command, claiming).then_refused(AlreadyClaimed)


def test_what_was_given_back_meanwhile_is_granted_by_the_hour_that_counts() -> None:
    came = brunos(at("03-17 10:00"))
    gave_up = list(
        given(*came).when(release("bruno", claim_id=BRUNOS, holder="bruno", at=at("03-17 11:00")), claiming).happens()
    )
    grant = given(*came, *gave_up).when(offline(), claiming).happens()[0]
    assert isinstance(grant, ClaimGranted)
    assert grant.priority_at == NINE


def test_a_customer_that_the_rep_claimed_online_meanwhile_is_the_reps_already() -> None:
    mine = granted(claim(at=NOON, claim_id=an_id(9)))
    given(*mine).when(offline(holder="anna"), claiming).then_refused(AlreadyOwnedByYou)


def test_who_cools_off_at_the_hour_that_counts_is_refused_though_it_is_over_now() -> None:
    mine = granted(claim(at=at("03-09 09:00")))
    gave_up = list(given(*mine).when(release(at=at("03-10 11:00")), claiming).happens())
    last_evening = offline(at("03-17 23:59"), seen=then(*mine, *gave_up), at=at("03-18 08:00"))
    given(*mine, *gave_up).when(last_evening, claiming).then_refused(CoolingOff)
    morning = offline(at("03-18 00:00"), seen=then(*mine, *gave_up), at=at("03-18 08:00"))
    assert given(*mine, *gave_up).when(morning, claiming).happens()


def test_the_rep_must_have_worked_here_at_the_hour_that_counts() -> None:
    gone = replace(ANNA, active=False)
    given().when(offline(rep=gone), claiming).then_refused(ActorInactive)


def test_a_full_portfolio_says_no_also_to_an_earlier_hour_but_a_rival_is_answered_first() -> None:
    full = ProtectionRules(capacity=0)
    given().when(offline(rules=full), claiming).then_refused(CapacityExceeded)
    given(*brunos()).when(offline(holder="bruno", rules=full), claiming).then_refused(Contested)


def test_a_pool_customer_with_an_open_case_is_refused() -> None:
    case = ProtectionPaused(None, ACME, LINE, None, an_id(50), None, NOON)
    given(case).when(offline(), claiming).then_refused(Contested, leaving=[ClaimRefused])


def test_a_further_claim_is_evidence_also_while_the_case_is_open() -> None:
    case = ProtectionPaused(BRUNOS, ACME, LINE, "bruno", an_id(50), 14, at("03-17 17:00"))
    no = given(*brunos(), case).when(offline(holder="bruno"), claiming).then_refused(Contested)
    assert [type(event) for event in no.leaving] == [ClaimContested]
    assert no.facts()["case_ids"] == (an_id(50),)


@any_(seconds=st.integers(-3 * 3600, 6 * 3600 - 1))
def test_earlier_is_never_worse_than_later(seconds: int) -> None:
    """Seen from Bruno's noon: until a tie after it Anna's claim is contested, and never granted over his head."""
    hour = NOON + timedelta(seconds=seconds)
    command = offline(hour, seen=then(*brunos()) if seconds >= 0 else then(), holder="bruno")
    given(*brunos()).when(command, claiming).then_refused(Contested if seconds <= 60 else AlreadyClaimed)


def test_the_calendar_of_the_first_visit_counts_from_the_hour_that_counts() -> None:
    friday = at("03-13 17:00")
    grant = given().when(offline(friday, at=at("03-14 09:00")), claiming).happens()[0]
    assert isinstance(grant, ClaimGranted)
    assert grant.first_visit_due == at("03-19 00:00")
    assert CALENDAR.is_workday(at("03-18 00:00").date())
