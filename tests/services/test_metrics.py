"""Figures by business date, as of any position."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as some

from domain.reception import Malformed, RefNotFound
from domain.values import in_bp
from services.deals import Credit, LostReason, NewDeal, Win
from services.metrics import Figures
from tests.people import an_id, at
from tests.services.office import Carry, Office, an_office

A, B, C, D = (an_id(n) for n in range(1, 5))


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as office:
        yield office


async def registered(office: Office, customer_id: UUID, channel: str | None, on: str) -> None:
    await office.register(customer_id, f"客户{customer_id.int % 1000}号", channel=channel, at=at(f"{on} 09:00"))


async def bought(office: Office, customer_id: UUID | None, deal: int, on: str, *, rep: str = "anna") -> None:
    await opened(office, customer_id, deal, on, rep)
    desk, hour = office.platform.deals, at(f"{on} 18:00")
    win = Win(an_id(deal), unknown_reason="not told", none_reason="not told")
    await history(office, hour, "deal.win", lambda context: desk.win(win, context))


async def lost(office: Office, deal: int, on: str, *, rep: str = "anna") -> None:
    await opened(office, None, deal, on, rep)
    desk = office.platform.deals
    await history(
        office, at(f"{on} 18:00"), "deal.lose", lambda context: desk.lose(an_id(deal), LostReason.PRICE, context)
    )


async def opened(office: Office, customer_id: UUID | None, deal: int, on: str, rep: str) -> None:
    desk, said = office.platform.deals, NewDeal(customer_id, an_id(deal), rep)
    await history(office, at(f"{on} 10:00"), "deal.open", lambda context: desk.open(said, context))


async def history(office: Office, hour: datetime, asked: str, carry: Carry) -> None:
    await office.ask("ops", asked, carry, occurred_at=hour, as_history=True)


def lines(figures: Figures) -> list[tuple[str | None, int, int, int | None]]:
    return [(item.of, item.numerator, item.denominator, item.value_bp) for item in figures.items]


async def figures(office: Office, name: str, **where: Any) -> Figures:  # noqa: ANN401 - what can be asked
    position = where.pop("at", None) or await office.position()
    return await office.platform.metrics.figures(name, at=position, **where)


async def a_quarter(office: Office) -> None:
    await registered(office, A, "search", "01-05")
    await registered(office, B, "search", "01-20")
    await registered(office, C, None, "02-01")
    await registered(office, D, "social", "02-10")
    await bought(office, A, 11, "02-10")
    await bought(office, A, 12, "02-11", rep="bruno")
    await bought(office, C, 13, "02-01", rep="bruno")


async def test_conversion_by_source_counts_each_customer_once_and_keeps_the_empty_source(office: Office) -> None:
    await a_quarter(office)
    by_source = await figures(office, "lead_conversion", by="source")
    assert lines(by_source) == [("search", 1, 2, 5_000), ("social", 0, 1, 0), (None, 1, 1, 10_000)]
    assert (by_source.by, by_source.definition.name, by_source.position) == (
        "source",
        "lead_conversion",
        await office.position(),
    )


async def test_conversion_by_rep_goes_to_whoever_won_first(office: Office) -> None:
    await a_quarter(office)
    assert lines(await figures(office, "lead_conversion", by="rep")) == [
        ("anna", 1, 1, 10_000),
        ("bruno", 1, 1, 10_000),
        (None, 0, 2, 0),
    ]


async def test_a_customer_who_did_not_buy_counts_for_whoever_found_it(office: Office) -> None:
    await office.register(A, "客户一号", by="anna")
    await office.register(B, "客户二号", by="anna")
    desk, said = office.platform.deals, NewDeal(A, an_id(11))
    win = Win(an_id(11), unknown_reason="x", none_reason="x", credits=(Credit("anna", 4_000), Credit("bruno", 6_000)))
    await office.ask("anna", "deal.open", lambda context: desk.open(said, context))
    await office.ask("anna", "deal.win", lambda context: desk.win(win, context))
    assert lines(await figures(office, "lead_conversion", by="rep")) == [("anna", 0, 1, 0), ("bruno", 1, 1, 10_000)]


async def test_the_days_of_a_period_are_both_in_it(office: Office) -> None:
    await a_quarter(office)
    for last, expected in (
        (date(2026, 1, 4), (0, 0, None)),
        (date(2026, 1, 5), (0, 1, 0)),
        (date(2026, 2, 1), (1, 3, 3_333)),
        (date(2026, 2, 9), (1, 3, 3_333)),
        (date(2026, 2, 10), (2, 4, 5_000)),
    ):
        assert lines(await figures(office, "lead_conversion", last=last)) == [(None, *expected)]
    since = await figures(office, "lead_conversion", first=date(2026, 1, 20), last=date(2026, 2, 1))
    assert lines(since) == [(None, 1, 2, 5_000)]


async def test_a_figure_as_of_an_earlier_position_is_what_it_was(office: Office) -> None:
    await registered(office, A, "search", "01-05")
    before = await office.position()
    await bought(office, A, 11, "01-10")
    assert lines(await figures(office, "lead_conversion", at=before)) == [(None, 0, 1, 0)]
    assert lines(await figures(office, "lead_conversion")) == [(None, 1, 1, 10_000)]


async def test_a_deal_without_a_registered_customer_converts_nobody(office: Office) -> None:
    await registered(office, A, "search", "01-05")
    await bought(office, A, 11, "01-04")
    assert lines(await figures(office, "lead_conversion", last=date(2026, 1, 4))) == [(None, 0, 0, None)]


async def test_the_win_rate_is_of_decided_deals_and_tells_how_many_are_open(office: Office) -> None:
    await registered(office, A, None, "01-05")
    await bought(office, A, 11, "01-10")
    await lost(office, 12, "01-11")
    await lost(office, 13, "01-12", rep="bruno")
    await opened(office, None, 14, "01-10", "bruno")
    by_rep = await figures(office, "deal_win_rate", by="rep")
    assert lines(by_rep) == [("anna", 1, 2, 5_000), ("bruno", 0, 1, 0)]
    assert [item.excluded for item in by_rep.items] == [{"open": 0}, {"open": 1}]
    assert lines(await figures(office, "deal_win_rate", by="team")) == [("east", 1, 3, 3_333)]
    assert lines(await figures(office, "deal_win_rate")) == [(None, 1, 3, 3_333)]


async def test_the_win_rate_of_a_period_leaves_out_what_was_decided_after_it(office: Office) -> None:
    desk = office.platform.deals
    await registered(office, A, None, "01-05")
    await opened(office, A, 11, "01-10", "anna")
    win = Win(an_id(11), unknown_reason="x", none_reason="x")
    await history(office, at("02-01 18:00"), "deal.win", lambda context: desk.win(win, context))
    (january,) = (await figures(office, "deal_win_rate", last=date(2026, 1, 31))).items
    assert (january.numerator, january.denominator, january.value_bp, january.excluded) == (0, 0, None, {"open": 1})
    (before,) = (await figures(office, "deal_win_rate", last=date(2026, 1, 9))).items
    assert before.excluded == {"open": 0}
    (february,) = (await figures(office, "deal_win_rate", first=date(2026, 2, 1), last=date(2026, 2, 1))).items
    assert (february.numerator, february.n, february.excluded) == (1, 1, {"open": 0})


async def test_nothing_was_measured_yet(office: Office) -> None:
    assert lines(await figures(office, "lead_conversion")) == [(None, 0, 0, None)]
    assert lines(await figures(office, "lead_conversion", by="source")) == []
    assert lines(await figures(office, "deal_win_rate")) == [(None, 0, 0, None)]
    assert lines(await figures(office, "deal_win_rate", by="rep")) == []


async def test_what_is_not_measured_is_not_found(office: Office) -> None:
    with pytest.raises(RefNotFound):
        await figures(office, "happiness")
    for name, by in (("lead_conversion", "team"), ("deal_win_rate", "source")):
        with pytest.raises(Malformed):
            await figures(office, name, by=by)


@given(some.integers(0, 10**6), some.integers(1, 10**6))
def test_a_share_is_rounded_half_up(part: int, whole: int) -> None:
    share = in_bp(part, whole)
    assert share is not None
    assert -whole < 2 * (share * whole - 10_000 * part) <= whole
    assert in_bp(part, 0) is None
