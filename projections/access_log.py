"""Who looked at whose history, took what home, and opened what is personal (V20)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.attachment.events import AttachmentOpened
from domain.audit.events import DossierExported, HistoryReplayed, RowsExported, RulingRehearsed, ValuesOpened
from domain.envelope import Recorded
from domain.pool.events import PoolCustomerViewed
from projections.projection import Facts


@dataclass(frozen=True, slots=True)
class AccessRow:
    """A look. `number`: of those that it concerns, from 0; `rep_id`: whose history it is, None where it is everybody's
    or nobody's; `about`: what exactly was looked at; `first`, `last`: which days or hours of it, where it was asked for
    some.
    """

    position: int
    number: int
    looked_at: datetime
    kind: str
    by: str
    role: str
    rep_id: str | None
    customer_id: UUID | None
    about: str
    first: str | None
    last: str | None
    as_of_position: int | None
    purpose: str | None


def _project(recorded: Recorded) -> Iterable[AccessRow]:
    match recorded.event:
        case HistoryReplayed() as event:
            return [
                _row(
                    recorded, event.viewed_at, event.view, event.viewed_by, event.role, f"rep:{event.rep_id}",
                    rep_id=event.rep_id, first=event.first, last=event.last, as_of=event.as_of_position,
                    purpose=event.purpose,
                )
            ]  # fmt: skip
        case RowsExported() as event:
            return [
                _row(
                    recorded, event.exported_at, "EXPORT", event.exported_by, event.role, f"{event.what}.{event.form}",
                    as_of=event.as_of_position, purpose=event.purpose,
                )
            ]  # fmt: skip
        case DossierExported() as event:
            return [
                _row(
                    recorded, event.exported_at, "DOSSIER", event.exported_by, str(recorded.envelope.actor.role),
                    event.subject, rep_id=event.rep_id, customer_id=event.customer_id, as_of=event.as_of_position,
                )
            ]  # fmt: skip
        case ValuesOpened() as event:
            return [
                _row(
                    recorded, event.opened_at, "VALUES", event.opened_by, event.role, ", ".join(event.data_subjects),
                    customer_id=event.customer_id, purpose=event.purpose,
                )
            ]  # fmt: skip
        case RulingRehearsed() as event:
            return [
                _row(
                    recorded, event.rehearsed_at, "REHEARSAL", event.rehearsed_by, event.role, f"case:{event.case_id}",
                    rep_id=party, as_of=event.as_of_position, purpose=event.purpose, number=number,
                )
                for number, party in enumerate(event.parties or (None,))
            ]  # fmt: skip
        case AttachmentOpened() as event if event.opened_by != event.rep_id:
            return [
                _row(
                    recorded, event.opened_at, "ATTACHMENT", event.opened_by, event.role, f"attachment:{event.sha256}",
                    rep_id=event.rep_id,
                )
            ]  # fmt: skip
        case PoolCustomerViewed() as event:
            return [
                _row(
                    recorded, event.viewed_at, "POOL", event.rep_id, str(recorded.envelope.actor.role),
                    f"customer:{event.customer_id}", customer_id=event.customer_id,
                )
            ]  # fmt: skip
        case _:
            return []


def _row(
    recorded: Recorded,
    looked_at: datetime,
    kind: str,
    by: str,
    role: str,
    about: str,
    *,
    rep_id: str | None = None,
    customer_id: UUID | None = None,
    first: str | None = None,
    last: str | None = None,
    as_of: int | None = None,
    purpose: str | None = None,
    number: int = 0,
) -> AccessRow:
    return AccessRow(
        recorded.position,
        number,
        looked_at,
        kind,
        by,
        role,
        rep_id,
        customer_id,
        about,
        first,
        last,
        as_of,
        str(purpose) if purpose else None,
    )


access_log = Facts(
    name="access_log",
    version=1,
    row=AccessRow,
    key=("position", "number"),
    indexes=(("rep_id", "position"), ("by", "position"), ("customer_id", "position")),
    handles=frozenset(
        {
            HistoryReplayed,
            RowsExported,
            DossierExported,
            ValuesOpened,
            RulingRehearsed,
            AttachmentOpened,
            PoolCustomerViewed,
        }
    ),
    project=_project,
)
