"""Bundles to hold in hand: a small company, what it hands out, and what somebody who cannot sign would make of that."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from services.adapters.ed25519 import FileKey
from services.checkpoints import COSIGNATURE, Checkpoint
from services.dossiers import zipped
from services.platform import in_memory, told_time
from services.settings import Settings
from tests.api.office import Office, moved_in, visit
from tests.people import ACME, MONDAY, SHANGHAI

THREE: tuple[dict[str, str], ...] = ({"rep_id": "bruno"}, {"rep_id": "nobody"}, {"customer_id": str(ACME)})
"""Whose bundles are mutated: of a rep, of nobody, of a customer with personal values in it."""


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


@asynccontextmanager
async def an_office(data: Path) -> AsyncGenerator[Office]:
    """Anna claims Acme, notes whom she knows there, and visits."""
    clock = told_time(MONDAY)
    office = await moved_in(in_memory(now=clock, settings=Settings(data=data, home_zone=SHANGHAI)), clock)
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    contact = {"contact_id": str(ACME), "name": "Wang Fang", "phone": "+8613800138000", "role": "BUYER"}
    assert (await office.post("anna", f"/v1/customers/{ACME}/contacts", contact)).status_code == 201
    await office.post("anna", "/v1/visits", visit())
    await office.settled()
    yield office
    await office.http.aclose()
    await office.platform.close()


async def ruled(office: Office) -> str:
    """Bruno says that Acme is his, both are heard, and Rex rules; the id of the case."""
    office.later(days=1)
    for asked, data in (
        ("org.add_rep", {"rep_id": "rex", "team_id": "east"}),
        ("org.grant_role", {"actor_id": "rex", "role": "arbiter"}),
        ("org.move_rep", {"rep_id": "mei", "manager_id": "rex"}),
    ):
        await office.emit("otto", asked, data)
    said = {"customer_id": str(ACME), "parties": ["anna", "bruno"], "reason": "I was there before."}
    made = await office.post("bruno", "/v1/conflicts", said)
    assert made.status_code == 201, made.text
    case_id = str(made.json()["case_id"])
    for who in ("anna", "bruno"):
        stated = await office.post(who, f"/v1/conflicts/{case_id}/statements", {"text": "It is mine."})
        assert stated.status_code in (200, 201), stated.text
    await office.settled()
    issued = await office.post("rex", f"/v1/conflicts/{case_id}/rulings", {})
    assert issued.status_code in (200, 201), issued.text
    await office.settled()
    return case_id


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


WITNESS = FileKey("auditor.example/w", bytes(range(32)), COSIGNATURE)
SEEN_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def witnessed(taken: Taken, *keys: FileKey) -> bytes:
    """The bundle with the lines of witnesses."""
    old = taken.files["checkpoint.txt"].decode()
    lines = sorted(Checkpoint.read(old).cosignature(key, SEEN_AT) for key in keys)

    def change(files: dict[str, bytes]) -> None:
        for name in [one for one in files if one == "checkpoint.txt" or one.startswith("proofs/")]:
            files[name] = files[name].replace(old.encode(), (old + "".join(lines)).encode())

    return taken.changed(change)


def mutants(content: bytes, step: int = 1) -> Iterator[bytes]:
    """Every byte with another value (the page for the browser draws the same), cut short, and with more at the end."""
    for position in range(0, len(content), step):
        mutant = bytearray(content)
        mutant[position] ^= 1 + position * 7919 % 255
        yield bytes(mutant)
    for cut in (1, 2, len(content) // 2):
        if cut < len(content):
            yield content[:-cut]
            yield content + content[:cut]


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


def _twice_the_last(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    last = manifest["events"][-1]
    again = last | {"position": last["position"] + 1}
    manifest["events"].append(again)
    for pattern in ("events/{:012}.json", "proofs/{:012}.tlog-proof"):
        files[pattern.format(again["position"])] = files[pattern.format(last["position"])]
    name = f"proofs/{again['position']:012}.tlog-proof"
    files[name] = files[name].replace(f"index {last['position'] - 1}".encode(), f"index {last['position']}".encode())
    _rewrite(files, manifest)


def _insert_a_true_copy(files: dict[str, bytes]) -> None:
    """An event that is in the log, told to be one more about the subject."""
    manifest = json.loads(files["manifest.json"])
    manifest["events"].insert(1, manifest["events"][0] | {"recorded_us": manifest["events"][0]["recorded_us"] + 1})
    _rewrite(files, manifest)


def _another_signer(files: dict[str, bytes]) -> None:
    """Everything signed anew, under the same name, with a key of the forger's own."""
    old = files["checkpoint.txt"].decode()
    key = FileKey(Checkpoint.read(old).origin, bytes(32))
    new = Checkpoint.read(old).signed(key)
    files["checkpoint.txt"] = new.encode()
    files["policy.txt"] = f"log {key.public.text}\nquorum none\n".encode()
    for name in [one for one in files if one.startswith("proofs/")]:
        files[name] = files[name].replace(old.encode(), new.encode())


def _set_back(files: dict[str, bytes]) -> None:
    """The checkpoint of a restored, shorter log: true then, not of these events."""
    origin, size, rest = files["checkpoint.txt"].decode().split("\n", 2)
    files["checkpoint.txt"] = f"{origin}\n{int(size) - 2}\n{rest}".encode()


def _fewer_are_told(files: dict[str, bytes]) -> None:
    """An event less, and the count of heads.json made to fit."""
    _drop_the_last(files)
    heads = json.loads(files["heads.json"])
    heads["entries"][0]["count"] -= 1
    files["heads.json"] = json.dumps(heads, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _renamed(files: dict[str, bytes]) -> None:
    files["report.htm"] = files.pop("report.html")


TAMPERING: Mapping[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "edit": (_edit_an_event, "inclusion.not_there"),
    "delete": (_drop_an_event, "export.other"),
    "delete and recount": (_fewer_are_told, "export.other"),
    "insert": (_a_stranger, "archive.unnamed"),
    "insert a copy": (_insert_a_true_copy, "manifest.order"),
    "swap": (_swap_two, "inclusion.not_there"),
    "truncate": (_drop_the_last, "export.other"),
    "duplicate last": (_twice_the_last, "inclusion.not_there"),
    "backdate": (_backdate, "inclusion.not_there"),
    "re-key": (_another_signer, "checkpoint.other_key"),
    "fork": (_a_larger_log, "checkpoint.signature"),
    "rollback": (_set_back, "checkpoint.signature"),
    "splice a proof": (_splice_a_proof, "proof.other_event"),
    "swap a disclosure": (_swap_a_disclosure, "export.other"),
    "another report": (_another_report, "export.other"),
    "another word": (_another_word_in_the_manifest, "manifest.more"),
    "another subject": (_another_subject, "export.other"),
    "a file of another name": (_renamed, "archive.unknown_file"),
}
"""What somebody who can write archives does to the bundle of a customer, and the code under which it is found."""
