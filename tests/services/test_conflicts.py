"""Conflicts told with a clock, on a whole platform in memory: opened, heard, ruled, carried out, appealed, reopened."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
import pytest_asyncio

from domain.claiming.decisions import Contested
from domain.conflict.events import CaseKind, RulingIssued
from domain.conflict.refusals import EvidenceLocked
from domain.customer.events import Verdict
from domain.deal.decisions import ChallengeClosed
from domain.deal.events import CreditAdjusted
from domain.device.attestation import entry_of
from domain.device.state import FIRST
from domain.envelope import Actor, Device
from domain.reception import ReasonRequired
from domain.ruling.refusals import (
    AppealClosed,
    ArbiterConflict,
    CaseExists,
    CaseFinal,
    LetterRequired,
    NotParty,
    TooEarly,
)
from projections.deals import deals
from projections.docket import CaseRow, CaseStage
from services import platform as platforms
from services.conflicts import Credit, Evidence, EvidenceKind, NewCase, Ruling
from services.customers import ContactRole, ContactSaid, CustomerKind, GivenPlace, Registration, Source, SourceMethod
from services.deals import Money, NewDeal, Win
from services.organisation import NewRep, NewTeam, RepMove
from services.ownership import Handover, SplitShare
from services.platform import Platform
from services.ports import Context, Receipt
from services.reception import Asking
from services.told_time import ToldTime
from services.visits import ContactRole as MetRole
from services.visits import (
    Correction,
    CorrectionReason,
    Met,
    NextStep,
    Participants,
    Report,
    Sighting,
    Value,
    VisitTold,
)
from tests.domain.visit.visits import DOOR, LI, REPORT
from tests.people import ACME, GLOBEX, LINE, SHANGHAI, an_id, at

MORNING = at("03-02 08:00")
SYNCED = at("03-02 08:30")
"""When Anna's phone had its last answer before she went out of reach."""
ROLES = {"ops": "ops", "mei": "arbiter", "lin": "arbiter", "director": "arbiter", "iris": "auditor"}


@dataclass
class Court:
    """A platform, its clock, and whoever asks: Mei leads Anna and Bruno, the director leads Mei; both may rule."""

    platform: Platform
    clock: ToldTime
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    queues: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])

    def queued(self, who: str, number: str, asked: str, done: datetime, sent: datetime, synced: datetime) -> Device:
        """What a phone out of reach says of something done at an hour, sent later; its last answer was `synced`."""
        device_id = f"phone-{who}"
        seq, before = self.queues.get(device_id, (0, FIRST))
        millisecond = timedelta(milliseconds=1)
        said = Device(
            device_id=device_id,
            boot_id="b1",
            elapsed_ms=(done - synced) // millisecond,
            sent_ms=(sent - synced) // millisecond,
            last_sync=self.platform.devices.signed(device_id, who, "b1", synced),
            queue_seq=seq + 1,
            prev_hash=before,
        )
        entry = entry_of(said, number, asked)
        assert entry is not None
        self.queues[device_id] = (entry.seq, entry.entry_hash)
        return said

    async def ask(
        self,
        hour: datetime,
        who: str,
        asked: str,
        carry: Callable[[Context], Awaitable[Receipt]],
        *,
        role: str | None = None,
        offline: tuple[datetime, datetime] | None = None,
    ) -> Receipt:
        """Somebody asks at an hour; before it, everything that was due happens, and afterwards what follows.

        `offline`: when it was done out of reach, and when the phone had its last answer before.
        """
        await self.until(hour)
        number = str(next(self.numbers))
        asking = Asking(
            asked=asked,
            actor=Actor(who, role or ROLES.get(who, "rep")),
            source="/court",
            id=number,
            content=number.encode(),
            correlation_id=number,
            occurred_at=offline[0] if offline else None,
            device=self.queued(who, number, asked, offline[0], hour, offline[1]) if offline else None,
        )
        try:
            return await self.platform.reception.submit(asking, carry)
        finally:
            await self.platform.settle()

    async def until(self, hour: datetime) -> None:
        """Time passes."""
        self.clock.hour = hour
        await self.platform.settle()
        await self.platform.clockwork.tick(hour)
        await self.platform.settle()

    async def claim(self, hour: datetime, who: str, *, offline: tuple[datetime, datetime] | None = None) -> Receipt:
        desk = self.platform.ownership
        return await self.ask(hour, who, "ownership.claim", lambda c: desk.claim(ACME, LINE, c), offline=offline)

    async def visit_offline(
        self, sent: datetime, who: str, visit_id: UUID, began: datetime, synced: datetime, need: str = "two lines"
    ) -> None:
        """The same out of reach; the phone sends it later."""
        desk, ended = self.platform.visits, began + timedelta(minutes=30)
        await self.ask(
            sent,
            who,
            "visit.check_in",
            lambda c: desk.check_in(Sighting(visit_id, ACME, DOOR), c),
            offline=(began, synced),
        )
        told = VisitTold(visit_id, ACME, self.report(who, began, need))
        await self.ask(sent, who, "visit.record", lambda c: desk.record(told, c), offline=(ended, synced))

    def report(self, who: str, began: datetime, need: str) -> Report:
        """Half an hour with Li."""
        discovery = replace(REPORT.discovery, need=need) if REPORT.discovery else None
        step = NextStep("call", date(2026, 12, 30), who)
        return replace(
            REPORT, started_at=began, ended_at=began + timedelta(minutes=30), next_step=step, discovery=discovery
        )

    async def visit(self, hour: datetime, who: str, visit_id: UUID, need: str = "two lines") -> None:
        """Somebody is with Li for half an hour from then on, checks in at once and tells of it right after."""
        desk = self.platform.visits
        await self.ask(hour, who, "visit.check_in", lambda c: desk.check_in(Sighting(visit_id, ACME, DOOR), c))
        ended, report = hour + timedelta(minutes=30), self.report(who, hour, need)
        await self.ask(ended, who, "visit.record", lambda c: desk.record(VisitTold(visit_id, ACME, report), c))

    async def deal(self, hour: datetime, who: str, deal_id: UUID, minor: int = 100_000) -> None:
        """Somebody sells to Acme."""
        desk = self.platform.deals
        await self.ask(hour, who, "deal.open", lambda c: desk.open(NewDeal(ACME, deal_id), c))
        won = Win(deal_id, amount=Money(minor, "CNY"), gross_margin=Money(1, "CNY"), none_reason="by telephone")
        await self.ask(hour, who, "deal.win", lambda c: desk.win(won, c))

    async def open(self, hour: datetime, who: str, *parties: str, kind: CaseKind = CaseKind.MANUAL) -> UUID:
        desk = self.platform.conflicts
        case = NewCase(kind, ACME, parties, reason="It is mine.")
        receipt = await self.ask(hour, who, "conflict.open", lambda c: desk.open(case, c))
        return UUID(str(receipt.answer["case_id"]))

    async def rule(
        self,
        hour: datetime,
        who: str,
        case_id: UUID,
        *,
        winner_id: str | None = None,
        reason: str | None = None,
        credits: tuple[Credit, ...] | None = None,
    ) -> Receipt:
        said = Ruling(case_id, winner_id, credits, reason)
        return await self.ask(hour, who, "conflict.rule", lambda c: self.platform.conflicts.rule(said, c))

    async def cases(self) -> list[CaseRow]:
        """The docket."""
        return list(await self.platform.conflicts.docket(at=await self.position()))

    async def case(self) -> CaseRow:
        """The only case."""
        (row,) = await self.cases()
        return row

    async def position(self) -> int:
        return (await self.platform.log.head()).position

    async def names(self, after: int = 0) -> list[str]:
        return [one.envelope.name for one in await self.platform.log.page(after, 500)]

    async def owner(self, valid_at: datetime, known_at: int | None = None) -> str | None:
        """Who was entitled, by what was known."""
        known = await self.position() if known_at is None else known_at
        owned = await self.platform.ownership_questions.owned(ACME, LINE, valid_at=valid_at, known_at=known)
        return owned.owner.rep_id if owned.owner else None

    async def credits(self, deal_id: UUID) -> dict[str, int]:
        rows = await self.platform.store.select(deals, {"deal_id": deal_id})
        return dict(zip(rows[0].row.credit_reps, rows[0].row.credit_bp, strict=True))


@pytest_asyncio.fixture
async def court() -> AsyncIterator[Court]:
    clock = platforms.told_time(MORNING)
    ids = count(50_000)
    platform = platforms.in_memory(now=clock, new_id=lambda: an_id(next(ids)))
    async with platform.started(clock=False):
        court = Court(platform, clock)
        await begin(court)
        yield court
    await platform.close()


async def begin(court: Court) -> None:
    desks = court.platform
    org = desks.organisation
    await court.ask(MORNING, "ops", "org.add_team", lambda c: org.add_team(NewTeam("east", "East", SHANGHAI), c))
    await court.ask(MORNING, "ops", "org.grant_role", lambda c: org.grant_role("director", "manager", c))
    people = (
        NewRep("mei", "east", manager_id="director"),
        NewRep("lin", "east", manager_id="director"),
        NewRep("anna", "east", manager_id="mei"),
        NewRep("bruno", "east", manager_id="mei"),
    )
    for rep in people:
        await court.ask(MORNING, "ops", "org.add_rep", lambda c, rep=rep: org.add_rep(rep, c))
    for who in ("mei", "lin", "director"):
        await court.ask(MORNING, "ops", "org.grant_role", lambda c, who=who: org.grant_role(who, "arbiter", c))
    acme = Registration(
        CustomerKind.COMPANY,
        "Acme Packaging Ltd",
        "CN",
        Source(SourceMethod.PROSPECTING, None, None, date(2026, 3, 1)),
        customer_id=ACME,
        place=GivenPlace(DOOR.lat_e7, DOOR.lon_e7, "WGS84"),
    )
    await court.ask(MORNING, "ops", "customer.register", lambda c: desks.customers.register(acme, c))
    li = ContactSaid("Li Na", ContactRole.BUYER, LI)
    await court.ask(MORNING, "ops", "customer.add_contact", lambda c: desks.customers.add_contact(ACME, li, c))


async def test_a_visit_to_the_customer_of_another_opens_a_case_and_stops_the_clock(court: Court) -> None:
    await court.claim(at("03-02 09:00"), "anna")
    await court.visit(at("03-02 10:00"), "anna", an_id(400))
    await court.visit(at("03-03 10:00"), "bruno", an_id(401))
    row = await court.case()
    assert (row.kind, row.parties, row.arbiter_id) == (CaseKind.POACHING, ("anna", "bruno"), "mei")
    assert (row.statements_due, row.ruling_due) == (at("03-06 00:00"), at("03-11 00:00"))
    assert "ownership.protection_paused" in await court.names()
    await court.visit(at("03-04 10:00"), "bruno", an_id(402), need="three lines")
    assert len(await court.cases()) == 1
    during = (await court.platform.visits.visit(an_id(402))).flags
    assert "VISIT_DURING_CASE" in during


async def test_hidden_selling_is_credited_to_the_owner_whose_protection_could_be_seen(court: Court) -> None:
    """A17."""
    await court.claim(at("03-02 09:00"), "anna")
    await court.visit(at("03-02 10:00"), "anna", an_id(400))
    await court.deal(at("03-05 10:00"), "bruno", an_id(500))
    row = await court.case()
    assert (row.kind, row.deal_id) == (CaseKind.POACHING, an_id(500))
    with pytest.raises(TooEarly):
        await court.rule(at("03-05 12:00"), "mei", row.case_id)
    await court.rule(at("03-10 09:00"), "mei", row.case_id)
    row = await court.case()
    assert (row.stage, row.rung, row.winner_id) == (CaseStage.RULED, "L0", "anna")
    assert await court.credits(an_id(500)) == {"anna": 10_000}
    assert await court.owner(at("03-10 10:00")) == "anna"
    assert (await court.names())[-3:] == [
        "conflict.ruling_issued",
        "ownership.protection_resumed",
        "deal.credit_adjusted",
    ]
    await court.until(at("03-13 23:59"))
    assert (await court.case()).stage is CaseStage.RULED
    await court.until(at("03-14 00:00"))
    assert (await court.case()).stage is CaseStage.CLOSED


async def test_the_clock_proposes_by_the_ladder_and_passes_an_overdue_case_up(court: Court) -> None:
    await court.claim(at("03-02 09:00"), "anna")
    case_id = await court.open(at("03-03 09:00"), "bruno", "anna", "bruno")
    await court.until(at("03-06 00:00"))
    row = await court.case()
    assert (row.proposed, row.rung, row.proposed_winner_id, row.ruling_id) == (True, "L0", "anna", None)
    await court.until(at("03-11 00:00"))
    row = await court.case()
    assert (row.arbiter_id, row.ruling_due) == ("director", at("03-19 00:00"))
    with pytest.raises(ArbiterConflict):
        await court.rule(at("03-11 09:00"), "mei", case_id)
    await court.rule(at("03-11 10:00"), "director", case_id)
    assert (await court.case()).stage is CaseStage.RULED


async def test_the_customers_letter_lets_the_arbiter_override_a_protection_with_a_reason(court: Court) -> None:
    """A21."""
    await court.claim(at("03-02 09:00"), "anna")
    with pytest.raises(Exception, match="ALREADY_CLAIMED"):
        await court.claim(at("03-03 09:00"), "bruno")
    case_id = await court.open(at("03-03 10:00"), "bruno", "anna", "bruno")
    desk = court.platform.conflicts
    for who in ("anna", "bruno"):
        await court.ask(
            at("03-03 11:00"), who, "conflict.file_statement", lambda c: desk.file_statement(case_id, "Mine.", c)
        )
    with pytest.raises(ReasonRequired):
        await court.rule(at("03-04 09:00"), "mei", case_id, winner_id="bruno")
    with pytest.raises(LetterRequired):
        await court.rule(at("03-04 09:00"), "mei", case_id, winner_id="bruno", reason="they want him")
    letter = Evidence(EvidenceKind.CUSTOMER_LETTER, sha256="ab" * 32, favours="bruno")
    await court.ask(
        at("03-04 10:00"), "bruno", "conflict.submit_evidence", lambda c: desk.submit_evidence(case_id, letter, c)
    )
    await court.rule(at("03-04 11:00"), "mei", case_id, winner_id="bruno", reason="The customer chose him.")
    row = await court.case()
    assert (row.rung, row.proposed_winner_id, row.winner_id) == ("L1", "anna", "bruno")
    issued = [one.event for one in await court.platform.log.page(0, 500) if isinstance(one.event, RulingIssued)]
    assert issued[0].override_reason == "The customer chose him."
    assert await court.owner(at("03-04 12:00")) == "bruno"
    assert await court.owner(at("03-02 12:00")) == "anna"


async def test_who_is_not_the_lowest_common_manager_may_not_rule_and_the_case_moves(court: Court) -> None:
    """A30: after Anna went to Lin, Mei is Bruno's manager only."""
    await court.claim(at("03-02 09:00"), "anna")
    case_id = await court.open(at("03-03 09:00"), "bruno", "anna", "bruno")
    assert (await court.case()).arbiter_id == "mei"
    move = RepMove("anna", manager_id="lin")
    await court.ask(at("03-04 09:00"), "ops", "org.move_rep", lambda c: court.platform.organisation.move_rep(move, c))
    with pytest.raises(ArbiterConflict) as caught:
        await court.rule(at("03-06 09:00"), "mei", case_id)
    assert caught.value.facts()["arbiter_id"] == "director"
    assert (await court.case()).arbiter_id == "director"
    await court.rule(at("03-06 10:00"), "director", case_id)
    assert (await court.case()).stage is CaseStage.RULED


async def test_an_appeal_goes_to_the_next_level_once_and_in_time(court: Court) -> None:
    await court.claim(at("03-02 09:00"), "anna")
    case_id = await court.open(at("03-03 09:00"), "bruno", "anna", "bruno")
    desk = court.platform.conflicts

    async def appeal(hour: datetime, who: str) -> None:
        await court.ask(hour, who, "conflict.appeal", lambda c: desk.appeal(case_id, "It is mine.", c), role="rep")

    with pytest.raises(AppealClosed):
        await appeal(at("03-05 09:00"), "bruno")
    await court.rule(at("03-06 09:00"), "mei", case_id)
    with pytest.raises(NotParty):
        await appeal(at("03-06 10:00"), "lin")
    await appeal(at("03-10 23:00"), "bruno")
    row = await court.case()
    assert (row.stage, row.arbiter_id) == (CaseStage.APPEALED, "director")
    with pytest.raises(ArbiterConflict):
        await court.rule(at("03-11 09:00"), "mei", case_id)
    before = await court.position()
    await court.rule(at("03-11 10:00"), "director", case_id, reason="The facts are as told.")
    assert await court.names(before) == ["conflict.appeal_decided", "conflict.case_closed"]
    with pytest.raises(CaseFinal):
        await court.rule(at("03-11 11:00"), "director", case_id)
    with pytest.raises(AppealClosed):
        await appeal(at("03-11 11:00"), "bruno")


async def test_evidence_is_locked_while_a_case_is_open_and_told_of_when_it_changes_later(court: Court) -> None:
    """PM15: the visit on which the ruling stands is struck out; the auditor has the case heard again."""
    await court.claim(at("03-02 09:00"), "anna")
    await court.visit(at("03-02 10:00"), "anna", an_id(400))
    await court.visit(at("03-03 10:00"), "bruno", an_id(401), need="three lines")
    row = await court.case()
    desk, visits = court.platform.conflicts, court.platform.visits
    note = Correction(an_id(401), "outcome", Value(outcome="They liked it."), CorrectionReason.TYPO)
    with pytest.raises(EvidenceLocked):
        await court.ask(at("03-03 12:00"), "bruno", "visit.correct", lambda c: visits.correct(note, c))
    await court.ask(at("03-03 13:00"), "mei", "visit.correct", lambda c: visits.correct(note, c))
    await court.rule(at("03-06 09:00"), "mei", row.case_id)
    assert (await court.case()).winner_id == "anna"
    await court.until(at("03-11 00:00"))
    before = await court.position()
    await court.ask(
        at("03-12 09:00"),
        "iris",
        "visit.void",
        lambda c: visits.void(an_id(401), CorrectionReason.FRAUD, c, text="never there"),
    )
    assert "conflict.ruling_basis_changed" in await court.names(before)
    assert (await court.case()).basis_changed
    await court.ask(at("05-12 09:00"), "iris", "conflict.reopen", lambda c: desk.reopen(row.case_id, "struck out", c))
    assert (await court.case()).stage is CaseStage.OPEN
    before = await court.position()
    await court.rule(at("05-15 09:00"), "mei", row.case_id)
    assert "conflict.ruling_superseded" in await court.names(before)


async def test_a_case_without_news_is_heard_again_within_thirty_days_only(court: Court) -> None:
    await court.claim(at("03-02 09:00"), "anna")
    case_id = await court.open(at("03-03 09:00"), "bruno", "anna", "bruno")
    await court.rule(at("03-06 09:00"), "mei", case_id)
    await court.until(at("03-11 00:00"))
    with pytest.raises(CaseFinal):
        await court.ask(
            at("04-20 09:00"), "iris", "conflict.reopen", lambda c: court.platform.conflicts.reopen(case_id, "why", c)
        )


async def test_one_quarrel_has_one_file_and_strangers_open_none(court: Court) -> None:
    await court.claim(at("03-02 09:00"), "anna")
    await court.open(at("03-03 09:00"), "bruno", "anna", "bruno")
    with pytest.raises(CaseExists):
        await court.open(at("03-03 10:00"), "anna", "anna", "bruno")
    with pytest.raises(NotParty):
        await court.open(at("03-03 11:00"), "anna", "bruno", "mei")


async def test_a_dry_run_answers_the_sum_and_the_events_and_records_nothing(court: Court) -> None:
    await court.claim(at("03-02 09:00"), "anna")
    await court.deal(at("03-05 10:00"), "bruno", an_id(500))
    row = await court.case()
    await court.until(at("03-10 09:00"))
    asking = Asking("conflict.rule", Actor("mei", "arbiter"), "/court", "dry", b"dry", "dry")
    context = await court.platform.reception.receive(asking, court.platform.reception.request(asking))
    before = await court.position()
    dry = await court.platform.conflicts.dry_run(Ruling(row.case_id), context)
    assert await court.position() == before == dry.as_of_position
    assert dry.ruling is not None
    assert [rung.name for rung in dry.ruling.rungs] == ["L0"]
    names = [name for name, _, _ in dry.events]
    await court.rule(at("03-10 09:00"), "mei", row.case_id)
    assert names == await court.names(before)


@pytest.mark.parametrize(("visits", "credits"), [(True, (8_000, 2_000)), (False, (10_000, 0))])
async def test_who_claimed_first_out_of_reach_has_the_customer_from_that_hour(
    court: Court, visits: bool, credits: tuple[int, int]
) -> None:
    """A1: 09:00 offline against 12:00 online, told at 18:00."""
    await court.claim(at("03-02 12:00"), "bruno")
    if visits:
        await court.visit(at("03-02 14:00"), "bruno", an_id(401))
    with pytest.raises(Contested):
        await court.claim(at("03-02 18:00"), "anna", offline=(at("03-02 09:00"), SYNCED))
    row = await court.case()
    assert (row.kind, row.parties, row.trigger_event is not None) == (
        CaseKind.OFFLINE_PRIORITY,
        ("anna", "bruno"),
        True,
    )
    before = await court.position()
    await court.rule(at("03-05 00:00"), "mei", row.case_id)
    row = await court.case()
    assert (row.rung, row.winner_id, row.credit_bp) == ("L2", "anna", credits)
    names = await court.names(before)
    assert names[:5] == [
        "conflict.ruling_proposed",
        "conflict.ruling_issued",
        "ownership.claim_revoked",
        "portfolio.slot_released",
        "ownership.protection_resumed",
    ]
    assert names[5:7] == ["ownership.claim_granted", "portfolio.slot_reserved"]
    assert ("credit.credit_terms_set" in names) == visits
    noon, evening, ruled = at("03-02 13:00"), at("03-02 10:00"), at("03-05 00:01")
    assert [await court.owner(hour) for hour in (evening, noon, ruled)] == ["anna", "anna", "anna"], "entitled"
    assert [await court.owner(hour, before) for hour in (evening, noon)] == [None, "bruno"], "as it was recorded"
    if visits:
        await court.deal(at("03-06 09:00"), "anna", an_id(500), minor=10_001)
        await court.deal(at("03-06 10:00"), "anna", an_id(501))
        assert await court.credits(an_id(500)) == {"anna": 8_000, "bruno": 2_000}
        assert await court.credits(an_id(501)) == {"anna": 10_000}, "the first contract only"


@pytest.mark.parametrize(("synced", "share"), [(SYNCED, 2_000), (at("03-02 13:45"), 0)])
async def test_forty_seconds_are_a_tie_that_the_first_effective_visit_decides(
    court: Court, synced: datetime, share: int
) -> None:
    """A4: had Anna's phone had an answer at 13:45, she could have known of Bruno's protection."""
    early = at("03-02 11:59") + timedelta(seconds=20)
    await court.claim(at("03-02 12:00"), "bruno")
    await court.visit(at("03-02 13:30"), "bruno", an_id(401))
    with pytest.raises(Contested):
        await court.claim(at("03-02 18:00"), "anna", offline=(early, SYNCED))
    await court.visit_offline(at("03-02 18:00"), "anna", an_id(400), at("03-02 14:00"), synced, need="three lines")
    assert (await court.platform.visits.visit(an_id(400))).verdict == "EFFECTIVE"
    row = await court.case()
    await court.rule(at("03-05 00:00"), "mei", row.case_id)
    row = await court.case()
    assert (row.rung, row.winner_id, row.credit_bp) == ("L3", "bruno", (share, 10_000 - share))
    assert await court.owner(at("03-05 00:01")) == "bruno"


async def test_a_lapse_after_stopped_follow_ups_is_no_ground_against_who_claimed_next(court: Court) -> None:
    """A18: the complaint is heard, and the records speak against it."""
    await court.claim(at("03-02 09:00"), "anna")
    await court.until(at("03-10 00:00"))
    await court.claim(at("03-10 09:00"), "bruno")
    case_id = await court.open(at("03-10 10:00"), "anna", "anna", "bruno", kind=CaseKind.LAPSE)
    await court.rule(at("03-13 00:00"), "mei", case_id)
    row = await court.case()
    assert (row.rung, row.winner_id) == ("L0", "bruno")
    issued = [one.event for one in await court.platform.log.page(0, 500) if isinstance(one.event, RulingIssued)]
    assert [(entry.rep_id, entry.code) for entry in issued[0].rungs[0].entries] == [
        ("anna", "FIRST_VISIT_MISSED"),
        ("bruno", None),
    ]


async def test_two_records_of_one_customer_are_held_until_it_is_ruled_whose_it_is(court: Court) -> None:
    """A11: Anna has one record since 2 March, Bruno the other since the 5th; nothing showed that they are one."""
    await court.claim(at("03-02 09:00"), "anna")
    await court.visit(at("03-02 10:00"), "anna", an_id(400))
    other = Registration(
        CustomerKind.COMPANY,
        "Acme Packing Co",
        "CN",
        Source(SourceMethod.PROSPECTING, None, None, date(2026, 3, 1)),
        customer_id=GLOBEX,
        place=GivenPlace(DOOR.lat_e7, DOOR.lon_e7, "WGS84"),
    )
    desks = court.platform
    await court.ask(at("03-05 08:00"), "bruno", "customer.register", lambda c: desks.customers.register(other, c))
    wang = ContactSaid("Wang Fang", ContactRole.BUYER, an_id(77))
    await court.ask(
        at("03-05 08:10"), "bruno", "customer.add_contact", lambda c: desks.customers.add_contact(GLOBEX, wang, c)
    )
    await court.ask(at("03-05 09:00"), "bruno", "ownership.claim", lambda c: desks.ownership.claim(GLOBEX, LINE, c))
    await court.ask(
        at("03-05 10:00"),
        "bruno",
        "visit.check_in",
        lambda c: desks.visits.check_in(Sighting(an_id(401), GLOBEX, DOOR), c),
    )
    met = Participants((), (Met(an_id(77), MetRole.BUYER),))
    report = replace(court.report("bruno", at("03-05 10:00"), "two lines"), participants=met)
    told = VisitTold(an_id(401), GLOBEX, report)
    await court.ask(at("03-05 10:30"), "bruno", "visit.record", lambda c: desks.visits.record(told, c))
    await court.ask(
        at("03-10 09:00"),
        "ops",
        "customer.resolve_duplicate",
        lambda c: desks.customers.resolve_duplicate(GLOBEX, ACME, Verdict.SAME, "one company", c),
    )
    row = await court.case()
    case_id = row.case_id
    assert (row.kind, set(row.parties)) == (CaseKind.DUPLICATE, {"anna", "bruno"})
    for customer_id in (ACME, GLOBEX):
        owned = await desks.ownership_questions.owned(
            customer_id, LINE, valid_at=at("03-10 10:00"), known_at=await court.position()
        )
        assert owned.state == "PAUSED"
    await court.rule(at("03-13 00:00"), "mei", case_id)
    row = await court.case()
    credits = dict(zip(row.credit_reps, row.credit_bp, strict=True))
    assert (row.rung, row.winner_id, credits) == ("L1", "anna", {"anna": 8_000, "bruno": 2_000})
    position = await court.position()
    now = at("03-13 00:01")
    ours = await desks.ownership_questions.owned(ACME, LINE, valid_at=now, known_at=position)
    theirs = await desks.ownership_questions.owned(GLOBEX, LINE, valid_at=now, known_at=position)
    assert (ours.owner.rep_id if ours.owner else None, ours.state, theirs.state) == ("anna", "PROTECTED", "FREE")


async def test_credit_is_challenged_in_time_and_changed_in_the_month_that_is_not_paid_yet(court: Court) -> None:
    """A31."""
    desk = court.platform
    await court.deal(at("03-30 09:00"), "bruno", an_id(500))
    opened = await court.ask(
        at("03-31 09:00"),
        "anna",
        "deal.challenge_credit",
        lambda c: desk.conflicts.challenge_credit(an_id(500), "I made it.", c),
    )
    case_id = UUID(str(opened.answer["case_id"]))
    await court.ask(
        at("04-01 09:00"), "ops", "deal.close_commission_period", lambda c: desk.deals.close_period("2026-03", c)
    )
    halves = (Credit("anna", 5_000), Credit("bruno", 5_000))
    await court.rule(at("04-06 09:00"), "mei", case_id, credits=halves, reason="Both worked for it.")
    assert await court.credits(an_id(500)) == {"anna": 5_000, "bruno": 5_000}
    adjusted = [one.event for one in await desk.log.page(0, 500) if isinstance(one.event, CreditAdjusted)]
    assert [one.period for one in adjusted] == ["2026-04"]
    await court.deal(at("04-08 09:00"), "bruno", an_id(501))
    with pytest.raises(ChallengeClosed):
        await court.ask(
            at("04-16 09:00"),
            "anna",
            "deal.challenge_credit",
            lambda c: desk.conflicts.challenge_credit(an_id(501), "I made it.", c),
        )


async def test_a_handed_over_customer_is_credited_by_the_terms_of_the_transfer(court: Court) -> None:
    """A12."""
    claim = await court.claim(at("03-23 09:00"), "anna")
    claim_id = UUID(str(claim.answer["claim_id"]))
    halves = (SplitShare("anna", 5_000), SplitShare("bruno", 5_000))
    handover = Handover(claim_id, "bruno", halves, effective_at=at("04-01 00:00"))
    desk = court.platform.ownership
    await court.visit(at("03-24 09:00"), "anna", an_id(400))
    await court.ask(
        at("03-25 09:00"), "mei", "ownership.transfer", lambda c: desk.transfer(handover, c), role="manager"
    )
    await court.deal(at("04-03 09:00"), "bruno", an_id(500))
    await court.deal(at("04-03 10:00"), "bruno", an_id(501))
    assert await court.credits(an_id(500)) == {"anna": 5_000, "bruno": 5_000}
    assert await court.credits(an_id(501)) == {"bruno": 10_000}
    assert await court.cases() == []


async def test_a_helper_of_the_owner_visits_and_sells_without_a_case(court: Court) -> None:
    """A17, the other way."""
    claim = await court.claim(at("03-02 09:00"), "anna")
    claim_id = UUID(str(claim.answer["claim_id"]))
    desk = court.platform.ownership
    await court.ask(at("03-02 09:30"), "anna", "helper.link", lambda c: desk.link_helper(claim_id, "bruno", 3_000, c))
    await court.visit(at("03-03 10:00"), "bruno", an_id(401))
    await court.deal(at("03-05 10:00"), "bruno", an_id(500))
    assert await court.cases() == []
    assert await court.credits(an_id(500)) == {"anna": 7_000, "bruno": 3_000}


async def test_two_records_that_turn_out_to_be_two_customers_are_nobodys_quarrel(court: Court) -> None:
    """A9, after a verdict that was taken back: the case is closed and the clocks go on."""
    await court.claim(at("03-02 09:00"), "anna")
    other = Registration(
        CustomerKind.COMPANY,
        "Blue Sea Ltd",
        "CN",
        Source(SourceMethod.PROSPECTING, None, None, date(2026, 3, 1)),
        customer_id=GLOBEX,
    )
    desks = court.platform
    await court.ask(at("03-02 10:00"), "bruno", "customer.register", lambda c: desks.customers.register(other, c))
    await court.ask(at("03-02 11:00"), "bruno", "ownership.claim", lambda c: desks.ownership.claim(GLOBEX, LINE, c))
    for hour, verdict in ((at("03-02 12:00"), Verdict.SAME), (at("03-03 12:00"), Verdict.DIFFERENT)):
        await court.ask(
            hour,
            "ops",
            "customer.resolve_duplicate",
            lambda c, verdict=verdict: desks.customers.resolve_duplicate(GLOBEX, ACME, verdict, "looked at it", c),
        )
    row = await court.case()
    assert (row.stage, row.outcome) == (CaseStage.CLOSED, "DIFFERENT")
    for customer_id in (ACME, GLOBEX):
        owned = await desks.ownership_questions.owned(
            customer_id, LINE, valid_at=at("03-03 13:00"), known_at=await court.position()
        )
        assert owned.state == "PROTECTED"


async def test_a_case_calls_off_the_hand_over_that_was_agreed_and_its_terms(court: Court) -> None:
    """Who owns the customer is for the ruling to say."""
    claim = await court.claim(at("03-02 09:00"), "anna")
    claim_id = UUID(str(claim.answer["claim_id"]))
    halves = (SplitShare("anna", 5_000), SplitShare("bruno", 5_000))
    handover = Handover(claim_id, "bruno", halves, effective_at=at("03-04 00:00"))
    desk = court.platform.ownership
    await court.ask(
        at("03-02 10:00"), "mei", "ownership.transfer", lambda c: desk.transfer(handover, c), role="manager"
    )
    await court.until(at("03-03 09:00"))
    before = await court.position()
    await court.open(at("03-03 09:00"), "anna", "anna", "bruno", kind=CaseKind.TRANSFER)
    assert await court.names(before) == [
        "conflict.conflict_case_opened",
        "ownership.transfer_called_off",
        "portfolio.slot_released",
        "ownership.protection_paused",
        "credit.credit_terms_set",
    ]
    assert await court.owner(at("03-04 09:00")) == "anna"


async def test_a_tick_that_comes_late_writes_every_deadline_with_its_own_hour_and_once(court: Court) -> None:
    await court.claim(at("03-02 09:00"), "anna")
    await court.open(at("03-03 09:00"), "bruno", "anna", "bruno")
    before = await court.position()
    await court.until(at("03-20 09:00"))
    names = [name for name in await court.names(before) if name.startswith("conflict.")]
    assert names == ["conflict.ruling_proposed", "conflict.case_transferred", "conflict.case_transferred"]
    hours = [
        one.envelope.occurred_at for one in await court.platform.log.page(before, 500) if one.envelope.name in names
    ]
    assert hours == [at("03-06 00:00"), at("03-11 00:00"), at("03-19 00:00")]
    await court.until(at("03-20 10:00"))
    assert [name for name in await court.names(before) if name.startswith("conflict.")] == names


async def test_two_who_rule_at_once_make_one_ruling(court: Court) -> None:
    await court.claim(at("03-02 09:00"), "anna")
    case_id = await court.open(at("03-03 09:00"), "bruno", "anna", "bruno")
    await court.until(at("03-06 00:00"))
    asked = [
        Asking("conflict.rule", Actor("mei", "arbiter"), "/court", f"at once {n}", f"{n}".encode(), f"{n}")
        for n in range(4)
    ]
    desk = court.platform.conflicts
    answers = await asyncio.gather(
        *(court.platform.reception.submit(one, lambda c: desk.rule(Ruling(case_id), c)) for one in asked),
        return_exceptions=True,
    )
    await court.platform.settle()
    assert sorted(type(one).__name__ for one in answers) == ["CaseFinal", "CaseFinal", "CaseFinal", "Receipt"]
    issued = [one for one in await court.platform.log.page(0, 500) if isinstance(one.event, RulingIssued)]
    assert len(issued) == 1
