"""What tests of the real machines stand on: one PostgreSQL for the session, a schema of its own for each test."""

import gc
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from services.adapters.embedded_postgres import EmbeddedPostgres
from tests.broker import Broker
from tests.broker.marks import demand_broker

_SCHEMAS = count(1)

# How long an example takes says what else the machine does: the benchmarks measure, tests do not.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


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


@pytest.fixture(autouse=True)
def _what_is_left_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """What Kafka's client leaves lying about is found while the test is at fault that made it."""
    yield
    if request.node.get_closest_marker("kafka"):
        gc.collect()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka broker that starts with the first test which needs it."""
    demand_broker()
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker.address
    broker.stop()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of one test's own, which it may stop and kill."""
    demand_broker()
    broker = Broker(tmp_path / "kafka")
    broker.start()
    yield broker
    broker.stop()
