"""The console in a browser: one company served for the session, looked at by whom a test says."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.company import Served, served

Look = Callable[..., Awaitable[Page]]
AXE = (Path(__file__).parents[1] / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company(chromium: Browser) -> AsyncGenerator[Served]:
    """The company; it is told only where there is a browser to look at it."""
    del chromium
    async with served() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def look(chromium: Browser, company: Served) -> AsyncGenerator[Look]:
    """Opens a page as somebody, in a profile of its own; what the browser complains about fails the test."""
    complaints: list[str] = []
    profiles: list[BrowserContext] = []

    async def looking(
        who: str,
        path: str,
        *,
        width: int = 1440,
        height: int = 900,
        language: str = "zh-CN",
        dark: bool = False,
        js: bool = True,
        silent: bool = True,
        beside: Page | None = None,
    ) -> Page:
        """`silent`: what the browser says in its console is a failure; `beside`: in the same profile as that page."""
        if beside is not None:
            profile = beside.context
        else:
            profile = await chromium.new_context(
                viewport={"width": width, "height": height},
                locale=language,
                timezone_id="Asia/Shanghai",
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
                java_script_enabled=js,
            )
            profiles.append(profile)
            await profile.add_cookies([{"name": "fieldtrace", "value": company.secrets[who], "url": company.url}])
        page = await profile.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if silent:
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        await page.goto(company.url + path, wait_until="load")
        return page

    yield looking
    for profile in profiles:
        await profile.close()
    assert complaints == []


async def violations(page: Page) -> Sequence[str]:
    """What axe finds, one line each: the rule, and where it is broken."""
    await page.evaluate(AXE)
    found: list[Any] = await page.evaluate(
        "async (rules) => (await axe.run(document, { runOnly: rules })).violations"
        ".map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.html).join(' | '))",
        RULES,
    )
    return [str(one) for one in found]


async def overhang(page: Page) -> int:
    """Pixels by which a page is wider than its window."""
    return await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
