"""Who works here: people by name, teams, and who stands under whom, at an hour and as known at a position."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from projections.org_chart import OrgChartRow, org_chart
from projections.projection import Known
from projections.teams import TeamRow, teams
from services.ports import Between, OneOf, ReadStore

__all__ = ["Directory", "OrgChartRow", "TeamRow"]


class Directory:
    """Answers from the org chart and the list of teams."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def names(self, ids: Iterable[str], *, known_at: int) -> Mapping[str, str]:
        """How people are called; whoever has no name goes by the id, and who never joined is missing."""
        wanted = tuple(dict.fromkeys(ids))
        if not wanted:
            return {}
        rows: Sequence[Known[OrgChartRow]] = await self._store.select(org_chart, {"rep_id": OneOf(wanted)}, at=known_at)
        return {one.row.rep_id: one.row.display_name or one.row.rep_id for one in rows}

    async def person(self, rep_id: str, *, valid_at: datetime, known_at: int) -> OrgChartRow | None:
        """Where somebody stands at an hour; None for who is not here then."""
        return next(iter(await self._at({"rep_id": rep_id}, valid_at, known_at)), None)

    async def everybody(self, *, valid_at: datetime, known_at: int) -> Sequence[OrgChartRow]:
        """Whoever works here at an hour, by id."""
        return await self._at({}, valid_at, known_at)

    async def of_team(self, team_id: str, *, valid_at: datetime, known_at: int) -> Sequence[OrgChartRow]:
        """Whoever is in a team at an hour, by id."""
        return await self._at({"team_id": team_id}, valid_at, known_at)

    async def under(self, manager_id: str, *, valid_at: datetime, known_at: int) -> Sequence[OrgChartRow]:
        """Everybody below somebody at an hour, the nearest first; whoever is above again in a circle is told once."""
        found: dict[str, OrgChartRow] = {}
        ahead = [manager_id]
        while ahead:
            below = await self._at({"manager_id": OneOf(ahead)}, valid_at, known_at)
            fresh = {row.rep_id: row for row in below if row.rep_id not in found and row.rep_id != manager_id}
            found |= fresh
            ahead = list(fresh)
        return list(found.values())

    async def teams(self, *, known_at: int) -> Mapping[str, TeamRow]:
        """The teams by id."""
        rows: Sequence[Known[TeamRow]] = await self._store.select(teams, {}, at=known_at, order=("team_id",))
        return {one.row.team_id: one.row for one in rows}

    async def _at(self, where: Mapping[str, Any], valid_at: datetime, known_at: int) -> Sequence[OrgChartRow]:
        just_after = valid_at + timedelta(microseconds=1)
        rows: Sequence[Known[OrgChartRow]] = await self._store.select(
            org_chart, {**where, "valid_from": Between(None, just_after)}, at=known_at, order=("rep_id", "valid_from")
        )
        return [one.row for one in rows if one.row.active and (one.row.valid_to is None or one.row.valid_to > valid_at)]
