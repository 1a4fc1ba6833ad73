"""`POST /v1/events`: requests as CloudEvents, one or many; and the log itself, event by event."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.batches import Item, Outcome, emit_all, emit_one
from api.http import cloudevents
from api.http.answers import answer, moment, receipt_headers, told_receipt
from api.http.asking import OVERSEERS, AnyAsker, Asker, ThePlatform, only
from api.http.bodies import body_of
from api.http.cloudevents import BATCH, JSON, STRUCTURED
from api.http.problems import internal, language_of, of_door, of_refusal, unavailable
from api.strictly import emit_strictly
from services.as_of import Basis
from services.platform import Platform
from services.ports import LogUnavailable, Receipt, Stored
from services.refusals import RefNotFound, Refusal

router = APIRouter(tags=["events"])


@router.post("/v1/events")
async def emit_events(request: Request, platform: ThePlatform, asker: AnyAsker) -> Response:
    """Emit one event or a batch.

    One event is answered as its resource call would be. A batch is answered item by item, 200 whatever they say, unless
    `Prefer: handling=strict` asks for all or nothing.
    """
    request.state.within = "/data"
    kind = cloudevents.media_type(request.headers.get("content-type"))
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.scope["headers"]]
    is_binary = kind == JSON and any(name == "ce-specversion" for name, _ in headers)
    if kind not in (STRUCTURED, BATCH) and not is_binary:
        raise cloudevents.unread(request.headers.get("content-type"))
    raw = await body_of(request)
    reader = cloudevents.Reader(
        asker.actor,
        asker.source,
        asker.correlation_id,
        asker.client_id,
        platform.new_id,
        platform.log.name,
        asker.token.scopes,
    )
    if kind == BATCH:
        return await _batch(request, platform, await _kept(platform, asker, reader.batch, raw))
    item = reader.binary(headers, raw) if is_binary else await _kept(platform, asker, reader.structured, raw)
    outcome = await emit_one(platform, item, item.amiss)
    if isinstance(outcome, Receipt):
        return answer(result_of(request, item, outcome), headers=receipt_headers(outcome, None))
    raise outcome


async def _batch(request: Request, platform: Platform, items: Sequence[Item]) -> Response:
    if _wants_all_or_nothing(request):
        outcomes = await emit_strictly(platform, items)
        failed = [outcome for outcome in outcomes if not isinstance(outcome, Receipt)]
        if failed:
            return _strict_no(request, items, outcomes)
    else:
        outcomes = await emit_all(platform, items)
    head = await platform.log.head()
    basis = Basis(head.position, head.recorded_at, head.root)
    results = [result_of(request, item, outcome) for item, outcome in zip(items, outcomes, strict=True)]
    request.state.codes = [result["problem"]["code"] for result in results if "problem" in result]
    return answer({"results": results}, basis=basis)


def result_of(request: Request, item: Item, outcome: Outcome) -> dict[str, Any]:
    """What became of one item (design of the doors, §2)."""
    said = item.sent.id if item.amiss is None else item.sent.said_id
    match outcome:
        case Receipt():
            told = told_receipt(outcome)
            status = "duplicate" if outcome.repeated else "accepted"
            return {
                "id": said,
                "status": status,
                "position": outcome.position,
                "events": told["events"],
                "flags": told["flags"],
                **({"code": told["code"]} if not outcome.events else {}),
                **({"answer": dict(outcome.answer)} if outcome.answer else {}),
            }
        case Refusal() if isinstance(outcome.receipt, Receipt):
            return {
                "id": said,
                "status": "refused",
                "position": outcome.receipt.position,
                "problem": _problem(request, item, outcome),
            }
        case _:
            return {"id": said, "status": "rejected", "problem": _problem(request, item, outcome)}


def _problem(request: Request, item: Item, outcome: Outcome) -> dict[str, Any]:
    language, instance = language_of(request), item.sent.correlation_id
    match outcome:
        case Refusal():
            return of_refusal(outcome, language, instance)
        case LogUnavailable():
            return of_door(unavailable(), language, instance)
        case _:
            return of_door(internal(), language, instance)


def _strict_no(request: Request, items: Sequence[Item], outcomes: Sequence[Outcome | None]) -> Response:
    """The problem of the first item that stood in the way, with all of them; nothing was recorded."""
    failed = [
        (number, item, outcome)
        for number, (item, outcome) in enumerate(zip(items, outcomes, strict=False))
        if outcome is not None and not isinstance(outcome, Receipt)
    ]
    number, item, outcome = failed[0]
    problem = _problem(request, item, outcome)
    request.state.code = problem["code"]
    problem["item"] = number
    problem["id"] = item.sent.id if item.amiss is None else item.sent.said_id
    body = json.dumps(problem, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Retry-After": "1"} if problem["status"] == 503 else {}
    return Response(body, problem["status"], headers, "application/problem+json")


def _wants_all_or_nothing(request: Request) -> bool:
    prefer = request.headers.get("prefer", "")
    return any(part.strip().replace(" ", "").lower() == "handling=strict" for part in prefer.split(","))


async def _kept(platform: Platform, asker: Asker, read: Any, raw: bytes) -> Any:  # noqa: ANN401 - one item or many
    """What a reader makes of a body; one that cannot be read at all is kept as a refused submission."""
    try:
        return read(raw)
    except Refusal as refusal:
        asking = asker.sent(platform).asking("events", {"unreadable": raw.decode("utf-8", "replace")})
        await platform.reception.keep(asking, refusal)
        raise


# ------------------------------------------------------------------------------------------------------------ reading

PAGE = 500


@router.get("/v1/events")
async def read_events(
    platform: ThePlatform,
    asker: AnyAsker,
    after: Annotated[int, Query(ge=0, description="The position after which to begin.")] = 0,
    type: Annotated[str | None, Query(max_length=100, description="A stored name.")] = None,
    stream: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
) -> Response:
    """The log, event by event, as it is stored; `next` is the position to go on after."""
    only(asker, "events.read", *OVERSEERS)
    head = await platform.log.head()
    found = await _of_stream(platform, stream, after) if stream is not None else list[Stored]()
    found = [one for one in found if _is_of(one, type)]
    upto = head.position if stream is not None else after
    while len(found) <= limit and upto < head.position and (page := await platform.log.stored(upto, PAGE)):
        found += [one for one in page if _is_of(one, type)]
        upto = page[-1].position
    shown = found[:limit]
    following = shown[-1].position if len(found) > limit else None
    return answer(
        {"items": [_stored(one) for one in shown], "next": following},
        basis=Basis(head.position, head.recorded_at, head.root),
    )


async def _of_stream(platform: Platform, stream: str, after: int) -> list[Stored]:
    history = (await platform.log.read({stream: 0})).get(stream, ())
    later = [one for one in history if one.position > after]
    bodies = await asyncio.gather(*(platform.log.bytes_at(one.position) for one in later))
    return [
        Stored(one.position, stream, one.envelope.stream_version, one.recorded_at, body or b"null", one.leaf)
        for one, body in zip(later, bodies, strict=True)
    ]


def _is_of(stored: Stored, name: str | None) -> bool:
    return name is None or json.loads(stored.body)["type"] == name


def _stored(stored: Stored) -> Mapping[str, Any]:
    return {
        "position": stored.position,
        "recorded_at": moment(stored.recorded_at),
        "leaf": stored.leaf.hex(),
        "event": json.loads(stored.body),
    }


@router.get("/v1/events/{position}")
async def read_event(
    platform: ThePlatform, asker: AnyAsker, position: Annotated[int, Path(ge=1, le=2**53 - 1)]
) -> Response:
    """One event, byte for byte as it is stored."""
    only(asker, "events.read", *OVERSEERS)
    body = await platform.log.bytes_at(position)
    if body is None:
        raise RefNotFound("event", str(position))
    return Response(body, 200, {"Log-Position": str(position)}, JSON)
