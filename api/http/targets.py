"""Targets: proposed, set, amended; what each says as of any position, and how it came to say so."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
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
    forbid,
    may_look_at,
    only,
)
from api.http.calls import call
from services.access import Role
from services.platform import Platform
from services.refusals import Forbidden, RefNotFound
from services.target_questions import TargetHistoryRow, TargetRow
from services.targets import PeriodKind

router = APIRouter(tags=["targets"])
_STREAM = "target-{target_id}"

call(router, "/v1/targets", "target.set", status=201)
call(router, "/v1/targets/proposals", "target.propose", status=201)
call(router, "/v1/targets/{target_id}/acceptance", "target.accept", stream=_STREAM)
call(router, "/v1/targets/{target_id}/lock", "target.lock", stream=_STREAM)
call(router, "/v1/targets/{target_id}/amendments", "target.amend", stream=_STREAM)
call(router, "/v1/targets/{target_id}/close", "target.close", stream=_STREAM)

COLUMNS = (
    "target_id", "standing", "subject", "metric", "metric_class", "unit", "period", "from_day", "to_day", "first_qty",
    "qty", "steps", "currency", "iron", "responsible_id", "parent_id", "proposed_by", "proposed_at", "set_by",
    "set_at", "accepted_at", "locked_at", "closed_at",
)  # fmt: skip


@router.get("/v1/targets")
async def read_targets(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    subject: Annotated[str | None, Query(max_length=80, description="`rep:<id>` or `team:<id>`.")] = None,
    metric: Annotated[str | None, Query(max_length=64)] = None,
    period: Literal["YEAR", "MONTH", "WEEK", "DAY"] | None = None,
    on: Annotated[date | None, Query(description="Only those whose period holds this day.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Targets, in the order of their first days. A rep asks for the own ones, or for those of the own team."""
    only(asker, "targets.read", *READERS)
    if subject is None and asker.token.role == Role.REP:
        subject = f"rep:{asker.token.actor}"
    await _may_read(platform, asker, subject)
    begin = read_cursor(cursor, date, UUID)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    found = await platform.target_questions.all(
        at=basis.position,
        subject=subject,
        metric=metric,
        period=PeriodKind(period) if period else None,
        on=on,
        after=(begin[1][0], begin[1][1]) if begin else None,
        limit=limit + 1,
    )
    page = found[:limit]
    following = cursor_of(basis.position, page[-1].from_day, page[-1].target_id) if len(found) > limit else None
    return listed(request, Page([_told(row) for row in page], following, COLUMNS), basis)


@router.get("/v1/targets/{target_id}")
async def read_target(
    platform: ThePlatform, asker: AnyAsker, target_id: UUID, at: At = None, min_position: MinPosition = None
) -> Response:
    """One target as it stands, or as it stood."""
    only(asker, "targets.read", *READERS)
    basis = await basis_of(platform, at, min_position)
    row = await platform.target_questions.one(target_id, at=basis.position)
    await _may_know_of(platform, asker, target_id, row.subject)
    return answer(_told(row), basis=basis, headers={"ETag": etag(row.version)})


@router.get("/v1/targets/{target_id}/history")
async def read_history(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    target_id: UUID,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Every change of a target, and every amendment that was refused."""
    only(asker, "targets.read", *READERS)
    basis = await basis_of(platform, at, min_position)
    row = await platform.target_questions.one(target_id, at=basis.position)
    await _may_know_of(platform, asker, target_id, row.subject)
    history = await platform.target_questions.history(target_id, at=basis.position)
    items: list[Mapping[str, Any]] = [plain(one) for one in history]
    return listed(request, Page(items, None, tuple(TargetHistoryRow.__dataclass_fields__)), basis)


async def _may_know_of(platform: Platform, asker: Asker, target_id: UUID, subject: str) -> None:
    try:
        await _may_read(platform, asker, subject)
    except Forbidden as forbidden:
        raise RefNotFound("target", str(target_id)) from forbidden


async def _may_read(platform: Platform, asker: Asker, subject: str | None) -> None:
    """A rep reads the own targets and those of the own team; whoever else may read here reads all of a team's."""
    kind, _, name = (subject or "").partition(":")
    if kind == "rep":
        await may_look_at(platform, asker, "targets.read", name)
    elif asker.token.role == Role.REP:
        rep = await platform.organisation.rep(asker.token.actor, platform.now())
        if kind != "team" or name != rep.team_id:
            raise forbid("targets.read", asker)
    elif asker.token.role == Role.CLIENT:
        raise forbid("targets.read", asker)


def _told(row: TargetRow) -> Mapping[str, Any]:
    told: dict[str, Any] = plain(row)
    told["steps"] = [{"from": plain(day), "qty": qty} for day, qty in zip(row.step_days, row.step_qtys, strict=True)]
    return {column: told[column] for column in COLUMNS}
