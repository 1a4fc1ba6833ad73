"""The days of reps: planned, closed, looked at; the day sheet, and what a manager still has to look at."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.http.answers import answer, basis_of, etag, plain
from api.http.asking import AnyAsker, At, MinPosition, ThePlatform, may_look_at, only
from api.http.calls import call
from services.access import Role
from services.workday_questions import DaySheet, WorkdayRow

router = APIRouter(tags=["days"])

call(router, "/v1/workdays/plans", "workday.plan", status=201)
call(router, "/v1/workdays/plans/adjustments", "workday.adjust_plan")
call(router, "/v1/workdays/closings", "workday.close")
call(router, "/v1/workdays/reflections", "workday.reflect")
call(router, "/v1/workdays/time-off", "workday.approve_time_off")
call(router, "/v1/workdays/inspections", "workday.inspect")
call(router, "/v1/workdays/record-inspections", "workday.inspect_record")

_BLOCK = ("block_kinds", "block_from", "block_to", "block_customers", "block_objectives")


@router.get("/v1/reps/{rep_id}/days/{day}")
async def read_day(
    platform: ThePlatform,
    asker: AnyAsker,
    rep_id: Annotated[str, Path(max_length=64)],
    day: date,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """A rep's day on one sheet: the plan, the visits, what came of it, and what the manager said.

    For the rep, the managers above, arbiters, auditors and ops.
    """
    await may_look_at(platform, asker, "workday.read", rep_id)
    basis = await basis_of(platform, at, min_position)
    rep = await platform.organisation.rep(rep_id, platform.now())
    sheet = await platform.workday_questions.sheet(rep_id, day, rep.zone, at=basis.position)
    if asker.token.actor != rep_id:
        await platform.looks.replayed(asker.looking(None), rep_id, "TIMELINE", str(day), str(day), basis.position)
    return answer(_sheet(sheet), basis=basis, headers={"ETag": etag(sheet.workday.version)})


@router.get("/v1/inspections")
async def read_inspections(
    platform: ThePlatform, asker: AnyAsker, at: At = None, min_position: MinPosition = None
) -> Response:
    """The closed days of everybody below the asker that nobody has looked at yet, the most urgent first.

    `inspect_by` is the end of the next workday (D29); after it the day is charged to the manager. For managers.
    """
    only(asker, "inspections.read", Role.MANAGER)
    basis = await basis_of(platform, at, min_position)
    below = await platform.directory.under(asker.token.actor, valid_at=platform.now(), known_at=basis.position)
    rows = await platform.workday_questions.to_inspect([row.rep_id for row in below], at=basis.position)
    return answer({"items": [told(row) for row in rows], "next": None}, basis=basis)


def told(row: WorkdayRow) -> Mapping[str, Any]:
    """A day as it is answered: blocks and commitments as lists of things, hours of the day as 09:30."""
    day: dict[str, Any] = plain(row)
    day["blocks"] = [
        {
            "kind": kind,
            "from": clock(begins),
            "to": clock(ends),
            "customer_id": customer or None,
            "objective": objective or None,
        }
        for kind, begins, ends, customer, objective in zip(*(getattr(row, name) for name in _BLOCK), strict=True)
    ]
    day["commitments"] = [
        {"metric": metric, "qty": qty} for metric, qty in zip(row.committed_metrics, row.committed_qtys, strict=True)
    ]
    for taken_in in (*_BLOCK, "committed_metrics", "committed_qtys"):
        del day[taken_in]
    return day


def clock(minute: int) -> str:
    """Minutes after midnight as a time of day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _sheet(sheet: DaySheet) -> Mapping[str, Any]:
    return {
        **told(sheet.workday),
        "is_workday": sheet.is_workday,
        "figures": {
            "visits": sheet.in_person,
            "effective_visits": sheet.effective,
            "customer_minutes": sheet.minutes,
            "travel_minutes": sheet.travel_minutes,
            "longest_idle_minutes": sheet.idle,
        },
        "visits": [plain(row) for row in sheet.visits],
        "planned": [plain(row) for row in sheet.planned],
    }
