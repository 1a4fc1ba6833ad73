"""What a visit says is held against its positions, its photos and the rep's other visits (S2, PM16)."""

from collections.abc import Sequence

from domain.attachment.events import AttachmentLinked
from domain.envelope import Recorded
from domain.policies.policy import Ask, ExamineAsked, Policy
from domain.visit.events import VisitCheckedIn, VisitCheckedOut, VisitCorrected, VisitRecorded, VisitVoided

MATTERS = frozenset({"started_at", "ended_at", "mode", "travel"})
"""Corrections that may make a visit fit, or no longer fit, with others."""


def _asks(recorded: Recorded) -> Sequence[Ask]:
    """A past that was brought in is history; nobody is pointed at for it."""
    envelope = recorded.envelope
    if "IMPORTED" in envelope.flags:
        return []
    match recorded.event:
        case AttachmentLinked(flags=flags) as linked if "REUSED_ATTACHMENT" in flags:
            return [ExamineAsked(linked.visit_id, envelope.decided_at, photo=linked.sha256)]
        case VisitCorrected(field=field) as corrected if field in MATTERS:
            return [ExamineAsked(corrected.visit_id, envelope.decided_at)]
        case VisitCheckedIn() | VisitCheckedOut() | VisitRecorded() | VisitVoided() as visit:
            device = envelope.device
            gap = device is not None and device.queue_seq is not None and "QUEUE_GAP" in envelope.flags
            queue = (device.device_id, device.queue_seq) if gap and device and device.queue_seq else None
            return [ExamineAsked(visit.visit_id, envelope.decided_at, queue=queue)]
        case _:
            return []


examine_whether_visits_fit_together = Policy(
    name="examine whether visits fit together",
    handles=frozenset({VisitCheckedIn, VisitCheckedOut, VisitRecorded, VisitCorrected, VisitVoided, AttachmentLinked}),
    asks=_asks,
)
