"""What holds for the next deal with a customer."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.credit.events import CreditBasis, CreditEvent, CreditTermsSet, CreditTermsUsed
from domain.decider import Stream
from domain.values import Part


@dataclass(frozen=True, slots=True)
class AsUsual:
    """Nothing was said: a deal is credited to its own rep, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """The next deal is credited in these parts, if it is won in time."""

    ref: UUID
    basis: CreditBasis
    parts: tuple[Part, ...]
    won_from: datetime
    won_until: datetime

    def holds(self, at: datetime) -> bool:
        """Whether a deal won at this hour falls under the terms."""
        return self.won_from <= at < self.won_until


CreditTerms: TypeAlias = AsUsual | Agreed


def evolve(_: CreditTerms, event: CreditEvent) -> CreditTerms:
    """The terms after one more event."""
    match event:
        case CreditTermsSet(parts=()):
            return AsUsual()
        case CreditTermsSet():
            return Agreed(event.ref, event.basis, event.parts, event.won_from, event.won_until)
        case CreditTermsUsed():
            return AsUsual()
        case _:
            assert_never(event)


def credit_terms_of(customer_id: UUID, line: str) -> Stream[CreditTerms]:
    """The terms of one customer in one line."""
    stream: Stream[CreditTerms] = Stream(f"credit-{customer_id}:{line}", AsUsual(), evolve)
    return stream
