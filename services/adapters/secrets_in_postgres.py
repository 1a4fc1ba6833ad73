"""Tokens and the keys of personal values, in the schema of the log."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Identifier
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from services.access import AccessToken
from services.adapters.together import Together
from services.ports import Disclosure, LogUnavailable


class SecretsInPostgres:
    """Implements `TokenStore`, the vault's `KeyStore` and the attachments' `SealedBytes`."""

    def __init__(self, url: str, schema: str, *, privacy: str | None = None, connections: int = 4) -> None:
        self._schema = schema
        self._privacy = privacy
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=connections,
            open=False,
            kwargs={"autocommit": True, "row_factory": tuple_row},
            timeout=10.0,
        )
        self._opening = Together(self._find_for_all)
        self._made: dict[str, bytes] = {}

    async def open(self) -> None:
        """Connect."""
        await self._pool.open()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.close()

    async def add(self, token: AccessToken, digest: bytes) -> None:
        """See `TokenStore`."""
        await self._all(
            "INSERT INTO {schema}.access_tokens"
            " (token_id, digest, actor, role, created_at, expires_at, revoked_at, scopes, last_used_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING token_id",
            (
                token.token_id,
                digest,
                token.actor,
                token.role,
                token.created_at,
                token.expires_at,
                token.revoked_at,
                None if token.scopes is None else list(token.scopes),
                token.last_used_at,
            ),
        )

    async def find(self, digest: bytes) -> AccessToken | None:
        """See `TokenStore`."""
        rows = await self._tokens("WHERE digest = %s", (digest,))
        return rows[0] if rows else None

    async def all(self) -> Sequence[AccessToken]:
        """See `TokenStore`."""
        return await self._tokens("ORDER BY created_at DESC, token_id", ())

    async def revoke(self, token_id: UUID, at: datetime) -> bool:
        """See `TokenStore`."""
        return bool(
            await self._all(
                "UPDATE {schema}.access_tokens SET revoked_at = coalesce(revoked_at, %s) WHERE token_id = %s"
                " RETURNING token_id",
                (at, token_id),
            )
        )

    async def used(self, token_id: UUID, at: datetime) -> None:
        """See `TokenStore`."""
        await self._all(
            "UPDATE {schema}.access_tokens SET last_used_at = %s WHERE token_id = %s RETURNING token_id",
            (at, token_id),
        )

    async def key_of(self, subject: str, wrapped: bytes) -> bytes | None:
        """See `KeyStore`."""
        kept = await self._all("SELECT wrapped FROM {schema}.subject_keys WHERE subject = %s", (subject,))
        if not kept:
            async with self._alone_with(subject) as connection:
                await connection.execute(
                    self._sql(
                        "INSERT INTO {schema}.subject_keys SELECT %s, %s"
                        " WHERE NOT EXISTS (SELECT FROM {schema}.erased_subjects WHERE subject = %s)"
                        " ON CONFLICT DO NOTHING"
                    ),
                    (subject, wrapped, subject),
                )
            kept = await self._all("SELECT wrapped FROM {schema}.subject_keys WHERE subject = %s", (subject,))
        return kept[0][0] if kept else None

    async def find_key(self, subject: str) -> bytes | None:
        """See `KeyStore`."""
        kept = await self._all("SELECT wrapped FROM {schema}.subject_keys WHERE subject = %s", (subject,))
        return kept[0][0] if kept else None

    async def count_keys(self, mark: bytes) -> tuple[int, int]:
        """See `KeyStore`."""
        [(keys, waiting)] = await self._all(
            "SELECT count(*), count(*) FILTER (WHERE substring(wrapped FROM 1 FOR %s) <> %s)"
            " FROM {schema}.subject_keys",
            (len(mark), mark),
        )
        return keys, waiting

    async def keys_not_under(self, mark: bytes, after: str, limit: int) -> Sequence[tuple[str, bytes]]:
        """See `KeyStore`."""
        rows = await self._all(
            "SELECT subject, wrapped FROM {schema}.subject_keys"
            " WHERE subject > %s AND substring(wrapped FROM 1 FOR %s) <> %s ORDER BY subject LIMIT %s",
            (after, len(mark), mark, limit),
        )
        return [(subject, wrapped) for subject, wrapped in rows]

    async def rewrap(self, subject: str, before: bytes, after: bytes) -> None:
        """See `KeyStore`."""
        await self._all(
            "UPDATE {schema}.subject_keys SET wrapped = %s WHERE subject = %s AND wrapped = %s RETURNING subject",
            (after, subject, before),
        )

    async def destroy(self, subject: str) -> None:
        """See `KeyStore`. All of it in one transaction; then the freed rows are cleared away."""
        gone = ("subject_keys", "sealed", "attachments", "personal_marks")
        async with self._alone_with(subject) as connection:
            if self._privacy is not None:
                await connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(self._privacy)))
            await connection.execute(
                self._sql("INSERT INTO {schema}.erased_subjects VALUES (%s) ON CONFLICT DO NOTHING"), (subject,)
            )
            for table in gone:
                await connection.execute(self._sql(f"DELETE FROM {{schema}}.{table} WHERE subject = %s"), (subject,))  # noqa: S608 - our own tables
        async with self._connection() as connection:
            for table in gone:
                await connection.execute(self._sql(f"VACUUM {{schema}}.{table}"))

    async def keep_marks(self, subject: str, marks: Sequence[str]) -> None:
        """See `KeyStore`; a trigger keeps nothing of who was erased."""
        async with self._alone_with(subject) as connection:
            await connection.execute(
                self._sql(
                    "INSERT INTO {schema}.personal_marks SELECT mark, %s FROM unnest(%s::text[]) mark"
                    " ON CONFLICT DO NOTHING"
                ),
                (subject, list(marks)),
            )

    async def find_marked(self, marks: Sequence[str]) -> Sequence[tuple[str, str]]:
        """See `KeyStore`."""
        rows = await self._all(
            "SELECT mark, subject FROM {schema}.personal_marks WHERE mark = ANY (%s) ORDER BY mark, subject",
            (list(marks),),
        )
        return [(row[0], row[1]) for row in rows]

    async def find_sealed(self, digests: Sequence[str]) -> Sequence[tuple[Disclosure, bytes]]:
        """The disclosures with these digests that still have a key, each with its wrapped key."""
        return await self._opening.ask(digests)

    async def _find_for_all(self, asked: Sequence[Sequence[str]]) -> Sequence[Sequence[tuple[Disclosure, bytes]]]:
        rows = await self._all(
            "SELECT s.digest, s.subject, s.ciphertext, k.wrapped FROM {schema}.sealed s"
            " JOIN {schema}.subject_keys k USING (subject) WHERE s.digest = ANY (%s)",
            ([digest for digests in asked for digest in digests],),
        )
        found = {
            digest: (Disclosure(digest, subject, ciphertext), wrapped) for digest, subject, ciphertext, wrapped in rows
        }
        return [[found[digest] for digest in digests if digest in found] for digests in asked]

    async def keep_bytes(self, name: str, subject: str, ciphertext: bytes) -> None:
        """See `SealedBytes`."""
        await self._all(
            "INSERT INTO {schema}.attachments VALUES (%s, %s, %b) ON CONFLICT (sha256) DO UPDATE"
            " SET subject = excluded.subject, ciphertext = excluded.ciphertext RETURNING sha256",
            (name, subject, ciphertext),
        )

    async def find_bytes(self, name: str) -> tuple[bytes, bytes] | None:
        """See `SealedBytes`."""
        rows = await self._all(
            "SELECT a.ciphertext, k.wrapped FROM {schema}.attachments a JOIN {schema}.subject_keys k USING (subject)"
            " WHERE a.sha256 = %s",
            (name,),
        )
        return (rows[0][0], rows[0][1]) if rows else None

    async def _tokens(self, clause: str, values: Sequence[Any]) -> Sequence[AccessToken]:
        columns = "token_id, actor, role, created_at, expires_at, revoked_at, scopes, last_used_at"
        rows = await self._all(f"SELECT {columns} FROM {{schema}}.access_tokens {clause}", values)  # noqa: S608 - our own clauses
        return [
            AccessToken(*row[:6], scopes=None if row[6] is None else tuple(row[6]), last_used_at=row[7]) for row in rows
        ]

    async def _all(self, text: str, values: Sequence[Any]) -> Sequence[TupleRow]:
        async with self._connection() as connection:
            return await (await connection.execute(self._sql(text), values)).fetchall()

    def _sql(self, text: str) -> bytes:
        """A statement as it is sent, composed the first time: composing costs more than most of them take."""
        made = self._made.get(text)
        if made is None:
            composed = SQL(text).format(schema=Identifier(self._schema))  # pyright: ignore[reportArgumentType] - only our own text
            made = self._made[text] = composed.as_bytes()
        return made

    @asynccontextmanager
    async def _alone_with(self, subject: str) -> AsyncGenerator[AsyncConnection[TupleRow]]:
        """A transaction in which nobody else makes or destroys the key of this data subject."""
        async with self._connection() as connection, connection.transaction():
            turn = self._sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))")
            await connection.execute(turn, (f"{self._schema}:{subject}",))
            yield connection

    @asynccontextmanager
    async def _connection(self):  # noqa: ANN202 - an async generator of a connection
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
            raise LogUnavailable(str(error)) from error
