"""Handing out a dossier with the heads that prove it whole; looking; having what is parked tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.audit.events import DossierExported, LookEvent, ParkedStreamRetried, SubjectHeadsRecorded
from domain.audit.state import export_of, look_of, parked_streams, subject_heads
from domain.decider import Decider, Past, Stream


@dataclass(frozen=True, slots=True)
class ExportDossier:
    """Somebody who may takes everything about one subject home."""

    export_id: UUID
    subject: str
    as_of_position: int
    events: int
    heads_root: str
    subjects: int
    content_sha256: str
    rep_id: str | None
    customer_id: UUID | None
    exported_by: str
    at: datetime
    disclosed: tuple[str, ...] = ()


def stands_on(command: ExportDossier) -> Sequence[Stream[int]]:
    """The history of heads, and the bundle's own."""
    return [subject_heads(), export_of(command.export_id)]


def export_dossier(command: ExportDossier, past: Past) -> Sequence[object]:
    """Record the heads and, after them, that the dossier was handed out."""
    del past
    return [
        SubjectHeadsRecorded(command.heads_root, command.subjects, command.as_of_position, command.at),
        DossierExported(
            export_id=command.export_id,
            subject=command.subject,
            as_of_position=command.as_of_position,
            events=command.events,
            content_sha256=command.content_sha256,
            rep_id=command.rep_id,
            customer_id=command.customer_id,
            exported_by=command.exported_by,
            exported_at=command.at,
            disclosed=command.disclosed,
        ),
    ]


exporting = Decider[ExportDossier](stands_on, export_dossier)


@dataclass(frozen=True, slots=True)
class RetryParkedStream:
    """Whoever keeps the service running has what waits taken in again, after what was wrong was mended."""

    projection: str
    stream: str
    position: int
    error: str
    retried_by: str
    at: datetime


def retried_stands_on(command: RetryParkedStream) -> Sequence[Stream[int]]:
    """The history of what was tried again."""
    del command
    return [parked_streams()]


def retry_parked_stream(command: RetryParkedStream, past: Past) -> Sequence[object]:
    """Record that it is tried again, before it is."""
    del past
    return [
        ParkedStreamRetried(
            projection=command.projection,
            stream=command.stream,
            position=command.position,
            error=command.error,
            retried_by=command.retried_by,
            retried_at=command.at,
        )
    ]


retrying = Decider[RetryParkedStream](retried_stands_on, retry_parked_stream)


@dataclass(frozen=True, slots=True)
class RecordLook:
    """Somebody looked; `look` says at what."""

    look: LookEvent


def looks_stand_on(command: RecordLook) -> Sequence[Stream[int]]:
    """Its own history, which nobody else writes."""
    return [look_of(command.look.look_id)]


def record_look(command: RecordLook, past: Past) -> Sequence[object]:
    """What was seen was seen: no look is refused here."""
    del past
    return [command.look]


looking = Decider[RecordLook](looks_stand_on, record_look)
