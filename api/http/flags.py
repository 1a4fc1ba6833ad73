"""The flag board: what was noticed about a rep (V6)."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.answers import Page, basis_of, cursor_of, listed, plain, read_cursor
from api.http.asking import AnyAsker, At, Cursor, Limit, MinPosition, ThePlatform, may_look_at
from services.flags import Severity

router = APIRouter(tags=["flags"])

COLUMNS = (
    "position", "rep_id", "flag", "severity", "cleared", "name", "stream", "event_id", "customer_id", "occurred_at",
    "recorded_at", "biz_date",
)  # fmt: skip


@router.get("/v1/reps/{rep_id}/flags")
async def read_flags(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    rep_id: Annotated[str, Path(max_length=64)],
    from_: Annotated[date | None, Query(alias="from", description="From this business date on.")] = None,
    to: Annotated[date | None, Query(description="Up to this business date, included.")] = None,
    flag: Annotated[str | None, Query(max_length=400, description="Only these, parted by commas.")] = None,
    severity: Annotated[Literal["INFO", "WARN", "STOP"] | None, Query(description="Only of this gravity.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Everything noticed about a rep, the latest first: on which event, about which customer, how grave.

    INFO for information, WARN where a person should look, STOP where something does not go on until a person says so.
    `cleared`: the event says that the flag holds no longer.
    """
    await may_look_at(platform, asker, "flags.read", rep_id)
    begin = read_cursor(cursor, int, str, str)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    found = await platform.flags.noticed(
        [rep_id],
        first=from_,
        last=to,
        flags=[one.strip() for one in flag.split(",")] if flag else (),
        severity=Severity(severity) if severity else None,
        at=basis.position,
        after=begin[1] if begin else (),
        limit=limit + 1,
    )
    page = found[:limit]
    following = None
    if len(found) > limit:
        following = cursor_of(basis.position, page[-1].position, page[-1].rep_id, page[-1].flag)
    return listed(request, Page([plain(row) for row in page], following, COLUMNS), basis)
