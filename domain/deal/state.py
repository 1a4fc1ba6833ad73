"""What the past of a deal means now."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.deal.events import (
    CreditAdjusted,
    CreditAssigned,
    DealEvent,
    DealLost,
    DealOpened,
    DealStageAdvanced,
    DealWon,
    Share,
)
from domain.decider import Stream
from domain.values import Money


@dataclass(frozen=True, slots=True)
class Unopened:
    """There is no deal of this id."""


@dataclass(frozen=True, slots=True)
class Open:
    """Business that may come."""

    opened: DealOpened
    stage: str | None

    @property
    def rep_id(self) -> str:
        """Whose deal it is."""
        return self.opened.rep_id

    @property
    def customer_id(self) -> UUID | None:
        """Whom it is about, if that is known."""
        return self.opened.customer_id


@dataclass(frozen=True, slots=True)
class Won:
    """Business that came, and who has the credit."""

    rep_id: str
    customer_id: UUID
    line: str
    amount: Money | None
    won_at: datetime
    credits: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """Business that did not come."""

    rep_id: str
    customer_id: UUID | None


Deal: TypeAlias = Unopened | Open | Won | Lost


def evolve(deal: Deal, event: DealEvent) -> Deal:
    """The deal after one more event."""
    match event:
        case DealOpened():
            return Open(event, event.stage)
        case DealStageAdvanced():
            return replace(deal, stage=event.to_stage) if isinstance(deal, Open) else deal
        case DealWon():
            return Won(event.rep_id, event.customer_id, event.line, event.amount, event.won_at)
        case DealLost():
            return Lost(event.rep_id, event.customer_id)
        case CreditAssigned() | CreditAdjusted():
            return replace(deal, credits=event.credits) if isinstance(deal, Won) else deal
        case _:
            assert_never(event)


def deal_of(deal_id: UUID) -> Stream[Deal]:
    """The history of one deal."""
    stream: Stream[Deal] = Stream(f"deal-{deal_id}", Unopened(), evolve)
    return stream
