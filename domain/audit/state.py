"""The streams of the records about records; nothing is decided from what they add up to."""

from uuid import UUID

from domain.audit.events import AuditEvent
from domain.decider import Stream


def _counted(events: int, event: AuditEvent) -> int:
    del event
    return events + 1


def subject_heads() -> Stream[int]:
    """The one history of subject heads of a log."""
    return Stream("audit-subject_heads", 0, _counted)


def parked_streams() -> Stream[int]:
    """The one history of what was parked and tried again."""
    return Stream("audit-parked_streams", 0, _counted)


def export_of(export_id: UUID) -> Stream[int]:
    """The history of one bundle that was handed out."""
    return Stream(f"export-{export_id}", 0, _counted)


def look_of(look_id: UUID) -> Stream[int]:
    """The history of one look; it is a single event."""
    return Stream(f"look-{look_id}", 0, _counted)
