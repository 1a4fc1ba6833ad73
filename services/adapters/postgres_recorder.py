"""The log in PostgreSQL: the library's recorder, with positions given under the lock of one row and proved in a tree.

The library's own insert locks the whole table and answers a retry after a lost connection with an error; its insert
function skips even that lock, and readers then lose events. Here one function of the database does the whole append
(`sql/0001_log.sql`), and the library's way in goes through it too.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import psycopg
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed, Identifier

from services.adapters.migrations import channel_of
from services.adapters.recorder import (
    Asked,
    HeadRow,
    RequestRow,
    Row,
    Status,
    Verdict,
    insert_as_one,
    instant_of,
)

_PARTS = ("dbname", "host", "port", "user", "password")


def datastore_of(url: str, schema: str, *, connections: int) -> PostgresDatastore:
    """The library's pool of connections to the database with a URL."""
    said = conninfo_to_dict(url)
    parts = {part: said.pop(part, None) for part in _PARTS}
    datastore = PostgresDatastore(
        dbname=str(parts["dbname"] or "postgres"),
        host=str(parts["host"] or ""),
        port=str(parts["port"] or 5432),
        user=str(parts["user"] or ""),
        password=str(parts["password"] or ""),
        pool_size=1,
        max_overflow=connections - 1,
        schema=schema,
        originator_id_type="text",
    )
    kwargs = cast("dict[str, Any]", datastore.pool.kwargs)
    kwargs.update({name: value for name, value in said.items() if value is not None})
    for part in ("host", "user", "password"):
        if not kwargs[part]:
            del kwargs[part]
    return datastore


class PostgresRecorder(PostgresApplicationRecorder):
    """Keeps a log in one schema, which `migrations.migrate` has brought into shape."""

    waits = True

    def __init__(self, url: str, schema: str, *, connections: int = 5) -> None:
        super().__init__(datastore_of(url, schema, connections=connections))
        self._url = url
        self._schema = schema
        self._channel = channel_of(schema)
        self._listening = threading.Event()
        self._append = self._sql(
            "SELECT * FROM {schema}.append_group("
            "%s::text[], %s::text[], %s::bytea[], %s::text[], %s::text[], %s::bigint[], %s::boolean[],"
            " %s::int[], %s::text[], %s::bigint[],"
            " %s::int[], %s::text[], %s::bigint[], %s::text[], %s::bytea[], %s::uuid[],"
            " %s::int[], %s::text[], %s::text[], %s::bytea[])"
        )
        self._streams = self._sql(
            "SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, e.recorded_at, e.leaf"
            " FROM unnest(%s::text[], %s::bigint[]) AS w (stream, version)"
            " JOIN {schema}.stored_events e ON e.originator_id = w.stream AND e.originator_version > w.version"
            " ORDER BY e.notification_id"
        )
        self._page = self._sql(
            "SELECT notification_id, originator_id, originator_version, topic, state, recorded_at, leaf"
            " FROM {schema}.stored_events WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
        )
        requests = "SELECT source, id, fingerprint, outcome, first_position, last_position, told FROM {schema}.requests"
        self._answered = self._sql(requests + " WHERE source = %s AND id = %s")
        self._requests = self._sql(
            requests + " WHERE (last_position, source, id) > (%s, %s, %s) ORDER BY last_position, source, id LIMIT %s"
        )

    # ------------------------------------------------------------------------------------------- the library's own ways

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:  # noqa: ANN401 - the library's own signature
        """The library's own way in."""
        return insert_as_one(self, stored_events)

    def select_events(
        self,
        originator_id: Any,  # noqa: ANN401 - the library's own signature
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The library's own way to read a stream."""
        rows = [row for row in self.streams_after({str(originator_id): gt or 0}) if lte is None or row.version <= lte]
        ordered = rows[::-1] if desc else rows
        return [StoredEvent(row.stream, row.version, row.topic, row.state) for row in ordered[:limit]]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The library's own way to read the log, on which its subscriptions stand."""
        after = (start or 0) - (1 if inclusive_of_start and start else 0)
        query = self._sql(
            "SELECT originator_id, originator_version, topic, state, notification_id FROM {schema}.stored_events"
            " WHERE notification_id > %s AND (%s::bigint IS NULL OR notification_id <= %s)"
            " AND (%s::text[] = '{{}}' OR topic = ANY (%s::text[])) ORDER BY notification_id LIMIT %s"
        )
        wanted = list(topics)
        rows = self._all(query, (after, stop, stop, wanted, wanted, limit))
        return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        """The library's own question for the end of the log."""
        return self.head().size or None

    # --------------------------------------------------------------------------------------------------- see `Recorder`

    def append_group(self, group: Sequence[Asked]) -> Sequence[Verdict]:
        """See `Recorder`."""
        stands = [(n, stream, version) for n, asked in enumerate(group, 1) for stream, version in asked.stands_on]
        events = [(n, event) for n, asked in enumerate(group, 1) if not asked.probe for event in asked.events]
        sealed = [(n, one) for n, asked in enumerate(group, 1) if not asked.probe for one in asked.sealed]
        arrays = (
            [asked.source for asked in group],
            [asked.id for asked in group],
            [asked.fingerprint for asked in group],
            [asked.outcome for asked in group],
            [asked.told for asked in group],
            [asked.decided_us for asked in group],
            [asked.probe for asked in group],
            [n for n, _, _ in stands],
            [stream for _, stream, _ in stands],
            [version for _, _, version in stands],
            [n for n, _ in events],
            [event.originator_id for _, event in events],
            [event.originator_version for _, event in events],
            [event.topic for _, event in events],
            [event.state for _, event in events],
            [event.event_id for _, event in events],
            [n for n, _ in sealed],
            [one.digest for _, one in sealed],
            [one.subject for _, one in sealed],
            [one.ciphertext for _, one in sealed],
        )
        return [
            Verdict(Status(status), first, last or 0, outcome, told)
            for status, first, last, outcome, told in self._all(self._append, arrays)
        ]

    def streams_after(self, after: Mapping[str, int]) -> Sequence[Row]:
        """See `Recorder`."""
        return [_row(row) for row in self._all(self._streams, (list(after), list(after.values())))]

    def page(self, after: int, limit: int) -> Sequence[Row]:
        """See `Recorder`."""
        return [_row(row) for row in self._all(self._page, (after, limit))]

    def state_at(self, position: int) -> bytes | None:
        """See `Recorder`."""
        rows = self._all(self._sql("SELECT state FROM {schema}.stored_events WHERE notification_id = %s"), (position,))
        return rows[0][0] if rows else None

    def head(self) -> HeadRow:
        """See `Recorder`."""
        [(size, us, frontier)] = self._all(self._sql("SELECT size, recorded_us, frontier FROM {schema}.head"), ())
        return HeadRow(size, None if us is None else instant_of(us), tuple(frontier))

    def position_at(self, us: int) -> int:
        """See `Recorder`."""
        [(position,)] = self._all(self._sql("SELECT {schema}.position_at(%s)"), (instant_of(us),))
        return position

    def answered(self, source: str, id: str) -> RequestRow | None:
        """See `Recorder`."""
        rows = self._all(self._answered, (source, id))
        return RequestRow(*rows[0]) if rows else None

    def requests_after(self, last: int, source: str, id: str, limit: int) -> Sequence[RequestRow]:
        """See `Recorder`."""
        return [RequestRow(*row) for row in self._all(self._requests, (last, source, id, limit))]

    def bookmark(self, follower: str) -> int:
        """See `Recorder`."""
        rows = self._all(self._sql("SELECT position FROM {schema}.bookmarks WHERE follower = %s"), (follower,))
        return rows[0][0] if rows else 0

    def move_bookmark(self, follower: str, position: int) -> None:
        """See `Recorder`."""
        statement = self._sql(
            "INSERT INTO {schema}.bookmarks AS b VALUES (%s, %s)"
            " ON CONFLICT (follower) DO UPDATE SET position = greatest(b.position, excluded.position)"
            " RETURNING position"
        )
        self._all(statement, (follower, position))

    def hear(self, heard: Callable[[int], None], until: threading.Event) -> None:
        """Call `heard` with the head's position whenever any process appends; comes back by itself when cut off.

        The notification only wakes: what was missed while cut off shows in the next head.
        """
        while not until.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    connection.execute(SQL("LISTEN {}").format(Identifier(self._channel)))
                    heard(self.head().size)
                    while not until.is_set():
                        for notify in connection.notifies(timeout=1.0, stop_after=1):
                            heard(int(notify.payload))
            except (psycopg.Error, OSError):
                until.wait(0.5)

    def close(self) -> None:
        """See `Recorder`."""
        self.datastore.close()

    def _sql(self, text: str) -> Composed:
        return SQL(text).format(schema=Identifier(self._schema))  # pyright: ignore[reportArgumentType] - only our own text

    def _all(self, query: Composed, params: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as cursor,
        ):
            return cursor.execute(query, params, prepare=True).fetchall()


def _row(row: tuple[Any, ...]) -> Row:
    return Row(*row)
