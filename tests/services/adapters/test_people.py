"""How people come in is kept the same in memory and in PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.access import AccessToken
from services.accounts import Account
from services.adapters.argon2_passwords import Argon2Passwords
from services.adapters.migrations import migrate_at
from services.adapters.people_in_memory import PeopleInMemory
from services.adapters.people_in_postgres import PeopleInPostgres
from services.adapters.secrets_in_postgres import SecretsInPostgres
from services.platform import People
from services.sessions import Session
from services.sign_in import Tries
from services.vouching import Going
from tests.people import MONDAY, an_id

ANNA = Account("anna", "anna", "rep", MONDAY)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def people(request: pytest.FixtureRequest, a_schema: str) -> AsyncGenerator[People]:
    if request.param == "memory":
        yield PeopleInMemory()
        return
    url: str = request.getfixturevalue("postgres_url")
    migrate_at(url, a_schema)
    kept = PeopleInPostgres(url, a_schema)
    yield kept
    await kept.close()


async def test_an_account_is_made_once_changed_and_closed(people: People) -> None:
    assert await people.add_account(ANNA, "hash")
    assert not await people.add_account(replace(ANNA, actor="bruno"), "other")
    assert await people.find_account("anna") == (ANNA, "hash")
    assert await people.keep_password("anna", "new")
    assert await people.disable_account("anna", MONDAY + HOUR)
    assert await people.find_account("anna") == (replace(ANNA, disabled_at=MONDAY + HOUR), "new")
    assert await people.disable_account("anna", None)
    assert await people.every_account() == [ANNA]
    assert not await people.keep_password("bruno", "new")
    assert not await people.disable_account("bruno", MONDAY)
    assert await people.find_account("bruno") is None


async def test_an_open_door_gets_no_password(people: People) -> None:
    assert await people.add_account(replace(ANNA, demo=True), None)
    assert not await people.keep_password("anna", "new")
    assert await people.find_account("anna") == (replace(ANNA, demo=True), None)


async def test_sessions_end_one_by_one_and_all_at_once_and_are_forgotten(people: People) -> None:
    def session(n: int, by: str = "anna") -> Session:
        return Session(an_id(n), by, "anna", "rep", MONDAY, MONDAY + HOUR)

    for n, by in ((1, "anna"), (2, "anna"), (3, "anna"), (4, "bruno")):
        await people.add_session(session(n, by), bytes([n]))
    await people.end_session(b"\x01", MONDAY)
    await people.end_session(b"\x01", MONDAY + HOUR)
    await people.end_session(b"\x09", MONDAY)
    assert await people.find_session(b"\x01") == replace(session(1), revoked_at=MONDAY)
    assert await people.find_session(b"\x02") == session(2)
    await people.end_sessions_of("anna", MONDAY + HOUR)
    assert await people.find_session(b"\x01") == replace(session(1), revoked_at=MONDAY)
    assert await people.find_session(b"\x03") == replace(session(3), revoked_at=MONDAY + HOUR)
    assert await people.find_session(b"\x04") == session(4, "bruno")
    later = replace(session(5), created_at=MONDAY + HOUR, expires_at=MONDAY + 2 * HOUR)
    await people.add_session(later, b"\x05")
    assert [await people.find_session(bytes([n])) for n in range(1, 6)] == [None] * 4 + [later]


async def test_tries_at_once_are_all_counted(people: People) -> None:
    def one_more(tries: Tries) -> Tries:
        return replace(tries, failures=tries.failures + 1, last_at=MONDAY)

    before = await asyncio.gather(*(people.change_tries(b"key", one_more) for _ in range(8)))
    assert sorted(one.failures for one in before) == list(range(8))
    locked = Tries(8, MONDAY, MONDAY + HOUR)
    await people.change_tries(b"key", lambda _: locked)
    assert await people.change_tries(b"key", lambda _: Tries()) == locked
    assert await people.change_tries(b"key", lambda _: Tries()) == Tries()


@pytest.mark.postgres
async def test_nothing_that_opens_a_door_stands_in_the_tables(postgres_url: str, a_schema: str) -> None:
    """Neither a password nor the secret of a session: whoever reads a backup comes in by neither."""
    migrate_at(postgres_url, a_schema)
    kept = PeopleInPostgres(postgres_url, a_schema)
    passwords = Argon2Passwords()
    try:
        hashed = await passwords.hashed("wide fields at dawn")
        await kept.add_account(ANNA, hashed)
        assert await passwords.fits("wide fields at dawn", hashed)
        assert not await passwords.fits("wide fields at dusk", hashed)
        assert not await passwords.fits("wide fields at dawn", "no hash at all")
    finally:
        await kept.close()
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(SQL("SELECT * FROM {}.accounts").format(Identifier(a_schema))).fetchall()
    assert "wide fields" not in str(rows)
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in str(rows)


@pytest.mark.postgres
async def test_a_token_keeps_its_scopes_and_its_last_use(postgres_url: str, a_schema: str) -> None:
    migrate_at(postgres_url, a_schema)
    kept = SecretsInPostgres(postgres_url, a_schema)
    await kept.open()
    try:
        for n, scopes in enumerate((None, (), ("read", "visit.*")), 1):
            token = AccessToken(an_id(n), "anna", "rep", MONDAY, scopes=scopes)
            await kept.add(token, bytes([n]))
            assert await kept.find(bytes([n])) == token
            await kept.used(token.token_id, MONDAY + HOUR)
            assert await kept.find(bytes([n])) == replace(token, last_used_at=MONDAY + HOUR)
    finally:
        await kept.close()


async def test_whoever_is_on_the_way_comes_back_once(people: People) -> None:
    going = Going("state", "nonce", "verifier", "/me", MONDAY + HOUR)
    await people.add_going(going, b"\x01", MONDAY)
    await people.add_going(replace(going, state="other"), b"\x02", MONDAY)
    assert await people.take_going(b"\x01") == going
    assert await people.take_going(b"\x01") is None
    await people.add_going(replace(going, expires_at=MONDAY + 2 * HOUR), b"\x03", MONDAY + HOUR)
    assert await people.take_going(b"\x02") is None, "took too long and was forgotten"
