"""Customers: found and listed; one of them with who owned it when, and whether one may claim it; the claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from api import decisions
from api.console.charts import share
from api.console.problem_pages import PageRoute
from api.console.shell import Page, ThePage
from api.emitting import emit
from api.http.asking import READERS, may_look_at, only
from api.http.forms import form_of
from api.http.problems import instance_of, of_refusal
from services.access import Role
from services.customer_file import CustomerRow
from services.ownership_questions import OwnershipSpan, SpanTold, State
from services.refusals import Conflict, Forbidden, NotAllowed, Unknown

router = APIRouter(include_in_schema=False, route_class=PageRoute)
LINE = "default"
SHOWN = 100
VISITS = 200
AHEAD = timedelta(days=30)
"""How far beyond the present hour the chart of owners goes, to show what protection is left."""
COLUMNS = ("customer_id", "name", "kind", "registered_on", "owner", "state", "protected_until")
SPAN_COLUMNS = ("rep_id", "from", "to", "protected_until", "cause", "ended", "entitled", "known_from", "known_to")


@dataclass(frozen=True, slots=True)
class Bar:
    """A claim on the chart of owners: where it stands, in hundredths; `left`: what of its protection lies ahead."""

    told: SpanTold
    x: float
    width: float
    left: float


@dataclass(frozen=True, slots=True)
class Lane:
    """Everything that one rep had of a customer."""

    rep_id: str
    bars: Sequence[Bar]
    visits: Sequence[tuple[float, str]]


# ---------------------------------------------------------------------------------------------------------- the list


@router.get("/customers")
@router.get("/customers.csv")
async def customers(
    page: ThePage,
    q: Annotated[str | None, Query(max_length=200)] = None,
    mine: Annotated[bool, Query(description="Only those that the visitor holds.")] = False,
) -> Response:
    """Customers by how their names begin, else the latest registered; who holds them, until when."""
    only(page.asker, "customers.read", *READERS)
    rows = await _listed(page, q, mine=mine)
    live = await page.platform.ownership_questions.live(
        [row.customer_id for row in rows], valid_at=page.hour, known_at=page.position, line=LINE
    )
    held: Mapping[UUID, tuple[OwnershipSpan | None, State]] = {
        row.customer_id: next(iter(live.get(row.customer_id, ())), (None, "FREE")) for row in rows
    }
    names = await page.names(*(span.rep_id for span, _ in held.values() if span))
    if page.wants_csv:
        return page.table(page.say("nav.customers"), COLUMNS, [_told(row, *held[row.customer_id]) for row in rows])
    return page.show(
        "customers.html", twin=page.link("/v1/customers", q=q), csv=page.as_csv(), rows=rows, held=held, names=names,
        q=q, mine=mine,
    )  # fmt: skip


async def _listed(page: Page, q: str | None, *, mine: bool) -> Sequence[CustomerRow]:
    file = page.platform.customer_file
    if mine:
        held = await page.platform.ownership_questions.table(
            valid_at=page.hour, known_at=page.position, rep_id=page.me, limit=SHOWN
        )
        ids = [span.customer_id for span, _ in held]
    elif q:
        ids = [one.customer_id for one in await file.found(q, at=page.position, limit=SHOWN)]
    else:
        return await file.listed({}, at=page.position, limit=SHOWN)
    found = await file.customers(list(dict.fromkeys(ids)), at=page.position)
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def _told(row: CustomerRow, span: OwnershipSpan | None, how: State) -> dict[str, object]:
    return {
        "customer_id": row.customer_id,
        "name": row.legal_name,
        "kind": row.kind,
        "registered_on": row.registered_on,
        "owner": span.rep_id if span else None,
        "state": how,
        "protected_until": span.protected_until if span else None,
    }


# --------------------------------------------------------------------------------------------------------- one of them


@router.get("/customers/{customer_id}")
@router.get("/customers/{customer_id}/owners.csv")
async def customer(
    page: ThePage,
    customer_id: UUID,
    axis: Annotated[str, Query(pattern="^(entitled|recorded)$")] = "entitled",
) -> Response:
    """Who owned a customer when, by what is known now or as it was recorded; and whether the visitor may claim it.

    People at the customer are told by their parts only; who they are is opened through the interface, on record.
    """
    only(page.asker, "customers.read", *READERS)
    row = await page.platform.customer_file.customer(customer_id, at=page.position)
    owned = await page.platform.ownership_questions.owned(
        row.customer_id, LINE, valid_at=page.hour, known_at=page.position
    )
    shown = [one for one in owned.spans if axis == "recorded" or one.entitled]
    if page.wants_csv:
        return page.table(row.legal_name, SPAN_COLUMNS, [_span(one) for one in shown])
    visits = [
        one
        for one in await page.platform.visits.of_customer(row.customer_id, page.position, limit=VISITS)
        if one.name in ("visit.visit_recorded", "visit.visit_evaluated")
    ]
    may = {rep_id: await _may_see(page, rep_id) for rep_id in {one.rep_id for one in visits}}
    verdicts = {one.visit_id: one.verdict for one in visits if one.verdict is not None}
    told = [one for one in visits if one.name == "visit.visit_recorded" and may[one.rep_id]]
    lanes, now = _lanes(
        page.hour, row, shown, [(one.rep_id, one.occurred_at, verdicts.get(one.visit_id)) for one in told]
    )
    people = await page.platform.customer_file.people(row.customer_id, opened=False, at=page.position)
    names = await page.names(*(one.span.rep_id for one in owned.spans), *(one.rep_id for one in told))
    return page.show(
        "customer.html",
        twin=f"/v1/customers/{row.customer_id}/ownership?known_at={page.position}",
        csv=f"/customers/{row.customer_id}/owners.csv" + (f"?at={page.as_of}" if page.as_of else ""),
        row=row,
        owned=owned,
        axis=axis,
        lanes=lanes,
        now=now,
        spans=shown,
        visits=list(reversed(told)),
        verdicts=verdicts,
        people=people,
        names=names,
        claimability=await _claimability(page, row.customer_id) if page.role == Role.REP and page.writes else None,
    )


async def _may_see(page: Page, rep_id: str) -> bool:
    try:
        await may_look_at(page.platform, page.asker, "visits.read", rep_id)
    except (Forbidden, Unknown, NotAllowed):
        return False
    return True


def _lanes(
    hour: datetime, row: CustomerRow, shown: Sequence[SpanTold], visits: Sequence[tuple[str, datetime, object]]
) -> tuple[Sequence[Lane], float]:
    """The chart of owners, a lane for each rep in the order of their first claims; and where the hour stands on it."""
    begins = min([row.registered_at, *(one.span.valid_from for one in shown), *(at for _, at, _ in visits)])
    ends = hour + AHEAD
    whole = int((ends - begins).total_seconds())

    def placed(at: datetime) -> float:
        return share(int((max(begins, min(at, ends)) - begins).total_seconds()), whole)

    lanes: list[Lane] = []
    for rep_id in dict.fromkeys([*(one.span.rep_id for one in shown), *(rep for rep, _, _ in visits)]):
        bars = [
            Bar(
                one,
                placed(one.span.valid_from),
                round(placed(min(one.span.valid_to, hour)) - placed(one.span.valid_from), 2),
                round(placed(one.span.valid_to) - placed(max(hour, one.span.valid_from)), 2),
            )
            for one in shown
            if one.span.rep_id == rep_id
        ]
        dots = [(placed(at), str(verdict or "")) for rep, at, verdict in visits if rep == rep_id]
        lanes.append(Lane(rep_id, bars, dots))
    return lanes, placed(hour)


def _span(one: SpanTold) -> dict[str, object]:
    return {
        "rep_id": one.span.rep_id,
        "from": one.span.valid_from,
        "to": one.span.valid_to,
        "protected_until": one.span.protected_until,
        "cause": one.span.cause,
        "ended": one.span.ended,
        "entitled": one.entitled,
        "known_from": one.known_from,
        "known_to": one.known_to,
    }


# ----------------------------------------------------------------------------------------------------------- the claim


async def _claimability(page: Page, customer_id: UUID) -> Mapping[str, Any]:
    """What a claim of the visitor would be answered now, in words, condition by condition."""
    asking = page.asker.sent(page.platform).asking("claimability.read", str(customer_id))
    found = await page.platform.ownership.claimability(
        customer_id, LINE, page.me, page.platform.reception.looking(asking)
    )
    return decisions.claimability(found, page.language)


@router.get("/customers/{customer_id}/claim")
async def before_claiming(page: ThePage, customer_id: UUID) -> Response:
    """The claim with the rules quoted, before it is asked for."""
    only(page.asker, "ownership.claim", Role.REP)
    return await _claim_page(page, customer_id, str(page.platform.new_id()))


@router.post("/customers/{customer_id}/claim")
async def claim(page: ThePage, customer_id: UUID) -> Response:
    """Claim a customer. Sent twice it is one claim; a no comes back with its reason and what to do."""
    only(page.asker, "ownership.claim", Role.REP)
    form = await form_of(page.request, "request_id")
    number = form["request_id"] or str(page.platform.new_id())
    sent = replace(page.asker.sent(page.platform), id=number)
    data = {"customer_id": str(customer_id), "line": LINE}
    try:
        receipt = await emit(page.platform, sent, "ownership.claim", data)
    except Conflict as refusal:
        problem = of_refusal(refusal, page.language, instance_of(page.request))
        return await _claim_page(page, customer_id, str(page.platform.new_id()), problem)
    return RedirectResponse(page.link(f"/customers/{customer_id}", after=receipt.position), 303)


async def _claim_page(
    page: Page, customer_id: UUID, request_id: str, problem: Mapping[str, Any] | None = None
) -> Response:
    row = await page.platform.customer_file.customer(customer_id, at=page.position)
    return page.show(
        "claim.html",
        status=int(problem["status"]) if problem else 200,
        row=row,
        request_id=request_id,
        problem=problem,
        claimability=await _claimability(page, row.customer_id),
    )
