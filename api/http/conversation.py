"""Around every request: the conversation it belongs to, what it took, what came of it, and the unforeseen."""

import asyncio
import logging
import re
import traceback
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import internal, of_door, respond
from api.http.words import understood
from services.tracing import following, stated

_log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    logging.getLogger("fieldtrace.http"),
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
)
"""One JSON object a line, into the standard library's logging; whoever serves decides where that goes."""
_CORRELATION = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
QUIET = ("/healthz", "/readyz", "/metrics")
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Measures:
    """What is counted at this door; one registry for each app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "fieldtrace_http_requests", "Requests.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "fieldtrace_http_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=self.registry
        )
        self.append_seconds = Histogram(
            "fieldtrace_append_seconds",
            "Time from asking to being recorded, of requests that were answered from the log.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.refusals = Counter(
            "fieldtrace_refusals", "Requests and items of batches that were not accepted.", ("code",),
            registry=self.registry,
        )  # fmt: skip
        self.in_flight = Gauge("fieldtrace_http_in_flight", "Requests that wait for an answer.", registry=self.registry)
        self.position = Gauge("fieldtrace_log_position", "Position of the last event.", registry=self.registry)
        self.lag = Gauge(
            "fieldtrace_projection_lag_events", "Events not taken in yet.", ("projection",), registry=self.registry
        )
        self.lag_seconds = Gauge(
            "fieldtrace_projection_lag_seconds", "Age of the first event not taken in.", ("projection",),
            registry=self.registry,
        )  # fmt: skip
        self.parked = Gauge(
            "fieldtrace_parked_streams", "Streams that wait for a hand.", ("projection",), registry=self.registry
        )
        self.follower_lag = Gauge(
            "fieldtrace_follower_lag_events", "Events that relay or policies have not passed.", ("follower",),
            registry=self.registry,
        )  # fmt: skip
        self.follower_lag_seconds = Gauge(
            "fieldtrace_follower_lag_seconds", "Age of the first event that relay or policies have not passed.",
            ("follower",), registry=self.registry,
        )  # fmt: skip
        self.unsigned = Gauge(
            "fieldtrace_unsigned_seconds", "Since when an event waits for a signature.", registry=self.registry
        )
        self.unanchored = Gauge(
            "fieldtrace_unanchored_seconds", "Since when an event waits for a witness.", registry=self.registry
        )
        self.signer_refuses = Gauge(
            "fieldtrace_signer_refuses", "1 while the signer finds another log than it signed.", registry=self.registry
        )
        self.followers = Gauge("fieldtrace_stream_followers", "Open event streams.", registry=self.registry)


class Conversation:
    """The outermost layer: names the conversation, counts, writes one line a request, hides what nobody foresaw."""

    def __init__(self, app: ASGIApp, measures: Measures, new_id: Callable[[], UUID]) -> None:
        self._app = app
        self._measures = measures
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        headers, began = Headers(scope=scope), loop.time()
        said, above = headers.get("x-correlation-id", ""), headers.get("traceparent")
        correlation_id = said if _CORRELATION.fullmatch(said) else _traced(above) or str(self._new_id())
        state: dict[str, Any] = scope.setdefault("state", {})
        state["correlation_id"] = correlation_id
        state["within"] = ""
        status, recorded = 0, False

        async def sending(message: Message) -> None:
            nonlocal status, recorded
            if message["type"] == "http.response.start":
                status = message["status"]
                told = MutableHeaders(scope=message)
                told["X-Correlation-Id"] = correlation_id
                told.setdefault("X-Content-Type-Options", "nosniff")
                told.setdefault("Cache-Control", "no-store")
                recorded = "log-position" in told
            await send(message)

        try:
            if scope["path"] in QUIET:
                await self._app(scope, receive, sending)
            else:
                with (
                    self._measures.in_flight.track_inprogress(),
                    following().request(scope["method"], correlation_id, above) as named,
                ):
                    await self._app(scope, receive, sending)
                    named(f"{scope['method']} {getattr(scope.get('route'), 'path', '')}".strip())
        except Exception as error:
            unforeseen(error, correlation_id)
            if status:
                raise
            state["code"] = "INTERNAL"
            document = of_door(internal(), understood(headers.get("accept-language")), correlation_id)
            await respond(document)(scope, receive, sending)
        finally:
            self._count(scope, state, status, loop.time() - began, recorded=recorded)

    def _count(self, scope: Scope, state: dict[str, Any], status: int, seconds: float, *, recorded: bool) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method: str = scope["method"] if route != "none" else "ANY"
        self._measures.requests.labels(method, route, status).inc()
        if route != "/v1/stream":
            self._measures.seconds.labels(route).observe(seconds)
        if method == "POST" and recorded:
            self._measures.append_seconds.observe(seconds)
        for code in [state.get("code"), *state.get("codes", ())]:
            if code:
                self._measures.refusals.labels(code).inc()
        if route in QUIET:
            return
        _log.info(
            "answered",
            method=scope["method"],
            route=route,
            status=status,
            milliseconds=round(seconds * 1_000, 2),
            correlation_id=state["correlation_id"],
            actor=state.get("actor"),
            code=state.get("code"),
        )


def _traced(above: str | None) -> str | None:
    """The conversation of a request that comes in a trace and names no other: the trace's own."""
    said = None if above is None else stated(above)
    return None if said is None else said[0]


def unforeseen(error: BaseException, correlation_id: str) -> None:
    """Tell what nobody foresaw: its kind and the lines that led to it, without its words, which may hold a person's."""
    steps = traceback.extract_tb(error.__traceback__)
    where = [f"{step.filename}:{step.lineno} {step.name}" for step in steps[-12:]]
    _log.error("unforeseen", correlation_id=correlation_id, kind=type(error).__qualname__, where=where)
