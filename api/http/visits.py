"""Visits: planned, told, put right; what is known of one, and every version of it."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.answers import Page, answer, basis_of, cursor_of, etag, listed, plain, read_cursor
from api.http.asking import (
    READERS,
    AnyAsker,
    Asker,
    At,
    Cursor,
    Limit,
    MinPosition,
    ThePlatform,
    may_know_of,
    may_look_at,
    only,
)
from api.http.calls import call
from services.platform import Platform
from services.refusals import Forbidden
from services.visits import VisitVersion

router = APIRouter(tags=["visits"])
_STREAM = "visit-{visit_id}"

call(router, "/v1/visits", "visit.record", status=201, stream=_STREAM)
call(router, "/v1/visits/plans", "visit.plan", status=201, stream=_STREAM)
call(router, "/v1/visits/attempts", "visit.attempt", status=201, stream=_STREAM)
call(router, "/v1/visits/{visit_id}/plan", "visit.change_plan", stream=_STREAM)
call(router, "/v1/visits/{visit_id}/cancellation", "visit.cancel", stream=_STREAM)
call(router, "/v1/visits/{visit_id}/check-in", "visit.check_in", stream=_STREAM)
call(router, "/v1/visits/{visit_id}/check-out", "visit.check_out", stream=_STREAM)
call(router, "/v1/visits/{visit_id}/corrections", "visit.correct", stream=_STREAM)
call(router, "/v1/visits/{visit_id}/void", "visit.void", stream=_STREAM)
call(router, "/v1/visits/{visit_id}/annotations", "visit.annotate", stream=_STREAM)
call(router, "/v1/visits/{visit_id}/reviews", "visit.review", stream=_STREAM)


@router.get("/v1/visits/{visit_id}")
async def read_visit(
    platform: ThePlatform, asker: AnyAsker, visit_id: UUID, at: At = None, min_position: MinPosition = None
) -> Response:
    """One visit as it stands, or as it stood."""
    only(asker, "visits.read", *READERS)
    basis = await basis_of(platform, at, min_position)
    visit = await platform.visits.visit(visit_id, at=basis.position)
    await may_know_of(platform, asker, "visit", visit_id, visit.rep_id)
    return answer(plain(visit), basis=basis, headers={"ETag": etag(visit.versions)})


@router.get("/v1/visits/{visit_id}/history")
async def read_history(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    visit_id: UUID,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Every version of a visit: both clocks, who said it, what changed, how it was judged, the leaf in the log."""
    only(asker, "visits.read", *READERS)
    basis = await basis_of(platform, at, min_position)
    history = await platform.visits.history(visit_id, at=basis.position)
    await may_know_of(platform, asker, "visit", visit_id, history[-1].rep_id)
    items = [_version(one) for one in history]
    return listed(request, Page(items, None, COLUMNS), basis)


@router.get("/v1/visits/{visit_id}/attachments")
async def read_attachments(
    platform: ThePlatform, asker: AnyAsker, visit_id: UUID, at: At = None, min_position: MinPosition = None
) -> Response:
    """The photos and documents of a visit: which have arrived, and which another visit used before.

    Look here before you confirm a photo; `GET /v1/attachments/{sha256}` opens one.
    """
    only(asker, "visits.read", *READERS)
    basis = await basis_of(platform, at, min_position)
    visit = await platform.visits.visit(visit_id, at=basis.position)
    await may_know_of(platform, asker, "visit", visit_id, visit.rep_id)
    items = [
        {name: value for name, value in plain(row).items() if name != "visit_id"}
        for row in await platform.visits.attachments(visit_id, at=basis.position)
    ]
    return answer({"items": items, "next": None}, basis=basis)


@router.get("/v1/customers/{customer_id}/visits")
async def read_visits_of_customer(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    customer_id: UUID,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Every version of every visit to a customer, across owners, in the order of the log.

    A rep sees the own ones, a manager those of the line, arbiters, auditors and ops all.
    """
    only(asker, "visits.read", *READERS)
    begin = read_cursor(cursor, int)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    await platform.customer_file.customer(customer_id, at=basis.position)
    found = await platform.visits.of_customer(
        customer_id, basis.position, after=begin[1] if begin else (), limit=limit + 1
    )
    page = found[:limit]
    following = cursor_of(basis.position, page[-1].position) if len(found) > limit else None
    seen = {rep_id: await _may_see(platform, asker, rep_id) for rep_id in {one.rep_id for one in page}}
    return listed(request, Page([_version(one) for one in page if seen[one.rep_id]], following, COLUMNS), basis)


async def _may_see(platform: Platform, asker: Asker, rep_id: str) -> bool:
    try:
        await may_look_at(platform, asker, "visits.read", rep_id)
    except Forbidden:
        return False
    return True


COLUMNS = (
    "visit_id", "version", "position", "event_id", "type", "customer_id", "rep_id", "line", "occurred_at",
    "recorded_at", "attested_at", "biz_date", "actor", "changed", "flags", "verdict", "rules_version", "reason",
    "approval_id", "leaf_hash",
)  # fmt: skip


def _version(version: VisitVersion) -> Mapping[str, Any]:
    """One version, with what changed as field → [old, new]."""
    told: dict[str, Any] = plain(version)
    told["type"] = told.pop("name")
    told["actor"] = {
        "id": told.pop("actor_id"),
        "role": told.pop("actor_role"),
        "on_behalf_of": told.pop("on_behalf_of"),
    }
    told["changed"] = json.loads(version.changed)
    return {column: told.get(column) for column in COLUMNS}
