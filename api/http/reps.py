"""What a rep did, in order."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.answers import Page, answer, basis_of, cursor_of, listed, plain, read_cursor
from api.http.asking import AnyAsker, At, Cursor, Limit, MinPosition, Purpose, ThePlatform, hour, may_look_at
from api.http.problems import language_of
from api.http.words import Language
from services import words
from services.refusals import FieldFault, Malformed
from services.replays import Standing, Step
from services.timelines import TimelineRow

router = APIRouter(tags=["reps"])
EVERY = 100
"""After so many events of a replay its whole standing is told, so that one may jump."""
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
    purpose: Purpose = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """A rep's activity in order, each event with a sentence in the language that is asked for.

    For the rep, the managers above, arbiters, auditors and ops; that they looked is on record (V20).
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
    if asker.token.actor != rep_id:
        await platform.looks.replayed(
            asker.looking(purpose), rep_id, "TIMELINE", plain(first), plain(last), stands_on.position
        )
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


@router.get("/v1/reps/{rep_id}/replay")
async def read_replay(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    rep_id: Annotated[str, Path(max_length=64)],
    day: Annotated[date | None, Query(alias="date", description="One business date.")] = None,
    from_: Annotated[date | None, Query(alias="from", description="From this business date on.")] = None,
    to: Annotated[date | None, Query(description="Up to this business date, included.")] = None,
    basis: Annotated[Literal["occurred", "recorded"], Query(description="By which clock.")] = "occurred",
    purpose: Purpose = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """A rep's days step by step: each event, and what it changed in how the rep stood.

    `zero` is how the rep stood before the first event; `patches` has for each event the values that are different after
    it; `checkpoints` has the whole standing after every hundredth. For the rep, the managers above, arbiters, auditors
    and ops; that they looked is on record (V20).
    """
    await may_look_at(platform, asker, "timeline.read", rep_id)
    if day is not None and (from_ is not None or to is not None):
        raise Malformed((FieldFault("?date", "Give one date, or the first and the last."),))
    begin = read_cursor(cursor, int)
    stands_on = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    rep = await platform.organisation.rep(rep_id, platform.now())
    done: int = begin[1][0] if begin else 0
    steps: list[Step] = []
    following = None
    number = 0
    async for step in platform.replays.of_rep(
        rep_id, at=stands_on.position, clock=basis, first=day or from_, last=day or to
    ):
        number += 1
        if number > done + limit:
            following = cursor_of(stands_on.position, done + limit)
            break
        if number > done:
            steps.append(step)
    language = language_of(request)
    if asker.token.actor != rep_id:
        await platform.looks.replayed(
            asker.looking(purpose), rep_id, "REPLAY", plain(day or from_), plain(day or to), stands_on.position
        )
    zero = plain(steps[0].before if steps else Standing())
    content = {
        "rep_id": rep_id,
        "zone": rep.zone,
        "zero": zero,
        "events": [told(step.row, language, rep.zone) for step in steps],
        "patches": _patches(zero, steps),
        "checkpoints": [
            {"after": n, "standing": plain(step.standing)} for n, step in enumerate(steps, done + 1) if n % EVERY == 0
        ],
        "next": following,
    }
    return answer(content, basis=stands_on)


def _patches(zero: Mapping[str, int], steps: Sequence[Step]) -> Sequence[Mapping[str, int]]:
    patches: list[Mapping[str, int]] = []
    before = zero
    for step in steps:
        now: Mapping[str, int] = plain(step.standing)
        patches.append({name: value for name, value in now.items() if before[name] != value})
        before = now
    return patches


def told(row: TimelineRow, language: Language, zone: str = "UTC") -> Mapping[str, Any]:
    """One event of a timeline; hours in its sentence are those of a zone."""
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
        "sentence": words.sentence(language, row.name, facts, zone=zone),
        "facts": facts,
    }


def _day_or_hour(text: str | None, name: str) -> date | datetime | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-17") else hour(text, name)
    except ValueError as error:
        raise Malformed((FieldFault(f"?{name}", "This is neither a date nor an hour."),)) from error
