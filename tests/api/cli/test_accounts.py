"""Accounts and tokens, from the command line."""

import io

import pytest

from services.platform import on_postgres
from services.settings import Settings
from services.sign_in import WrongPassword
from tests.api.cli.lines import Terminal

CHOSEN = "wide fields at dawn"


@pytest.mark.postgres
@pytest.mark.slow
def test_an_account_is_made_changed_closed_and_opened(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("FIELDTRACE_ORGANISATION", "accounts")

    def typed(*passwords: str) -> None:
        said = iter(passwords)

        def getpass(_: str) -> str:
            return next(said)

        monkeypatch.setattr("getpass.getpass", getpass)

    made = terminal("account", "create", "Mei", "--actor", "mei", "--role", "manager", "--generate", "--json")
    assert made.exits == 0, made.err
    [told] = made.rows
    generated = told.pop("password")
    assert len(generated) == 29
    assert (told["name"], told["actor"], told["role"], told["demo"]) == ("mei", "mei", "manager", False)
    assert terminal("account", "create", "mei", "--actor", "mei", "--role", "manager", "--generate").exits == 1

    typed(CHOSEN, "other fields")
    assert terminal("account", "password", "mei").exits == 2, "typed differently the second time"
    typed("short", "short")
    assert terminal("account", "password", "mei").exits == 2
    typed(CHOSEN, CHOSEN)
    assert terminal("account", "password", "mei").exits == 0
    assert terminal("account", "disable", "nobody").exits == 1
    assert terminal("account", "disable", "mei").exits == 0
    assert [one["disabled_at"] is not None for one in terminal("account", "list", "--json").rows] == [True]
    assert terminal("account", "enable", "mei").exits == 0
    assert CHOSEN not in terminal("account", "list").out

    monkeypatch.setattr("sys.stdin", io.StringIO(f"{CHOSEN}, twice\n"))
    assert terminal("account", "password", "mei", "--stdin").exits == 0


@pytest.mark.postgres
async def test_who_comes_in_by_an_account_in_postgresql_is_who_it_was_made_for(postgres_url: str) -> None:
    platform = await on_postgres(Settings(database_url=postgres_url, organisation="comes_in"))
    try:
        await platform.accounts.create("mei", CHOSEN, "mei", "manager")
        session = await platform.sign_in.with_password("mei", CHOSEN, "127.0.0.1")
        caller = await platform.sessions.caller(session.secret)
        assert caller is not None
        assert (caller.actor, caller.role) == ("mei", "manager")
        with pytest.raises(WrongPassword):
            await platform.sign_in.with_password("mei", "other fields at dusk", "127.0.0.1")
    finally:
        await platform.close()


@pytest.mark.postgres
@pytest.mark.slow
def test_a_token_says_what_it_is_for(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("FIELDTRACE_ORGANISATION", "scopes")
    words = ("token", "create", "--actor", "crm", "--role", "ops", "--json")
    assert terminal(*words, "--scope", "read", "--scope", "visit.*").rows[0]["scopes"] == "read visit.*"
    assert terminal(*words, "--scope", "everything").exits == 2
    assert terminal(*words).rows[0]["scopes"] is None
    assert [one["scopes"] for one in terminal("token", "list", "--json").rows] == [None, "read visit.*"]
