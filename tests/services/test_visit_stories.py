"""Audit stories told with a clock, on a whole platform in memory: desks, policies, timers, read models."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
import pytest_asyncio

from domain.claiming.decisions import InGrace
from domain.envelope import Actor, Device
from domain.reception import BackdateLimit
from services import platform as platforms
from services.approvals import Purpose, Question
from services.customers import ContactRole, ContactSaid, CustomerKind, GivenPlace, Registration, Source, SourceMethod
from services.organisation import NewRep, NewTeam
from services.platform import Platform
from services.ports import Context, Receipt
from services.reception import Asking
from services.told_time import ToldTime
from services.visits import Attachment, NextStep, Sighting, Verdict, VisitTold
from tests.domain.visit.visits import DOOR, LI, PHOTO, REPORT, VISIT
from tests.people import ACME, LINE, SHANGHAI, an_id, at

FOUR = at("03-17 16:00")
NINE = at("03-18 09:00")


@dataclass
class Story:
    """A platform, its clock, and whoever asks."""

    platform: Platform
    clock: ToldTime
    numbers: "count[int]"

    async def ask(
        self,
        hour: datetime,
        who: str,
        asked: str,
        carry: Callable[[Context], Awaitable[Receipt]],
        *,
        occurred_at: datetime | None = None,
        approval_id: UUID | None = None,
        device: Device | None = None,
    ) -> Receipt:
        """Somebody asks at an hour; before it, everything that was due happens."""
        await self.until(hour)
        role = {"ops": "ops", "mei": "manager"}.get(who, "rep")
        number = str(next(self.numbers))
        asking = Asking(
            asked=asked,
            actor=Actor(who, role),
            source="/story",
            id=number,
            content=number.encode(),
            correlation_id=number,
            occurred_at=occurred_at,
            approval_id=approval_id,
            device=device,
        )
        receipt = await self.platform.reception.submit(asking, carry)
        await self.platform.settle()
        return receipt

    async def until(self, hour: datetime) -> None:
        """Time passes."""
        self.clock.hour = hour
        await self.platform.settle()
        await self.platform.clockwork.tick(hour)
        await self.platform.settle()

    async def check_in(
        self,
        hour: datetime,
        visit_id: UUID,
        *,
        metres_off: int = 0,
        sent_at: datetime | None = None,
        device: Device | None = None,
        clock_says: datetime | None = None,
    ) -> None:
        """Anna's phone says where it is; `sent_at` where that arrives later, `device` where it can show the hour."""
        geo = replace(DOOR, lat_e7=DOOR.lat_e7 + round(metres_off / 111_195 * 1e7))
        desk = self.platform.visits
        await self.ask(
            sent_at or hour,
            "anna",
            "visit.check_in",
            lambda context: desk.check_in(Sighting(visit_id, ACME, geo), context),
            occurred_at=clock_says or hour,
            device=device,
        )

    def counted(self, hour: datetime, sent_at: datetime) -> Device:
        """What Anna's phone counted from its sync an hour before, when it sends."""
        synced, step = hour - timedelta(hours=1), timedelta(milliseconds=1)
        signed = self.platform.devices.signed("phone-17", "anna", "b1", synced)
        return Device("phone-17", "b1", (hour - synced) // step, (sent_at - synced) // step, signed, 1)

    async def tell(
        self, hour: datetime, started_at: datetime, visit_id: UUID, *, approval_id: UUID | None = None, need: str
    ) -> Receipt:
        """Anna tells of an hour with Li."""
        step = NextStep("call", date(2026, 4, 30), "anna")
        discovery = replace(REPORT.discovery, need=need) if REPORT.discovery else None
        report = replace(
            REPORT,
            started_at=started_at,
            ended_at=started_at + timedelta(hours=1),
            next_step=step,
            discovery=discovery,
            attachments=(Attachment(PHOTO, 9_000, "image/jpeg", started_at),),
        )
        told = VisitTold(visit_id, ACME, report)
        return await self.ask(
            hour,
            "anna",
            "visit.record",
            lambda context: self.platform.visits.record(told, context),
            occurred_at=started_at,
            approval_id=approval_id,
        )

    async def approve(self, hour: datetime, purpose: Purpose, content_hash: str | None = None) -> UUID:
        """Mei says yes."""
        question = Question("anna", purpose, str(VISIT), "I know it is so.", content_hash)
        receipt = await self.ask(
            hour, "mei", "approval.grant", lambda context: self.platform.approvals.grant(question, context)
        )
        return UUID(str(receipt.answer["approval_id"]))

    async def verdict(self, visit_id: UUID = VISIT) -> tuple[Verdict | None, tuple[str, ...]]:
        """What a visit was found to be."""
        row = await self.platform.visits.visit(visit_id)
        return row.verdict, row.failed

    async def protected_until(self) -> datetime | None:
        """Until when Acme is anybody's."""
        rows = await self.platform.deadlines.due(at("12-31 00:00"))
        return rows[0].protected_until if rows else None


@pytest_asyncio.fixture
async def story() -> AsyncIterator[Story]:
    """Anna claimed Acme on Monday 2 March and visited it the same day: protected until 18 March."""
    clock = platforms.told_time(at("03-02 08:00"))
    ids = count(50_000)
    platform = platforms.in_memory(now=clock, new_id=lambda: an_id(next(ids)))
    async with platform.started(clock=False):
        story = Story(platform, clock, count(1))
        await begin(story)
        yield story
    await platform.close()


async def begin(story: Story) -> None:
    """The people, the customer, the claim, the first visit."""
    morning, desks = at("03-02 08:00"), story.platform
    team = NewTeam("east", "East", SHANGHAI)
    await story.ask(morning, "ops", "org.add_team", lambda c: desks.organisation.add_team(team, c))
    for rep in (NewRep("mei", "east"), *(NewRep(name, "east", manager_id="mei") for name in ("anna", "bruno"))):
        await story.ask(morning, "ops", "org.add_rep", lambda c, rep=rep: desks.organisation.add_rep(rep, c))
    acme = Registration(
        CustomerKind.COMPANY,
        "Acme Packaging Ltd",
        "CN",
        Source(SourceMethod.PROSPECTING, None, None, date(2026, 3, 1)),
        customer_id=ACME,
        place=GivenPlace(DOOR.lat_e7, DOOR.lon_e7, "WGS84"),
    )
    await story.ask(morning, "anna", "customer.register", lambda c: desks.customers.register(acme, c))
    li = ContactSaid("Li Na", ContactRole.BUYER, LI)
    await story.ask(morning, "anna", "customer.add_contact", lambda c: desks.customers.add_contact(ACME, li, c))
    await story.ask(at("03-02 09:00"), "anna", "ownership.claim", lambda c: desks.ownership.claim(ACME, LINE, c))
    first = an_id(400)
    await story.check_in(at("03-02 10:00"), first)
    await story.tell(at("03-02 11:30"), at("03-02 10:00"), first, need="two lines")
    assert await story.verdict(first) == (Verdict.EFFECTIVE, ())
    assert await story.protected_until() == at("03-18 00:00")


async def bruno_claims(story: Story, hour: datetime) -> Receipt:
    """Bruno wants Acme."""
    return await story.ask(
        hour, "bruno", "ownership.claim", lambda context: story.platform.ownership.claim(ACME, LINE, context)
    )


async def test_a_visit_typed_in_after_the_lapse_without_a_check_in_keeps_nothing(story: Story) -> None:
    """A5."""
    await story.tell(NINE, FOUR, VISIT, need="three lines")
    assert await story.verdict() == (Verdict.UNDETERMINED, ("PRESENCE",))
    with pytest.raises(InGrace) as caught:
        await bruno_claims(story, at("03-18 10:00"))
    assert caught.value.facts()["claimable_at"] == at("03-19 00:00")
    assert (await bruno_claims(story, at("03-19 00:00"))).outcome == "accepted"


async def test_a_visit_typed_in_after_the_lapse_keeps_the_customer_if_confirmed_before_the_release(
    story: Story,
) -> None:
    """A5, the other way."""
    await story.tell(NINE, FOUR, VISIT, need="three lines")
    await story.approve(at("03-18 23:59"), Purpose.PRESENCE_PHOTO, PHOTO)
    assert await story.verdict() == (Verdict.EFFECTIVE, ())
    assert await story.protected_until() == at("04-02 00:00")


async def test_a_visit_checked_in_before_the_lapse_and_told_in_grace_keeps_the_customer(story: Story) -> None:
    """A6."""
    await story.check_in(FOUR, VISIT, sent_at=NINE, device=story.counted(FOUR, NINE))
    await story.tell(NINE, FOUR, VISIT, need="three lines")
    assert await story.verdict() == (Verdict.EFFECTIVE, ())
    assert await story.protected_until() == at("04-02 00:00")


@pytest.mark.parametrize("clock_says", ["03-10 09:00", "03-17 12:00", "03-18 07:00"])
async def test_a_visit_in_time_keeps_the_customer_whatever_the_clock_of_the_phone_says(
    story: Story, clock_says: str
) -> None:
    await story.check_in(FOUR, VISIT, sent_at=NINE, device=story.counted(FOUR, NINE), clock_says=at(clock_says))
    await story.tell(NINE, FOUR, VISIT, need="three lines")
    assert await story.protected_until() == at("04-02 00:00")


async def test_an_hour_that_only_the_clock_of_the_phone_tells_keeps_nothing(story: Story) -> None:
    """On the next morning Anna goes there, sets her clock back, and says that it was yesterday at four."""
    await story.check_in(FOUR, VISIT, sent_at=NINE)
    await story.tell(NINE, FOUR, VISIT, need="three lines")
    assert await story.verdict() == (Verdict.EFFECTIVE, ())
    assert await story.protected_until() == at("03-18 00:00")


async def test_a_visit_after_the_lapse_keeps_nothing_though_the_phone_can_show_its_hour(story: Story) -> None:
    seven = at("03-18 07:00")
    await story.check_in(seven, VISIT, sent_at=NINE, device=story.counted(seven, NINE), clock_says=FOUR)
    await story.tell(NINE, FOUR, VISIT, need="three lines")
    assert await story.protected_until() == at("03-18 00:00")


async def test_a_visit_nine_days_old_is_history_only_and_needs_an_approval(story: Story) -> None:
    """A8."""
    late = FOUR + timedelta(days=9)
    with pytest.raises(BackdateLimit):
        await story.tell(late, FOUR, VISIT, need="three lines")
    yes = await story.approve(late, Purpose.BACKDATE)
    receipt = await story.tell(late, FOUR, VISIT, approval_id=yes, need="three lines")
    assert "LATE_APPROVED" in receipt.flags
    verdict, failed = await story.verdict()
    assert (verdict, "LATE" in failed) == (Verdict.NOT, True)


async def test_a_visit_off_by_a_wrong_label_is_open_until_a_manager_confirms_its_photo(story: Story) -> None:
    """A33."""
    await story.check_in(at("03-17 10:00"), VISIT, metres_off=480)
    await story.tell(at("03-17 12:00"), at("03-17 10:00"), VISIT, need="three lines")
    assert await story.verdict() == (Verdict.UNDETERMINED, ("PRESENCE",))
    await story.approve(at("03-17 15:00"), Purpose.PRESENCE_PHOTO, PHOTO)
    assert await story.verdict() == (Verdict.EFFECTIVE, ())
    assert await story.protected_until() == at("04-02 00:00")


async def test_an_open_visit_settles_after_five_workdays_by_the_clock_alone(story: Story) -> None:
    await story.tell(at("03-10 12:00"), at("03-10 10:00"), VISIT, need="three lines")
    await story.until(at("03-17 23:59"))
    assert await story.verdict() == (Verdict.UNDETERMINED, ("PRESENCE",))
    await story.until(at("03-18 00:00"))
    assert await story.verdict() == (Verdict.NOT, ("PRESENCE",))
