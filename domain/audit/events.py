"""What can have happened to the records themselves; kept for good, like everything else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SubjectHeadsRecorded:
    """How many events there are about each rep and customer, sealed into one hash (evidence §3).

    `root`: hex root of the tree over all subjects in the order of their names, each with the number of its events and
    the chain over their leaves; `subjects`: how many; `as_of_position`: the last position that was counted. Whoever
    holds all events about one subject can show by it that none is missing.
    """

    root: str
    subjects: int
    as_of_position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DossierExported:
    """Everything about one rep, customer or case was handed out as a bundle that proves itself (V20).

    `subject`: `rep:<id>`, `customer:<id>` or `case:<id>`; `content_sha256`: hex SHA-256 over the list of all files of
    the bundle that no proof covers, so that each byte of it can be held against the log; `disclosed`: whose personal
    values it holds in clear, as `contact:<id>` and the like: a copy of them is out.
    """

    export_id: UUID
    subject: str
    as_of_position: int
    events: int
    content_sha256: str
    rep_id: str | None
    customer_id: UUID | None
    exported_by: str
    exported_at: datetime
    disclosed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParkedStreamRetried:
    """Somebody who keeps the service running had a parked stream taken into a read model again.

    `projection`: the read model; `stream`: whose events waited, from `position` on, because of `error`. Whether it
    worked is told by the read model, which shows what is parked in it.
    """

    projection: str
    stream: str
    position: int
    error: str
    retried_by: str
    retried_at: datetime


class LookPurpose(StrEnum):
    """What somebody looks at the history of another for; a closed list, since a free text would name people."""

    INSPECTION = "INSPECTION"
    COACHING = "COACHING"
    CASE = "CASE"
    AUDIT = "AUDIT"
    SUPPORT = "SUPPORT"


@dataclass(frozen=True, slots=True)
class HistoryReplayed:
    """Somebody looked at the history of another (V20): `first` to `last`, None for from the beginning or to the end.

    `view`: TIMELINE or REPLAY. One event tells of all looks of one person at the same days within an hour.
    """

    look_id: UUID
    rep_id: str
    view: str
    first: str | None
    last: str | None
    as_of_position: int
    purpose: LookPurpose
    viewed_by: str
    role: str
    viewed_at: datetime


@dataclass(frozen=True, slots=True)
class RowsExported:
    """Everything of one kind was handed out, about everybody (V20). `what`: events or a read model; `form`: as what."""

    look_id: UUID
    what: str
    form: str
    as_of_position: int
    purpose: LookPurpose
    exported_by: str
    role: str
    exported_at: datetime


@dataclass(frozen=True, slots=True)
class ValuesOpened:
    """Somebody who does not hold the customer read who the people there are (V20).

    `data_subjects`: whose values were opened, as `contact:<id>`; those that were erased are not among them.
    """

    look_id: UUID
    customer_id: UUID
    data_subjects: tuple[str, ...]
    purpose: LookPurpose
    opened_by: str
    role: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class RulingRehearsed:
    """Somebody asked what a ruling would be, with all the facts about both parties, and none was made (V20)."""

    look_id: UUID
    case_id: UUID
    parties: tuple[str, ...]
    as_of_position: int
    purpose: LookPurpose
    rehearsed_by: str
    role: str
    rehearsed_at: datetime


LookEvent: TypeAlias = HistoryReplayed | RowsExported | ValuesOpened | RulingRehearsed
AuditEvent: TypeAlias = SubjectHeadsRecorded | DossierExported | ParkedStreamRetried | LookEvent
