"""Roles of the database (evidence §6): who may append, sign, fold, relay, check or erase, and nothing else.

They are groups without a password. Each part of a process puts its own on when it connects, where its login may: the
one of the database that comes along may put on all; in a database of one's own, each process has a login that is a
member of what it needs (docs/runbook).
"""

from hashlib import sha256
from importlib.resources import files

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

APPLICATION, PROJECTOR, RELAY, SIGNER, AUDITOR, PRIVACY = EVERY = (
    "application",
    "projector",
    "relay",
    "signer",
    "auditor",
    "privacy",
)
_NEVER_WRITTEN = (
    "stored_events", "head", "requests", "checkpoints", "cosignatures", "anchors", "signer", "migrations", "sealed",
    "erased_subjects",
)  # fmt: skip
"""What the application reads, and writes by the path of an append only, or not at all."""
_ONLY_ADDED: tuple[tuple[str, str], ...] = (("subject_keys", "INSERT, UPDATE"), ("attachments", "INSERT, UPDATE"))
"""What it adds, and never takes away: erasing is another's part."""
_PROVES = (
    "stored_events", "head", "tiles", "checkpoints", "cosignatures", "anchors", "signer", "migrations",
)  # fmt: skip
_CHECKS = (*_PROVES, "requests", "subject_heads", "subject_events", "subjects_counted", "erased_subjects", "bookmarks")
_FOLLOWS = ("stored_events", "head", "bookmarks", "migrations")
_PERSONAL = ("subject_keys", "sealed", "attachments", "personal_marks")
_MAINTAIN_SINCE = 170_000
"""The version of PostgreSQL in which clearing away became a right of its own."""


def role_of(schema: str, part: str) -> str:
    """The name of a role; roles are shared by all databases of a server, so it names the organisation's schema."""
    return f"{schema}_{part}"


def wearing(url: str, role: str | None) -> str:
    """The same database, with a role put on as soon as somebody connects; None: as whoever the address names."""
    if role is None:
        return url
    said = conninfo_to_dict(url).get("options")
    return make_conninfo(url, options=f"{said} -c role={role}" if said else f"-c role={role}")


def ensure_roles_at(url: str, schema: str) -> bool:
    """Make the roles of an organisation and give each its rights; False where this login may not.

    Harmless to repeat; costs one look-up while nothing has changed.
    """
    with psycopg.connect(url) as connection, connection.transaction():
        if _are_there(connection, schema):
            return True
        [(may,)] = connection.execute(
            "SELECT rolsuper OR (rolcreaterole AND has_database_privilege(current_database(), 'CREATE'))"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchall()
        if not may:
            return False
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('fieldtrace roles', 0))")
        if _are_there(connection, schema):  # another process was first
            return True
        for part in EVERY:
            _make(connection, role_of(schema, part))
        for statement in _statements(connection, schema):
            connection.execute(statement)
        connection.execute(SQL("COMMENT ON SCHEMA {} IS {}").format(Identifier(schema), _mark(connection, schema)))
        return True


def may_wear(url: str, schema: str) -> frozenset[str]:
    """Which of the parts this login may put on."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT rolname::text FROM pg_roles WHERE rolname = ANY (%s) AND pg_has_role(session_user, oid, 'MEMBER')",
            ([role_of(schema, part) for part in EVERY],),
        ).fetchall()
    names = {name for (name,) in rows}
    return frozenset(part for part in EVERY if role_of(schema, part) in names)


def _make(connection: Connection[TupleRow], role: str) -> None:
    found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchall()
    if not found:
        connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(Identifier(role)))
    connection.execute(SQL("GRANT {} TO CURRENT_USER").format(Identifier(role)))


def _are_there(connection: Connection[TupleRow], schema: str) -> bool:
    [(said,)] = connection.execute(
        "SELECT obj_description(to_regnamespace(%s)::oid, 'pg_namespace')", (schema,)
    ).fetchall()
    return said == _mark(connection, schema)


def _mark(connection: Connection[TupleRow], schema: str) -> str:
    """What tells whether the rights are those of this release, for what there is in the schema."""
    own = files("services.adapters").joinpath("database_roles.py").read_bytes()
    applied = connection.execute(SQL("SELECT name FROM {}.migrations").format(Identifier(schema))).fetchall()
    said = "\n".join(sorted([*_tables(connection, schema), *(name for (name,) in applied)]))
    return f"Fieldtrace; rights {sha256(own + said.encode()).hexdigest()[:16]}"


def _tables(connection: Connection[TupleRow], schema: str) -> list[str]:
    rows = connection.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = %s", (schema,))
    return [name for (name,) in rows.fetchall()]


def _statements(connection: Connection[TupleRow], schema: str) -> list[Composed]:
    tables = _tables(connection, schema)
    rows = f"{schema}_read"

    def say(text: str, part: str = APPLICATION, table: str = "") -> Composed:
        return SQL(text).format(  # pyright: ignore[reportArgumentType] - only our own text
            schema=Identifier(schema),
            rows=Identifier(rows),
            role=Identifier(role_of(schema, part)),
            application=Identifier(role_of(schema, APPLICATION)),
            projector=Identifier(role_of(schema, PROJECTOR)),
            auditor=Identifier(role_of(schema, AUDITOR)),
            table=Identifier(table),
        )

    made = [
        say("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC"),
        say("ALTER FUNCTION {schema}.append_group SECURITY DEFINER SET search_path = pg_catalog, pg_temp"),
        say("GRANT EXECUTE ON FUNCTION {schema}.append_group TO {application}"),
        *(say("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}", part) for part in EVERY),
        *(say("GRANT USAGE ON SCHEMA {schema} TO {role}", part) for part in EVERY),
        *(say("GRANT EXECUTE ON FUNCTION {schema}.position_at TO {role}", part) for part in EVERY if part != PRIVACY),
    ]
    added = dict(_ONLY_ADDED)
    for table in tables:
        rights = "SELECT" if table in _NEVER_WRITTEN else f"SELECT, {added.get(table, 'INSERT, UPDATE, DELETE')}"
        made.append(say(f"GRANT {rights} ON {{schema}}.{{table}} TO {{role}}", APPLICATION, table))
    reads = {PROJECTOR: _FOLLOWS, RELAY: _FOLLOWS, SIGNER: _PROVES, AUDITOR: _CHECKS, PRIVACY: ("migrations",)}
    for part, readable in reads.items():
        made += [say("GRANT SELECT ON {schema}.{table} TO {role}", part, table) for table in readable]
    for part in (PROJECTOR, RELAY):
        made.append(say("GRANT INSERT, UPDATE ON {schema}.{table} TO {role}", part, "bookmarks"))
    for table in ("checkpoints", "cosignatures", "anchors"):
        made.append(say("GRANT INSERT ON {schema}.{table} TO {role}", SIGNER, table))
    made.append(say("GRANT INSERT, UPDATE ON {schema}.{table} TO {role}", SIGNER, "signer"))
    for table in _PERSONAL:
        made.append(say("GRANT SELECT (subject), DELETE ON {schema}.{table} TO {role}", PRIVACY, table))
        if connection.info.server_version >= _MAINTAIN_SINCE:
            made.append(say("GRANT MAINTAIN ON {schema}.{table} TO {role}", APPLICATION, table))
    made.append(say("GRANT SELECT, INSERT ON {schema}.{table} TO {role}", PRIVACY, "erased_subjects"))
    made += [
        say("CREATE SCHEMA IF NOT EXISTS {rows}"),
        say("GRANT USAGE, CREATE ON SCHEMA {rows} TO {projector}"),
        say("GRANT USAGE ON SCHEMA {rows} TO {auditor}"),
        say("GRANT SELECT ON ALL TABLES IN SCHEMA {rows} TO {auditor}"),
        say("ALTER DEFAULT PRIVILEGES FOR ROLE {projector} IN SCHEMA {rows} GRANT SELECT ON TABLES TO {auditor}"),
        say("GRANT {projector} TO {application}"),
    ]
    made += [say("ALTER TABLE {rows}.{table} OWNER TO {projector}", table=table) for table in _tables(connection, rows)]
    return made
