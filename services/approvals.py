"""The desk at which managers say yes or no to what a rule does not allow by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.approval.decisions import AlreadyDecided as AlreadyDecided
from domain.approval.decisions import ApprovalCommand, DenyApproval, GrantApproval, approving
from domain.approval.events import ApprovalDenied, ApprovalGranted
from domain.approval.events import Purpose as Purpose
from services.carry_out import CarryOut, told
from services.lookups import Reps
from services.ports import Context, Json, NewId, Receipt


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be approved: for which rep, for what purpose, naming what.

    `ref`: the id of the visit, claim or target that needs it; `content_hash`: hex SHA-256 of what the manager saw: of
    the photo (mandatory for PRESENCE_PHOTO), or of the value that a correction brings, in its canonical JSON form.
    """

    rep_id: str
    purpose: Purpose
    ref: str
    reason: str
    content_hash: str | None = None


class ApprovalDesk:
    """Grants and denies; whoever stands above the rep in the line at that hour may do so, and nobody for themselves."""

    def __init__(self, carry_out: CarryOut, reps: Reps, new_id: NewId) -> None:
        self._carry_out = carry_out
        self._reps = reps
        self._new_id = new_id

    async def grant(self, question: Question, context: Context, *, approval_id: UUID | None = None) -> Receipt:
        """Say yes; the answer names the approval, which is then used once, by what it names."""
        return await self._decide(GrantApproval, question, context, approval_id or self._new_id())

    async def deny(self, question: Question, context: Context, *, approval_id: UUID | None = None) -> Receipt:
        """Say no."""
        return await self._decide(DenyApproval, question, context, approval_id or self._new_id())

    async def _decide(
        self,
        command: type[GrantApproval] | type[DenyApproval],
        question: Question,
        context: Context,
        approval_id: UUID,
    ) -> Receipt:
        approver = context.actor.acting_for

        async def ask() -> ApprovalCommand:
            await self._reps.rep(question.rep_id, context.decided_at)
            return command(
                approval_id=approval_id,
                rep_id=question.rep_id,
                purpose=question.purpose,
                ref=question.ref,
                content_hash=question.content_hash,
                approver=approver,
                approver_role=context.actor.role,
                in_line=await self._reps.manages(approver, question.rep_id, context.decided_at),
                reason=question.reason,
                at=context.decided_at,
            )

        return await self._carry_out.afresh(ask, approving, context, answer=_decided)


def _decided(events: Sequence[object]) -> Mapping[str, Json]:
    event = next(event for event in events if isinstance(event, ApprovalGranted | ApprovalDenied))
    return told(
        {
            "approval_id": event.approval_id,
            "state": "GRANTED" if isinstance(event, ApprovalGranted) else "DENIED",
            "purpose": event.purpose,
            "ref": event.ref,
            "rep_id": event.rep_id,
            "approver": event.approver,
        }
    )
