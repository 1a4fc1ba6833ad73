"""What moves: one tab follows the log for all, and rows change where they stand."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from api.emitting import Sent, emit
from services.reception import Actor
from tests.browser.company import Served
from tests.browser.console.conftest import Look

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
TABS = 8
LEADS = "document.documentElement.dataset.leads !== undefined"


async def something_happens(company: Served) -> int:
    """A rep registers a customer and claims it; the position then."""
    customer = str(company.platform.new_id())
    name = f"杭州新桥{customer[-6:]}贸易有限公司"
    source = {"method": "PROSPECTING", "seen_on": "2026-03-18"}
    registered = {"customer_id": customer, "kind": "COMPANY", "legal_name": name, "country": "CN", "source": source}
    await _asked(company, "customer.register", registered)
    return await _asked(company, "ownership.claim", {"customer_id": customer, "line": "default"})


async def _asked(company: Served, asked: str, data: object) -> int:
    number = str(company.platform.new_id())
    return (await emit(company.platform, Sent(Actor("r01", "rep"), "/test", number, number), asked, data)).position


async def reaches(page: Page, position: int) -> None:
    """Wait until a page says that the log has come to a position, or beyond."""
    shown = 0
    for _ in range(100):
        shown = int(re.sub(r"\D", "", await page.locator("#fresh").inner_text()))
        if shown >= position:
            return
        await asyncio.sleep(0.1)
    assert shown >= position


async def leaders(pages: list[Page]) -> list[Page]:
    return [page for page in pages if await page.evaluate(LEADS)]


async def test_many_tabs_share_one_stream_and_the_next_takes_over(look: Look, company: Served) -> None:
    first = await look("manager", "/today")
    pages = [first, *[await look("manager", "/today", beside=first) for _ in range(TABS - 1)]]
    await asyncio.sleep(0.5)
    leading = await leaders(pages)
    assert len(leading) == 1
    position = await something_happens(company)
    for page in pages:
        await reaches(page, position)
    await leading[0].close()
    left = [page for page in pages if page is not leading[0]]
    for _ in range(40):
        if await leaders(left):
            break
        await asyncio.sleep(0.1)
    assert len(await leaders(left)) == 1
    position = await something_happens(company)
    for page in left:
        await reaches(page, position)


async def test_a_row_changes_where_it_stands_and_nothing_is_lost_under_the_pointer(look: Look, company: Served) -> None:
    page = await look("manager", "/today", language="en")
    await asyncio.sleep(0.5)
    row = page.locator("#row-r01")
    await row.evaluate("(row) => { row.mine = 'the same element'; }")
    before = await row.inner_text()
    await something_happens(company)
    await expect(row).not_to_have_text(before, use_inner_text=True, timeout=10_000)
    assert await row.evaluate("(row) => row.mine") == "the same element"
