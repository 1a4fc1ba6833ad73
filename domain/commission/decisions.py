"""Close a month."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.commission.events import CommissionPeriodClosed
from domain.commission.state import Commission, commission_periods, month_of
from domain.decider import Decider, Past, Stream
from domain.reception import FieldFault, Malformed
from domain.refusal import Conflict

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(eq=False)
class PeriodNotOver(Conflict):
    """A month is paid when it is over."""

    period: str
    today: date


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    """A month is paid."""

    period: str
    closed_by: str
    today: date
    at: datetime


def stands_on(_: ClosePeriod) -> Sequence[Stream[Commission]]:
    """All months."""
    return [commission_periods()]


def decide(command: ClosePeriod, past: Past) -> Sequence[object]:
    """Once, after its last day."""
    if not _MONTH.fullmatch(command.period):
        raise Malformed((FieldFault("/data/period", "a month as YYYY-MM"),))
    if command.period >= month_of(command.today):
        raise PeriodNotOver(command.period, command.today)
    if command.period in past.of(commission_periods()).closed:
        return []
    return [CommissionPeriodClosed(command.period, command.closed_by, command.at)]


closing_periods = Decider[ClosePeriod](stands_on, decide)
