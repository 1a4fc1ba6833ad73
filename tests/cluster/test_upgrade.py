"""A release with a changed read model in the place of another, by the commands of the runbook, while doors answer."""

import json
import re
import time

import pytest

from projections.rep_timeline import rep_timeline
from tests.broker.marks import KAFKA
from tests.cluster import Cluster
from tests.cluster.test_cluster import read, register
from tests.serving import ROOT, RUN

pytestmark = [*KAFKA, pytest.mark.postgres]
NEXT = (
    "from dataclasses import replace; import projections.rep_timeline as one;"
    f" one.rep_timeline = replace(one.rep_timeline, version=one.rep_timeline.version + 1); {RUN}"
)
"""The next release: the read model of the timelines is another."""
PAGE = (ROOT / "docs" / "runbook" / "upgrade.md").read_text(encoding="utf-8")
SAID = [line.split()[1:] for line in re.findall(r"^ *(fieldtrace .*)$", PAGE, re.MULTILINE)]


def versions(cluster: Cluster, door: str, token: str) -> int:
    """Which version of the timelines a door reads; it is live, and as far as the log."""
    items = read(cluster, door, token, "/v1/projections")["items"]
    [timeline] = [one for one in items if one["name"] == "rep_timeline"]
    assert timeline["state"] == "live", timeline
    return timeline["version"]


def test_a_release_is_put_in_the_place_of_another_by_the_commands_of_the_page(cluster: Cluster) -> None:
    assert SAID == [
        ["migrate"], ["rebuild", "rep_timeline"], ["rebuild", "--check"], ["rebuild", "--forget"]
    ], "the page tells other commands than are tried here"  # fmt: skip
    migrate, fill, check, forget = SAID
    token = cluster.token("ops", "ops")
    customers, position = register(cluster, "api-1", token, 20)
    assert read(cluster, "api-2", token, f"/v1/customers/{customers[0]}?min_position={position}")

    cluster.run(*migrate, release=NEXT)
    cluster.run(*fill, release=NEXT)
    more, position = register(cluster, "api-1", token, 20)
    assert read(cluster, "api-2", token, f"/v1/customers/{more[0]}?min_position={position}"), "the old doors go on"

    for name in ("projector-3", "projector-4"):
        cluster.start_part(name, "projector", "--member", name, release=NEXT)
    for name in ("relay", "policies", "timers"):
        cluster.start_part(f"{name}-2", name, release=NEXT)
    cluster.start_door("api-3", 0, release=NEXT)
    last, position = register(cluster, "api-3", token, 20)
    for door in ("api-1", "api-2", "api-3"):
        assert read(cluster, door, token, f"/v1/customers/{last[0]}?min_position={position}")
    assert versions(cluster, "api-1", token) == rep_timeline.version
    assert versions(cluster, "api-3", token) == rep_timeline.version + 1
    kept = json.loads(cluster.run(*forget, "--json", release=NEXT))
    assert f"rep_timeline_v{rep_timeline.version}" not in kept["dropped"], "it is filled still"

    for name in ("api-1", "api-2", "projector-1", "projector-2", "relay-1", "policies-1", "timers-1"):
        cluster.end(name)
    customers, position = register(cluster, "api-3", token, 20)
    assert read(cluster, "api-3", token, f"/v1/customers/{customers[0]}?min_position={position}")
    checked = [json.loads(line) for line in cluster.run(*check, "--json", release=NEXT).splitlines()]
    assert [one["projection"] for one in checked if not one["same"]] == []
    assert dropped(cluster, forget) == [f"rep_timeline_v{rep_timeline.version}"]
    assert read(cluster, "api-3", token, f"/v1/customers/{customers[0]}?min_position={position}")


def dropped(cluster: Cluster, forget: list[str]) -> list[str]:
    """What is dropped once nobody has filled it for a while."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        told = json.loads(cluster.run(*forget, "--json", release=NEXT))
        if told["dropped"]:
            return told["dropped"]
        time.sleep(5)
    return []
