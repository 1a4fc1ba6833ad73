"""Erasures: asked for, agreed to by another person, followed to the end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.http.answers import Page, answer, basis_of, cursor_of, listed, plain, read_cursor
from api.http.asking import AnyAsker, At, Cursor, Limit, MinPosition, ThePlatform, only
from api.http.calls import call
from services.access import Role
from services.privacy import ErasureRow, ErasureState

router = APIRouter(tags=["privacy"])
COLUMNS = (
    "erasure_id", "data_subject", "customer_id", "rep_id", "state", "overdue", "basis", "requested_by", "requested_at",
    "due_at", "rejected_by", "rejection", "approved_by", "erased_at", "erased_position", "destroyed_at", "copies",
    "backups_until", "completed_at",
)  # fmt: skip
_MAY_READ = (Role.PRIVACY, Role.AUDITOR)

call(router, "/v1/privacy/erasures", "privacy.erase", status=201)
call(router, "/v1/privacy/erasures/{erasure_id}/approval", "privacy.approve_erasure")
call(router, "/v1/privacy/erasures/{erasure_id}/rejection", "privacy.reject_erasure")
call(router, "/v1/privacy/erasures/{erasure_id}/copies/{export_id}/destroyed", "privacy.confirm_copy")


@router.get("/v1/privacy/erasures")
async def read_erasures(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    state: Literal["REQUESTED", "REJECTED", "ERASED", "DESTROYED", "COMPLETED"] | None = None,
    customer_id: Annotated[UUID | None, Query(description="Of people at this customer.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Erasures, those that are due first in front; DESTROYED ones wait for copies that were handed out."""
    only(asker, "erasures.read", *_MAY_READ)
    begin = read_cursor(cursor, datetime, UUID)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    where: dict[str, Any] = {}
    if state is not None:
        where["state"] = ErasureState(state)
    if customer_id is not None:
        where["customer_id"] = customer_id
    found = await platform.privacy.listed(where, at=basis.position, after=begin[1] if begin else (), limit=limit + 1)
    rows, following = found[:limit], None
    if len(found) > limit:
        following = cursor_of(basis.position, rows[-1].due_at, rows[-1].erasure_id)
    now = platform.now()
    return listed(request, Page([_told(row, now) for row in rows], following, COLUMNS), basis)


@router.get("/v1/privacy/erasures/{erasure_id}")
async def read_erasure(
    platform: ThePlatform, asker: AnyAsker, erasure_id: UUID, at: At = None, min_position: MinPosition = None
) -> Response:
    """How far one erasure has come: by whom, from which position on nobody reads the values, and what is left."""
    only(asker, "erasures.read", *_MAY_READ)
    basis = await basis_of(platform, at, min_position)
    row = await platform.privacy.erasure(erasure_id, at=basis.position)
    return answer(_told(row, platform.now()), basis=basis)


def _told(row: ErasureRow, now: datetime) -> Mapping[str, Any]:
    waiting = row.state in (ErasureState.REQUESTED, ErasureState.ERASED, ErasureState.DESTROYED)
    return {**plain(row), "overdue": waiting and row.due_at <= now}
