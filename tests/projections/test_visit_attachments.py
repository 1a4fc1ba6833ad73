"""The attachments of visits: arrived or awaited, new or used before, in whatever order bytes and reports come."""

from datetime import timedelta

from domain.attachment.events import AttachmentLinked, AttachmentOpened, AttachmentStored
from projections.projection import replay
from projections.visit_attachments import VisitAttachmentRow, visit_attachments
from tests.happened import all_happened
from tests.people import ACME, MONDAY, an_id

PHOTO = "ab" * 32
LATER = MONDAY + timedelta(hours=1)
STORED = AttachmentStored(PHOTO, "anna", "anna", 9_000, "image/jpeg", LATER)
LINKED = AttachmentLinked(PHOTO, an_id(1), ACME, "anna", MONDAY)


def _of(visit: int, *events: object) -> list[VisitAttachmentRow]:
    rows = replay(visit_attachments, all_happened(events))
    return [known.row for known in rows if known.known_to is None and known.row.visit_id == an_id(visit)]


def test_what_has_not_arrived_is_awaited() -> None:
    assert _of(1, LINKED) == [VisitAttachmentRow(PHOTO, an_id(1), "anna", MONDAY, False, None, None, None)]


def test_whether_bytes_or_report_come_first_it_is_the_same_in_the_end() -> None:
    arrived = VisitAttachmentRow(PHOTO, an_id(1), "anna", MONDAY, False, LATER, "image/jpeg", 9_000)
    assert _of(1, LINKED, STORED) == _of(1, STORED, LINKED) == [arrived]


def test_each_visit_has_a_row_of_its_own_and_the_later_one_is_told_apart() -> None:
    reused = AttachmentLinked(PHOTO, an_id(2), ACME, "bruno", LATER, ("REUSED_ATTACHMENT", "ATTACHMENT_AWAITED"))
    past = (LINKED, reused, STORED, AttachmentOpened(PHOTO, "anna", "mei", "manager", LATER))
    [first], [second] = _of(1, *past), _of(2, *past)
    assert (first.reused, second.reused) == (False, True)
    assert first.arrived_at == second.arrived_at == LATER
