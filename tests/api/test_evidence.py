"""What is handed out so that others check the log: checkpoints, proofs, how the log grew."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.adapters.ed25519 import checks
from services.checkpoints import Checkpoint, PublicKey, is_signed
from services.platform import in_memory, told_time
from services.proofs import is_consistent, is_included
from services.settings import Settings
from services.tree import leaf_hash
from tests.api.office import Office, moved_in
from tests.people import ACME, MONDAY, SHANGHAI


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    clock = told_time(MONDAY)
    office = await moved_in(in_memory(now=clock, settings=Settings(data=tmp_path, home_zone=SHANGHAI)), clock)
    yield office
    await office.http.aclose()
    await office.platform.close()


async def test_every_read_names_the_root_that_it_stands_on(office: Office) -> None:
    before = (await office.get("iris", "/v1/ownership")).json()["basis"]
    assert before["root"] == (await office.platform.log.head()).root.hex()
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    await office.settled()
    after = (await office.get("iris", "/v1/ownership")).json()["basis"]
    assert after["root"] != before["root"]
    again = (await office.get("iris", f"/v1/ownership?at={before['position']}")).json()["basis"]
    assert again == before


async def test_a_checkpoint_is_there_once_the_signer_has_come_by(office: Office) -> None:
    none = await office.get("anna", "/v1/checkpoint")
    assert (none.status_code, none.json()["code"]) == (404, "REF_NOT_FOUND")
    signer = office.platform.signer()
    await signer.sign()
    told = (await office.get("anna", "/v1/checkpoint")).json()
    text = (await office.get("anna", "/v1/checkpoint", Accept="text/plain")).text
    assert told["note"] == text
    assert is_signed(text, PublicKey.read(signer.public_key), checks)
    head = await office.platform.log.head()
    assert Checkpoint.read(text) == Checkpoint("fieldtrace/main", head.position, head.root)


async def test_an_event_is_proved_from_its_bytes_to_the_signed_root(office: Office) -> None:
    head = await office.platform.log.head()
    [stored] = await office.platform.log.stored(4, 1)
    unsigned = await office.get("anna", "/v1/events/5/proof", Accept="text/plain")
    assert (unsigned.status_code, unsigned.json()["code"]) == (503, "NOT_SIGNED_YET")
    await office.platform.signer().sign()
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    proof = (await office.get("anna", "/v1/events/5/proof")).json()
    recorded_us = int(stored.recorded_at.timestamp() * 1_000_000)
    leaf = leaf_hash(5, recorded_us, stored.body)
    assert proof["size"] == proof["checkpoint"]["size"] == head.position
    assert bytes.fromhex(proof["leaf"]) == leaf
    hashes = [bytes.fromhex(one) for one in proof["hashes"]]
    assert is_included(4, head.position, leaf, hashes, Checkpoint.read(proof["checkpoint"]["note"]).root)
    text = (await office.get("anna", "/v1/events/5/proof", Accept="text/plain")).text
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 4\n")
    assert text.endswith(proof["checkpoint"]["note"])
    smaller = (await office.get("anna", "/v1/events/5/proof?size=6")).json()
    assert (smaller["size"], smaller["checkpoint"]) == (6, None)


async def test_the_log_is_shown_to_have_only_grown(office: Office) -> None:
    old = await office.platform.log.head()
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    new = await office.platform.log.head()
    told = (await office.get("iris", f"/v1/consistency?from={old.position}")).json()
    assert (told["to"], told["from_root"], told["to_root"]) == (new.position, old.root.hex(), new.root.hex())
    hashes = [bytes.fromhex(one) for one in told["hashes"]]
    assert is_consistent(old.position, new.position, old.root, new.root, hashes)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/consistency?from=5&to=4", 422, "MALFORMED"),
        ("/v1/consistency?from=0&to=100000", 422, "NOT_THERE_YET"),
        ("/v1/events/100000/proof", 404, "REF_NOT_FOUND"),
        ("/v1/events/5/proof?size=4", 422, "MALFORMED"),
        ("/v1/events/0/proof", 422, "MALFORMED"),
    ],
)
async def test_what_cannot_be_proved_is_said(office: Office, path: str, status: int, code: str) -> None:
    answer = await office.get("anna", path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_how_long_the_evidence_is_behind_is_told(office: Office) -> None:
    async def figure(name: str) -> float:
        lines = (await office.http.get("/metrics")).text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"fieldtrace_{name} "))

    office.later(seconds=90)
    assert await figure("unsigned_seconds") >= 90
    await office.platform.signer().sign()
    assert await figure("unsigned_seconds") == 0
    assert await figure("unanchored_seconds") >= 90
    assert await figure("signer_refuses") == 0
