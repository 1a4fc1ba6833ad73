"""Tiles, checkpoints, the signer's state and the heads of subjects, in the schema of the log."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Identifier
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from services.ports import LogUnavailable
from services.signing import Signed, SignerState
from services.subject_heads import Head

_CHECKPOINT = (
    "SELECT c.size, c.note, c.signed_at, array_remove(array_agg(s.line ORDER BY s.line), NULL)"
    " FROM {schema}.checkpoints c LEFT JOIN {schema}.cosignatures s USING (size)"
)


class EvidenceInPostgres:
    """Implements `TileStore`, `CheckpointStore` and `HeadStore`. `ahead`: connections that are made before they are
    needed."""

    def __init__(self, url: str, schema: str, *, connections: int = 2, ahead: int = 1) -> None:
        self._schema = Identifier(schema)
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            url,
            min_size=ahead,
            max_size=connections,
            open=False,
            kwargs={"autocommit": True, "row_factory": tuple_row},
            timeout=10.0,
        )

    async def open(self) -> None:
        """Connect."""
        await self._pool.open()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.close()

    async def tile(self, level: int, number: int) -> bytes | None:
        """See `TileStore`."""
        rows = await self._all("SELECT hashes FROM {schema}.tiles WHERE level = %s AND number = %s", (level, number))
        return rows[0][0] if rows else None

    async def keep_tiles(self, tiles: Sequence[tuple[int, int, bytes]]) -> None:
        """See `TileStore`."""
        await self._all(
            "INSERT INTO {schema}.tiles SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"
            " ON CONFLICT DO NOTHING RETURNING level",
            ([level for level, _, _ in tiles], [number for _, number, _ in tiles], [hashes for _, _, hashes in tiles]),
        )

    async def add_checkpoint(self, signed: Signed) -> None:
        """See `CheckpointStore`."""
        await self._all(
            "INSERT INTO {schema}.checkpoints VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING size",
            (signed.size, signed.note, signed.signed_at),
        )

    async def checkpoint(self, *, covering: int = 0) -> Signed | None:
        """See `CheckpointStore`."""
        if covering:
            return await self._signed(" WHERE c.size >= %s GROUP BY c.size ORDER BY c.size LIMIT 1", covering)
        return await self._signed(" GROUP BY c.size ORDER BY c.size DESC LIMIT 1")

    async def anchored(self) -> Signed | None:
        """See `CheckpointStore`."""
        return await self._signed(
            " WHERE c.size = greatest((SELECT max(size) FROM {schema}.cosignatures),"
            " (SELECT max(size) FROM {schema}.anchors)) GROUP BY c.size"
        )

    async def add_cosignature(self, size: int, line: str) -> None:
        """See `CheckpointStore`."""
        await self._all(
            "INSERT INTO {schema}.cosignatures VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING size", (size, line)
        )

    async def add_anchor(self, size: int, place: str) -> None:
        """See `CheckpointStore`."""
        await self._all(
            "INSERT INTO {schema}.anchors VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING size", (size, place)
        )

    async def note_signer(self, state: SignerState) -> None:
        """See `CheckpointStore`."""
        await self._all(
            "INSERT INTO {schema}.signer (heard_at, key, refusal) VALUES (%s, %s, %s) ON CONFLICT (only_one)"
            " DO UPDATE SET heard_at = excluded.heard_at, key = excluded.key, refusal = excluded.refusal"
            " RETURNING heard_at",
            (state.heard_at, state.key, state.refusal),
        )

    async def signer(self) -> SignerState | None:
        """See `CheckpointStore`."""
        rows = await self._all("SELECT heard_at, key, refusal FROM {schema}.signer", ())
        return SignerState(*rows[0]) if rows else None

    async def heads(self, subjects: Sequence[str]) -> Mapping[str, Head]:
        """See `HeadStore`."""
        rows = await self._all(
            "SELECT subject, count, chain FROM {schema}.subject_heads WHERE subject = ANY (%s)", (list(subjects),)
        )
        return {row[0]: Head(*row) for row in rows}

    async def every_head(self) -> Sequence[Head]:
        """See `HeadStore`."""
        rows = await self._all("SELECT subject, count, chain FROM {schema}.subject_heads ORDER BY subject", ())
        return [Head(*row) for row in rows]

    async def heads_counted(self) -> int:
        """See `HeadStore`."""
        [(position,)] = await self._all("SELECT position FROM {schema}.subjects_counted", ())
        return position

    async def count(self, heads: Sequence[Head], entries: Sequence[tuple[str, int]], *, after: int, upto: int) -> bool:
        """See `HeadStore`: one statement, so all of it or nothing."""
        rows = await self._all(
            "WITH moved AS (UPDATE {schema}.subjects_counted SET position = %s WHERE position = %s RETURNING position),"
            " counted AS (INSERT INTO {schema}.subject_heads"
            " SELECT h.* FROM unnest(%s::text[], %s::bigint[], %s::bytea[]) AS h, moved"
            " ON CONFLICT (subject) DO UPDATE SET count = excluded.count, chain = excluded.chain RETURNING subject),"
            " entered AS (INSERT INTO {schema}.subject_events"
            " SELECT e.* FROM unnest(%s::text[], %s::bigint[]) AS e, moved RETURNING subject)"
            " SELECT position FROM moved",
            (
                upto,
                after,
                [head.subject for head in heads],
                [head.count for head in heads],
                [head.chain for head in heads],
                [subject for subject, _ in entries],
                [position for _, position in entries],
            ),
        )
        return bool(rows)

    async def positions(self, subject: str, *, upto: int) -> Sequence[int]:
        """See `HeadStore`."""
        rows = await self._all(
            "SELECT position FROM {schema}.subject_events WHERE subject = %s AND position <= %s ORDER BY position",
            (subject, upto),
        )
        return [position for (position,) in rows]

    async def _signed(self, which: str, *values: int) -> Signed | None:
        rows = await self._all(_CHECKPOINT + which, values)
        return Signed(rows[0][0], rows[0][1], rows[0][2], tuple(rows[0][3])) if rows else None

    async def _all(self, statement: str, values: Sequence[Any]) -> Sequence[TupleRow]:
        query = SQL(statement).format(schema=self._schema)  # pyright: ignore[reportArgumentType] - our own statements
        try:
            async with self._pool.connection() as connection:
                return await (await connection.execute(query, values)).fetchall()
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            msg = "the database is away"
            raise LogUnavailable(msg) from error
