"""Which months are paid."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.commission.events import CommissionEvent
from domain.decider import Stream


def month_of(day: date) -> str:
    """The month of a day, as YYYY-MM."""
    return f"{day:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Commission:
    """The months that are paid."""

    closed: frozenset[str] = frozenset()

    def counts_in(self, won_on: date, today: date) -> str:
        """In which month a difference counts: that of the deal, or the first one from today on that is not paid."""
        if month_of(won_on) not in self.closed:
            return month_of(won_on)
        day = today
        while month_of(day) in self.closed:
            day = day.replace(day=1) + timedelta(days=32)
        return month_of(day)


def evolve(commission: Commission, event: CommissionEvent) -> Commission:
    """The months after one more event."""
    return Commission(commission.closed | {event.period})


def commission_periods() -> Stream[Commission]:
    """The months of the organisation."""
    return Stream("commission-periods", Commission(), evolve)
