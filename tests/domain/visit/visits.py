"""The usual visits of the usual people: Anna at Acme on Monday, ten to eleven, with Li who can buy."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.approval.events import ApprovalGranted, Purpose
from domain.facts import CustomerFacts
from domain.reception import Lateness
from domain.reporting.decisions import CorrectVisit, EvaluateVisit, RecordVisit, VoidVisit, reporting
from domain.rulesets import EffectiveVisitRules
from domain.values import Sealed
from domain.visit.decisions import CheckIn, CheckOut, PlanVisit, visiting
from domain.visit.events import CorrectionReason, Objective, Plan
from domain.visit.presence import Geo
from domain.visit.report import (
    ContactRole,
    Discovery,
    InterestOrigin,
    Met,
    Mode,
    NextStep,
    Participants,
    Report,
    Value,
)
from tests.given import given
from tests.people import ACME, ANNA, CALENDAR, GLOBEX, LINE, MONDAY, SHANGHAI, an_id

VISIT = an_id(500)
LI = an_id(601)
WANG = an_id(602)
STRANGER = an_id(699)
YES = an_id(700)
RULES = EffectiveVisitRules()
TEN = MONDAY + timedelta(hours=1)
ELEVEN = MONDAY + timedelta(hours=2)
NOON = MONDAY + timedelta(hours=3)
DOOR = Geo(312304000, 1214737000, 20, "WGS84", "gps")
ACME_AT_HOME = CustomerFacts(ACME, 312304000, 1214737000, "WGS84", frozenset({LI, WANG}), frozenset({LI}))
GLOBEX_AT_HOME = CustomerFacts(GLOBEX, 312404000, 1214837000, "WGS84", frozenset({STRANGER}))
SEALED = Sealed("digest", "mac")
PLAN = Plan(TEN, 60, Objective.MEET_BUYER, None, ContactRole.BUYER)
PHOTO = "ab" * 32
NOTE = "She wants two lines by May and will ask finance."

REPORT = Report(
    mode=Mode.IN_PERSON,
    started_at=TEN,
    ended_at=ELEVEN,
    participants=Participants((), (Met(LI, ContactRole.BUYER),)),
    discovery=Discovery(need="two packaging lines"),
    interest_origin=InterestOrigin.EXISTING_NEED,
    outcome="interested",
    note=NOTE,
    note_characters=len(NOTE),
    next_step=NextStep("send the offer", date(2026, 3, 9), "anna"),
)


def record(report: Report = REPORT, **changes: Any) -> RecordVisit:  # noqa: ANN401 - any field of the command
    """Anna tells of her visit at noon."""
    command = RecordVisit(
        visit_id=VISIT,
        customer=ACME_AT_HOME,
        rep_id="anna",
        active=True,
        line=LINE,
        report=report,
        note_about=None,
        approval_id=None,
        lateness=Lateness(date(2026, 3, 2), ()),
        zone=SHANGHAI,
        attested_at=None,
        met_buyer_before=False,
        at=NOON,
    )
    return replace(command, **changes)


def correct(field: str, value: Value, **changes: Any) -> CorrectVisit:  # noqa: ANN401 - any field of the command
    """Anna puts one field right at one o'clock."""
    command = CorrectVisit(
        visit_id=VISIT,
        rep_id="anna",
        corrects_event=an_id(1),
        field=field,
        value=value,
        customer=ACME_AT_HOME,
        reason=CorrectionReason.TYPO,
        text=None,
        approval_id=None,
        at=NOON + timedelta(hours=1),
    )
    return replace(command, **changes)


def void(**changes: Any) -> VoidVisit:  # noqa: ANN401 - any field of the command
    """Anna strikes her visit out at one o'clock."""
    command = VoidVisit(VISIT, "anna", False, CorrectionReason.WRONG_CUSTOMER, None, None, NOON + timedelta(hours=1))
    return replace(command, **changes)


def judge(at: datetime = NOON, **changes: Any) -> EvaluateVisit:  # noqa: ANN401 - any field of the command
    """Somebody asks for a verdict."""
    return replace(EvaluateVisit(VISIT, RULES, CALENDAR, None, frozenset({LI}), None, at), **changes)


def check_in(geo: Geo | None = DOOR, customer: CustomerFacts = ACME_AT_HOME, *, consent: bool = True) -> CheckIn:
    """Anna's phone says where it is at ten."""
    return CheckIn(VISIT, customer, "anna", LINE, geo, SEALED if geo else None, consent, RULES, TEN, TEN)


def check_out(geo: Geo | None = DOOR, customer: CustomerFacts = ACME_AT_HOME) -> CheckOut:
    """Anna's phone says where it is at eleven."""
    return CheckOut(VISIT, customer, "anna", LINE, geo, SEALED if geo else None, True, RULES, ELEVEN, ELEVEN)


def plan(plan: Plan = PLAN) -> PlanVisit:
    """Anna means to meet the buyer of Acme."""
    return PlanVisit(VISIT, ACME, ANNA.rep_id, LINE, plan, MONDAY)


def planned() -> list[object]:
    """What had happened when a visit was planned."""
    return list(given().when(plan(), visiting).happens())


def checked_in(geo: Geo | None = DOOR, *past: object) -> list[object]:
    """A past, and then a check-in."""
    return [*past, *given(*past).when(check_in(geo), visiting).happens()]


def recorded(*past: object, report: Report = REPORT) -> list[object]:
    """A past, and then the telling of it."""
    return [*past, *given(*past).when(record(report), reporting).happens()]


def approved(
    purpose: Purpose = Purpose.CORRECTION, *, ref: UUID = VISIT, content_hash: str | None = None, rep_id: str = "anna"
) -> ApprovalGranted:
    """Mei, who leads Anna, said yes."""
    return ApprovalGranted(YES, rep_id, purpose, str(ref), content_hash, "mei", "I was there.", NOON)
