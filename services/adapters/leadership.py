"""Who leads, by an advisory lock of PostgreSQL: a lock goes with its session, and a session with its process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from services.leading import Lead
from services.ports import LogUnavailable

ANSWERED = 5.0
"""Seconds after which a session that does not answer is taken for lost."""


class PostgresLead:
    """Implements `Lead` on the session that holds the lock."""

    def __init__(self, connection: AsyncConnection[TupleRow]) -> None:
        self._connection = connection

    async def held(self) -> bool:
        """See `Lead`."""
        try:
            async with asyncio.timeout(ANSWERED):
                await self._connection.execute("SELECT 1")
        except (psycopg.Error, OSError, TimeoutError):
            return False
        return True


class PostgresLeadership:
    """Implements `Leadership` in one database; never by way of a pool that shares sessions among transactions."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema

    @asynccontextmanager
    async def lead(self, what: str) -> AsyncGenerator[Lead | None]:
        """See `Leadership`."""
        name = sha256(f"{self._schema}:{what}".encode()).digest()
        key = int.from_bytes(name[:8], "big", signed=True)
        try:
            connection = await AsyncConnection[TupleRow].connect(self._url, autocommit=True, connect_timeout=5)
        except (psycopg.Error, OSError) as error:
            raise LogUnavailable(str(error)) from error
        try:
            try:
                found = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", (key,))).fetchone()
            except (psycopg.Error, OSError) as error:
                raise LogUnavailable(str(error)) from error
            if not found or not found[0]:
                yield None
                return
            try:
                yield PostgresLead(connection)
            finally:  # said, and not left to the end of the session, which comes a moment after the connection closes
                with suppress(psycopg.Error, OSError, TimeoutError):
                    async with asyncio.timeout(ANSWERED):
                        await connection.execute("SELECT pg_advisory_unlock(%s)", (key,))
        finally:
            await connection.close()


class AlwaysLeading:
    """Implements `Leadership` where there is one process only."""

    @asynccontextmanager
    async def lead(self, what: str) -> AsyncGenerator[Lead | None]:
        """See `Leadership`."""
        del what
        yield self

    async def held(self) -> bool:
        """See `Lead`."""
        return True
