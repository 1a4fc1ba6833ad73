"""The PostgreSQL of the wheel: it starts whatever happened before, is shared, and comes back when it is killed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from services.adapters.embedded_postgres import EmbeddedPostgres

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

HELD = """
import sys, time
from pathlib import Path
from services.adapters.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(), flush=True)
sys.stdin.read()
server.stop()
"""


def held(data: Path) -> "subprocess.Popen[str]":
    """A process that uses the server until its standard input ends; it has said the URL already."""
    process = subprocess.Popen(
        [sys.executable, "-c", HELD, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    return process


def let_go(process: "subprocess.Popen[str]") -> None:
    process.communicate("")
    assert process.returncode == 0


def postmaster_of(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


def is_over(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def asked(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def written_by(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")


def test_it_keeps_what_was_written_and_flushes_it_to_disk(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    url = server.start()
    settings = [asked(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes", "timezone")]
    assert settings == ["on", "on", "on", "UTC"]
    written_by(url)
    server.stop()
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
    url = server.start()
    assert asked(url, "SELECT count(*) FROM kept") == 1
    server.stop()


def test_a_second_process_joins_and_the_last_one_stops_it(tmp_path: Path) -> None:
    first = held(tmp_path)
    postmaster = postmaster_of(tmp_path)
    second = held(tmp_path)
    assert postmaster_of(tmp_path) == postmaster
    let_go(first)
    assert not is_over(postmaster)
    let_go(second)
    assert is_over(postmaster)


def test_within_a_process_too_the_last_one_stops_it(tmp_path: Path) -> None:
    first, second = EmbeddedPostgres(tmp_path), EmbeddedPostgres(tmp_path)
    url = first.start()
    assert second.start() == url
    postmaster = postmaster_of(tmp_path)
    first.stop()
    first.stop()
    assert asked(url, "SELECT 1") == 1
    assert postmaster_of(tmp_path) == postmaster
    second.stop()
    assert is_over(postmaster)


def test_a_process_that_was_killed_does_not_keep_it_running_for_ever(tmp_path: Path) -> None:
    killed = held(tmp_path)
    postmaster = postmaster_of(tmp_path)
    killed.kill()
    killed.communicate()
    server = EmbeddedPostgres(tmp_path)
    server.start()
    assert postmaster_of(tmp_path) == postmaster
    server.stop()
    assert is_over(postmaster)


def test_it_starts_again_after_everything_was_killed(tmp_path: Path) -> None:
    for n in range(2):
        process = held(tmp_path)
        url = f"postgresql://postgres:@/postgres?host={tmp_path / 'postgres'}"
        written_by(url)
        postmaster_of(tmp_path).kill()
        process.kill()
        process.communicate()
        server = EmbeddedPostgres(tmp_path)
        assert asked(server.start(), "SELECT count(*) FROM kept") == n + 1
        server.stop()


def test_it_comes_back_by_itself_when_it_is_killed_while_it_is_wanted(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    url = server.start()
    written_by(url)
    postmaster = postmaster_of(tmp_path)
    postmaster.kill()
    until = time.monotonic() + 30
    while True:
        try:
            assert asked(url, "SELECT count(*) FROM kept") == 1
            break
        except psycopg.OperationalError:
            assert time.monotonic() < until, "it did not come back"
            time.sleep(0.1)
    assert postmaster_of(tmp_path) != postmaster
    server.stop()
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize("note", ["", "12", "no number\n" * 8, "somebody else"], ids=["empty", "torn", "odd", "other"])
def test_a_stale_note_of_a_killed_server_is_seen_through(tmp_path: Path, note: str) -> None:
    process = held(tmp_path)
    file = tmp_path / "postgres" / "postmaster.pid"
    told = file.read_text()
    postmaster_of(tmp_path).kill()
    process.kill()
    process.communicate()
    with subprocess.Popen(["sleep", "60"]) as other:  # whoever has the number of the killed server now
        file.write_text("\n".join([str(other.pid), *told.splitlines()[1:]]) if note == "somebody else" else note)
        server = EmbeddedPostgres(tmp_path)
        assert asked(server.start(), "SELECT 1") == 1
        server.stop()
        other.kill()


def test_one_that_was_killed_while_it_was_made_is_made_anew(tmp_path: Path) -> None:
    torn = tmp_path / "postgres.new"
    torn.mkdir()
    (torn / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(tmp_path)
    assert asked(server.start(), "SELECT 1") == 1
    server.stop()
    assert not torn.exists()


def test_a_torn_list_of_its_users_is_seen_through(tmp_path: Path) -> None:
    let_go(held(tmp_path))
    (tmp_path / "postgres" / ".handle_pids.json").write_text("[12, ")
    server = EmbeddedPostgres(tmp_path)
    assert asked(server.start(), "SELECT 1") == 1
    server.stop()


def test_settings_of_ones_own_are_kept(tmp_path: Path) -> None:
    let_go(held(tmp_path))
    with (tmp_path / "postgres" / "postgresql.conf").open("a") as conf:
        conf.write("work_mem = '7MB'\n")
    server = EmbeddedPostgres(tmp_path)
    assert asked(server.start(), "SHOW work_mem") == "7MB"
    server.stop()


def test_it_starts_in_a_language_that_is_not_installed_and_sorts_by_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "xx_YY.UTF-8")
    monkeypatch.setenv("LC_ALL", "xx_YY.UTF-8")
    embedded = EmbeddedPostgres(tmp_path)
    try:
        with psycopg.connect(embedded.start()) as connection:
            found = connection.execute("SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database").fetchall()
    finally:
        embedded.stop()
    assert set(found) == {("C", "UTF8")}
    assert os.environ["LC_ALL"] == "xx_YY.UTF-8"
