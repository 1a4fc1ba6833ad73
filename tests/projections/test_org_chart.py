"""Who sold where, from when until when."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from domain.organisation.events import (
    ManagerLineChanged,
    RepDeparted,
    RepEvent,
    RepJoined,
    RepTeamChanged,
    RepZoneChanged,
    TeamAdded,
)
from domain.organisation.state import Rep, evolve_rep
from projections.org_chart import OrgChartRow, org_chart
from projections.projection import replay
from projections.teams import TeamRow, teams
from tests.happened import all_happened
from tests.people import MONDAY, SHANGHAI, days

JOINED = RepJoined("anna", "安娜", "east", SHANGHAI, "mei", MONDAY)


def chart(*events: object) -> Sequence[OrgChartRow]:
    known = replay(org_chart, all_happened(events))
    return sorted((one.row for one in known if one.known_to is None), key=lambda row: row.valid_from)


def test_a_rep_is_in_one_team_from_the_first_day_until_further_notice() -> None:
    (row,) = chart(JOINED)
    assert (row.display_name, row.team_id, row.manager_id, row.active) == ("安娜", "east", "mei", True)
    assert (row.valid_from, row.valid_to) == (MONDAY, None)


def test_each_change_ends_a_span_and_begins_another() -> None:
    rows = chart(
        JOINED,
        RepTeamChanged("anna", "east", "west", MONDAY + days(1)),
        ManagerLineChanged("anna", "mei", None, MONDAY + days(2)),
        RepZoneChanged("anna", SHANGHAI, "Europe/London", MONDAY + days(3)),
        RepDeparted("anna", MONDAY + days(4)),
    )
    assert [(row.team_id, row.manager_id, row.zone, row.active) for row in rows] == [
        ("east", "mei", SHANGHAI, True),
        ("west", "mei", SHANGHAI, True),
        ("west", None, SHANGHAI, True),
        ("west", None, "Europe/London", True),
        ("west", None, "Europe/London", False),
    ]
    assert [row.valid_to for row in rows] == [*(row.valid_from for row in rows[1:]), None]


def test_a_change_that_is_told_late_takes_its_place_before_the_next_one() -> None:
    rows = chart(
        JOINED,
        RepTeamChanged("anna", "east", "west", MONDAY + days(5)),
        RepTeamChanged("anna", "east", "south", MONDAY + days(2)),
    )
    assert [row.team_id for row in rows] == ["east", "south", "west"]


def _change(kind: int, value: int, day: int) -> RepEvent:
    hour = MONDAY + days(day)
    match kind:
        case 0:
            return RepTeamChanged("anna", "?", f"team{value}", hour)
        case 1:
            return ManagerLineChanged("anna", None, f"boss{value}" if value else None, hour)
        case 2:
            return RepZoneChanged("anna", SHANGHAI, f"zone{value}", hour)
        case 3:
            return RepDeparted("anna", hour)
        case _:
            return RepJoined("anna", None, f"team{value}", SHANGHAI, None, hour)


CHANGES = some.lists(some.builds(_change, some.integers(0, 4), some.integers(0, 2), some.integers(0, 9)), max_size=12)


@given(CHANGES)
def test_the_chart_answers_at_every_hour_what_the_histories_say(changes: list[RepEvent]) -> None:
    rep = Rep()
    for event in (JOINED, *changes):
        rep = evolve_rep(rep, event)
    rows = chart(JOINED, *changes)
    for half_day in range(-1, 21):
        hour = MONDAY + timedelta(hours=12 * half_day)
        found = [row for row in rows if row.valid_from <= hour and (row.valid_to is None or hour < row.valid_to)]
        if hour < MONDAY:
            assert found == []
            continue
        (row,) = found
        assert (row.team_id, row.zone, row.manager_id, row.active) == (
            rep.team(hour),
            rep.zone(hour),
            rep.manager(hour),
            rep.is_active(hour),
        )


def test_the_teams_stand_in_a_list() -> None:
    known = replay(
        teams, all_happened([TeamAdded("east", "华东", SHANGHAI), TeamAdded("sh", "上海", SHANGHAI, "east")])
    )
    assert [one.row for one in known] == [
        TeamRow("east", "华东", SHANGHAI, None),
        TeamRow("sh", "上海", SHANGHAI, "east"),
    ]
