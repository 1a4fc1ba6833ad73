"""What can have happened to the records themselves; kept for good, like everything else."""

from dataclasses import dataclass
from datetime import datetime
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


AuditEvent: TypeAlias = SubjectHeadsRecorded | DossierExported | ParkedStreamRetried
