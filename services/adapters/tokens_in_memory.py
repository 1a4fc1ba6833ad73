"""Access tokens in a dictionary, for what is thrown away afterwards."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.access import AccessToken


class TokensInMemory:
    """Implements `TokenStore`."""

    def __init__(self) -> None:
        self._tokens: dict[bytes, AccessToken] = {}

    async def add(self, token: AccessToken, digest: bytes) -> None:
        """See `TokenStore`."""
        self._tokens[digest] = token

    async def find(self, digest: bytes) -> AccessToken | None:
        """See `TokenStore`."""
        return self._tokens.get(digest)

    async def all(self) -> Sequence[AccessToken]:
        """See `TokenStore`."""
        return sorted(self._tokens.values(), key=lambda token: token.created_at, reverse=True)

    async def revoke(self, token_id: UUID, at: datetime) -> bool:
        """See `TokenStore`."""
        for digest, token in self._tokens.items():
            if token.token_id == token_id:
                self._tokens[digest] = replace(token, revoked_at=token.revoked_at or at)
                return True
        return False

    async def used(self, token_id: UUID, at: datetime) -> None:
        """See `TokenStore`."""
        for digest, token in self._tokens.items():
            if token.token_id == token_id:
                self._tokens[digest] = replace(token, last_used_at=at)
