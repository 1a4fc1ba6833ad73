"""Refusals as problem documents (RFC 9457), by kind; a new refusal needs no line here."""

import json
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from api.emitting import faults_of
from api.http.words import DOOR, TITLES_ZH, Language, understood
from services import words
from services.carry_out import told
from services.ports import ChangedMeanwhile, LogUnavailable
from services.refusals import (
    Conflict,
    FieldFault,
    Invalid,
    Malformed,
    NoChange,
    NotAllowed,
    PayloadTooLarge,
    PreconditionFailed,
    RateLimited,
    Refusal,
    Unknown,
)

PROBLEM = "application/problem+json"
RETRY_SECONDS = 1

_STATUS: tuple[tuple[type[Refusal], int], ...] = (
    (PayloadTooLarge, 413),
    (RateLimited, 429),
    (PreconditionFailed, 412),
    (NoChange, 200),
    (Invalid, 422),
    (Unknown, 404),
    (NotAllowed, 403),
    (Conflict, 409),
)
"""The first kind that fits speaks."""


class DoorProblem(Exception):
    """Something that no rule of the business says: the door itself cannot take or answer a request."""

    def __init__(
        self, status: int, code: str, facts: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})


def unauthenticated() -> DoorProblem:
    """401."""
    return DoorProblem(401, "UNAUTHENTICATED", headers={"WWW-Authenticate": 'Bearer realm="fieldtrace"'})


def cross_site() -> DoorProblem:
    """403: a page that is not ours sent the cookie of whoever looks at it."""
    return DoorProblem(403, "CROSS_SITE")


def unavailable() -> DoorProblem:
    """503: nothing was lost, and the same request may be sent again."""
    return DoorProblem(503, "LOG_UNAVAILABLE", headers={"Retry-After": str(RETRY_SECONDS)})


def status_of(refusal: Refusal) -> int:
    """The status of a refusal, by its kind."""
    return next(status for kind, status in _STATUS if isinstance(refusal, kind))


def slug(code: str) -> str:
    """A code as it stands in an address."""
    return code.lower().replace("_", "-")


def title(code: str, language: Language) -> str:
    """A code as a heading."""
    if language == "zh-CN" and code in TITLES_ZH:
        return TITLES_ZH[code]
    return code.replace("_", " ").capitalize()


def of_refusal(refusal: Refusal, language: Language, instance: str, *, within: str = "/data") -> dict[str, Any]:
    """The problem document of a refusal. `within`: where the data of the request stand, for its pointers."""
    code = refusal.code()
    facts = told({name: value for name, value in refusal.facts().items() if name != "errors"})
    document = {
        **facts,
        "type": f"/problems/{slug(code)}",
        "title": title(code, language),
        "status": status_of(refusal),
        "detail": words.refusal(language, code, facts),
        "code": code,
        "instance": instance,
    }
    errors = [_fault(fault, within) for fault in faults_of(refusal)]
    return {**document, "errors": errors} if errors else document


def of_door(problem: DoorProblem, language: Language, instance: str) -> dict[str, Any]:
    """The problem document of the door itself."""
    return {
        **problem.facts,
        "type": f"/problems/{slug(problem.code)}",
        "title": title(problem.code, language),
        "status": problem.status,
        "detail": DOOR[problem.code][language].format_map({**problem.facts, "instance": instance}),
        "code": problem.code,
        "instance": instance,
    }


def internal() -> DoorProblem:
    """500: told without details; they stand in the log of the process."""
    return DoorProblem(500, "INTERNAL")


def respond(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A problem document on its way out."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, int(document["status"]), dict(headers or {}), PROBLEM)


def _fault(fault: FieldFault, within: str) -> dict[str, str]:
    place = fault.pointer
    if place.startswith("?"):
        return {"parameter": place[1:], "detail": fault.detail}
    if within != "/data" and (place == "/data" or place.startswith("/data/")):
        place = within + place.removeprefix("/data")
    return {"pointer": place, "detail": fault.detail}


# --------------------------------------------------------------------------------------------------- what went wrong


async def on_refusal(request: Request, refusal: Exception) -> Response:
    """A rule, or the form of the request, says no."""
    if not isinstance(refusal, Refusal):
        raise refusal
    request.state.code = refusal.code()
    document = of_refusal(refusal, language_of(request), instance_of(request), within=within_of(request))
    headers: dict[str, str] = {}
    if isinstance(refusal, RateLimited):
        headers["Retry-After"] = str(refusal.retry_after_seconds)
    position = getattr(refusal.receipt, "position", None)
    if position is not None:
        document["position"] = position
        headers["Log-Position"] = str(position)
    return respond(document, headers)


async def on_door_problem(request: Request, problem: Exception) -> Response:
    """The door itself says no."""
    if not isinstance(problem, DoorProblem):
        raise problem
    request.state.code = problem.code
    if problem.status == 401 and _opens_a_page(request):
        return RedirectResponse(f"/sign-in?next={quote(request.url.path + _query(request), safe='')}", 303)
    return respond(of_door(problem, language_of(request), instance_of(request)), problem.headers)


def reads_pages(request: Request) -> bool:
    """Whether a person looks at the answer with a browser."""
    return "text/html" in request.headers.get("accept", "")


def _opens_a_page(request: Request) -> bool:
    return request.method == "GET" and reads_pages(request) and not request.url.path.startswith("/v1/")


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""


async def on_unavailable(request: Request, problem: Exception) -> Response:
    """The log cannot be reached, or others wrote too often in between: send the same again."""
    if not isinstance(problem, LogUnavailable | ChangedMeanwhile):
        raise problem
    return await on_door_problem(request, unavailable())


async def on_http(request: Request, problem: Exception) -> Response:
    """No such address, no such method."""
    if not isinstance(problem, HTTPException):
        raise problem
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(problem.status_code)
    if code is None:
        raise problem
    return await on_door_problem(request, DoorProblem(problem.status_code, code, headers=problem.headers))


async def on_parameters(request: Request, problem: Exception) -> Response:
    """A parameter of the address is not of its form."""
    if not isinstance(problem, RequestValidationError):
        raise problem
    return await on_refusal(request, malformed_parameters(problem))


def malformed_parameters(problem: RequestValidationError) -> Malformed:
    """What is wrong with the parameters of an address."""
    return Malformed(
        tuple(
            FieldFault("?" + str(fault["loc"][-1]), f"{str(fault['msg']).rstrip('.')}.") for fault in problem.errors()
        )
    )


def language_of(request: Request) -> Language:
    """What the asker understands."""
    return understood(request.headers.get("accept-language"))


def instance_of(request: Request) -> str:
    """The conversation, as the middleware named it."""
    return str(request.state.correlation_id)


def within_of(request: Request) -> str:
    """Where data stand in the body of this request: in events under `/data`, in resource calls at the top."""
    return str(getattr(request.state, "within", ""))


# ------------------------------------------------------------------------------------------------------- what it means

_DOOR_PARAGRAPHS: Mapping[str, tuple[int, str]] = {
    "UNAUTHENTICATED": (401, "The request carries no access token, or one that is unknown, expired or taken back."),
    "SIGN_IN_FAILED": (
        401,
        "There is no such account, it is closed, or the password is another. Which of these it is, is not told.",
    ),
    "LOCKED_OUT": (
        429,
        "Too many tries to sign in have failed, for this account or from this address. `Retry-After` says when the "
        "next one is looked at; the wait doubles with each that fails, up to an hour.",
    ),
    "NOT_VOUCHED_FOR": (
        401,
        "Whoever came back from the OpenID issuer is not let in: the sign-in took too long or was begun elsewhere, or "
        "the issuer's token gives them no role here. The reason stands in the log of the process.",
    ),
    "ISSUER_UNAVAILABLE": (503, "The OpenID issuer does not answer, or not as its own description says."),
    "CROSS_SITE": (
        403,
        "A browser sent a session's cookie with a request that was not made by a page of this server. Programs send "
        "`Authorization: Bearer` instead. Behind a proxy, FIELDTRACE_PUBLIC_URL names the address that browsers see.",
    ),
    "NOT_FOUND": (404, "There is nothing at this address."),
    "METHOD_NOT_ALLOWED": (405, "The address is right, the method is not."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The body is of a kind that this address does not read."),
    "BATCH_TOO_LARGE": (413, "A batch has more than 500 events."),
    "PROJECTION_BEHIND": (
        503,
        "The answer is not complete up to `min_position` within two seconds. `Retry-After` says when to ask again.",
    ),
    "NOT_THERE_YET": (422, "The position asked about lies beyond the end of the log."),
    "DOSSIER_TOO_LARGE": (413, "A bundle holds at most 100,000 events about one rep or customer."),
    "NOT_SIGNED_YET": (503, "No signed checkpoint covers the event yet. `Retry-After` says when to ask again."),
    "LOG_UNAVAILABLE": (
        503,
        "The log cannot be reached, or what became of an append is not known. The same request may be sent again, "
        "and is answered as the first time.",
    ),
    "NOT_READY": (503, "The service is starting, or its read models are too far behind."),
    "INTERNAL": (500, "Something unforeseen. It was written down under the number in `instance`."),
}


def paragraphs() -> Mapping[str, tuple[int, str]]:
    """Every problem by its slug: its status and what it means; `docs/problems.md` is written from this."""
    known = {
        slug(code): (status_of_kind(kind), cleandoc(kind.__doc__ or ""))
        for code, kind in Refusal.by_code.items()
        if kind not in (Conflict, Invalid, NotAllowed, Unknown) and kind.__module__.startswith("domain.")
    }
    known.update({slug(code): paragraph for code, paragraph in _DOOR_PARAGRAPHS.items()})
    return dict(sorted(known.items()))


def status_of_kind(kind: type[Refusal]) -> int:
    """The status of a kind of refusal."""
    return next(status for known, status in _STATUS if issubclass(kind, known))
