"""Profiles of the ideal customer, and what each source of leads is worth (V10)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.http.answers import Page, answer, basis_of, listed, plain
from api.http.asking import AnyAsker, At, MinPosition, ThePlatform, only
from api.http.calls import call
from services.access import Role

router = APIRouter(tags=["leads"])
_OPEN_TO = (Role.MANAGER, Role.ARBITER, Role.AUDITOR, Role.OPS)

call(router, "/v1/icp-profiles", "icp.publish", status=201)
call(router, "/v1/sources/suspensions", "icp.suspend_source", status=201)
call(router, "/v1/sources/resumptions", "icp.resume_source", status=201)
call(router, "/v1/customers/{customer_id}/grade", "customer.override_grade", status=201)

COLUMNS = (
    "method", "detail", "registered", "valid", "right", "right_bp", "unfit", "declined", "effective_new",
    "effective_new_bp", "won", "won_bp", "low_n", "suspended",
)  # fmt: skip


@router.get("/v1/icp-profiles")
async def read_profiles(platform: ThePlatform, asker: AnyAsker, min_position: MinPosition = None) -> Response:
    """Every profile that was published, in the order of their versions; the latest day of effect holds."""
    only(asker, "icp.read", Role.REP, Role.CLIENT, *_OPEN_TO)
    basis = await basis_of(platform, None, min_position)
    items = [plain(one) for one in await platform.icp.published()]
    return answer({"items": items, "next": None}, basis=basis)


@router.get("/v1/sources")
async def read_sources(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    from_: Annotated[date | None, Query(alias="from", description="Registered from this business date on.")] = None,
    to: Annotated[date | None, Query(description="Registered up to this business date, included.")] = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """What each source brought, and what became of it: how many leads are valid, right, effective, and bought.

    A share of fewer than 30 leads is marked `low_n`; a share of none is null.
    """
    only(asker, "sources.read", *_OPEN_TO)
    basis = await basis_of(platform, at, min_position)
    found = await platform.icp.scorecards(from_, to, at=basis.position)
    items: list[dict[str, Any]] = [
        {
            **plain(one),
            "right_bp": one.right_bp,
            "effective_new_bp": one.effective_new_bp,
            "won_bp": one.won_bp,
            "low_n": one.low_n,
        }
        for one in found
    ]
    return listed(request, Page(items, None, COLUMNS), basis)
