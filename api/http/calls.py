"""Resource calls: the same requests as events, under addresses of their own.

A call names its type; what stands in the address goes into the data; the body is the rest. Same handler, same refusals.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.bodies.parts import Body, read_body
from api.bodies.reading import Ambiguous, read_json, tidied
from api.emitting import DATA, EMITTED, emit
from api.http.answers import answer, receipt_headers, told_receipt
from api.http.asking import AnyAsker, ThePlatform
from api.http.bodies import body_of
from api.http.cloudevents import JSON, media_type, unread
from services.platform import Platform
from services.ports import Context
from services.refusals import FieldFault, Malformed, Refusal

Rehearse = Callable[[Platform, Any, Context], Awaitable[Mapping[str, Any]]]
"""What a request would come to: asked by the same decision, and nothing is recorded."""
PREFIX = "x-body-of"
"""Under this name an operation of the schema says which body it takes; `api.http.schema` fills it in."""


def call(
    router: APIRouter,
    path: str,
    asked: str,
    *,
    status: int = 200,
    names: Mapping[str, str] | None = None,
    stream: str | None = None,
    rehearse: Rehearse | None = None,
) -> None:
    """Add a call to a router.

    `names`: under which name of the data a part of the address stands, where it is not its own; `stream`: the name of
    the stream that the call is about, as `customer-{customer_id}`, for `ETag` and `If-Match`; `rehearse`: answers
    `?dry_run=true` with what would happen, and nothing is recorded.
    """
    body: type[Body] = EMITTED[asked].body
    inside = dict(names or {})

    async def asked_for(request: Request, platform: ThePlatform, asker: AnyAsker) -> Response:
        in_the_address = {inside.get(name, name): value for name, value in request.path_params.items()}
        raw = await body_of(request)
        if raw.strip() and media_type(request.headers.get("content-type")) != JSON:
            raise unread(request.headers.get("content-type"), (JSON,))
        data, amiss = _data(raw, in_the_address)
        about = _about(stream, data)
        sent = asker.sent(platform, on_behalf_of=request.headers.get("on-behalf-of"), stream=about)
        receipt = await emit(platform, sent, asked, data, unless=amiss)
        made = status if receipt.events or status == 200 else 200
        return answer(told_receipt(receipt), status=made, headers=receipt_headers(receipt, about))

    async def asked_or_rehearsed(
        request: Request,
        platform: ThePlatform,
        asker: AnyAsker,
        dry_run: Annotated[bool, Query(description="Answer what would happen; record nothing.")] = False,
    ) -> Response:
        if not dry_run or rehearse is None:
            return await asked_for(request, platform, asker)
        in_the_address = {inside.get(name, name): value for name, value in request.path_params.items()}
        data, amiss = _data(await body_of(request), in_the_address)
        if amiss is not None:
            raise amiss
        sent = asker.sent(platform, on_behalf_of=request.headers.get("on-behalf-of"))
        asking = sent.asking(asked, data)
        context = await platform.reception.receive(asking, platform.reception.request(asking))
        return answer(await rehearse(platform, read_body(body, tidied(data, DATA), DATA), context))

    _describe(
        router,
        path,
        asked,
        body,
        asked_or_rehearsed if rehearse else asked_for,
        status,
        frozenset(inside.get(one, one) for one in _names(path)),
        stream,
    )


def _data(raw: bytes, in_the_address: Mapping[str, str]) -> tuple[object, Refusal | None]:
    """The data of the request: the body, and what the address says; the two may not contradict each other."""
    try:
        body: Any = read_json(raw) if raw.strip() else dict[str, Any]()
    except Refusal as refusal:
        return {"unreadable": raw.decode("utf-8", "replace")}, refusal
    if isinstance(body, Ambiguous):
        return body, Malformed((FieldFault("/data", "A name stands twice in this object."),))
    if not isinstance(body, dict):
        return body, Malformed((FieldFault("/data", "The body is an object."),))
    stated: dict[str, Any] = body  # pyright: ignore[reportUnknownVariableType] - any JSON
    for name, value in in_the_address.items():
        if name in stated and stated[name] != value:
            return stated, Malformed((FieldFault(f"/data/{name}", "The address names another one."),))
    return {**stated, **in_the_address}, None


def _about(stream: str | None, data: object) -> str | None:
    """The stream that a call is about, by the ids in its data."""
    if stream is None or not isinstance(data, Mapping):
        return None
    try:
        return stream.format_map(data)  # pyright: ignore[reportUnknownArgumentType] - any JSON
    except KeyError:
        return None


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _describe(
    router: APIRouter,
    path: str,
    asked: str,
    body: type[Body],
    endpoint: Any,  # noqa: ANN401 - a function of FastAPI's own liking
    status: int,
    in_the_address: frozenset[str],
    stream: str | None,
) -> None:
    headers = [
        _header("Idempotency-Key", "Sent again with the same key and content, the call is answered as the first time."),
        _header("On-Behalf-Of", "The rep for whom a machine, or the house, speaks."),
    ]
    if stream:
        headers.append(_header("If-Match", 'The ETag that you saw, as "v17"; 412 where it has changed since.'))
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _names(path)]
    router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        status_code=status,
        response_class=Response,
        summary=(body.__doc__ or asked).split("\n")[0],
        description=f"The same as the event `{asked}`.",
        operation_id=path.removeprefix("/v1/").replace("/", "_").replace("{", "").replace("}", "") + "_post",
        openapi_extra={
            PREFIX: {"type": asked, "without": sorted(in_the_address)},
            "parameters": [*parameters, *headers],
        },
    )


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": {"type": "string"}}
