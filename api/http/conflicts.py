"""Conflicts: the docket, the case file with its arithmetic, and everything that is asked in a case."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.bodies.conflicts import Rule
from api.http.answers import Page, answer, basis_of, cursor_of, etag, listed, plain, read_cursor
from api.http.asking import READERS, AnyAsker, Asker, At, Cursor, Limit, MinPosition, ThePlatform, only
from api.http.calls import call
from services.access import Role
from services.conflicts import CaseFileRow, CaseRow, CaseStage
from services.looks import Looker
from services.ownership_questions import SpanTold
from services.platform import Platform
from services.ports import Context
from services.refusals import RefNotFound

router = APIRouter(tags=["conflicts"])
_STREAM = "conflict-{case_id}"
_SEES_ALL = (Role.AUDITOR, Role.OPS)


async def _rehearsed(platform: Platform, body: Rule, context: Context) -> Mapping[str, Any]:
    """The ladder's arithmetic, and the events that would be appended."""
    would = await platform.conflicts.dry_run(body.ruling(), context)
    parties = would.ruling.parties if would.ruling else ()
    await platform.looks.rehearsed(
        Looker(context.actor, context.correlation_id), body.case_id, parties, would.as_of_position
    )
    events = [{"type": name, "stream": stream, "facts": json.loads(facts)} for name, stream, facts in would.events]
    return {
        "dry_run": True,
        "as_of_position": would.as_of_position,
        "ruling": plain(would.ruling),
        "events": events,
    }


call(router, "/v1/conflicts", "conflict.open", status=201)
call(router, "/v1/conflicts/{case_id}/evidence", "conflict.submit_evidence", status=201, stream=_STREAM)
call(router, "/v1/conflicts/{case_id}/statements", "conflict.file_statement", status=201, stream=_STREAM)
call(router, "/v1/conflicts/{case_id}/rulings", "conflict.rule", status=201, stream=_STREAM, rehearse=_rehearsed)
call(router, "/v1/conflicts/{case_id}/appeals", "conflict.appeal", status=201, stream=_STREAM)
call(router, "/v1/conflicts/{case_id}/reopenings", "conflict.reopen", status=201, stream=_STREAM)
call(router, "/v1/deals/{deal_id}/challenges", "deal.challenge_credit", status=201)
call(router, "/v1/commission-periods", "deal.close_commission_period", status=201)

COLUMNS = (
    "case_id", "stage", "kind", "customer_id", "other_customer_id", "line", "parties", "deal_id", "trigger_event",
    "opened_by", "opened_at", "zone", "arbiter_id", "statements_due", "ruling_due", "appeal_due", "due_at", "stated",
    "evidence", "proposed", "proposed_winner_id", "rung", "ruling_id", "winner_id", "credits", "rulings",
    "basis_changed", "outcome", "closed_at",
)  # fmt: skip


@router.get("/v1/conflicts")
async def read_docket(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    party: Annotated[str | None, Query(max_length=64, description="Only cases in which this rep stands.")] = None,
    arbiter: Annotated[str | None, Query(max_length=64, description="Only those this arbiter has.")] = None,
    customer: Annotated[UUID | None, Query()] = None,
    stage: Literal["OPEN", "RULED", "APPEALED", "CLOSED"] | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """The docket, in the order of opening. A rep sees the own cases, a manager those of the line, an arbiter those that
    lie there or that the arbiter could have; auditors and ops see all."""
    only(asker, "conflicts.read", *READERS)
    role = Role(asker.token.role)
    if role in (Role.REP, Role.CLIENT) and party is None:
        party = asker.token.actor
    begin = read_cursor(cursor, datetime, UUID)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    found = await platform.conflicts.docket(
        at=basis.position,
        party=party,
        arbiter=arbiter,
        customer_id=customer,
        stage=CaseStage(stage) if stage else None,
        after=(begin[1][0], begin[1][1]) if begin else None,
        limit=limit + 1,
    )
    page = found[:limit]
    following = cursor_of(basis.position, page[-1].opened_at, page[-1].case_id) if len(found) > limit else None
    seen = [row for row in page if await _may_see(platform, asker, row)]
    return listed(request, Page([_told(row) for row in seen], following, COLUMNS), basis)


@router.get("/v1/conflicts/{case_id}")
async def read_case(
    platform: ThePlatform,
    asker: AnyAsker,
    case_id: UUID,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """The case file: how the case stands, everything in it, and everything that is recorded about customer and parties.

    A party sees the case itself, the own dealings with the customer and who held it when, but not what the other party
    did there; the arbiter, managers above all parties, auditors and ops see all of it.
    """
    only(asker, "conflicts.read", *READERS)
    basis = await basis_of(platform, at, min_position)
    row = await platform.conflicts.case(case_id, at=basis.position)
    if not await _may_see(platform, asker, row):
        raise RefNotFound("case", str(case_id))  # nobody learns by asking which cases there are
    whole = await _sees_the_whole(platform, asker, row)
    own = await platform.conflicts.of_the_case(row, at=basis.position)
    around = await platform.conflicts.about_the_customer(row, at=basis.position)
    spans = [
        {"customer_id": customer_id, "spans": [_span(one) for one in owned.spans]}
        for customer_id in (row.customer_id, *([row.other_customer_id] if row.other_customer_id else []))
        for owned in [
            await platform.ownership_questions.owned(
                customer_id, row.line, valid_at=platform.now(), known_at=basis.position
            )
        ]
    ]
    shown = around if whole else _of_oneself(around, asker.token.actor)
    return answer(
        {
            **_told(row),
            "events": [_event(one) for one in own],
            "history": [_event(one) for one in shown],
            "hidden": len(around) - len(shown),
            "ownership": spans,
        },
        basis=basis,
        headers={"ETag": etag(row.version)},
    )


async def _may_see(platform: Platform, asker: Asker, row: CaseRow) -> bool:
    role, actor = Role(asker.token.role), asker.token.actor
    if role in _SEES_ALL or actor in row.parties or (role is Role.ARBITER and actor == row.arbiter_id):
        return True
    if role is Role.MANAGER:
        return any([await platform.organisation.manages(actor, rep_id, platform.now()) for rep_id in row.parties])
    if role is Role.ARBITER:
        return await platform.conflicts.could_rule(actor, row.parties, platform.now())
    return False


async def _sees_the_whole(platform: Platform, asker: Asker, row: CaseRow) -> bool:
    """Whoever is no party and not only above one of them."""
    role, actor = Role(asker.token.role), asker.token.actor
    if actor in row.parties:
        return False
    if role is Role.MANAGER:
        return all([await platform.organisation.manages(actor, rep_id, platform.now()) for rep_id in row.parties])
    return True


_FOR_EVERYBODY = ("ownership.claim_granted", "ownership.claim_released", "ownership.claim_revoked")
"""What everybody in sales sees anyway: who held the customer, since when, until when."""


def _of_oneself(rows: Sequence[CaseFileRow], actor: str) -> Sequence[CaseFileRow]:
    return [row for row in rows if actor in row.reps or row.name in _FOR_EVERYBODY]


def _told(row: CaseRow) -> Mapping[str, Any]:
    told: dict[str, Any] = plain(row)
    told["credits"] = [{"rep_id": rep_id, "bp": bp} for rep_id, bp in zip(row.credit_reps, row.credit_bp, strict=True)]
    return {column: told[column] for column in COLUMNS}


def _event(row: CaseFileRow) -> Mapping[str, Any]:
    told: dict[str, Any] = plain(row)
    told["type"] = told.pop("name")
    told["actor"] = {"id": told.pop("actor_id"), "role": told.pop("actor_role")}
    told["facts"] = json.loads(row.facts)
    return told


def _span(told: SpanTold) -> Mapping[str, Any]:
    span = told.span
    return {
        "rep_id": span.rep_id,
        "claim_id": plain(span.claim_id),
        "from": plain(span.valid_from),
        "to": plain(span.valid_to),
        "basis": plain(span.basis),
        "cause": span.cause,
        "rules_version": span.rules_version,
        "recorded": [told.known_from] if told.known_to is None else [told.known_from, told.known_to],
        "entitled": told.entitled,
    }
