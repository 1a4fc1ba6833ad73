"""The facts that one desk looks up at another, in the narrowest form."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from domain.days import Calendar
from domain.decider import Stream
from domain.facts import CustomerFacts, RepFacts
from domain.rulesets import EffectiveVisitRules, FlagRules, FocusRules, ProtectionRules, RulingRules


class Reps(Protocol):
    """Who works here."""

    async def rep(self, rep_id: str, at: datetime) -> RepFacts:
        """A rep at an instant; raises `RefNotFound`."""
        ...

    def stands_on(self, rep_id: str, at: datetime) -> Sequence[Stream[Any]]:
        """The streams that `rep` will look at, as far as one knows beforehand; to read them together with others."""
        ...

    async def manages(self, manager_id: str, rep_id: str, at: datetime) -> bool:
        """Whether somebody stands anywhere above a rep in the line at an instant."""
        ...

    async def left_at(self, rep_id: str, at: datetime) -> datetime | None:
        """Since when somebody sells here no more; None for who does, will, or never did."""
        ...

    async def line(self, rep_id: str, at: datetime) -> tuple[str, ...]:
        """The managers above a rep at an instant, nearest first."""
        ...


class CustomerRegistry(Protocol):
    """Which customers are known."""

    async def facts(self, customer_id: UUID) -> CustomerFacts:
        """A customer as others need to know it; raises `RefNotFound`."""
        ...


class RulesInForce(Protocol):
    """Which rules hold on a day, for a team."""

    async def protection(self, day: date, team_id: str | None = None) -> ProtectionRules:
        """PROT."""
        ...

    async def effective_visits(self, day: date, team_id: str | None = None) -> EffectiveVisitRules:
        """EFF."""
        ...

    async def flags(self, day: date, team_id: str | None = None) -> FlagRules:
        """FLAG."""
        ...

    async def rulings(self, day: date, team_id: str | None = None) -> RulingRules:
        """RULE."""
        ...

    async def focus(self, day: date, team_id: str | None = None) -> FocusRules:
        """FOCUS."""
        ...

    async def calendar(self) -> Calendar:
        """The workdays."""
        ...


class Cases(Protocol):
    """Which conflicts a visit touches."""

    async def locking(
        self, visit_id: UUID, customer_id: UUID, line: str, rep_id: str
    ) -> tuple[UUID, str | None] | None:
        """The open case in which a visit is evidence, and its arbiter."""
        ...

    async def during_case(self, customer_id: UUID, line: str, rep_id: str, visited_at: datetime) -> bool:
        """Whether a visit was made while a case held the customer, by somebody who is not its owner."""
        ...


class Abreast(Protocol):
    """Something that follows the log and can be waited for."""

    async def reached(self, position: int, *, seconds: float) -> bool:
        """Wait until it has taken in everything up to a position; False where that took too long."""
        ...
