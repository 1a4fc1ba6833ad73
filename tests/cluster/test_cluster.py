"""Every part as a process of its own: written at one door, read at the other, whoever is killed in between."""

import json
import time
import uuid
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.broker.marks import KAFKA
from tests.cluster import Cluster

pytestmark = [*KAFKA, pytest.mark.postgres]
PATIENCE = 60.0


def register(cluster: Cluster, door: str, token: str, many: int) -> tuple[list[str], int]:
    """So many customers through one door; their ids, and the position then."""
    customers = [str(uuid.uuid4()) for _ in range(many)]
    batch = [
        {
            "specversion": "1.0", "id": customer, "source": "/cluster", "type": "customer.register",
            "data": {
                "customer_id": customer, "kind": "COMPANY", "legal_name": f"公司{customer[:8]}", "country": "CN",
                "source": {"method": "DIRECTORY", "seen_on": "2026-01-15"},
            },
        }
        for customer in customers
    ]  # fmt: skip
    said = cluster.ask(door, "/v1/events", token, batch, Content_Type="application/cloudevents-batch+json")
    assert {one["status"] for one in said["results"]} == {"accepted"}, said
    return customers, max(one["position"] for one in said["results"])


def read(cluster: Cluster, door: str, token: str, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """What a door answers; where it says to come again, one comes again."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return cluster.ask(door, path, token)
        except HTTPError as error:
            if error.code != 503 or time.monotonic() > until:
                raise
        time.sleep(0.2)


def test_what_is_written_at_one_door_is_read_at_the_other_whoever_is_killed(cluster: Cluster) -> None:
    token = cluster.token("ops", "ops")
    customers, position = register(cluster, "api-1", token, 20)
    told = read(cluster, "api-2", token, f"/v1/customers/{customers[-1]}?min_position={position}")
    assert told["customer_id"] == customers[-1]

    cluster.kill("relay-1")
    cluster.kill("projector-1")
    more, _ = register(cluster, "api-2", token, 20)
    cluster.start_part("relay-1")
    cluster.start_part("projector-1")
    last, position = register(cluster, "api-1", token, 20)
    for customer in (*more, *last):
        assert read(cluster, "api-2", token, f"/v1/customers/{customer}?min_position={position}")

    models = read(cluster, "api-1", token, "/v1/projections")["items"]
    assert {one["state"] for one in models} == {"live"}
    checked = [json.loads(line) for line in cluster.run("rebuild", "--check", "--json").splitlines()]
    assert all(one["same"] for one in checked), checked
    assert json.loads(cluster.run("verify", "--log", "--json").splitlines()[-1])["size"] >= position


def test_a_broker_that_is_away_is_nobodys_problem_at_the_doors(cluster: Cluster) -> None:
    token = cluster.token("ops", "ops")
    register(cluster, "api-1", token, 5)
    cluster.broker.kill()
    customers, position = register(cluster, "api-1", token, 20)
    assert cluster.ask("api-2", f"/v1/events/{position}", token)
    cluster.broker.start()
    assert read(cluster, "api-2", token, f"/v1/customers/{customers[0]}?min_position={position}")


def test_a_worker_more_and_then_more_partitions_as_the_runbook_tells(cluster: Cluster) -> None:
    token = cluster.token("ops", "ops")
    customers, position = register(cluster, "api-1", token, 20)
    cluster.start_part("projector-3", "projector", "--member", "projector-3")
    assert read(cluster, "api-2", token, f"/v1/customers/{customers[0]}?min_position={position}")

    for name in ("projector-1", "projector-2", "projector-3", "relay-1"):
        cluster.end(name)
    meanwhile, _ = register(cluster, "api-1", token, 20)
    cluster.said = {"FIELDTRACE_KAFKA_GENERATION": "2", "FIELDTRACE_KAFKA_PARTITIONS": "16"}
    assert "main.log.v2" in cluster.run("topics", "ensure", "--json")
    for name in ("relay-1", "projector-1", "projector-2"):
        cluster.start_part(name)
    more, position = register(cluster, "api-1", token, 20)
    for customer in (customers[-1], meanwhile[-1], more[-1]):
        assert read(cluster, "api-2", token, f"/v1/customers/{customer}?min_position={position}")
    checked = [json.loads(line) for line in cluster.run("rebuild", "--check", "--json").splitlines()]
    assert [one["projection"] for one in checked if not one["same"]] == []
