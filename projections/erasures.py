"""How far the erasure of each person's values has come, and which copies of them were handed out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.audit.events import DossierExported
from domain.envelope import Recorded
from domain.privacy.events import (
    CopyDestroyed,
    ErasureBasis,
    ErasureCompleted,
    ErasureRejected,
    ErasureRequested,
    RejectionReason,
    SubjectErased,
    ValuesDestroyed,
)
from domain.privacy.state import ErasureState
from projections.projection import Facts, Key, Spans


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """An erasure. `erased_position`: from where on the values are gone; `copies`: those still to be destroyed."""

    erasure_id: UUID
    data_subject: str
    customer_id: UUID | None
    rep_id: str | None
    state: ErasureState
    basis: ErasureBasis
    requested_by: str
    requested_at: datetime
    due_at: datetime
    rejected_by: str | None = None
    rejection: RejectionReason | None = None
    approved_by: str | None = None
    erased_at: datetime | None = None
    erased_position: int | None = None
    destroyed_at: datetime | None = None
    copies: tuple[UUID, ...] = ()
    backups_until: datetime | None = None
    completed_at: datetime | None = None


_EVENTS = ErasureRequested | ErasureRejected | SubjectErased | ValuesDestroyed | CopyDestroyed | ErasureCompleted


def _touches(recorded: Recorded) -> Key | None:
    return (recorded.event.erasure_id,) if isinstance(recorded.event, _EVENTS) else None


def _fold(rows: Sequence[ErasureRow], recorded: Recorded) -> Sequence[ErasureRow]:
    match recorded.event:
        case ErasureRequested() as event:
            return [
                ErasureRow(
                    erasure_id=event.erasure_id,
                    data_subject=event.data_subject,
                    customer_id=event.customer_id,
                    rep_id=event.rep_id,
                    state=ErasureState.REQUESTED,
                    basis=event.basis,
                    requested_by=event.requested_by,
                    requested_at=event.requested_at,
                    due_at=event.due_at,
                )
            ]
        case ErasureRejected() as event:
            return [
                replace(row, state=ErasureState.REJECTED, rejected_by=event.rejected_by, rejection=event.reason)
                for row in rows
            ]
        case SubjectErased() as event:
            return [
                replace(
                    row,
                    state=ErasureState.ERASED,
                    approved_by=event.approved_by,
                    erased_at=event.erased_at,
                    erased_position=recorded.position,
                )
                for row in rows
            ]
        case ValuesDestroyed() as event:
            return [
                replace(
                    row,
                    state=ErasureState.DESTROYED,
                    destroyed_at=event.destroyed_at,
                    copies=event.copies,
                    backups_until=event.backups_until,
                )
                for row in rows
            ]
        case CopyDestroyed() as event:
            return [replace(row, copies=tuple(one for one in row.copies if one != event.export_id)) for row in rows]
        case ErasureCompleted() as event:
            return [replace(row, state=ErasureState.COMPLETED, completed_at=event.completed_at) for row in rows]
        case _:
            return rows


erasures = Spans(
    name="erasures",
    version=1,
    row=ErasureRow,
    key=("erasure_id",),
    indexes=(("data_subject",), ("state",), ("customer_id",)),
    handles=frozenset(
        {ErasureRequested, ErasureRejected, SubjectErased, ValuesDestroyed, CopyDestroyed, ErasureCompleted}
    ),
    touches=_touches,
    fold=_fold,
)


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A bundle that was handed out with the values of somebody in clear."""

    data_subject: str
    position: int
    export_id: UUID
    exported_by: str
    exported_at: datetime


def _copies(recorded: Recorded) -> Iterable[CopyRow]:
    match recorded.event:
        case DossierExported() as event:
            return [
                CopyRow(subject, recorded.position, event.export_id, event.exported_by, event.exported_at)
                for subject in event.disclosed
            ]
        case _:
            return []


copies_in_clear = Facts(
    name="copies_in_clear",
    version=1,
    row=CopyRow,
    key=("data_subject", "position"),
    indexes=(),
    handles=frozenset({DossierExported}),
    project=_copies,
)
