"""What can have happened to the commission of a month; kept for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class CommissionPeriodClosed:
    """The month (`period`, YYYY-MM) is paid: whatever is adjusted afterwards counts in a later one."""

    period: str
    closed_by: str
    closed_at: datetime


CommissionEvent: TypeAlias = CommissionPeriodClosed
