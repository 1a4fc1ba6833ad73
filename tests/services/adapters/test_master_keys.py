"""Another master key: all stays readable, nothing is lost when it is stopped; a key service can have it."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.adapters.master_keys import CommandKey, FileRing, KeyRing, LocalKey
from services.adapters.vault import MemoryKeyStore, SealingVault
from services.keys import KeyDesk, KeysWait
from services.platform import Platform, on_postgres
from services.ports import Disclosure, WrongMasterKey
from services.settings import Settings

PEOPLE = [f"contact:{n:03}" for n in range(9)]
A_KEY_SERVICE = """
import base64, pathlib, sys
what, about = sys.argv[-2:]
given = base64.b64decode(sys.stdin.read())
mask = (about.encode() * 64)[: len(given)]
turned = bytes(one ^ 0x5A ^ other for one, other in zip(given, mask))
pathlib.Path(sys.argv[1]).open("a").write(what + "\\n")
print(base64.b64encode(turned).decode())
"""
"""A process with a key of its own; what it does with it is no secret here."""


def a_command(folder: Path) -> tuple[str, ...]:
    program = folder / "key_service.py"
    program.write_text(A_KEY_SERVICE)
    return (sys.executable, str(program), str(folder / "asked"))


CLI = "import sys; from api.cli import main; sys.exit(main())"


class People:
    """People whose names are sealed in memory."""

    def __init__(self, ring: KeyRing) -> None:
        self.sealed: dict[str, Disclosure] = {}
        self.store = MemoryKeyStore(self.sealed)
        self.vault = SealingVault(ring, self.store)

    async def named(self) -> "People":
        await self.vault.prove()
        for person in PEOPLE:
            _, disclosure = await self.vault.seal(person, "name", f"name of {person}")
            self.sealed[disclosure.digest] = disclosure
        return self

    async def read_by(self, ring: KeyRing) -> set[str]:
        told = await SealingVault(ring, self.store).disclose([*self.sealed])
        return set(told)


async def test_after_a_rotation_the_old_key_opens_nothing_and_the_new_one_everything(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    ring = FileRing(file)
    people = await People(ring).named()
    old = bytes.fromhex(file.read_text().split()[0])
    desk = KeyDesk(people.vault, ring)
    fingerprint = people.vault.fingerprint(b"asked")
    steps = [one async for one in desk.rotate()]
    assert (steps[0].waiting, steps[-1].waiting) == (len(PEOPLE) + 3, 0)
    assert (await desk.retire()).older == ()
    assert file.stat().st_mode & 0o777 == 0o600
    assert await people.read_by(FileRing(file)) == set(people.sealed)
    with pytest.raises(WrongMasterKey):
        await people.read_by(KeyRing(LocalKey(old)))
    afterwards = SealingVault(FileRing(file), people.store)
    await afterwards.prove()
    assert afterwards.fingerprint(b"asked") == fingerprint, "a request that is sent again is still known"


async def test_a_rotation_that_was_stopped_goes_on_and_draws_no_third_key(tmp_path: Path) -> None:
    ring = FileRing(tmp_path / "master.key")
    people = await People(ring).named()
    ring.renew()
    await people.vault.rewrap("", 4)
    half = await people.vault.standing()
    assert half.waiting == half.keys - 4
    with pytest.raises(KeysWait):
        await KeyDesk(people.vault, ring).retire()
    assert await people.read_by(FileRing(tmp_path / "master.key")) == set(people.sealed), "all of it is read meanwhile"
    again = FileRing(tmp_path / "master.key")
    vault = SealingVault(again, people.store)
    assert [one async for one in KeyDesk(vault, again).rotate()][-1].waiting == 0
    assert len(again.older) == 1


async def test_another_process_reads_and_seals_on_without_being_told(tmp_path: Path) -> None:
    serving, rotating = FileRing(tmp_path / "master.key"), FileRing(tmp_path / "master.key")
    people = await People(serving).named()
    desk = KeyDesk(SealingVault(rotating, people.store), rotating)
    async for _ in desk.rotate():
        _, late = await people.vault.seal(f"contact:late-{len(people.sealed)}", "name", "late")
        people.sealed[late.digest] = late
    assert (await desk.standing()).waiting == 0, "what is sealed meanwhile is under the new key already"
    await desk.retire()
    assert await people.read_by(serving) == set(people.sealed)


async def test_keys_pass_from_the_file_to_a_key_service(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    people = await People(FileRing(file)).named()
    ring = FileRing(file, a_command(tmp_path))
    desk = KeyDesk(SealingVault(ring, people.store), ring)
    assert [one async for one in desk.rotate()][-1].waiting == 0
    await desk.retire()
    assert not file.exists(), "no key lies here any more"
    assert await people.read_by(FileRing(file, a_command(tmp_path))) == set(people.sealed)
    assert not file.exists()
    asked = (tmp_path / "asked").read_text().split()
    assert asked.count("wrap") == len(PEOPLE) + 3


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with 3"),
        ((sys.executable, "-c", "print('no base64!')"), "did not wrap"),
        (("/no/such/program",), "cannot be started"),
    ],
)
async def test_a_key_service_that_says_no_is_no_key(command: tuple[str, ...], why: str) -> None:
    with pytest.raises(WrongMasterKey, match=why):
        await CommandKey(command).wrap(bytes(32), "contact:1")


@pytest.mark.parametrize("text", ["00" * 31, "no key at all"])
def test_a_file_with_something_else_in_it_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "master.key").write_text(f"{'11' * 32}\n{text}\n")
    with pytest.raises(ValueError, match=r"keys|hex"):
        FileRing(tmp_path / "master.key")


# ------------------------------------------------------------------------------------------------ on the real database


async def _sealed(platform: Platform, people: int) -> None:
    for n in range(people):
        await platform.vault.seal(f"contact:{n:04}", "name", f"name {n}")


@pytest.mark.postgres
@pytest.mark.slow
async def test_the_page_of_the_runbook_holds_and_a_rotation_may_be_killed_at_any_moment(
    postgres_url: str, a_schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path, database_url=postgres_url, organisation=a_schema)
    serving = await on_postgres(settings)
    try:
        await _sealed(serving, 300)
        monkeypatch.setenv("DATABASE_URL", postgres_url)
        monkeypatch.setenv("FIELDTRACE_ORGANISATION", a_schema)
        command = [sys.executable, "-c", CLI, "keys", "rotate", "--data", str(tmp_path)]
        for seconds in (0.6, 0.9, 1.2, 1.5):
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
                await asyncio.to_thread(time.sleep, seconds)
                child.kill()
            await serving.vault.seal("contact:0001", "name", "still served")
        assert serving.keys is not None
        ended = await asyncio.to_thread(subprocess.run, [*command], check=False, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        assert (await serving.keys.standing()).waiting == 0
        retired = await asyncio.to_thread(
            subprocess.run, [*command, "--retire", "--json"], check=False, capture_output=True, text=True
        )
        assert retired.returncode == 0, retired.stderr
        assert (await serving.keys.standing()).older == ()
        sealed, disclosure = await serving.vault.seal("contact:0299", "name", "after it")
        assert (sealed.digest, disclosure.subject) == (disclosure.digest, "contact:0299")
        await _sealed(serving, 300)
    finally:
        await serving.close()
    after = await on_postgres(settings)
    await after.close()
