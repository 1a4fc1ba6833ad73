"""Which customers are left to ripen, by whom, and when somebody should look again (V12)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.envelope import Recorded
from domain.ownership.events import ClaimGranted, CustomerParked, HarvestDue
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class HarvestRow:
    """A parked customer; it leaves the list when somebody claims it.

    `rep_id`: who parked it, and may have it first from `harvest_at` until `reserved_until` (D30); `due`: that the day
    has come was written. The other fields as in `CustomerParked`.
    """

    customer_id: UUID
    line: str
    claim_id: UUID
    rep_id: str
    team_id: str
    nurtured_by: str | None
    trigger: str | None
    harvest_on: date
    harvest_at: datetime
    reserved_until: datetime
    parked_at: datetime
    due: bool
    rules_version: int


_EVENTS = (CustomerParked, HarvestDue, ClaimGranted)


def _touches(recorded: Recorded) -> Key | None:
    event = recorded.event
    return (event.customer_id, event.line) if isinstance(event, _EVENTS) else None


def _fold(rows: Sequence[HarvestRow], recorded: Recorded) -> Sequence[HarvestRow]:
    match recorded.event:
        case CustomerParked() as event:
            return [
                HarvestRow(
                    customer_id=event.customer_id,
                    line=event.line,
                    claim_id=event.claim_id,
                    rep_id=event.rep_id,
                    team_id=event.team_id,
                    nurtured_by=event.nurtured_by,
                    trigger=event.trigger,
                    harvest_on=event.harvest_on,
                    harvest_at=event.harvest_at,
                    reserved_until=event.reserved_until,
                    parked_at=event.parked_at,
                    due=False,
                    rules_version=event.rules_version,
                )
            ]
        case HarvestDue():
            return [replace(row, due=True) for row in rows]
        case _:
            return []


harvest_list = Spans(
    name="harvest_list",
    version=1,
    row=HarvestRow,
    key=("customer_id", "line"),
    indexes=(("rep_id", "harvest_at"), ("team_id", "harvest_at"), ("known_to", "harvest_at")),
    handles=frozenset(_EVENTS),
    touches=_touches,
    fold=_fold,
)
