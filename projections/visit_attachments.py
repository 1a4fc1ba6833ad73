"""Which photos and documents each visit refers to, whether their bytes have arrived, and which were used before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.attachment.events import AttachmentLinked, AttachmentStored
from domain.envelope import Recorded
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class VisitAttachmentRow:
    """An attachment of a visit; `visit_id` None: its bytes by themselves, whether or not a visit refers to them.

    `arrived_at`, `mime`, `bytes`: of the bytes, None as long as they have not arrived; `reused`: another visit referred
    to it before this one.
    """

    sha256: str
    visit_id: UUID | None
    rep_id: str | None
    linked_at: datetime | None
    reused: bool
    arrived_at: datetime | None
    mime: str | None
    bytes: int | None


def _touches(recorded: Recorded) -> Key | None:
    return (recorded.event.sha256,) if isinstance(recorded.event, AttachmentStored | AttachmentLinked) else None


def _fold(rows: Sequence[VisitAttachmentRow], recorded: Recorded) -> Sequence[VisitAttachmentRow]:
    match recorded.event:
        case AttachmentStored() as event:
            arrived = VisitAttachmentRow(
                event.sha256, None, event.rep_id, None, False, event.stored_at, event.mime, event.bytes
            )
            linked = [
                replace(row, arrived_at=arrived.arrived_at, mime=arrived.mime, bytes=arrived.bytes)
                for row in rows
                if row.visit_id is not None
            ]
            return [arrived, *linked]
        case AttachmentLinked() as event:
            there = next((row for row in rows if row.visit_id is None), None)
            linked_now = VisitAttachmentRow(
                sha256=event.sha256,
                visit_id=event.visit_id,
                rep_id=event.rep_id,
                linked_at=event.linked_at,
                reused="REUSED_ATTACHMENT" in event.flags,
                arrived_at=there.arrived_at if there else None,
                mime=there.mime if there else None,
                bytes=there.bytes if there else None,
            )
            return [*rows, linked_now]
        case _:
            return rows


visit_attachments = Spans(
    name="visit_attachments",
    version=1,
    row=VisitAttachmentRow,
    key=("sha256",),
    indexes=(("visit_id",),),
    handles=frozenset({AttachmentStored, AttachmentLinked}),
    touches=_touches,
    fold=_fold,
)
