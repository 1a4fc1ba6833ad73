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
    ClaimTransferred,
    CustomerParked,
    HarvestDue,
    ProtectionExtended,
    ProtectionLapsed,
    ProtectionPaused,
    ProtectionRenewed,
    ProtectionResumed,
    ProtectionWarned,
    TransferCalledOff,
    WonProtected,
)
from domain.ownership.state import FOREVER, lapses_at
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One live claim, or one parked customer, and the instant at which something must be written about it.

    `due_at`: the next warning, then when the protection lapses, and once that is written, when the customer goes back
    to the pool; for ever while a case stops the clock. `warn_at`: the warnings that are ahead (D8); `visited`: no first
    visit is owed any more; `lapsed`: the lapse has been written; `paused`: cases that stop the clock,
    `resumed`: how often it was set going again, since the same hour may then come due once more;
    `heir_id`: who has the customer from `hands_over_at` on; `parked`: nobody holds it, but its day is still to come.
    """

    customer_id: UUID
    line: str
    claim_id: UUID
    rep_id: str
    team_id: str
    due_at: datetime
    warn_at: tuple[datetime, ...]
    first_visit_due: datetime
    protected_until: datetime
    release_at: datetime
    visited: bool
    lapsed: bool
    paused: tuple[UUID, ...]
    resumed: int
    heir_id: str | None
    hands_over_at: datetime | None
    parked: bool


_EVENTS = (
    ClaimGranted,
    ProtectionRenewed,
    ProtectionWarned,
    ProtectionExtended,
    WonProtected,
    ProtectionLapsed,
    ClaimReleased,
    ClaimRevoked,
    ClaimTransferred,
    TransferCalledOff,
    CustomerParked,
    HarvestDue,
    ProtectionPaused,
    ProtectionResumed,
)


def _touches(recorded: Recorded) -> Key | None:
    event = recorded.event
    return (event.customer_id, event.line) if isinstance(event, _EVENTS) else None


def _fold(rows: Sequence[DeadlineRow], recorded: Recorded) -> Sequence[DeadlineRow]:
    event = recorded.event
    if isinstance(event, ClaimGranted):
        return [_dated(_granted(event))]
    if isinstance(event, CustomerParked):
        return [_parked(event)]
    if isinstance(event, ClaimReleased | ClaimRevoked | HarvestDue):
        return []
    return [_dated(_changed(row, event)) for row in rows]


def _granted(event: ClaimGranted) -> DeadlineRow:
    return DeadlineRow(
        customer_id=event.customer_id,
        line=event.line,
        claim_id=event.claim_id,
        rep_id=event.rep_id,
        team_id=event.team_id,
        due_at=event.release_at,
        warn_at=event.warn_at,
        first_visit_due=event.first_visit_due,
        protected_until=event.protected_until,
        release_at=event.release_at,
        visited=event.visited,
        lapsed=False,
        paused=(),
        resumed=0,
        heir_id=None,
        hands_over_at=None,
        parked=False,
    )


def _parked(event: CustomerParked) -> DeadlineRow:
    return DeadlineRow(
        customer_id=event.customer_id,
        line=event.line,
        claim_id=event.claim_id,
        rep_id=event.rep_id,
        team_id=event.team_id,
        due_at=event.harvest_at,
        warn_at=(),
        first_visit_due=event.harvest_at,
        protected_until=event.harvest_at,
        release_at=event.harvest_at,
        visited=True,
        lapsed=False,
        paused=(),
        resumed=0,
        heir_id=None,
        hands_over_at=None,
        parked=True,
    )


def _changed(row: DeadlineRow, event: object) -> DeadlineRow:
    match event:
        case ProtectionRenewed() | WonProtected():
            return replace(
                row,
                warn_at=event.warn_at,
                protected_until=event.new_until,
                release_at=event.release_at,
                visited=True,
                lapsed=False,
            )
        case ProtectionWarned():
            return replace(row, warn_at=tuple(hour for hour in row.warn_at if hour > event.warned_at))
        case ProtectionExtended():
            return replace(row, warn_at=event.warn_at, protected_until=event.new_until, release_at=event.release_at)
        case ProtectionLapsed():
            return replace(row, lapsed=True, warn_at=())
        case ClaimTransferred():
            return replace(row, heir_id=event.to_rep_id, hands_over_at=event.effective_at)
        case TransferCalledOff():
            return replace(row, heir_id=None, hands_over_at=None)
        case ProtectionPaused():
            return replace(row, paused=(*row.paused, event.case_id))
        case ProtectionResumed():
            others = tuple(case for case in row.paused if case != event.case_id)
            row = replace(row, paused=others, resumed=row.resumed + 1)
            if event.first_visit_due is None or event.protected_until is None or event.release_at is None:
                return row
            return replace(
                row,
                warn_at=event.warn_at,
                first_visit_due=event.first_visit_due,
                protected_until=event.protected_until,
                release_at=event.release_at,
            )
        case _:
            return row


def _dated(row: DeadlineRow) -> DeadlineRow:
    """The row with the hour at which something must be written next."""
    if row.paused:
        return replace(row, due_at=FOREVER)
    if row.hands_over_at is not None:
        ahead = (hour for hour in row.warn_at if hour < row.hands_over_at)
        return replace(row, due_at=min((*ahead, row.hands_over_at)))
    if row.lapsed:
        return replace(row, due_at=row.release_at)
    lapse = lapses_at(row.protected_until, row.first_visit_due, visited=row.visited)
    return replace(row, due_at=min((*row.warn_at, lapse)))


deadlines = Spans(
    name="deadlines",
    version=3,
    row=DeadlineRow,
    key=("customer_id", "line"),
    indexes=(("known_to", "due_at"), ("rep_id", "known_to", "due_at")),
    handles=frozenset(_EVENTS),
    touches=_touches,
    fold=_fold,
)
