"""Sessions: somebody who signed in stays in for a while, by a secret that their browser sends back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.rights import Role
from services.access import Caller, Secret, digest
from services.ports import NewId, Now


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is kept: everything but the secret. `by`: the account, or the issuer that vouched."""

    session_id: UUID
    by: str
    actor: str
    role: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session as the browser gets it, this once."""

    secret: str
    kept: Session


class SessionStore(Protocol):
    """Keeps the sessions of one organisation."""

    async def add_session(self, session: Session, digest: bytes) -> None:
        """Keep a new session, and forget those that expired before it began."""
        ...

    async def find_session(self, digest: bytes) -> Session | None:
        """The session with a hash."""
        ...

    async def end_session(self, digest: bytes, at: datetime) -> None:
        """Make a session useless."""
        ...

    async def end_sessions_of(self, by: str, at: datetime) -> None:
        """Make every session of an account useless."""
        ...


class Sessions:
    """Begins and ends sessions, and says whom one speaks for."""

    def __init__(self, store: SessionStore, now: Now, new_id: NewId, new_secret: Secret, lasting: timedelta) -> None:
        self._store = store
        self._now = now
        self._new_id = new_id
        self._new_secret = new_secret
        self._lasting = lasting

    async def begin(self, by: str, actor: str, role: str) -> NewSession:
        """Let somebody stay in."""
        secret, now = self._new_secret(), self._now()
        kept = Session(self._new_id(), by, actor, Role(role).value, now, now + self._lasting)
        await self._store.add_session(kept, digest(secret))
        return NewSession(secret, kept)

    async def caller(self, secret: str) -> Caller | None:
        """Whom a session speaks for, while it lasts."""
        session = await self._store.find_session(digest(secret))
        if session is None or session.revoked_at is not None or session.expires_at <= self._now():
            return None
        return Caller(session.session_id, session.actor, session.role)

    async def end(self, secret: str) -> None:
        """End a session at once; one that is not there has ended already."""
        await self._store.end_session(digest(secret), self._now())

    async def end_all_of(self, by: str) -> None:
        """End every session that an account has."""
        await self._store.end_sessions_of(by, self._now())
