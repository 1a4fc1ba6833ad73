"""What the past of an approval means now."""

from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.approval.events import ApprovalDenied, ApprovalEvent, ApprovalGranted, ApprovalUsed, Purpose
from domain.decider import Stream


@dataclass(frozen=True, slots=True)
class Undecided:
    """Nobody said anything under this id: a bare name is no approval."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A yes that nothing has relied on yet."""

    rep_id: str
    purpose: Purpose
    ref: str
    content_hash: str | None
    approver: str

    def covers(self, purpose: Purpose, ref: str, rep_id: str, content_hashes: frozenset[str]) -> bool:
        """Whether it was given for exactly this: purpose, thing, rep, and the content that was seen, if one was."""
        named = (self.purpose, self.ref, self.rep_id) == (purpose, ref, rep_id)
        return named and (self.content_hash is None or self.content_hash in content_hashes)


@dataclass(frozen=True, slots=True)
class Denied:
    """A no."""


@dataclass(frozen=True, slots=True)
class Used:
    """A yes that was relied on."""


Approval: TypeAlias = Undecided | Granted | Denied | Used


def evolve(approval: Approval, event: ApprovalEvent) -> Approval:
    """The approval after one more event."""
    match event:
        case ApprovalGranted():
            return Granted(event.rep_id, event.purpose, event.ref, event.content_hash, event.approver)
        case ApprovalDenied():
            return Denied()
        case ApprovalUsed():
            return Used() if isinstance(approval, Granted) else approval
        case _:
            assert_never(event)


def approval_of(approval_id: UUID) -> Stream[Approval]:
    """The history of one approval."""
    stream: Stream[Approval] = Stream(f"approval-{approval_id}", Undecided(), evolve)
    return stream
