"""Every part as a process of its own, for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.marks import demand_broker
from tests.cluster import Cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """The parts with a broker and a database of their own, at work until the test ends."""
    demand_broker()
    cluster = Cluster(tmp_path)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
