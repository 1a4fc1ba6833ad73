"""Targets are proposed, set, accepted, locked and closed."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some

from domain.decider import Past
from domain.reception import Forbidden, Malformed, RefNotFound, ResponsibleRequired, RetroactiveForbidden
from domain.refusal import Refusal
from domain.target.events import TargetAccepted, TargetClosed, TargetLocked, TargetSet
from domain.target.metrics import METRICS, MetricClass
from domain.target.period import Period, PeriodKind, period_around
from domain.target.state import target_of
from domain.target_plan.events import TargetPeriodReleased, TargetPeriodReserved
from domain.target_plan.state import target_plan_of
from domain.targeting.decisions import (
    AcceptTarget,
    CloseTarget,
    IronTarget,
    LockedInPeriod,
    LockTarget,
    MetricLevel,
    MetricUnknown,
    ParentMismatch,
    PeriodInvalid,
    ProposeTarget,
    QtyInvalid,
    SetTarget,
    TargetExists,
    TargetNotSet,
    TargetOverlap,
    set_target,
    targeting,
)
from domain.vocabulary import VOCABULARY
from tests.domain.targeting.targets import (
    ANNA,
    BRUNO,
    FIRST,
    LAST,
    MEI,
    OTHER,
    PROPOSE,
    PROPOSED,
    RESERVED,
    SET,
    SUBJECT,
    TARGET,
    TODAY,
    WANTED,
    WAS_SET,
)
from tests.given import given
from tests.people import MONDAY, an_id

ACCEPT, LOCK = AcceptTarget(TARGET, ANNA, MONDAY), LockTarget(TARGET, MEI, MONDAY)
ACCEPTED = TargetAccepted(TARGET, SUBJECT, "anna", MONDAY)
LOCKED = TargetLocked(TARGET, SUBJECT, "mei", MONDAY)
CLOSED = TargetClosed(TARGET, SUBJECT, "mei", MONDAY)
CLOSE = CloseTarget(TARGET, SUBJECT, "visits", PeriodKind.MONTH, MEI, TODAY, MONDAY)
RELEASED = TargetPeriodReleased(TARGET, SUBJECT, "visits", "MONTH")
IRON = replace(WAS_SET, iron=True)


def setting(**changes: object) -> SetTarget:
    return replace(SET, wanted=replace(WANTED, **changes))


def test_a_target_is_set_and_its_days_are_taken_at_once() -> None:
    given().when(SET, targeting).then(WAS_SET, RESERVED)
    given(WAS_SET, RESERVED).when(SET, targeting).then_nothing()


def test_what_is_set_is_amended_and_not_set_again() -> None:
    given(WAS_SET, RESERVED).when(setting(qty=61), targeting).then_refused(TargetExists)
    given(WAS_SET, RESERVED, CLOSED, RELEASED).when(SET, targeting).then_refused(TargetExists)


def test_only_whoever_leads_somebody_sets_their_target() -> None:
    for asker in (ANNA, BRUNO):
        given().when(replace(SET, asker=asker), targeting).then_refused(Forbidden)


def test_a_rep_proposes_what_a_manager_then_sets_otherwise() -> None:
    given().when(PROPOSE, targeting).then(PROPOSED)
    given(PROPOSED).when(PROPOSE, targeting).then_nothing()
    given(PROPOSED).when(setting(qty=70), targeting).then(replace(WAS_SET, qty=70), RESERVED)
    given(PROPOSED).when(SET, targeting).then(WAS_SET, RESERVED)
    given(WAS_SET, RESERVED).when(replace(PROPOSE, wanted=replace(WANTED, qty=1)), targeting).then_refused(TargetExists)
    given().when(replace(PROPOSE, asker=BRUNO), targeting).then_refused(Forbidden)


def test_a_proposal_takes_no_days() -> None:
    other = replace(WANTED, target_id=OTHER)
    given(PROPOSED).when(replace(SET, wanted=other), targeting).then(
        replace(WAS_SET, target_id=OTHER), replace(RESERVED, target_id=OTHER)
    )


@pytest.mark.parametrize(
    ("metric", "qty", "currency"),
    [
        ("visits", -1, None),
        ("visits", 2**53, None),
        ("visits", 1, "CNY"),
        ("new_time_share", 10_001, None),
        ("revenue", 1, None),
        ("revenue", 1, "yuan"),
        ("revenue", -1, "CNY"),
    ],
)
def test_a_quantity_is_in_the_unit_of_its_metric(metric: str, qty: int, currency: str | None) -> None:
    given().when(setting(metric=metric, qty=qty, currency=currency), targeting).then_refused(QtyInvalid)


@pytest.mark.parametrize(
    ("metric", "qty", "currency"),
    [("visits", 0, None), ("new_time_share", 10_000, None), ("revenue", 0, "CNY")],
)
def test_a_quantity_at_the_edge_is_taken(metric: str, qty: int, currency: str | None) -> None:
    assert given().when(setting(metric=metric, qty=qty, currency=currency), targeting).happens()


def test_metrics_are_a_closed_list() -> None:
    for metric in ("", "attainment", "streak", "Visits"):
        given().when(setting(metric=metric), targeting).then_refused(MetricUnknown)


def test_nobody_is_held_to_a_result_by_the_day() -> None:
    day = {"period": PeriodKind.DAY, "from_day": TODAY, "to_day": TODAY}
    week = {"period": PeriodKind.WEEK, "from_day": date(2026, 3, 2), "to_day": date(2026, 3, 8)}
    for metric in METRICS.values():
        money = "CNY" if metric.unit == "MONEY" else None
        by_day = given().when(setting(metric=metric.name, currency=money, **day), targeting)
        if metric.kind is MetricClass.RESULT:
            by_day.then_refused(MetricLevel)
        else:
            assert by_day.happens()
        assert given().when(setting(metric=metric.name, currency=money, **week), targeting).happens()


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (PeriodKind.YEAR, "2026-01-02", "2026-12-31"),
        (PeriodKind.MONTH, "2026-03-01", "2026-04-01"),
        (PeriodKind.MONTH, "2026-03-02", "2026-03-31"),
        (PeriodKind.WEEK, "2026-03-01", "2026-03-07"),
        (PeriodKind.DAY, "2026-03-02", "2026-03-03"),
        (PeriodKind.DAY, "2026-03-03", "2026-03-02"),
    ],
)
def test_a_period_is_one_of_the_calendar(period: PeriodKind, first: str, last: str) -> None:
    wrong = setting(period=period, from_day=date.fromisoformat(first), to_day=date.fromisoformat(last))
    refused = given().when(wrong, targeting).then_refused(PeriodInvalid)
    assert isinstance(refused, PeriodInvalid)
    assert period_around(period, date.fromisoformat(first)) == Period(period, refused.from_day, refused.to_day)


@for_all(some.sampled_from(PeriodKind), some.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_exactly_one_period_of_a_kind(kind: PeriodKind, day: date) -> None:
    period = period_around(kind, day)
    assert period.from_day <= day <= period.to_day
    assert period_around(kind, period.from_day) == period_around(kind, period.to_day) == period
    following = period_around(kind, period.to_day + timedelta(days=1))
    assert following.from_day == period.to_day + timedelta(days=1)


def test_a_subject_is_a_rep_or_a_team() -> None:
    for subject in ("anna", "rep:", "rep:a b", "company:acme"):
        given().when(setting(subject=subject), targeting).then_refused(Malformed)
    assert given().when(setting(subject="team:east"), targeting).happens()


def test_a_target_for_days_that_are_over_is_refused_but_for_an_import_of_the_past() -> None:
    february = setting(from_day=date(2026, 2, 1), to_day=date(2026, 2, 28))
    given().when(february, targeting).then_refused(RetroactiveForbidden)
    assert given().when(replace(february, as_history=True), targeting).happens()
    assert given().when(replace(SET, today=LAST), targeting).happens()
    given().when(replace(SET, today=LAST + timedelta(days=1)), targeting).then_refused(RetroactiveForbidden)


def test_a_day_has_one_target_of_a_kind() -> None:
    refused = given(WAS_SET, RESERVED).when(setting(target_id=OTHER), targeting).then_refused(TargetOverlap)
    assert isinstance(refused, TargetOverlap)
    assert (refused.target_id, refused.other_target_id) == (OTHER, TARGET)
    proposal = replace(PROPOSE, wanted=replace(WANTED, target_id=OTHER))
    given(WAS_SET, RESERVED).when(proposal, targeting).then_refused(TargetOverlap)


def test_other_subjects_metrics_and_kinds_of_period_have_days_of_their_own() -> None:
    for change in (
        {"subject": "rep:bruno"},
        {"metric": "effective_new_customers"},
        {"period": PeriodKind.DAY, "from_day": TODAY, "to_day": TODAY},
        {"from_day": date(2026, 4, 1), "to_day": date(2026, 4, 30)},
    ):
        assert given(WAS_SET, RESERVED).when(setting(target_id=OTHER, **change), targeting).happens()


def test_somebody_answers_for_every_target() -> None:
    given().when(setting(responsible_id=None), targeting).then_refused(ResponsibleRequired)


def test_the_first_rule_that_says_no_is_told_in_the_order_of_the_book() -> None:
    nothing_right = setting(target_id=OTHER, responsible_id=None)
    given(WAS_SET, RESERVED).when(nothing_right, targeting).then_refused(TargetOverlap)
    over = replace(nothing_right, today=LAST + timedelta(days=1))
    given(WAS_SET, RESERVED).when(over, targeting).then_refused(RetroactiveForbidden)


def test_a_target_above_is_about_the_same_and_holds_the_days() -> None:
    year = replace(
        WAS_SET, target_id=OTHER, period=PeriodKind.YEAR, from_day=date(2026, 1, 1), to_day=date(2026, 12, 31)
    )
    under = setting(parent_id=OTHER)
    given(year).when(under, targeting).then(replace(WAS_SET, parent_id=OTHER), RESERVED)
    given().when(under, targeting).then_refused(RefNotFound)
    given(replace(year, metric="deals")).when(under, targeting).then_refused(ParentMismatch)
    april = replace(year, period=PeriodKind.MONTH, from_day=date(2026, 4, 1), to_day=date(2026, 4, 30))
    given(april).when(under, targeting).then_refused(ParentMismatch)
    given().when(setting(parent_id=TARGET), targeting).then_refused(ParentMismatch)


def test_the_one_whose_target_it_is_accepts_it_once() -> None:
    given(WAS_SET).when(ACCEPT, targeting).then(ACCEPTED)
    given(WAS_SET, ACCEPTED).when(ACCEPT, targeting).then_nothing()
    given(WAS_SET).when(replace(ACCEPT, asker=MEI), targeting).then_refused(Forbidden)
    given(PROPOSED).when(ACCEPT, targeting).then_refused(TargetNotSet)
    given().when(ACCEPT, targeting).then_refused(RefNotFound)
    given(WAS_SET, CLOSED).when(ACCEPT, targeting).then_refused(TargetNotSet)


def test_whoever_leads_locks_it_once() -> None:
    given(WAS_SET).when(LOCK, targeting).then(LOCKED)
    given(WAS_SET, LOCKED).when(LOCK, targeting).then_nothing()
    given(WAS_SET).when(replace(LOCK, asker=ANNA), targeting).then_refused(Forbidden)
    given(PROPOSED).when(LOCK, targeting).then_refused(TargetNotSet)
    given().when(LOCK, targeting).then_refused(RefNotFound)


def test_a_target_that_binds_nobody_yet_is_taken_back_and_frees_its_days() -> None:
    given(WAS_SET, RESERVED).when(replace(CLOSE, today=FIRST), targeting).then(CLOSED, RELEASED)
    given(WAS_SET, RESERVED, CLOSED, RELEASED).when(CLOSE, targeting).then_nothing()
    given(WAS_SET, RESERVED, CLOSED, RELEASED).when(setting(target_id=OTHER), targeting).then(
        replace(WAS_SET, target_id=OTHER), replace(RESERVED, target_id=OTHER)
    )
    given(PROPOSED).when(CLOSE, targeting).then(CLOSED)
    given(WAS_SET).when(replace(CLOSE, asker=ANNA), targeting).then_refused(Forbidden)
    given().when(CLOSE, targeting).then_refused(RefNotFound)


def test_days_that_have_passed_under_a_target_are_not_given_another() -> None:
    given(WAS_SET, RESERVED).when(CLOSE, targeting).then(CLOSED)
    given(WAS_SET, RESERVED, CLOSED).when(setting(target_id=OTHER), targeting).then_refused(TargetOverlap)


def test_locked_and_iron_targets_are_closed_when_their_days_are_over() -> None:
    over = replace(CLOSE, today=LAST + timedelta(days=1))
    given(WAS_SET, RESERVED, LOCKED).when(CLOSE, targeting).then_refused(LockedInPeriod)
    given(WAS_SET, RESERVED, LOCKED).when(over, targeting).then(CLOSED)
    given(IRON, RESERVED).when(CLOSE, targeting).then_refused(IronTarget)
    given(IRON, RESERVED).when(replace(CLOSE, today=FIRST - timedelta(days=1)), targeting).then(CLOSED, RELEASED)
    given(IRON, RESERVED).when(over, targeting).then(CLOSED)


@for_all(
    some.lists(
        some.tuples(some.integers(1, 6), some.sampled_from(PeriodKind), some.integers(0, 40), some.booleans()),
        max_size=14,
    )
)
def test_whatever_is_set_and_closed_no_day_has_two_targets(steps: list[tuple[int, PeriodKind, int, bool]]) -> None:
    past: list[object] = []
    live: dict[UUID, Period] = {}
    for number, kind, offset, closing in steps:
        target_id = an_id(number)
        period = period_around(kind, TODAY + timedelta(days=offset))
        wanted = replace(
            WANTED, target_id=target_id, period=kind, from_day=period.from_day, to_day=period.to_day, iron=False
        )
        if closing and target_id in live:
            command = replace(CLOSE, target_id=target_id, period=live[target_id].kind)
            past += given(*past).when(command, targeting).happens()
            del live[target_id]
            continue
        try:
            events = given(*past).when(replace(SET, wanted=wanted), targeting).happens()
        except (TargetOverlap, TargetExists):
            continue
        past += events
        if events:
            live[target_id] = period
    held = list(live.values())
    assert not any(
        one.overlaps(other) for place, one in enumerate(held) for other in held[place + 1 :] if one.kind is other.kind
    )


def test_two_who_set_at_once_look_at_the_same_plan() -> None:
    other = setting(target_id=OTHER)
    names = [{stream.name for stream in targeting.stands_on(command)} for command in (SET, other)]
    assert f"target_plan-{SUBJECT}:visits:MONTH" in names[0] & names[1]
    assert isinstance(WAS_SET, TargetSet)
    assert isinstance(RESERVED, TargetPeriodReserved)
    plan = target_plan_of(SUBJECT, "visits", "MONTH")
    seen = Past({target_of(OTHER).name: target_of(OTHER).empty, plan.name: plan.evolve(plan.empty, RESERVED)})
    with pytest.raises(Refusal, match="TARGET_OVERLAP"):
        set_target(other, seen)


def test_a_target_is_about_the_rep_and_a_teams_target_about_nobody_in_particular() -> None:
    assert VOCABULARY.of(WAS_SET).subjects(WAS_SET) == ["rep:anna"]
    team = replace(WAS_SET, subject="team:east")
    assert VOCABULARY.of(team).subjects(team) == []
    assert isinstance(PROPOSE, ProposeTarget)
