"""Pages as a person sees them: one Chromium for the session, a fresh profile for each page.

Chromium is the machine's own (`chromium`, or what `CHROMIUM` names); nothing is downloaded. Where there is none, these
tests are skipped with a line that says so. All of them run in one event loop, since the browser lives in it: each
module says `pytestmark = pytest.mark.asyncio(loop_scope="session")`, and fixtures of its own name that loop too.
"""

import os
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
]
VERIFIER = Path(__file__).parent.parent.parent / "verifier" / "fieldtrace-verify.html"

OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncGenerator[Browser]:
    """A browser for the session.

    It comes from the system and not from a package, so a machine may have none, and everything else can be tried there.
    Where nothing may be skipped (`tests.no_skips`), as in `.ci/run`, which installs one, that is a failure.
    """
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium on this machine: install chromium, or name one in CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser) -> AsyncGenerator[OpenPage]:
    """Opens an address in a profile of its own; what a page complains about fails the test that opened it."""
    complaints: list[str] = []
    opened: list[Page] = []

    async def opening(
        address: str,
        *,
        width: int = 1280,
        height: int = 900,
        language: str = "zh-CN",
        dark: bool = False,
        js: bool = True,
    ) -> Page:
        profile = await chromium.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=js,
        )
        page = await profile.new_page()
        opened.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        await page.goto(address, wait_until="load")
        return page

    yield opening
    for page in opened:
        await page.context.close()
    assert complaints == []
