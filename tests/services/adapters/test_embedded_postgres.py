"""The database that comes along starts on every machine, whatever language its person speaks."""

import os
from pathlib import Path

import psycopg
import pytest

from services.adapters.embedded_postgres import EmbeddedPostgres


@pytest.mark.postgres
@pytest.mark.slow
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
