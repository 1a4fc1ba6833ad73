"""The day sheet: what a rep meant to do, what was done, what came of it, and what the manager says of it (V4, S18)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import RedirectResponse, Response

from api.console.events import called
from api.console.navigation import ABOVE
from api.console.problem_pages import PageRoute
from api.console.shell import Page, ThePage
from api.emitting import emit
from api.http.asking import may_look_at, only
from api.http.forms import form_of
from api.http.problems import instance_of, of_refusal
from api.http.workdays import clock
from services.access import Role
from services.refusals import Conflict, Forbidden, Invalid
from services.workday_questions import WorkdayRow

router = APIRouter(include_in_schema=False, route_class=PageRoute)
VERDICTS = ("OK", "CONCERN", "BREACH")
RepId = Annotated[str, Path(max_length=64)]


@dataclass(frozen=True, slots=True)
class BlockShown:
    """A part of the plan as the sheet shows it."""

    kind: str
    begins: str
    ends: str
    customer: str | None
    objective: str | None


@router.get("/reps/{rep_id}/days/{day}")
async def sheet(page: ThePage, rep_id: RepId, day: date) -> Response:
    """A rep's day on one sheet, to be read, printed and signed."""
    return await _sheet(page, rep_id, day, str(page.platform.new_id()))


@router.post("/reps/{rep_id}/days/{day}/inspection")
async def inspect(page: ThePage, rep_id: RepId, day: date) -> Response:
    """Say what one thinks of the day. Sent twice it is said once; a no comes back beside what was typed."""
    only(page.asker, "workday.inspect", Role.MANAGER)
    form = await form_of(page.request, "request_id", "verdict", "comment")
    sent = replace(page.asker.sent(page.platform), id=form["request_id"] or str(page.platform.new_id()))
    said = {"rep_id": rep_id, "day": day.isoformat(), "verdict": form["verdict"], "comment": form["comment"] or None}
    try:
        receipt = await emit(page.platform, sent, "workday.inspect", said)
    except (Conflict, Invalid, Forbidden) as refusal:
        problem = of_refusal(refusal, page.language, instance_of(page.request))
        return await _sheet(page, rep_id, day, str(page.platform.new_id()), problem, form)
    return RedirectResponse(page.link(f"/reps/{rep_id}/days/{day}", after=receipt.position), 303)


async def _sheet(
    page: Page,
    rep_id: str,
    day: date,
    request_id: str,
    problem: Mapping[str, Any] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    await may_look_at(page.platform, page.asker, "workday.read", rep_id)
    rep = await page.platform.organisation.rep(rep_id, page.platform.now())
    if page.me != rep_id:
        looking, position = page.asker.looking(None), page.position
        await page.platform.looks.replayed(looking, rep_id, "TIMELINE", str(day), str(day), position)
    told = await page.platform.workday_questions.sheet(rep_id, day, rep.zone, at=page.position)
    row = told.workday
    customers = [visit.customer_id for visit in (*told.visits, *told.planned)]
    named = await called(page, [*customers, *(UUID(one) for one in row.block_customers if one)])
    people = await page.names(rep_id, *([row.inspector] if row.inspector else []), *row.missed_managers)
    return page.show(
        "day.html",
        status=int(problem["status"]) if problem else 200,
        twin=f"/v1/reps/{rep_id}/days/{day}?at={page.position}",
        rep_id=rep_id,
        people=people,
        missed=", ".join(people.get(one, one) for one in row.missed_managers),
        say_here=page.say.within(rep.zone),
        day=day,
        earlier=day - timedelta(days=1),
        later=day + timedelta(days=1),
        sheet=told,
        row=row,
        blocks=[
            BlockShown(
                one.kind, one.begins, one.ends, named.get(UUID(one.customer)) if one.customer else None, one.objective
            )
            for one in _blocks(row)
        ],
        commitments=list(zip(row.committed_metrics, row.committed_qtys, strict=True)),
        customers=named,
        request_id=request_id,
        problem=problem,
        typed=typed or {},
        verdicts=VERDICTS,
        inspects=page.writes and page.role in ABOVE and page.role == Role.MANAGER and page.me != rep_id,
    )


def _blocks(row: WorkdayRow) -> list[BlockShown]:
    parts = zip(row.block_kinds, row.block_from, row.block_to, row.block_customers, row.block_objectives, strict=True)
    return [
        BlockShown(kind, clock(begins), clock(ends), customer or None, objective or None)
        for kind, begins, ends, customer, objective in parts
    ]
