"""A server in a process of its own, commands that join it, and how it ends."""

import json
import signal
import time
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.serving import Served, fieldtrace, serving

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
_ORGANISATIONS = count(1)


@pytest.fixture
def house(postgres_url: str) -> dict[str, str]:
    """What the environment says of an organisation that has just begun."""
    return {"DATABASE_URL": postgres_url, "FIELDTRACE_ORGANISATION": f"serving_{next(_ORGANISATIONS)}"}


CUSTOMER = "01950000-0000-7000-8000-0000000000c1"
CLAIM = "01950000-0000-7000-8000-0000000000a1"


def requests() -> str:
    """A team, a rep, a customer of hers, and one request that is about nothing."""
    made: list[Any] = [
        {"id": "1", "source": "/hr", "type": "org.add_team", "data": {"team_id": "sh", "zone": "Asia/Shanghai"}},
        {"id": "2", "source": "/hr", "type": "org.add_rep", "data": {"rep_id": "anna", "team_id": "sh"}},
        {"id": "3", "source": "/hr", "type": "org.add_rep", "data": {"rep_id": "anna", "team_id": "nowhere"}},
        {
            "id": "4",
            "source": "/hr",
            "type": "customer.register",
            "data": {
                "customer_id": CUSTOMER,
                "kind": "COMPANY",
                "legal_name": "Acme Ltd",
                "country": "CN",
                "source": {"method": "PROSPECTING"},
            },
        },
        {
            "id": "5",
            "source": "/hr",
            "type": "ownership.claim",
            "data": {"customer_id": CUSTOMER, "claim_id": CLAIM, "rep_id": "anna"},
        },
    ]
    return "".join(json.dumps(one) + "\n" for one in made)


def signed(served: Served) -> int:
    """How many events are signed, once any are."""
    for _ in range(120):
        try:
            return served.get("/v1/checkpoint")["size"]
        except HTTPError as answer:
            if answer.code != 404:
                raise
            time.sleep(0.5)
    pytest.fail("nobody signs")


def test_commands_join_a_server_at_work_and_it_ends_when_it_is_told(tmp_path: Path, house: dict[str, str]) -> None:
    (tmp_path / "events.jsonl").write_text(requests())
    with serving(tmp_path, **house) as served:
        made = fieldtrace("token", "create", "--actor", "ops", "--role", "ops", "--json", cwd=tmp_path, **house)
        served.token = json.loads(made.stdout)["token"]
        sent = ("import", "events.jsonl", "--url", served.url, "--token", served.token, "--json")
        first = fieldtrace(*sent, cwd=tmp_path, **house)
        again = fieldtrace(*sent, cwd=tmp_path, **house)
        told = json.loads(first.stdout)
        assert (told["accepted"], told["rejected"] + told["refused"]) == (4, 1), first.stderr
        assert json.loads(again.stdout)["duplicates"] >= 4
        timeline = served.get("/v1/reps/anna/timeline")
        assert [one["type"] for one in timeline["items"]][:1] == ["organisation.rep_joined"]
        replayed = fieldtrace("replay", "anna", "--json", cwd=tmp_path, **house)
        assert json.loads(replayed.stdout.splitlines()[0])["type"] == "organisation.rep_joined"
        assert signed(served) > 0, "the server brings a signer along"
        explained = json.loads(fieldtrace("explain", CLAIM, "--json", cwd=tmp_path, **house).stdout)
        assert (explained["answer"], explained["reproduced"]) == ("GRANTED", True)
        read = fieldtrace("explain", CLAIM, "--lang", "zh-CN", cwd=tmp_path, **house).stdout
        assert "该客户无人持有。" in read
        assert fieldtrace("explain", CUSTOMER, cwd=tmp_path, **house).returncode == 1
        (tmp_path / "rules.json").write_text(json.dumps({"kind": "PROT", "body": {"capacity": 0}}))
        tried = fieldtrace("simulate", "--history", "--rules", "rules.json", "--json", cwd=tmp_path, **house)
        [refused] = json.loads(tried.stdout)["claims"]
        assert (refused["rep_id"], refused["fate"]) == ("anna", "REFUSED_INSTEAD")
        lines = served.requests()
        assert {(one["route"], one["status"]) for one in lines} >= {
            ("/v1/events", 200),
            ("/v1/reps/{rep_id}/timeline", 200),
        }
        assert all(one["correlation_id"] and one["actor"] == "ops" for one in lines)
        assert served.token not in served.lines.read_text(), "a token opens doors, also to whoever reads the lines"
        assert served.end(signal.SIGTERM) == 0
    key = fieldtrace("signer", "--key", "--json", cwd=tmp_path, **house)
    assert json.loads(key.stdout)["key"].startswith(f"fieldtrace/{house['FIELDTRACE_ORGANISATION']}+")
    assert fieldtrace("signer", "--once", cwd=tmp_path, **house).returncode == 0


def test_a_signer_that_remembers_a_longer_log_does_not_sign_and_says_why(tmp_path: Path, house: dict[str, str]) -> None:
    (tmp_path / "signer").mkdir()
    (tmp_path / "signer" / "memory.json").write_text(json.dumps({"size": 1_000, "frontier": ["00" * 32]}))
    ran = fieldtrace("signer", "--once", cwd=tmp_path, FIELDTRACE_SIGNER=str(tmp_path / "signer"), **house)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (1, 3)
    assert "set back" in ran.stderr


def test_a_server_hands_out_replays_and_rebuilds_as_its_database_would(tmp_path: Path, house: dict[str, str]) -> None:
    (tmp_path / "events.jsonl").write_text(requests())
    with serving(tmp_path, **house) as served:
        made = fieldtrace("token", "create", "--actor", "ops", "--role", "ops", "--json", cwd=tmp_path, **house)
        there = ("--url", served.url, "--token", json.loads(made.stdout)["token"])
        assert fieldtrace("import", "events.jsonl", *there, cwd=tmp_path, **house).returncode == 0
        for asked in (
            ("export", "--what", "events"),
            ("export", "--what", "timeline", "--format", "csv"),
            ("export", "--what", "ownership", "--at", "3"),
            ("replay", "anna", "--json"),
            ("replay", "anna", "--lang", "zh-CN"),
        ):
            here = fieldtrace(*asked, cwd=tmp_path, **house)
            through = fieldtrace(*asked, *there, cwd=tmp_path, **house)
            assert (through.returncode, through.stdout) == (here.returncode, here.stdout), through.stderr
            assert through.stdout or "3" in asked, asked
        out = tmp_path / "events.csv"
        fieldtrace("export", "--what", "events", "--format", "csv", "--out", out, *there, cwd=tmp_path, **house)
        assert out.read_bytes().startswith(b"\xef\xbb\xbfposition,")
        for more in (("--check",), ("ownership_table",)):
            ran = fieldtrace("rebuild", *more, "--json", *there, cwd=tmp_path, **house)
            rows = [json.loads(line) for line in ran.stdout.splitlines()]
            assert ran.returncode == 0, ran.stderr
            assert rows, ran.stderr
            assert {(one["same"], one["checked_only"]) for one in rows} == {(True, more == ("--check",))}
        for wrong, exits in (
            (("rebuild", "nothing", *there), 2),
            (("replay", "nobody", *there), 1),
            (("export", "--what", "events", "--format", "parquet", "--out", "x", *there), 2),
            (("export", "--what", "events", "--url", served.url, "--token", "nothing"), 4),
            (("replay", "anna", "--url", "http://127.0.0.1:9"), 3),
            (("replay", "anna", "--url", "nowhere"), 2),
        ):
            ran = fieldtrace(*wrong, cwd=tmp_path, **house)
            assert (ran.returncode, len(ran.stderr.splitlines())) == (exits, 3), (wrong, ran.stderr)


def test_an_interrupted_server_ends_with_130(tmp_path: Path, house: dict[str, str]) -> None:
    with serving(tmp_path, **house) as served:
        assert served.end(signal.SIGINT) == 130


def test_an_address_that_is_taken_is_told_before_anything_starts(tmp_path: Path, house: dict[str, str]) -> None:
    with serving(tmp_path, **house) as served:
        port = served.url.rsplit(":", 1)[1]
        second = fieldtrace("serve", "--port", port, cwd=tmp_path, **house)
    assert second.returncode == 3
    assert len(second.stderr.splitlines()) == 3


def test_a_token_that_opens_nothing_ends_an_import_with_4(tmp_path: Path, house: dict[str, str]) -> None:
    (tmp_path / "events.jsonl").write_text(requests())
    with serving(tmp_path, **house) as served:
        ran = fieldtrace("import", "events.jsonl", "--url", served.url, "--token", "nothing", cwd=tmp_path, **house)
    assert ran.returncode == 4
    assert len(ran.stderr.splitlines()) == 3


def test_a_server_that_is_not_there_ends_an_import_with_3(tmp_path: Path, house: dict[str, str]) -> None:
    (tmp_path / "events.jsonl").write_text(requests())
    ran = fieldtrace("import", "events.jsonl", "--url", "http://127.0.0.1:9", cwd=tmp_path, **house)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (3, 3)


def test_a_database_that_is_not_there_is_told_in_three_lines(tmp_path: Path) -> None:
    away = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}
    ran = fieldtrace("migrate", cwd=tmp_path, **away)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (3, 3)


def test_every_check_of_a_healthy_house_is_well(tmp_path: Path, house: dict[str, str]) -> None:
    assert fieldtrace("migrate", cwd=tmp_path, **house).returncode == 0
    ran = fieldtrace("doctor", "--json", cwd=tmp_path, **house)
    checks = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0, ran.stdout
    assert {one["check"] for one in checks} >= {"python", "disk", "key", "database", "clock", "log", "read_models"}
    assert fieldtrace("verify", "--log", "--json", cwd=tmp_path, **house).returncode == 0
    assert fieldtrace("rebuild", "--check", cwd=tmp_path, **house).returncode == 0
    assert fieldtrace("rebuild", "ownership_table", cwd=tmp_path, **house).returncode == 0
    assert fieldtrace("rebuild", "nothing", cwd=tmp_path, **house).returncode == 2


def test_nothing_starts_with_another_master_key(tmp_path: Path, house: dict[str, str]) -> None:
    keys = (tmp_path / "one.key", tmp_path / "other.key")
    assert fieldtrace("migrate", cwd=tmp_path, FIELDTRACE_KEY_FILE=str(keys[0]), **house).returncode == 0
    ran = fieldtrace("migrate", cwd=tmp_path, FIELDTRACE_KEY_FILE=str(keys[1]), **house)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (3, 3)
    assert "other.key" in ran.stderr
    assert fieldtrace("migrate", cwd=tmp_path, FIELDTRACE_KEY_FILE=str(keys[0]), **house).returncode == 0
