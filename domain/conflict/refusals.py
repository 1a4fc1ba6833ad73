"""Why something outside of a case does not happen while the case is open."""

from dataclasses import dataclass
from uuid import UUID

from domain.refusal import Conflict


@dataclass(eq=False)
class EvidenceLocked(Conflict):
    """The visit is evidence in an open case: until that is over, only its arbiter has it put right or struck out."""

    visit_id: UUID
    case_id: UUID
