"""Customers: registered, kept, found; and whether one may be claimed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import decisions
from api.http.answers import Page, answer, basis_of, cursor_of, etag, listed, plain, read_cursor
from api.http.asking import (
    READERS,
    AnyAsker,
    Asker,
    At,
    Cursor,
    Limit,
    MinPosition,
    Purpose,
    ThePlatform,
    forbid,
    may_look_at,
    only,
)
from api.http.calls import call
from api.http.problems import language_of
from services.access import Role
from services.customer_file import CustomerRow
from services.ownership_questions import OwnershipSpan, State
from services.platform import Platform
from services.ports import Context, Receipt
from services.refusals import FieldFault, Forbidden, Malformed

router = APIRouter(tags=["customers"])
_STREAM = "customer-{customer_id}"
_SHOWN_OF_A_PHONE = 3
_WATCHED = (Role.REP, Role.CLIENT)
"""Whose looks into the pool are on record and count for the day (D7)."""
LineParameter = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$", description="The business line.")]

call(router, "/v1/customers", "customer.register", status=201)
call(router, "/v1/customers/{customer_id}/details", "customer.record_details", stream=_STREAM)
call(router, "/v1/customers/{customer_id}/renames", "customer.rename", stream=_STREAM)
call(router, "/v1/customers/{customer_id}/contacts", "customer.add_contact", status=201, stream=_STREAM)
call(router, "/v1/customers/{customer_id}/contacts/{contact_id}/role", "customer.set_contact_role", stream=_STREAM)
call(router, "/v1/customers/{customer_id}/contacts/{contact_id}/departure", "customer.contact_left", stream=_STREAM)
call(router, "/v1/customers/{customer_id}/decline", "customer.decline", stream=_STREAM)
call(router, "/v1/customers/{customer_id}/group", "customer.link_group", stream=_STREAM)
call(router, "/v1/customers/{customer_id}/merges", "customer.merge", stream=_STREAM)
call(router, "/v1/customers/{customer_id}/unmerges", "customer.unmerge", stream=_STREAM)
call(router, "/v1/duplicates/{customer_id}/{other_id}/verdict", "customer.resolve_duplicate", stream=_STREAM)

COLUMNS = (
    "customer_id", "kind", "legal_name", "aliases", "country", "region_code", "address", "uscc", "domain", "phones",
    "geo", "has_website", "buyer_persona", "competitor_relation", "source", "registered_by", "registered_on",
    "registered_at", "completeness", "contacts", "key_contacts", "declined", "icp", "merged_into", "merged_ids",
    "owner", "state", "protection",
)  # fmt: skip


@router.get("/v1/customers")
async def read_customers(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    q: Annotated[str | None, Query(max_length=200, description="How a name, or a trade name, begins.")] = None,
    owner: Annotated[str | None, Query(max_length=64, description="The rep who holds it.")] = None,
    state: Literal["PROTECTED", "PAUSED", "GRACE", "FREE"] | None = None,
    line: LineParameter = "default",
    limit: Limit = 100,
    cursor: Cursor = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """Customers, the latest registered first; with `q`, by name, those that are found on one page.

    Reps see the numbers of customers of the pool in part, but for those that they registered.
    With `owner` or `state` a page may hold fewer than `limit`; `next` says whether there are more.
    """
    only(asker, "customers.read", *READERS)
    begin = read_cursor(cursor, datetime, UUID)
    basis = await basis_of(platform, begin[0] if begin and at is None else at, min_position)
    valid_at = platform.now() if at is None else basis.recorded_at or platform.now()
    following: str | None = None
    rows: Sequence[CustomerRow]
    if q is not None:
        if begin is not None:
            raise Malformed((FieldFault("?cursor", "What is found under a name stands on one page."),))
        names = await platform.customer_file.found(q, at=basis.position, limit=limit)
        ids = list(dict.fromkeys(name.customer_id for name in names))
        records = await platform.customer_file.customers(ids, at=basis.position)
        rows = [records[one] for one in ids if one in records]
    else:
        found = await platform.customer_file.listed(
            {}, at=basis.position, after=(begin[1][0], begin[1][1]) if begin else None, limit=limit + 1
        )
        rows = found[:limit]
        if len(found) > limit:
            following = cursor_of(basis.position, rows[-1].registered_at, rows[-1].customer_id)
    live = await platform.ownership_questions.live(
        [row.customer_id for row in rows], valid_at=valid_at, known_at=basis.position, line=line
    )
    items: list[Mapping[str, Any]] = []
    for row in rows:
        span, how = next(iter(live.get(row.customer_id, ())), (None, "FREE"))
        if (owner is None or (span is not None and span.rep_id == owner)) and (state is None or how == state):
            holder = span.rep_id if span else None
            shown = told(row) if how != "FREE" or _knows(asker, row) else in_part(told(row))
            items.append({**shown, "owner": holder, "state": how, "protection": protection(span, how)})
    return listed(request, Page(items, following, COLUMNS), basis)


@router.get("/v1/customers/{customer_id}")
async def read_customer(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    customer_id: UUID,
    purpose: Purpose = None,
    at: At = None,
    min_position: MinPosition = None,
) -> Response:
    """One customer, with its people; who they are is shown to the owner, to managers, auditors and ops.
    That somebody else than the owner read it is on record (V20).

    For a rep, a customer of the pool is opened before witnesses: it is on record, and so many a day are shown (D7).
    """
    only(asker, "customers.read", *READERS)
    basis = await basis_of(platform, at, min_position)
    row = await platform.customer_file.customer(customer_id, at=basis.position)
    if asker.token.role in _WATCHED:
        await _count_a_look(platform, asker, row, request.headers.get("on-behalf-of"))
    opened = await _may_open(platform, asker, customer_id, basis.position)
    people = await platform.customer_file.people(customer_id, opened=opened, at=basis.position)
    seen = [f"contact:{one.contact_id}" for one in people if one.name is not None]
    if seen and not await _holds(platform, asker, customer_id, basis.position):
        await platform.looks.opened(asker.looking(purpose), customer_id, seen)
    contacts = [{name: value for name, value in plain(one).items() if name != "customer_id"} for one in people]
    valid_at = platform.now() if at is None else basis.recorded_at or platform.now()
    live = await platform.ownership_questions.live([customer_id], valid_at=valid_at, known_at=basis.position)
    held = [protection(span, how) for span, how in live.get(customer_id, ())]
    return answer(
        {**told(row), "people": contacts, "protections": held}, basis=basis, headers={"ETag": etag(row.version)}
    )


@router.get("/v1/customers/{customer_id}/claimability")
async def read_claimability(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    customer_id: UUID,
    rep: Annotated[str | None, Query(max_length=64, description="Left out: the asker.")] = None,
    line: LineParameter = "default",
) -> Response:
    """What a claim would be answered now, by the same decision, without asking for it."""
    only(asker, "customers.read", *READERS)
    claimant = rep or asker.token.actor
    if claimant != asker.token.actor and asker.token.role == Role.REP:
        raise forbid("claimability.read", asker)
    context = platform.reception.looking(asker.sent(platform).asking("claimability.read", str(customer_id)))
    found = await platform.ownership.claimability(customer_id, line, claimant, context)
    return answer(decisions.claimability(found, language_of(request)))


def told(row: CustomerRow) -> Mapping[str, Any]:
    """A customer, in the words in which it is registered."""
    has_place = row.lat_e7 is not None and row.lon_e7 is not None
    return {
        "customer_id": plain(row.customer_id),
        "kind": row.kind.value,
        "legal_name": row.legal_name,
        "aliases": list(row.aliases),
        "country": row.country,
        "region_code": row.region_code,
        "address": row.address,
        "uscc": row.uscc,
        "domain": row.domain,
        "phones": list(row.phones),
        "geo": {"lat": _degrees(row.lat_e7), "lon": _degrees(row.lon_e7), "crs": row.crs} if has_place else None,
        "has_website": row.has_website,
        "buyer_persona": row.buyer_persona,
        "competitor_relation": {
            "competitor": row.competitor,
            "tie": plain(row.competitor_tie),
            "evidence": row.competitor_evidence,
            "seen_on": plain(row.competitor_seen_on),
        }
        if row.competitor
        else None,
        "source": {
            "method": row.source_method.value,
            "detail": row.source_detail,
            "url": row.source_url,
            "seen_on": plain(row.source_seen_on),
        },
        "registered_by": row.registered_by,
        "registered_on": plain(row.registered_on),
        "registered_at": plain(row.registered_at),
        "completeness": row.completeness,
        "contacts": row.contacts,
        "key_contacts": row.key_contacts,
        "declined": plain(row.declined),
        "icp": {
            "grade": plain(row.icp_grade),
            "score": row.icp_score,
            "signals": list(row.icp_signals),
            "overridden": row.icp_overridden,
        }
        if row.icp_grade
        else None,
        "merged_into": plain(row.merged_into),
        "merged_ids": plain(row.merged_ids),
    }


def in_part(customer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A customer as those see it who look into the pool: nobody can be called by what is shown."""
    return {**customer, "phones": [_masked(phone) for phone in customer["phones"]]}


def _masked(phone: str) -> str:
    """A number by which nobody can call: how it begins, and how it ends."""
    hidden = max(len(phone) - 2 * _SHOWN_OF_A_PHONE, 0)
    if not hidden:
        return "•" * len(phone)
    return phone[:_SHOWN_OF_A_PHONE] + "•" * hidden + phone[_SHOWN_OF_A_PHONE + hidden :]


def _knows(asker: Asker, row: CustomerRow) -> bool:
    """Whether the asker need not open a customer of the pool to see it whole: who found it, and who is no rep."""
    return asker.token.role not in _WATCHED or row.registered_by == asker.token.actor


def protection(span: OwnershipSpan | None, how: State) -> Mapping[str, Any] | None:
    """Who holds a customer in a line, until when, and why: what event made it so, which visit, by which rules."""
    if span is None:
        return None
    return {
        "line": span.line,
        "rep_id": span.rep_id,
        "team_id": span.team_id,
        "claim_id": plain(span.claim_id),
        "state": how,
        "protected_until": plain(span.protected_until),
        "lapses_at": plain(span.lapses_at),
        "until": plain(span.valid_to),
        "hard_cap": plain(span.hard_cap),
        "because": {"event": span.cause, "visit_id": plain(span.renewed_by), "basis": plain(span.basis)},
        "rules_version": span.rules_version,
    }


def _degrees(e7: int | None) -> float | None:
    return None if e7 is None else e7 / 10_000_000


async def _count_a_look(platform: Platform, asker: Asker, row: CustomerRow, on_behalf_of: str | None) -> None:
    """Record that a rep looks at a customer of the pool, and refuse it where the rep has seen enough for today."""
    rep_id, now = on_behalf_of or asker.token.actor, await basis_of(platform, None, None)
    if not await platform.pool_views.counts(row, rep_id, valid_at=platform.now(), known_at=now.position):
        return
    asking = asker.sent(platform, on_behalf_of=on_behalf_of).asking(
        "customer.view", {"customer_id": str(row.customer_id)}
    )

    async def carry(context: Context) -> Receipt:
        return await platform.pool_views.view(row.customer_id, context)

    await platform.reception.submit(asking, carry)


async def _holds(platform: Platform, asker: Asker, customer_id: UUID, known_at: int) -> bool:
    """Whether the asker is the owner, who reads this at work every day."""
    holders = await platform.ownership_questions.holders(customer_id, valid_at=platform.now(), known_at=known_at)
    return asker.token.actor in holders


async def _may_open(platform: Platform, asker: Asker, customer_id: UUID, known_at: int) -> bool:
    """Whether the asker may see who the people at a customer are: the owner, whoever stands above, and overseers."""
    if asker.token.role in (Role.AUDITOR, Role.OPS, Role.ARBITER):
        return True
    holders = await platform.ownership_questions.holders(customer_id, valid_at=platform.now(), known_at=known_at)
    for holder in holders:
        try:
            await may_look_at(platform, asker, "customers.read", holder)
        except Forbidden:
            continue
        return True
    return False
