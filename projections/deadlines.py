"""What the clock still has to write: for each live claim, its next deadline (PM1, PM2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.envelope import Recorded
from domain.ownership.events import (
    ClaimGranted,
    ClaimReleased,
    ProtectionLapsed,
    ProtectionRenewed,
)
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One live claim and the instant at which something must be written about it.

    `due_at`: when the protection lapses, and once that is written, when the customer goes back to the pool.
    """

    customer_id: UUID
    line: str
    claim_id: UUID
    rep_id: str
    team_id: str
    due_at: datetime
    release_at: datetime


def _touches(recorded: Recorded) -> Key | None:
    match recorded.event:
        case ClaimGranted() | ProtectionRenewed() | ProtectionLapsed() | ClaimReleased() as event:
            return (event.customer_id, event.line)
        case _:
            return None


def _fold(rows: Sequence[DeadlineRow], recorded: Recorded) -> Sequence[DeadlineRow]:
    match recorded.event:
        case ClaimGranted() as event:
            lapses_at = min(event.first_visit_due, event.protected_until)
            return [
                DeadlineRow(
                    event.customer_id,
                    event.line,
                    event.claim_id,
                    event.rep_id,
                    event.team_id,
                    lapses_at,
                    event.release_at,
                )
            ]
        case ProtectionRenewed() as event:
            return [replace(row, due_at=event.new_until, release_at=event.release_at) for row in rows]
        case ProtectionLapsed():
            return [replace(row, due_at=row.release_at) for row in rows]
        case ClaimReleased():
            return []
        case _:
            return rows


deadlines = Spans(
    name="deadlines",
    version=1,
    row=DeadlineRow,
    key=("customer_id", "line"),
    indexes=(("known_to", "due_at"), ("rep_id", "known_to", "due_at")),
    handles=frozenset({ClaimGranted, ProtectionRenewed, ProtectionLapsed, ClaimReleased}),
    touches=_touches,
    fold=_fold,
)
