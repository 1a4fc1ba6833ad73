"""Who may act in which role."""

from dataclasses import replace

from domain.organisation.decisions import GrantRole, RevokeRole, When, organising
from domain.organisation.events import RoleGranted, RoleRevoked
from domain.organisation.state import Roles, evolve_roles
from domain.reception import BackdateLimit, Malformed
from domain.rulesets import FlagRules
from tests.given import given
from tests.people import MONDAY, SHANGHAI, days

NOW = When(MONDAY, MONDAY, SHANGHAI, FlagRules())
GRANTED = RoleGranted("mei", "manager", MONDAY)


def test_a_role_is_granted_and_taken_back() -> None:
    given().when(GrantRole("mei", "manager", NOW), organising).then(GRANTED)
    given(GRANTED).when(GrantRole("mei", "manager", NOW), organising).then_nothing()
    given(GRANTED).when(RevokeRole("mei", "manager", NOW), organising).then(RoleRevoked("mei", "manager", MONDAY))
    given().when(RevokeRole("mei", "manager", NOW), organising).then_nothing()


def test_there_is_a_closed_list_of_roles_and_nobody_becomes_the_system() -> None:
    for role in ("boss", "system", ""):
        given().when(GrantRole("mei", role, NOW), organising).then_refused(Malformed)
        given().when(RevokeRole("mei", role, NOW), organising).then_refused(Malformed)
    for role in ("rep", "manager", "arbiter", "auditor", "ops", "client", "privacy"):
        given().when(GrantRole("mei", role, NOW), organising).then(RoleGranted("mei", role, MONDAY))


def test_an_actor_has_a_plain_id() -> None:
    given().when(GrantRole("mei mei", "manager", NOW), organising).then_refused(Malformed)


def test_roles_go_back_no_further_than_the_rules_allow() -> None:
    early = replace(NOW, effective_at=MONDAY - days(8))
    given().when(GrantRole("mei", "manager", early), organising).then_refused(BackdateLimit)
    held = replace(GRANTED, effective_at=MONDAY - days(30))
    given(held).when(RevokeRole("mei", "manager", early), organising).then_refused(BackdateLimit)


def test_a_role_is_held_from_its_hour_until_it_is_taken_back() -> None:
    roles = evolve_roles(evolve_roles(Roles(), GRANTED), RoleRevoked("mei", "manager", MONDAY + days(2)))
    roles = evolve_roles(roles, RoleGranted("mei", "arbiter", MONDAY + days(1)))
    assert roles.at(MONDAY - days(1)) == frozenset()
    assert roles.at(MONDAY + days(1)) == {"manager", "arbiter"}
    assert roles.at(MONDAY + days(2)) == {"arbiter"}
