"""Qualification: what is known of a purchase that may come, what shows it, and who counts as effective and new."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.http.answers import Page, answer, basis_of, cursor_of, listed, plain, read_cursor
from api.http.asking import READERS, AnyAsker, At, Cursor, Limit, MinPosition, ThePlatform, may_look_at, only
from api.http.calls import call
from api.http.customers import LineParameter
from services.qualification import About, QualificationRow

router = APIRouter(tags=["qualification"])
_OF = "/v1/customers/{customer_id}/qualification"

call(router, f"{_OF}/answers", "qualification.answer", status=201)
call(router, f"{_OF}/needs", "qualification.confirm_need", status=201)
call(router, f"{_OF}/budgets", "qualification.confirm_budget", status=201)
call(router, f"{_OF}/buyers", "qualification.identify_buyer", status=201)
call(router, f"{_OF}/meetings", "qualification.meet_buyer", status=201)

COLUMNS = (
    "position", "rep_id", "team_id", "customer_id", "line", "biz_date", "count", "confirmed_on", "criterion",
    "visit_id", "rules_version",
)  # fmt: skip


@router.get(_OF)
async def read_qualification(
    platform: ThePlatform,
    asker: AnyAsker,
    customer_id: UUID,
    line: LineParameter = "default",
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Where a customer stands: every statement with what shows it, what is missing, whether it was counted.

    `discovery`: how many questions of the script have an answer; `buyer`: by when it is to be known who pays.
    """
    only(asker, "qualification.read", *READERS)
    basis = await basis_of(platform, at, min_position)
    await platform.customer_file.customer(customer_id, at=basis.position)
    found = await platform.qualification.standing(About(customer_id, line), at=basis.position)
    told = {
        "customer_id": customer_id,
        "line": line,
        "statements": [_statement(row) for row in found.statements],
        "missing": list(found.missing),
        "discovery": {"answered": found.answered, "questions": found.questions},
        "counts": [plain(row) for row in found.counts],
        "buyer": plain(found.sought) if found.sought else None,
    }
    return answer(told, basis=basis)


@router.get("/v1/reps/{rep_id}/effective-new-customers")
async def read_effective_new(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    rep_id: Annotated[str, Path(max_length=64)],
    from_: Annotated[date | None, Query(alias="from", description="From this business date on.")] = None,
    to: Annotated[date | None, Query(description="Up to this business date, included.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """The effective new customers counted for a rep, and those taken back, each on the day on which it counts."""
    await may_look_at(platform, asker, "qualification.read", rep_id)
    begin = read_cursor(cursor, int)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    found = await platform.qualification.counted(
        [rep_id], first=from_, last=to, at=basis.position, after=begin[1] if begin else (), limit=limit + 1
    )
    page = found[:limit]
    following = cursor_of(basis.position, page[-1].position) if len(found) > limit else None
    return listed(request, Page([plain(row) for row in page], following, COLUMNS), basis)


def _statement(row: QualificationRow) -> Mapping[str, Any]:
    told: dict[str, Any] = plain(row)
    money = {
        end: None if told[f"{end}_minor"] is None else {"minor": told[f"{end}_minor"], "currency": row.currency}
        for end in ("at_least", "at_most")
    }
    evidence = {"visit_id": told["visit_id"], "position": row.evidence_position, "sha256": row.sha256}
    named = ("rep_id", "criterion", "question", "said", "contact_id", "interest_origin", "confidence", "said_at")
    return {**{name: told[name] for name in named}, **money, "evidence": evidence, "position": row.position}
