"""Who has left or is suspended, or will be, and still has customers to be placed in other hands (PM9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.envelope import Recorded
from domain.organisation.events import CustomersHandedOver, RepDeparted, RepJoined, RepReinstated, RepSuspended
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class DepartureRow:
    """A rep who leaves or is suspended at an hour, ahead or past, and whose customers have not been handed over yet."""

    rep_id: str
    left_at: datetime


def _touches(recorded: Recorded) -> Key | None:
    event = recorded.event
    if isinstance(event, RepJoined | RepReinstated | RepDeparted | RepSuspended | CustomersHandedOver):
        return (event.rep_id,)
    return None


def _fold(rows: Sequence[DepartureRow], recorded: Recorded) -> Sequence[DepartureRow]:
    match recorded.event:
        case RepDeparted() | RepSuspended() as event:
            return [DepartureRow(event.rep_id, event.effective_at)]
        case RepJoined() | RepReinstated() as event:
            return [row for row in rows if row.left_at < event.effective_at]
        case _:
            return []


departures = Spans(
    name="departures",
    version=1,
    row=DepartureRow,
    key=("rep_id",),
    indexes=(("known_to", "left_at"),),
    handles=frozenset({RepJoined, RepReinstated, RepDeparted, RepSuspended, CustomersHandedOver}),
    touches=_touches,
    fold=_fold,
)
