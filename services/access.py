"""Who may come in: access tokens, shown once, kept as hashes, revocable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from domain.rights import Role
from services.ports import NewId, Now


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as it is kept: everything but the secret."""

    token_id: UUID
    actor: str
    role: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token, a session or an issuer speaks for: the same to every door. `caller_id`: of what was shown."""

    caller_id: UUID
    actor: str
    role: str


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


class Access:
    """Hands out access tokens and says whom a token speaks for."""

    def __init__(self, tokens: TokenStore, now: Now, new_id: NewId, new_secret: "Secret") -> None:
        self._tokens = tokens
        self._now = now
        self._new_id = new_id
        self._new_secret = new_secret

    async def create(self, actor: str, role: str, expires_at: datetime | None = None) -> NewToken:
        """Make a token for an actor in a role."""
        secret = self._new_secret()
        kept = AccessToken(self._new_id(), actor, Role(role).value, self._now(), expires_at)
        await self._tokens.add(kept, digest(secret))
        return NewToken(secret, kept)

    async def bearer(self, secret: str) -> Caller | None:
        """Whom the token behind a secret speaks for, if it still opens anything."""
        token = await self._tokens.find(digest(secret))
        if token is None or token.revoked_at is not None:
            return None
        if token.expires_at is not None and token.expires_at <= self._now():
            return None
        return Caller(token.token_id, token.actor, token.role)

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


def digest(secret: str) -> bytes:
    """How a secret is kept: SHA-256, enough for 256 random bits."""
    return sha256(secret.encode()).digest()
