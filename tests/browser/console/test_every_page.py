"""Every page, as everybody can use it: by a screen reader, on a phone, in the dark, by keyboard, without scripts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.browser.company import Served
from tests.browser.console.conftest import Look, overhang, violations
from tests.browser.console.pages import PAGES, REFUSED

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@dataclass(frozen=True, slots=True)
class Seen:
    """How a page is looked at."""

    width: int
    language: str
    dark: bool = False


WAYS = {
    "desktop-zh": Seen(1440, "zh-CN"),
    "phone-zh": Seen(390, "zh-CN"),
    "desktop-en-dark": Seen(1440, "en", dark=True),
    "small-en": Seen(320, "en"),
}


async def address(company: Served, name: str) -> str:
    """The address of a page in this company."""
    path = PAGES[name][1]
    return path.format(customer=await company.a_customer()) if "{customer}" in path else path


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_can_be_used_by_everybody_in_every_size(look: Look, company: Served, name: str) -> None:
    found: dict[str, tuple[Sequence[str], int]] = {}
    for way, seen in WAYS.items():
        page = await look(
            PAGES[name][0],
            await address(company, name),
            width=seen.width,
            language=seen.language,
            dark=seen.dark,
            silent=name not in REFUSED,
        )
        assert await page.locator("h1").count() == 1
        found[way] = (await violations(page), await overhang(page))
    assert found == {way: ([], 0) for way in WAYS}


async def test_the_keyboard_leads_from_page_to_page_and_down_the_rows(look: Look) -> None:
    page = await look("manager", "/reps", language="en")
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.id") == "find"
    await page.keyboard.press("Escape")
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    assert await page.locator("tr.at th").inner_text() == await page.locator("tbody tr:nth-child(2) th").inner_text()
    await page.keyboard.press("?")
    assert await page.locator("dialog#keys").is_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("r")
    await page.wait_for_url("**/reps")


async def test_single_keys_can_be_switched_off(look: Look) -> None:
    page = await look("manager", "/reps", language="en")
    await page.keyboard.press("?")
    await page.locator("#keys-off").check()
    await page.keyboard.press("Escape")
    await page.reload()
    await page.keyboard.press("j")
    assert await page.locator("tr.at").count() == 0


async def test_without_scripts_one_filters_and_travels_in_time(look: Look) -> None:
    page = await look("director", "/reps", language="en", js=False)
    await page.locator("select[name=team]").select_option("east")
    await page.locator(".filters button").click()
    assert page.url.endswith("/reps?team=east")
    await page.locator("summary", has_text="As of").click()
    await page.locator("#at").fill("900")
    await page.locator(".menu button", has_text="Show").click()
    assert "at=900" in page.url
    assert await page.locator(".past").is_visible()
