"""Records that may be of one customer, and what was found of them (V19)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.customer.events import DuplicateResolved, DuplicateSuspected, Level, Verdict
from domain.envelope import Recorded
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class DuplicateRow:
    """Two records: `customer_id` the later one, which waits while a STRONG suspicion is open, `other_id` the earlier.

    `signs`: the rules that fired; `score_bp`: how sure, None where a person found it without being pointed to it;
    `since`: when the pair was first spoken of.
    """

    customer_id: UUID
    other_id: UUID
    level: Level
    score_bp: int | None
    signs: tuple[str, ...]
    verdict: Verdict | None
    reason: str | None
    since: datetime
    resolved_by: str | None
    resolved_at: datetime | None
    rules_version: int | None


def _touches(recorded: Recorded) -> Key | None:
    match recorded.event:
        case DuplicateSuspected() | DuplicateResolved() as event:
            return (event.customer_id, event.other_id)
        case _:
            return None


def _fold(rows: Sequence[DuplicateRow], recorded: Recorded) -> Sequence[DuplicateRow]:
    known = rows[0] if rows else None
    match recorded.event:
        case DuplicateSuspected() as event:
            return [
                DuplicateRow(
                    customer_id=event.customer_id,
                    other_id=event.other_id,
                    level=event.level,
                    score_bp=event.score_bp,
                    signs=tuple(event.signs),
                    verdict=None,
                    reason=None,
                    since=known.since if known else event.suspected_at,
                    resolved_by=None,
                    resolved_at=None,
                    rules_version=event.rules_version,
                )
            ]
        case DuplicateResolved() as event:
            looked_at = known or _found_by_hand(event)
            return [
                replace(
                    looked_at,
                    verdict=event.verdict,
                    reason=event.reason,
                    resolved_by=event.resolved_by,
                    resolved_at=event.resolved_at,
                )
            ]
        case _:
            return rows


def _found_by_hand(event: DuplicateResolved) -> DuplicateRow:
    return DuplicateRow(
        customer_id=event.customer_id,
        other_id=event.other_id,
        level=Level.WEAK,
        score_bp=None,
        signs=(),
        verdict=None,
        reason=None,
        since=event.resolved_at,
        resolved_by=None,
        resolved_at=None,
        rules_version=None,
    )


duplicate_desk = Spans(
    name="duplicate_desk",
    version=1,
    row=DuplicateRow,
    key=("customer_id", "other_id"),
    indexes=(("known_to", "verdict", "since"), ("other_id",)),
    handles=frozenset({DuplicateSuspected, DuplicateResolved}),
    touches=_touches,
    fold=_fold,
)
