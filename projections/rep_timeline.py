"""A rep's days, in order: every event that is about a rep, as one row for each rep that it is about (V2).

Who looked at these days is told elsewhere (V20): else looking would change what is looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.audit.events import HistoryReplayed, RulingRehearsed
from domain.envelope import Recorded
from domain.plain import as_json
from domain.vocabulary import VOCABULARY
from projections.projection import Facts


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """Something that happened to a rep or was done by one.

    `occurred_at`, `biz_date`: the world's clock and the date where the rep worked; `recorded_at`, `position`: ours.
    `name`: the stored name of the event; `customer_id`: the customer it is about, if any; `facts`: its own words as
    JSON, from which the sentence is made.
    """

    rep_id: str
    position: int
    name: str
    event_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    biz_date: date
    flags: tuple[str, ...]
    actor_id: str
    actor_role: str
    customer_id: UUID | None
    stream: str
    stream_version: int
    facts: str


def _project(recorded: Recorded) -> Iterable[TimelineRow]:
    envelope = recorded.envelope
    reps = dict.fromkeys(subject[4:] for subject in envelope.subjects if subject.startswith("rep:"))
    if not reps:
        return []
    customer = next((subject[9:] for subject in envelope.subjects if subject.startswith("customer:")), None)
    customer_id = UUID(customer) if customer else None
    facts = as_json(recorded.event)
    return [
        TimelineRow(
            rep_id,
            recorded.position,
            envelope.name,
            envelope.event_id,
            envelope.occurred_at,
            recorded.recorded_at,
            envelope.biz_date,
            envelope.flags,
            envelope.actor.id,
            str(envelope.actor.role),
            customer_id,
            envelope.stream,
            envelope.stream_version,
            facts,
        )
        for rep_id in reps
    ]


rep_timeline = Facts(
    name="rep_timeline",
    version=1,
    row=TimelineRow,
    key=("rep_id", "position"),
    indexes=(("rep_id", "occurred_at", "position"),),
    handles=frozenset(word.event for word in VOCABULARY) - {HistoryReplayed, RulingRehearsed},
    project=_project,
)
