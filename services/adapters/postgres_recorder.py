"""The log in PostgreSQL: the library's recorder, with positions given under the lock of one row and proved in a tree.

The library's own insert locks the whole table and answers a retry after a lost connection with an error; its insert
function skips even that lock, and readers then lose events. Here one function of the database does the whole append
(`sql/0001_log.sql`), and the library's way in goes through it too.
"""

import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    Notification,
    OperationalError,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Rollback
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg.sql import SQL, Composed, Identifier

from services.adapters.migrations import channel_of
from services.adapters.postgres_arrays import accept_packed, bigints, booleans, bytes_, integers, texts, uuids
from services.adapters.recorder import (
    Asked,
    HeadRow,
    RequestRow,
    Row,
    Status,
    Verdict,
    Witnessed,
    insert_as_one,
    instant_of,
    undone,
)

_PARTS = ("dbname", "host", "port", "user", "password")
_SESSION = {
    "timezone": "UTC",
    # every statement here finds rows by key; a plan made while the table was small must not be kept when it is large
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    # ... nor is it made anew each time
    "plan_cache_mode": "force_generic_plan",
    # nobody else's stuck transaction holds us up for ever, and none of ours does that to others
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
}
_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A machine that went away without a word is noticed after seconds; a socket on this machine does not mind them."""


_BREATH = 0.005
"""Seconds after a notification in which further ones are let pile up: under load they come with every commit, our own
included, and each costs this process as much as an event does."""


class ConnectionPerThread(PostgresDatastore):
    """The library's datastore with one connection for each thread that asks, kept until it breaks.

    The log has a writer and a few readers, each a thread; a pool would add threads of its own, and would wait longer
    and longer between its attempts to come back, where those who ask wait already.
    """

    def __init__(self, url: str, schema: str) -> None:
        said = conninfo_to_dict(url)
        super().__init__(
            dbname=str(said.get("dbname") or ""),
            host=str(said.get("host") or ""),
            port=str(said.get("port") or ""),
            user=str(said.get("user") or ""),
            password=str(said.get("password") or ""),
            schema=schema,
            originator_id_type="text",
        )
        options = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
        self._said: dict[str, Any] = {**_PATIENCE, **said, "options": f"{options} {said.get('options') or ''}".strip()}
        self._mine = threading.local()
        self._every: set[psycopg.Connection[DictRow]] = set()
        self._guard = threading.Lock()
        self._closed = False

    def register_type_adapters(self) -> None:
        """The library's composite types are not used: what is appended goes as plain arrays."""

    @contextmanager
    def get_connection(self) -> Generator[psycopg.Connection[DictRow]]:
        """This thread's connection. Errors are those of the library: of operation or interface when it broke."""
        connection: psycopg.Connection[DictRow] | None = getattr(self._mine, "connection", None)
        try:
            if connection is None or connection.closed:
                connection = self._connected()
            yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._drop(connection)
            raise OperationalError(str(error)) from error
        except psycopg.IntegrityError as error:
            raise IntegrityError(str(error)) from error
        except psycopg.Error as error:
            raise PersistenceError(str(error)) from error

    def _connected(self) -> psycopg.Connection[DictRow]:
        connection = psycopg.Connection[DictRow].connect(**self._said, autocommit=True, row_factory=dict_row)
        accept_packed(connection)
        with self._guard:
            if self._closed:
                connection.close()
                msg = "the log is closed"
                raise InterfaceError(msg)
            self._every = {one for one in self._every if not one.closed} | {connection}
        self._mine.connection = connection
        return connection

    def _drop(self, connection: psycopg.Connection[DictRow] | None) -> None:
        self._mine.connection = None
        if connection is not None:
            connection.close()

    def rest(self) -> None:
        """Close this thread's connection; a further question opens another."""
        self._drop(getattr(self._mine, "connection", None))

    def close(self) -> None:
        """Close every thread's connection."""
        super().close()
        with self._guard:
            self._closed = True
            every, self._every = self._every, set()
        for connection in every:
            connection.close()


class PostgresRecorder(PostgresApplicationRecorder):
    """Keeps a log in one schema, which `migrations.migrate` has brought into shape."""

    waits = True

    def __init__(self, url: str, schema: str) -> None:
        self._connections = ConnectionPerThread(url, schema)
        super().__init__(self._connections)
        self._url = url
        self._schema = schema
        self._channel = channel_of(schema)
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
        self._answered = self._sql(
            requests + " JOIN unnest(%s::text[], %s::text[]) AS q (source, id) USING (source, id)"
        )
        self._every_request = self._sql(requests + " ORDER BY last_position, source, id")
        self._head = self._sql("SELECT size, recorded_us, frontier FROM {schema}.head")
        self._witnessed = self._sql(
            "SELECT notification_id, (extract(epoch FROM recorded_at) * 1000000)::bigint, originator_id,"
            " originator_version, topic, event_id::text, state, leaf"
            " FROM {schema}.stored_events WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
        )
        self._leaves = self._sql(
            "SELECT leaf FROM {schema}.stored_events WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
        )
        self._rows_at = self._sql(
            "SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, e.recorded_at, e.leaf"
            " FROM {schema}.stored_events e WHERE e.notification_id = ANY (%s::bigint[]) ORDER BY e.notification_id"
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
        return [_verdict(row) for row in self._all(self._append, _arrays(group))]

    def append_together(self, group: Sequence[Asked]) -> Sequence[Verdict]:
        """See `Recorder`."""
        verdicts: Sequence[Verdict] = ()
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row, binary=True) as cursor,
            connection.transaction() as transaction,
        ):
            verdicts = [_verdict(row) for row in cursor.execute(self._append, _arrays(group), prepare=True).fetchall()]
            if any(verdict.status is not Status.WRITTEN for verdict in verdicts):
                raise Rollback(transaction)
        return undone(verdicts)

    def streams_after(self, after: Mapping[str, int]) -> Sequence[Row]:
        """See `Recorder`."""
        return self._rows(self._streams, (texts(list(after)), bigints(list(after.values()))))

    def page(self, after: int, limit: int) -> Sequence[Row]:
        """See `Recorder`."""
        return self._rows(self._page, (after, limit))

    def rows_at(self, positions: Sequence[int]) -> Sequence[Row]:
        """See `Recorder`."""
        return self._rows(self._rows_at, (bigints(positions),))

    def head(self) -> HeadRow:
        """See `Recorder`."""
        [(size, us, frontier)] = self._all(self._head, ())
        return HeadRow(size, None if us is None else instant_of(us), tuple(frontier))

    def position_at(self, us: int) -> int:
        """See `Recorder`."""
        [(position,)] = self._all(self._sql("SELECT {schema}.position_at(%s)"), (instant_of(us),))
        return position

    def answered(self, requests: Sequence[tuple[str, str]]) -> Sequence[RequestRow]:
        """See `Recorder`."""
        asked = texts([source for source, _ in requests]), texts([id for _, id in requests])
        return [RequestRow._make(row) for row in self._all(self._answered, asked)]

    def every_request(self) -> Generator[RequestRow]:
        """See `Recorder`."""
        with (
            self.datastore.get_connection() as connection,
            connection.cursor("every_request", row_factory=tuple_row, withhold=True) as cursor,
        ):
            cursor.itersize = 5_000
            for row in cursor.execute(self._every_request):
                yield RequestRow(*row)

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

        The notification only wakes: what was missed while cut off shows in the next look at the head, once a second.
        """
        pause = 0.05
        while not until.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, row_factory=tuple_row) as connection:
                    connection.execute(SQL("LISTEN {}").format(Identifier(self._channel)))
                    look_at = 0.0
                    while not until.is_set():
                        if time.monotonic() >= look_at:
                            [(size, *_)] = connection.execute(self._head, binary=True)
                            heard(size)
                            pause, look_at = 0.05, time.monotonic() + 1.0
                        notes = list(connection.notifies(timeout=0.1, stop_after=1))
                        if notes:
                            heard(max(int(note.payload) for note in notes))
                            until.wait(_BREATH)
            except (psycopg.Error, OSError):
                until.wait(pause)
                pause = min(2 * pause, 1.0)

    def witnessed(self, after: int, limit: int) -> list[Witnessed]:
        """See `Recorder`."""
        return list(map(Witnessed._make, self._all(self._witnessed, (after, limit))))

    def leaves(self, after: int, limit: int) -> Sequence[bytes]:
        """See `Recorder`."""
        return [leaf for (leaf,) in self._all(self._leaves, (after, limit))]

    def rest(self) -> None:
        """See `Recorder`."""
        self._connections.rest()

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

    def _rows(self, query: Composed, params: Sequence[Any]) -> Sequence[Row]:
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=_as_row, binary=True) as cursor,
        ):
            return cursor.execute(query, params, prepare=True).fetchall()


def _as_row(_: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Row]:
    return Row._make


def _arrays(group: Sequence[Asked]) -> Sequence[Any]:
    """A group as the arguments of the function `append_group`."""
    stands = [(n, stream, version) for n, asked in enumerate(group, 1) for stream, version in asked.stands_on]
    events = [(n, event) for n, asked in enumerate(group, 1) if not asked.probe for event in asked.events]
    sealed = [(n, one) for n, asked in enumerate(group, 1) if not asked.probe for one in asked.sealed]
    return (
        texts([asked.source for asked in group]),
        texts([asked.id for asked in group]),
        bytes_([asked.fingerprint for asked in group]),
        texts([asked.outcome for asked in group]),
        texts([asked.told for asked in group]),
        bigints([asked.decided_us for asked in group]),
        booleans([asked.probe for asked in group]),
        integers([n for n, _, _ in stands]),
        texts([stream for _, stream, _ in stands]),
        bigints([version for _, _, version in stands]),
        integers([n for n, _ in events]),
        texts([str(event.originator_id) for _, event in events]),
        bigints([event.originator_version for _, event in events]),
        texts([event.topic for _, event in events]),
        bytes_([event.state for _, event in events]),
        uuids([event.event_id for _, event in events]),
        integers([n for n, _ in sealed]),
        texts([one.digest for _, one in sealed]),
        texts([one.subject for _, one in sealed]),
        bytes_([one.ciphertext for _, one in sealed]),
    )


def _verdict(row: tuple[Any, ...]) -> Verdict:
    status, first, last, outcome, told = row
    return Verdict(Status(status), first, last or 0, outcome, told)
