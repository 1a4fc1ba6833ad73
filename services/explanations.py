"""Why a claim was answered as it was: every condition with its value and its limit, as they stood at that hour."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.envelope import Recorded
from domain.ownership.events import ClaimBasis
from domain.reception import RefNotFound
from projections.claim_answers import ClaimAnswer, claim_answers
from services.lookups import Abreast
from services.ownership import Claimability
from services.ports import Context, EventLog, ReadStore, Request

__all__ = ["ClaimAnswer", "Claimability", "Explanation", "Explanations"]

_BY_A_CLAIM = frozenset({ClaimBasis.ONLINE.value, ClaimBasis.ATTESTED.value})
_GROUP = 16
"""Events of one request, at most, that are looked at behind an answer."""


class Weighs(Protocol):
    """Whoever can say what a claim would be answered."""

    async def claimability(self, customer_id: UUID, line: str, rep_id: str, context: Context) -> Claimability:
        """The answer that a claim would get, by the same decision."""
        ...


@dataclass(frozen=True, slots=True)
class Explanation:
    """One answer to a claim, and the decision made again on what the log held before it.

    `weighed`: None where no claim was weighed, because another right gave the customer (a ruling, a transfer …);
    `reproduced`: whether the decision, made again, comes out as it was recorded; `actor`: who asked.
    """

    answer: ClaimAnswer
    actor: str
    position_before: int
    weighed: Claimability | None
    reproduced: bool


class Explanations:
    """Explains answers from the log; nothing but the answer itself was kept for it."""

    def __init__(
        self, log: EventLog, store: ReadStore, projector: Abreast, as_it_stood: Callable[[int], Weighs]
    ) -> None:
        """`as_it_stood`: the desk of claims as of a position."""
        self._log = log
        self._store = store
        self._projector = projector
        self._as_it_stood = as_it_stood

    async def of(self, claim_id: UUID) -> Sequence[Explanation]:
        """Every answer that was given under a claim's id, in order; raises `RefNotFound`."""
        await self._projector.reached((await self._log.head()).position, seconds=2.0)
        answers: Sequence[ClaimAnswer] = await self._store.select(
            claim_answers, {"claim_id": claim_id}, order=("position",)
        )
        if not answers:
            raise RefNotFound("claim", str(claim_id))
        return [await self._explained(answer) for answer in answers]

    async def _explained(self, answer: ClaimAnswer) -> Explanation:
        group = await self._log.page(max(0, answer.position - _GROUP), min(_GROUP, answer.position))
        recorded, before = _of_one_request(group)
        actor = recorded.envelope.actor
        if answer.basis is not None and answer.basis not in _BY_A_CLAIM:
            return Explanation(answer, actor.acting_for, before, None, reproduced=True)
        envelope = recorded.envelope
        context = Context(
            asked="ownership.claim",
            request=Request(envelope.source, envelope.request_id, b""),
            actor=actor,
            occurred_at=envelope.occurred_at,
            occurred_tz=envelope.occurred_tz,
            decided_at=envelope.decided_at,
            biz_date=envelope.biz_date,
            correlation_id=envelope.correlation_id,
            causation_id=envelope.causation_id,
            attested_at=envelope.attested_at,
            client_id=envelope.client_id,
            device=envelope.device,
            flags=envelope.flags,
        )
        weighed = await self._as_it_stood(before).claimability(answer.customer_id, answer.line, answer.rep_id, context)
        same = (weighed.code, weighed.rules_version) == (answer.code, answer.rules_version)
        return Explanation(answer, actor.acting_for, before, weighed, reproduced=same)


def _of_one_request(group: Sequence[Recorded]) -> tuple[Recorded, int]:
    """The last event, and the position before the first that came with it."""
    answer = group[-1]
    first = answer.position
    for recorded in reversed(group):
        if (recorded.envelope.source, recorded.envelope.request_id) != (
            answer.envelope.source,
            answer.envelope.request_id,
        ):
            break
        first = recorded.position
    return answer, first - 1
