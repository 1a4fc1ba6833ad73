"""What the past of a target means now, and what its quantity is on a day."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from domain.decider import Stream
from domain.target.events import (
    TargetAccepted,
    TargetAmended,
    TargetAmendmentRefused,
    TargetClosed,
    TargetEvent,
    TargetLocked,
    TargetProposed,
    TargetSet,
)
from domain.target.period import Period


class Standing(StrEnum):
    """How far a target has come."""

    UNKNOWN = "UNKNOWN"
    PROPOSED = "PROPOSED"
    SET = "SET"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a target says."""

    subject: str
    metric: str
    period: Period
    qty: int
    currency: str | None
    iron: bool
    responsible_id: str
    parent_id: UUID | None


@dataclass(frozen=True, slots=True)
class Target:
    """A target; `steps`: the amended quantities, each with the day from which it counts, in the order of those days."""

    standing: Standing = Standing.UNKNOWN
    terms: Terms | None = None
    accepted: bool = False
    locked: bool = False
    steps: tuple[tuple[date, int], ...] = ()

    def qty_on(self, day: date) -> int:
        """The quantity that counts on a day: that of the last amendment in effect by then."""
        qty = self.terms.qty if self.terms else 0
        for since, amended in self.steps:
            if since <= day:
                qty = amended
        return qty


def evolve(target: Target, event: TargetEvent) -> Target:
    """The target after one more event."""
    match event:
        case TargetProposed():
            return replace(target, standing=Standing.PROPOSED, terms=_terms(event))
        case TargetSet():
            return replace(target, standing=Standing.SET, terms=_terms(event))
        case TargetAccepted():
            return replace(target, accepted=True)
        case TargetLocked():
            return replace(target, locked=True)
        case TargetAmended():
            return replace(target, steps=with_step(target.steps, event.effective_from, event.new_qty))
        case TargetClosed():
            return replace(target, standing=Standing.CLOSED)
        case TargetAmendmentRefused():
            return target
        case _:
            assert_never(event)


def with_step(steps: tuple[tuple[date, int], ...], since: date, qty: int) -> tuple[tuple[date, int], ...]:
    """The amended quantities with one more; of two from the same day, the later word counts."""
    return tuple(sorted({**dict(steps), since: qty}.items()))


def target_of(target_id: UUID) -> Stream[Target]:
    """The history of one target."""
    return Stream(f"target-{target_id}", Target(), evolve)


def _terms(event: TargetProposed | TargetSet) -> Terms:
    return Terms(
        subject=event.subject,
        metric=event.metric,
        period=Period(event.period, event.from_day, event.to_day),
        qty=event.qty,
        currency=event.currency,
        iron=event.iron,
        responsible_id=event.responsible_id,
        parent_id=event.parent_id,
    )
