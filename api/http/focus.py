"""Where the time of a rep goes, what drags on, and whether a customer is worth what it costs (V17)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.answers import Page, answer, basis_of, listed, plain
from api.http.asking import AnyAsker, At, MinPosition, ThePlatform, may_look_at, only
from services.access import Role
from services.focus import Spent
from services.refusals import FieldFault, Malformed

router = APIRouter(tags=["focus"])
_OPEN_TO = (Role.MANAGER, Role.ARBITER, Role.AUDITOR, Role.OPS)
MOST_DAYS = 400
DRAG_COLUMNS = (
    "claim_id", "customer_id", "line", "rep_id", "held_since", "age_days", "limit_days", "cycle_days", "long",
)  # fmt: skip


@router.get("/v1/reps/{rep_id}/time")
async def read_time(
    platform: ThePlatform,
    asker: AnyAsker,
    rep_id: Annotated[str, Path(max_length=64)],
    from_: Annotated[
        date | None, Query(alias="from", description="From this business date on; left out: a week up to `to`.")
    ] = None,
    to: Annotated[date | None, Query(description="Up to this business date, included; left out: today.")] = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Minutes with customers, the way there included, day by day: new, old, unfit; stale ones; on the road.

    Shares in basis points: of new customers (80/20), of stale ones, of the road. A day with less than an hour tells
    none; the sum of all days still counts it. `travels_told` of `visits`: of how many the way is known.
    """
    await may_look_at(platform, asker, "time.read", rep_id)
    basis = await basis_of(platform, at, min_position)
    hour = basis.recorded_at if at is not None and basis.recorded_at else platform.now()
    last = to or hour.astimezone(ZoneInfo(platform.settings.home_zone)).date()
    first = from_ or last - timedelta(days=6)
    if not timedelta(0) <= last - first <= timedelta(days=MOST_DAYS):
        raise Malformed((FieldFault("?to", f"From `from` on, and at most {MOST_DAYS} days."),))
    told = await platform.focus.time(rep_id, first, last, hour=hour, at=basis.position)
    items = [{"date": day, **_told(one, one.minutes >= told.least_minutes)} for day, one in told.days.items()]
    limits = {"new_share_bp": told.rules.new_share_bp, "stale_share_bp": told.rules.stale_share_bp,
              "travel_share_bp": told.rules.travel_share_bp}  # fmt: skip
    content = {
        "rep_id": rep_id,
        "from": first,
        "to": last,
        "days": items,
        "total": _told(told.total, True),
        "limits": limits,
        "rules_version": told.rules.version,
    }
    return answer(content, basis=basis)


@router.get("/v1/reps/{rep_id}/drag")
async def read_drag(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    rep_id: Annotated[str, Path(max_length=64)],
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """The customers that a rep holds and that bought nothing, the longest held first; `long` ones are to be parked.

    `limit_days`: D19, or twice the median of what won deals took, whichever is less.
    """
    await may_look_at(platform, asker, "time.read", rep_id)
    basis = await basis_of(platform, at, min_position)
    hour = basis.recorded_at if at is not None and basis.recorded_at else platform.now()
    found = await platform.focus.held(rep_id, hour=hour, at=basis.position)
    return listed(request, Page([plain(one) for one in found], None, DRAG_COLUMNS), basis)


@router.get("/v1/customers/{customer_id}/return")
async def read_return(
    platform: ThePlatform, asker: AnyAsker, customer_id: UUID, at: At = None, min_position: MinPosition = None
) -> Response:
    """What a customer cost and brought: time and travel against the margin of what it bought.

    `result` is null where a margin is not known, no hourly cost is published (FOCUS, `hour_cost_minor`), or money is
    in several currencies. `negative`: more was spent than earned.
    """
    only(asker, "returns.read", *_OPEN_TO)
    basis = await basis_of(platform, at, min_position)
    await platform.customer_file.customer(customer_id, at=basis.position)
    hour = basis.recorded_at if at is not None and basis.recorded_at else platform.now()
    found = await platform.focus.value(customer_id, day=hour.date(), at=basis.position)
    content: dict[str, Any] = {
        "customer_id": customer_id,
        "visits": found.visits,
        "visit_minutes": found.visit_minutes,
        "travel_minutes": found.travel_minutes,
        "travel_cost": _money(found.travel_cost),
        "time_cost": _amount(found.time_cost_minor, found.currency),
        "margin": _money(found.margin),
        "margin_unknown": found.margin_unknown,
        "result": _amount(found.result_minor, found.currency),
        "negative": found.negative,
        "flags": ["NEGATIVE_RETURN"] if found.negative else [],
    }
    return answer(content, basis=basis)


def _told(one: Spent, shares: bool) -> Mapping[str, Any]:
    return {
        "minutes": one.minutes,
        "new_effective": one.new_effective,
        "new_candidate": one.new_candidate,
        "old": one.old,
        "unfit": one.unfit,
        "stale": one.stale,
        "travel": one.travel,
        "visits": one.visits,
        "travels_told": one.travels_told,
        "new_share_bp": one.new_share_bp if shares else None,
        "strict_new_share_bp": one.strict_new_share_bp if shares else None,
        "stale_share_bp": one.stale_share_bp if shares else None,
        "travel_share_bp": one.travel_share_bp if shares else None,
    }


def _amount(minor: int | None, currency: str | None) -> Mapping[str, Any] | None:
    return None if minor is None else {"minor": minor, "currency": currency}


def _money(amounts: Mapping[str, int]) -> list[Mapping[str, Any]]:
    return [{"minor": minor, "currency": currency} for currency, minor in sorted(amounts.items())]
