"""The desk for targets on a whole platform in memory: who may ask, what is kept, what each answer says."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, datetime

import pytest
import pytest_asyncio

from domain.reception import ApprovalRequired, Forbidden, RefNotFound, RetroactiveForbidden, SelfApproval
from services.approvals import Purpose, Question
from services.organisation import NewRep, NewTeam
from services.platform import Platform, in_memory
from services.ports import Context
from services.target_questions import Change
from services.targets import Amendment, AmendmentReason, IronTarget, NewTarget, PeriodKind, TargetOverlap
from tests.people import SHANGHAI, an_id, at
from tests.services.field_office import Conversations

MARCH, OTHER, YES = an_id(300), an_id(301), an_id(302)
FIRST, LAST, TWELFTH = date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 12)
JOINED, TENTH = at("01-05 09:00"), at("03-10 09:00")
VISITS = NewTarget("rep:anna", "visits", PeriodKind.MONTH, FIRST, LAST, 60, "anna", MARCH)
FEWER = Amendment(MARCH, 50, TWELFTH, AmendmentReason.TERRITORY, "15 of 22 workdays are left", "director")


@dataclass
class Office:
    """Anna answers to Mei, and Mei to the director; Otto leads nobody."""

    platform: Platform
    hours: Conversations

    def asks(self, who: str, hour: datetime = TENTH) -> Context:
        """Somebody asks in the role that is theirs."""
        role = {"anna": "rep", "ops": "ops"}.get(who, "manager")
        return replace(self.hours.at(hour, who, role), asked="target.set")

    async def head(self) -> int:
        """The position at which the read models have everything."""
        return await self.platform.settle()


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    """A morning in March."""
    platform, hours = in_memory(now=lambda: TENTH), Conversations()
    await platform.prepare()
    desk = platform.organisation

    def ops() -> Context:
        return hours.at(JOINED, "ops", "ops")

    await desk.add_team(NewTeam("east", "East", SHANGHAI), ops())
    for rep_id, manager in (("director", None), ("mei", "director"), ("anna", "mei"), ("otto", "director")):
        rep = NewRep(rep_id=rep_id, team_id="east", zone=SHANGHAI, manager_id=manager, display_name=None)
        await desk.add_rep(rep, ops())
    yield Office(platform, hours)
    await platform.close()


async def test_a_target_is_set_accepted_and_amended_and_the_ledger_shows_it(office: Office) -> None:
    desk = office.platform.targets
    assert (await desk.set(VISITS, office.asks("mei"))).answer == {"target_id": str(MARCH)}
    await desk.accept(MARCH, office.asks("anna"))
    await desk.amend(FEWER, office.asks("mei"))
    row = await office.platform.target_questions.one(MARCH, at=await office.head())
    assert [row.qty_on(day) for day in (FIRST, date(2026, 3, 11), TWELFTH, LAST)] == [60, 60, 50, 50]


async def test_a_target_that_gets_no_id_is_given_one(office: Office) -> None:
    receipt = await office.platform.targets.set(replace(VISITS, target_id=None), office.asks("mei"))
    (row,) = await office.platform.target_questions.all(at=await office.head(), subject="rep:anna")
    assert receipt.answer == {"target_id": str(row.target_id)}


async def test_a_rep_proposes_and_whoever_leads_sets(office: Office) -> None:
    desk = office.platform.targets
    await desk.propose(VISITS, office.asks("anna"))
    for who in ("anna", "otto"):
        with pytest.raises(Forbidden):
            await desk.set(VISITS, office.asks(who))
    await desk.set(replace(VISITS, qty=65), office.asks("mei"))
    row = await office.platform.target_questions.one(MARCH, at=await office.head())
    assert (row.qty, row.proposed_by, row.set_by) == (65, "anna", "mei")


async def test_who_stands_further_up_and_who_keeps_house_set_too(office: Office) -> None:
    await office.platform.targets.set(VISITS, office.asks("director"))
    april = replace(VISITS, from_day=date(2026, 4, 1), to_day=date(2026, 4, 30), target_id=OTHER)
    assert (await office.platform.targets.set(april, office.asks("ops"))).outcome == "accepted"


async def test_the_second_target_of_a_month_is_refused_and_the_no_is_kept(office: Office) -> None:
    await office.platform.targets.set(VISITS, office.asks("mei"))
    before = (await office.platform.log.head()).position
    with pytest.raises(TargetOverlap):
        await office.platform.targets.set(replace(VISITS, target_id=OTHER), office.asks("mei"))
    (kept,) = await office.platform.log.page(before, 10)
    assert kept.envelope.name == "submission.decision_refused"


async def test_a_refused_amendment_is_in_the_history_with_who_wanted_what(office: Office) -> None:
    desk = office.platform.targets
    await desk.set(VISITS, office.asks("mei"))
    with pytest.raises(RetroactiveForbidden) as caught:
        await desk.amend(replace(FEWER, effective_from=FIRST), office.asks("mei"))
    assert caught.value.receipt is not None
    head = await office.head()
    first, refused = await office.platform.target_questions.history(MARCH, at=head)
    assert (first.change, first.came_to_be) == (Change.SET, True)
    assert (refused.came_to_be, refused.code, refused.by) == (False, "RETROACTIVE_FORBIDDEN", "mei")
    assert (refused.old_qty, refused.new_qty, refused.effective_from) == (60, 50, FIRST)
    assert (await office.platform.target_questions.one(MARCH, at=head)).qty == 60


async def test_nobody_approves_an_amendment_of_their_own(office: Office) -> None:
    await office.platform.targets.set(VISITS, office.asks("mei"))
    for approver in ("mei", "anna"):
        with pytest.raises(SelfApproval):
            await office.platform.targets.amend(replace(FEWER, approver=approver), office.asks("mei"))


async def test_an_iron_target_is_neither_amended_nor_closed_in_its_period(office: Office) -> None:
    await office.platform.targets.set(replace(VISITS, iron=True), office.asks("mei"))
    with pytest.raises(IronTarget):
        await office.platform.targets.amend(FEWER, office.asks("mei"))
    with pytest.raises(IronTarget):
        await office.platform.targets.close(MARCH, office.asks("mei"))


async def test_a_locked_target_moves_by_an_approval_and_not_by_a_name(office: Office) -> None:
    desk = office.platform.targets
    await desk.set(VISITS, office.asks("mei"))
    await desk.lock(MARCH, office.asks("mei"))
    with pytest.raises(ApprovalRequired):
        await desk.amend(FEWER, office.asks("mei"))
    question = Question("anna", Purpose.AMENDMENT, str(MARCH), "the north took half of it")
    await office.platform.approvals.grant(question, office.asks("director"), approval_id=YES)
    receipt = await desk.amend(replace(FEWER, approval_id=YES), office.asks("mei"))
    assert [event.type for event in receipt.events] == ["target.target_amended", "approval.approval_used"]


async def test_today_is_the_date_where_the_rep_works(office: Office) -> None:
    await office.platform.targets.set(VISITS, office.asks("mei"))
    late_evening, midnight = at("03-12 23:59"), at("03-13 00:00")
    assert (await office.platform.targets.amend(FEWER, office.asks("mei", late_evening))).outcome == "accepted"
    with pytest.raises(RetroactiveForbidden):
        await office.platform.targets.amend(replace(FEWER, qty=40), office.asks("mei", midnight))


async def test_what_nobody_set_and_whom_nobody_knows_is_not_found(office: Office) -> None:
    desk = office.platform.targets
    head = await office.head()
    for asked in (
        desk.accept(OTHER, office.asks("anna")),
        desk.lock(OTHER, office.asks("mei")),
        desk.amend(replace(FEWER, target_id=OTHER), office.asks("mei")),
        desk.close(OTHER, office.asks("mei")),
        desk.set(replace(VISITS, subject="rep:nobody"), office.asks("ops")),
        desk.set(replace(VISITS, subject="team:nowhere"), office.asks("mei")),
        desk.set(replace(VISITS, responsible_id="nobody"), office.asks("mei")),
        office.platform.target_questions.one(OTHER, at=head),
        office.platform.target_questions.history(OTHER, at=head),
    ):
        with pytest.raises(RefNotFound):
            await asked


async def test_asking_the_same_again_writes_nothing(office: Office) -> None:
    desk = office.platform.targets
    await desk.set(VISITS, office.asks("mei"))
    before = (await office.platform.log.head()).position
    receipt = await desk.set(VISITS, office.asks("mei"))
    assert (receipt.outcome, receipt.events) == ("accepted", ())
    assert (await office.platform.log.head()).position == before


async def test_an_earlier_position_shows_the_target_of_then(office: Office) -> None:
    set_at = (await office.platform.targets.set(VISITS, office.asks("mei"))).position
    await office.platform.targets.amend(FEWER, office.asks("mei"))
    await office.head()
    questions = office.platform.target_questions
    assert (await questions.one(MARCH, at=set_at)).qty == 60
    assert len(await questions.history(MARCH, at=set_at)) == 1
    with pytest.raises(RefNotFound):
        await questions.one(MARCH, at=set_at - 2)


async def test_targets_are_found_by_a_day_and_told_a_page_at_a_time(office: Office) -> None:
    for n in range(3):
        day = date(2026, 3, 20 + n)
        one = NewTarget("rep:anna", "visits", PeriodKind.DAY, day, day, n, "anna", an_id(310 + n))
        await office.platform.targets.set(one, office.asks("mei"))
    await office.platform.targets.set(VISITS, office.asks("mei"))
    head, questions = await office.head(), office.platform.target_questions
    page = await questions.all(at=head, period=PeriodKind.DAY, limit=2)
    rest = await questions.all(at=head, period=PeriodKind.DAY, after=(page[-1].from_day, page[-1].target_id), limit=2)
    assert [row.qty for row in (*page, *rest)] == [0, 1, 2]
    that_day = await questions.all(at=head, on=date(2026, 3, 21))
    assert {row.qty for row in that_day} == {60, 1}
