"""Why a case is not opened, heard, ruled on, appealed against or heard again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.refusal import Conflict


@dataclass(eq=False)
class CaseExists(Conflict):
    """These parties are at odds about this customer already; put what you have into that case."""

    case_id: UUID


@dataclass(eq=False)
class NotParty(Conflict):
    """Only a party of the case, or its arbiter, files in it."""

    case_id: UUID


@dataclass(eq=False)
class TooEarly(Conflict):
    """A case is ruled on when every party was heard, or had the time to speak (D21)."""

    case_id: UUID
    not_before: datetime


@dataclass(eq=False)
class ArbiterConflict(Conflict):
    """Who rules is the lowest common manager of the parties who holds the role and is no party (A30).

    `arbiter_id`: who that is; None where it may be anybody with the role who stands above all parties or none.
    """

    case_id: UUID
    arbiter_id: str | None


@dataclass(eq=False)
class AppealClosed(Conflict):
    """A ruling is appealed against by a party, after it was issued and before its appeal is due (D21)."""

    case_id: UUID
    appeal_due: datetime | None


@dataclass(eq=False)
class CaseFinal(Conflict):
    """The case is over; an auditor may have it heard again for a while, or when what it stands on has changed."""

    case_id: UUID


@dataclass(eq=False)
class LetterRequired(Conflict):
    """Against a protection on record, an arbiter needs the customer's letter for the winner in the file (A21)."""

    case_id: UUID
    winner_id: str
