"""The public pool and what is left to ripen: which customers are nobody's, and what became of them before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.http.answers import Page, basis_of, cursor_of, listed, plain, read_cursor
from api.http.asking import READERS, AnyAsker, At, Cursor, Limit, MinPosition, ThePlatform, only
from api.http.customers import LineParameter, in_part, told
from services.access import Role
from services.ownership_questions import OwnershipSpan
from services.pool import Pooled

router = APIRouter(tags=["pool"])

POOL_COLUMNS = (
    "customer_id", "kind", "legal_name", "aliases", "country", "region_code", "phones", "source", "registered_by",
    "registered_on", "completeness", "contacts", "key_contacts", "reserved_until", "reserved_for_team", "earlier",
)  # fmt: skip
HARVEST_COLUMNS = (
    "customer_id", "legal_name", "line", "rep_id", "team_id", "state", "nurtured_by", "trigger", "harvest_on",
    "harvest_at", "reserved_until", "parked_at", "rules_version",
)  # fmt: skip
_OPEN_TO = (Role.MANAGER, Role.ARBITER, Role.AUDITOR, Role.OPS)


@router.get("/v1/pool")
async def read_pool(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    line: LineParameter = "default",
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Customers whom nobody holds in a line, the latest registered first, with who had them before and why it ended.

    Whom to reach there is masked: phone numbers in part, people as a number only. `reserved_until`: who parked the
    customer may claim it first.
    """
    only(asker, "pool.read", *READERS)
    begin = read_cursor(cursor, datetime, UUID, datetime)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    if begin is not None:
        valid_at: datetime = begin[1][2]
    else:
        valid_at = platform.now() if at is None else basis.recorded_at or platform.now()
    after = (begin[1][0], begin[1][1]) if begin else None
    page = await platform.pool.page(line, valid_at=valid_at, known_at=basis.position, after=after, limit=limit)
    following = cursor_of(basis.position, *page.following, valid_at) if page.following else None
    return listed(request, Page([_pooled(one, valid_at) for one in page.items], following, POOL_COLUMNS), basis)


@router.get("/v1/harvest")
async def read_harvest(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    rep: Annotated[str | None, Query(max_length=64, description="Who parked it; reps see their own.")] = None,
    team: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """What is left to ripen, the nearest day first.

    RIPENING until its day; RIPE while it is kept for whoever parked it; OPEN after that.
    """
    only(asker, "harvest.read", *READERS)
    whose = rep if asker.token.role in _OPEN_TO else asker.token.actor
    begin = read_cursor(cursor, datetime, UUID, datetime)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    if begin is not None:
        valid_at: datetime = begin[1][2]
    else:
        valid_at = platform.now() if at is None else basis.recorded_at or platform.now()
    found = await platform.pool.harvest(
        known_at=basis.position,
        rep_id=whose,
        team_id=team,
        after=(begin[1][0], begin[1][1]) if begin else None,
        limit=limit + 1,
    )
    rows, following = found.rows[:limit], None
    if len(found.rows) > limit:
        following = cursor_of(basis.position, rows[-1].harvest_at, rows[-1].claim_id, valid_at)
    items: list[Mapping[str, Any]] = []
    for row in rows:
        named = found.customers.get(row.customer_id)
        state = _ripeness(row.harvest_at, row.reserved_until, valid_at)
        items.append({**plain(row), "legal_name": named.legal_name if named else None, "state": state})
    return listed(request, Page(items, following, HARVEST_COLUMNS), basis)


def _ripeness(harvest_at: datetime, reserved_until: datetime, hour: datetime) -> str:
    if hour < harvest_at:
        return "RIPENING"
    return "RIPE" if hour < reserved_until else "OPEN"


def _pooled(one: Pooled, hour: datetime) -> Mapping[str, Any]:
    known, parked = in_part(told(one.customer)), one.parked
    reserved = parked is not None and parked.harvest_at <= hour < parked.reserved_until
    return {
        **{name: known[name] for name in POOL_COLUMNS if name in known},
        "reserved_until": plain(parked.reserved_until) if parked and reserved else None,
        "reserved_for_team": parked.team_id if parked and reserved else None,
        "earlier": [_earlier(span) for span in one.earlier],
    }


def _earlier(span: OwnershipSpan) -> Mapping[str, Any]:
    return {
        "rep_id": span.rep_id,
        "team_id": span.team_id,
        "from": plain(span.valid_from),
        "to": plain(span.valid_to),
        "visited": span.visited,
        "ended": plain(span.ended or span.lapse_reason),
    }
