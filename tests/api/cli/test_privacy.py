"""Two persons erase somebody at the command line, each as who they are."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.serving import fieldtrace, serving

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
CUSTOMER = "01950000-0000-7000-8000-00000000ac3e"
CONTACT = "01950000-0000-7000-8000-0000000000d1"


def _token(data: Path, actor: str, role: str) -> str:
    made = fieldtrace("token", "create", "--actor", actor, "--role", role, "--json", cwd=data)
    assert made.returncode == 0, made.stderr
    return str(json.loads(made.stdout)["token"])


def _post(url: str, token: str, path: str, said: dict[str, Any]) -> None:
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}{path}", json.dumps(said).encode(), head)  # noqa: S310 - our own server
    urllib.request.urlopen(request, timeout=60).close()  # noqa: S310 - our own server


def test_two_persons_erase_at_the_command_line(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        ops, pia, paul = (_token(tmp_path, *who) for who in (("ops", "ops"), ("pia", "privacy"), ("paul", "privacy")))
        found = {"kind": "COMPANY", "legal_name": "Acme Ltd", "country": "CN", "source": {"method": "PROSPECTING"}}
        _post(served.url, ops, "/v1/customers", {**found, "customer_id": CUSTOMER})
        person = {"contact_id": CONTACT, "name": "Wang Fang", "role": "BUYER"}
        _post(served.url, ops, f"/v1/customers/{CUSTOMER}/contacts", person)

        def privacy(*words: str, token: str) -> Any:  # noqa: ANN401 - any JSON
            told = fieldtrace("privacy", *words, "--url", served.url, "--token", token, "--json", cwd=tmp_path)
            return told.returncode, json.loads(told.stdout) if told.stdout.strip() else told.stderr

        ended, asked = privacy("erase", "--customer", CUSTOMER, "--contact", CONTACT, token=pia)
        assert (ended, asked["state"]) == (0, "REQUESTED")
        ended, why = privacy("approve", asked["erasure_id"], token=pia)
        assert ended == 1
        assert "SECOND_PERSON_REQUIRED" in str(why)
        assert privacy("erase", "--rep", "nobody", token=ops)[0] == 4
        ended, agreed = privacy("approve", asked["erasure_id"], token=paul)
        assert (ended, agreed["state"]) == (0, "ERASED")
        ended, told = privacy("status", token=pia)
        assert (ended, told["data_subject"]) == (0, f"contact:{CONTACT}")
        assert told["state"] in ("ERASED", "COMPLETED")
