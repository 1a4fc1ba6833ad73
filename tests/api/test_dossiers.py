"""What is taken home proves itself: whole, unchanged, and every byte of it."""

import json
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.dossiers import zipped
from services.platform import in_memory
from services.settings import Settings
from tests.api.office import Office
from tests.bundles import TAMPERING, THREE, an_office, mutants, ruled, take
from tests.people import ACME
from tests.verifying import Flaw, cited, main, rulings, verify


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as office:
        yield office


async def test_a_bundle_holds_against_the_key_alone(office: Office) -> None:
    taken = await take(office, rep_id="anna")
    findings = verify(taken.bundle, taken.key)
    assert any("none missing" in one for one in findings)
    events = [name for name in taken.files if name.startswith("events/")]
    assert f"inclusion: {len(events)} events stand in the signed log" in "\n".join(findings)
    report = taken.files["report.html"].decode()
    assert "rep:anna" in report
    assert "领取" in report


async def test_that_there_is_nothing_is_proved_too(office: Office) -> None:
    taken = await take(office, rep_id="nobody")
    assert any(one.startswith("completeness: 0 events about rep:nobody") for one in verify(taken.bundle, taken.key))


async def test_personal_values_are_opened_for_the_auditor_and_not_for_the_arbiter(office: Office) -> None:
    for who, opened in (("iris", True), ("rex", False)):
        taken = await take(office, who, customer_id=str(ACME))
        verify(taken.bundle, taken.key)
        assert ("Wang Fang" in taken.files["report.html"].decode()) is opened
        assert any(name.startswith("disclosures/") for name in taken.files) is opened


async def test_that_it_was_taken_is_an_event_about_the_subject(office: Office) -> None:
    await take(office, rep_id="anna")
    [exported] = (await office.get("iris", "/v1/events?type=audit.dossier_exported")).json()["items"]
    assert exported["event"]["payload"]["exported_by"] == "iris"
    assert "rep:anna" in exported["event"]["subjects"]


@pytest.mark.parametrize(
    ("who", "whose", "status", "code"),
    [
        ("anna", {"rep_id": "anna"}, 403, "FORBIDDEN"),
        ("otto", {"rep_id": "anna"}, 403, "FORBIDDEN"),
        ("mei", {"rep_id": "nobody"}, 403, "FORBIDDEN"),
        ("iris", {}, 422, "MALFORMED"),
        ("iris", {"rep_id": "anna", "customer_id": str(ACME)}, 422, "MALFORMED"),
        ("iris", {"rep": "anna"}, 422, "UNKNOWN_FIELD"),
    ],
)
async def test_not_everybody_takes_everything_home(
    office: Office, who: str, whose: Mapping[str, str], status: int, code: str
) -> None:
    answer = await office.post(who, "/v1/evidence", whose)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_manager_takes_what_is_of_the_own_line(office: Office) -> None:
    for whose in ({"rep_id": "anna"}, {"customer_id": str(ACME)}):
        taken = await take(office, "mei", **whose)
        verify(taken.bundle, taken.key)


async def test_the_bundle_of_a_case_holds_its_file_and_all_that_the_ruling_stands_on(office: Office) -> None:
    case_id = await ruled(office)
    taken = await take(office, "rex", case_id=case_id)
    findings = "\n".join(verify(taken.bundle, taken.key))
    assert f"events about case:{case_id}" in findings
    assert "ruling: 1 rulings stand on what is here" in findings
    told = [json.loads(content) for name, content in taken.files.items() if name.startswith("events/")]
    kinds = {one["type"] for one in told}
    assert {"conflict.conflict_case_opened", "conflict.ruling_issued", "ownership.claim_granted"} <= kinds
    [ruling] = [one["payload"] for one in told if one["type"] == "conflict.ruling_issued"]
    assert ruling["fact_positions"]
    assert ruling["evidence_sha256"]


async def test_the_bundle_of_a_case_is_the_same_when_it_is_taken_again_but_for_what_was_recorded_since(
    office: Office,
) -> None:
    case_id = await ruled(office)
    one, other = [await take(office, who, case_id=case_id) for who in ("rex", "rex")]
    events = [name for name in one.files if name.startswith("events/")]
    same = [name for name in events if one.files[name] == other.files.get(name)]
    assert len(same) == len(events) - 2  # each tells of its own handing out, and of the heads recorded with it


async def test_a_ruling_that_stands_on_something_else_is_found() -> None:
    ruling: dict[str, Any] = {"fact_positions": [3], "as_of_position": 5, "evidence_sha256": "00" * 32}
    about = {"subjects": ["case:1"], "type": "conflict.ruling_issued", "payload": ruling}
    elsewhere: dict[str, Any] = {"subjects": ["rep:anna"], "type": "ownership.claim_granted", "payload": {}}
    events = {3: {"leaf": b"3", "envelope": elsewhere}, 6: {"leaf": b"6", "envelope": about}}
    assert cited(events, [3, 6], "case:1") == {3}
    with pytest.raises(Flaw) as missing:
        cited(events, [6], "case:1")
    assert missing.value.code == "ruling.missing"
    with pytest.raises(Flaw) as other:
        rulings(events, [6])
    assert other.value.code == "ruling.other"
    ruling["evidence_sha256"] = sha256(f"3 {b'3'.hex()}\n".encode()).hexdigest()
    assert rulings(events, [6]) == 1


async def test_a_manager_takes_the_case_of_reps_of_the_own_line_only(office: Office) -> None:
    case_id = await ruled(office)
    verify((taken := await take(office, "mei", case_id=case_id)).bundle, taken.key)
    await office.emit("otto", "org.move_rep", {"rep_id": "bruno", "manager_id": None})
    answer = await office.post("mei", "/v1/evidence", {"case_id": case_id})
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


# ------------------------------------------------------------------------------------------------------------ tampering


@pytest.mark.parametrize("what", TAMPERING)
async def test_what_was_tampered_with_is_found_and_named(office: Office, what: str) -> None:
    change, code = TAMPERING[what]
    taken = await take(office, customer_id=str(ACME))
    with pytest.raises(Flaw) as found:
        verify(taken.changed(change), taken.key)
    assert found.value.code == code


def test_the_page_for_auditors_names_every_kind_of_tampering_with_its_code() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "how-to" / "prove-a-history.md").read_text("utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")]
    told = {name: row[1] for row in rows for name in row[0].split("`")[1::2]}
    assert {name: told.get(name, "").strip("`| ") for name in TAMPERING} == {
        name: code for name, (_, code) in TAMPERING.items()
    }


async def test_another_key_does_not_do(office: Office, tmp_path: Path) -> None:
    taken = await take(office, rep_id="anna")
    other = in_memory(settings=Settings(data=tmp_path / "other")).signer().public_key
    with pytest.raises(Flaw, match="another key"):
        verify(taken.bundle, other)


@pytest.mark.parametrize("whose", THREE, ids=str)
async def test_no_byte_of_a_bundle_can_be_another(office: Office, whose: dict[str, str]) -> None:
    """Every byte position of three bundles, each with another value; cut short, and with more at the end."""
    taken = await take(office, **whose)
    verify(taken.bundle, taken.key)
    for mutant in mutants(taken.bundle):
        with pytest.raises(Flaw):
            verify(mutant, taken.key)


async def test_no_byte_of_a_file_can_be_another_where_the_archive_is_made_anew(office: Office) -> None:
    """The archive's own sums find a changed byte before anything else looks; here they fit again."""
    taken = await take(office, rep_id="nobody")
    for name, content in taken.files.items():
        for mutant in mutants(content):
            with pytest.raises(Flaw) as found:
                verify(zipped(taken.files | {name: mutant}), taken.key)
            assert found.value.layer != "archive"


async def test_the_command_says_what_holds_and_ends_accordingly(office: Office, tmp_path: Path) -> None:
    taken = await take(office, rep_id="anna")
    (tmp_path / "good.zip").write_bytes(taken.bundle)
    (tmp_path / "bad.zip").write_bytes(taken.changed(TAMPERING["edit"][0]))
    said: list[str] = []
    assert main([str(tmp_path / "good.zip"), "--key", taken.key], said.append) == 0
    assert main([str(tmp_path / "bad.zip"), "--key", taken.key, "--json"], said.append) == 1
    assert main([str(tmp_path / "none.zip"), "--key", taken.key], said.append) == 2
    assert said[0].endswith("EVERYTHING HOLDS")
    assert json.loads(said[1])["layer"] == "inclusion"


def test_the_same_files_give_the_same_bytes() -> None:
    one = zipped({"b": b"2", "a": b"1"})
    assert sha256(one).digest() == sha256(zipped({"a": b"1", "b": b"2"})).digest()
