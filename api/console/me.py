"""The rep's own page: the plan of the day, what ends soon, what happened so far."""

from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from api.console.events import called, told
from api.console.problem_pages import PageRoute
from api.console.shell import ThePage
from api.http.asking import only
from services.access import Role
from services.replays import Standing

router = APIRouter(include_in_schema=False, route_class=PageRoute)
ENDING = 8
"""Customers shown whose protection ends first."""
LOOKS = 5
"""Looks of others that are shown, the latest first."""


@router.get("/me")
async def me(page: ThePage) -> Response:
    """The day of the rep who looks."""
    only(page.asker, "me.read", Role.REP)
    rep = await page.platform.organisation.rep(page.me, page.hour)
    say = page.say.within(rep.zone)
    day = say.local(page.hour).date()
    standing = Standing()
    steps = [step async for step in page.platform.replays.of_rep(page.me, at=page.position, first=day, last=day)]
    if steps:
        standing = steps[-1].standing
    else:
        async for step in page.platform.replays.of_rep(page.me, at=page.position, last=day):
            standing = step.standing.next_day()
    events = await told(page, [step.row for step in steps], rep.zone)
    begins = say.local(page.hour).replace(hour=0, minute=0, second=0, microsecond=0)
    plan = await page.platform.visit_plans.of_rep(page.me, begins, begins + timedelta(days=1), known_at=page.position)
    ending = await page.platform.ownership_questions.table(
        valid_at=page.hour, known_at=page.position, rep_id=page.me, limit=ENDING
    )
    customers = await called(page, [*(one.customer_id for one in plan), *(span.customer_id for span, _ in ending)])
    looks = await page.platform.looks.listed({"rep_id": page.me}, at=page.position, limit=LOOKS)
    names = await page.names(page.me, *(look.by for look in looks))
    return page.show(
        "me.html",
        twin=f"/v1/reps/{page.me}/replay?date={day}",
        name=names[page.me],
        day=day,
        standing=standing,
        plan=plan,
        ending=ending,
        customers=customers,
        events=list(reversed(events)),
        looks=looks,
        names=names,
    )
