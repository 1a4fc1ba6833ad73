"""What was noticed about each rep, one row for every flag: how grave it is, when, about whom (S2, V6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.envelope import Recorded
from domain.ownership.events import FollowUpStopped, FollowUpWarned
from domain.visit.events import IntegrityCleared
from domain.vocabulary import VOCABULARY
from projections.projection import Facts


class Severity(StrEnum):
    """How grave a flag is. STOP: something does not go on until a person says so; WARN: a person should look; INFO."""

    INFO = "INFO"
    WARN = "WARN"
    STOP = "STOP"


GRAVE = frozenset(
    {
        "IMPOSSIBLE_TRAVEL",
        "OVERLAPPING_VISITS",
        "REUSED_ATTACHMENT",
        "MOCK_LOCATION",
        "QUEUE_GAP",
        "VISIT_DURING_CASE",
        "BUYER_NOT_LOCATED",
        "STALE_FOCUS",
        "NEW_SHARE_LOW",
        "TRAVEL_HIGH",
        "LONG_DRAG",
        "FOLLOW_UP_WARN",
    }
)
"""The flags at which a person should look."""
OF_THE_HOUSE = frozenset({"IMPORTED"})
"""Flags that say how an event came, and nothing about the rep."""


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One flag on one event about one rep. `cleared`: this event says that the flag holds no longer; `name`: of the
    event, `stream`: of what it belongs to."""

    rep_id: str
    position: int
    flag: str
    severity: Severity
    cleared: bool
    name: str
    stream: str
    event_id: UUID
    customer_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    biz_date: date


def severity_of(flag: str) -> Severity:
    """How grave a flag is; one that nobody graded is for information."""
    if flag == "FOLLOW_UP_STOP":
        return Severity.STOP
    return Severity.WARN if flag in GRAVE else Severity.INFO


def _project(recorded: Recorded) -> Iterable[FlagRow]:
    envelope, event = recorded.envelope, recorded.event
    cleared = isinstance(event, IntegrityCleared)
    flags = [flag for flag in envelope.flags if flag not in OF_THE_HOUSE]
    match event:
        case FollowUpWarned():
            flags.append("FOLLOW_UP_WARN")
        case FollowUpStopped():
            flags.append("FOLLOW_UP_STOP")
        case IntegrityCleared():
            flags = [event.flag]
        case _:
            pass
    if not flags:
        return []
    reps = dict.fromkeys(subject[4:] for subject in envelope.subjects if subject.startswith("rep:"))
    customer = next((subject[9:] for subject in envelope.subjects if subject.startswith("customer:")), None)
    return [
        FlagRow(
            rep_id=rep_id,
            position=recorded.position,
            flag=str(flag),
            severity=severity_of(flag),
            cleared=cleared,
            name=envelope.name,
            stream=envelope.stream,
            event_id=envelope.event_id,
            customer_id=UUID(customer) if customer else None,
            occurred_at=envelope.occurred_at,
            recorded_at=recorded.recorded_at,
            biz_date=envelope.biz_date,
        )
        for rep_id in reps
        for flag in dict.fromkeys(flags)
    ]


flag_board = Facts(
    name="flag_board",
    version=1,
    row=FlagRow,
    key=("rep_id", "position", "flag"),
    indexes=(("rep_id", "biz_date"),),
    handles=frozenset(word.event for word in VOCABULARY),
    project=_project,
)
