"""What the past of an erasure means now."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import NAMESPACE_URL, UUID, uuid5

from domain.decider import Stream
from domain.privacy.events import (
    CopyDestroyed,
    ErasureCompleted,
    ErasureRejected,
    ErasureRequested,
    PrivacyEvent,
    SubjectErased,
    ValuesDestroyed,
)


class ErasureState(StrEnum):
    """How far an erasure has come."""

    REQUESTED = "REQUESTED"
    REJECTED = "REJECTED"
    ERASED = "ERASED"
    DESTROYED = "DESTROYED"
    COMPLETED = "COMPLETED"

    @property
    def is_final(self) -> bool:
        """Whether the values are gone for good."""
        return self not in (ErasureState.REQUESTED, ErasureState.REJECTED)


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure. `state` None: nobody has asked for it. `copies`: those that are still to be destroyed."""

    state: ErasureState | None = None
    data_subject: str = ""
    customer_id: UUID | None = None
    rep_id: str | None = None
    requested_by: str = ""
    copies: tuple[UUID, ...] = ()
    backups_until: datetime | None = None


def evolve(erasure: Erasure, event: PrivacyEvent) -> Erasure:
    """The erasure after one more event."""
    match event:
        case ErasureRequested():
            return Erasure(
                ErasureState.REQUESTED, event.data_subject, event.customer_id, event.rep_id, event.requested_by
            )
        case ErasureRejected():
            return replace(erasure, state=ErasureState.REJECTED)
        case SubjectErased():
            return replace(erasure, state=ErasureState.ERASED)
        case ValuesDestroyed():
            return replace(
                erasure, state=ErasureState.DESTROYED, copies=event.copies, backups_until=event.backups_until
            )
        case CopyDestroyed():
            return replace(erasure, copies=tuple(one for one in erasure.copies if one != event.export_id))
        case ErasureCompleted():
            return replace(erasure, state=ErasureState.COMPLETED)
        case _:
            assert_never(event)


def erasure_id_of(data_subject: str) -> UUID:
    """The one erasure of somebody, however often it is asked for."""
    return uuid5(NAMESPACE_URL, f"fieldtrace:erasure:{data_subject}")


def erasure_of(erasure_id: UUID) -> Stream[Erasure]:
    """The history of one erasure."""
    return Stream(f"erasure-{erasure_id}", Erasure(), evolve)
