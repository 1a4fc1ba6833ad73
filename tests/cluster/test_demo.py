"""The demo company told to a cluster: every request answered, the log whole and signed, every table as the log says."""

import json
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.broker.marks import KAFKA
from tests.cluster import METRICS, Cluster
from tests.cluster.demo import Teller, company_of

pytestmark = [*KAFKA, pytest.mark.postgres]


async def test_a_story_told_through_every_door_is_one_whole_log(cluster: Cluster) -> None:
    told = await Teller(cluster).tell(company_of(seed=7, days=2, reps=4), 2)
    assert set(told.doors) == {"api-1", "api-2", "kafka"}
    assert told.answers["accepted"] > told.answers.total() * 0.8, told.answers
    verified = json.loads(cluster.run("verify", "--log", "--json").splitlines()[-1])
    assert verified["ok"]
    assert verified["size"] >= told.position
    checked = [json.loads(line) for line in cluster.run("rebuild", "--check", "--json").splitlines()]
    assert [one["projection"] for one in checked if not one["same"]] == []
    assert signed(cluster) > 0, cluster.lines("signer-1")
    with urlopen(f"http://127.0.0.1:{METRICS}/metrics", timeout=10) as measured:
        [counted] = [line for line in measured.read().decode().splitlines() if "batch_events_sum" in line]
    assert float(counted.split()[-1]) >= told.position, "what the relay handed on"


def signed(cluster: Cluster) -> int:
    """The size of the last checkpoint, once there is one."""
    token = cluster.token("auditor", "auditor")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return cluster.ask("api-1", "/v1/checkpoint", token, Accept="application/json")["size"]
        except HTTPError as none_yet:
            if none_yet.code != 404:
                raise
        time.sleep(0.5)
    return 0
