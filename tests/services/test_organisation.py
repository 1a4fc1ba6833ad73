"""Teams, reps, lines and roles on a whole platform in memory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from domain.organisation.events import ManagerLineChanged, RepJoined
from domain.reception import BackdateLimit, Forbidden, RefNotFound
from services.organisation import AlreadyJoined, LineCycle, NewRep, NewTeam, RepMove
from tests.people import MONDAY, SHANGHAI, days
from tests.services.office import Office, an_office

LONDON = "Europe/London"


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as office:
        yield office


async def add(office: Office, rep: NewRep, *, as_history: bool = False) -> None:
    desk = office.platform.organisation
    await office.ask("ops", "org.add_rep", lambda context: desk.add_rep(rep, context), as_history=as_history)


async def move(office: Office, who: str, move: RepMove) -> None:
    desk = office.platform.organisation
    await office.ask(who, "org.move_rep", lambda context: desk.move_rep(move, context))


async def test_a_rep_is_told_with_team_zones_and_manager_at_an_hour(office: Office) -> None:
    desk = office.platform.organisation
    facts = await desk.rep("anna", MONDAY)
    assert (facts.active, facts.team_id, facts.zone, facts.team_zone, facts.manager_id) == (
        True,
        "east",
        SHANGHAI,
        SHANGHAI,
        "mei",
    )
    assert await desk.display_name("anna") == "安娜"
    assert not (await desk.rep("anna", MONDAY - timedelta(seconds=1))).active
    with pytest.raises(RefNotFound):
        await desk.rep("nobody", MONDAY)


async def test_a_rep_without_a_zone_works_in_that_of_the_team(office: Office) -> None:
    desk = office.platform.organisation
    london = NewTeam("london", "London", LONDON)
    await office.ask("ops", "org.add_team", lambda context: desk.add_team(london, context))
    await add(office, NewRep("carla", "london"))
    await add(office, NewRep("dan", "london", zone=SHANGHAI))
    assert (await desk.rep("carla", MONDAY)).zone == LONDON
    dan = await desk.rep("dan", MONDAY)
    assert (dan.zone, dan.team_zone) == (SHANGHAI, LONDON)


async def test_a_manager_stands_above_everybody_in_the_line_and_nobody_beside_it(office: Office) -> None:
    desk = office.platform.organisation
    assert await desk.line("anna", MONDAY) == ("mei", "director")
    assert await desk.manages("director", "anna", MONDAY)
    assert not await desk.manages("lin", "anna", MONDAY)
    assert not await desk.manages("anna", "anna", MONDAY)
    await move(office, "ops", RepMove("anna", team_id="west", manager_id="lin", effective_at=MONDAY + days(1)))
    assert await desk.manages("mei", "anna", MONDAY)
    assert not await desk.manages("mei", "anna", MONDAY + days(1))
    assert (await desk.rep("anna", MONDAY + days(1))).team_id == "west"


async def test_managers_move_their_own_people_only(office: Office) -> None:
    await move(office, "mei", RepMove("anna", team_id="west"))
    with pytest.raises(Forbidden):
        await move(office, "lin", RepMove("bruno", team_id="west"))
    assert (await office.platform.organisation.rep("bruno", MONDAY)).team_id == "east"


async def test_a_rep_may_answer_to_nobody(office: Office) -> None:
    await move(office, "ops", RepMove("anna", to_nobody=True))
    assert await office.platform.organisation.line("anna", MONDAY) == ()


async def test_a_cycle_is_refused_and_the_no_is_kept(office: Office) -> None:
    with pytest.raises(LineCycle):
        await move(office, "ops", RepMove("mei", manager_id="anna"))
    assert (await office.names())[-1] == "submission.decision_refused"


async def test_two_who_close_a_circle_at_once_do_not_both_succeed(office: Office) -> None:
    await add(office, NewRep("x", "east"))
    await add(office, NewRep("y", "east"))
    done = await asyncio.gather(
        move(office, "ops", RepMove("x", manager_id="y")),
        move(office, "ops", RepMove("y", manager_id="x")),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["LineCycle", "NoneType"]


async def test_an_old_change_is_refused_but_for_an_import_of_the_past(office: Office) -> None:
    long_ago = NewRep("old", "east", effective_at=MONDAY - days(400))
    with pytest.raises(BackdateLimit):
        await add(office, long_ago)
    await add(office, long_ago, as_history=True)
    assert (await office.platform.organisation.rep("old", MONDAY - days(399))).active


async def test_whoever_left_is_inactive_and_may_not_ask(office: Office) -> None:
    desk = office.platform.organisation
    await office.ask("ops", "org.depart_rep", lambda context: desk.depart_rep("anna", context))
    assert not (await desk.rep("anna", MONDAY)).active
    with pytest.raises(AlreadyJoined):
        await add(office, NewRep("bruno", "west"))


async def test_roles_come_from_events_and_selling(office: Office) -> None:
    desk = office.platform.organisation
    assert await desk.roles("mei") == {"manager", "rep"}
    assert await desk.roles("lin") == {"manager"}
    assert await desk.roles("anna") == {"rep"}
    assert await desk.roles("nobody") == frozenset()
    await office.ask("ops", "org.revoke_role", lambda context: desk.revoke_role("lin", "manager", context))
    assert await desk.roles("lin") == frozenset()
    assert await desk.knows("lin")
    assert not await desk.knows("nobody")
    await office.ask("ops", "org.depart_rep", lambda context: desk.depart_rep("anna", context))
    assert await desk.roles("anna") == frozenset()


async def test_a_zone_is_set_from_now_on(office: Office) -> None:
    desk = office.platform.organisation
    await office.ask("ops", "org.set_zone", lambda context: desk.set_zone("anna", LONDON, context))
    assert (await desk.rep("anna", MONDAY)).zone == LONDON
    assert (await desk.rep("anna", MONDAY)).team_zone == SHANGHAI


async def test_a_line_that_names_no_manager_is_joined_without_one(office: Office) -> None:
    await add(office, NewRep("carla", "east"))
    joined = (await office.platform.log.page(await office.position() - 1, 1))[0].event
    assert isinstance(joined, RepJoined)
    assert joined.manager_id is None
    await move(office, "ops", RepMove("carla", manager_id="lin"))
    moved = (await office.platform.log.page(await office.position() - 1, 1))[0].event
    assert moved == ManagerLineChanged("carla", None, "lin", MONDAY)
