"""What can have happened to a photo or document; kept for good, also when its bytes are erased."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AttachmentStored:
    """The bytes arrived, hash to this name, and lie sealed under a key of their own.

    `rep_id`: the rep who sent them, None where somebody else did; `bytes`: how many; `mime`: what the sender calls it.
    """

    sha256: str
    rep_id: str | None
    stored_by: str
    bytes: int
    mime: str
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class AttachmentLinked:
    """A visit refers to it. `flags`: REUSED_ATTACHMENT where another visit did before, which a photo of being there
    cannot; ATTACHMENT_AWAITED where the bytes have not arrived yet, as from a phone that waits for a better net.
    """

    sha256: str
    visit_id: UUID
    customer_id: UUID
    rep_id: str
    linked_at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentOpened:
    """Somebody looked at it, in this role. `rep_id`: the rep whose it is, None where no rep sent it (V20)."""

    sha256: str
    rep_id: str | None
    opened_by: str
    role: str
    opened_at: datetime


AttachmentEvent: TypeAlias = AttachmentStored | AttachmentLinked | AttachmentOpened
