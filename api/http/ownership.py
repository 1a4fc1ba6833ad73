"""Claims: asked for, given back; who owned which customer, by which knowledge."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import decisions
from api.batches import Item, emit_all
from api.bodies.ownership import Reassign
from api.bodies.parts import read_body
from api.bodies.reading import read_json
from api.http.answers import Page, answer, basis_of, cursor_of, listed, plain, read_cursor
from api.http.asking import (
    OVERSEERS,
    READERS,
    AnyAsker,
    At,
    Cursor,
    Limit,
    MinPosition,
    ThePlatform,
    hour,
    may_know_of,
    only,
)
from api.http.bodies import body_of
from api.http.calls import call
from api.http.cloudevents import JSON
from api.http.customers import LineParameter
from api.http.events import result_of
from api.http.problems import language_of
from services.access import Role
from services.as_of import Basis
from services.ownership_questions import OwnershipSpan, SpanTold, State
from services.platform import Platform
from services.refusals import FieldFault, Malformed

router = APIRouter(tags=["ownership"])
_BULK = Reassign.model_json_schema(ref_template="#/components/schemas/{model}")
_BULK.pop("$defs", None)

call(router, "/v1/customers/{customer_id}/claims", "ownership.claim", status=201)
call(router, "/v1/claims/{claim_id}/release", "ownership.release")
call(router, "/v1/claims/{claim_id}/extend", "ownership.extend")
call(router, "/v1/claims/{claim_id}/transfer", "ownership.transfer")
call(router, "/v1/claims/{claim_id}/park", "ownership.park")
call(router, "/v1/claims/{claim_id}/continue", "followup.continue")
call(router, "/v1/claims/{claim_id}/helpers", "helper.link")
call(router, "/v1/claims/{claim_id}/helpers/{helper_id}/unlink", "helper.unlink")


@router.post(
    "/v1/reassignments", openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": _BULK}}}}
)
async def reassign(request: Request, platform: ThePlatform, asker: AnyAsker) -> Response:
    """Hand many customers to another rep: so many transfers, each by every rule, and a result for each.

    With an `Idempotency-Key`, sent again, each is answered as the first time.
    """
    body = read_body(Reassign, read_json(await body_of(request)))
    if (body.claim_ids is None) == (body.from_rep_id is None):
        raise Malformed((FieldFault("/claim_ids", "Either claim_ids, or from_rep_id."),))
    claims = list(dict.fromkeys(body.claim_ids)) if body.claim_ids else await _held(platform, str(body.from_rep_id))
    sent = asker.sent(platform, on_behalf_of=request.headers.get("on-behalf-of"))
    terms = {
        "to_rep_id": body.to_rep_id,
        "credit_split": [{"rep_id": one.rep_id, "bp": one.bp} for one in body.credit_split]
        if body.credit_split is not None
        else None,
        "effective_at": body.effective_at.isoformat() if body.effective_at else None,
        "reason": body.reason,
    }
    said = {name: value for name, value in terms.items() if value is not None}
    items = [
        Item(replace(sent, id=f"{sent.id}/{claim_id}"), "ownership.transfer", {"claim_id": str(claim_id), **said})
        for claim_id in claims
    ]
    outcomes = await emit_all(platform, items)
    head = await platform.log.head()
    results = [
        {"claim_id": str(claim_id), **result_of(request, item, outcome)}
        for claim_id, item, outcome in zip(claims, items, outcomes, strict=True)
    ]
    return answer({"results": results}, basis=Basis(head.position, head.recorded_at, head.root))


async def _held(platform: Platform, rep_id: str) -> Sequence[UUID]:
    """Every claim that a rep holds now."""
    await platform.projector.reached((await platform.log.head()).position, seconds=2.0)
    places = await platform.ownership_questions.held_by(rep_id, at=platform.now())
    return [place.claim_id for place in places]


COLUMNS = (
    "customer_id", "line", "rep_id", "team_id", "claim_id", "state", "basis", "cause", "since", "until",
    "lapses_at", "protected_until", "first_visit_due", "hard_cap", "rules_version", "stale",
)  # fmt: skip


@router.get("/v1/customers/{customer_id}/ownership")
async def read_ownership(
    platform: ThePlatform,
    asker: AnyAsker,
    customer_id: UUID,
    line: LineParameter = "default",
    valid_at: Annotated[str | None, Query(max_length=64, description="Who was entitled then (RFC 3339).")] = None,
    known_at: Annotated[
        str | None, Query(max_length=64, description="By what was recorded then: a position, or an hour.")
    ] = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Who owns a customer, or owned it: by both dials, with the whole history of its spans.

    `at` sets both dials; without any of them it is now. `stale`: an event of this customer could not be taken in and
    waits for a hand, so the answer is an earlier state.
    """
    only(asker, "ownership.read", *READERS)
    basis = await basis_of(platform, known_at or at, min_position, name="known_at" if known_at else "at")
    if valid_at is not None:
        instant = hour(valid_at, "valid_at")
    else:
        instant = platform.now() if at is None else basis.recorded_at or platform.now()
    await platform.customer_file.customer(customer_id, at=basis.position)
    owned = await platform.ownership_questions.owned(customer_id, line, valid_at=instant, known_at=basis.position)
    owner = owned.owner
    return answer(
        {
            "customer_id": customer_id,
            "line": line,
            "valid_at": instant,
            "owner": {
                "rep_id": owner.rep_id,
                "team_id": owner.team_id,
                "claim_id": owner.claim_id,
                "since": owner.valid_from,
                "protected_until": owner.protected_until,
                "until": owner.valid_to,
                "basis": owner.basis,
                "lapses_at": owner.lapses_at,
                "first_visit_due": None if owner.visited else owner.first_visit_due,
                "hard_cap": owner.hard_cap,
                "because": {"event": owner.cause, "visit_id": owner.renewed_by, "basis": owner.basis},
                "rules_version": owner.rules_version,
                "to_rep_id": owner.to_rep_id,
                "helpers": [
                    {"rep_id": helper, "split_bp": bp}
                    for helper, bp in zip(owner.helpers, owner.helper_bp, strict=True)
                ],
            }
            if owner
            else None,
            "state": owned.state,
            "stale": owned.stale,
            "spans": [_span(one) for one in owned.spans],
        },
        basis=basis,
    )


@router.get("/v1/ownership")
async def read_table(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    rep: Annotated[str | None, Query(max_length=64)] = None,
    team: Annotated[str | None, Query(max_length=64)] = None,
    state: Literal["PROTECTED", "PAUSED", "GRACE"] | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Every claim that holds, or held: the nearest end first.

    `stale`: an event of that customer could not be taken in and waits for a hand, so the row is an earlier state.
    """
    only(asker, "ownership.read", *READERS)
    begin = read_cursor(cursor, datetime, UUID, datetime)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    if begin is not None:
        valid_at: datetime = begin[1][2]
    else:
        valid_at = platform.now() if at is None else basis.recorded_at or platform.now()
    found = await platform.ownership_questions.table(
        valid_at=valid_at,
        known_at=basis.position,
        rep_id=rep,
        team_id=team,
        state=state,
        after=(begin[1][0], begin[1][1]) if begin else None,
        limit=limit + 1,
    )
    page = found[:limit]
    following = None
    if len(found) > limit:
        last = page[-1][0]
        following = cursor_of(basis.position, last.valid_to, last.claim_id, valid_at)
    stale = await platform.ownership_questions.stale([span for span, _ in page], known_at=basis.position)
    items = [{**_row(span, how), "stale": span.claim_id in stale} for span, how in page]
    return listed(request, Page(items, following, COLUMNS), basis)


@router.get("/v1/claims/{claim_id}/explain")
async def explain(
    request: Request, platform: ThePlatform, asker: AnyAsker, claim_id: UUID, min_position: MinPosition = None
) -> Response:
    """Why a claim was granted or refused: the decision made again on what the log held then, condition by condition.

    For the rep who asked, whoever stands above in the line, arbiters, auditors and ops. A refused claim is asked about
    by the id that it was asked with; one id may have several answers, in their order.
    """
    basis = await basis_of(platform, None, min_position)
    found = await platform.explanations.of(claim_id)
    await may_know_of(platform, asker, "claim", claim_id, found[0].answer.rep_id)
    rivals = Role(asker.token.role) in (Role.ARBITER, *OVERSEERS)
    language = language_of(request)
    told = [decisions.explanation(one, language, rivals=rivals) for one in found]
    return answer({"claim_id": claim_id, "decisions": told}, basis=basis)


def _span(told: SpanTold) -> Mapping[str, Any]:
    span = told.span
    recorded = [told.known_from] if told.known_to is None else [told.known_from, told.known_to]
    return {
        "origin": plain(span.customer_id),
        "rep_id": span.rep_id,
        "claim_id": plain(span.claim_id),
        "from": plain(span.valid_from),
        "to": plain(span.valid_to),
        "cause": span.cause,
        "ended": plain(span.ended),
        "cases": plain(span.cases),
        "recorded": recorded,
        "entitled": told.entitled,
    }


def _row(span: OwnershipSpan, state: State) -> Mapping[str, Any]:
    told: dict[str, Any] = plain(span)
    return {
        **told,
        "state": state,
        "since": told["valid_from"],
        "until": told["valid_to"],
    }
