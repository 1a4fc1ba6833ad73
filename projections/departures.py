"""Who has left, or will leave, and still has customers to be placed in other hands (PM9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.envelope import Recorded
from domain.organisation.events import CustomersHandedOver, RepDeparted, RepJoined
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class DepartureRow:
    """A rep who leaves at an hour, ahead or past, and whose customers have not been handed over yet."""

    rep_id: str
    left_at: datetime


def _touches(recorded: Recorded) -> Key | None:
    event = recorded.event
    return (event.rep_id,) if isinstance(event, RepJoined | RepDeparted | CustomersHandedOver) else None


def _fold(rows: Sequence[DepartureRow], recorded: Recorded) -> Sequence[DepartureRow]:
    match recorded.event:
        case RepDeparted() as event:
            return [DepartureRow(event.rep_id, event.effective_at)]
        case RepJoined() as event:
            return [row for row in rows if row.left_at < event.effective_at]
        case _:
            return []


departures = Spans(
    name="departures",
    version=1,
    row=DepartureRow,
    key=("rep_id",),
    indexes=(("known_to", "left_at"),),
    handles=frozenset({RepJoined, RepDeparted, CustomersHandedOver}),
    touches=_touches,
    fold=_fold,
)
