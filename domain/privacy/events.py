"""What can have happened to the personal values of somebody; kept for good, and naming nobody.

`data_subject` says under whose key the values lie: `contact:<id>`, `rep:<id>` or, of a photo or document,
`attachment:<sha256>`. `customer_id` and `rep_id` say whose history it belongs to.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID


class ErasureBasis(StrEnum):
    """Why personal values are to go; a closed list, since a free text would name people."""

    ASKED_BY_THE_PERSON = "ASKED_BY_THE_PERSON"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    PURPOSE_ENDED = "PURPOSE_ENDED"
    NOT_LAWFUL = "NOT_LAWFUL"


class RejectionReason(StrEnum):
    """Why personal values stay after all."""

    NOT_IDENTIFIED = "NOT_IDENTIFIED"
    LEGAL_DUTY = "LEGAL_DUTY"
    WITHDRAWN = "WITHDRAWN"
    MISTAKEN = "MISTAKEN"


@dataclass(frozen=True, slots=True)
class ErasureRequested:
    """One of the two persons asked that somebody's personal values be erased. `due_at`: until when it is to be done."""

    erasure_id: UUID
    data_subject: str
    customer_id: UUID | None
    rep_id: str | None
    basis: ErasureBasis
    requested_by: str
    due_at: datetime
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class ErasureRejected:
    """The values stay; it may be asked again."""

    erasure_id: UUID
    data_subject: str
    customer_id: UUID | None
    rep_id: str | None
    reason: RejectionReason
    rejected_by: str
    rejected_at: datetime


@dataclass(frozen=True, slots=True)
class SubjectErased:
    """A second person agreed: from here on nobody reads these values, whatever still lies anywhere (A32).

    Digests, verdicts and hours stay as they were recorded, and stay provable; rulings that rest on them stand.
    """

    erasure_id: UUID
    data_subject: str
    customer_id: UUID | None
    rep_id: str | None
    requested_by: str
    approved_by: str
    erased_at: datetime


@dataclass(frozen=True, slots=True)
class ValuesDestroyed:
    """The key and the ciphertexts are gone from the database.

    `copies`: the bundles that were handed out with these values in clear, each to be destroyed by whoever has it;
    `backups_until`: when the last backup ends that was made before.
    """

    erasure_id: UUID
    data_subject: str
    customer_id: UUID | None
    rep_id: str | None
    copies: tuple[UUID, ...]
    backups_until: datetime
    destroyed_at: datetime


@dataclass(frozen=True, slots=True)
class CopyDestroyed:
    """Whoever had a bundle with these values says that it is no more; `confirmed_by` heard it."""

    erasure_id: UUID
    data_subject: str
    customer_id: UUID | None
    rep_id: str | None
    export_id: UUID
    confirmed_by: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class ErasureCompleted:
    """Nothing is left to do but to let the backups end."""

    erasure_id: UUID
    data_subject: str
    customer_id: UUID | None
    rep_id: str | None
    backups_until: datetime
    completed_at: datetime


PrivacyEvent: TypeAlias = (
    ErasureRequested | ErasureRejected | SubjectErased | ValuesDestroyed | CopyDestroyed | ErasureCompleted
)
