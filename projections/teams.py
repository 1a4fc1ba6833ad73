"""The teams that there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.envelope import Recorded
from domain.organisation.events import TeamAdded
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team, its zone and the team above it."""

    team_id: str
    name: str
    zone: str
    parent_team_id: str | None


def _touches(recorded: Recorded) -> Key | None:
    return (recorded.event.team_id,) if isinstance(recorded.event, TeamAdded) else None


def _fold(rows: Sequence[TeamRow], recorded: Recorded) -> Sequence[TeamRow]:
    match recorded.event:
        case TeamAdded() as event:
            return [TeamRow(event.team_id, event.name, event.zone, event.parent_team_id)]
        case _:
            return rows


teams = Spans(
    name="teams",
    version=1,
    row=TeamRow,
    key=("team_id",),
    indexes=(("parent_team_id",),),
    handles=frozenset({TeamAdded}),
    touches=_touches,
    fold=_fold,
)
