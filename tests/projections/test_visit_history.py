"""Every version of a visit is one row: who, when by both clocks, what changed from what to what."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.approval.events import Purpose
from domain.envelope import Actor, Recorded
from domain.reporting.decisions import reporting
from domain.visit.decisions import (
    AnnotateVisit,
    AttemptContact,
    CancelVisit,
    ChangePlan,
    ReviewVisit,
    visiting,
)
from domain.visit.events import AttemptReason, CorrectionReason, Disposition, Verdict
from domain.visit.report import Attachment, Mode, Value
from domain.vocabulary import VOCABULARY
from projections.projection import replay
from projections.visit_history import EVENTS, VisitVersion, visit_history
from tests.domain.visit.visits import (
    NOON,
    PHOTO,
    PLAN,
    TEN,
    VISIT,
    YES,
    approved,
    checked_in,
    correct,
    judge,
    planned,
    recorded,
    void,
)
from tests.given import given
from tests.happened import all_happened, happened
from tests.people import ACME, GLOBEX, LINE

PHOTOGRAPH = Attachment(PHOTO, 9_000, "image/jpeg", TEN)


def versions(events: Sequence[object]) -> Sequence[VisitVersion]:
    """The rows of a history."""
    return replay(visit_history, all_happened(events))


def changed(row: VisitVersion) -> dict[str, Any]:
    """What a version changed."""
    return json.loads(row.changed)


def after(past: list[object], command: object, decider: Any) -> VisitVersion:  # noqa: ANN401 - either decider
    """The row of what a command adds."""
    return versions([*past, *given(*past).when(command, decider).happens()])[-1]


def test_every_event_of_a_visit_makes_a_version_and_no_other_does() -> None:
    assert {word.event for word in VOCABULARY if word.name.startswith("visit.")} == EVENTS
    assert replay(visit_history, [happened(approved(Purpose.CORRECTION))]) == []


def test_versions_are_numbered_without_gaps_and_name_their_event() -> None:
    past = recorded(*checked_in())
    events = all_happened([*planned(), *past])
    rows = replay(visit_history, events)
    assert [(row.version, row.position, row.name) for row in rows] == [
        (1, 1, "visit.visit_planned"),
        (2, 2, "visit.visit_checked_in"),
        (3, 3, "visit.visit_recorded"),
    ]
    assert [row.leaf_hash for row in rows] == [event.leaf.hex() for event in events]
    assert [row.event_id for row in rows] == [event.envelope.event_id for event in events]


def test_a_version_names_both_clocks_and_who_spoke_for_whom() -> None:
    (event,) = recorded()
    told: Recorded = happened(
        event,
        occurred_at=TEN,
        attested_at=TEN,
        decided_at=TEN + timedelta(days=1),
        actor=Actor("crm", "client", "anna"),
        flags=("LATE", "BLIND_VISIT"),
    )
    (row,) = replay(visit_history, [told])
    assert (row.occurred_at, row.recorded_at, row.attested_at) == (TEN, TEN + timedelta(days=1), TEN)
    assert (row.actor_id, row.actor_role, row.on_behalf_of) == ("crm", "client", "anna")
    assert (row.customer_id, row.rep_id, row.line, row.flags) == (ACME, "anna", LINE, ("LATE", "BLIND_VISIT"))


def test_a_telling_shows_what_was_told_and_nothing_that_was_not() -> None:
    told = changed(versions(recorded())[0])
    assert told["mode"] == [None, "IN_PERSON"]
    assert told["customer_id"] == [None, str(ACME)]
    assert told["started_at"] == [None, "2026-03-02T02:00:00Z"]
    assert "objection" not in told


def test_a_check_in_shows_what_may_be_known_of_the_place() -> None:
    assert changed(versions(checked_in())[0]) == {
        "presence": [None, "VERIFIED"],
        "distance_m": [None, 0],
        "accuracy_m": [None, 20],
        "crs": [None, "WGS84"],
        "mock": [None, False],
    }


def test_a_changed_plan_shows_old_and_new() -> None:
    row = after(planned(), ChangePlan(VISIT, "anna", replace(PLAN, planned_minutes=90), NOON), visiting)
    assert changed(row) == {"planned_minutes": [60, 90]}


def test_a_plan_called_off_says_why() -> None:
    row = after(planned(), CancelVisit(VISIT, "anna", "she is away", NOON), visiting)
    assert (changed(row), row.reason) == ({"cancelled": [False, True]}, "she is away")


def test_an_attempt_says_why_nobody_was_reached() -> None:
    tried = AttemptContact(VISIT, ACME, "anna", LINE, Mode.PHONE, AttemptReason.BUSY, None, TEN)
    assert changed(after([], tried, visiting)) == {"attempted": [None, "BUSY"], "mode": [None, "PHONE"]}


def test_a_correction_shows_old_and_new_why_and_on_whose_word() -> None:
    command = correct("customer_id", Value(customer_id=GLOBEX), approval_id=YES, reason=CorrectionReason.WRONG_CUSTOMER)
    past = [*recorded(), approved()]
    row = versions([*past, *given(*past).when(command, reporting).happens()])[-1]
    assert changed(row) == {"customer_id": [str(ACME), str(GLOBEX)]}
    assert (row.customer_id, row.reason, row.approval_id) == (GLOBEX, "WRONG_CUSTOMER", YES)
    assert row.corrects_event == command.corrects_event


def test_a_void_leaves_all_earlier_versions_as_they_were() -> None:
    past = recorded()
    rows = versions([*past, *given(*past).when(void(), reporting).happens()])
    assert rows[0] == versions(past)[0]
    assert (changed(rows[1]), rows[1].reason) == ({"voided": [False, True]}, "WRONG_CUSTOMER")


def test_a_judgement_shows_the_verdict_before_and_the_rules_it_went_by() -> None:
    past = recorded(*checked_in())
    past += given(*past).when(judge(), reporting).happens()
    past += given(*past).when(void(), reporting).happens()
    row = after(past, judge(), reporting)
    assert changed(row) == {"verdict": ["EFFECTIVE", "NOT"], "failed": [None, ["VOIDED"]]}
    assert (row.verdict, row.rules_version) == (Verdict.NOT, 1)


def test_notes_and_reviews_show_their_words() -> None:
    note = AnnotateVisit(VISIT, "anna", "rep", False, "more", (PHOTOGRAPH,), NOON)
    bare = AnnotateVisit(VISIT, "anna", "rep", False, "more", (), NOON)
    review = ReviewVisit(VISIT, "mei", "manager", True, Disposition.FOLLOW_UP, "call her", NOON)
    assert changed(after(recorded(), bare, visiting)) == {"annotation": [None, "more"]}
    assert changed(after(recorded(), note, visiting))["attachments"][1][0]["sha256"] == PHOTO
    assert changed(after(recorded(), review, visiting)) == {
        "disposition": [None, "FOLLOW_UP"],
        "comment": [None, "call her"],
    }
    silent = replace(review, comment=None)
    assert changed(after(recorded(), silent, visiting)) == {"disposition": [None, "FOLLOW_UP"]}
