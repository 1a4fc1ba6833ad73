"""Targets as they stand, and everything that was asked of them."""

from dataclasses import replace
from datetime import date

from domain.target.events import TargetAccepted, TargetAmendmentRefused, TargetClosed, TargetLocked
from domain.target.state import Standing, Target, evolve
from projections.projection import Known, known_at, replay
from projections.target_history import Change, TargetHistoryRow, target_history
from projections.target_ledger import TargetRow, target_ledger
from tests.domain.targeting.targets import AMENDED, PROPOSED, SUBJECT, TARGET, WAS_SET
from tests.happened import all_happened
from tests.people import MONDAY, days

ACCEPTED = TargetAccepted(TARGET, SUBJECT, "anna", MONDAY + days(1))
LOCKED = TargetLocked(TARGET, SUBJECT, "mei", MONDAY + days(2))
CLOSED = TargetClosed(TARGET, SUBJECT, "mei", MONDAY + days(30))
REFUSED = TargetAmendmentRefused(
    TARGET, SUBJECT, 60, 10, date(2026, 3, 1), AMENDED.reason, "mei", "half", "SELF_APPROVAL", "mei", MONDAY
)


def ledger(*events: object) -> list[Known[TargetRow]]:
    return list(replay(target_ledger, all_happened(events)))


def now(*events: object) -> TargetRow:
    (row,) = [known.row for known in ledger(*events) if known.known_to is None]
    return row


def test_a_target_goes_from_proposed_to_closed_in_one_row() -> None:
    assert now(PROPOSED).standing is Standing.PROPOSED
    row = now(PROPOSED, replace(WAS_SET, qty=70), ACCEPTED, LOCKED, CLOSED)
    assert (row.standing, row.first_qty, row.qty, row.version) == (Standing.CLOSED, 70, 70, 5)
    assert (row.proposed_by, row.set_by) == ("anna", "mei")
    assert (row.accepted_at, row.locked_at, row.closed_at) == (
        ACCEPTED.accepted_at,
        LOCKED.locked_at,
        CLOSED.closed_at,
    )


def test_the_ledger_says_the_quantity_of_every_day() -> None:
    again = replace(AMENDED, old_qty=60, new_qty=55, effective_from=date(2026, 3, 5))
    row, target = now(WAS_SET, AMENDED, again), Target()
    for event in (WAS_SET, AMENDED, again):
        target = evolve(target, event)
    assert [row.qty_on(date(2026, 3, day)) for day in (1, 4, 5, 8, 9, 31)] == [60, 60, 55, 55, 50, 50]
    assert all(row.qty_on(date(2026, 3, day)) == target.qty_on(date(2026, 3, day)) for day in range(1, 32))
    assert (row.first_qty, row.qty) == (60, 50)


def test_what_a_target_was_when_the_day_was_lived_is_known_for_good() -> None:
    (then,) = [known.row for known in ledger(WAS_SET, AMENDED) if known_at(1, known)]
    assert then.qty_on(date(2026, 3, 31)) == 60


def history(*events: object) -> list[TargetHistoryRow]:
    return list(replay(target_history, all_happened(events)))


def test_the_history_tells_every_change_and_every_refused_one() -> None:
    rows = history(PROPOSED, WAS_SET, ACCEPTED, LOCKED, AMENDED, REFUSED, CLOSED)
    assert [(row.change, row.came_to_be) for row in rows] == [
        (Change.PROPOSED, True),
        (Change.SET, True),
        (Change.ACCEPTED, True),
        (Change.LOCKED, True),
        (Change.AMENDED, True),
        (Change.AMENDMENT_REFUSED, False),
        (Change.CLOSED, True),
    ]
    assert [row.position for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [row.by for row in rows] == ["anna", "mei", "anna", "mei", "mei", "mei", "mei"]


def test_an_amendment_says_who_why_from_what_to_what_and_from_when() -> None:
    amended, refused = history(AMENDED, REFUSED)
    assert (amended.old_qty, amended.new_qty, amended.effective_from) == (60, 50, date(2026, 3, 9))
    assert (amended.reason, amended.calc, amended.approver, amended.code) == (
        AMENDED.reason,
        AMENDED.calc,
        "director",
        None,
    )
    assert (refused.old_qty, refused.new_qty, refused.code, refused.approver) == (60, 10, "SELF_APPROVAL", "mei")
