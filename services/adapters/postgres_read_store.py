"""Read models in PostgreSQL: one table each, with typed columns made from the row's dataclass.

A batch is copied in, in the transaction that moves the position. The position moves by compare-and-set, so two writers
that believe they own a table cannot both write. All tables of an organisation lie in one schema, which can be dropped
and rebuilt.
"""

import json
import types
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import Enum
from hashlib import sha256
from operator import attrgetter
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Composable, Composed, Identifier
from psycopg.sql import Literal as SqlLiteral
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from projections.projection import Facts, Known, Projection, Spans, Valid
from services.adapters.together import Together
from services.ports import (
    Between,
    Changes,
    Delivery,
    FedBy,
    Forgotten,
    Mark,
    MovedMeanwhile,
    Now,
    OneOf,
    Parked,
    Progress,
    ShapeChanged,
    Standing,
    StoreUnavailable,
    Unwritable,
)

_TYPES: Mapping[type, str] = {
    bool: "boolean",
    int: "bigint",
    str: "text",
    bytes: "bytea",
    UUID: "uuid",
    datetime: "timestamptz",
    date: "date",
}
_NOT_YET: Sequence[Any] = (0, None, "live", None, None, ())
_SPAN = ("known_from", "known_to", "ordinal")
FOREVER = 2**63 - 1
"""`known_to` of a row that is true now: a value instead of none, so that an index on it still gives the next column's
order."""
LOOKS_ABREAST = 2
"""Look-ups of one shape under way at a time; who asks meanwhile is answered by the next, together."""
TRIES = 3
"""How often a question is asked when the connection breaks under it; a question asked twice harms nobody."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One field of a row and its column: SQL type, whether it may be empty, how a stored value becomes the field's."""

    name: str
    type: str
    empty: bool
    read: Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Selecting:
    """A query for rows, with a mark for each of its values, and the order in which they come."""

    query: Composed
    order: Composed

    def for_each(self, kinds: Sequence[str]) -> bytes:
        """The same for many at once, their values as columns; each row with the number of whom it is for."""
        names = [f"v{place}".encode() for place in range(len(kinds))]
        first, *rest = self.query.as_bytes().split(b"%s")
        one = first + b"".join(name + text for name, text in zip(names, rest, strict=True))
        columns = b", ".join(b"%s::" + kind.encode() + b"[]" for kind in kinds)
        return (
            b"SELECT asker, r.* FROM unnest("
            + columns
            + b") WITH ORDINALITY AS asked("
            + b", ".join(names)
            + b", asker)"
            b" CROSS JOIN LATERAL (" + one + b") r ORDER BY asker, " + self.order.as_bytes()
        )


class PostgresReadStore:
    """Implements the port `ReadStore` in one schema."""

    def __init__(self, url: str, schema: str, now: Now, *, connections: int = 8) -> None:
        self._schema = schema
        self._now = now
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=connections,
            open=False,
            kwargs={"autocommit": True, "row_factory": tuple_row},
            configure=_configure,
            timeout=10.0,
        )
        self._columns: dict[type, Sequence[_Column]] = {}
        self._values: dict[type, Callable[[Any], Sequence[Any]]] = {}
        self._looks: dict[Hashable, Together[Sequence[Any], Sequence[TupleRow]]] = {}
        self._made: dict[Hashable, bytes] = {}
        self._fed: bool | None = None

    async def open(self) -> None:
        """Connect, and make the schema and the table of positions."""
        await self._pool.open()
        async with self._transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (self._schema,))
            if not await self._has_a_schema(connection):  # whoever owns it may not be allowed to make one
                await connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(self._schema)))
            await connection.execute(
                self._sql(
                    "CREATE TABLE IF NOT EXISTS {schema}.read_models ("
                    " name text, version int, shadow boolean, columns text NOT NULL, position bigint NOT NULL,"
                    " parked jsonb NOT NULL DEFAULT '[]', heartbeat timestamptz, state text NOT NULL DEFAULT 'live',"
                    " error text, rate int, indexed boolean NOT NULL DEFAULT true, PRIMARY KEY (name, version, shadow))"
                )
            )
            await connection.execute(
                self._sql(
                    "CREATE TABLE IF NOT EXISTS {schema}.feed (only_one boolean PRIMARY KEY DEFAULT true"
                    " CHECK (only_one), topic text NOT NULL, partitions int NOT NULL)"
                )
            )
            await connection.execute(
                self._sql(
                    "CREATE TABLE IF NOT EXISTS {schema}.marks (name text, version int, part int,"
                    " place bigint NOT NULL, position bigint NOT NULL, turn bigint NOT NULL,"
                    " PRIMARY KEY (name, version, part)) WITH (fillfactor = 20)"
                )
            )

    async def _has_a_schema(self, connection: AsyncConnection[TupleRow]) -> bool:
        cursor = await connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", (self._schema,))
        return bool((await cursor.fetchall())[0][0])

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.close()

    async def prepare(self, projections: Sequence[Projection]) -> None:
        """See `ReadStore`."""
        for projection in projections:
            async with self._transaction() as connection:
                await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (self._schema,))
                found = await self._one(
                    connection,
                    "SELECT columns FROM {schema}.read_models WHERE name = %s AND version = %s AND NOT shadow",
                    (projection.name, projection.version),
                )
                shape = _shape(self._columns_of(projection))
                if found is None:
                    await self._create(connection, projection, shadow=False)
                    await self._mark_from(connection, projection, 0)
                elif found[0] != shape:
                    raise ShapeChanged(f"{projection.name}_v{projection.version}: {found[0]} → {shape}")

    async def standing(self, projection: Projection, *, shadow: bool = False) -> Standing:
        """See `ReadStore`."""
        found = await self._ask(
            self._sql(
                "SELECT position, parked FROM {schema}.read_models WHERE name = %s AND version = %s AND shadow = %s"
            ),
            (projection.name, projection.version, shadow),
        )
        if not found:
            return Standing(None)
        position, parked = int(found[0][0]), found[0][1]
        marks = await self._marks(projection) if not shadow else dict[int, Mark]()
        if marks:
            position = min(mark.position for mark in marks.values())
        return Standing(position, _parked_from(parked), marks)

    async def _marks(self, projection: Projection) -> Mapping[int, Mark]:
        rows = await self._ask(
            self._sql("SELECT part, place, position, turn FROM {schema}.marks WHERE name = %s AND version = %s"),
            (projection.name, projection.version),
        )
        return {part: Mark(*rest) for part, *rest in rows}

    async def current(
        self, projection: Spans[Any], keys: Sequence[tuple[Any, ...]], *, shadow: bool = False
    ) -> Sequence[Known[Any]]:
        """See `ReadStore`."""
        query = self._once(
            ("current", projection.name, projection.version, shadow), lambda: self._current(projection, shadow)
        )
        try:
            rows = await self._ask(query, [list(one) for one in zip(*keys, strict=True)])
        except psycopg.errors.UndefinedTable as gone:
            raise MovedMeanwhile(f"{projection.name}_v{projection.version}") from gone
        return [self._row(projection, row) for row in rows]

    def _current(self, projection: Spans[Any], shadow: bool) -> Composed:
        columns = {column.name: column for column in self._columns_of(projection)}
        arrays = SQL(", ").join(SQL("%b::{}[]").format(SQL(columns[name].type)) for name in projection.key)  # pyright: ignore[reportArgumentType] - our own type names
        same = SQL(" AND ").join(SQL("t.{0} = k.{0}").format(Identifier(name)) for name in projection.key)
        return SQL(
            "SELECT {fields} FROM unnest({arrays}) AS k ({key}) JOIN {table} t ON {same} WHERE t.known_to = {forever}"
        ).format(
            fields=self._fields(projection, "t"),
            arrays=arrays,
            key=_names(projection.key),
            table=self._table(projection, shadow),
            same=same,
            forever=SqlLiteral(FOREVER),
        )

    async def write(
        self, projection: Projection, changes: Changes, *, after: int, upto: int, shadow: bool = False
    ) -> None:
        """See `ReadStore`."""
        try:
            await self._write(projection, changes, after=after, upto=upto, shadow=shadow)
        except (psycopg.DataError, psycopg.IntegrityError, TypeError, ValueError, OverflowError) as fault:
            raise Unwritable(str(fault)) from fault

    async def _write(
        self, projection: Projection, changes: Changes, *, after: int, upto: int, shadow: bool = False
    ) -> None:
        this = (projection.name, projection.version, shadow)
        moving = (
            "UPDATE {schema}.read_models SET position = %s, heartbeat = %s, error = NULL, state = 'live'"
            " WHERE name = %s AND version = %s AND shadow = %s AND position = %s"
            " AND (shadow OR NOT EXISTS (SELECT FROM {schema}.feed)) RETURNING parked",
            (upto, self._now(), *this, after),
        )
        if changes == Changes():
            async with self._connection() as connection:
                if await self._one(connection, *moving) is None:
                    raise MovedMeanwhile(f"{projection.name}_v{projection.version}")
            return
        async with self._transaction() as connection:
            moved = await self._one(connection, *moving)
            if moved is None:
                raise MovedMeanwhile(f"{projection.name}_v{projection.version}")
            await self._apply(connection, projection, changes, _parked_from(moved[0]), shadow=shadow)

    async def write_together(self, batches: Sequence[tuple[Projection, Changes, int]], *, upto: int) -> None:
        """See `ReadStore`."""
        try:
            async with self._transaction() as connection:
                moved = await connection.execute(
                    self._sql(
                        # two processes write the same models: locked in one order, neither waits for the other's
                        "WITH mine AS (SELECT m.name, m.version FROM {schema}.read_models m"
                        " JOIN unnest(%s::text[], %s::int[], %s::bigint[]) AS b (name, version, after)"
                        " ON m.name = b.name AND m.version = b.version AND m.position = b.after"
                        " WHERE NOT m.shadow AND NOT EXISTS (SELECT FROM {schema}.feed)"
                        " ORDER BY m.name, m.version FOR UPDATE OF m)"
                        " UPDATE {schema}.read_models m SET position = %s, heartbeat = %s, error = NULL, state = 'live'"
                        " FROM mine WHERE m.name = mine.name AND m.version = mine.version AND NOT m.shadow"
                        " RETURNING m.name, m.parked"
                    ),
                    (
                        [projection.name for projection, _, _ in batches],
                        [projection.version for projection, _, _ in batches],
                        [after for _, _, after in batches],
                        upto,
                        self._now(),
                    ),
                )
                parked: dict[str, Any] = dict(await moved.fetchall())
                for projection, changes, _ in batches:
                    if projection.name not in parked:
                        raise MovedMeanwhile(f"{projection.name}_v{projection.version}")
                    await self._apply(
                        connection, projection, changes, _parked_from(parked[projection.name]), shadow=False
                    )
        except (psycopg.DataError, psycopg.IntegrityError, TypeError, ValueError, OverflowError) as fault:
            raise Unwritable(str(fault)) from fault

    async def _apply(
        self,
        connection: AsyncConnection[TupleRow],
        projection: Projection,
        changes: Changes,
        parked: Mapping[str, Parked],
        *,
        shadow: bool,
    ) -> None:
        """What a batch changes, in the transaction of whoever moves the position. `parked`: what is parked so far."""
        this = (projection.name, projection.version, shadow)
        if changes.parked or changes.unparked:
            after = {**parked, **{one.stream: one for one in changes.parked}}
            left = [one for stream, one in after.items() if stream not in changes.unparked]
            await connection.execute(
                self._sql(
                    "UPDATE {schema}.read_models SET parked = %s WHERE name = %s AND version = %s AND shadow = %s"
                ),
                (_parked_text(left), *this),
            )
        if changes.closed:
            closing = SQL(
                "UPDATE {} t SET known_to = c.until FROM unnest(%b::bigint[], %b::int[], %b::bigint[])"
                " AS c (known_from, ordinal, until) WHERE t.known_from = c.known_from AND t.ordinal = c.ordinal"
            )
            await connection.execute(
                self._once(("close", *this), lambda: closing.format(self._table(projection, shadow))),
                (
                    [known.known_from for known in changes.closed],
                    [known.ordinal for known in changes.closed],
                    [known.known_to for known in changes.closed],
                ),
            )
        await self._insert(connection, projection, [*changes.added, *changes.opened], shadow=shadow)

    async def _insert(
        self, connection: AsyncConnection[TupleRow], projection: Projection, rows: Sequence[Any], *, shadow: bool
    ) -> None:
        if not rows:
            return
        columns, spans = self._columns_of(projection), isinstance(projection, Spans)
        names = [*(column.name for column in columns), *(_SPAN if spans else ())]
        statement = self._once(
            ("copy", projection.name, projection.version, shadow),
            lambda: SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
                self._table(projection, shadow), _names(names)
            ),
        )
        async with connection.cursor() as cursor, cursor.copy(statement) as writing:
            writing.set_types([*(column.type for column in columns), *(("bigint", "bigint", "int4") if spans else ())])
            values = self._taking_apart(projection)
            for row in rows:
                await writing.write_row(values(row))

    # ---------------------------------------------------------------- filled by a topic

    async def feed(self) -> FedBy | None:
        """See `ReadStore`."""
        rows = await self._ask(self._sql("SELECT topic, partitions FROM {schema}.feed"), ())
        self._fed = bool(rows)
        return FedBy(*rows[0]) if rows else None

    async def feed_from(self, fed: FedBy | None, projections: Sequence[Projection]) -> None:
        """See `ReadStore`."""
        async with self._transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (self._schema,))
            for text in (  # writers that are under way end first
                "SELECT FROM {schema}.read_models WHERE NOT shadow ORDER BY name, version FOR UPDATE",
                "SELECT FROM {schema}.marks ORDER BY name, version, part FOR UPDATE",
                "DELETE FROM {schema}.feed",
            ):
                await connection.execute(self._sql(text))
            for projection in projections:
                this = (projection.name, projection.version)
                found = await self._one(
                    connection,
                    "SELECT min(position), max(position) FROM {schema}.marks WHERE name = %s AND version = %s",
                    this,
                )
                low, high = found or (None, None)
                if low != high:
                    raise MovedMeanwhile(f"{projection.name}_v{projection.version}: from {low} to {high}")
                if low is not None:
                    await connection.execute(
                        self._sql(
                            "UPDATE {schema}.read_models SET position = %s"
                            " WHERE name = %s AND version = %s AND NOT shadow"
                        ),
                        (low, *this),
                    )
            await self._drop_others(connection, projections)
            await connection.execute(self._sql("DELETE FROM {schema}.marks"))
            if fed is not None:
                await connection.execute(
                    self._sql("INSERT INTO {schema}.feed (topic, partitions) VALUES (%s, %s)"),
                    (fed.topic, fed.partitions),
                )
                await connection.execute(
                    self._sql(
                        "INSERT INTO {schema}.marks (name, version, part, place, position, turn)"
                        " SELECT name, version, part, 0, position, 0"
                        " FROM {schema}.read_models, generate_series(0, %s - 1) AS part WHERE NOT shadow"
                    ),
                    (fed.partitions,),
                )
        self._fed = fed is not None

    async def _drop_others(self, connection: AsyncConnection[TupleRow], projections: Sequence[Projection]) -> None:
        """Tables of other releases: nobody here can bring their partitions to one position, so they are not kept."""
        rows = await connection.execute(
            self._sql(
                "DELETE FROM {schema}.read_models WHERE (name, version) NOT IN"
                " (SELECT * FROM unnest(%s::text[], %s::int[])) RETURNING name, version, shadow"
            ),
            ([one.name for one in projections], [one.version for one in projections]),
        )
        for name, version, shadow in await rows.fetchall():
            await connection.execute(SQL("DROP TABLE {}").format(self._named(name, version, shadow)))

    async def _mark_from(self, connection: AsyncConnection[TupleRow], projection: Projection, position: int) -> None:
        """Where a topic fills the tables: a new table's marks, or another table in the place of the live one."""
        await connection.execute(
            self._sql(
                "INSERT INTO {schema}.marks AS m (name, version, part, place, position, turn)"
                " SELECT %(name)s, %(version)s, part, coalesce((SELECT min(o.place) FROM {schema}.marks o"
                " WHERE o.part = p.part), 0), %(position)s, 0"
                " FROM {schema}.feed, generate_series(0, partitions - 1) AS p (part)"
                " ON CONFLICT (name, version, part) DO UPDATE SET position = excluded.position, turn = m.turn + 1"
            ),
            {"name": projection.name, "version": projection.version, "position": position},
        )

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """See `ReadStore`."""
        moves = [
            (one.projection.name, one.projection.version, part, before, one.after[part])
            for one in deliveries
            for part, before in one.before.items()
            if one.after[part] != before or one.changes != Changes()
        ]
        if not moves:
            return
        try:
            async with self._transaction() as connection:
                await self._move_marks(connection, moves)
                for one in deliveries:
                    if one.changes == Changes():
                        continue
                    parked: Mapping[str, Parked] = {}
                    if one.changes.parked or one.changes.unparked:
                        found = await self._one(
                            connection,
                            "SELECT parked FROM {schema}.read_models"
                            " WHERE name = %s AND version = %s AND NOT shadow FOR UPDATE",
                            (one.projection.name, one.projection.version),
                        )
                        parked = _parked_from(found[0]) if found else {}
                    await self._apply(connection, one.projection, one.changes, parked, shadow=False)
        except (psycopg.DataError, psycopg.IntegrityError, TypeError, ValueError, OverflowError) as fault:
            raise Unwritable(str(fault)) from fault

    async def _move_marks(
        self, connection: AsyncConnection[TupleRow], moves: Sequence[tuple[str, int, int, Mark, Mark]]
    ) -> None:
        cursor = await connection.execute(
            self._sql(
                "UPDATE {schema}.marks m SET place = u.to_place, position = u.to_position, turn = u.to_turn"
                " FROM unnest(%b::text[], %b::int[], %b::int[], %b::bigint[], %b::bigint[], %b::bigint[],"
                " %b::bigint[], %b::bigint[], %b::bigint[])"
                " AS u (name, version, part, place, position, turn, to_place, to_position, to_turn)"
                " WHERE m.name = u.name AND m.version = u.version AND m.part = u.part"
                " AND m.place = u.place AND m.position = u.position AND m.turn = u.turn"
            ),
            (
                [name for name, *_ in moves],
                [version for _, version, *_ in moves],
                [part for _, _, part, *_ in moves],
                [before.place for *_, before, _ in moves],
                [before.position for *_, before, _ in moves],
                [before.turn for *_, before, _ in moves],
                [after.place for *_, after in moves],
                [after.position for *_, after in moves],
                [after.turn for *_, after in moves],
            ),
        )
        if cursor.rowcount != len(moves):
            raise MovedMeanwhile(f"{len(moves) - cursor.rowcount} of {len(moves)} marks stand elsewhere")

    async def come(self, projections: Sequence[Projection]) -> int:
        """See `ReadStore`."""
        rows = await self._ask(
            self._sql(
                "SELECT r.name, r.version, coalesce(m.position, r.position), m.position IS NOT NULL"
                " FROM {schema}.read_models r LEFT JOIN (SELECT name, version, min(position) AS position"
                " FROM {schema}.marks GROUP BY name, version) m USING (name, version) WHERE NOT r.shadow"
            ),
            (),
        )
        self._fed = any(fed for *_, fed in rows)
        come = {(name, version): position for name, version, position, _ in rows}
        return min((come.get((one.name, one.version), 0) for one in projections), default=0)

    async def _as_of(self, projection: Projection, at: int | None) -> int | None:
        """Now is the last position to which every partition has come; where the log fills the tables, all there is."""
        if self._fed is None:
            await self.feed()
        if at is not None or not self._fed:
            return at
        marks = await self._marks(projection)
        return min((mark.position for mark in marks.values()), default=None)

    # ---------------------------------------------------------------- look up

    async def select(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        *,
        at: int | None = None,
        ever: bool = False,
        order: Sequence[str] = (),
        descending: bool = False,
        after: Sequence[Any] = (),
        limit: int | None = None,
    ) -> Sequence[Any]:
        """See `ReadStore`."""
        at = await self._as_of(projection, at)
        asked = ("select", projection.name, projection.version, _shape_of(where), at is not None, ever)
        paged = (tuple(order), descending, len(after), limit is not None)
        look = self._looks.get((asked, paged))
        if look is None:
            selecting = self._selecting(projection, where, at, ever, order, descending, after, limit)
            kinds = self._kinds_asked(projection, where, at, ever, order[: len(after)], limit)
            look = self._looks[asked, paged] = self._look_of(selecting, kinds)
        values = [*_values_asked(projection, where, at, ever), *(_value(one) for one in after)]
        if limit is not None:
            values.append(limit)
        return [self._row(projection, row, at) for row in await look.ask(values)]

    def _look_of(
        self, selecting: _Selecting, kinds: Sequence[str] | None
    ) -> Together[Sequence[Any], Sequence[TupleRow]]:
        """What answers all who ask the same with different values: one alone with the query, several with it for each.

        `kinds`: the types of the values; None where each is always asked alone.
        """
        alone = selecting.query.as_bytes()
        for_each = selecting.for_each(kinds) if kinds else None

        async def look(asked: Sequence[Sequence[Any]]) -> Sequence[Sequence[TupleRow]]:
            if for_each is None or len(asked) == 1:
                return [await self._ask(alone, values) for values in asked]
            found = [list[TupleRow]() for _ in asked]
            for asker, *row in await self._ask(for_each, [list(column) for column in zip(*asked, strict=True)]):
                found[int(asker) - 1].append(tuple(row))
            return found

        return Together(look, abreast=LOOKS_ABREAST)

    def _kinds_asked(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        at: int | None,
        ever: bool,
        after: Sequence[str],
        limit: int | None,
    ) -> Sequence[str] | None:
        """The types of the values that `_values_asked` gives, and of those after them; None where one is a list."""
        kinds = {column.name: column.type for column in self._columns_of(projection)} | dict.fromkeys(_SPAN, "bigint")
        asked: list[str] = ["bigint" for known in (at is not None, isinstance(projection, Spans) and not ever) if known]
        for name, wanted in where.items():
            match wanted:
                case None:
                    pass
                case Between(low=low, high=high):
                    asked += [kinds[name] for one in (low, high) if one is not None]
                case OneOf():
                    return None
                case _:
                    asked.append(kinds[name])
        asked += [kinds[name] for name in after]
        if limit is not None:
            asked.append("bigint")
        return None if any(kind.endswith("[]") for kind in asked) else asked

    def _selecting(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        at: int | None,
        ever: bool,
        order: Sequence[str],
        descending: bool,
        after: Sequence[Any],
        limit: int | None,
    ) -> _Selecting:
        conditions = self._conditions(projection, where, at, ever)
        if after:
            sign = "<" if descending else ">"
            marks = SQL(", ").join(SQL("%s") for _ in after)
            conditions.append(SQL("({}) {} ({})").format(_names(order), SQL(sign), marks))
        identity = ("known_from", "ordinal") if isinstance(projection, Spans) else projection.key
        ordered = [*order, *(name for name in identity if name not in order)]
        direction = SQL(" DESC") if descending else SQL("")
        in_order = SQL(", ").join(Identifier(name) + direction for name in ordered)
        query = SQL("SELECT {fields} FROM {table} t WHERE {conditions} ORDER BY {order}").format(
            fields=self._fields(projection, "t"),
            table=self._table(projection, shadow=False),
            conditions=SQL(" AND ").join(conditions) if conditions else SQL("true"),
            order=in_order,
        )
        return _Selecting(query if limit is None else query + SQL(" LIMIT %s"), in_order)

    async def count(
        self, projection: Projection, where: Mapping[str, Any], *, by: Sequence[str] = (), at: int | None = None
    ) -> Mapping[tuple[Any, ...], int]:
        """See `ReadStore`."""
        at = await self._as_of(projection, at)
        query = self._once(
            ("count", projection.name, projection.version, _shape_of(where), tuple(by), at is not None),
            lambda: self._counting(projection, where, by, at),
        )
        columns = {column.name: column for column in self._columns_of(projection)}
        rows = await self._ask(query, _values_asked(projection, where, at, ever=False))
        counted: dict[tuple[Any, ...], int] = {}
        for n, *group in rows:
            if n:
                key = tuple(_read(columns[name], value) for name, value in zip(by, group, strict=True))
                counted[key] = n
        return counted

    async def longest(self, projection: Spans[Any]) -> timedelta:
        """See `ReadStore`."""
        if projection.valid is None:
            return timedelta()
        length, ended = _length(projection.valid)
        table = self._table(projection, shadow=False)
        query = SQL("SELECT max({}) FROM {} WHERE {}").format(length, table, ended)
        [[found]] = await self._ask(query, ())
        return found or timedelta()

    def _counting(
        self, projection: Projection, where: Mapping[str, Any], by: Sequence[str], at: int | None
    ) -> Composed:
        conditions = self._conditions(projection, where, at, ever=False)
        query = SQL("SELECT count(*){by} FROM {table} t WHERE {conditions}").format(
            by=SQL("").join(SQL(", {}").format(Identifier(name)) for name in by),
            table=self._table(projection, shadow=False),
            conditions=SQL(" AND ").join(conditions) if conditions else SQL("true"),
        )
        return query + SQL(" GROUP BY {}").format(_names(by)) if by else query

    async def begin_rebuild(self, projection: Projection) -> None:
        """See `ReadStore`."""
        async with self._transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (self._schema,))
            found = await self._one(
                connection,
                "SELECT 1 FROM {schema}.read_models WHERE name = %s AND version = %s AND shadow",
                (projection.name, projection.version),
            )
            if found is None:
                await self._create(connection, projection, shadow=True)

    async def swap(self, projection: Projection) -> bool:
        """See `ReadStore`."""
        this = (projection.name, projection.version)
        await self._index_shadow(projection)
        async with self._transaction() as connection:
            rows = await connection.execute(
                self._sql(
                    "SELECT shadow, position FROM {schema}.read_models WHERE name = %s AND version = %s FOR UPDATE"
                ),
                this,
            )
            positions = dict(await rows.fetchall())
            if True not in positions:
                raise MovedMeanwhile(f"{projection.name}_v{projection.version}")
            marked = await connection.execute(
                self._sql("SELECT position FROM {schema}.marks WHERE name = %s AND version = %s FOR UPDATE"), this
            )
            if positions[True] < max([positions.get(False, 0), *(one for [one] in await marked.fetchall())]):
                return False
            await self._mark_from(connection, projection, positions[True])
            replaced = await connection.execute(
                self._sql("DELETE FROM {schema}.read_models WHERE name = %s AND version = %s AND NOT shadow"), this
            )
            if replaced.rowcount:
                await connection.execute(SQL("DROP TABLE {}").format(self._table(projection, shadow=False)))
            await connection.execute(
                SQL("ALTER TABLE {} RENAME TO {}").format(
                    self._table(projection, shadow=True), Identifier(_table_name(*this, shadow=False))
                )
            )
            await connection.execute(
                self._sql(
                    "UPDATE {schema}.read_models SET shadow = false, rate = NULL WHERE name = %s AND version = %s"
                ),
                this,
            )
        return True

    async def forget_others(self, projections: Sequence[Projection], *, idle: timedelta) -> Forgotten:
        """See `ReadStore`."""
        dropped: list[str] = []
        kept: list[str] = []
        async with self._transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (self._schema,))
            rows = await connection.execute(
                self._sql(
                    "SELECT name, version, shadow, heartbeat FROM {schema}.read_models WHERE (name, version) NOT IN"
                    " (SELECT * FROM unnest(%s::text[], %s::int[]))"
                    " ORDER BY name, version, shadow FOR UPDATE"
                ),
                ([one.name for one in projections], [one.version for one in projections]),
            )
            for name, version, shadow, heartbeat in await rows.fetchall():
                if heartbeat is not None and self._now() - heartbeat < idle:
                    kept.append(f"{name}_v{version}")
                    continue
                dropped.append(_table_name(name, version, shadow=shadow))
                await connection.execute(SQL("DROP TABLE {}").format(self._named(name, version, shadow)))
                await connection.execute(
                    self._sql("DELETE FROM {schema}.read_models WHERE name = %s AND version = %s AND shadow = %s"),
                    (name, version, shadow),
                )
                if not shadow:
                    await connection.execute(
                        self._sql("DELETE FROM {schema}.marks WHERE name = %s AND version = %s"), (name, version)
                    )
        return Forgotten(tuple(dropped), tuple(kept))

    async def cancel_rebuild(self, projection: Projection) -> None:
        """See `ReadStore`."""
        async with self._transaction() as connection:
            await connection.execute(SQL("DROP TABLE IF EXISTS {}").format(self._table(projection, shadow=True)))
            await connection.execute(
                self._sql("DELETE FROM {schema}.read_models WHERE name = %s AND version = %s AND shadow"),
                (projection.name, projection.version),
            )

    async def fingerprint(self, projection: Projection, *, at: int | None = None, shadow: bool = False) -> str:
        """See `ReadStore`."""
        names = [Identifier(column.name) for column in self._columns_of(projection)]
        conditions: list[Composable] = [SQL("true")]
        if isinstance(projection, Spans):
            until = (
                SQL("known_to")
                if at is None
                else SQL("CASE WHEN known_to <= {} THEN known_to ELSE {} END").format(
                    SqlLiteral(at), SqlLiteral(FOREVER)
                )
            )
            content = SQL("ROW({}, known_from, ordinal, {})::text").format(SQL(", ").join(names), until)
            if at is not None:
                conditions.append(SQL("known_from <= {}").format(SqlLiteral(at)))
        else:
            content = SQL("ROW({})::text").format(SQL(", ").join(names))
            if at is not None:
                conditions.append(SQL("position <= {}").format(SqlLiteral(at)))
        sums = SQL(", ").join(
            SQL("sum(('x' || substr(hash, {}, 15))::bit(60)::bigint)").format(SqlLiteral(first))
            for first in (1, 16, 31, 46)
        )
        query = SQL(
            "SELECT count(*), {sums} FROM"
            " (SELECT encode(sha256(convert_to({content}, 'UTF8')), 'hex') AS hash FROM {table} WHERE {conditions}) t"
        ).format(
            sums=sums,
            content=content,
            table=self._table(projection, shadow),
            conditions=SQL(" AND ").join(conditions),
        )
        [added_up] = await self._ask(query, ())
        return sha256(repr([int(one or 0) for one in added_up]).encode()).hexdigest()

    async def note(
        self, projection: Projection, *, state: Literal["live", "stopped"], error: str | None = None
    ) -> None:
        """See `ReadStore`."""
        async with self._connection() as connection:
            await connection.execute(
                self._sql(
                    "UPDATE {schema}.read_models SET heartbeat = %s, state = %s, error = %s"
                    " WHERE name = %s AND version = %s AND NOT shadow"
                ),
                (self._now(), state, error, projection.name, projection.version),
            )

    async def note_rate(self, projection: Projection, rate: int) -> None:
        """See `ReadStore`."""
        async with self._connection() as connection:
            await connection.execute(
                self._sql("UPDATE {schema}.read_models SET rate = %s WHERE name = %s AND version = %s AND shadow"),
                (min(rate, 2**31 - 1), projection.name, projection.version),
            )

    async def progress(self, projections: Sequence[Projection], *, head: int) -> Sequence[Progress]:
        """See `ReadStore`."""
        rows = await self._ask(
            self._sql(
                "SELECT r.name, r.version, r.shadow, CASE WHEN r.shadow THEN r.position ELSE coalesce("
                "(SELECT min(m.position) FROM {schema}.marks m WHERE m.name = r.name AND m.version = r.version),"
                " r.position) END, heartbeat, state, error, rate, parked FROM {schema}.read_models r"
            ),
            (),
        )
        found = {(name, version, shadow): rest for name, version, shadow, *rest in rows}
        told: list[Progress] = []
        for one in projections:
            live = found.get((one.name, one.version, False))
            shadow = found.get((one.name, one.version, True))
            position, heartbeat, state, error, _, parked = live or _NOT_YET
            told.append(
                Progress(
                    name=one.name,
                    version=one.version,
                    position=position,
                    head=head,
                    heartbeat=heartbeat,
                    state="stopped" if state == "stopped" else "rebuilding" if shadow else "live",
                    error=error,
                    parked=tuple(_parked_from(parked).values()),
                    rebuilt=shadow[0] if shadow else None,
                    rate=shadow[4] if shadow else None,
                )
            )
        return told

    # ---------------------------------------------------------------- tables

    async def _create(self, connection: AsyncConnection[TupleRow], projection: Projection, *, shadow: bool) -> None:
        columns = self._columns_of(projection)
        lines: list[Composable] = [
            SQL("{} {}{}").format(Identifier(one.name), SQL(_declared(one)), SQL("" if one.empty else " NOT NULL"))  # pyright: ignore[reportArgumentType] - our own type names
            for one in columns
        ]
        if isinstance(projection, Spans):
            lines += [SQL("{} bigint NOT NULL").format(Identifier(name)) for name in ("known_from", "known_to")]
            lines += [SQL("ordinal int NOT NULL"), SQL("PRIMARY KEY (known_from, ordinal)")]
        else:
            lines.append(SQL("PRIMARY KEY ({})").format(_names(projection.key)))
        table = self._table(projection, shadow)
        await connection.execute(SQL("CREATE TABLE {} ({})").format(table, SQL(", ").join(lines)))
        if isinstance(projection, Spans):
            await self._index(connection, table, [[*projection.key, "known_to"]])
        if not shadow:
            await self._index_all(connection, table, projection)
        await connection.execute(
            self._sql(
                "INSERT INTO {schema}.read_models (name, version, shadow, columns, position, indexed)"
                " VALUES (%s, %s, %s, %s, 0, %s)"
            ),
            (projection.name, projection.version, shadow, _shape(columns), not shadow),
        )

    async def _index(
        self, connection: AsyncConnection[TupleRow], table: Composable, indexes: Sequence[Sequence[str]]
    ) -> None:
        for index in indexes:
            await connection.execute(SQL("CREATE INDEX ON {} ({})").format(table, _names(index)))

    async def _index_all(
        self, connection: AsyncConnection[TupleRow], table: Composable, projection: Projection
    ) -> None:
        await self._index(connection, table, _indexes(projection))
        if isinstance(projection, Spans) and projection.valid is not None:
            index = SQL("CREATE INDEX ON {} (({})) WHERE {}").format(table, *_length(projection.valid))
            await connection.execute(index)

    async def _index_shadow(self, projection: Projection) -> None:
        """Give a filled shadow the indexes that only readers need; made at once they cost less than row by row."""
        table = self._table(projection, shadow=True)
        async with self._transaction() as connection:
            bare = await self._one(
                connection,
                "UPDATE {schema}.read_models SET indexed = true"
                " WHERE name = %s AND version = %s AND shadow AND NOT indexed RETURNING 1",
                (projection.name, projection.version),
            )
            if bare:
                await self._index_all(connection, table, projection)
                await connection.execute(SQL("ANALYZE {}").format(table))

    def _taking_apart(self, projection: Projection) -> Callable[[Any], Sequence[Any]]:
        """What takes the values of the columns out of a row."""
        known = self._values.get(projection.row)
        if known is None:
            known = self._values[projection.row] = _values_of(projection, self._columns_of(projection))
        return known

    def _columns_of(self, projection: Projection) -> Sequence[_Column]:
        known = self._columns.get(projection.row)
        if known is None:
            hints = get_type_hints(projection.row)
            known = self._columns[projection.row] = [
                _column(one.name, hints[one.name]) for one in fields(projection.row)
            ]
        return known

    def _conditions(
        self, projection: Projection, where: Mapping[str, Any], at: int | None, ever: bool
    ) -> list[Composable]:
        """What a look-up asks for, in SQL; `_values_asked` has the values, in the same order."""
        conditions: list[Composable] = []
        spans = isinstance(projection, Spans)
        if at is not None:
            conditions.append(SQL("known_from <= %s") if spans else SQL("position <= %s"))
        if spans and not ever:
            conditions.append(SQL("known_to = %s") if at is None else SQL("known_to > %s"))
        for name, wanted in where.items():
            column = Identifier(name)
            match wanted:
                case None:
                    conditions.append(SQL("{} IS NULL").format(column))
                case Between(low=low, high=high):
                    if low is not None:
                        conditions.append(SQL("{} >= %s").format(column))
                    if high is not None:
                        conditions.append(SQL("{} < %s").format(column))
                case OneOf():
                    kind = next(one.type for one in self._columns_of(projection) if one.name == name)
                    conditions.append(SQL("{} = ANY (%s::{}[])").format(column, SQL(kind)))  # pyright: ignore[reportArgumentType] - our own type names
                case _:
                    conditions.append(SQL("{} = %s").format(column))
        return conditions

    def _fields(self, projection: Projection, table: str) -> Composable:
        names = [column.name for column in self._columns_of(projection)]
        if isinstance(projection, Spans):
            names += _SPAN
        return SQL(", ").join(Identifier(table, name) for name in names)

    def _row(self, projection: Projection, row: TupleRow, at: int | None = None) -> Any:  # noqa: ANN401 - any row
        columns = self._columns_of(projection)
        values = [_read(column, value) for column, value in zip(columns, row, strict=False)]
        made = projection.row(*values)
        if isinstance(projection, Facts):
            return made
        known_from, known_to, ordinal = row[len(columns) :]
        return Known(made, known_from, known_to if known_to <= (FOREVER - 1 if at is None else at) else None, ordinal)

    def _table(self, projection: Projection, shadow: bool) -> Identifier:
        return self._named(projection.name, projection.version, shadow)

    def _named(self, name: str, version: int, shadow: bool) -> Identifier:
        return Identifier(self._schema, _table_name(name, version, shadow=shadow))

    # ---------------------------------------------------------------- connections

    def _sql(self, text: str) -> bytes:
        return self._once(text, lambda: SQL(text).format(schema=Identifier(self._schema)))  # pyright: ignore[reportArgumentType] - only our own text

    def _once(self, key: Hashable, compose: Callable[[], Composable]) -> bytes:
        """A statement as it is sent, composed the first time: composing costs more than most of them take."""
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = compose().as_bytes()
        return made

    async def _one(self, connection: AsyncConnection[TupleRow], text: str, values: Sequence[Any]) -> TupleRow | None:
        return await (await connection.execute(self._sql(text), values)).fetchone()

    async def _ask(self, query: bytes | Composed, values: Sequence[Any]) -> Sequence[TupleRow]:
        """The rows of an answer; a connection that broke meanwhile is replaced."""
        for _ in range(TRIES - 1):
            with suppress(StoreUnavailable):
                return await self._ask_once(query, values)
        return await self._ask_once(query, values)

    async def _ask_once(self, query: bytes | Composed, values: Sequence[Any]) -> Sequence[TupleRow]:
        async with self._connection() as connection:
            cursor = await connection.execute(query, values, binary=True)
            return await cursor.fetchall()

    @asynccontextmanager
    async def _connection(self):  # noqa: ANN202 - an async generator of a connection
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed) as error:
            raise StoreUnavailable(str(error)) from error

    @asynccontextmanager
    async def _transaction(self):  # noqa: ANN202 - an async generator of a connection
        async with self._connection() as connection, connection.transaction():
            yield connection


async def _configure(connection: AsyncConnection[TupleRow]) -> None:
    """Hours come back in UTC. A commit does not wait for the disk: rows and position are lost together, and both are
    made again from the log."""
    await connection.execute(
        "SELECT set_config('TimeZone', 'UTC', false), set_config('synchronous_commit', 'off', false)"
    )


def _table_name(name: str, version: int, *, shadow: bool) -> str:
    return f"{name}_v{version}{'_shadow' if shadow else ''}"


def _names(names: Sequence[str]) -> Composed:
    return SQL(", ").join(Identifier(name) for name in names)


def _column(name: str, hint: Any) -> _Column:  # noqa: ANN401 - any annotation
    empty = False
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = [one for one in get_args(hint) if one is not type(None)]
        empty = True
    if get_origin(hint) is tuple:
        inner = _column(name, get_args(hint)[0])
        read = inner.read
        return _Column(name, f"{inner.type}[]", empty, (lambda many: tuple(map(read, many))) if read else tuple)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _Column(name, "text", empty, hint)
    return _Column(name, _TYPES[hint], empty, None)


def _declared(column: _Column) -> str:
    """Words are ordered by their signs, on every machine alike."""
    return 'text COLLATE "C"' if column.type == "text" else column.type


def _indexes(projection: Projection) -> Sequence[Sequence[str]]:
    if isinstance(projection, Facts):
        return projection.indexes
    return [[*index, *(() if "known_to" in index else ("known_to",))] for index in projection.indexes]


def _length(valid: Valid) -> tuple[Composable, Composable]:
    """How long a row holds in the world, and the condition that its end is known."""
    length = SQL("{} - {}").format(Identifier(valid.ends), Identifier(valid.begins))
    return length, SQL("{} < {}").format(Identifier(valid.ends), SqlLiteral(valid.open))


def _shape(columns: Sequence[_Column]) -> str:
    return ", ".join(f"{one.name} {one.type}{'' if one.empty else ' NOT NULL'}" for one in columns)


def _values_of(projection: Projection, columns: Sequence[_Column]) -> Callable[[Any], Sequence[Any]]:
    """Takes the values of the columns out of a row. A word of a closed list is text as it is; arrays are lists."""
    spans = isinstance(projection, Spans)
    names = [f"row.{column.name}" if spans else column.name for column in columns]
    of_columns: Callable[[Any], tuple[Any, ...]] = attrgetter(*names, *names[:1])  # one more, so that it is a tuple
    arrays = [place for place, column in enumerate(columns) if column.type.endswith("[]")]

    def values(row: Any) -> Sequence[Any]:  # noqa: ANN401 - any row
        taken = list(of_columns(row))
        taken.pop()
        for place in arrays:
            taken[place] = _value(taken[place])
        if spans:
            taken += (row.known_from, FOREVER if row.known_to is None else row.known_to, row.ordinal)
        return taken

    return values


def _shape_of(where: Mapping[str, Any]) -> Hashable:
    """What two look-ups have in common that differ in their values only."""
    shape: list[Hashable] = []
    for name, wanted in where.items():
        match wanted:
            case None:
                shape.append((name, "empty"))
            case Between(low=low, high=high):
                shape.append((name, "between", low is None, high is None))
            case OneOf():
                shape.append((name, "one of"))
            case _:
                shape.append(name)
    return tuple(shape)


def _values_asked(projection: Projection, where: Mapping[str, Any], at: int | None, ever: bool) -> list[Any]:
    """The values for the marks that `_conditions` sets."""
    values: list[Any] = [] if at is None else [at]
    if isinstance(projection, Spans) and not ever:
        values.append(FOREVER if at is None else at)
    for wanted in where.values():
        match wanted:
            case None:
                pass
            case Between(low=low, high=high):
                values += [_value(one) for one in (low, high) if one is not None]
            case OneOf(values=several):
                values.append([_value(one) for one in several])
            case _:
                values.append(_value(wanted))
    return values


def _value(value: Any) -> Any:  # noqa: ANN401 - any field
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_value(one) for one in cast("tuple[Any, ...]", value)]
    return value


def _read(column: _Column, value: Any) -> Any:  # noqa: ANN401 - any field
    return value if value is None or column.read is None else column.read(value)


def _parked_text(parked: Sequence[Parked]) -> str:
    return json.dumps([[one.stream, one.position, one.version, one.event, one.error] for one in parked])


def _parked_from(kept: Sequence[Sequence[Any]]) -> dict[str, Parked]:
    return {one[0]: Parked(*one) for one in kept}
