"""Signing in with a password: who guesses is slowed down, and learns nothing about which accounts there are."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Protocol

from services.accounts import MOST, AccountStore, Passwords, as_typed, known_as
from services.ports import Now
from services.sessions import NewSession, Sessions

TRIES_OF_AN_ACCOUNT, TRIES_OF_AN_ADDRESS = 5, 20
"""Failures in a row before the first wait. Many people may share an address."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
"""Each further failure doubles the wait."""
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tries:
    """How often in a row somebody failed to come in, and until when nobody is let try."""

    failures: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None


class TriesStore(Protocol):
    """Counts tries across all processes of an organisation."""

    async def change_tries(self, key: bytes, change: Callable[[Tries], Tries]) -> Tries:
        """Look at the tries under a key and replace them, with nobody in between; what was there before."""
        ...


class WrongPassword(Exception):
    """There is no such account, it is closed, or this is not its password; which of these is not told."""


class TooManyTries(Exception):
    """Wait before the next try. `seconds`: until then."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class NoDemo(Exception):
    """There is no open door of this name."""


class SignIn:
    """Lets people in."""

    def __init__(
        self, accounts: AccountStore, tries: TriesStore, passwords: Passwords, sessions: Sessions, now: Now
    ) -> None:
        self._accounts = accounts
        self._tries = tries
        self._passwords = passwords
        self._sessions = sessions
        self._now = now

    async def with_password(self, name: str, password: str, address: str) -> NewSession:
        """Let somebody in who knows the password of an account. Raises `WrongPassword`, `TooManyTries`.

        A try counts as failed until it has succeeded, so that many at once are no more than one after another. An
        account that is not there is slowed down like one that is, and answered as late.
        """
        name = known_as(name)
        account_key, address_key = _key("account", name), _key("address", _network(address))
        await self._counted(address_key, TRIES_OF_AN_ADDRESS)
        await self._counted(account_key, TRIES_OF_AN_ACCOUNT)
        found = await self._accounts.find_account(name)
        kept = found[1] if found else None
        fits = await self._passwords.fits(as_typed(password[: MOST + 1]), kept)
        if not fits or found is None or found[0].disabled_at is not None:
            raise WrongPassword
        await self._tries.change_tries(account_key, lambda _: Tries())
        await self._tries.change_tries(address_key, one_less)
        account = found[0]
        return await self._sessions.begin(account.name, account.actor, account.role)

    async def through_open_door(self, name: str) -> NewSession:
        """Let anybody in by an account of a demo company. Raises `NoDemo` for every other account."""
        found = await self._accounts.find_account(known_as(name))
        if found is None or not found[0].demo or found[0].disabled_at is not None:
            raise NoDemo
        account = found[0]
        return await self._sessions.begin(account.name, account.actor, account.role)

    async def forgive(self, name: str) -> None:
        """Let an account be tried again at once."""
        await self._tries.change_tries(_key("account", known_as(name)), lambda _: Tries())

    async def _counted(self, key: bytes, free: int) -> None:
        """Count a try, if one is allowed."""
        now = self._now()
        before = await self._tries.change_tries(key, lambda tries: one_more(tries, free, now))
        if before.locked_until is not None and before.locked_until > now:
            raise TooManyTries(ceil((before.locked_until - now).total_seconds()))


def one_more(tries: Tries, free: int, now: datetime) -> Tries:
    """The tries after a further one; while nobody is let try, nothing is counted."""
    if tries.locked_until is not None and tries.locked_until > now:
        return tries
    if tries.last_at is not None and tries.last_at + FORGOTTEN_AFTER < now:
        tries = Tries()
    failures = tries.failures + 1
    counted = replace(tries, failures=failures, last_at=now, locked_until=None)
    if failures < free:
        return counted
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - free, 30))
    return replace(counted, locked_until=now + wait)


def one_less(tries: Tries) -> Tries:
    """The tries after one of them has succeeded; the others of the same address stand."""
    return replace(tries, failures=max(0, tries.failures - 1), locked_until=None)


def _key(kind: str, what: str) -> bytes:
    """Tries are kept under a hash: people type passwords into the field for the name."""
    return sha256(f"{kind}:{what}".encode()).digest()


def _network(address: str) -> str:
    """Whoever has one address of IPv6 has the other 2^64 of its network as well."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    return str(read) if read.version == 4 else str(ip_network((read, 64), strict=False))
