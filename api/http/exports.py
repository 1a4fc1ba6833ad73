"""Everything of one kind, handed out as a whole, as of then."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from api.exporting import Lines, What, in_lines
from api.http.answers import basis_of
from api.http.asking import OVERSEERS, AnyAsker, At, MinPosition, Purpose, ThePlatform, only

router = APIRouter(tags=["exports"])
_KINDS = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
PIECES = 500
"""Lines that are sent together."""


@router.get("/v1/exports/{what}", response_class=StreamingResponse)
async def export(
    platform: ThePlatform,
    asker: AnyAsker,
    what: What,
    format: Annotated[Lines, Query(description="JSON lines, or a table that opens in a spreadsheet.")] = "jsonl",
    purpose: Purpose = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """All events as they are stored, or all rows of a read model, as of then; for auditors and ops.

    That it was taken is on record (V20).

    `Log-Position` says what it stands on: what was recorded later changes nothing in it.
    """
    only(asker, "exports.read", *OVERSEERS)
    basis = await basis_of(platform, at, min_position)
    await platform.looks.exported(asker.looking(purpose), what, format, basis.position)
    valid_at = basis.recorded_at or platform.now()
    rows = platform.exports.rows(what, at=basis.position, valid_at=valid_at)
    head = {
        "Log-Position": str(basis.position),
        "Content-Disposition": f"attachment; filename=fieldtrace-{what}.{format}",
    }
    text = in_lines(rows, [*platform.exports.columns(what)], format)
    return StreamingResponse(_together(text), 200, head, _KINDS[format])


async def _together(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    waiting: list[str] = []
    async for piece in pieces:
        waiting.append(piece)
        if len(waiting) == PIECES:
            yield "".join(waiting)
            waiting = []
    if waiting:
        yield "".join(waiting)
