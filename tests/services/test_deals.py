"""Deals on a whole platform in memory: who may, who owns, what becomes of a slot."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
import pytest_asyncio

from domain.deal.events import DealWon
from domain.portfolio.state import portfolio_of
from domain.reception import Forbidden, RefNotFound
from projections.deals import DealStanding, deals
from services.deals import Credit, DealClosed, LostReason, Money, NewDeal, SplitInvalid, Win
from services.ports import Receipt
from tests.people import ACME, GLOBEX, LINE, MONDAY, an_id, days
from tests.services.office import Office, an_office

DEAL, VISIT, CLAIM = an_id(1), an_id(2), an_id(3)
OPEN = NewDeal(ACME, DEAL)
WIN = Win(DEAL, amount=Money(100, "CNY"), gross_margin=Money(30, "CNY"), none_reason="by telephone")


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as office:
        await office.register(ACME, "上海蓝海贸易有限公司")
        yield office


async def opened(office: Office, deal: NewDeal = OPEN, *, by: str = "anna") -> Receipt:
    desk = office.platform.deals
    return await office.ask(by, "deal.open", lambda context: desk.open(deal, context))


async def won(office: Office, win: Win = WIN, *, by: str = "anna") -> DealWon:
    desk = office.platform.deals
    before = await office.position()
    await office.ask(by, "deal.win", lambda context: desk.win(win, context))
    (event,) = [one.event for one in await office.platform.log.page(before, 1)]
    assert isinstance(event, DealWon)
    return event


async def claimed(office: Office, by: str) -> None:
    desk = office.platform.ownership
    await office.ask(by, "ownership.claim", lambda context: desk.claim(ACME, LINE, context, claim_id=CLAIM))


async def slots(office: Office, rep_id: str) -> frozenset[UUID]:
    stream = portfolio_of(rep_id)
    return (await office.platform.deals._pasts.look([stream])).past.of(stream).claims  # pyright: ignore[reportPrivateUsage] - the state itself


async def test_a_deal_is_opened_for_the_one_who_asks_with_the_team_of_the_day(office: Office) -> None:
    receipt = await opened(office, replace(OPEN, deal_id=None))
    (row,) = await office.platform.store.select(deals, {"rep_id": "anna"})
    assert receipt.answer == {"deal_id": str(row.row.deal_id)}
    assert (row.row.standing, row.row.team_id) == (DealStanding.OPEN, "east")


async def test_a_deal_is_about_a_customer_that_there_is_or_about_none(office: Office) -> None:
    with pytest.raises(RefNotFound):
        await opened(office, replace(OPEN, customer_id=GLOBEX))
    await opened(office, replace(OPEN, customer_id=None))
    with pytest.raises(RefNotFound):
        await won(office, replace(WIN, customer_id=GLOBEX))


async def test_reps_speak_for_themselves_and_managers_for_their_line(office: Office) -> None:
    with pytest.raises(Forbidden):
        await opened(office, replace(OPEN, rep_id="bruno"))
    with pytest.raises(Forbidden):
        await opened(office, replace(OPEN, rep_id="anna"), by="lin")
    await opened(office, replace(OPEN, rep_id="anna"), by="mei")
    with pytest.raises(Forbidden):
        await won(office, by="bruno")
    assert (await won(office, by="ops")).rep_id == "anna"


async def test_a_won_customer_takes_no_slot_of_its_owner(office: Office) -> None:
    await claimed(office, "anna")
    await opened(office)
    assert await slots(office, "anna") == {CLAIM}
    event = await won(office)
    assert (event.owner_id, event.claim_id, event.flags) == ("anna", CLAIM, ())
    assert await slots(office, "anna") == frozenset()
    assert (await office.names())[-2:] == ["portfolio.slot_released", "ownership.won_protected"]


async def test_winning_the_customer_of_another_is_taken_and_noticed(office: Office) -> None:
    await claimed(office, "bruno")
    await opened(office)
    event = await won(office)
    assert (event.owner_id, event.flags) == ("bruno", ("NOT_OWNER",))
    recorded = await office.platform.log.page(0, 500)
    assert [one.envelope.flags for one in recorded if one.envelope.name == "deal.deal_won"] == [("NOT_OWNER",)]


async def test_a_claim_that_is_over_is_nobodys(office: Office) -> None:
    await claimed(office, "bruno")
    await opened(office)
    office.clock.hour = MONDAY + days(5)
    assert (await won(office)).owner_id is None


async def test_an_import_of_the_past_accuses_nobody(office: Office) -> None:
    await claimed(office, "bruno")
    desk, then = office.platform.deals, MONDAY - days(300)
    old = replace(OPEN, rep_id="anna")
    await office.ask("ops", "deal.open", lambda context: desk.open(old, context), occurred_at=then, as_history=True)
    await office.ask("ops", "deal.win", lambda context: desk.win(WIN, context), occurred_at=then, as_history=True)
    (row,) = await office.platform.store.select(deals, {"deal_id": DEAL})
    assert (row.row.owner_id, row.row.flags, row.row.won_on) == (None, (), then.date())


async def test_the_visits_and_reps_behind_a_deal_are_known(office: Office) -> None:
    await opened(office)
    with pytest.raises(RefNotFound):
        await won(office, replace(WIN, supporting_visits=(VISIT,)))
    with pytest.raises(RefNotFound):
        await won(office, replace(WIN, credits=(Credit("nobody", 10_000),)))


async def test_a_deal_moves_and_is_lost(office: Office) -> None:
    desk = office.platform.deals
    await opened(office)
    await office.ask("anna", "deal.advance", lambda context: desk.advance(DEAL, "offer", context))
    await office.ask("anna", "deal.lose", lambda context: desk.lose(DEAL, LostReason.PRICE, context))
    (row,) = await office.platform.store.select(deals, {"deal_id": DEAL})
    assert (row.row.standing, row.row.stage) == (DealStanding.LOST, "offer")
    with pytest.raises(DealClosed):
        await won(office)
    assert (await office.names())[-1] == "submission.decision_refused"


async def test_credit_is_shared_otherwise_by_a_manager(office: Office) -> None:
    desk = office.platform.deals
    await opened(office)
    await won(office)
    halves = (Credit("anna", 5_000), Credit("bruno", 5_000))
    await office.ask("mei", "deal.assign_credit", lambda context: desk.assign_credit(DEAL, halves, "agreed", context))
    (row,) = await office.platform.store.select(deals, {"deal_id": DEAL})
    assert (row.row.credit_reps, row.row.credit_minor) == (("anna", "bruno"), (50, 50))
    with pytest.raises(SplitInvalid):
        await office.ask(
            "mei", "deal.assign_credit", lambda context: desk.assign_credit(DEAL, halves[:1], "agreed", context)
        )


async def test_a_deal_that_nobody_opened_is_not_found(office: Office) -> None:
    with pytest.raises(RefNotFound):
        await won(office)
