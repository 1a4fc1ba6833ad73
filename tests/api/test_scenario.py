"""What a story may leave to the platform: what an honest device counts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from api.scenario import Telling, read_scenario

C1 = "01950000-0000-7000-8000-0000000000c1"
HOUSE = (
    ("ops", "org.add_team", {"team_id": "sh", "zone": "Asia/Shanghai"}),
    ("ops", "org.add_rep", {"rep_id": "m", "team_id": "sh"}),
    ("ops", "org.grant_role", {"actor_id": "m", "role": "manager"}),
    ("ops", "org.add_rep", {"rep_id": "a", "team_id": "sh", "manager_id": "m"}),
    ("ops", "org.add_rep", {"rep_id": "b", "team_id": "sh", "manager_id": "m"}),
    (
        "a",
        "customer.register",
        {"customer_id": C1, "kind": "COMPANY", "legal_name": "Acme", "country": "CN", "source": {"method": "EVENT"}},
    ),
    ("a", "ownership.claim", {"customer_id": C1}),
)


def said(now: str, actor: str, asked: str, data: Mapping[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    expect = more.pop("expect", {"status": "accepted"})
    return {"now": now, "as": actor, "emit": {"type": asked, "data": data, **more}, "expect": expect}


async def told(lines: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[tuple[int, str]]]:
    telling = Telling(read_scenario([json.dumps(line).encode() for line in lines]))
    return [one async for one in telling.told()], telling.unmet


async def test_what_a_line_leaves_out_is_what_an_honest_device_counts_and_what_it_says_stands() -> None:
    lines = [said("2026-03-02T08:00:00+08:00", *line) for line in HOUSE]
    phone = {
        "deviceid": "p1",
        "bootid": "b1",
        "lastsync": "2026-03-02T08:30:00+08:00",
        "time": "2026-03-02T09:00:00+08:00",
    }
    rename = {"customer_id": C1, "legal_name": "Acme Ltd"}
    lines += [
        said("2026-03-02T12:00:00+08:00", "a", "customer.rename", rename, **phone),
        said("2026-03-02T12:00:00+08:00", "a", "customer.rename", rename | {"legal_name": "Acme AG"}, **phone),
        said(
            "2026-03-02T12:00:00+08:00",
            "a",
            "customer.rename",
            rename | {"legal_name": "Acme SE"},
            **phone,
            sentms=1,
            expect={"status": "accepted", "flags": ["UNATTESTED"]},
        ),
    ]
    answers, unmet = await told(lines)
    assert unmet == []
    assert [one["flags"] for one in answers[-4:-1]] == [[], [], ["UNATTESTED"]]
