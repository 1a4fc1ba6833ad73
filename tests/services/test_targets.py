"""Targets on a whole platform in memory: who may, whose day it is, what is kept of a no."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from domain.reception import ApprovalRequired, Forbidden, RefNotFound, RetroactiveForbidden, SelfApproval
from services.approvals import Purpose, Question
from services.organisation import NewRep
from services.ports import Receipt
from services.target_questions import Change
from services.targets import Amendment, AmendmentReason, IronTarget, NewTarget, PeriodKind, Standing, TargetOverlap
from tests.people import MONDAY, an_id, days
from tests.services.office import Carry, Office, an_office

TARGET, OTHER, APPROVAL = an_id(1), an_id(2), an_id(3)
MARCH = NewTarget(
    "rep:anna", "visits", PeriodKind.MONTH, date(2026, 3, 1), date(2026, 3, 31), 60, "anna", target_id=TARGET
)
LESS = Amendment(TARGET, 50, date(2026, 3, 9), AmendmentReason.LEAVE, "60 × 17/21", approver="director")


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as office:
        yield office


async def set_target(office: Office, target: NewTarget = MARCH, *, by: str = "mei") -> Receipt:
    desk = office.platform.targets
    return await office.ask(by, "target.set", lambda context: desk.set(target, context))


async def amend(office: Office, amendment: Amendment = LESS, *, by: str = "mei") -> Receipt:
    desk = office.platform.targets
    return await office.ask(by, "target.amend", lambda context: desk.amend(amendment, context))


async def history(office: Office) -> list[tuple[Change, bool, str | None]]:
    rows = await office.platform.target_questions.history(TARGET, at=await office.position())
    return [(row.change, row.came_to_be, row.code) for row in rows]


async def test_a_target_goes_from_a_reps_proposal_to_a_locked_one(office: Office) -> None:
    desk = office.platform.targets
    await office.ask("anna", "target.propose", lambda context: desk.propose(MARCH, context))
    await set_target(office, replace(MARCH, qty=70))
    await office.ask("anna", "target.accept", lambda context: desk.accept(TARGET, context))
    await office.ask("mei", "target.lock", lambda context: desk.lock(TARGET, context))
    row = await office.platform.target_questions.one(TARGET, at=await office.position())
    assert (row.standing, row.qty, row.accepted_at is None, row.locked_at is None) == (Standing.SET, 70, False, False)
    assert [change for change, _, _ in await history(office)] == [
        Change.PROPOSED,
        Change.SET,
        Change.ACCEPTED,
        Change.LOCKED,
    ]


async def test_only_whoever_leads_sets_a_target_and_only_the_rep_accepts_it(office: Office) -> None:
    desk = office.platform.targets
    with pytest.raises(Forbidden):
        await set_target(office, by="lin")
    with pytest.raises(Forbidden):
        await set_target(office, by="anna")
    await set_target(office)
    with pytest.raises(Forbidden):
        await office.ask("bruno", "target.accept", lambda context: desk.accept(TARGET, context))


async def test_what_a_target_refers_to_is_there(office: Office) -> None:
    for wrong in (
        replace(MARCH, subject="rep:nobody"),
        replace(MARCH, subject="team:nowhere"),
        replace(MARCH, responsible_id="nobody"),
        replace(MARCH, parent_id=OTHER),
    ):
        with pytest.raises(RefNotFound):
            await set_target(office, wrong)
    with pytest.raises(RefNotFound):
        await amend(office)


async def test_two_targets_for_the_same_days_at_once_are_one(office: Office) -> None:
    done = await asyncio.gather(
        set_target(office), set_target(office, replace(MARCH, target_id=OTHER)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Receipt", "TargetOverlap"]
    with pytest.raises(TargetOverlap):
        await set_target(office, replace(MARCH, target_id=an_id(9)))


async def test_an_amendment_counts_from_its_day_and_earlier_days_keep_what_they_had(office: Office) -> None:
    questions = office.platform.target_questions
    await set_target(office)
    before = await office.position()
    await amend(office)
    now, then = await questions.one(TARGET, at=await office.position()), await questions.one(TARGET, at=before)
    assert [now.qty_on(date(2026, 3, day)) for day in (8, 9)] == [60, 50]
    assert then.qty_on(date(2026, 3, 9)) == 60


async def test_every_no_to_an_amendment_stays_in_the_history(office: Office) -> None:
    await set_target(office)
    for wrong, reason in (
        (replace(LESS, effective_from=date(2026, 3, 1)), RetroactiveForbidden),
        (replace(LESS, approver="mei"), SelfApproval),
        (replace(LESS, approver=None), ApprovalRequired),
    ):
        with pytest.raises(reason):
            await amend(office, wrong)
    assert (await history(office))[1:] == [
        (Change.AMENDMENT_REFUSED, False, "RETROACTIVE_FORBIDDEN"),
        (Change.AMENDMENT_REFUSED, False, "SELF_APPROVAL"),
        (Change.AMENDMENT_REFUSED, False, "APPROVAL_REQUIRED"),
    ]


async def test_an_approver_stands_above_the_rep(office: Office) -> None:
    await set_target(office)
    with pytest.raises(Forbidden):
        await amend(office, replace(LESS, approver="lin"))


async def test_today_is_the_day_where_the_rep_works(office: Office) -> None:
    """When it is Monday evening in London, it is Tuesday in Shanghai."""
    desk = office.platform.organisation
    carla = NewRep("carla", "east", zone="Europe/London", manager_id="mei")
    await office.ask("ops", "org.add_rep", lambda context: desk.add_rep(carla, context))
    await set_target(office)
    theirs = replace(MARCH, subject="rep:carla", responsible_id="carla", target_id=OTHER)
    await set_target(office, theirs)
    office.clock.hour = MONDAY + timedelta(hours=22)
    second = date(2026, 3, 2)
    await amend(office, replace(LESS, target_id=OTHER, effective_from=second))
    with pytest.raises(RetroactiveForbidden):
        await amend(office, replace(LESS, effective_from=second))


async def test_a_locked_target_needs_an_approval_that_is_used_once(office: Office) -> None:
    await set_target(office)
    desk, approvals = office.platform.targets, office.platform.approvals
    await office.ask("mei", "target.lock", lambda context: desk.lock(TARGET, context))
    with pytest.raises(ApprovalRequired):
        await amend(office)
    asked = Question("anna", Purpose.AMENDMENT, str(TARGET), "she is away")
    await office.ask(
        "director", "approval.grant", lambda context: approvals.grant(asked, context, approval_id=APPROVAL)
    )
    await amend(office, replace(LESS, approval_id=APPROVAL))
    with pytest.raises(ApprovalRequired):
        await amend(office, replace(LESS, qty=40, approval_id=APPROVAL))
    assert (await office.names())[-2:] == ["approval.approval_used", "target.target_amendment_refused"]


async def test_a_teams_target_is_approved_by_whoever_stands_above_the_responsible(office: Office) -> None:
    team = replace(MARCH, subject="team:east", responsible_id="mei")
    await set_target(office, team)
    with pytest.raises(SelfApproval):
        await amend(office, replace(LESS, approver="mei"), by="ops")
    with pytest.raises(Forbidden):
        await amend(office, replace(LESS, approver="lin"), by="ops")
    await amend(office, by="ops")


async def test_above_somebody_who_does_not_sell_any_manager_approves(office: Office) -> None:
    await set_target(office, replace(MARCH, subject="team:west", responsible_id="lin"))
    with pytest.raises(Forbidden):
        await amend(office, replace(LESS, approver="bruno"), by="ops")
    await amend(office, by="ops")


async def test_targets_are_found_by_whose_they_are_what_they_are_about_and_when(office: Office) -> None:
    questions, at = office.platform.target_questions, 10**9
    day = replace(
        MARCH, target_id=OTHER, period=PeriodKind.DAY, from_day=date(2026, 3, 3), to_day=date(2026, 3, 3), qty=3
    )
    await set_target(office)
    await set_target(office, replace(day, parent_id=TARGET))

    async def found(**where: Any) -> list[UUID]:  # noqa: ANN401 - what can be asked
        return [row.target_id for row in await questions.all(at=at, **where)]

    assert await found() == [TARGET, OTHER]
    assert await found(subject="rep:anna", period=PeriodKind.DAY) == [OTHER]
    assert await found(on=date(2026, 3, 4)) == [TARGET]
    assert await found(on=date(2026, 3, 31)) == [TARGET]
    assert await found(parent_id=TARGET) == [OTHER]
    assert await found(subject="rep:bruno") == []
    assert await found(after=(date(2026, 3, 1), TARGET), limit=1) == [OTHER]
    with pytest.raises(RefNotFound):
        await questions.one(an_id(99), at=at)
    with pytest.raises(RefNotFound):
        await questions.history(an_id(99), at=at)


async def test_a_target_is_closed_when_its_days_are_over(office: Office) -> None:
    desk = office.platform.targets
    await set_target(office, replace(MARCH, iron=True))
    office.clock.hour = MONDAY + days(30)
    await office.ask("mei", "target.close", lambda context: desk.close(TARGET, context))
    row = await office.platform.target_questions.one(TARGET, at=await office.position())
    assert row.standing is Standing.CLOSED


async def test_a_target_that_gets_no_id_is_given_one(office: Office) -> None:
    receipt = await set_target(office, replace(MARCH, target_id=None))
    (row,) = await office.platform.target_questions.all(at=await office.position(), subject="rep:anna")
    assert receipt.answer == {"target_id": str(row.target_id)}


async def test_who_stands_further_up_and_who_keeps_house_set_too(office: Office) -> None:
    await set_target(office, by="director")
    april = replace(MARCH, from_day=date(2026, 4, 1), to_day=date(2026, 4, 30), target_id=OTHER)
    assert (await set_target(office, april, by="ops")).outcome == "accepted"


async def test_the_second_target_of_a_month_is_refused_and_the_no_is_kept(office: Office) -> None:
    await set_target(office)
    before = await office.position()
    with pytest.raises(TargetOverlap):
        await set_target(office, replace(MARCH, target_id=OTHER))
    assert await office.names(before) == ["submission.decision_refused"]


async def test_a_refused_amendment_is_in_the_history_with_who_wanted_what(office: Office) -> None:
    first = MARCH.from_day
    await set_target(office)
    with pytest.raises(RetroactiveForbidden) as caught:
        await amend(office, replace(LESS, effective_from=first))
    assert caught.value.receipt is not None
    _, refused = await office.platform.target_questions.history(TARGET, at=await office.position())
    assert (refused.came_to_be, refused.code, refused.by) == (False, "RETROACTIVE_FORBIDDEN", "mei")
    assert (refused.old_qty, refused.new_qty, refused.effective_from) == (60, 50, first)
    assert (await office.platform.target_questions.one(TARGET, at=await office.position())).qty == 60


async def test_nobody_approves_an_amendment_of_their_own(office: Office) -> None:
    await set_target(office)
    for approver in ("mei", "anna"):
        with pytest.raises(SelfApproval):
            await amend(office, replace(LESS, approver=approver))


async def test_an_iron_target_is_neither_amended_nor_closed_in_its_period(office: Office) -> None:
    desk = office.platform.targets
    await set_target(office, replace(MARCH, iron=True))
    with pytest.raises(IronTarget):
        await amend(office)
    with pytest.raises(IronTarget):
        await office.ask("mei", "target.close", lambda context: desk.close(TARGET, context))


async def test_what_nobody_set_is_not_found(office: Office) -> None:
    desk = office.platform.targets
    askings: list[tuple[str, str, Carry]] = [
        ("anna", "target.accept", lambda context: desk.accept(OTHER, context)),
        ("mei", "target.lock", lambda context: desk.lock(OTHER, context)),
        ("mei", "target.amend", lambda context: desk.amend(replace(LESS, target_id=OTHER), context)),
        ("mei", "target.close", lambda context: desk.close(OTHER, context)),
    ]
    for who, asked, carry in askings:
        with pytest.raises(RefNotFound):
            await office.ask(who, asked, carry)


async def test_asking_the_same_again_writes_nothing(office: Office) -> None:
    await set_target(office)
    before = await office.position()
    receipt = await set_target(office)
    assert (receipt.outcome, receipt.events) == ("accepted", ())
    assert await office.position() == before


async def test_an_earlier_position_shows_the_history_of_then(office: Office) -> None:
    nothing_yet = await office.position()
    set_at = (await set_target(office)).position
    await amend(office)
    questions = office.platform.target_questions
    assert len(await questions.history(TARGET, at=set_at)) == 1
    with pytest.raises(RefNotFound):
        await questions.one(TARGET, at=nothing_yet)


async def test_targets_are_told_a_page_at_a_time(office: Office) -> None:
    for n in range(3):
        day = date(2026, 3, 20 + n)
        await set_target(office, NewTarget("rep:anna", "visits", PeriodKind.DAY, day, day, n, "anna", an_id(310 + n)))
    head, questions = await office.position(), office.platform.target_questions
    page = await questions.all(at=head, period=PeriodKind.DAY, limit=2)
    rest = await questions.all(at=head, period=PeriodKind.DAY, after=(page[-1].from_day, page[-1].target_id), limit=2)
    assert [row.qty for row in (*page, *rest)] == [0, 1, 2]
