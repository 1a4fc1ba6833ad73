"""The bundle of a conflict: somebody sold to the customer of another, a case was opened and ruled on.

It is checked where there is no Fieldtrace (a bare virtual environment) and in a browser, from disk.
"""

import asyncio
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from api.scenario import Telling, read_scenario
from tests.browser.conftest import VERIFIER, OpenPage
from tests.stories.on_the_line import over_http

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]
STORY = Path(__file__).parent.parent / "stories" / "a17_a_hidden_sale_to_the_customer_of_another.jsonl"
CUSTOMER = "01950000-0000-7000-8000-0000000000c1"
NEEDED = ("cryptography", "cffi", "_cffi_backend", "pycparser")


async def taken_home(folder: Path) -> str:
    """What an auditor carries away: the bundle and both verifiers in a folder; the key comes on another way."""
    telling = Telling(read_scenario(STORY.read_bytes().splitlines()))
    async with over_http(telling.begins()) as stage:
        async for _ in telling.told_on(stage):
            pass
        assert telling.unmet == []
        signer = stage.platform.signer()
        token = (await stage.platform.access.create("iris", "auditor")).token

        async def signing() -> None:
            while True:
                await signer.sign()
                await asyncio.sleep(0.05)

        at_work = asyncio.create_task(signing())
        head = {"Authorization": f"Bearer {token}"}
        answer = await stage.http.post("/v1/evidence", json={"customer_id": CUSTOMER}, headers=head, timeout=60)
        at_work.cancel()
    assert answer.status_code == 200, answer.text
    (folder / "case.zip").write_bytes(answer.content)
    for file in (VERIFIER, VERIFIER.parent / "fieldtrace_verify.py"):
        shutil.copy(file, folder / file.name)
    return signer.public_key


def a_bare_environment(folder: Path) -> Path:
    """A virtual environment with `cryptography` and nothing else; its Python."""
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"]
    into = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    for here in {Path(sysconfig.get_path("platlib")), Path(sysconfig.get_path("purelib"))}:
        for found in here.iterdir():
            if found.name.startswith(NEEDED) and not (into / found.name).exists():
                (into / found.name).symlink_to(found)
    return python


async def test_a_bare_environment_checks_the_bundle_of_a_conflict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    key = await taken_home(tmp_path)
    python = a_bare_environment(tmp_path / "checking")
    for ours in ("services", "domain", "msgspec"):
        missing = subprocess.run([python, "-I", "-c", f"import {ours}"], capture_output=True, check=False)
        assert missing.returncode == 1, f"{ours} must not be there"
    line = [python, "-I", tmp_path / "fieldtrace_verify.py", tmp_path / "case.zip", "--key", key]
    ran = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("EVERYTHING HOLDS\n")
    assert f"about customer:{CUSTOMER} up to position" in ran.stdout
    chinese = subprocess.run([*line, "--lang", "zh-CN"], capture_output=True, text=True, check=False)
    assert chinese.stdout.endswith("全部成立\n")


async def test_a_browser_checks_the_bundle_of_a_conflict_from_disk(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    key = await taken_home(tmp_path)
    page = await open_page((tmp_path / VERIFIER.name).as_uri())
    await page.locator("#bundle").set_input_files(tmp_path / "case.zip")
    await page.locator("#trusted").fill(key)
    await page.locator("form button").click()
    await page.locator("#verdict.good").wait_for()
    story = await page.frame_locator("#report").locator("body").inner_text()
    assert "裁决" in story
    assert "ruling" in story.lower()
