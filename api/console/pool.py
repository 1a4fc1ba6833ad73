"""The pool: what can be taken, what is about to fall into it, what is left to ripen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.console.events import called
from api.console.problem_pages import PageRoute
from api.console.shell import Page, ThePage
from api.http.answers import cursor_of, read_cursor
from api.http.asking import READERS, only
from services.access import Role
from services.pool import Pooled

router = APIRouter(include_in_schema=False, route_class=PageRoute)
LINE = "default"
SHOWN = 50
COLUMNS = ("customer_id", "name", "kind", "registered_on", "earlier", "reserved_until")
Tab = Literal["available", "ending", "harvest"]
TABS: tuple[Tab, ...] = ("available", "ending", "harvest")


@router.get("/pool")
@router.get("/pool.csv")
async def pool(
    page: ThePage,
    tab: Tab = "available",
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Customers whom nobody holds; the own ones that end soonest; what was left to ripen."""
    only(page.asker, "pool.read", *READERS)
    match tab:
        case "available":
            return await _available(page, cursor)
        case "ending":
            return await _ending(page)
        case "harvest":
            return await _harvest(page)


async def _available(page: Page, cursor: str | None) -> Response:
    begin = read_cursor(cursor, datetime, UUID)
    found = await page.platform.pool.page(
        LINE, valid_at=page.hour, known_at=page.position, after=(begin[1][0], begin[1][1]) if begin else None,
        limit=SHOWN,
    )  # fmt: skip
    if page.wants_csv:
        return page.table(page.say("nav.pool"), COLUMNS, [_told(one, page.hour) for one in found.items])
    following = cursor_of(page.position, *found.following) if found.following else None
    names = await page.names(*(span.rep_id for one in found.items for span in one.earlier))
    return page.show(
        "pool.html", twin=page.link("/v1/pool"), csv=page.as_csv(), tab="available", tabs=TABS, items=found.items,
        names=names, more=page.here(cursor=following) if following else None, claims=page.role == Role.REP,
    )  # fmt: skip


async def _ending(page: Page) -> Response:
    """The claims that end soonest: a rep's own, everybody's for those who oversee."""
    found = await page.platform.ownership_questions.table(
        valid_at=page.hour, known_at=page.position, rep_id=page.me if page.role == Role.REP else None, limit=SHOWN
    )
    customers = await called(page, (span.customer_id for span, _ in found))
    if page.wants_csv:
        columns = ("customer_id", "name", "rep_id", "state", "lapses_at", "released_at")
        rows = [
            {
                "customer_id": span.customer_id,
                "name": customers.get(span.customer_id),
                "rep_id": span.rep_id,
                "state": how,
                "lapses_at": span.lapses_at,
                "released_at": span.valid_to,
            }
            for span, how in found
        ]
        return page.table(page.say("pool.tab.ending"), columns, rows)
    return page.show(
        "pool.html", twin=page.link("/v1/ownership"), csv=page.as_csv(), tab="ending", tabs=TABS, items=found,
        customers=customers, names=await page.names(*(span.rep_id for span, _ in found)), more=None, claims=False,
    )  # fmt: skip


async def _harvest(page: Page) -> Response:
    """What was parked to ripen: a rep's own, everybody's for those who oversee."""
    found = await page.platform.pool.harvest(
        known_at=page.position, rep_id=page.me if page.role == Role.REP else None, team_id=None, after=None, limit=SHOWN
    )
    if page.wants_csv:
        columns = ("customer_id", "name", "rep_id", "harvest_on", "reserved_until")
        rows = [
            {
                "customer_id": row.customer_id,
                "name": found.customers[row.customer_id].legal_name if row.customer_id in found.customers else None,
                "rep_id": row.rep_id,
                "harvest_on": row.harvest_on,
                "reserved_until": row.reserved_until,
            }
            for row in found.rows
        ]
        return page.table(page.say("pool.tab.harvest"), columns, rows)
    return page.show(
        "pool.html", twin=page.link("/v1/harvest"), csv=page.as_csv(), tab="harvest", tabs=TABS, items=found.rows,
        customers={one: row.legal_name for one, row in found.customers.items()},
        names=await page.names(*(row.rep_id for row in found.rows)), more=None, claims=False,
    )  # fmt: skip


def _told(one: Pooled, hour: datetime) -> Mapping[str, object]:
    parked = one.parked
    reserved = parked is not None and parked.harvest_at <= hour < parked.reserved_until
    return {
        "customer_id": one.customer.customer_id,
        "name": one.customer.legal_name,
        "kind": one.customer.kind,
        "registered_on": one.customer.registered_on,
        "earlier": len(one.earlier),
        "reserved_until": parked.reserved_until if parked and reserved else None,
    }
