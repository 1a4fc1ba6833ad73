"""What the clock still has to write: for each live claim, its next deadline (PM1, PM2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.envelope import Recorded
from domain.ownership.events import (
    ClaimGranted,
    ClaimReleased,
    ClaimRevoked,
    ProtectionLapsed,
    ProtectionPaused,
    ProtectionRenewed,
    ProtectionResumed,
)
from domain.ownership.state import FOREVER, lapses_at
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One live claim and the instant at which something must be written about it.

    `due_at`: when the protection lapses, and once that is written, when the customer goes back to the pool; for ever
    while a case stops the clock. `visited`: no first visit is owed any more; `lapsed`: the lapse has been written.
    """

    customer_id: UUID
    line: str
    claim_id: UUID
    rep_id: str
    team_id: str
    due_at: datetime
    release_at: datetime
    visited: bool
    lapsed: bool


_EVENTS = (
    ClaimGranted,
    ProtectionRenewed,
    ProtectionLapsed,
    ClaimReleased,
    ClaimRevoked,
    ProtectionPaused,
    ProtectionResumed,
)


def _touches(recorded: Recorded) -> Key | None:
    event = recorded.event
    return (event.customer_id, event.line) if isinstance(event, _EVENTS) else None


def _fold(rows: Sequence[DeadlineRow], recorded: Recorded) -> Sequence[DeadlineRow]:
    match recorded.event:
        case ClaimGranted() as event:
            return [
                DeadlineRow(
                    customer_id=event.customer_id,
                    line=event.line,
                    claim_id=event.claim_id,
                    rep_id=event.rep_id,
                    team_id=event.team_id,
                    due_at=lapses_at(event.protected_until, event.first_visit_due, visited=event.visited),
                    release_at=event.release_at,
                    visited=event.visited,
                    lapsed=False,
                )
            ]
        case ProtectionRenewed() as event:
            return [
                replace(row, due_at=event.new_until, release_at=event.release_at, visited=True, lapsed=False)
                for row in rows
            ]
        case ProtectionLapsed():
            return [replace(row, due_at=row.release_at, lapsed=True) for row in rows]
        case ProtectionPaused():
            return [replace(row, due_at=FOREVER) for row in rows]
        case ProtectionResumed() as event:
            return [_resumed(row, event) for row in rows]
        case ClaimReleased() | ClaimRevoked():
            return []
        case _:
            return rows


def _resumed(row: DeadlineRow, event: ProtectionResumed) -> DeadlineRow:
    if event.first_visit_due is None or event.protected_until is None or event.release_at is None:
        return row
    lapse = lapses_at(event.protected_until, event.first_visit_due, visited=row.visited)
    return replace(row, due_at=event.release_at if row.lapsed else lapse, release_at=event.release_at)


deadlines = Spans(
    name="deadlines",
    version=2,
    row=DeadlineRow,
    key=("customer_id", "line"),
    indexes=(("known_to", "due_at"), ("rep_id", "known_to", "due_at")),
    handles=frozenset(_EVENTS),
    touches=_touches,
    fold=_fold,
)
