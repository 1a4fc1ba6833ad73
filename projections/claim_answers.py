"""What was answered when somebody asked for a customer: yes, no or contested, by which rules; for whoever asks why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.envelope import Recorded
from domain.ownership.events import ClaimContested, ClaimGranted, ClaimRefused
from projections.projection import Facts


class Answered(StrEnum):
    """What a claim was answered. CONTESTED: a case decides between it and the one that stood in the way."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    CONTESTED = "CONTESTED"


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """One answer to one asking. `code`: why it was refused; `basis`: by what right it was granted.

    An id that was refused and asked with again has an answer each time.
    """

    claim_id: UUID
    position: int
    answer: Answered
    customer_id: UUID
    line: str
    rep_id: str
    code: str | None
    basis: str | None
    blocking_claim_id: UUID | None
    claimable_at: datetime | None
    rules_version: int
    answered_at: datetime


def _project(recorded: Recorded) -> Iterable[ClaimAnswer]:
    match recorded.event:
        case ClaimGranted() as event:
            yield ClaimAnswer(
                claim_id=event.claim_id,
                position=recorded.position,
                answer=Answered.GRANTED,
                customer_id=event.customer_id,
                line=event.line,
                rep_id=event.rep_id,
                code=None,
                basis=event.basis.value,
                blocking_claim_id=None,
                claimable_at=None,
                rules_version=event.rules_version,
                answered_at=event.granted_at,
            )
        case ClaimRefused() as event:
            yield ClaimAnswer(
                claim_id=event.claim_id,
                position=recorded.position,
                answer=Answered.REFUSED,
                customer_id=event.customer_id,
                line=event.line,
                rep_id=event.rep_id,
                code=event.reason,
                basis=None,
                blocking_claim_id=event.blocking_claim_id,
                claimable_at=event.claimable_at,
                rules_version=event.rules_version,
                answered_at=event.refused_at,
            )
        case ClaimContested() as event:
            yield ClaimAnswer(
                claim_id=event.claim_id,
                position=recorded.position,
                answer=Answered.CONTESTED,
                customer_id=event.customer_id,
                line=event.line,
                rep_id=event.rep_id,
                code="CONTESTED",
                basis=None,
                blocking_claim_id=event.rival_claim_id,
                claimable_at=None,
                rules_version=event.rules_version,
                answered_at=event.contested_at,
            )
        case _:
            return


claim_answers = Facts(
    name="claim_answers",
    version=1,
    row=ClaimAnswer,
    key=("claim_id", "position"),
    indexes=(("customer_id", "line", "position"),),
    handles=frozenset({ClaimGranted, ClaimRefused, ClaimContested}),
    project=_project,
)
