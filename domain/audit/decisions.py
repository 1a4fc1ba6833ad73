"""Handing out a dossier; the heads of all subjects are recorded with it, so it can prove that nothing is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.audit.events import DossierExported, SubjectHeadsRecorded
from domain.audit.state import export_of, subject_heads
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
