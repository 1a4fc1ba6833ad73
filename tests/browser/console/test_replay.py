"""The player in a browser shows what the server would show, at every event."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.company import DAYS, LAST_DAY, REPS, Served
from tests.browser.console.conftest import Look

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
DAY = "/reps/r01/replay?date=2026-03-17"
GAUGES = """(root) => Object.fromEntries([...root.querySelectorAll('#gauges .gauge')].map((box) => [box.id,
    [box.querySelector('[data-value]').textContent, box.querySelector('[data-change]').textContent]]))"""
SEEKING = (
    """async () => {
    const gauges = """
    + GAUGES
    + """, seek = document.getElementById('seek'), found = [];
    const keys = ['0', ...[...document.querySelectorAll('#events > li')].map((row) => row.dataset.keyOf)];
    for (let n = 0; n < keys.length; n++) {
        seek.value = n;
        seek.dispatchEvent(new Event('input'));
        const here = gauges(document), current = document.querySelector('#events [aria-current]')?.id ?? null;
        const address = new URL(location.href);
        address.searchParams.set('step', keys[n]);
        const page = new DOMParser().parseFromString(await (await fetch(address)).text(), 'text/html');
        found.push([here, current, gauges(page), page.querySelector('#events [aria-current]')?.id ?? null]);
    }
    return found;
}"""
)


@pytest.mark.parametrize("way", ["", "&basis=recorded", "&range=week", "&at=1250"])
async def test_at_every_event_the_browser_stands_where_the_server_does(look: Look, way: str) -> None:
    page = await look("manager", DAY + way)
    found: list[Any] = await page.evaluate(SEEKING)
    assert len(found) > 3
    for here, current, by_server, current_by_server in found:
        assert (here, current) == (by_server, current_by_server)


STANDINGS = """() => {
    const seek = document.getElementById('seek'), found = [];
    for (let n = 0; n <= Number(seek?.max ?? -1); n++) {
        seek.value = n;
        seek.dispatchEvent(new Event('input'));
        const gauges = [...document.querySelectorAll('#gauges .gauge')];
        const figure = (box) => Number(box.querySelector('[data-value]').textContent.replaceAll(',', ''));
        found.push(Object.fromEntries(gauges.map((box) => [box.id.slice('gauge-'.length), figure(box)])));
    }
    return found;
}"""
FOLDED = """async (path) => {
    const told = await (await fetch(path)).json(), found = [told.zero];
    for (const patch of told.patches) found.push({ ...found[found.length - 1], ...patch });
    return found;
}"""


async def test_fifty_days_of_all_reps_stand_at_every_event_as_the_interface_folds_them(
    look: Look, company: Served
) -> None:
    page = await look("director", "/reps")
    events = days = 0
    for rep in (f"r{n:02d}" for n in range(1, REPS + 1)):
        for day in (LAST_DAY - timedelta(days=n) for n in range(1, DAYS)):
            await page.goto(f"{company.url}/reps/{rep}/replay?date={day}", wait_until="load")
            shown: list[Any] = await page.evaluate(STANDINGS)
            folded: list[Any] = await page.evaluate(FOLDED, f"/v1/reps/{rep}/replay?date={day}&limit=500")
            assert shown == (folded if len(folded) > 1 else shown[:0])
            days += 1
            events += max(0, len(folded) - 1)
    assert days >= 50
    assert events > 400


async def where(page: Page) -> str:
    return await page.locator("#seek").get_attribute("aria-valuetext") or ""


async def test_the_keyboard_steps_and_the_address_follows(look: Look) -> None:
    page = await look("manager", DAY, language="en")
    await page.keyboard.press("Home")
    assert await where(page) == "Before the first event"
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("j")
    assert (await where(page)).startswith("Event 2 of")
    await page.wait_for_url("**step=*")
    key = await page.locator("#events [aria-current]").get_attribute("data-key-of")
    assert f"step={key}" in page.url
    await page.reload()
    assert await page.locator("#events [aria-current]").get_attribute("data-key-of") == key


async def test_dragging_over_the_strip_finds_the_nearest_event(look: Look) -> None:
    page = await look("manager", DAY, language="en")
    box = await page.locator(".strip").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 40)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 2, box["y"] + 40, steps=4)
    await page.mouse.up()
    assert (await where(page)).startswith("Event 1 of")


async def test_it_plays_by_itself_and_stops_at_the_end(look: Look) -> None:
    page = await look("manager", DAY, language="en")
    await page.locator("#speed").select_option("300")
    await page.evaluate("""() => { const seek = document.getElementById('seek'); seek.value = Number(seek.max) - 2;
        seek.dispatchEvent(new Event('input')); }""")
    await page.locator("#play").click()
    await expect(page.locator("#play")).to_have_text("❚❚")
    await expect(page.locator("#seek")).to_have_value(await page.locator("#seek").get_attribute("max") or "")
    await expect(page.locator("#play")).to_have_text("▶")


async def test_without_scripts_one_steps_by_links(look: Look) -> None:
    page = await look("manager", DAY, language="en", js=False)
    await page.locator("#back").click()
    assert "step=" in page.url
    assert await page.locator("#events .ahead").count() == 1
    await page.locator("#forward").click()
    assert await page.locator("#events .ahead").count() == 0
