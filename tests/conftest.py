"""What tests of the real machines stand on: one PostgreSQL for the session, a schema of its own for each test."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from services.adapters.embedded_postgres import EmbeddedPostgres

_SCHEMAS = count(1)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL that starts with the first test which needs it."""
    data: Path = tmp_path_factory.mktemp("data")
    server = EmbeddedPostgres(data)
    yield server.start()
    server.stop()


@pytest.fixture
def a_schema() -> str:
    """The name of a schema that no other test uses."""
    return f"test_{next(_SCHEMAS)}"
