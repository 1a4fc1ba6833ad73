"""Accounts, sessions and tries in dictionaries, for what is thrown away afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from services.accounts import Account
from services.sessions import Session
from services.sign_in import Tries
from services.vouching import Going


class PeopleInMemory:
    """Implements `AccountStore`, `SessionStore`, `TriesStore` and `GoingStore`."""

    def __init__(self) -> None:
        self._accounts: dict[str, tuple[Account, str | None]] = {}
        self._sessions: dict[bytes, Session] = {}
        self._going: dict[bytes, Going] = {}
        self._tries: dict[bytes, Tries] = {}

    async def add_account(self, account: Account, password: str | None) -> bool:
        """See `AccountStore`."""
        return self._accounts.setdefault(account.name, (account, password))[0] is account

    async def find_account(self, name: str) -> tuple[Account, str | None] | None:
        """See `AccountStore`."""
        return self._accounts.get(name)

    async def every_account(self) -> Sequence[Account]:
        """See `AccountStore`."""
        return [self._accounts[name][0] for name in sorted(self._accounts)]

    async def keep_password(self, name: str, password: str) -> bool:
        """See `AccountStore`."""
        if name not in self._accounts or self._accounts[name][0].demo:
            return False
        self._accounts[name] = (self._accounts[name][0], password)
        return True

    async def disable_account(self, name: str, at: datetime | None) -> bool:
        """See `AccountStore`."""
        if name not in self._accounts:
            return False
        account, password = self._accounts[name]
        self._accounts[name] = (replace(account, disabled_at=at), password)
        return True

    async def add_session(self, session: Session, digest: bytes) -> None:
        """See `SessionStore`."""
        self._sessions = {key: one for key, one in self._sessions.items() if one.expires_at > session.created_at}
        self._sessions[digest] = session

    async def find_session(self, digest: bytes) -> Session | None:
        """See `SessionStore`."""
        return self._sessions.get(digest)

    async def end_session(self, digest: bytes, at: datetime) -> None:
        """See `SessionStore`."""
        session = self._sessions.get(digest)
        if session is not None and session.revoked_at is None:
            self._sessions[digest] = replace(session, revoked_at=at)

    async def end_sessions_of(self, by: str, at: datetime) -> None:
        """See `SessionStore`."""
        for digest, session in self._sessions.items():
            if session.by == by and session.revoked_at is None:
                self._sessions[digest] = replace(session, revoked_at=at)

    async def add_going(self, going: Going, digest: bytes, now: datetime) -> None:
        """See `GoingStore`."""
        self._going = {key: one for key, one in self._going.items() if one.expires_at > now}
        self._going[digest] = going

    async def take_going(self, digest: bytes) -> Going | None:
        """See `GoingStore`."""
        return self._going.pop(digest, None)

    async def change_tries(self, key: bytes, change: Callable[[Tries], Tries]) -> Tries:
        """See `TriesStore`."""
        before = self._tries.get(key, Tries())
        self._tries[key] = change(before)
        return before
