"""Local accounts: a name and a password with which a person comes in as an actor in a role.

They stand outside the log, as access tokens do: what an account did is recorded under its actor, and a password is
nobody's evidence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from unicodedata import normalize

from domain.rights import Role
from services.ports import Now
from services.sessions import Sessions

LEAST, MOST = 12, 256
"""Characters of a password: length is what makes one hard to guess."""
_NAME = re.compile(r"[a-z0-9._@+-]{1,64}")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is kept: everything but the password. `demo`: anybody may come in by it, without a password."""

    name: str
    actor: str
    role: str
    created_at: datetime
    disabled_at: datetime | None = None
    demo: bool = False


class AccountStore(Protocol):
    """Keeps the accounts of one organisation."""

    async def add_account(self, account: Account, password: str | None) -> bool:
        """Keep a new account with the hash of its password; False where the name is taken."""
        ...

    async def find_account(self, name: str) -> tuple[Account, str | None] | None:
        """An account, and the hash of its password if it has one."""
        ...

    async def every_account(self) -> Sequence[Account]:
        """All of them, by name."""
        ...

    async def keep_password(self, name: str, password: str) -> bool:
        """Keep another hash; False where there is no such account."""
        ...

    async def disable_account(self, name: str, at: datetime | None) -> bool:
        """Say since when nobody comes in by it, None for not at all; False where there is no such account."""
        ...


class Passwords(Protocol):
    """Keeps passwords so that whoever reads the table learns none of them."""

    async def hashed(self, password: str) -> str:
        """A password as it is kept."""
        ...

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one that is kept; takes as long where nothing is kept (None)."""
        ...


class UnfitName(ValueError):
    """The name of an account has 1 to 64 of a-z, 0-9 and . _ @ + -"""


class UnfitPassword(ValueError):
    """A password has 12 to 256 characters and does not hold the account's name."""


class NameTaken(ValueError):
    """There is an account of this name already."""


class NoSuchAccount(ValueError):
    """There is no account of this name."""


class Accounts:
    """Where accounts are made, changed and closed."""

    def __init__(self, store: AccountStore, passwords: Passwords, sessions: Sessions, now: Now) -> None:
        self._store = store
        self._passwords = passwords
        self._sessions = sessions
        self._now = now

    async def create(self, name: str, password: str, actor: str, role: str) -> Account:
        """Make an account. Raises `UnfitName`, `UnfitPassword`, `NameTaken`."""
        account = Account(_fit_name(name), actor, Role(role).value, self._now())
        hashed = await self._passwords.hashed(_fit_password(password, account.name))
        return await self._added(account, hashed)

    async def open_door(self, name: str, actor: str, role: str) -> Account:
        """An account of a demo company, by which anybody comes in; the one that there is, if it was made before."""
        found = await self._store.find_account(_fit_name(name))
        if found is not None:
            return found[0]
        return await self._added(Account(name, actor, Role(role).value, self._now(), demo=True), None)

    async def set_password(self, name: str, password: str) -> None:
        """Set another password and end every session that came in by the old one.

        Raises `UnfitPassword`, `NoSuchAccount`.
        """
        name = known_as(name)
        hashed = await self._passwords.hashed(_fit_password(password, name))
        if not await self._store.keep_password(name, hashed):
            raise NoSuchAccount(name)
        await self._sessions.end_all_of(name)

    async def disable(self, name: str) -> None:
        """Let nobody come in by an account any more, and end its sessions. Raises `NoSuchAccount`."""
        if not await self._store.disable_account(known_as(name), self._now()):
            raise NoSuchAccount(name)
        await self._sessions.end_all_of(known_as(name))

    async def enable(self, name: str) -> None:
        """Open a disabled account again. Raises `NoSuchAccount`."""
        if not await self._store.disable_account(known_as(name), None):
            raise NoSuchAccount(name)

    async def all(self) -> Sequence[Account]:
        """Every account, by name."""
        return await self._store.every_account()

    async def _added(self, account: Account, hashed: str | None) -> Account:
        if not await self._store.add_account(account, hashed):
            raise NameTaken(account.name)
        return account


def known_as(name: str) -> str:
    """A name as accounts are told apart: without regard to case, width, or blanks around it."""
    return normalize("NFKC", name).strip().lower()


def as_typed(password: str) -> str:
    """A password in the one form that every keyboard's way of writing it comes to."""
    return normalize("NFC", password)


def _fit_name(name: str) -> str:
    known = known_as(name)
    if not _NAME.fullmatch(known):
        raise UnfitName(name)
    return known


def _fit_password(password: str, name: str) -> str:
    typed = as_typed(password)
    if not LEAST <= len(typed) <= MOST or name in typed.lower():
        raise UnfitPassword
    return typed
