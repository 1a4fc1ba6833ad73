"""The use cases of visits and approvals, on a log and read models in memory."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
import pytest_asyncio

from domain.approval.events import Purpose
from domain.envelope import Actor
from domain.facts import CustomerFacts
from domain.policies.evaluate_visits_when_recorded_or_changed import evaluate_visits_when_recorded_or_changed
from domain.policies.policy import EvaluateAsked
from domain.reception import (
    ApprovalRequired,
    BackdateLimit,
    Forbidden,
    FutureOccurredAt,
    GeoInvalid,
    RefNotFound,
    SelfApproval,
)
from domain.rulesets import EffectiveVisitRules
from domain.values import Sealed
from domain.visit.events import VisitCheckedIn, VisitRecorded
from projections.visit_history import visit_history
from projections.visits import visits
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_read_store import MemoryReadStore
from services.adapters.memory_recorder import MemoryRecorder
from services.adapters.vault import MemoryKeyStore, SealingVault
from services.approvals import AlreadyDecided, ApprovalDesk, Question
from services.carry_out import CarryOut
from services.pasts import Pasts
from services.ports import Receipt
from services.visits import (
    AlreadyRecorded,
    AlreadyVoid,
    Attachment,
    AttemptReason,
    ContactUnknown,
    Correction,
    CorrectionReason,
    Discovery,
    Disposition,
    Geo,
    Mode,
    NotAuthor,
    NotRecorded,
    Plan,
    Presence,
    SensorFact,
    Sighting,
    Stage,
    Value,
    Verdict,
    VisitDesk,
    VisitTold,
)
from tests.domain.visit.visits import (
    ACME_AT_HOME,
    DOOR,
    GLOBEX_AT_HOME,
    LI,
    NOON,
    PHOTO,
    PLAN,
    REPORT,
    STRANGER,
    TEN,
    VISIT,
)
from tests.people import ACME, BRUNO, GLOBEX, SHANGHAI, an_id, at
from tests.services.field_office import (
    Conversations,
    NoCases,
    Registry,
    Rules,
    Staff,
    catch_up,
    on_behalf_of,
)

UNHEARD_OF = an_id(999)
TOLD = VisitTold(VISIT, ACME, REPORT)
DOORSTEP = Sighting(VISIT, ACME, DOOR)
PHOTOGRAPH = Attachment(PHOTO, 9_000, "image/jpeg", TEN)


@dataclass
class Office:
    """Both desks, and what stands around them."""

    log: EventsourcingLog
    store: MemoryReadStore
    safe: SealingVault
    staff: Staff
    registry: Registry
    rules: Rules
    visits: VisitDesk
    approvals: ApprovalDesk
    hours: Conversations

    async def settle_down(self) -> None:
        """Let the read models catch up."""
        await catch_up(self.log, self.store, [visits, visit_history])

    async def follow(self) -> None:
        """Do what the policy asks for, for everything that was recorded, as often as it is called."""
        await self.settle_down()
        policy = evaluate_visits_when_recorded_or_changed
        for recorded in await self.log.page(0, 1_000):
            for ask in policy.asks(recorded) if type(recorded.event) in policy.handles else ():
                assert isinstance(ask, EvaluateAsked)
                system = replace(self.hours.at(ask.at), actor=Actor("policy", "system"))
                await self.visits.evaluate(ask.visit_id, ask.at, system, approval_id=ask.approval_id)
        await self.settle_down()

    async def approve(
        self, purpose: Purpose, hour: datetime = NOON, *, content_hash: str | None = None, ref: UUID = VISIT
    ) -> UUID:
        """Mei says yes for Anna."""
        question = Question("anna", purpose, str(ref), "I was there.", content_hash)
        receipt = await self.approvals.grant(question, self.hours.at(hour, "mei", "manager"))
        return UUID(str(receipt.answer["approval_id"]))


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    """An office on Monday."""
    numbers = count(5_000)
    recorder = MemoryRecorder()
    log, store, staff = EventsourcingLog(recorder, "acme"), MemoryReadStore(lambda: NOON), Staff()
    safe = SealingVault(bytes(32), MemoryKeyStore(recorder.sealed))
    registry, rules = Registry({ACME: ACME_AT_HOME, GLOBEX: GLOBEX_AT_HOME}), Rules()
    await store.prepare([visits, visit_history])
    pasts = Pasts(log)

    def new_id() -> UUID:
        return an_id(next(numbers))

    carry_out = CarryOut(log, pasts, new_id)
    desk = VisitDesk(carry_out, pasts, log, store, safe, staff, registry, rules, NoCases())
    yield Office(
        log, store, safe, staff, registry, rules, desk, ApprovalDesk(carry_out, staff, new_id), Conversations()
    )
    await log.close()


async def told_events(office: Office) -> list[VisitRecorded]:
    """The tellings in the log."""
    return [one.event for one in await office.log.page(0, 100) if isinstance(one.event, VisitRecorded)]


async def whose(office: Office, sealed: Sealed) -> str:
    """Under whose key a value lies."""
    return (await office.safe.whose([sealed.digest]))[sealed.digest]


async def test_a_day_in_the_field_ends_with_an_effective_visit(office: Office) -> None:
    hours, desk = office.hours, office.visits
    await desk.plan(VISIT, ACME, PLAN, hours.at(TEN - timedelta(hours=1)))
    await desk.check_in(DOORSTEP, hours.at(TEN))
    await desk.check_out(DOORSTEP, hours.at(TEN + timedelta(hours=1)))
    receipt = await desk.record(TOLD, hours.at(NOON))
    assert receipt.answer["biz_date"] == "2026-03-02"
    assert receipt.answer["minutes"] == 60
    await office.follow()
    row = await desk.visit(VISIT)
    assert (row.stage, row.verdict, row.presence, row.flags) == (
        Stage.RECORDED,
        Verdict.EFFECTIVE,
        Presence.VERIFIED,
        (),
    )
    names = [version.name.removeprefix("visit.") for version in await desk.history(VISIT)]
    assert names == ["visit_planned", "visit_checked_in", "visit_checked_out", "visit_recorded", "visit_evaluated"]


async def test_judging_everything_again_writes_nothing_more(office: Office) -> None:
    await office.visits.check_in(DOORSTEP, office.hours.at(TEN))
    await office.visits.record(TOLD, office.hours.at(NOON))
    await office.follow()
    before = (await office.log.head()).position
    await office.follow()
    assert (await office.log.head()).position == before


async def test_the_raw_position_is_in_no_stored_byte_and_can_be_opened(office: Office) -> None:
    receipt = await office.visits.check_in(DOORSTEP, office.hours.at(TEN))
    assert receipt.answer["presence"] == "VERIFIED"
    assert receipt.answer["distance_m"] == 0
    (recorded,) = await office.log.page(0, 10)
    assert b"312304000" not in (await office.log.bytes_at(1) or b"")
    assert isinstance(recorded.event, VisitCheckedIn)
    assert recorded.event.position is not None
    opened = await office.safe.open([recorded.event.position])
    assert json.loads(opened[recorded.event.position.digest]) == {
        "accuracy_m": 20,
        "crs": "WGS84",
        "lat_e7": 312304000,
        "lon_e7": 1214737000,
        "provider": "gps",
    }
    assert await whose(office, recorded.event.position) == "rep:anna"


async def test_a_position_that_is_nowhere_leaves_nothing(office: Office) -> None:
    with pytest.raises(GeoInvalid):
        await office.visits.check_in(Sighting(VISIT, ACME, Geo(0, 0, 5, "WGS84")), office.hours.at(TEN))
    assert (await office.log.head()).position == 0


async def test_without_consent_no_position_is_sealed(office: Office) -> None:
    receipt = await office.visits.check_in(replace(DOORSTEP, consent=False), office.hours.at(TEN))
    (recorded,) = await office.log.page(0, 10)
    assert receipt.answer["presence"] == "NO_CONSENT"
    assert isinstance(recorded.event, VisitCheckedIn)
    assert recorded.event.position is None


async def test_a_personal_note_is_sealed_under_the_key_of_whom_it_is_about(office: Office) -> None:
    told = replace(TOLD, note_is_personal=True, note_about=LI)
    await office.visits.record(told, office.hours.at(NOON))
    assert (REPORT.note or "").encode() not in (await office.log.bytes_at(1) or b"")
    (event,) = await told_events(office)
    assert event.report.personal_note is not None
    assert (event.report.note, event.report.note_characters) == (None, len(REPORT.note or ""))
    assert await whose(office, event.report.personal_note) == f"contact:{LI}"
    assert await office.visits.personal_note(VISIT) == REPORT.note


async def test_a_personal_note_about_nobody_in_particular_is_the_reps(office: Office) -> None:
    await office.visits.record(replace(TOLD, note_is_personal=True), office.hours.at(NOON))
    (event,) = await told_events(office)
    assert event.report.personal_note is not None
    assert await whose(office, event.report.personal_note) == "rep:anna"
    stranger = replace(TOLD, visit_id=an_id(501), note_is_personal=True, note_about=STRANGER)
    with pytest.raises(ContactUnknown):
        await office.visits.record(stranger, office.hours.at(NOON))


async def test_a_note_is_as_long_as_what_it_says(office: Office) -> None:
    await office.visits.record(
        replace(TOLD, report=replace(REPORT, note="  one   two  ", note_characters=400)), office.hours.at(NOON)
    )
    assert (await told_events(office))[0].report.note_characters == len("one two")
    assert await office.visits.personal_note(VISIT) is None


async def test_the_start_of_the_visit_says_how_late_it_is_told_whatever_hour_the_request_claims(office: Office) -> None:
    late = office.hours.at(NOON + timedelta(days=4))
    await office.visits.record(TOLD, late)
    (event,) = await told_events(office)
    assert (event.lateness, event.biz_date) == (("LATE",), date(2026, 3, 2))
    assert (await office.log.page(0, 10))[0].envelope.flags == ("LATE", "BLIND_VISIT")


async def test_flags_that_the_reception_saw_are_not_repeated(office: Office) -> None:
    late = replace(office.hours.at(NOON + timedelta(days=4)), flags=("LATE",))
    receipt = await office.visits.record(TOLD, late)
    assert receipt.flags == ("LATE", "BLIND_VISIT")


async def test_nine_days_late_needs_a_managers_approval_and_moves_nothing(office: Office) -> None:
    late = NOON + timedelta(days=9)
    with pytest.raises(BackdateLimit):
        await office.visits.record(TOLD, office.hours.at(late))
    bare_name = replace(office.hours.at(late), approval_id=UNHEARD_OF)
    with pytest.raises(ApprovalRequired):
        await office.visits.record(TOLD, bare_name)
    yes = await office.approve(Purpose.BACKDATE, late)
    await office.visits.check_in(DOORSTEP, office.hours.at(late, occurred_at=TEN))
    await office.visits.record(TOLD, replace(office.hours.at(late), approval_id=yes))
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.verdict, row.failed) == (Verdict.NOT, ("LATE",))
    assert "LATE_APPROVED" in row.flags
    again = VisitTold(an_id(501), ACME, REPORT)
    with pytest.raises(ApprovalRequired):
        await office.visits.record(again, replace(office.hours.at(late), approval_id=yes))


async def test_nobody_visits_tomorrow(office: Office) -> None:
    with pytest.raises(FutureOccurredAt):
        await office.visits.record(TOLD, office.hours.at(TEN - timedelta(hours=1)))


async def test_an_imported_past_is_taken_however_old_and_renews_nothing(office: Office) -> None:
    imported = replace(office.hours.at(NOON + timedelta(days=900)), flags=("IMPORTED",))
    await office.visits.record(TOLD, on_behalf_of(imported, "anna"))
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.verdict, row.rep_id, row.flags) == (Verdict.NOT, "anna", ("IMPORTED", "BLIND_VISIT"))
    assert "LATE" in row.failed


async def test_a_visit_to_nobody_or_by_nobody_is_not_taken(office: Office) -> None:
    with pytest.raises(RefNotFound):
        await office.visits.record(replace(TOLD, customer_id=UNHEARD_OF), office.hours.at(NOON))
    with pytest.raises(RefNotFound):
        await office.visits.record(TOLD, office.hours.at(NOON, "nobody"))
    with pytest.raises(RefNotFound):
        await office.visits.plan(VISIT, UNHEARD_OF, PLAN, office.hours.at(NOON))
    with pytest.raises(RefNotFound):
        await office.visits.visit(VISIT)
    with pytest.raises(RefNotFound):
        await office.visits.history(VISIT)
    assert (await office.log.head()).position == 0


async def test_the_same_request_gets_its_first_answer_and_another_telling_is_refused(office: Office) -> None:
    context = office.hours.at(NOON)
    first: Receipt = await office.visits.record(TOLD, context)
    again = await office.visits.record(TOLD, context)
    assert (again.position, again.answer, again.repeated) == (first.position, first.answer, True)
    unchanged = await office.visits.record(TOLD, office.hours.at(NOON))
    assert unchanged.events == ()
    with pytest.raises(AlreadyRecorded) as caught:
        await office.visits.record(replace(TOLD, report=replace(REPORT, outcome="no")), office.hours.at(NOON))
    assert caught.value.receipt is not None


async def test_a_plan_is_changed_and_called_off(office: Office) -> None:
    await office.visits.plan(VISIT, ACME, PLAN, office.hours.at(TEN))
    await office.visits.change_plan(VISIT, Plan(TEN, 30), office.hours.at(TEN))
    await office.visits.cancel(VISIT, "she is away", office.hours.at(TEN))
    await office.settle_down()
    row = await office.visits.visit(VISIT)
    assert (row.stage, row.planned_minutes, row.flags) == (Stage.CANCELLED, 30, ("BLIND_VISIT",))


async def test_an_attempt_is_judged_by_nobody(office: Office) -> None:
    await office.visits.check_in(DOORSTEP, office.hours.at(TEN))
    await office.visits.attempt(VISIT, ACME, Mode.IN_PERSON, AttemptReason.CLOSED, office.hours.at(NOON))
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.stage, row.verdict) == (Stage.ATTEMPTED, None)


async def test_the_visit_before_decides_what_is_new(office: Office) -> None:
    second = an_id(501)
    for visit_id, day in ((VISIT, 0), (second, 1)):
        start = TEN + timedelta(days=day)
        report = replace(REPORT, started_at=start, ended_at=start + timedelta(hours=1))
        if day:
            step = replace(report.next_step, due=date(2026, 3, 20)) if report.next_step else None
            report = replace(report, next_step=step)
        await office.visits.check_in(Sighting(visit_id, ACME, DOOR), office.hours.at(start))
        await office.visits.record(VisitTold(visit_id, ACME, report), office.hours.at(start + timedelta(hours=2)))
    await office.follow()
    assert (await office.visits.visit(second)).failed == ("NO_NEW_FACT",)
    await office.visits.void(VISIT, CorrectionReason.WRONG_CUSTOMER, office.hours.at(NOON))
    await office.settle_down()
    system = office.hours.at(NOON + timedelta(days=1))
    await office.visits.evaluate(second, NOON + timedelta(days=1), system)
    await office.settle_down()
    assert (await office.visits.visit(second)).verdict is Verdict.EFFECTIVE


async def test_the_rules_of_the_visits_own_day_judge_it(office: Office) -> None:
    office.rules.eff.append((date(2026, 3, 3), EffectiveVisitRules(version=2, note_characters=3_000)))
    await office.visits.check_in(DOORSTEP, office.hours.at(TEN))
    await office.visits.record(TOLD, office.hours.at(NOON + timedelta(days=1)))
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.verdict, row.rules_version) == (Verdict.EFFECTIVE, 1)


async def test_the_interest_of_a_buyer_met_before_need_not_be_told_again(office: Office) -> None:
    silent = replace(REPORT, interest_origin=None)
    first = await office.visits.record(replace(TOLD, report=silent), office.hours.at(NOON))
    await office.settle_down()
    second = await office.visits.record(replace(TOLD, visit_id=an_id(501), report=silent), office.hours.at(NOON))
    assert "ORIGIN_MISSING" in first.flags
    assert "ORIGIN_MISSING" not in second.flags


async def test_a_correction_makes_a_version_and_a_new_verdict(office: Office) -> None:
    await office.visits.check_in(DOORSTEP, office.hours.at(TEN))
    await office.visits.record(TOLD, office.hours.at(NOON))
    await office.follow()
    correction = Correction(VISIT, "discovery", Value(), CorrectionReason.TYPO)
    await office.visits.correct(correction, office.hours.at(NOON + timedelta(hours=1)))
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.verdict, row.failed) == (Verdict.NOT, ("NO_NEW_FACT",))
    history = await office.visits.history(VISIT)
    told, put_right = history[1], history[3]
    assert put_right.corrects_event == told.event_id
    assert json.loads(put_right.changed)["discovery"][0]["need"] == "two packaging lines"
    assert put_right.leaf_hash != told.leaf_hash


async def test_a_second_correction_replaces_the_word_of_the_first(office: Office) -> None:
    await office.visits.record(TOLD, office.hours.at(NOON))
    for outcome in ("refused", "asked back"):
        correction = Correction(VISIT, "outcome", Value(outcome=outcome), CorrectionReason.TYPO)
        await office.visits.correct(correction, office.hours.at(NOON))
    await office.settle_down()
    told, first, second = await office.visits.history(VISIT)
    assert (first.corrects_event, second.corrects_event) == (told.event_id, first.event_id)
    named = Correction(VISIT, "outcome", Value(outcome="third"), CorrectionReason.TYPO, corrects_event=told.event_id)
    await office.visits.correct(named, office.hours.at(NOON))
    unknown = replace(named, value=Value(outcome="fourth"), corrects_event=UNHEARD_OF)
    with pytest.raises(RefNotFound):
        await office.visits.correct(unknown, office.hours.at(NOON))


async def test_a_personal_note_stays_personal_when_it_is_put_right(office: Office) -> None:
    await office.visits.record(replace(TOLD, note_is_personal=True, note_about=LI), office.hours.at(NOON))
    words = "She is ill and asks for patience."
    correction = Correction(VISIT, "note", Value(note=words), CorrectionReason.TYPO, note_about=LI)
    await office.visits.correct(correction, office.hours.at(NOON))
    assert words.encode() not in (await office.log.bytes_at(2) or b"")
    assert await office.visits.personal_note(VISIT) == words


async def test_what_was_not_told_or_is_anothers_is_not_put_right(office: Office) -> None:
    correction = Correction(VISIT, "outcome", Value(outcome="no"), CorrectionReason.TYPO)
    with pytest.raises(RefNotFound):
        await office.visits.correct(correction, office.hours.at(NOON))
    await office.visits.plan(VISIT, ACME, PLAN, office.hours.at(TEN))
    with pytest.raises(NotRecorded):
        await office.visits.correct(correction, office.hours.at(NOON))
    await office.visits.record(TOLD, office.hours.at(NOON))
    with pytest.raises(NotAuthor):
        await office.visits.correct(correction, office.hours.at(NOON, BRUNO.rep_id))
    with pytest.raises(SensorFact):
        await office.visits.correct(replace(correction, field="presence"), office.hours.at(NOON))


async def test_a_customer_is_put_right_with_an_approval_that_is_used_once(office: Office) -> None:
    await office.visits.check_in(DOORSTEP, office.hours.at(TEN))
    await office.visits.record(TOLD, office.hours.at(NOON))
    move = Correction(VISIT, "customer_id", Value(customer_id=GLOBEX), CorrectionReason.WRONG_CUSTOMER)
    with pytest.raises(ApprovalRequired):
        await office.visits.correct(move, office.hours.at(NOON))
    yes = await office.approve(Purpose.CORRECTION)
    await office.visits.correct(replace(move, approval_id=yes), office.hours.at(NOON))
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.customer_id, row.presence, row.verdict) == (GLOBEX, None, Verdict.UNDETERMINED)
    back = replace(move, value=Value(customer_id=ACME), approval_id=yes)
    with pytest.raises(ApprovalRequired):
        await office.visits.correct(back, office.hours.at(NOON))
    assert [version.customer_id for version in await office.visits.of_customer(GLOBEX)] == [GLOBEX, GLOBEX]


async def test_a_visit_is_struck_out_by_its_author_or_for_fraud(office: Office) -> None:
    await office.visits.record(TOLD, office.hours.at(NOON))
    with pytest.raises(NotAuthor):
        await office.visits.void(VISIT, CorrectionReason.TYPO, office.hours.at(NOON, "bruno"))
    auditor = office.hours.at(NOON + timedelta(days=40), "ada", "auditor")
    await office.visits.void(VISIT, CorrectionReason.FRAUD, auditor, text="nobody met")
    await office.settle_down()
    assert (await office.visits.visit(VISIT)).voided
    with pytest.raises(AlreadyVoid):
        await office.visits.void(VISIT, CorrectionReason.TYPO, office.hours.at(NOON))
    (told, struck, *_) = await office.visits.history(VISIT)
    assert (told.name, struck.actor_role) == ("visit.visit_recorded", "auditor")


async def test_a_wrong_label_is_undetermined_until_a_manager_confirms_the_photo(office: Office) -> None:
    """A33: 480 m off."""
    off = replace(DOOR, lat_e7=DOOR.lat_e7 + round(480 / 111_195 * 1e7))
    await office.visits.check_in(Sighting(VISIT, ACME, off), office.hours.at(TEN))
    await office.visits.record(TOLD, office.hours.at(NOON))
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.presence, row.verdict, row.settles_at) == (
        Presence.OUTSIDE,
        Verdict.UNDETERMINED,
        at("03-10 00:00"),
    )
    await office.visits.annotate(VISIT, "My phone labels it wrong.", office.hours.at(NOON), attachments=(PHOTOGRAPH,))
    await office.approve(Purpose.PRESENCE_PHOTO, NOON + timedelta(hours=3), content_hash=PHOTO)
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.presence, row.verdict, row.evaluated_at) == (
        Presence.OUTSIDE,
        Verdict.EFFECTIVE,
        NOON + timedelta(hours=3),
    )


async def test_what_stays_undetermined_settles_at_its_stored_hour_once(office: Office) -> None:
    await office.visits.record(TOLD, office.hours.at(NOON))
    await office.follow()
    settles_at = at("03-10 00:00")
    assert await office.visits.settle(settles_at - timedelta(seconds=1), SHANGHAI) == 0
    assert await office.visits.settle(settles_at + timedelta(hours=5), SHANGHAI) == 1
    await office.settle_down()
    row = await office.visits.visit(VISIT)
    assert (row.verdict, row.evaluated_at, row.settles_at) == (Verdict.NOT, settles_at, None)
    assert await office.visits.settle(settles_at + timedelta(hours=6), SHANGHAI) == 0
    assert (await office.visits.history(VISIT))[-1].occurred_at == settles_at


async def test_whoever_leads_the_rep_reviews_and_a_peer_does_not(office: Office) -> None:
    await office.visits.record(TOLD, office.hours.at(NOON))
    with pytest.raises(Forbidden):
        await office.visits.review(VISIT, Disposition.OK, office.hours.at(NOON, "bruno"))
    with pytest.raises(Forbidden):
        await office.visits.annotate(VISIT, "I doubt it.", office.hours.at(NOON, "bruno"))
    await office.visits.annotate(VISIT, "I doubt it.", office.hours.at(NOON, "mei", "manager"))
    await office.visits.annotate(VISIT, "So do I.", office.hours.at(NOON, "ada", "auditor"))
    await office.visits.review(
        VISIT, Disposition.FOLLOW_UP, office.hours.at(NOON, "mei", "manager"), comment="call her"
    )
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.disposition, row.verdict, row.failed) == (Disposition.FOLLOW_UP, Verdict.NOT, ("PRESENCE",))


async def test_a_visit_is_read_as_it_was_at_a_position(office: Office) -> None:
    first = await office.visits.record(TOLD, office.hours.at(NOON))
    correction = Correction(VISIT, "discovery", Value(discovery=Discovery(need="one line")), CorrectionReason.TYPO)
    await office.visits.correct(correction, office.hours.at(NOON))
    await office.visits.void(VISIT, CorrectionReason.TYPO, office.hours.at(NOON))
    await office.settle_down()
    assert not (await office.visits.visit(VISIT, first.position)).voided
    assert (await office.visits.visit(VISIT)).voided
    assert len(await office.visits.history(VISIT, first.position)) == 1


async def test_a_place_that_is_not_known_yet_leaves_the_visit_undetermined(office: Office) -> None:
    office.registry.known[ACME] = CustomerFacts(ACME, contact_ids=frozenset({LI}))
    await office.visits.check_in(DOORSTEP, office.hours.at(TEN))
    await office.visits.record(TOLD, office.hours.at(NOON))
    await office.follow()
    row = await office.visits.visit(VISIT)
    assert (row.verdict, row.flags) == (Verdict.UNDETERMINED, ("PLACE_UNKNOWN", "BLIND_VISIT"))


async def test_an_approval_is_given_in_the_line_and_never_to_oneself(office: Office) -> None:
    question = Question("anna", Purpose.BACKDATE, str(VISIT), "ill")
    with pytest.raises(Forbidden):
        await office.approvals.grant(question, office.hours.at(NOON, "bruno", "manager"))
    with pytest.raises(SelfApproval):
        await office.approvals.grant(question, office.hours.at(NOON, "anna", "manager"))
    with pytest.raises(RefNotFound):
        await office.approvals.grant(replace(question, rep_id="nobody"), office.hours.at(NOON, "mei", "manager"))
    denied = await office.approvals.deny(question, office.hours.at(NOON, "mei", "manager"), approval_id=an_id(800))
    assert denied.answer["state"] == "DENIED"
    with pytest.raises(AlreadyDecided):
        await office.approvals.grant(question, office.hours.at(NOON, "mei", "manager"), approval_id=an_id(800))
