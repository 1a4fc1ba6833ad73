"""Tiles, checkpoints and the signer's state, in the schema of the log."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Identifier
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from services.ports import LogUnavailable
from services.signing import Signed, SignerState

_CHECKPOINT = (
    "SELECT c.size, c.note, c.signed_at, array_remove(array_agg(s.line ORDER BY s.line), NULL)"
    " FROM {schema}.checkpoints c LEFT JOIN {schema}.cosignatures s USING (size)"
)


class EvidenceInPostgres:
    """Implements `TileStore` and `CheckpointStore`."""

    def __init__(self, url: str, schema: str, *, connections: int = 2) -> None:
        self._schema = Identifier(schema)
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            url,
            min_size=1,
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
        return await self._signed(" WHERE c.size = (SELECT max(size) FROM {schema}.cosignatures) GROUP BY c.size")

    async def add_cosignature(self, size: int, line: str) -> None:
        """See `CheckpointStore`."""
        await self._all(
            "INSERT INTO {schema}.cosignatures VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING size", (size, line)
        )

    async def note_signer(self, state: SignerState) -> None:
        """See `CheckpointStore`."""
        await self._all(
            "INSERT INTO {schema}.signer (heard_at, refusal) VALUES (%s, %s)"
            " ON CONFLICT (only_one) DO UPDATE SET heard_at = excluded.heard_at, refusal = excluded.refusal"
            " RETURNING heard_at",
            (state.heard_at, state.refusal),
        )

    async def signer(self) -> SignerState | None:
        """See `CheckpointStore`."""
        rows = await self._all("SELECT heard_at, refusal FROM {schema}.signer", ())
        return SignerState(*rows[0]) if rows else None

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
