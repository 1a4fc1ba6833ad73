"""What each endpoint needs: the platform, who asks in which conversation, and as of when."""

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import Depends, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.bodies.parts import instant
from api.emitting import Sent
from api.http.cookies import same_site, session_secret
from api.http.problems import cross_site, unauthenticated
from services.access import Caller, Role, within_scope
from services.looks import Looker, LookPurpose
from services.platform import Platform
from services.reception import Actor
from services.refusals import FieldFault, Forbidden, Malformed, OutOfScope, RateLimited, RefNotFound, UnknownField
from services.vouching import NotVouchedFor

_log = logging.getLogger(__name__)
SENDABLE_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_VERSION = re.compile(r'"v(\d{1,9})"')
LOOKING = ("GET", "HEAD")
NEVER = -1
"""A version that no stream has: an ETag that we did not give matches nothing."""
_BEARER = HTTPBearer(auto_error=False, description="An access token, as `fieldtrace token create` makes it.")


def the_platform(request: Request) -> Platform:
    """The platform behind this door."""
    return cast("Platform", request.app.state.platform)


ThePlatform = Annotated[Platform, Depends(the_platform)]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in what role, in which conversation."""

    token: Caller
    correlation_id: str
    idempotency_key: str | None
    if_match: int | None

    @property
    def actor(self) -> Actor:
        """The asker as events will name them."""
        return Actor(self.token.actor, self.token.role)

    @property
    def source(self) -> str:
        """The source of what is asked without an id of its own."""
        return f"actor/{self.token.actor}"

    @property
    def client_id(self) -> str | None:
        """The machine that asks, where one does."""
        return self.token.actor if self.token.role == Role.CLIENT else None

    def looking(self, purpose: str | None = None) -> Looker:
        """The asker as somebody who looks, and what for."""
        return Looker(self.actor, self.correlation_id, LookPurpose(purpose) if purpose else None)

    def sent(self, platform: Platform, *, on_behalf_of: str | None = None, stream: str | None = None) -> Sent:
        """What is known of a resource call. `stream`: the one that `If-Match` speaks of."""
        actor = Actor(self.token.actor, self.token.role, on_behalf_of)
        unchanged = {stream: self.if_match} if stream and self.if_match is not None else {}
        return Sent(
            actor=actor,
            source=self.source,
            id=self.idempotency_key or str(platform.new_id()),
            correlation_id=self.correlation_id,
            client_id=self.client_id,
            unchanged=unchanged,
            within=self.token.scopes,
        )


async def the_asker(
    request: Request,
    platform: ThePlatform,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Asker:
    """Whoever holds the access token that was sent, or else signed in with this browser; nobody else is answered."""
    token = await _by_bearer(platform, bearer.credentials) if bearer else await _by_cookie(request, platform)
    if token is None:
        raise unauthenticated()
    request.state.actor = token.actor
    wait = request.app.state.pace.wait(token.caller_id, asyncio.get_running_loop().time())
    if wait:
        raise RateLimited(wait)
    if request.method in LOOKING and not within_scope(token.scopes, "any.read"):
        raise OutOfScope("read", tuple(token.scopes or ()))
    known_parameters_only(request)
    return Asker(token, str(request.state.correlation_id), _key(request), _if_match(request))


async def _by_bearer(platform: Platform, secret: str) -> Caller | None:
    """Whoever an access token of ours, or one of the issuer's, speaks for."""
    if platform.vouching is None or secret.count(".") != 2:
        return await platform.access.bearer(secret)
    try:
        return await platform.vouching.caller(secret)
    except NotVouchedFor as error:
        _log.info("a token of the issuer was not taken: %s", error)
        return None


async def _by_cookie(request: Request, platform: Platform) -> Caller | None:
    """Whoever signed in with this browser. Browsers send cookies along whoever asks them to, so what changes something
    is taken from our own pages only."""
    secret = session_secret(request)
    if secret is None or "authorization" in request.headers:
        return None
    caller = await platform.sessions.caller(secret)
    if caller is not None and not same_site(request, platform.settings.public_url):
        raise cross_site()
    return caller


AnyAsker = Annotated[Asker, Depends(the_asker)]


def known_parameters_only(request: Request) -> None:
    """Refuse a parameter that nobody would read, and one that stands twice."""
    known = _parameters(request.scope["route"].dependant)
    names = [name for name, _ in request.query_params.multi_items()]
    strange = [name for name in names if name not in known]
    if strange:
        raise UnknownField(tuple(FieldFault(f"?{name}", "There is no such parameter.") for name in strange))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Malformed(tuple(FieldFault(f"?{name}", "This parameter stands twice.") for name in twice))


def _parameters(dependant: Dependant) -> set[str]:
    names = {parameter.alias for parameter in dependant.query_params}
    return names.union(*(_parameters(below) for below in dependant.dependencies))


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    key = key.strip().removeprefix('"').removesuffix('"')
    if not SENDABLE_KEY.fullmatch(key):
        raise Malformed((FieldFault("", "An Idempotency-Key has 1–200 visible characters of ASCII."),))
    return key


def _if_match(request: Request) -> int | None:
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    version = _VERSION.fullmatch(header.strip())
    if version is not None:
        return int(version.group(1))
    if header.strip().startswith(('"', "W/")):
        return NEVER
    raise Malformed((FieldFault("", 'If-Match takes an ETag as it was answered, as "v17".'),))


# ---------------------------------------------------------------------------------------------------------- rights


def forbid(asked: str, asker: Asker) -> Forbidden:
    """A right that this role, or this place in the organisation, does not give."""
    return Forbidden(asked, asker.token.role)


def only(asker: Asker, asked: str, *roles: Role) -> None:
    """Ask for one of several roles."""
    if asker.token.role not in roles:
        raise forbid(asked, asker)
    if not within_scope(asker.token.scopes, asked):
        raise OutOfScope(asked, tuple(asker.token.scopes or ()))


READERS = (Role.REP, Role.MANAGER, Role.ARBITER, Role.AUDITOR, Role.OPS, Role.CLIENT)
"""Whoever may look at what everybody in sales sees: customers, who holds them, until when."""
OVERSEERS = (Role.AUDITOR, Role.OPS)
"""Whoever may read everything that is recorded."""


async def may_look_at(platform: Platform, asker: Asker, asked: str, rep_id: str) -> None:
    """A rep's history: for the rep, for whoever stands above in the line, for the arbiter of a case in which the rep is
    a party, for auditors and ops."""
    role, actor = Role(asker.token.role), asker.token.actor
    if role in OVERSEERS or (role in (Role.REP, Role.MANAGER) and actor == rep_id):
        return
    if role == Role.MANAGER and await platform.organisation.manages(actor, rep_id, platform.now()):
        return
    if role == Role.ARBITER and await _rules_on(platform, actor, rep_id):
        return
    raise forbid(asked, asker)


async def may_know_of(platform: Platform, asker: Asker, kind: str, id: object, *rep_ids: str) -> None:
    """Something of one rep's, or of several: whoever may not look at any of them is told that there is no such thing.

    So nobody learns by asking which ids there are.
    """
    for rep_id in sorted(rep_ids):
        try:
            await may_look_at(platform, asker, f"{kind}.read", rep_id)
        except Forbidden:
            continue
        return
    raise RefNotFound(kind, str(id))


async def _rules_on(platform: Platform, arbiter: str, rep_id: str) -> bool:
    """Whether a rep is a party of a case that the arbiter has, or could have."""
    head = await platform.log.head()
    for case in await platform.conflicts.docket(at=head.position, party=rep_id, limit=500):
        if case.arbiter_id == arbiter or await platform.conflicts.could_rule(arbiter, case.parties, platform.now()):
            return True
    return False


def instant_or_position(text: str, name: str) -> int | datetime:
    """What `at` and its like say: a position of the log, or an hour."""
    if re.fullmatch(r"\d{1,15}", text):
        return int(text)
    return hour(text, name)


def hour(text: str, name: str) -> datetime:
    """An hour as a parameter states it; a + that the address turned into a space is one."""
    try:
        return instant(re.sub(r" (?=\d{2}:\d{2}$)", "+", text))
    except ValueError as error:
        raise Malformed((FieldFault(f"?{name}", f"{error}"),)) from error


Purpose = Annotated[
    Literal["INSPECTION", "COACHING", "CASE", "AUDIT", "SUPPORT"] | None,
    Query(description="What for, where somebody looks at the history of another; left out: what the role is for."),
]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=2_000, description="`next` of the page before.")]
At = Annotated[
    str | None,
    Query(max_length=64, description="As of a position of the log, or of an hour (RFC 3339).", examples=["48163"]),
]
MinPosition = Annotated[
    int | None, Query(ge=0, description="Answer only from this position on; waits up to two seconds for it.")
]
