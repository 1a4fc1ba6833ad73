"""What a desk for visits needs around it, in memory: two reps and who leads them, two customers, the default rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from domain.days import Calendar, day_of
from domain.decider import Stream
from domain.envelope import Actor, Recorded
from domain.facts import CustomerFacts, RepFacts
from domain.reception import RefNotFound
from domain.rulesets import EffectiveVisitRules, FlagRules, FocusRules, ProtectionRules, RulingRules
from projections.projection import Facts, Known, Projection, fold_into, spans_by_key
from services.ports import Changes, Context, EventLog, ReadStore, Request
from tests.people import ANNA, BRUNO, CALENDAR, SHANGHAI


@dataclass
class Staff:
    """Who works here; Mei leads everybody but herself."""

    reps: dict[str, RepFacts] = field(default_factory=lambda: {"anna": ANNA, "bruno": BRUNO})
    leads: frozenset[str] = frozenset({"mei"})

    async def rep(self, rep_id: str, at: datetime) -> RepFacts:  # noqa: ARG002 - nobody moves in these tests
        """A rep, at any instant."""
        if rep_id not in self.reps:
            raise RefNotFound("rep", rep_id)
        return self.reps[rep_id]

    def stands_on(self, rep_id: str, at: datetime) -> Sequence[Stream[Any]]:  # noqa: ARG002 - as above
        """Nobody is kept in a stream here."""
        return ()

    async def manages(self, manager_id: str, rep_id: str, at: datetime) -> bool:  # noqa: ARG002 - as above
        """Whether somebody leads a rep."""
        return manager_id in self.leads and rep_id in self.reps

    async def line(self, rep_id: str, at: datetime) -> tuple[str, ...]:  # noqa: ARG002 - as above
        """Who leads a rep."""
        return tuple(sorted(self.leads)) if rep_id in self.reps else ()

    async def left_at(self, rep_id: str, at: datetime) -> datetime | None:  # noqa: ARG002 - nobody leaves in these tests
        """Nobody left."""
        return None


@dataclass
class Registry:
    """Which customers are known."""

    known: dict[UUID, CustomerFacts]

    async def facts(self, customer_id: UUID) -> CustomerFacts:
        """A customer as others need to know it."""
        if customer_id not in self.known:
            raise RefNotFound("customer", str(customer_id))
        return self.known[customer_id]


@dataclass
class Rules:
    """Which rules hold; `eff` names the first day of each version, latest last."""

    eff: list[tuple[date, EffectiveVisitRules]] = field(
        default_factory=lambda: [(date(2000, 1, 1), EffectiveVisitRules())]
    )

    async def protection(self, day: date, team_id: str | None = None) -> ProtectionRules:  # noqa: ARG002 - for all days and teams
        """PROT."""
        return ProtectionRules()

    async def effective_visits(self, day: date, team_id: str | None = None) -> EffectiveVisitRules:  # noqa: ARG002 - for all teams
        """EFF."""
        return [rules for since, rules in self.eff if since <= day][-1]

    async def flags(self, day: date, team_id: str | None = None) -> FlagRules:  # noqa: ARG002 - for all days and teams
        """FLAG."""
        return FlagRules()

    async def rulings(self, day: date, team_id: str | None = None) -> RulingRules:  # noqa: ARG002 - for all days and teams
        """RULE."""
        return RulingRules()

    async def focus(self, day: date, team_id: str | None = None) -> FocusRules:  # noqa: ARG002 - for all days and teams
        """FOCUS."""
        return FocusRules()

    async def calendar(self) -> Calendar:
        """Monday to Friday."""
        return CALENDAR


class NoCases:
    """Nobody is at odds about anything."""

    async def locking(self, visit_id: UUID, customer_id: UUID, line: str, rep_id: str) -> None:
        """No case."""

    async def during_case(self, customer_id: UUID, line: str, rep_id: str, visited_at: datetime) -> bool:  # noqa: ARG002 - no case ever
        """No case."""
        return False


class Conversations:
    """Contexts as the reception makes them, each for a request of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def at(
        self, hour: datetime, who: str = "anna", role: str = "rep", *, occurred_at: datetime | None = None
    ) -> Context:
        """Somebody asks at this hour for something that occurred then, or earlier."""
        number = next(self._numbers)
        return Context(
            asked="visit.record",
            request=Request("/tests", f"request-{number}", sha256(str(number).encode()).digest()),
            actor=Actor(who, role),
            occurred_at=occurred_at or hour,
            occurred_tz=SHANGHAI,
            decided_at=hour,
            biz_date=day_of(occurred_at or hour, SHANGHAI),
            correlation_id=f"conversation-{number}",
        )


def on_behalf_of(context: Context, rep_id: str) -> Context:
    """The same, asked by a machine for a rep."""
    return replace(context, actor=Actor("crm", "client", rep_id))


async def catch_up(log: EventLog, store: ReadStore, projections: Sequence[Projection]) -> None:
    """Fold everything recorded so far into the tables, one event after the other."""
    for projection in projections:
        position = (await store.standing(projection)).position or 0
        for recorded in await log.page(position, 10_000):
            changes = await _changes(store, projection, recorded)
            await store.write(projection, changes, after=recorded.position - 1, upto=recorded.position)


async def _changes(store: ReadStore, projection: Projection, recorded: Recorded) -> Changes:
    if type(recorded.event) not in projection.handles:
        return Changes()
    if isinstance(projection, Facts):
        return Changes(added=list(projection.project(recorded)))
    key = projection.touches(recorded)
    held: Sequence[Known[Any]] = () if key is None else await store.current(projection, [key])
    current = {key: list(rows) for key, rows in spans_by_key(projection, held).items()}
    closed = list[Known[Any]]()
    fold_into(projection, current, closed, recorded)
    opened = [known for rows in current.values() for known in rows if known.known_from == recorded.position]
    return Changes(closed=closed, opened=opened)
