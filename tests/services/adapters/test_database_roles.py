"""The roles of the database, against the real one: each does its part, and is refused everybody else's."""

from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from services.adapters.database_roles import (
    APPLICATION,
    AUDITOR,
    EVERY,
    PRIVACY,
    PROJECTOR,
    RELAY,
    SIGNER,
    ensure_roles_at,
    role_of,
    wearing,
)
from services.adapters.migrations import migrate_at
from services.adapters.postgres_read_store import PostgresReadStore
from services.platform import on_postgres, told_time
from services.settings import Settings
from tests.api.office import moved_in, visit
from tests.people import MONDAY, SHANGHAI, an_id

pytestmark = pytest.mark.postgres
SCHEMA = "roles_tried"
_KINDS = "text text bytea text text bigint boolean int text bigint int text bigint text bytea uuid int text text bytea"
_ARRAYS = ", ".join(f"'{{{{}}}}'::{kind}[]" for kind in _KINDS.split())

ACTIONS: Mapping[str, str] = {
    "append, by the path": f"SELECT * FROM {{schema}}.append_group({_ARRAYS})",  # noqa: S608 - our own arrays
    "append, past the path": "INSERT INTO {schema}.stored_events VALUES"
    " (1, 'a', 1, 'a', '', gen_random_uuid(), now(), '')",
    "change an event": "UPDATE {schema}.stored_events SET state = ''",
    "take an event away": "DELETE FROM {schema}.stored_events",
    "empty the log": "TRUNCATE {schema}.stored_events",
    "set the head back": "UPDATE {schema}.head SET size = 0",
    "change an answer": "UPDATE {schema}.requests SET told = ''",
    "ask in another's name": "INSERT INTO {schema}.requests VALUES ('a', 'b', '', 'accepted', NULL, 0, '{{}}')",
    "switch the guards off": "ALTER TABLE {schema}.stored_events DISABLE TRIGGER ALL",
    "replace the path": "DROP FUNCTION {schema}.append_group",
    "sign": "INSERT INTO {schema}.checkpoints VALUES (7, 'a note', now())",
    "countersign": "INSERT INTO {schema}.cosignatures SELECT size, 'a line' FROM {schema}.checkpoints",
    "unsign": "DELETE FROM {schema}.checkpoints",
    "say that the signer is well": "INSERT INTO {schema}.signer (heard_at, key) VALUES (now(), 'a key')",
    "unseal": "SELECT k.wrapped, s.ciphertext FROM {schema}.sealed s JOIN {schema}.subject_keys k USING (subject)",
    "open a photo": "SELECT ciphertext FROM {schema}.attachments",
    "seal": "INSERT INTO {schema}.subject_keys VALUES ('a', '')",
    "erase": "DELETE FROM {schema}.subject_keys WHERE subject = 'a'",
    "erase what was sealed": "DELETE FROM {schema}.sealed WHERE subject = 'a'",
    "say that somebody is erased": "INSERT INTO {schema}.erased_subjects VALUES ('a')",
    "unsay that somebody is erased": "DELETE FROM {schema}.erased_subjects",
    "read the log": "SELECT state FROM {schema}.stored_events",
    "read who asked": "SELECT told FROM {schema}.requests",
    "read who may come in": "SELECT * FROM {schema}.access_tokens, {schema}.accounts, {schema}.sessions",
    "let somebody in": "INSERT INTO {schema}.sessions VALUES"
    " (gen_random_uuid(), 'a', 'a', 'a', 'ops', now(), now(), NULL)",
    "note how far it came": "INSERT INTO {schema}.bookmarks VALUES ('a', 1)",
    "make tiles": "INSERT INTO {schema}.tiles VALUES (0, 0, '')",
    "read rows": "SELECT * FROM {rows}.read_models",
    "write rows": "UPDATE {rows}.read_models SET position = 0",
    "make a table of rows": "CREATE TABLE {rows}.another (n int)",
    "drop the rows": "DROP TABLE {rows}.read_models",
    "make a table beside the log": "CREATE TABLE {schema}.another (n int)",
    "change the shape": "INSERT INTO {schema}.migrations VALUES ('9999.sql')",
}

_FOLLOWS = {"read the log", "note how far it came"}
_ROWS = {"read rows", "write rows", "make a table of rows", "drop the rows"}
MAY: Mapping[str, set[str]] = {
    APPLICATION: {
        *_FOLLOWS,
        *_ROWS,
        "append, by the path",
        "unseal",
        "open a photo",
        "seal",
        "read who asked",
        "read who may come in",
        "let somebody in",
        "make tiles",
    },
    PROJECTOR: {*_FOLLOWS, *_ROWS},
    RELAY: _FOLLOWS,
    SIGNER: {"read the log", "sign", "countersign", "say that the signer is well"},
    AUDITOR: {"read the log", "read who asked", "read rows"},
    PRIVACY: {"erase", "erase what was sealed", "say that somebody is erased"},
}


@pytest.fixture(scope="module")
def tried(postgres_url: str) -> str:
    """The address of a database in which an organisation has its roles."""
    migrate_at(postgres_url, SCHEMA)
    assert ensure_roles_at(postgres_url, SCHEMA)
    return postgres_url


async def _with_rows(url: str) -> None:
    store = PostgresReadStore(wearing(url, role_of(SCHEMA, PROJECTOR)), f"{SCHEMA}_read", lambda: MONDAY)
    await store.open()
    await store.close()


def tries(connection: Connection[TupleRow], action: str) -> None:
    """One action, undone whatever comes of it."""
    text = SQL(ACTIONS[action]).format(schema=Identifier(SCHEMA), rows=Identifier(f"{SCHEMA}_read"))  # pyright: ignore[reportArgumentType] - our own text
    with connection.transaction(force_rollback=True):
        connection.execute(text)


@pytest.mark.parametrize("part", EVERY)
async def test_a_role_does_its_part_and_nobody_elses(tried: str, part: str) -> None:
    await _with_rows(tried)
    assert MAY[part] <= ACTIONS.keys()
    with psycopg.connect(wearing(tried, role_of(SCHEMA, part)), autocommit=True) as connection:
        for action in ACTIONS:
            if action in MAY[part]:
                tries(connection, action)
                continue
            with pytest.raises(InsufficientPrivilege, match=r"permission denied|must be owner"):
                tries(connection, action)


async def test_a_login_that_was_given_no_part_sees_nothing(tried: str) -> None:
    await _with_rows(tried)
    with psycopg.connect(_login(tried, "nobody_at_all"), autocommit=True) as connection:
        for action in ACTIONS:
            with pytest.raises(InsufficientPrivilege):
                tries(connection, action)


def test_rights_are_given_again_where_something_new_came_and_cost_a_look_where_not(tried: str) -> None:
    assert ensure_roles_at(tried, SCHEMA)
    with psycopg.connect(tried, autocommit=True) as owner:
        owner.execute(SQL("CREATE TABLE {}.brought_by_an_upgrade (n int)").format(Identifier(SCHEMA)))
    insert = SQL("INSERT INTO {}.brought_by_an_upgrade VALUES (1)").format(Identifier(SCHEMA))
    with psycopg.connect(wearing(tried, role_of(SCHEMA, APPLICATION)), autocommit=True) as connection:
        with pytest.raises(InsufficientPrivilege):
            connection.execute(insert)
        assert ensure_roles_at(tried, SCHEMA)
        connection.execute(insert)


def test_a_login_that_may_make_no_roles_makes_none(tried: str) -> None:
    with psycopg.connect(tried, autocommit=True) as owner:
        migrate_at(tried, "roles_untried")
        login = _login(tried, "only_reads")
        owner.execute("GRANT USAGE ON SCHEMA roles_untried TO only_reads")
        owner.execute("GRANT SELECT ON roles_untried.migrations TO only_reads")
        assert not ensure_roles_at(login, "roles_untried")
        assert not owner.execute("SELECT FROM pg_roles WHERE rolname LIKE 'roles_untried%'").fetchall()


def _login(url: str, name: str, *roles: str) -> str:
    """The address with a login of its own, which is a member of these roles."""
    with psycopg.connect(url, autocommit=True) as owner:
        if not owner.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchall():
            owner.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
        for role in roles:
            owner.execute(SQL("GRANT {} TO {}").format(Identifier(role), Identifier(name)))
    return make_conninfo(url, user=name)


async def test_processes_with_logins_of_their_own_do_all_the_work_and_each_its_own(
    postgres_url: str, tmp_path: Path
) -> None:
    """A server, a signer; what the server is not asked to do it cannot do."""
    clock = told_time(MONDAY)

    def settings(url: str, signer: str = "signer") -> Settings:
        return Settings(
            data=tmp_path,
            database_url=url,
            organisation="logins",
            home_zone=SHANGHAI,
            signer_folder=tmp_path / signer,
        )

    owner = await on_postgres(settings(postgres_url), now=clock)
    await owner.prepare()
    await owner.close()
    schema = "fieldtrace_logins"
    serves = _login(postgres_url, "serves_logins", role_of(schema, APPLICATION))
    signs = _login(postgres_url, "signs_logins", role_of(schema, SIGNER))

    platform = await on_postgres(settings(serves, "not-the-signer"), now=clock)
    try:
        office = await moved_in(platform, clock)
        assert (await office.post("anna", "/v1/visits", visit(1))).status_code == 201
        await office.settled()
        assert (await office.get("anna", f"/v1/visits/{an_id(1)}")).status_code == 200
        await platform.accounts.create("anna", "wide fields at dawn", "anna", "rep")
        await platform.sign_in.with_password("anna", "wide fields at dawn", "127.0.0.1")
        with pytest.raises(InsufficientPrivilege):
            await platform.signer().sign()
    finally:
        await platform.close()

    signer = await on_postgres(settings(signs), now=clock, only_signs=True)
    try:
        signed = await signer.signer().sign()
        assert signed is not None
        assert signed.size == (await signer.log.head()).position
    finally:
        await signer.close()
