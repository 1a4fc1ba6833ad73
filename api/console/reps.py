"""The people whom a visitor may look at."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.console.navigation import ABOVE
from api.console.problem_pages import PageRoute
from api.console.shell import Page, ThePage
from api.http.asking import only
from services.access import Role
from services.directory import OrgChartRow

router = APIRouter(include_in_schema=False, route_class=PageRoute)
COLUMNS = ("rep_id", "name", "team", "manager", "zone")


@router.get("/reps")
@router.get("/reps.csv")
async def reps(page: ThePage, team: Annotated[str | None, Query(max_length=64)] = None) -> Response:
    """Everybody in the visitor's line; for auditors and ops everybody."""
    rows = [row for row in await visible(page) if not team or row.team_id == team]
    teams = await page.platform.directory.teams(known_at=page.position)
    names = await page.names(*(row.manager_id for row in rows))
    if page.wants_csv:
        told = [
            {
                "rep_id": row.rep_id,
                "name": row.display_name,
                "team": row.team_id,
                "manager": row.manager_id,
                "zone": row.zone,
            }
            for row in rows
        ]
        return page.table(page.say("reps.title"), COLUMNS, told)
    named = teams[team].name if team and team in teams else team
    title = page.say("reps.title_of", team=named) if named else page.say("reps.title")
    return page.show("reps.html", csv=page.as_csv(), title=title, rows=rows, teams=teams, team=team, names=names)


async def visible(page: Page) -> Sequence[OrgChartRow]:
    """The people whose history the visitor may read, by id."""
    only(page.asker, "reps.read", *ABOVE)
    if page.role != Role.MANAGER:
        return await page.platform.directory.everybody(valid_at=page.hour, known_at=page.position)
    below = await page.platform.directory.under(page.me, valid_at=page.hour, known_at=page.position)
    return sorted(below, key=lambda row: row.rep_id)
