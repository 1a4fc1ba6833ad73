"""Brings a schema to this release's shape: numbered SQL files, each applied once, one process at a time."""

from importlib.resources import files

import psycopg
from psycopg.sql import SQL, Identifier, Literal

PACKAGE = "services.adapters.sql"


def channel_of(schema: str) -> str:
    """The notification channel of an organisation's log; a whole database shares channels, so it names the schema."""
    return f"{schema}_log"


def migrate(connection: psycopg.Connection, schema: str) -> list[str]:
    """Apply what is missing; the names of what was applied. Any number of processes may call this at once."""
    applied: list[str] = []
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"fieldtrace:{schema}",))
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema)))
        connection.execute(
            SQL("CREATE TABLE IF NOT EXISTS {}.migrations (name text PRIMARY KEY)").format(Identifier(schema))
        )
        query = SQL("SELECT name FROM {}.migrations").format(Identifier(schema))
        done = {row[0] for row in connection.execute(query).fetchall()}
        for file in sorted(files(PACKAGE).iterdir(), key=lambda one: one.name):
            if not file.name.endswith(".sql") or file.name in done:
                continue
            text = SQL(file.read_text("utf-8"))  # pyright: ignore[reportArgumentType] - our own file, not what a client sent
            connection.execute(text.format(schema=Identifier(schema), channel=Literal(channel_of(schema))))
            connection.execute(SQL("INSERT INTO {}.migrations VALUES (%s)").format(Identifier(schema)), (file.name,))
            applied.append(file.name)
    return applied


def migrate_at(url: str, schema: str) -> list[str]:
    """The same on a connection of its own; where nothing is missing, a login that may look there is enough."""
    with psycopg.connect(url, autocommit=True) as connection:
        if _nothing_is_missing(connection, schema):
            return []
        return migrate(connection, schema)


def _nothing_is_missing(connection: psycopg.Connection, schema: str) -> bool:
    try:
        done = connection.execute(SQL("SELECT name FROM {}.migrations").format(Identifier(schema))).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege):
        return False
    return {file.name for file in files(PACKAGE).iterdir() if file.name.endswith(".sql")} <= {name for (name,) in done}
