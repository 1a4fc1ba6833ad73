"""Takes the pictures that docs/console.md shows, in both languages, of the company that browser tests look at."""

import asyncio
import os
import shutil
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser.company import Served, served
from tests.browser.conftest import ARGUMENTS

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
LANGUAGES = ("zh-CN", "en")
SHOTS: dict[str, tuple[str, str, int, int, bool]] = {
    "today": ("director", "/today", 1280, 640, False),
    "replay": ("manager", "/reps/r01/replay?date=2026-03-17", 1280, 800, False),
    "replay-week-dark": ("manager", "/reps/r01/replay?date=2026-03-17&range=week", 1280, 640, True),
    "customer": ("manager", "/customers/{customer}", 1280, 720, False),
    "my-day": ("rep", "/me", 390, 844, False),
    "claim": ("rep", "/customers/{pooled}/claim", 390, 844, False),
}
"""Each picture: who looks, where, width and height of the window, whether in the dark."""


async def take(company: Served, browser: Browser) -> None:
    """Take every picture."""
    pool = await company.platform.pool.page(
        "default",
        valid_at=company.platform.now(),
        known_at=(await company.platform.log.head()).position,
        after=None,
        limit=1,
    )
    customer, pooled = await company.a_customer(), pool.items[0].customer.customer_id
    for name, (who, path, width, height, dark) in SHOTS.items():
        for language in LANGUAGES:
            profile = await browser.new_context(
                viewport={"width": width, "height": height},
                locale=language,
                timezone_id="Asia/Shanghai",
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
            )
            await profile.add_cookies([{"name": "fieldtrace", "value": company.secrets[who], "url": company.url}])
            page = await profile.new_page()
            await page.goto(company.url + path.format(customer=customer, pooled=pooled), wait_until="load")
            await page.screenshot(path=PICTURES / f"{name}.{language}.png", animations="disabled")
            await profile.close()


async def main() -> None:
    """Serve the company, look at it, and keep what is seen."""
    PICTURES.mkdir(exist_ok=True)
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright, served() as company:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        await take(company, browser)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
