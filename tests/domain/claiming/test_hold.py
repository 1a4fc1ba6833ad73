"""A case stops every clock of a customer, and sets it going where it stood."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as any_
from hypothesis import strategies as st

from domain.claiming.decisions import (
    Contested,
    PauseProtection,
    ResumeProtection,
    claiming,
)
from domain.days import Calendar, DayType, day_of, end_of_days
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimRefused,
    ClaimReleased,
    ProtectionLapsed,
    ProtectionPaused,
    ProtectionResumed,
    ReleaseReason,
)
from domain.ownership.protection import Terms, granted, moved_to, revoked
from domain.ownership.state import Claimed, Free, Ownership, evolve
from domain.portfolio.events import SlotReleased
from tests.domain.claiming.claims import ANNAS, BRUNOS, RULES, claim, expire, release, renew
from tests.domain.claiming.claims import granted as when_granted
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, CALENDAR, LINE, SHANGHAI, an_id, at

CASE, OTHER = an_id(500), an_id(501)


def pause(when: datetime, case: UUID = CASE, holder: str | None = "anna") -> PauseProtection:
    """A case about Acme is opened."""
    return PauseProtection(ACME, LINE, case, (holder,) if holder else (), RULES, when)


def resume(when: datetime, case: UUID = CASE, calendar: Calendar = CALENDAR) -> ResumeProtection:
    """A case about Acme is over."""
    return ResumeProtection(ACME, LINE, case, RULES, calendar, when)


def paused(past: Sequence[object], when: datetime, case: UUID = CASE) -> list[object]:
    """The past with a case opened on top."""
    return [*past, *given(*past).when(pause(when, case), claiming).happens()]


def resumed(past: Sequence[object], when: datetime, calendar: Calendar = CALENDAR) -> ProtectionResumed:
    """What happens when the case is over."""
    (event,) = given(*past).when(resume(when, calendar=calendar), claiming).happens()
    assert isinstance(event, ProtectionResumed)
    return event


def visited() -> list[object]:
    """Anna claimed Acme on Monday and visited it effectively that day."""
    past = when_granted()
    return [*past, *given(*past).when(renew(at("03-02 15:00")), claiming).happens()]


def folded(past: Sequence[object]) -> Ownership:
    """The ownership of Acme after these events."""
    ownership: Ownership = Free()
    for event in past:
        if type(event).__module__ == "domain.ownership.events":
            ownership = evolve(ownership, event)  # pyright: ignore[reportArgumentType] - an event of that module
    return ownership


def test_the_days_that_were_left_when_a_case_began_are_left_when_it_ends() -> None:
    past = paused(visited(), at("03-05 10:00"))
    last = past[-1]
    assert isinstance(last, ProtectionPaused)
    assert last.remaining_days == 13  # the 5th to the 17th
    event = resumed(past, at("03-12 16:00"))
    assert (event.protected_until, event.remaining_days) == (at("03-25 00:00"), 13)
    assert (event.release_at, event.hard_cap) == (at("03-26 00:00"), at("06-08 00:00"))
    assert event.warn_at == (at("03-22 00:00"), at("03-24 00:00"))


def test_a_case_of_one_day_moves_nothing() -> None:
    event = resumed(paused(visited(), at("03-05 10:00")), at("03-05 23:59"))
    assert event.protected_until == at("03-18 00:00")


def test_a_first_visit_is_due_after_as_many_workdays_as_were_left() -> None:
    past = paused(when_granted(), at("03-03 10:00"))  # Tuesday; Wednesday and Thursday are left
    calendar = Calendar("cn", 4, {date(2026, 3, 9): DayType.HOLIDAY})
    event = resumed(past, at("03-06 10:00"), calendar)  # Friday; Tuesday and Wednesday come next
    assert (event.first_visit_due, event.calendar_version) == (at("03-12 00:00"), 4)
    assert event.release_at == at("03-13 00:00")


def test_while_a_case_is_open_no_deadline_comes() -> None:
    past = paused(when_granted(), at("03-03 10:00"))
    given(*past).when(expire(at("06-30 00:00")), claiming).then_nothing()


def test_while_a_case_is_open_a_visit_renews_nothing() -> None:
    past = paused(visited(), at("03-05 10:00"))
    given(*past).when(renew(at("03-06 10:00")), claiming).then_nothing()


def test_while_a_case_is_open_nobody_claims_and_nobody_releases() -> None:
    past = paused(when_granted(), at("03-03 10:00"))
    asked = claim(BRUNO, claim_id=BRUNOS, holder="anna", at=at("03-20 10:00"))
    refusal = given(*past).when(asked, claiming).then_refused(Contested, leaving=[ClaimRefused])
    assert refusal.facts()["case_ids"] == (CASE,)
    given(*past).when(release(at=at("03-20 10:00")), claiming).then_refused(Contested)


def test_a_customer_of_the_pool_is_held_by_a_case_too() -> None:
    past = given().when(pause(at("03-03 10:00"), holder=None), claiming).happens()
    given(*past).when(claim(at=at("03-03 11:00")), claiming).then_refused(Contested, leaving=[ClaimRefused])
    over = given(*past).when(resume(at("03-04 10:00")), claiming).happens()
    assert isinstance(given(*past, *over).when(claim(at=at("03-04 11:00")), claiming).happens()[0], ClaimGranted)


def test_the_clock_of_a_customer_with_two_cases_goes_on_when_both_are_over() -> None:
    past = paused(paused(visited(), at("03-05 10:00")), at("03-07 10:00"), OTHER)
    first = resumed(past, at("03-08 10:00"))
    assert (first.protected_until, first.release_at) == (None, None)
    past.append(first)
    given(*past).when(claim(BRUNO, claim_id=BRUNOS, holder="anna", at=at("03-09 10:00")), claiming).then_refused(
        Contested
    )
    (second,) = given(*past).when(resume(at("03-12 10:00"), OTHER), claiming).happens()
    assert isinstance(second, ProtectionResumed)
    assert second.protected_until == at("03-25 00:00")  # paused on the 5th, not on the 7th


def test_a_case_is_opened_and_closed_once() -> None:
    past = paused(visited(), at("03-05 10:00"))
    given(*past).when(pause(at("03-06 10:00")), claiming).then_nothing()
    given(*visited()).when(resume(at("03-06 10:00")), claiming).then_nothing()


def test_a_claim_that_is_over_is_closed_before_a_case_holds_the_customer() -> None:
    kinds = [type(event) for event in given(*when_granted()).when(pause(at("03-07 00:00")), claiming).happens()]
    assert kinds == [ProtectionLapsed, ClaimReleased, SlotReleased, ProtectionPaused]


def test_what_is_left_of_the_grace_is_left_after_a_case() -> None:
    past = paused(when_granted(), at("03-06 10:00"))  # due on the 6th, midnight; released on the 7th
    event = resumed(past, at("03-09 10:00"))
    assert event.release_at == at("03-10 00:00")
    past.append(event)
    state = folded(past)
    assert isinstance(state, Claimed)
    assert state.in_grace(at("03-09 10:00"))


def test_a_ruling_takes_a_claim_without_cooling_off_and_entitles_another_from_an_earlier_hour() -> None:
    past = paused(when_granted(claim(BRUNO, claim_id=BRUNOS, at=at("03-02 12:00"))), at("03-02 18:00"))
    held = folded(past)
    assert isinstance(held, Claimed)
    ruled = at("03-09 10:00")
    past.append(revoked(ACME, LINE, held, ReleaseReason.RULING, CASE, ruled))
    terms = Terms(RULES, CALENDAR, ruled)
    entitled = at("03-02 09:00")
    past.append(granted(ANNAS, ACME, LINE, ANNA, ClaimBasis.RULING, terms, entitled_from=entitled))
    state = folded(past)
    assert isinstance(state, Claimed)
    assert (state.rep_id, state.basis, dict(state.cooling_off)) == ("anna", ClaimBasis.RULING, {})
    assert state.cases == {CASE}  # until the case resumes it, the winner's clock stands still as well
    assert resumed(past, ruled).protected_until == at("03-25 00:00")


def test_a_merged_claim_goes_on_with_the_same_window() -> None:
    past = visited()
    held = folded(past)
    assert isinstance(held, Claimed)
    moved = moved_to(an_id(900), LINE, held, an_id(3), Terms(RULES, CALENDAR, at("03-06 10:00")))
    state = evolve(Free(), moved)
    assert isinstance(state, Claimed)
    assert (state.rep_id, state.lapses_at, state.hard_cap) == (held.rep_id, held.lapses_at, held.hard_cap)
    assert (moved.continues, moved.basis, state.visited) == (ANNAS, ClaimBasis.MERGE, True)


ZONES = ("Asia/Shanghai", "Europe/London", "America/Santiago", "Africa/Cairo", "America/Havana")
"""The last three skip or repeat a midnight on some days."""


@any_(
    zone=st.sampled_from(ZONES),
    claimed=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 1)),  # noqa: DTZ001 - a wall clock, given its zone below
    waited=st.integers(0, 10 * 24),
    lasted=st.integers(0, 60 * 24),
)
def test_no_case_ever_costs_or_gives_a_local_day(zone: str, claimed: datetime, waited: int, lasted: int) -> None:
    began = claimed.replace(tzinfo=ZoneInfo(SHANGHAI))
    rep = replace(ANNA, zone=zone, team_zone=zone)
    past = when_granted(claim(rep, at=began))
    past += given(*past).when(renew(began), claiming).happens()
    stopped, over = began + timedelta(hours=waited), began + timedelta(hours=waited + lasted)
    event = resumed(paused(past, stopped), over)
    assert event.protected_until is not None
    days = 15 + (day_of(over, zone) - day_of(stopped, zone)).days
    assert event.protected_until == end_of_days(day_of(began, zone), days, zone)


@pytest.mark.parametrize(
    ("zone", "claimed", "until"),
    [
        ("Africa/Cairo", "2026-04-08T12:00:00+02:00", "2026-04-24T01:00:00+03:00"),  # 00:00 does not exist
        ("America/Havana", "2026-10-16T12:00:00-04:00", "2026-11-01T00:00:00-04:00"),  # 00:00 comes twice: the first
        ("Europe/London", "2026-03-14T12:00:00+00:00", "2026-03-30T00:00:00+01:00"),  # the clocks went on in between
    ],
)
def test_fifteen_days_end_at_the_first_instant_of_the_local_day_after_them(zone: str, claimed: str, until: str) -> None:
    rep = replace(ANNA, zone=zone, team_zone=zone)
    grant = when_granted(claim(rep, at=datetime.fromisoformat(claimed)))[0]
    assert isinstance(grant, ClaimGranted)
    assert grant.protected_until == datetime.fromisoformat(until)
