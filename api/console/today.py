"""A manager's day: who is behind what is expected by now, what wants attention, and the way to each replay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.console.charts import share
from api.console.events import Told, told
from api.console.navigation import ABOVE
from api.console.problem_pages import PageRoute
from api.console.reps import visible
from api.console.shell import Page, ThePage
from api.http.asking import only
from services.day_board import RepDay
from services.workday_questions import WorkdayRow

router = APIRouter(include_in_schema=False, route_class=PageRoute)
COLUMNS = (
    "rep_id", "name", "team", "visits", "expected", "target", "effective", "contacts", "won", "refused", "flags",
    "closed_at", "inspection", "last_at", "last",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A rep's day as the board draws it: shares of the bullet in hundredths, bars of the days before likewise."""

    day: RepDay
    done: float
    pace: float
    bars: Sequence[tuple[float, float, int]]
    last: Told | None
    workday: WorkdayRow | None


@router.get("/today")
@router.get("/today.csv")
async def today(
    page: ThePage,
    day: Annotated[date | None, Query(alias="date")] = None,
    team: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """The day of everybody whom the visitor leads; whoever is furthest behind comes first."""
    only(page.asker, "today.read", *ABOVE)
    day = day or page.say.local(page.hour).date()
    people = await visible(page)
    led = {row.manager_id for row in people}
    sellers = [row for row in people if row.rep_id not in led and (not team or row.team_id == team)]
    days = await page.platform.day_board.of(sellers, day, page.hour, known_at=page.position)
    teams = await page.platform.directory.teams(known_at=page.position)
    found = await page.platform.workday_questions.on([one.rep.rep_id for one in days], day, at=page.position)
    workdays = {row.rep_id: row for row in found}
    rows = [_row(one, await _last(page, one), workdays.get(one.rep.rep_id)) for one in days]
    if page.wants_csv:
        return page.table(page.say("nav.today"), COLUMNS, [_told(row) for row in rows])
    return page.show(
        "today.html",
        csv=page.as_csv(),
        rows=rows,
        day=day,
        now=page.say.local(page.hour).date(),
        earlier=day - timedelta(days=1),
        later=day + timedelta(days=1),
        team=team,
        teams={one: row for one, row in teams.items() if any(person.team_id == one for person in people)},
        visits=sum(one.standing.visits for one in days),
        effective=sum(one.standing.effective for one in days),
        refused=sum(one.standing.refused for one in days),
        quiet=sum(one.last is None for one in days),
        closed=sum(row.closed_at is not None for row in found),
        inspected=sum(row.inspected_at is not None for row in found),
        live=page.writes and day == page.say.local(page.platform.now()).date(),
    )


async def _last(page: Page, one: RepDay) -> Told | None:
    return (await told(page, [one.last], one.rep.zone))[0] if one.last else None


def _row(one: RepDay, last: Told | None, workday: WorkdayRow | None) -> Row:
    whole = max(one.target or 0, one.standing.visits, 1)
    most = max(*one.before, 1)
    wide = 100 / len(one.before)
    bars = [(round(n * wide, 2), share(visits, most), visits) for n, visits in enumerate(one.before)]
    return Row(one, share(one.standing.visits, whole), share(one.expected, whole), bars, last, workday)


def _told(row: Row) -> dict[str, object]:
    one = row.day
    return {
        "rep_id": one.rep.rep_id,
        "name": one.rep.display_name,
        "team": one.rep.team_id,
        "visits": one.standing.visits,
        "expected": one.expected,
        "target": one.target,
        "effective": one.standing.effective,
        "contacts": one.standing.contacts,
        "won": one.standing.won,
        "refused": one.standing.refused,
        "flags": dict(one.flags),
        "closed_at": row.workday.closed_at if row.workday else None,
        "inspection": row.workday.inspection if row.workday else None,
        "last_at": row.last.occurred_at if row.last else None,
        "last": row.last.sentence if row.last else None,
    }
