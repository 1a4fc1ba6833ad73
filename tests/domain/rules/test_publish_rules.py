"""Numbers come into force on a day, completely and without contradiction, and never backwards."""

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest

from domain.reception import Malformed, RefNotFound, RetroactiveForbidden, UnknownField
from domain.rules.decisions import (
    NothingLeftInForce,
    PublishDefaults,
    PublishRuleSet,
    RetireRuleSet,
    RulesetInconsistent,
    publishing,
)
from domain.rules.events import Parameter, RuleKind, RuleSetPublished, RuleSetRetired
from domain.rules.state import DEFAULTS, ORGANISATION, Rules, as_value, evolve
from domain.rulesets import ProtectionRules
from tests.given import given

TODAY = date(2026, 8, 25)
SEPTEMBER = date(2026, 9, 1)
BODY: dict[str, Parameter] = {
    field.name: getattr(ProtectionRules(), field.name) for field in fields(ProtectionRules) if field.name != "version"
}
FIRST = RuleSetPublished(RuleKind.PROT, 1, ORGANISATION, date.min, BODY)


def publish(**parameters: object) -> PublishRuleSet:
    return PublishRuleSet(RuleKind.PROT, ORGANISATION, SEPTEMBER, parameters, TODAY)


def in_force(day: date, *events: RuleSetPublished | RuleSetRetired, scopes: tuple[str, ...] = ()) -> int | None:
    rules = Rules()
    for event in events:
        rules = evolve(rules, event)
    found = rules.in_force(day, scopes)
    return found and found.version


def test_the_defaults_are_published_once_and_hold_from_the_beginning_of_time() -> None:
    given().when(PublishDefaults(RuleKind.PROT), publishing).then(FIRST)
    given(FIRST).when(PublishDefaults(RuleKind.PROT), publishing).then_nothing()
    assert in_force(date.min, FIRST) == 1


def test_every_kind_has_defaults_that_contradict_nothing() -> None:
    for kind in RuleKind:
        (published,) = given().when(PublishDefaults(kind), publishing).happens()
        assert isinstance(published, RuleSetPublished)
        set_again = PublishRuleSet(kind, ORGANISATION, SEPTEMBER, published.body, TODAY)
        given().when(set_again, publishing).then(replace(published, effective_from=SEPTEMBER))
        assert as_value(type(DEFAULTS[kind]), evolve(Rules(), published).sets[0]) == DEFAULTS[kind]


def test_what_is_not_named_stays_as_it_is_and_the_event_says_everything() -> None:
    given(FIRST).when(publish(protection_days=10), publishing).then(
        RuleSetPublished(RuleKind.PROT, 2, ORGANISATION, SEPTEMBER, {**BODY, "protection_days": 10})
    )


def test_numbers_that_hold_already_are_not_published_again() -> None:
    second = RuleSetPublished(RuleKind.PROT, 2, ORGANISATION, SEPTEMBER, {**BODY, "protection_days": 10})
    given(FIRST, second).when(publish(protection_days=10), publishing).then_nothing()


def test_a_parameter_that_nobody_reads_is_refused() -> None:
    refused = given(FIRST).when(publish(protection=10), publishing).then_refused(UnknownField)
    assert isinstance(refused, UnknownField)
    assert refused.errors[0].pointer == "/data/body/protection"
    given(FIRST).when(publish(version=7), publishing).then_refused(UnknownField)


@pytest.mark.parametrize(
    "parameters",
    [
        {"protection_days": "15"},
        {"protection_days": None},
        {"protection_days": True},
        {"protection_days": 1.5},
        {"capacity": [1]},
        {"warning_days": 3},
        {"warning_days": [3, "1"]},
    ],
    ids=str,
)
def test_a_parameter_in_another_form_is_refused(parameters: dict[str, object]) -> None:
    given(FIRST).when(publish(**parameters), publishing).then_refused(Malformed)


def test_off_is_null_and_zero_is_zero() -> None:
    (off,) = given(FIRST).when(publish(capacity=None, cooling_off_days=0), publishing).happens()
    assert isinstance(off, RuleSetPublished)
    assert (off.body["capacity"], off.body["cooling_off_days"]) == (None, 0)


@pytest.mark.parametrize(
    "parameters",
    [
        {"attestation_hours": 25},
        {"grace_hours": 23},
        {"protection_days": 91},
        {"hard_cap_days": 14},
        {"capacity": -1},
        {"warning_days": [3, -1]},
        {"warning_days": [15]},
        {"warning_days": [1, 3]},
        {"warning_days": [3, 3]},
    ],
    ids=str,
)
def test_numbers_that_contradict_each_other_are_refused(parameters: dict[str, object]) -> None:
    given(FIRST).when(publish(**parameters), publishing).then_refused(RulesetInconsistent)


def test_numbers_at_the_edge_of_a_contradiction_are_taken() -> None:
    assert given(FIRST).when(publish(grace_hours=25, attestation_hours=25), publishing).happens()
    assert given(FIRST).when(publish(protection_days=90), publishing).happens()
    assert given(FIRST).when(publish(warning_days=[14, 1]), publishing).happens()
    assert given(FIRST).when(publish(warning_days=[]), publishing).happens()


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (RuleKind.EFF, {"shortest_minutes": 481}),
        (RuleKind.EFF, {"longest_minutes": 1441}),
        (RuleKind.EFF, {"note_characters": -1}),
        (RuleKind.FLAG, {"plan_late_hour": 24}),
        (RuleKind.FLAG, {"backdate_days": -1}),
        (RuleKind.RULE, {"statement_workdays": 6}),
        (RuleKind.RULE, {"good_faith_bp": 5_001}),
    ],
    ids=str,
)
def test_the_other_kinds_have_their_contradictions_too(kind: RuleKind, parameters: dict[str, object]) -> None:
    command = PublishRuleSet(kind, ORGANISATION, SEPTEMBER, parameters, TODAY)
    given().when(command, publishing).then_refused(RulesetInconsistent)


def test_nothing_takes_effect_before_today() -> None:
    yesterday = TODAY - timedelta(days=1)
    given(FIRST).when(replace(publish(protection_days=10), effective_from=yesterday), publishing).then_refused(
        RetroactiveForbidden
    )
    assert given(FIRST).when(replace(publish(protection_days=10), effective_from=TODAY), publishing).happens()


def test_a_scope_is_the_organisation_a_team_or_a_grade() -> None:
    for scope in ("", "team:", "team:a b", "region:east", "organisation "):
        given(FIRST).when(replace(publish(protection_days=10), scope=scope), publishing).then_refused(Malformed)
    for scope in ("team:east", "grade:A"):
        assert given(FIRST).when(replace(publish(protection_days=10), scope=scope), publishing).happens()


def test_the_narrowest_scope_and_then_the_latest_day_of_effect_wins() -> None:
    september = RuleSetPublished(RuleKind.PROT, 2, ORGANISATION, SEPTEMBER, BODY)
    east = RuleSetPublished(RuleKind.PROT, 3, "team:east", TODAY, BODY)
    past = (FIRST, september, east)
    assert in_force(TODAY, *past) == 1
    assert in_force(SEPTEMBER, *past) == 2
    assert in_force(SEPTEMBER, *past, scopes=("team:east",)) == 3
    assert in_force(SEPTEMBER, *past, scopes=("team:west",)) == 2
    assert in_force(TODAY - timedelta(days=1), *past, scopes=("team:east",)) == 1


def test_two_sets_of_the_same_day_are_told_apart_by_version() -> None:
    past = (FIRST, replace(FIRST, version=2, effective_from=SEPTEMBER), replace(FIRST, version=3, effective_from=TODAY))
    assert in_force(SEPTEMBER, *past, replace(FIRST, version=4, effective_from=SEPTEMBER)) == 4


def test_a_team_starts_from_what_holds_for_everybody() -> None:
    second = replace(FIRST, version=2, effective_from=TODAY, body={**BODY, "protection_days": 20})
    (published,) = given(FIRST, second).when(replace(publish(capacity=5), scope="team:east"), publishing).happens()
    assert isinstance(published, RuleSetPublished)
    assert (published.body["protection_days"], published.body["capacity"]) == (20, 5)


def test_a_retired_set_gives_way_to_what_held_before_it() -> None:
    second = replace(FIRST, version=2, effective_from=TODAY)
    retired = RuleSetRetired(RuleKind.PROT, 2, ORGANISATION, SEPTEMBER)
    given(FIRST, second).when(RetireRuleSet(RuleKind.PROT, 2, SEPTEMBER, TODAY), publishing).then(retired)
    given(FIRST, second, retired).when(RetireRuleSet(RuleKind.PROT, 2, SEPTEMBER, TODAY), publishing).then_nothing()
    assert in_force(SEPTEMBER - timedelta(days=1), FIRST, second, retired) == 2
    assert in_force(SEPTEMBER, FIRST, second, retired) == 1


def test_a_set_is_not_retired_backwards_nor_if_nothing_is_left() -> None:
    retire = RetireRuleSet(RuleKind.PROT, 1, SEPTEMBER, TODAY)
    given(FIRST).when(retire, publishing).then_refused(NothingLeftInForce)
    given().when(retire, publishing).then_refused(RefNotFound)
    second = replace(FIRST, version=2, effective_from=TODAY)
    october = RuleSetRetired(RuleKind.PROT, 2, ORGANISATION, date(2026, 10, 1))
    refused = given(FIRST, second, october).when(retire, publishing).then_refused(NothingLeftInForce)
    assert isinstance(refused, NothingLeftInForce)
    assert refused.day == october.retired_from
    early = replace(retire, version=2, retired_from=TODAY - timedelta(days=1))
    given(FIRST, second).when(early, publishing).then_refused(RetroactiveForbidden)


def test_a_parameter_that_is_newer_than_the_event_has_its_default() -> None:
    old = {name: value for name, value in BODY.items() if name != "pool_views_per_day"}
    rules = evolve(Rules(), replace(FIRST, body=old))
    assert as_value(ProtectionRules, rules.sets[0]).pool_views_per_day == ProtectionRules().pool_views_per_day
