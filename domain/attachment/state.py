"""What the past of a photo or document means now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never
from uuid import UUID

from domain.attachment.events import AttachmentEvent, AttachmentLinked, AttachmentOpened, AttachmentStored
from domain.decider import Stream


@dataclass(frozen=True, slots=True)
class Attachment:
    """A photo or document. `mime` None: its bytes have not arrived; `visits`: which refer to it, each by its rep."""

    mime: str | None = None
    rep_id: str | None = None
    visits: Mapping[UUID, str] = field(default_factory=dict[UUID, str])

    @property
    def reps(self) -> frozenset[str]:
        """The reps whose history it is part of."""
        return frozenset(self.visits.values()) | ({self.rep_id} if self.rep_id else frozenset[str]())


def evolve(attachment: Attachment, event: AttachmentEvent) -> Attachment:
    """The attachment after one more event."""
    match event:
        case AttachmentStored():
            return replace(attachment, mime=event.mime, rep_id=event.rep_id)
        case AttachmentLinked():
            return replace(attachment, visits={**attachment.visits, event.visit_id: event.rep_id})
        case AttachmentOpened():
            return attachment
        case _:
            assert_never(event)


def attachment_of(sha256: str) -> Stream[Attachment]:
    """The history of one photo or document."""
    return Stream(f"attachment-{sha256}", Attachment(), evolve)
