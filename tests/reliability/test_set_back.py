"""A database that was set back, or is another one, is noticed: by the signer, by a witness of the auditor's, by copies.

The database is a real one and is restored from an older copy; the witness is a process of its own.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from api.http.app import create_app
from services.adapters.ed25519 import FileKey
from services.platform import Platform, on_postgres, told_time
from services.settings import Settings
from services.signing import SignerRefuses
from tests.api.office import PEOPLE, Office, moved_in, visit
from tests.bundles import Taken, take
from tests.people import ACME, MONDAY, SHANGHAI
from tests.serving import RUN, environment, fieldtrace
from tests.verifying import Flaw, check, verify

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@dataclass
class Witnessing:
    """A witness at work."""

    url: str
    key: str


@contextmanager
def witness(folder: Path, log: str) -> Generator[Witnessing]:
    """`fieldtrace witness`, as an auditor starts it."""
    key = fieldtrace("witness", "--folder", folder / "w", "--key", cwd=folder).stdout.strip()
    words = ("witness", "--folder", str(folder / "w"), "--log", log, "--port", "0")
    with (folder / "witness.log").open("w+") as out:
        process = subprocess.Popen([sys.executable, "-c", RUN, *words], env=environment(), stdout=out, stderr=out)
        try:
            until = time.monotonic() + 30
            while "http://" not in (said := (folder / "witness.log").read_text()):
                assert process.poll() is None, said
                assert time.monotonic() < until, said
                time.sleep(0.1)
            yield Witnessing(next(word for word in said.split() if word.startswith("http://")), key)
        finally:
            process.terminate()
            process.wait(20)


@asynccontextmanager
async def working(settings: Settings) -> AsyncGenerator[Office]:
    """The company on a database of its own."""
    clock = told_time(MONDAY)
    office = await moved_in(await on_postgres(settings, now=clock), clock)
    yield office
    await office.http.aclose()
    await office.platform.close()


@asynccontextmanager
async def looking(settings: Settings) -> AsyncGenerator[Platform]:
    """A platform on a database that is there."""
    platform = await on_postgres(settings, now=told_time(MONDAY))
    yield platform
    await platform.close()


def database(url: str, name: str, *, template: str = "template1") -> str:
    """A database, made from another one as it stands."""
    with psycopg.connect(url, autocommit=True) as connection:
        statement = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
        connection.execute(statement)
    return url.replace("/postgres?", f"/{name}?", 1)


def without_memory(settings: Settings, folder: Path) -> Settings:
    """The signer with its key, and without what it remembers."""
    folder.mkdir()
    shutil.copy(settings.signer / "signer.key", folder / "signer.key")
    return replace(settings, signer_folder=folder)


async def refused(settings: Settings, why: str) -> None:
    """The signer refuses, and says so to whoever looks at the metrics."""
    async with looking(settings) as platform:
        with pytest.raises(SignerRefuses, match=why):
            await platform.signer().sign()
        trust = await platform.proving.trust()
        assert trust.refusal is not None


async def test_a_restored_backup_and_a_fork_are_refused_by_signer_witness_and_copies(
    postgres_url: str, a_schema: str, tmp_path: Path
) -> None:
    now, backup = f"{a_schema}_now", f"{a_schema}_backup"
    settings = Settings(
        data=tmp_path / "data",
        database_url=database(postgres_url, now),
        home_zone=SHANGHAI,
        policy_file=tmp_path / "policy.txt",
        anchors_folder=tmp_path / "copies",
    )
    log = FileKey.of(settings.signer / "signer.key", settings.origin).public.text
    with witness(tmp_path, log) as there:
        policy = f"witness auditor {there.key} {there.url}\nquorum auditor\n"
        (tmp_path / "policy.txt").write_text(policy)
        async with working(settings) as office:
            early = await office.platform.signer().sign()
            assert early is not None
        old = database(postgres_url, backup, template=now)
        async with working_on(settings) as office:  # what happens after the backup
            await office.post("anna", f"/v1/customers/{ACME}/claims")
            await office.post("anna", "/v1/visits", visit())
            taken = await take(office, rep_id="anna")
            shows_the_witness(taken, log, there)
            trust = await office.platform.proving.trust()
            assert (trust.unsigned_seconds, trust.unanchored_seconds) == (0.0, 0.0)

        restored = replace(settings, database_url=old)
        await refused(restored, "it was set back")
        await refused(without_memory(restored, tmp_path / "lost"), "auditor has seen .* it was set back")
        alone = replace(without_memory(restored, tmp_path / "lost2"), policy_file=None)
        await refused(alone, "folder:.* has seen .* it was set back")

        async with working_on(restored) as office:  # another history, longer than the one that was signed
            for n in range(2, 14):
                await office.post("bruno", "/v1/visits", visit(n, next_step=None))
        await refused(restored, "is not the one of .* that was signed, grown")
        forked = without_memory(restored, tmp_path / "lost3")
        await refused(forked, "auditor refuses: it has seen another log")
        evidence = [file.read_text() for file in (tmp_path / "w" / "refused").iterdir()]
        assert settings.origin in evidence[0]
        async with looking(forked) as platform:
            latest = await platform.checkpoints.checkpoint()
            assert latest is not None
            assert latest.cosignatures == (), "what no witness saw fulfils no quorum"


def shows_the_witness(taken: Taken, log: str, there: Witnessing) -> None:
    """The bundle carries the witness's line, and holds by the auditor's own policy; not without the line."""
    own = f"log {log}\nwitness w {there.key}\nquorum w\n"
    [seen] = [one for one in check(taken.bundle, own) if one.layer == "witness"]
    assert str(seen.values["names"]).startswith("fieldtrace-witness (")
    verify(taken.bundle, log)

    def without_line(files: dict[str, bytes]) -> None:
        note = files["checkpoint.txt"]
        bare = b"".join(note.splitlines(keepends=True)[:5])
        for name in [one for one in files if one == "checkpoint.txt" or one.startswith("proofs/")]:
            files[name] = files[name].replace(note, bare)

    for trusted in (own, log):
        with pytest.raises(Flaw) as found:
            verify(taken.changed(without_line), trusted)
        assert found.value.code == "witness.quorum"


@asynccontextmanager
async def working_on(settings: Settings) -> AsyncGenerator[Office]:
    """The company that is there already, as who works in it come in again."""
    clock = told_time(MONDAY)
    platform = await on_postgres(settings, now=clock)
    await platform.prepare()
    tokens = {who: (await platform.access.create(who, role)).token for who, role in PEOPLE.items()}
    app = create_app(platform, a_second=1_000)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fieldtrace")
    office = Office(platform, app, client, clock, tokens)
    yield office
    await client.aclose()
    await platform.close()
