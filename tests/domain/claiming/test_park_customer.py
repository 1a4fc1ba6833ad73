"""A customer is left to ripen: it leaves its owner's hands, and on its day the owner may have it first."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from domain.claiming.decisions import (
    Contested,
    CoolingOff,
    HarvestReserved,
    NotOwner,
    ParkCustomer,
    PauseProtection,
    claiming,
)
from domain.days import Calendar, DayType
from domain.ownership.events import (
    ClaimGranted,
    ClaimRefused,
    ClaimReleased,
    CustomerParked,
    HarvestDue,
    ReleaseReason,
)
from domain.portfolio.events import SlotReleased
from domain.reception import DateInPast
from tests.domain.claiming.claims import ANNAS, BRUNOS, RULES, claim, expire, granted
from tests.given import given
from tests.people import ACME, BRUNO, CALENDAR, LINE, an_id, at

RIPE = date(2026, 5, 4)
"""A Monday."""
PARK = ParkCustomer(
    claim_id=ANNAS,
    customer_id=ACME,
    line=LINE,
    holders=("anna",),
    asked_by="anna",
    manages_holder=False,
    nurtured_by="Globex",
    trigger="Their contract ends.",
    harvest_on=RIPE,
    rules=RULES,
    calendar=CALENDAR,
    at=at("03-04 10:00"),
)


def parked(harvest_on: date = RIPE) -> list[object]:
    """Anna has left Acme to ripen."""
    return [*granted(), *given(*granted()).when(replace(PARK, harvest_on=harvest_on), claiming).happens()]


def bruno_asks(hour: datetime) -> object:
    """Bruno wants Acme."""
    return claim(BRUNO, claim_id=BRUNOS, at=hour)


def test_a_parked_customer_takes_no_capacity_and_its_day_is_stored() -> None:
    released, stored, slot = given(*granted()).when(PARK, claiming).happens()
    assert isinstance(released, ClaimReleased)
    assert (released.reason, released.released_at) == (ReleaseReason.PARKED, at("03-04 10:00"))
    assert isinstance(stored, CustomerParked)
    assert (stored.harvest_at, stored.reserved_until) == (at("05-04 00:00"), at("05-08 00:00"))
    assert slot == SlotReleased("anna", ANNAS, ACME)


def test_the_first_refusal_counts_in_workdays() -> None:
    calendar = Calendar("cn", 2, {date(2026, 5, 5): DayType.HOLIDAY})
    stored = given(*granted()).when(replace(PARK, calendar=calendar), claiming).happens()[1]
    assert isinstance(stored, CustomerParked)
    assert stored.reserved_until == at("05-09 00:00")


def test_until_its_day_a_parked_customer_is_anybodys_and_a_claim_ends_the_parking() -> None:
    past = parked()
    past += given(*past).when(bruno_asks(at("04-01 10:00")), claiming).happens()
    given(*past).when(expire(at("05-04 00:00")), claiming).then_nothing()


@pytest.mark.parametrize("hour", ["05-04 00:00", "05-07 23:59"])
def test_on_its_day_it_is_kept_for_whoever_parked_it(hour: str) -> None:
    refusal = (
        given(*parked()).when(bruno_asks(at(hour)), claiming).then_refused(HarvestReserved, leaving=[ClaimRefused])
    )
    assert dict(refusal.facts()) == {"customer_id": ACME, "team_id": "east", "claimable_at": at("05-08 00:00")}
    mine = claim(claim_id=an_id(3), at=at(hour))
    assert isinstance(given(*parked()).when(mine, claiming).happens()[0], ClaimGranted)


def test_after_the_first_refusal_it_is_anybodys_again() -> None:
    assert isinstance(given(*parked()).when(bruno_asks(at("05-08 00:00")), claiming).happens()[0], ClaimGranted)


def test_whoever_parked_it_cools_off_as_always_but_not_beyond_its_day() -> None:
    again = claim(claim_id=an_id(3), at=at("03-05 10:00"))
    given(*parked()).when(again, claiming).then_refused(CoolingOff)
    soon = parked(date(2026, 3, 6))
    given(*soon).when(again, claiming).then_refused(CoolingOff)
    assert given(*soon).when(claim(claim_id=an_id(3), at=at("03-06 00:00")), claiming).happens()


def test_the_clock_writes_that_the_day_has_come_once() -> None:
    past = parked()
    given(*past).when(expire(at("05-03 23:59")), claiming).then_nothing()
    due = HarvestDue(ANNAS, ACME, LINE, "anna", at("05-08 00:00"), at("05-04 00:00"))
    given(*past).when(expire(at("05-04 09:00")), claiming).then(due)
    given(*past, due).when(expire(at("05-04 10:00")), claiming).then_nothing()


@pytest.mark.parametrize("day", [date(2026, 3, 4), date(2026, 3, 3)])
def test_the_day_lies_ahead(day: date) -> None:
    given(*granted()).when(replace(PARK, harvest_on=day), claiming).then_refused(DateInPast)


def test_only_the_owner_or_a_manager_of_the_line_parks() -> None:
    given(*granted()).when(replace(PARK, asked_by="bruno"), claiming).then_refused(NotOwner)
    assert given(*granted()).when(replace(PARK, asked_by="mei", manages_holder=True), claiming).happens()
    given().when(PARK, claiming).then_refused(NotOwner)


def test_the_first_reason_in_the_order_is_the_answer() -> None:
    pause = PauseProtection(ACME, LINE, an_id(500), ("anna",), RULES, at("03-03 10:00"))
    held = [*granted(), *given(*granted()).when(pause, claiming).happens()]
    all_wrong = replace(PARK, asked_by="bruno", harvest_on=date(2026, 3, 1))
    given(*held).when(all_wrong, claiming).then_refused(NotOwner)
    given(*held).when(replace(all_wrong, asked_by="anna"), claiming).then_refused(Contested)
    given(*granted()).when(replace(all_wrong, asked_by="anna"), claiming).then_refused(DateInPast)


def test_while_a_case_is_open_nothing_is_parked() -> None:
    pause = PauseProtection(ACME, LINE, an_id(500), ("anna",), RULES, at("03-03 10:00"))
    given(*granted(), *given(*granted()).when(pause, claiming).happens()).when(PARK, claiming).then_refused(Contested)
