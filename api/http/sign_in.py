"""How a person comes in and leaves again."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.console.shell import spoken
from api.console.sign_in import shown
from api.http.asking import ThePlatform
from api.http.cookies import begin, end, over_tls, same_site, session_secret
from api.http.forms import form_of
from api.http.problems import DoorProblem, cross_site, instance_of, of_door, reads_pages
from api.http.sign_in_page import SignInPage
from services.accounts import Account
from services.platform import Platform
from services.sessions import NewSession
from services.sign_in import NoDemo, TooManyTries, WrongPassword
from services.vouching import UNDER_WAY, IssuerUnavailable, NotVouchedFor

router = APIRouter(include_in_schema=False)
_log = logging.getLogger(__name__)
HOME = "/"
BACK = "/sign-in/openid/back"
GOING = "fieldtrace-going"
"""The cookie of whoever is on the way to the issuer and back."""
_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1999}")
"""Where one may be sent after signing in: a path of this server and nowhere else."""


@dataclass(frozen=True, slots=True)
class OpenDoors:
    """The accounts of a demo company, by which anybody comes in with one click.

    `from_elsewhere`: also those who reach this server by another name than that of their own machine.
    """

    accounts: Sequence[Account]
    from_elsewhere: bool = False


@router.get("/sign-in")
async def show(
    request: Request, platform: ThePlatform, next_: Annotated[str, Query(alias="next", max_length=8_000)] = HOME
) -> Response:
    """The page to sign in at."""
    secret = session_secret(request)
    caller = await platform.sessions.caller(secret) if secret else None
    page = SignInPage(
        next=_inside(next_), open_doors=_open_doors(request), caller=caller, issuer=_by_issuer(platform, next_)
    )
    return shown(request, page, 200)


@router.post("/sign-in")
async def with_password(request: Request, platform: ThePlatform) -> Response:
    """Come in with an account and its password."""
    _from_our_pages(request, platform)
    form = await form_of(request, "name", "password", "next")
    address = request.client.host if request.client else ""
    try:
        session = await platform.sign_in.with_password(form["name"], form["password"], address)
    except WrongPassword:
        return _failed(request, platform, form, DoorProblem(401, "SIGN_IN_FAILED"))
    except TooManyTries as wait:
        minutes, rest = divmod(wait.seconds, 60)
        facts = {"seconds": wait.seconds, "minutes": minutes, "rest": rest}
        return _failed(
            request, platform, form, DoorProblem(429, "LOCKED_OUT", facts, {"Retry-After": str(wait.seconds)})
        )
    return await _come_in(request, platform, session, form["next"])


@router.post("/sign-in/demo")
async def through_open_door(request: Request, platform: ThePlatform) -> Response:
    """Come into a demo company, as one of those who are named on the page."""
    _from_our_pages(request, platform)
    form = await form_of(request, "name", "next")
    if form["name"] not in [one.name for one in _open_doors(request)]:
        raise DoorProblem(404, "NOT_FOUND")
    try:
        session = await platform.sign_in.through_open_door(form["name"])
    except NoDemo as error:
        raise DoorProblem(404, "NOT_FOUND") from error
    return await _come_in(request, platform, session, form["next"])


@router.get("/sign-in/openid")
async def to_the_issuer(
    request: Request, platform: ThePlatform, next_: Annotated[str, Query(alias="next", max_length=8_000)] = HOME
) -> Response:
    """Go to the issuer that vouches for our people, and sign in there."""
    vouching = platform.vouching
    if vouching is None or not vouching.signs_in:
        raise DoorProblem(404, "NOT_FOUND")
    try:
        address, secret = await vouching.begin(_inside(next_), _way_back(request, platform))
    except IssuerUnavailable as error:
        _log.warning("the issuer cannot be asked: %s", error)
        return _failed(request, platform, {"name": "", "next": next_}, DoorProblem(503, "ISSUER_UNAVAILABLE"))
    response = RedirectResponse(address, 303)
    response.set_cookie(
        GOING,
        secret,
        max_age=int(UNDER_WAY.total_seconds()),
        path=BACK,
        secure=over_tls(request, platform.settings.public_url),
        httponly=True,
        samesite="lax",  # the way back begins at another site
    )
    return response


@router.get(BACK)
async def from_the_issuer(
    request: Request,
    platform: ThePlatform,
    state: Annotated[str, Query(max_length=2_000)] = "",
    code: Annotated[str, Query(max_length=8_000)] = "",
    iss: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Come back from the issuer."""
    vouching, secret = platform.vouching, request.cookies.get(GOING)
    if vouching is None or not vouching.signs_in:
        raise DoorProblem(404, "NOT_FOUND")
    try:
        if not (secret and state and code):
            raise NotVouchedFor("nothing of what the issuer sends along came back")
        session, next_ = await vouching.finish(secret, state, code, _way_back(request, platform), iss)
    except NotVouchedFor as error:
        _log.info("somebody was not let in by the issuer: %s", error)
        return _failed(request, platform, {"name": "", "next": HOME}, DoorProblem(401, "NOT_VOUCHED_FOR"))
    except IssuerUnavailable as error:
        _log.warning("the issuer cannot be asked: %s", error)
        return _failed(request, platform, {"name": "", "next": HOME}, DoorProblem(503, "ISSUER_UNAVAILABLE"))
    response = await _come_in(request, platform, session, next_)
    response.delete_cookie(GOING, path=BACK)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, platform: ThePlatform) -> Response:
    """Leave, at once: the session opens nothing any more, whoever has its cookie."""
    _from_our_pages(request, platform)
    secret = session_secret(request)
    if secret:
        await platform.sessions.end(secret)
    response = RedirectResponse("/sign-in", 303)
    end(response, secure=over_tls(request, platform.settings.public_url))
    return response


async def _come_in(request: Request, platform: Platform, session: NewSession, next_: str) -> Response:
    before = session_secret(request)
    if before:
        await platform.sessions.end(before)
    request.state.actor = session.kept.actor
    response = RedirectResponse(_inside(next_), 303)
    begin(response, session, secure=over_tls(request, platform.settings.public_url))
    return response


def _failed(request: Request, platform: Platform, form: dict[str, str], problem: DoorProblem) -> Response:
    if not reads_pages(request):
        raise problem
    request.state.code = problem.code
    said = str(of_door(problem, spoken(request), instance_of(request))["detail"])
    page = SignInPage(
        _inside(form["next"]), form["name"], said, _open_doors(request), issuer=_by_issuer(platform, form["next"])
    )
    response = shown(request, page, problem.status)
    response.headers.update(problem.headers)
    return response


def _by_issuer(platform: Platform, next_: str) -> str | None:
    if platform.vouching is None or not platform.vouching.signs_in:
        return None
    return f"/sign-in/openid?next={quote(_inside(next_), safe='')}"


def _way_back(request: Request, platform: Platform) -> str:
    here = platform.settings.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return f"{here}{BACK}"


def _from_our_pages(request: Request, platform: Platform) -> None:
    if not same_site(request, platform.settings.public_url):
        raise cross_site()


def _open_doors(request: Request) -> Sequence[Account]:
    doors: OpenDoors | None = request.app.state.open_doors
    if doors is None or not (doors.from_elsewhere or loopback(request.url.hostname or "")):
        return ()
    return doors.accounts


def loopback(host: str) -> bool:
    """Whether a name or an address is that of the machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _inside(next_: str) -> str:
    return next_ if _PATH.fullmatch(next_) else HOME
