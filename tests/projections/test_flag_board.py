"""Every flag about a rep is one row, with how grave it is; how an event came is no flag about anybody."""

from domain.envelope import Recorded
from domain.ownership.events import FollowUpStopped
from domain.visit.events import IntegrityCleared
from domain.visit.integrity import IntegrityFlag
from projections.flag_board import FlagRow, Severity, flag_board, severity_of
from projections.projection import replay
from tests.domain.visit.visits import NOON, VISIT, recorded
from tests.happened import happened
from tests.people import ACME, LINE, an_id


def rows(*events: Recorded) -> list[FlagRow]:
    return list(replay(flag_board, events))


def flagged(*flags: str) -> Recorded:
    one = happened(recorded()[0])
    return one._replace(envelope=one.envelope._replace(flags=flags, subjects=("rep:anna", f"customer:{ACME}")))


def test_each_flag_of_an_event_is_a_row_of_its_rep() -> None:
    found = rows(flagged("LATE", "QUEUE_GAP"))
    assert [(one.rep_id, one.flag, one.severity, one.customer_id) for one in found] == [
        ("anna", "LATE", Severity.INFO, ACME),
        ("anna", "QUEUE_GAP", Severity.WARN, ACME),
    ]


def test_a_past_that_was_brought_in_is_no_flag() -> None:
    assert rows(flagged("IMPORTED")) == []
    assert rows(flagged()) == []


def test_what_is_stopped_is_grave_and_what_is_cleared_says_so() -> None:
    stopped = FollowUpStopped(an_id(1), ACME, LINE, "anna", 5, (VISIT,), 1, NOON)
    cleared = IntegrityCleared(VISIT, ACME, "anna", LINE, IntegrityFlag.OVERLAPPING_VISITS, an_id(2), NOON)
    found = [one for event in (stopped, cleared) for one in rows(happened(event))]
    assert [(one.flag, one.severity, one.cleared) for one in found] == [
        ("FOLLOW_UP_STOP", Severity.STOP, False),
        ("OVERLAPPING_VISITS", Severity.WARN, True),
    ]


def test_a_flag_that_nobody_graded_is_for_information() -> None:
    assert severity_of("SOMETHING_NEW") is Severity.INFO
