"""The people at each customer; who they are stands here sealed, and is opened only for who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.customer.events import ContactAdded, ContactLeft, ContactRole, ContactRoleSet
from domain.envelope import Recorded
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person at a customer.

    `…_digest`: where the sealed value lies, `…_mac`: by which two sealed values of this person are compared; None
    where it is not known. `left_at`: None while the person is there.
    """

    customer_id: UUID
    contact_id: UUID
    role: ContactRole
    persona: str | None
    name_digest: str
    name_mac: str
    phone_digest: str | None
    phone_mac: str | None
    email_digest: str | None
    email_mac: str | None
    added_at: datetime
    left_at: datetime | None


def _touches(recorded: Recorded) -> Key | None:
    match recorded.event:
        case ContactAdded() | ContactRoleSet() | ContactLeft() as event:
            return (event.customer_id, event.contact_id)
        case _:
            return None


def _fold(rows: Sequence[ContactRow], recorded: Recorded) -> Sequence[ContactRow]:
    match recorded.event:
        case ContactAdded() as event:
            return [_added(event)]
        case ContactRoleSet() as event:
            return [replace(row, role=event.role) for row in rows]
        case ContactLeft() as event:
            return [replace(row, left_at=event.left_at) for row in rows]
        case _:
            return rows


def _added(event: ContactAdded) -> ContactRow:
    return ContactRow(
        customer_id=event.customer_id,
        contact_id=event.contact_id,
        role=event.role,
        persona=event.persona,
        name_digest=event.name.digest,
        name_mac=event.name.mac,
        phone_digest=event.phone.digest if event.phone else None,
        phone_mac=event.phone.mac if event.phone else None,
        email_digest=event.email.digest if event.email else None,
        email_mac=event.email.mac if event.email else None,
        added_at=event.added_at,
        left_at=None,
    )


contacts = Spans(
    name="contacts",
    version=2,
    row=ContactRow,
    key=("customer_id", "contact_id"),
    indexes=(("customer_id",), ("contact_id",)),
    handles=frozenset({ContactAdded, ContactRoleSet, ContactLeft}),
    touches=_touches,
    fold=_fold,
)
