"""What is taken home proves itself: whole, unchanged, and every byte of it."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from services.dossiers import zipped
from services.platform import in_memory, told_time
from services.settings import Settings
from tests.api.office import Office, moved_in, visit
from tests.people import ACME, MONDAY, SHANGHAI
from tests.verifying import Flaw, main, verify


@dataclass
class Taken:
    """A bundle and the key that it is held against."""

    bundle: bytes
    key: str

    @property
    def files(self) -> dict[str, bytes]:
        """What lies in it."""
        with ZipFile(BytesIO(self.bundle)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def changed(self, change: Callable[[dict[str, bytes]], None]) -> bytes:
        """The bundle as somebody would make it who can write archives, but not sign."""
        files = self.files
        change(files)
        return zipped(files)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    clock = told_time(MONDAY)
    office = await moved_in(in_memory(now=clock, settings=Settings(data=tmp_path, home_zone=SHANGHAI)), clock)
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    contact = {"contact_id": str(ACME), "name": "Wang Fang", "phone": "+8613800138000", "role": "BUYER"}
    assert (await office.post("anna", f"/v1/customers/{ACME}/contacts", contact)).status_code == 201
    await office.post("anna", "/v1/visits", visit())
    await office.settled()
    yield office
    await office.http.aclose()
    await office.platform.close()


async def take(office: Office, who: str = "iris", **whose: str) -> Taken:
    """A bundle, while the signer comes by."""
    signer = office.platform.signer()
    await signer.sign()

    async def signing() -> None:
        while True:
            await signer.sign()
            await asyncio.sleep(0.02)

    at_work = asyncio.create_task(signing())
    answer = await office.post(who, "/v1/evidence", whose)
    at_work.cancel()
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    return Taken(answer.content, signer.public_key)


async def test_a_bundle_holds_against_the_key_alone(office: Office) -> None:
    taken = await take(office, rep_id="anna")
    findings = verify(taken.bundle, taken.key)
    assert any("none missing" in one for one in findings)
    events = [name for name in taken.files if name.startswith("events/")]
    assert f"events: {len(events)} stand in the signed log" in "\n".join(findings)
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


# ------------------------------------------------------------------------------------------------------------ tampering


def _drop_an_event(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    gone = manifest["events"].pop(1)["position"]
    del files[f"events/{gone:012}.json"], files[f"proofs/{gone:012}.tlog-proof"]
    _rewrite(files, manifest)


def _drop_the_last(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    gone = manifest["events"].pop(-3)["position"]
    del files[f"events/{gone:012}.json"], files[f"proofs/{gone:012}.tlog-proof"]
    _rewrite(files, manifest)


def _edit_an_event(files: dict[str, bytes]) -> None:
    name = next(name for name in files if name.startswith("events/"))
    files[name] = files[name].replace(b"2026", b"2025")


def _backdate(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    manifest["events"][0]["recorded_us"] -= 86_400_000_000
    _rewrite(files, manifest)


def _swap_two(files: dict[str, bytes]) -> None:
    first, second, *_ = sorted(name for name in files if name.startswith("events/"))
    files[first], files[second] = files[second], files[first]


def _splice_a_proof(files: dict[str, bytes]) -> None:
    first, second, *_ = sorted(name for name in files if name.startswith("proofs/"))
    files[first] = files[second]


def _another_report(files: dict[str, bytes]) -> None:
    files["report.html"] = files["report.html"].replace(b"anna", b"otto")


def _another_word_in_the_manifest(files: dict[str, bytes]) -> None:
    _rewrite(files, json.loads(files["manifest.json"]) | {"note": "all is well"})


def _another_subject(files: dict[str, bytes]) -> None:
    _rewrite(files, json.loads(files["manifest.json"]) | {"subject": "rep:otto"})


def _swap_a_disclosure(files: dict[str, bytes]) -> None:
    first, second, *_ = sorted(name for name in files if name.startswith("disclosures/"))
    files[first], files[second] = files[second], files[first]


def _a_larger_log(files: dict[str, bytes]) -> None:
    origin, size, rest = files["checkpoint.txt"].decode().split("\n", 2)
    files["checkpoint.txt"] = f"{origin}\n{int(size) + 1}\n{rest}".encode()


def _a_stranger(files: dict[str, bytes]) -> None:
    files["events/999999999999.json"] = b"{}"


def _rewrite(files: dict[str, bytes], manifest: object) -> None:
    told = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    files["manifest.json"] = told.encode() + b"\n"


TAMPERING: Mapping[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "delete": (_drop_an_event, "export"),
    "truncate": (_drop_the_last, "export"),
    "edit": (_edit_an_event, "inclusion"),
    "backdate": (_backdate, "inclusion"),
    "swap": (_swap_two, "inclusion"),
    "splice": (_splice_a_proof, "proof"),
    "report": (_another_report, "export"),
    "manifest": (_another_word_in_the_manifest, "manifest"),
    "subject": (_another_subject, "export"),
    "disclosure": (_swap_a_disclosure, "export"),
    "fork": (_a_larger_log, "checkpoint"),
    "insert": (_a_stranger, "archive"),
}


@pytest.mark.parametrize("what", TAMPERING)
async def test_what_was_tampered_with_is_found_and_named(office: Office, what: str) -> None:
    change, layer = TAMPERING[what]
    taken = await take(office, customer_id=str(ACME))
    with pytest.raises(Flaw) as found:
        verify(taken.changed(change), taken.key)
    assert found.value.layer == layer


async def test_another_key_does_not_do(office: Office, tmp_path: Path) -> None:
    taken = await take(office, rep_id="anna")
    other = in_memory(settings=Settings(data=tmp_path / "other")).signer().public_key
    with pytest.raises(Flaw, match="another key"):
        verify(taken.bundle, other)


@pytest.mark.parametrize("whose", [{"rep_id": "bruno"}, {"rep_id": "nobody"}, {"customer_id": str(ACME)}], ids=str)
async def test_no_byte_of_a_bundle_can_be_another(office: Office, whose: dict[str, str]) -> None:
    """Every byte position of three bundles, each with another value."""
    taken = await take(office, **whose)
    verify(taken.bundle, taken.key)
    chance = random.Random(7)
    for position in range(len(taken.bundle)):
        mutant = bytearray(taken.bundle)
        mutant[position] ^= chance.randrange(1, 256)
        with pytest.raises(Flaw):
            verify(bytes(mutant), taken.key)
    for cut in (1, 2, len(taken.bundle) // 2):
        with pytest.raises(Flaw):
            verify(taken.bundle[:-cut], taken.key)
        with pytest.raises(Flaw):
            verify(taken.bundle + taken.bundle[:cut], taken.key)


async def test_the_command_says_what_holds_and_ends_accordingly(office: Office, tmp_path: Path) -> None:
    taken = await take(office, rep_id="anna")
    (tmp_path / "good.zip").write_bytes(taken.bundle)
    (tmp_path / "bad.zip").write_bytes(taken.changed(_edit_an_event))
    said: list[str] = []
    assert main([str(tmp_path / "good.zip"), "--key", taken.key], said.append) == 0
    assert main([str(tmp_path / "bad.zip"), "--key", taken.key, "--json"], said.append) == 1
    assert main([str(tmp_path / "none.zip"), "--key", taken.key], said.append) == 2
    assert said[0].endswith("EVERYTHING HOLDS")
    assert json.loads(said[1])["layer"] == "inclusion"


def test_the_same_files_give_the_same_bytes() -> None:
    one = zipped({"b": b"2", "a": b"1"})
    assert sha256(one).digest() == sha256(zipped({"a": b"1", "b": b"2"})).digest()
