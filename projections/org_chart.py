"""Who sold where, under whom, from when until when: a rep's spans of valid time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from domain.envelope import Recorded
from domain.organisation.events import (
    ManagerLineChanged,
    RepDeparted,
    RepJoined,
    RepReinstated,
    RepSuspended,
    RepTeamChanged,
    RepZoneChanged,
)
from domain.organisation.state import Rep, Timeline, evolve_rep
from projections.projection import Key, Spans

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class OrgChartRow:
    """A rep in a span [valid_from, valid_to) in which nothing about them changed; `valid_to` None: it is still so.

    The `…_since` fields say from when on the value was said to hold, so that a change that is told late takes its
    place before the ones that follow it.
    """

    rep_id: str
    display_name: str | None
    team_id: str
    zone: str
    manager_id: str | None
    active: bool
    valid_from: datetime
    valid_to: datetime | None
    team_since: datetime
    zone_since: datetime
    manager_since: datetime
    active_since: datetime


_ABOUT_REPS = (
    RepJoined,
    RepDeparted,
    RepSuspended,
    RepReinstated,
    RepTeamChanged,
    ManagerLineChanged,
    RepZoneChanged,
)


def _touches(recorded: Recorded) -> Key | None:
    event = recorded.event
    return (event.rep_id,) if isinstance(event, _ABOUT_REPS) else None


def _fold(rows: Sequence[OrgChartRow], recorded: Recorded) -> Sequence[OrgChartRow]:
    event = recorded.event
    return _rows_of(event.rep_id, evolve_rep(_rep_of(rows), event)) if isinstance(event, _ABOUT_REPS) else rows


def _rep_of(rows: Sequence[OrgChartRow]) -> Rep:
    """The rep over time, as the rows tell it."""
    return Rep(
        display_name=rows[-1].display_name if rows else None,
        active=_timeline((row.active_since, row.active) for row in rows),
        teams=_timeline((row.team_since, row.team_id) for row in rows),
        zones=_timeline((row.zone_since, row.zone) for row in rows),
        managers=_timeline((row.manager_since, row.manager_id) for row in rows),
    )


def _timeline(said: Iterable[tuple[datetime, V]]) -> Timeline[V]:
    return Timeline(tuple(sorted(dict(said).items(), key=lambda change: change[0])))


def _rows_of(rep_id: str, rep: Rep) -> Sequence[OrgChartRow]:
    hours = sorted({hour for line in (rep.active, rep.teams, rep.zones, rep.managers) for hour, _ in line.changes})
    return [
        OrgChartRow(
            rep_id=rep_id,
            display_name=rep.display_name,
            team_id=rep.team(since),
            zone=rep.zone(since),
            manager_id=rep.manager(since),
            active=rep.is_active(since),
            valid_from=since,
            valid_to=until,
            team_since=rep.teams.since(since),
            zone_since=rep.zones.since(since),
            manager_since=rep.managers.since(since),
            active_since=rep.active.since(since),
        )
        for since, until in pairwise([*hours, None])
        if since is not None
    ]


org_chart = Spans(
    name="org_chart",
    version=1,
    row=OrgChartRow,
    key=("rep_id",),
    indexes=(("team_id",), ("manager_id",)),
    handles=frozenset(_ABOUT_REPS),
    touches=_touches,
    fold=_fold,
)
