"""Who looked: shown to the person whose history it is, and to auditors (V20)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.http.answers import Page, basis_of, cursor_of, listed, plain, read_cursor
from api.http.asking import OVERSEERS, AnyAsker, At, Cursor, Limit, MinPosition, ThePlatform, forbid
from services.access import Role

router = APIRouter(tags=["accesses"])
COLUMNS = (
    "position", "looked_at", "kind", "by", "role", "rep_id", "customer_id", "about", "first", "last", "as_of_position",
    "purpose",
)  # fmt: skip


@router.get("/v1/accesses")
async def read_accesses(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    rep: Annotated[str | None, Query(max_length=64, description="Whose history was looked at.")] = None,
    by: Annotated[str | None, Query(max_length=64, description="Who looked.")] = None,
    kind: Literal["TIMELINE", "REPLAY", "EXPORT", "DOSSIER", "VALUES", "REHEARSAL", "ATTACHMENT", "POOL"] | None = None,
    customer_id: UUID | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Looks at what is not one's own, the latest first: replays, exports, opened personal values, rehearsed rulings.

    Reps and managers see who looked at their own history; auditors and ops see all. The same look of one person is one
    row an hour.
    """
    role = Role(asker.token.role)
    if role not in OVERSEERS:
        rep = rep or asker.token.actor
        if role not in (Role.REP, Role.MANAGER) or rep != asker.token.actor:
            raise forbid("accesses.read", asker)
    begin = read_cursor(cursor, int, int)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    asked = {"rep_id": rep, "by": by, "kind": kind, "customer_id": customer_id}
    where: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    found = await platform.looks.listed(where, at=basis.position, after=begin[1] if begin else (), limit=limit + 1)
    rows, following = found[:limit], None
    if len(found) > limit:
        following = cursor_of(basis.position, rows[-1].position, rows[-1].number)
    items = [{name: value for name, value in plain(row).items() if name in COLUMNS} for row in rows]
    return listed(request, Page(items, following, COLUMNS), basis)
