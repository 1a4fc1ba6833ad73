"""What a visit refers to is linked to it; a photo that another visit used before is noticed (PM16)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.policies.policy import Ask, LinkAsked, Policy
from domain.visit.events import VisitAnnotated, VisitRecorded


def _asks(recorded: Recorded) -> Sequence[Ask]:
    match recorded.event:
        case VisitRecorded() as event:
            attachments = event.report.attachments
        case VisitAnnotated() as event:
            attachments = event.attachments
        case _:
            return []
    if not attachments:
        return []
    names = tuple(attachment.sha256 for attachment in attachments)
    return [LinkAsked(event.visit_id, event.customer_id, event.rep_id, names)]


link_what_is_attached_to_visits = Policy(
    name="link what is attached to visits", handles=frozenset({VisitRecorded, VisitAnnotated}), asks=_asks
)
