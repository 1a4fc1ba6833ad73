"""The desk at which personal values are erased: asked by one person, agreed by another, followed to the end."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.attachment.state import attachment_of
from domain.privacy.decisions import (
    ApproveErasure,
    ConfirmCopyDestroyed,
    PersonErased,
    RejectErasure,
    RequestErasure,
    TellDestroyed,
    erasing,
)
from domain.privacy.events import ErasureBasis, RejectionReason
from domain.privacy.state import ErasureState, erasure_id_of
from domain.reception import RefNotFound
from projections.erasures import CopyRow, ErasureRow, copies_in_clear, erasures
from projections.projection import Known
from services.carry_out import CarryOut, told
from services.customers import CustomerDesk
from services.lookups import Reps
from services.pasts import Pasts
from services.ports import Context, Json, ReadStore, Receipt, Vault

__all__ = ["ErasureBasis", "ErasureRow", "ErasureState", "PersonErased", "PrivacyDesk", "RejectionReason"]


class PrivacyDesk:
    """Takes the askings, carries erasures out, and tells how far each has come."""

    def __init__(
        self,
        carry_out: CarryOut,
        pasts: Pasts,
        store: ReadStore,
        vault: Vault,
        customers: CustomerDesk,
        reps: Reps,
        backups: timedelta,
    ) -> None:
        """`backups`: how long a backup of the database is kept."""
        self._carry_out = carry_out
        self._pasts = pasts
        self._store = store
        self._vault = vault
        self._customers = customers
        self._reps = reps
        self._backups = backups

    async def request_for_contact(
        self, customer_id: UUID, contact_id: UUID, basis: ErasureBasis, context: Context
    ) -> Receipt:
        """A person at a customer is to be forgotten."""
        if contact_id not in (await self._customers.facts(customer_id)).contact_ids:
            raise RefNotFound("contact", str(contact_id))
        return await self._request(f"contact:{contact_id}", basis, context, customer_id=customer_id)

    async def request_for_rep(self, rep_id: str, basis: ErasureBasis, context: Context) -> Receipt:
        """The raw positions and personal notes of a rep who has left are to go. Refused: SUBJECT_ACTIVE."""
        rep = await self._reps.rep(rep_id, context.decided_at)
        return await self._request(f"rep:{rep_id}", basis, context, rep_id=rep_id, active=rep.active)

    async def request_for_attachment(self, sha256: str, basis: ErasureBasis, context: Context) -> Receipt:
        """A photo or document is to go."""
        attachment = await self._pasts.of(attachment_of(sha256))
        if attachment.mime is None:
            raise RefNotFound("attachment", sha256)
        return await self._request(f"attachment:{sha256}", basis, context, rep_id=attachment.rep_id)

    async def approve(self, erasure_id: UUID, context: Context) -> Receipt:
        """Agree; a machine that speaks for somebody is still itself. Refused: SECOND_PERSON_REQUIRED."""
        command = ApproveErasure(erasure_id, context.actor.id, context.decided_at)
        return await self._carry_out(command, erasing, context, answer=_naming(erasure_id, ErasureState.ERASED))

    async def reject(self, erasure_id: UUID, reason: RejectionReason, context: Context) -> Receipt:
        """Say that the values stay."""
        command = RejectErasure(erasure_id, reason, context.actor.id, context.decided_at)
        return await self._carry_out(command, erasing, context, answer=_naming(erasure_id, ErasureState.REJECTED))

    async def confirm_copy_destroyed(self, erasure_id: UUID, export_id: UUID, context: Context) -> Receipt:
        """Say that a bundle that was handed out is no more."""
        command = ConfirmCopyDestroyed(erasure_id, export_id, context.actor.id, context.decided_at)
        return await self._carry_out(command, erasing, context, answer=_naming(erasure_id, None))

    async def destroy(self, erasure_id: UUID, data_subject: str, erased_at: datetime, context: Context) -> Receipt:
        """Destroy key and ciphertexts, then say so; asked for by policy, as often as it takes.

        Whoever is stopped before it is said begins anew: what is destroyed already stays destroyed.
        """
        await self._vault.destroy(data_subject)
        copies: Sequence[CopyRow] = await self._store.select(copies_in_clear, {"data_subject": data_subject})
        command = TellDestroyed(
            erasure_id=erasure_id,
            copies=tuple(dict.fromkeys(copy.export_id for copy in copies)),
            backups_until=erased_at + self._backups,
            at=context.decided_at,
        )
        return await self._carry_out(command, erasing, context)

    async def listed(
        self, where: Mapping[str, Any], *, at: int, after: Sequence[Any] = (), limit: int
    ) -> Sequence[ErasureRow]:
        """Erasures by equal columns, those that are due first in front."""
        known: Sequence[Known[ErasureRow]] = await self._store.select(
            erasures, where, at=at, order=("due_at", "erasure_id"), after=after, limit=limit
        )
        return [one.row for one in known]

    async def erasure(self, erasure_id: UUID, *, at: int) -> ErasureRow:
        """One erasure; raises `RefNotFound`."""
        known: Sequence[Known[ErasureRow]] = await self._store.select(erasures, {"erasure_id": erasure_id}, at=at)
        if not known:
            raise RefNotFound("erasure", str(erasure_id))
        return known[0].row

    async def _request(
        self,
        data_subject: str,
        basis: ErasureBasis,
        context: Context,
        *,
        customer_id: UUID | None = None,
        rep_id: str | None = None,
        active: bool = False,
    ) -> Receipt:
        command = RequestErasure(
            data_subject=data_subject,
            customer_id=customer_id,
            rep_id=rep_id,
            basis=basis,
            active=active,
            requested_by=context.actor.id,
            at=context.decided_at,
        )
        answer = _naming(erasure_id_of(data_subject), ErasureState.REQUESTED)
        return await self._carry_out(command, erasing, context, answer=answer)


def _naming(erasure_id: UUID, state: ErasureState | None) -> Callable[[Sequence[object]], Mapping[str, Json]]:
    """Which erasure it is, and how far it has come where something happened."""

    def answer(events: Sequence[object]) -> Mapping[str, Json]:
        return told({"erasure_id": erasure_id, "state": state} if events and state else {"erasure_id": erasure_id})

    return answer
