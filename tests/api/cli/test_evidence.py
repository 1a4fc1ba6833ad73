"""Evidence from the command line: a bundle from a server at work, and the verifier that auditors have."""

import json
import zipfile
from itertools import count
from pathlib import Path

import pytest

from tests.api.cli.test_serve import CUSTOMER, requests, signed
from tests.serving import fieldtrace, serving

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
_ORGANISATIONS = count(1)


@pytest.fixture
def house(postgres_url: str) -> dict[str, str]:
    """What the environment says of an organisation that has just begun."""
    return {"DATABASE_URL": postgres_url, "FIELDTRACE_ORGANISATION": f"evident_{next(_ORGANISATIONS)}"}


def test_a_bundle_is_taken_from_a_server_and_held_against_its_key(tmp_path: Path, house: dict[str, str]) -> None:
    (tmp_path / "events.jsonl").write_text(requests())
    with serving(tmp_path, **house) as served:
        tokens: dict[str, str] = {}
        for role in ("ops", "auditor"):
            made = fieldtrace("token", "create", "--actor", role, "--role", role, "--json", cwd=tmp_path, **house)
            tokens[role] = json.loads(made.stdout)["token"]
        there = ("--url", served.url, "--token", tokens["ops"])
        assert fieldtrace("import", "events.jsonl", *there, cwd=tmp_path, **house).returncode == 0
        served.token = tokens["auditor"]
        assert signed(served) > 0
        asked = ("export", "--what", "evidence", "--url", served.url)
        auditor = ("--token", tokens["auditor"])
        taken = fieldtrace(*asked, *auditor, "--customer", CUSTOMER, "--out", "acme.zip", cwd=tmp_path, **house)
        assert taken.returncode == 0, taken.stderr
        refused = fieldtrace(*asked, *there[2:], "--rep", "anna", "--out", "anna.zip", cwd=tmp_path, **house)
        assert (refused.returncode, (tmp_path / "anna.zip").exists()) == (4, False), refused.stderr
        for wrong in (("--rep", "anna"), ("--out", "x.zip"), ("--rep", "a", "--customer", CUSTOMER, "--out", "x.zip")):
            assert fieldtrace(*asked, *auditor, *wrong, cwd=tmp_path, **house).returncode == 2
        key = fieldtrace("signer", "--key", cwd=tmp_path, **house).stdout.strip()
    whole = fieldtrace("verify", "acme.zip", "--key", key, cwd=tmp_path)
    assert (whole.returncode, whole.stdout.splitlines()[-1]) == (0, "EVERYTHING HOLDS"), whole.stderr
    assert "全部成立" in fieldtrace("verify", "acme.zip", "--key", key, "--lang", "zh-CN", cwd=tmp_path).stdout
    with zipfile.ZipFile(tmp_path / "acme.zip", "a") as archive:
        archive.writestr("events/000000000001.json", "{}")
    told = fieldtrace("verify", "acme.zip", "--key", key, "--json", cwd=tmp_path)
    assert (told.returncode, json.loads(told.stdout)["layer"]) == (1, "archive")
    assert fieldtrace("verify", "acme.zip", cwd=tmp_path).returncode == 2
    assert fieldtrace("verify", "none.zip", "--key", key, cwd=tmp_path).returncode == 2
