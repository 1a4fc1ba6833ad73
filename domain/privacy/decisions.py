"""Ask, agree or not, destroy, follow up: one function per command.

Erasure takes two persons and never waits for open cases: content goes, hashes and verdicts stay (domain §3.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.decider import Decider, Past, Stream
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
from domain.privacy.state import Erasure, ErasureState, erasure_id_of, erasure_of
from domain.reception import RefNotFound
from domain.refusal import Conflict

DUE_AFTER = timedelta(days=30)
"""How long an erasure may take: the month that the law gives."""


@dataclass(eq=False)
class PersonErased(Conflict):
    """The personal values of this person were erased; nothing personal is kept of them any more."""

    data_subject: str


@dataclass(eq=False)
class SecondPersonRequired(Conflict):
    """Whoever asked for an erasure cannot also agree to it: that takes another person."""

    erasure_id: UUID
    requested_by: str


@dataclass(eq=False)
class SubjectActive(Conflict):
    """The rep still works here; the positions and personal notes of their work are erased when they have left."""

    rep_id: str


@dataclass(frozen=True, slots=True)
class RequestErasure:
    """Somebody's values are to go. `active`: a rep who still works here."""

    data_subject: str
    customer_id: UUID | None
    rep_id: str | None
    basis: ErasureBasis
    active: bool
    requested_by: str
    at: datetime

    @property
    def erasure_id(self) -> UUID:
        """The one erasure of that person."""
        return erasure_id_of(self.data_subject)


@dataclass(frozen=True, slots=True)
class ApproveErasure:
    """A second person agrees."""

    erasure_id: UUID
    approved_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RejectErasure:
    """Somebody says no, or takes the asking back."""

    erasure_id: UUID
    reason: RejectionReason
    rejected_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TellDestroyed:
    """Key and ciphertexts are gone. `copies`: bundles that were handed out with the values in clear."""

    erasure_id: UUID
    copies: tuple[UUID, ...]
    backups_until: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmCopyDestroyed:
    """A bundle that was handed out is no more."""

    erasure_id: UUID
    export_id: UUID
    confirmed_by: str
    at: datetime


PrivacyCommand: TypeAlias = RequestErasure | ApproveErasure | RejectErasure | TellDestroyed | ConfirmCopyDestroyed


def stands_on(command: PrivacyCommand) -> Sequence[Stream[Erasure]]:
    """The erasure that is spoken of."""
    return [erasure_of(command.erasure_id)]


def decide(command: PrivacyCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    erasure = past.of(erasure_of(command.erasure_id))
    match command:
        case RequestErasure():
            return request_erasure(command, erasure)
        case ApproveErasure():
            return approve_erasure(command, erasure)
        case RejectErasure():
            return reject_erasure(command, erasure)
        case TellDestroyed():
            return tell_destroyed(command, erasure)
        case ConfirmCopyDestroyed():
            return confirm_copy_destroyed(command, erasure)
        case _:
            assert_never(command)


def request_erasure(command: RequestErasure, erasure: Erasure) -> Sequence[object]:
    """It is asked once, and again after a no."""
    if erasure.state not in (None, ErasureState.REJECTED):
        return []
    if command.active and command.rep_id is not None:
        raise SubjectActive(command.rep_id)
    return [
        ErasureRequested(
            erasure_id=command.erasure_id,
            data_subject=command.data_subject,
            customer_id=command.customer_id,
            rep_id=command.rep_id,
            basis=command.basis,
            requested_by=command.requested_by,
            due_at=command.at + DUE_AFTER,
            requested_at=command.at,
        )
    ]


def approve_erasure(command: ApproveErasure, erasure: Erasure) -> Sequence[object]:
    """Two persons, never the same."""
    if erasure.state in (None, ErasureState.REJECTED):
        raise RefNotFound("erasure", str(command.erasure_id))
    if erasure.state != ErasureState.REQUESTED:
        return []
    if erasure.requested_by == command.approved_by:
        raise SecondPersonRequired(command.erasure_id, erasure.requested_by)
    return [
        SubjectErased(
            erasure_id=command.erasure_id,
            data_subject=erasure.data_subject,
            customer_id=erasure.customer_id,
            rep_id=erasure.rep_id,
            requested_by=erasure.requested_by,
            approved_by=command.approved_by,
            erased_at=command.at,
        )
    ]


def reject_erasure(command: RejectErasure, erasure: Erasure) -> Sequence[object]:
    """What was agreed to cannot be taken back: there is nothing left."""
    if erasure.state is None:
        raise RefNotFound("erasure", str(command.erasure_id))
    if erasure.state.is_final:
        raise PersonErased(erasure.data_subject)
    if erasure.state == ErasureState.REJECTED:
        return []
    return [
        ErasureRejected(
            erasure_id=command.erasure_id,
            data_subject=erasure.data_subject,
            customer_id=erasure.customer_id,
            rep_id=erasure.rep_id,
            reason=command.reason,
            rejected_by=command.rejected_by,
            rejected_at=command.at,
        )
    ]


def tell_destroyed(command: TellDestroyed, erasure: Erasure) -> Sequence[object]:
    """The database is done with; where nobody was handed anything, so is the erasure."""
    if erasure.state != ErasureState.ERASED:
        return []
    destroyed = ValuesDestroyed(
        erasure_id=command.erasure_id,
        data_subject=erasure.data_subject,
        customer_id=erasure.customer_id,
        rep_id=erasure.rep_id,
        copies=command.copies,
        backups_until=command.backups_until,
        destroyed_at=command.at,
    )
    if command.copies:
        return [destroyed]
    return [destroyed, _completed(command.erasure_id, erasure, command.backups_until, command.at)]


def confirm_copy_destroyed(command: ConfirmCopyDestroyed, erasure: Erasure) -> Sequence[object]:
    """With the last copy the erasure is complete."""
    if erasure.state is None:
        raise RefNotFound("erasure", str(command.erasure_id))
    if command.export_id not in erasure.copies or erasure.backups_until is None:
        return []
    confirmed = CopyDestroyed(
        erasure_id=command.erasure_id,
        data_subject=erasure.data_subject,
        customer_id=erasure.customer_id,
        rep_id=erasure.rep_id,
        export_id=command.export_id,
        confirmed_by=command.confirmed_by,
        confirmed_at=command.at,
    )
    if erasure.copies != (command.export_id,):
        return [confirmed]
    return [confirmed, _completed(command.erasure_id, erasure, erasure.backups_until, command.at)]


def _completed(erasure_id: UUID, erasure: Erasure, backups_until: datetime, at: datetime) -> ErasureCompleted:
    return ErasureCompleted(
        erasure_id=erasure_id,
        data_subject=erasure.data_subject,
        customer_id=erasure.customer_id,
        rep_id=erasure.rep_id,
        backups_until=backups_until,
        completed_at=at,
    )


erasing = Decider[PrivacyCommand](stands_on, decide)
