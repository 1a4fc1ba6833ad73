"""The page about the signer's key, tried: each of its blocks is run as it stands, in the trouble that it is for."""

import asyncio
import re
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from services.platform import on_postgres
from services.settings import Settings
from tests.serving import ROOT, RUN, environment, fieldtrace
from tests.verifying import check

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
PAGE = ROOT / "docs" / "runbook" / "the-signers-key.md"
_ORGANISATIONS = count(1)


def block(heading: str) -> str:
    """The commands under a heading."""
    found = re.search(
        rf"^## {re.escape(heading)}\n.*?^```\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert found is not None, heading
    return found.group(1)


class House:
    """A log of its own, its signer, and whoever runs it at a terminal."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.signer = folder / "signer"
        self.said = {
            "DATABASE_URL": url,
            "FIELDTRACE_ORGANISATION": f"trusted_{next(_ORGANISATIONS)}",
            "FIELDTRACE_SIGNER": str(self.signer),
            "FIELDTRACE_DATA": str(folder / "data"),
        }
        self.settings = Settings(
            data=folder / "data",
            database_url=url,
            organisation=self.said["FIELDTRACE_ORGANISATION"],
            signer_folder=self.signer,
        )

    def begins(self) -> str:
        """A first few events, signed; the public key that everybody was handed."""

        async def work() -> str:
            platform = await on_postgres(self.settings)
            await platform.prepare()
            signer = platform.signer()
            assert await signer.sign() is not None
            await platform.close()
            return signer.public_key

        return asyncio.run(work())

    def run(self, heading: str, **said: str) -> "subprocess.CompletedProcess[str]":
        """The block under a heading, by a shell, as it stands."""
        command = f'fieldtrace() {{ "{sys.executable}" -c "{RUN}" "$@"; }}\n{block(heading)}'
        return subprocess.run(
            ["sh", "-euc", command],
            cwd=self.folder,
            env=environment(**{**self.said, **said}),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def refuses(self) -> str:
        """What the signer says that does not sign."""
        ran = fieldtrace("signer", "--once", cwd=self.folder, **self.said)
        assert ran.returncode == 1, ran.stderr
        return ran.stderr


@pytest.fixture
def house(postgres_url: str, tmp_path: Path) -> House:
    return House(tmp_path, postgres_url)


def test_a_key_is_changed_and_the_old_one_says_so(house: House) -> None:
    old = house.begins()
    ran = house.run("It is to be changed")
    assert ran.returncode == 0, ran.stderr
    new, *told = ran.stdout.splitlines()
    assert new != old
    assert new in told[0]
    assert told[1] == "EVERYTHING HOLDS"
    [note] = house.signer.glob("handover-*.txt")
    [finding] = check(note.read_bytes(), old)
    assert (finding.layer, finding.values["key"]) == ("handover", new)
    assert [file.name for file in house.signer.glob("signer.key.*")] == [f"signer.key.{old.split('+')[1]}"]
    assert fieldtrace("signer", "--once", cwd=house.folder, **house.said).returncode == 0


def test_a_key_that_is_lost_is_followed_by_another_after_a_look_at_every_byte(house: House) -> None:
    old = house.begins()
    shutil.rmtree(house.signer)
    assert "signed by another key" in house.refuses()
    wrong = fieldtrace("signer", "--after", fieldtrace_key(house), cwd=house.folder, **house.said)
    assert wrong.returncode == 1, "only after the key that did sign"
    ran = house.run("It is lost", OLD=old)
    assert ran.returncode == 0, ran.stderr
    assert fieldtrace("signer", "--once", cwd=house.folder, **house.said).returncode == 0


def test_a_key_that_somebody_else_may_have_signs_no_more(house: House) -> None:
    old = house.begins()
    ran = house.run("Somebody else may have it", OLD=old)
    assert ran.returncode == 0, ran.stderr
    assert fieldtrace_key(house) != old
    assert (house.signer / "signer.key.compromised").exists()


def test_a_log_that_goes_on_after_a_loss_goes_on_under_another_name(house: House) -> None:
    old = house.begins()
    remembered = house.signer / "memory.json"
    remembered.write_text(remembered.read_text().replace('"size": ', '"size": 9'))  # it saw more than is left
    assert "it was set back" in house.refuses()
    ran = house.run("The log goes on after a loss", OLD=old)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip().startswith("fieldtrace/main.2+")
    assert "it was set back" in house.refuses(), "under its old name it is signed no more"


def fieldtrace_key(house: House) -> str:
    return fieldtrace("signer", "--key", cwd=house.folder, **house.said).stdout.strip()
