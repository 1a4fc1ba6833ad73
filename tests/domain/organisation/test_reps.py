"""Who sells where, under whom: joining, moving, leaving."""

from dataclasses import replace
from datetime import timedelta

from domain.days import day_of
from domain.organisation.decisions import (
    AddRep,
    AddTeam,
    AlreadyJoined,
    DepartRep,
    LineCycle,
    MoveRep,
    NotSuspended,
    ReinstateRep,
    SetZone,
    SuspendRep,
    TeamExists,
    When,
    organising,
)
from domain.organisation.events import (
    ManagerLineChanged,
    RepDeparted,
    RepJoined,
    RepReinstated,
    RepSuspended,
    RepTeamChanged,
    RepZoneChanged,
    RoleGranted,
    TeamAdded,
)
from domain.organisation.state import Rep, evolve_rep
from domain.reception import (
    ActorInactive,
    BackdateLimit,
    Forbidden,
    Malformed,
    RefNotFound,
    TzInvalid,
    VersionConflict,
)
from domain.rulesets import FlagRules
from tests.given import given
from tests.people import MONDAY, SHANGHAI, at, days

EAST = TeamAdded("east", "华东", SHANGHAI)
WEST = TeamAdded("west", "华西", SHANGHAI, "east")
LONG_AGO = MONDAY - days(60)
NOW = When(MONDAY, MONDAY, SHANGHAI, FlagRules())


def joined(rep_id: str, manager_id: str | None = None, *, team_id: str = "east") -> RepJoined:
    return RepJoined(rep_id, None, team_id, SHANGHAI, manager_id, LONG_AGO)


def joining(rep_id: str, manager_id: str | None = None, *, line: tuple[str, ...] = ()) -> AddRep:
    return AddRep(rep_id, "安娜", "east", SHANGHAI, manager_id, line, NOW)


def moving(
    rep_id: str, *, to: str | None = None, under: str | None = None, line: tuple[str, ...] = (), when: When = NOW
) -> MoveRep:
    return MoveRep(rep_id, to, under, under is not None, line, "ops", may_move=True, when=when)


def test_a_team_is_added_once() -> None:
    add = AddTeam("east", "华东", SHANGHAI)
    given().when(add, organising).then(EAST)
    given(EAST).when(add, organising).then_nothing()
    given(EAST).when(replace(add, name="East"), organising).then_refused(TeamExists)


def test_a_team_stands_under_a_team_that_there_is() -> None:
    add = AddTeam("west", "华西", SHANGHAI, "east")
    given(EAST).when(add, organising).then(WEST)
    given().when(add, organising).then_refused(RefNotFound)
    given().when(replace(add, parent_team_id="west"), organising).then_refused(RefNotFound)


def test_a_team_without_a_zone_of_this_world_is_refused() -> None:
    given().when(AddTeam("east", "华东", "Asia/Atlantis"), organising).then_refused(TzInvalid)


def test_ids_are_short_and_plain() -> None:
    for team_id in ("", "a" * 65, "华东", "a b", "a:b", "a\n"):
        given().when(AddTeam(team_id, "x", SHANGHAI), organising).then_refused(Malformed)
    given(EAST).when(joining("anna anna"), organising).then_refused(Malformed)


def test_a_rep_joins_a_team_under_a_manager() -> None:
    event = RepJoined("anna", "安娜", "east", SHANGHAI, "mei", MONDAY)
    given(EAST, joined("mei")).when(joining("anna", "mei"), organising).then(event)


def test_a_manager_need_not_sell_but_must_be_known() -> None:
    granted = RoleGranted("mei", "manager", MONDAY)
    arbiter = RoleGranted("mei", "arbiter", MONDAY)
    given(EAST, granted).when(joining("anna", "mei"), organising).then(
        RepJoined("anna", "安娜", "east", SHANGHAI, "mei", MONDAY)
    )
    given(EAST, arbiter).when(joining("anna", "mei"), organising).then_refused(RefNotFound)
    given(EAST).when(joining("anna", "mei"), organising).then_refused(RefNotFound)


def test_a_rep_joins_only_a_team_and_a_zone_that_there_are() -> None:
    given().when(joining("anna"), organising).then_refused(RefNotFound)
    given(EAST).when(replace(joining("anna"), zone="Mars"), organising).then_refused(TzInvalid)


def test_nobody_joins_twice_and_the_same_joining_again_changes_nothing() -> None:
    given(EAST, joined("anna")).when(replace(joining("anna"), display_name=None), organising).then_nothing()
    given(EAST, WEST, joined("anna")).when(replace(joining("anna"), team_id="west"), organising).then_refused(
        AlreadyJoined
    )


def test_whoever_left_may_come_back() -> None:
    left = RepDeparted("anna", MONDAY - days(1))
    given(EAST, joined("anna"), left).when(joining("anna"), organising).then(
        RepJoined("anna", "安娜", "east", SHANGHAI, None, MONDAY)
    )


def test_somebody_announced_for_later_does_not_join_before() -> None:
    announced = replace(joined("anna"), effective_at=MONDAY + days(3))
    given(EAST, announced).when(joining("anna"), organising).then_refused(AlreadyJoined)


def test_a_departure_may_be_announced_and_holds_from_its_hour_on() -> None:
    friday = at("03-06 18:00")
    event = RepDeparted("anna", friday)
    given(joined("anna")).when(DepartRep("anna", replace(NOW, effective_at=friday)), organising).then(event)
    rep = evolve_rep(evolve_rep(Rep(), joined("anna")), event)
    assert rep.is_active(friday - timedelta(microseconds=1))
    assert not rep.is_active(friday)
    assert not rep.is_active(LONG_AGO - timedelta(microseconds=1))


def test_only_somebody_who_sells_can_leave_or_move() -> None:
    given().when(DepartRep("anna", NOW), organising).then_refused(RefNotFound)
    given().when(moving("anna", to="east"), organising).then_refused(RefNotFound)
    given().when(SetZone("anna", SHANGHAI, NOW), organising).then_refused(RefNotFound)
    gone = (EAST, joined("anna"), RepDeparted("anna", MONDAY - days(1)))
    given(*gone).when(DepartRep("anna", NOW), organising).then_refused(ActorInactive)
    given(*gone).when(moving("anna", to="west"), organising).then_refused(ActorInactive)
    given(*gone).when(SetZone("anna", "Europe/London", NOW), organising).then_refused(ActorInactive)
    again = DepartRep("anna", replace(NOW, effective_at=MONDAY - days(1)))
    given(*gone).when(again, organising).then_nothing()


def test_a_rep_moves_to_another_team_and_manager_at_once() -> None:
    past = (EAST, WEST, joined("mei"), joined("lin"), joined("anna", "mei"))
    given(*past).when(moving("anna", to="west", under="lin"), organising).then(
        RepTeamChanged("anna", "east", "west", MONDAY), ManagerLineChanged("anna", "mei", "lin", MONDAY)
    )
    given(*past).when(moving("anna", to="east", under="mei"), organising).then_nothing()
    given(*past).when(replace(moving("anna"), changes_manager=True), organising).then(
        ManagerLineChanged("anna", "mei", None, MONDAY)
    )
    given(*past).when(moving("anna", to="north"), organising).then_refused(RefNotFound)


def test_a_manager_moves_nobody_outside_the_own_line() -> None:
    theirs = replace(moving("anna", to="west"), asked_in_role="manager", may_move=False)
    given(EAST, WEST, joined("anna")).when(theirs, organising).then_refused(Forbidden)


def test_a_rep_is_asked_about_at_an_hour_not_now() -> None:
    rep = evolve_rep(evolve_rep(Rep(), joined("anna")), RepTeamChanged("anna", "east", "west", MONDAY))
    rep = evolve_rep(rep, RepZoneChanged("anna", SHANGHAI, "Europe/London", MONDAY + days(1)))
    assert rep.team(MONDAY - timedelta(seconds=1)) == "east"
    assert rep.team(MONDAY) == "west"
    assert rep.zone(MONDAY) == SHANGHAI
    assert rep.zone(MONDAY + days(1)) == "Europe/London"


def test_a_change_that_is_told_late_holds_only_until_the_next_one() -> None:
    rep = evolve_rep(evolve_rep(Rep(), joined("anna")), RepTeamChanged("anna", "east", "west", MONDAY))
    rep = evolve_rep(rep, RepTeamChanged("anna", "east", "south", MONDAY - days(2)))
    assert rep.team(MONDAY - days(1)) == "south"
    assert rep.team(MONDAY) == "west"


def test_changes_go_back_no_further_than_the_rules_allow() -> None:
    past = (EAST, WEST, joined("anna"))
    seven = replace(NOW, effective_at=MONDAY - days(7))
    eight = replace(NOW, effective_at=MONDAY - days(8))
    given(*past).when(moving("anna", to="west", when=seven), organising).then(
        RepTeamChanged("anna", "east", "west", seven.effective_at)
    )
    refused = given(*past).when(moving("anna", to="west", when=eight), organising).then_refused(BackdateLimit)
    assert isinstance(refused, BackdateLimit)
    assert refused.earliest == day_of(seven.effective_at, SHANGHAI)
    for command in (DepartRep("anna", eight), SetZone("anna", "Europe/London", eight)):
        given(*past).when(command, organising).then_refused(BackdateLimit)
    given(EAST).when(replace(joining("bruno"), when=eight), organising).then_refused(BackdateLimit)


def test_an_import_of_the_past_goes_back_as_far_as_it_likes() -> None:
    history = When(MONDAY - days(3000), MONDAY, SHANGHAI, FlagRules(), as_history=True)
    assert given(EAST).when(replace(joining("bruno"), when=history), organising).happens()


def test_a_rep_works_in_another_zone_from_an_hour_on() -> None:
    given(joined("anna")).when(SetZone("anna", "Europe/London", NOW), organising).then(
        RepZoneChanged("anna", SHANGHAI, "Europe/London", MONDAY)
    )
    given(joined("anna")).when(SetZone("anna", SHANGHAI, NOW), organising).then_nothing()
    given(joined("anna")).when(SetZone("anna", "Nowhere", NOW), organising).then_refused(TzInvalid)


def test_nobody_stands_in_their_own_line() -> None:
    past = (EAST, joined("top"), joined("mei", "top"), joined("anna", "mei"))
    given(*past).when(moving("anna", under="anna"), organising).then_refused(LineCycle)
    refused = given(*past).when(moving("top", under="anna", line=("mei", "top")), organising).then_refused(LineCycle)
    assert isinstance(refused, LineCycle)
    assert refused.line == ("top", "anna", "mei", "top")
    given(*past).when(moving("anna", under="top"), organising).then(ManagerLineChanged("anna", "mei", "top", MONDAY))


def test_an_announced_change_makes_no_cycle_later() -> None:
    june = MONDAY + days(90)
    past = (EAST, joined("mei"), joined("anna"), ManagerLineChanged("mei", None, "anna", june))
    given(*past).when(moving("anna", under="mei", line=("anna",)), organising).then_refused(LineCycle)
    back = ManagerLineChanged("anna", None, None, june)
    given(*past, back).when(moving("anna", under="mei", line=("anna",)), organising).then(
        ManagerLineChanged("anna", None, "mei", MONDAY)
    )


def test_a_line_that_changed_while_it_was_looked_up_is_looked_up_again() -> None:
    past = (EAST, joined("top"), joined("mei", "top"), joined("anna"))
    given(*past).when(moving("anna", under="mei", line=()), organising).then_refused(VersionConflict)


SUSPENDED = RepSuspended("anna", MONDAY - days(1))


def test_a_rep_is_suspended_once_and_sells_again_when_reinstated() -> None:
    given(joined("anna")).when(SuspendRep("anna", NOW), organising).then(RepSuspended("anna", MONDAY))
    given(joined("anna"), SUSPENDED).when(SuspendRep("anna", NOW), organising).then_nothing()
    given(joined("anna"), SUSPENDED).when(ReinstateRep("anna", NOW), organising).then(RepReinstated("anna", MONDAY))
    rep = evolve_rep(evolve_rep(evolve_rep(Rep(), joined("anna")), SUSPENDED), RepReinstated("anna", MONDAY))
    assert (rep.is_active(MONDAY - days(1)), rep.is_active(MONDAY)) == (False, True)


def test_nobody_is_reinstated_who_was_not_suspended_or_has_left() -> None:
    given(joined("anna")).when(ReinstateRep("anna", NOW), organising).then_refused(NotSuspended)
    left = RepDeparted("anna", MONDAY - days(1))
    given(joined("anna"), left).when(ReinstateRep("anna", NOW), organising).then_refused(NotSuspended)
    given(joined("anna"), left).when(SuspendRep("anna", NOW), organising).then_refused(ActorInactive)


def test_who_is_suspended_may_leave_but_not_move() -> None:
    given(joined("anna"), SUSPENDED).when(DepartRep("anna", NOW), organising).then(RepDeparted("anna", MONDAY))
    given(joined("anna"), SUSPENDED, WEST).when(moving("anna", to="west"), organising).then_refused(ActorInactive)


def test_who_leaves_in_the_hour_of_the_suspension_leaves() -> None:
    now = replace(SUSPENDED, effective_at=MONDAY)
    given(joined("anna"), now).when(DepartRep("anna", NOW), organising).then(RepDeparted("anna", MONDAY))


def test_a_suspension_is_dated_back_no_further_than_the_rules_allow() -> None:
    long_ago = replace(NOW, effective_at=MONDAY - days(8))
    given(joined("anna")).when(SuspendRep("anna", long_ago), organising).then_refused(BackdateLimit)
