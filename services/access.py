"""Who may come in: access tokens, shown once, kept as hashes, scoped, expiring, revocable."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from domain.rights import Role, within_scope
from services.ports import NewId, Now

__all__ = [
    "Access",
    "AccessToken",
    "Caller",
    "NewToken",
    "Role",
    "Secret",
    "TokenStore",
    "UnfitScope",
    "digest",
    "fit_scope",
    "within_scope",
]


NOTED_EVERY = timedelta(hours=1)
"""How exactly it is known when a token was last shown: a note costs a write."""
_SCOPE = re.compile(r"read|\*|[a-z_]+\.([a-z_]+|\*)")


class UnfitScope(ValueError):
    """A scope is `read`, a type of request as `visit.record`, or many as `visit.*`."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as it is kept: everything but the secret.

    `scopes`: what it was made for, None for all that the role may; `last_used_at`: about when it was last shown.
    """

    token_id: UUID
    actor: str
    role: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token, a session or an issuer speaks for: the same to every door.

    `caller_id`: of what was shown; `scopes`: what it was made for, None for all that the role may.
    """

    caller_id: UUID
    actor: str
    role: str
    scopes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is shown, this once."""

    token: str
    kept: AccessToken


class TokenStore(Protocol):
    """Keeps the tokens of one organisation."""

    async def add(self, token: AccessToken, digest: bytes) -> None:
        """Keep a new token."""
        ...

    async def find(self, digest: bytes) -> AccessToken | None:
        """The token with a hash."""
        ...

    async def all(self) -> Sequence[AccessToken]:
        """Every token, newest first."""
        ...

    async def revoke(self, token_id: UUID, at: datetime) -> bool:
        """Make a token useless; False where there is no such token."""
        ...

    async def used(self, token_id: UUID, at: datetime) -> None:
        """Note when a token was shown."""
        ...


class Access:
    """Hands out access tokens and says whom a token speaks for."""

    def __init__(self, tokens: TokenStore, now: Now, new_id: NewId, new_secret: "Secret") -> None:
        self._tokens = tokens
        self._now = now
        self._new_id = new_id
        self._new_secret = new_secret

    async def create(
        self,
        actor: str,
        role: str,
        expires_at: datetime | None = None,
        scopes: Sequence[str] | None = None,
    ) -> NewToken:
        """Make a token for an actor in a role, for everything that the role may or for some of it.

        Raises `UnfitScope`.
        """
        for scope in scopes or ():
            if not fit_scope(scope):
                raise UnfitScope(scope)
        secret = self._new_secret()
        kept = AccessToken(
            self._new_id(),
            actor,
            Role(role).value,
            self._now(),
            expires_at,
            scopes=None if scopes is None else tuple(sorted(set(scopes))),
        )
        await self._tokens.add(kept, digest(secret))
        return NewToken(secret, kept)

    async def bearer(self, secret: str) -> Caller | None:
        """Whom the token behind a secret speaks for, if it still opens anything."""
        token = await self._tokens.find(digest(secret))
        if token is None or token.revoked_at is not None:
            return None
        now = self._now()
        if token.expires_at is not None and token.expires_at <= now:
            return None
        if token.last_used_at is None or token.last_used_at + NOTED_EVERY <= now:
            await self._tokens.used(token.token_id, now)
        return Caller(token.token_id, token.actor, token.role, token.scopes)

    async def all(self) -> Sequence[AccessToken]:
        """Every token that was ever made."""
        return await self._tokens.all()

    async def revoke(self, token_id: UUID) -> bool:
        """Take a token back at once; False where there is no such token."""
        return await self._tokens.revoke(token_id, self._now())


class Secret(Protocol):
    """Draws a secret that nobody can guess."""

    def __call__(self) -> str:
        """At least 256 bits, in URL-safe characters."""
        ...


def fit_scope(scope: str) -> bool:
    """Whether a text is a scope."""
    return _SCOPE.fullmatch(scope) is not None


def digest(secret: str) -> bytes:
    """How a secret is kept: SHA-256, enough for 256 random bits."""
    return sha256(secret.encode()).digest()
