"""The duplicate desk: records that may be of one customer, and what was found of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.http.answers import Page, basis_of, cursor_of, listed, plain, read_cursor
from api.http.asking import READERS, AnyAsker, At, Cursor, Limit, MinPosition, ThePlatform, only
from services.access import Role
from services.duplicates import DuplicateRow, Level, Side, Verdict

router = APIRouter(tags=["customers"])
COLUMNS = (
    "customer_id", "other_id", "level", "score_bp", "signs", "state", "reason", "since", "resolved_by", "resolved_at",
    "rules_version", "records",
)  # fmt: skip
_SEES_WHO = (Role.MANAGER, Role.ARBITER, Role.AUDITOR, Role.OPS)


@router.get("/v1/duplicates")
async def read_duplicates(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    state: Annotated[Literal["OPEN", "SAME", "DIFFERENT"], Query(description="OPEN: nobody has looked yet.")] = "OPEN",
    level: Literal["STRONG", "WEAK"] | None = None,
    customer_id: Annotated[UUID | None, Query(description="The later of the two records.")] = None,
    other_id: Annotated[UUID | None, Query(description="The earlier one.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Pairs of records, those pointed out first before others; `signs` are the rules that fired.

    Reps see of the other record's owner the team and the date alone, whoever's customer it is.
    """
    only(asker, "duplicates.read", *READERS)
    begin = read_cursor(cursor, datetime, UUID, UUID)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    where: dict[str, Any] = {"verdict": None if state == "OPEN" else Verdict(state)}
    if level is not None:
        where["level"] = Level(level)
    if customer_id is not None:
        where["customer_id"] = customer_id
    if other_id is not None:
        where["other_id"] = other_id
    after = (begin[1][0], begin[1][1], begin[1][2]) if begin else None
    found = await platform.duplicates.listed(where, at=basis.position, after=after, limit=limit + 1)
    rows = found[:limit]
    valid_at = platform.now() if at is None else basis.recorded_at or platform.now()
    sides = await platform.duplicates.sides(rows, valid_at, at=basis.position)
    following = None
    if len(found) > limit:
        following = cursor_of(basis.position, rows[-1].since, rows[-1].customer_id, rows[-1].other_id)
    seen = asker.token.role in _SEES_WHO
    return listed(request, Page([told(row, sides, seen=seen) for row in rows], following, COLUMNS), basis)


def told(row: DuplicateRow, sides: Mapping[UUID, Side], *, seen: bool) -> Mapping[str, Any]:
    """A pair, and the two records of it."""
    return {
        "customer_id": plain(row.customer_id),
        "other_id": plain(row.other_id),
        "level": row.level.value,
        "score_bp": row.score_bp,
        "signs": list(row.signs),
        "state": row.verdict.value if row.verdict else "OPEN",
        "reason": row.reason,
        "since": plain(row.since),
        "resolved_by": row.resolved_by,
        "resolved_at": plain(row.resolved_at),
        "rules_version": row.rules_version,
        "records": [_record(sides[one], seen=seen) for one in (row.customer_id, row.other_id) if one in sides],
    }


def _record(side: Side, *, seen: bool) -> Mapping[str, Any]:
    return {
        "customer_id": plain(side.customer_id),
        "legal_name": side.legal_name,
        "registered_by": side.registered_by if seen else None,
        "registered_at": plain(side.registered_at),
        "held": [
            {
                "line": one.line,
                "rep_id": one.rep_id if seen else None,
                "team_id": one.team_id,
                "claimable_at": plain(one.claimable_at),
            }
            for one in side.held
        ],
    }
