"""Others who vouch: an OpenID issuer says who somebody is, and our settings say who that is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from re import fullmatch
from typing import Any, Protocol, cast
from uuid import NAMESPACE_URL, uuid5

from domain.rights import Role
from services.access import Caller, Secret, digest
from services.ports import NewId, Now
from services.sessions import NewSession, Sessions
from services.settings import OpenId

UNDER_WAY = timedelta(minutes=10)
"""For how long somebody may take to sign in at the issuer."""


class NotVouchedFor(Exception):
    """A token is not one of our issuer's, or does not let anybody in here; the reason is for our own log."""


class IssuerUnavailable(Exception):
    """The issuer does not answer as it should."""


@dataclass(frozen=True, slots=True)
class Going:
    """Somebody is on the way to the issuer and back.

    `state` comes back with them; `nonce` stands in the token that is made for this one sign-in; `verifier`: what only
    we know of the challenge that the issuer was sent (PKCE, RFC 7636); `next`: where they want to go afterwards.
    """

    state: str
    nonce: str
    verifier: str
    next: str
    expires_at: datetime


class GoingStore(Protocol):
    """Keeps who is on the way, across all processes of an organisation."""

    async def add_going(self, going: Going, digest: bytes, now: datetime) -> None:
        """Keep one, and forget those that took too long."""
        ...

    async def take_going(self, digest: bytes) -> Going | None:
        """The one with a hash, which is forgotten: nobody comes back twice."""
        ...


class Issuer(Protocol):
    """An OpenID issuer, as its discovery document describes it."""

    async def claims(self, token: str, audience: str) -> Mapping[str, Any]:
        """What a token says, once signature, issuer, audience and hours are checked. Raises `NotVouchedFor`."""
        ...

    async def address(self, going: Going, redirect: str) -> str:
        """Where somebody is sent to sign in. Raises `IssuerUnavailable`."""
        ...

    async def redeem(self, code: str, verifier: str, redirect: str) -> str:
        """The identity token for a code. Raises `NotVouchedFor`, `IssuerUnavailable`."""
        ...


class Vouching:
    """Lets those in for whom the issuer vouches."""

    def __init__(
        self,
        issuer: Issuer,
        settings: OpenId,
        organisation: str,
        store: GoingStore,
        sessions: Sessions,
        now: Now,
        new_id: NewId,
        new_secret: Secret,
    ) -> None:
        self._issuer = issuer
        self._settings = settings
        self._organisation = organisation
        self._store = store
        self._sessions = sessions
        self._now = now
        self._new_id = new_id
        self._new_secret = new_secret

    @property
    def signs_in(self) -> bool:
        """Whether people sign in at the issuer, besides programs that bring its tokens."""
        return self._settings.client_id is not None

    async def caller(self, token: str) -> Caller:
        """Whom a token of the issuer speaks for. Raises `NotVouchedFor`."""
        claims = await self._issuer.claims(token, self._settings.audience)
        actor, role = who(claims, self._settings, self._organisation)
        return Caller(uuid5(NAMESPACE_URL, f"{self._settings.issuer} {claims.get('sub')}"), actor, role)

    async def begin(self, next_: str, redirect: str) -> tuple[str, str]:
        """Send somebody to the issuer: the address to go to, and the secret by which they are known again.

        Raises `IssuerUnavailable`.
        """
        secret, state, nonce, verifier = (self._new_secret() for _ in range(4))
        going = Going(state, nonce, verifier, next_, self._now() + UNDER_WAY)
        address = await self._issuer.address(going, redirect)
        await self._store.add_going(going, digest(secret), self._now())
        return address, secret

    async def finish(
        self, secret: str, state: str, code: str, redirect: str, said_issuer: str | None
    ) -> tuple[NewSession, str]:
        """Let somebody in who comes back from the issuer: their session, and where they wanted to go.

        Raises `NotVouchedFor`, `IssuerUnavailable`.
        """
        going = await self._store.take_going(digest(secret))
        if going is None or going.expires_at <= self._now() or going.state != state:
            raise NotVouchedFor("nobody of this state is on the way")
        if said_issuer is not None and said_issuer != self._settings.issuer:
            raise NotVouchedFor("another issuer answered")
        token = await self._issuer.redeem(code, going.verifier, redirect)
        claims = await self._issuer.claims(token, self._settings.client_id or "")
        if claims.get("nonce") != going.nonce:
            raise NotVouchedFor("the token was made for another sign-in")
        if claims.get("azp", self._settings.client_id) != self._settings.client_id:
            raise NotVouchedFor("the token was made for another client")
        actor, role = who(claims, self._settings, self._organisation)
        by = f"{self._settings.issuer} {claims['sub']}"
        return await self._sessions.begin(by, actor, role), going.next


def who(claims: Mapping[str, Any], settings: OpenId, organisation: str) -> tuple[str, str]:
    """The actor and the role that claims come to here. Raises `NotVouchedFor`."""
    theirs = settings.organisation_claim
    if theirs is not None and organisation not in _texts(_at(claims, theirs)):
        raise NotVouchedFor("another organisation's")
    actor = _at(claims, settings.actor_claim)
    if not isinstance(actor, str) or not fullmatch(r"[A-Za-z0-9._-]{1,64}", actor):
        raise NotVouchedFor(f"the claim {settings.actor_claim} holds no id of an actor")
    said = _texts(_at(claims, settings.role_claim))
    for told, ours in settings.roles or [(role.value, role.value) for role in Role if role != Role.SYSTEM]:
        if told in said:
            return actor, ours
    raise NotVouchedFor(f"the claim {settings.role_claim} holds no role of ours")


def _at(claims: Mapping[str, Any], path: str) -> object:
    """A claim by its name, or one inside of others by a path, as `realm_access.roles`; names may hold dots as well."""
    if path in claims:
        return claims[path]
    first, _, rest = path.partition(".")
    inner = claims.get(first)
    return _at(cast("Mapping[str, Any]", inner), rest) if rest and isinstance(inner, Mapping) else None


def _texts(value: object) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    many: Sequence[object] = cast("list[object]", value) if isinstance(value, list) else []
    return [one for one in many if isinstance(one, str)]
