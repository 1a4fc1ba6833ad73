"""What a rep did, in order."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.answers import Page, answer, basis_of, cursor_of, listed, plain, read_cursor
from api.http.asking import AnyAsker, At, Cursor, Limit, MinPosition, ThePlatform, hour, may_look_at
from api.http.problems import language_of
from api.http.words import Language
from services import words
from services.refusals import FieldFault, Malformed
from services.timelines import TimelineRow

router = APIRouter(tags=["reps"])
COLUMNS = (
    "position", "id", "type", "occurred_at", "recorded_at", "biz_date", "flags", "actor", "customer_id", "sentence",
    "facts",
)  # fmt: skip


@router.get("/v1/reps/{rep_id}/timeline")
async def read_timeline(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    rep_id: Annotated[str, Path(max_length=64)],
    from_: Annotated[
        str | None, Query(alias="from", max_length=64, description="A business date, or an hour (RFC 3339).")
    ] = None,
    to: Annotated[
        str | None, Query(max_length=64, description="A business date (included), or an hour (not included).")
    ] = None,
    basis: Annotated[Literal["occurred", "recorded"], Query(description="By which clock.")] = "occurred",
    type: Annotated[str | None, Query(max_length=400, description="Stored names, with commas between.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """A rep's activity in order, each event with a sentence in the language that is asked for.

    For the rep, the managers above, arbiters, auditors and ops.
    """
    await may_look_at(platform, asker, "timeline.read", rep_id)
    begin = read_cursor(cursor, datetime, int)
    stands_on = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    await platform.organisation.rep(rep_id, platform.now())
    first, last = _day_or_hour(from_, "from"), _day_or_hour(to, "to")
    if first is not None and last is not None and isinstance(first, datetime) != isinstance(last, datetime):
        raise Malformed((FieldFault("?to", "Give two dates or two hours."),))
    found = await platform.timelines.of_rep(
        rep_id,
        at=stands_on.position,
        clock=basis,
        first=first,
        last=last,
        names=[one.strip() for one in type.split(",")] if type else (),
        after=begin[1] if begin else None,
        limit=limit + 1,
    )
    page = found[:limit]
    following = None
    if len(found) > limit:
        row = page[-1]
        following = cursor_of(
            stands_on.position, row.occurred_at if basis == "occurred" else row.recorded_at, row.position
        )
    language = language_of(request)
    return listed(request, Page([told(row, language) for row in page], following, COLUMNS), stands_on)


@router.get("/v1/reps/{rep_id}/devices")
async def read_devices(
    platform: ThePlatform,
    asker: AnyAsker,
    rep_id: Annotated[str, Path(max_length=64)],
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """The devices of a rep: when each last heard from us, and since which start it runs."""
    await may_look_at(platform, asker, "devices.read", rep_id)
    basis = await basis_of(platform, at, min_position)
    items = [plain(row) for row in await platform.device_questions.of_rep(rep_id, basis.position)]
    return answer({"items": items, "next": None}, basis=basis)


def told(row: TimelineRow, language: Language) -> Mapping[str, Any]:
    """One event of a timeline."""
    facts: Mapping[str, Any] = json.loads(row.facts)
    return {
        "position": row.position,
        "id": plain(row.event_id),
        "type": row.name,
        "occurred_at": plain(row.occurred_at),
        "recorded_at": plain(row.recorded_at),
        "biz_date": plain(row.biz_date),
        "flags": list(row.flags),
        "actor": {"id": row.actor_id, "role": row.actor_role},
        "customer_id": plain(row.customer_id),
        "sentence": words.sentence(language, row.name, facts),
        "facts": facts,
    }


def _day_or_hour(text: str | None, name: str) -> date | datetime | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-17") else hour(text, name)
    except ValueError as error:
        raise Malformed((FieldFault(f"?{name}", "This is neither a date nor an hour."),)) from error
