"""Accounts, sessions and tries, in the schema of the log."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Composed, Identifier
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from services.accounts import Account
from services.ports import LogUnavailable
from services.sessions import Session
from services.sign_in import Tries
from services.vouching import Going

_ACCOUNT = "name, actor, role, created_at, disabled_at, demo"
_SESSION = "session_id, by, actor, role, created_at, expires_at, revoked_at"


class PeopleInPostgres:
    """Implements `AccountStore`, `SessionStore`, `TriesStore` and `GoingStore`; connects when it is first asked."""

    def __init__(self, url: str, schema: str, *, connections: int = 2) -> None:
        self._schema = schema
        self._opened = False
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            url,
            min_size=0,
            max_size=connections,
            open=False,
            kwargs={"autocommit": True, "row_factory": tuple_row},
            timeout=10.0,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.close()

    async def add_account(self, account: Account, password: str | None) -> bool:
        """See `AccountStore`."""
        values = (
            account.name,
            account.actor,
            account.role,
            account.created_at,
            account.disabled_at,
            account.demo,
            password,
        )
        text = (
            f"INSERT INTO {{schema}}.accounts ({_ACCOUNT}, password) VALUES (%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 - our own names
            " ON CONFLICT DO NOTHING RETURNING name"
        )
        return bool(await self._all(text, values))

    async def find_account(self, name: str) -> tuple[Account, str | None] | None:
        """See `AccountStore`."""
        rows = await self._all(f"SELECT {_ACCOUNT}, password FROM {{schema}}.accounts WHERE name = %s", (name,))  # noqa: S608 - as above
        return (Account(*rows[0][:-1]), rows[0][-1]) if rows else None

    async def every_account(self) -> Sequence[Account]:
        """See `AccountStore`."""
        rows = await self._all(f"SELECT {_ACCOUNT} FROM {{schema}}.accounts ORDER BY name", ())  # noqa: S608 - as above
        return [Account(*row) for row in rows]

    async def keep_password(self, name: str, password: str) -> bool:
        """See `AccountStore`."""
        text = "UPDATE {schema}.accounts SET password = %s WHERE name = %s AND NOT demo RETURNING name"
        return bool(await self._all(text, (password, name)))

    async def disable_account(self, name: str, at: datetime | None) -> bool:
        """See `AccountStore`."""
        text = "UPDATE {schema}.accounts SET disabled_at = %s WHERE name = %s RETURNING name"
        return bool(await self._all(text, (at, name)))

    async def add_session(self, session: Session, digest: bytes) -> None:
        """See `SessionStore`."""
        values = (
            session.created_at,
            session.created_at,
            session.session_id,
            session.by,
            session.actor,
            session.role,
            session.created_at,
            session.expires_at,
            session.revoked_at,
            digest,
        )
        text = (
            "WITH forgotten AS (DELETE FROM {schema}.sessions WHERE expires_at <= %s),"
            " forgiven AS (DELETE FROM {schema}.sign_in_tries WHERE last_at < %s - interval '1 day')"
            " INSERT INTO {schema}.sessions (session_id, by, actor, role, created_at, expires_at, revoked_at, digest)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING session_id"
        )
        await self._all(text, values)

    async def find_session(self, digest: bytes) -> Session | None:
        """See `SessionStore`."""
        rows = await self._all(f"SELECT {_SESSION} FROM {{schema}}.sessions WHERE digest = %s", (digest,))  # noqa: S608 - as above
        return Session(*rows[0]) if rows else None

    async def end_session(self, digest: bytes, at: datetime) -> None:
        """See `SessionStore`."""
        await self._ended("digest = %s", (at, digest))

    async def end_sessions_of(self, by: str, at: datetime) -> None:
        """See `SessionStore`."""
        await self._ended("by = %s", (at, by))

    async def add_going(self, going: Going, digest: bytes, now: datetime) -> None:
        """See `GoingStore`."""
        await self._all(
            "WITH forgotten AS (DELETE FROM {schema}.on_the_way WHERE expires_at <= %s)"
            " INSERT INTO {schema}.on_the_way (digest, state, nonce, verifier, next, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) RETURNING digest",
            (now, digest, going.state, going.nonce, going.verifier, going.next, going.expires_at),
        )

    async def take_going(self, digest: bytes) -> Going | None:
        """See `GoingStore`."""
        text = "DELETE FROM {schema}.on_the_way WHERE digest = %s RETURNING state, nonce, verifier, next, expires_at"
        rows = await self._all(text, (digest,))
        return Going(*rows[0]) if rows else None

    async def change_tries(self, key: bytes, change: Callable[[Tries], Tries]) -> Tries:
        """See `TriesStore`."""
        async with self._connection() as connection, connection.transaction():
            cursor = await connection.execute(
                self._sql(
                    "INSERT INTO {schema}.sign_in_tries AS t VALUES (%s, 0, NULL, NULL)"
                    " ON CONFLICT (key) DO UPDATE SET failures = t.failures RETURNING failures, last_at, locked_until"
                ),
                (key,),
            )
            before = Tries(*(await cursor.fetchall())[0])
            after = change(before)
            await connection.execute(
                self._sql(
                    "UPDATE {schema}.sign_in_tries SET failures = %s, last_at = %s, locked_until = %s WHERE key = %s"
                ),
                (after.failures, after.last_at, after.locked_until, key),
            )
        return before

    async def _ended(self, which: str, values: Sequence[Any]) -> None:
        text = f"UPDATE {{schema}}.sessions SET revoked_at = %s WHERE {which} AND revoked_at IS NULL RETURNING by"  # noqa: S608 - our own clauses
        await self._all(text, values)

    async def _all(self, text: str, values: Sequence[Any]) -> Sequence[TupleRow]:
        async with self._connection() as connection:
            return await (await connection.execute(self._sql(text), values)).fetchall()

    def _sql(self, text: str) -> Composed:
        return SQL(text).format(schema=Identifier(self._schema))  # pyright: ignore[reportArgumentType] - only our own text

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[AsyncConnection[TupleRow]]:
        try:
            if not self._opened:
                await self._pool.open()
                self._opened = True
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise LogUnavailable(str(error)) from error
