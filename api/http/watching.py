"""How the service is doing: followed as it moves, counted, and told to whoever keeps it running."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from prometheus_client import Gauge
from starlette.responses import Response, StreamingResponse

from api.http.answers import answer, moment, plain
from api.http.asking import AnyAsker, ThePlatform, only
from api.http.problems import DoorProblem
from api.parking import ASKED, retry
from services.access import Role
from services.platform import Platform
from services.ports import LogUnavailable, MovedMeanwhile, Progress, StoreUnavailable
from services.refusals import FieldFault, Malformed, RefNotFound

router = APIRouter(tags=["operations"])
HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 1.0
"""How often read models are looked at while somebody follows them."""
MOST_BEHIND = 10_000
"""Events that a read model may be behind while the service still calls itself ready."""


@dataclass
class Running:
    """What goes on behind the door: whether it closes, and the rebuilds that were asked for."""

    closing: asyncio.Event = field(default_factory=asyncio.Event)
    rebuilds: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])
    numbers: dict[str, UUID] = field(default_factory=dict[str, UUID])
    outcomes: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    async def stop(self) -> None:
        """Let followers go and leave rebuilds where they are; they are taken up again when asked for."""
        self.closing.set()
        for task in self.rebuilds.values():
            task.cancel()
        for task in self.rebuilds.values():
            with suppress(asyncio.CancelledError):
                await task


def running(request: Request) -> Running:
    """What goes on behind this door."""
    found: Running = request.app.state.running
    return found


# -------------------------------------------------------------------------------------------------------- read models


@router.get("/v1/projections")
async def read_projections(request: Request, platform: ThePlatform, asker: AnyAsker) -> Response:
    """Each read model: how far it has come, how it is, what a rebuild has done so far, and how the last one ended.

    `last_rebuild` is what this process saw: whether the table was what the log says, as of which position.
    """
    only(asker, "projections.read", Role.OPS, Role.AUDITOR)
    outcomes = running(request).outcomes
    progress = await platform.projector.progress()
    return answer({"items": [{**_told(one), "last_rebuild": outcomes.get(one.name)} for one in progress]})


@router.post("/v1/projections/{name}/rebuild", status_code=202)
async def rebuild(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    name: str,
    check: Annotated[bool, Query(description="Only compare it with the log.")] = False,
) -> Response:
    """Build a read model anew beside the live one, compare both, then put it in its place; asked for twice, it goes on.

    `number` is that of this rebuild: `last_rebuild` of `GET /v1/projections` has it once this one has ended.
    """
    only(asker, "projections.rebuild", Role.OPS)
    if name not in platform.projector.names:
        raise RefNotFound("projection", name)
    behind = running(request)
    if name not in behind.rebuilds or behind.rebuilds[name].done():
        behind.numbers[name] = platform.new_id()
        behind.rebuilds[name] = asyncio.create_task(_rebuild(platform, behind, name, check=check))
    return answer({"name": name, "state": "rebuilding", "number": behind.numbers[name]}, status=202)


@router.post("/v1/projections/{name}/unpark")
async def unpark(
    platform: ThePlatform,
    asker: AnyAsker,
    name: str,
    stream: Annotated[str, Query(max_length=200, description="The stream that is parked in this read model.")],
) -> Response:
    """Take in what waits of a parked stream, in its order, once it was mended; that it was tried is an event.

    `taken_in` says whether it worked; where it did not, `parked` tells the event that cannot be taken in, and why.
    """
    only(asker, ASKED, Role.OPS)
    receipt, left = await retry(platform, asker.sent(platform), name, stream)
    told = {"name": name, "stream": stream, "taken_in": left is None, "parked": None if left is None else plain(left)}
    return answer(told, headers={"Log-Position": str(receipt.position)})


async def _rebuild(platform: Platform, behind: Running, name: str, *, check: bool) -> None:
    outcome: dict[str, Any] = {"number": behind.numbers[name], "checked_only": check, "error": None}
    try:
        going = platform.projector.check(name) if check else platform.projector.rebuild(name, compare=True)
        async for step in going:
            if step.compared is not None:
                compared = step.compared
                outcome |= {
                    "same": compared.same, "position": compared.position, "fingerprint": compared.fingerprint
                }  # fmt: skip
    except (MovedMeanwhile, LogUnavailable, StoreUnavailable) as ended:
        outcome["error"] = f"{type(ended).__name__}: {ended}"
    behind.outcomes[name] = {"same": None, "position": None, "fingerprint": None, **outcome}


def _told(progress: Progress) -> Mapping[str, Any]:
    return {**plain(progress), "lag": progress.lag, "seconds_left": progress.seconds_left}


# ------------------------------------------------------------------------------------------------------------- stream


@router.get("/v1/stream", response_class=StreamingResponse)
async def follow(
    request: Request,
    platform: ThePlatform,
    asker: AnyAsker,
    last_event_id: Annotated[str | None, Header(description="The last `head` that was seen.")] = None,
) -> Response:
    """Follow the log as it grows: `head` with the position, `projection` and `rebuild` as read models move.

    `Last-Event-ID` goes on after the head that was seen last. Every 15 seconds a comment says that nobody has left.
    """
    only(asker, "stream.follow", *(role for role in Role if role not in (Role.PRIVACY, Role.SYSTEM)))
    if last_event_id is not None and not last_event_id.isdecimal():
        raise Malformed((FieldFault("", "Last-Event-ID is the id of a `head`, a position."),))
    followers: Gauge = request.app.state.measures.followers
    events = _events(platform, running(request), int(last_event_id) if last_event_id else None, followers)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(platform: Platform, behind: Running, seen: int | None, followers: Gauge) -> AsyncGenerator[str]:
    with followers.track_inprogress():
        async for event in _told_events(platform, behind, seen):
            yield event


async def _told_events(platform: Platform, behind: Running, seen: int | None) -> AsyncGenerator[str]:
    loop = asyncio.get_running_loop()
    yield "retry: 1000\n\n"
    position, said, known = -1 if seen is None else seen, loop.time(), dict[str, Progress]()
    while not behind.closing.is_set():
        try:
            head = await platform.log.head()
            moved = await _moved(platform, known)
        except LogUnavailable:
            await asyncio.sleep(LOOK_SECONDS)
            continue
        for one in moved:
            kind = "rebuild" if one.state == "rebuilding" else "projection"
            yield _event(kind, _told(one))
            said = loop.time()
        if head.position > position:
            position = head.position
            recorded_at = moment(head.recorded_at) if head.recorded_at else None
            yield _event("head", {"position": position, "recorded_at": recorded_at}, position)
            said = loop.time()
        elif loop.time() - said >= HEARTBEAT_SECONDS:
            yield ": here\n\n"
            said = loop.time()
        await _until_something_happens(platform, behind, position)


async def _moved(platform: Platform, known: dict[str, Progress]) -> list[Progress]:
    """The read models that are elsewhere, or otherwise, than they were when last told."""
    moved: list[Progress] = []
    for one in await platform.projector.progress():
        before = known.get(one.name)
        known[one.name] = one
        if before is None or (before.position, before.state, before.rebuilt, before.error) != (
            one.position, one.state, one.rebuilt, one.error
        ):  # fmt: skip
            moved.append(one)
    return moved


async def _until_something_happens(platform: Platform, behind: Running, position: int) -> None:
    grown = asyncio.create_task(platform.log.beyond(position, seconds=LOOK_SECONDS))
    closing = asyncio.create_task(behind.closing.wait())
    _, left = await asyncio.wait({grown, closing}, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
        with suppress(asyncio.CancelledError, LogUnavailable):
            await task
    if grown.done() and not grown.cancelled() and isinstance(grown.exception(), LogUnavailable):
        await asyncio.sleep(LOOK_SECONDS)


def _event(kind: str, data: Mapping[str, Any], id: int | None = None) -> str:
    number = f"id: {id}\n" if id is not None else ""
    text = json.dumps(plain(data), ensure_ascii=False, separators=(",", ":"))
    return f"{number}event: {kind}\ndata: {text}\n\n"


# ------------------------------------------------------------------------------------------------------------- health


@router.get("/healthz")
async def alive() -> Response:
    """Whether the process answers at all."""
    return answer({"status": "ok"})


@router.get("/readyz")
async def ready(request: Request, platform: ThePlatform) -> Response:
    """Whether it can do its work: the log can be reached, and every read model is fresh enough."""
    if running(request).closing.is_set():
        raise DoorProblem(503, "NOT_READY", {"why": ["closing"]}, {"Retry-After": "1"})
    head = await platform.log.head()
    progress = await platform.projector.progress()
    amiss = [one.name for one in progress if one.state == "stopped" or one.lag > MOST_BEHIND]
    if amiss or not progress:
        raise DoorProblem(503, "NOT_READY", {"why": amiss or ["no read models yet"]}, {"Retry-After": "1"})
    return answer({"status": "ready", "position": head.position, "lag": max(one.lag for one in progress)})
