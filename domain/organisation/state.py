"""What the past of teams, reps and actors means at any hour."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Generic, TypeVar, assert_never

from domain.decider import Stream
from domain.organisation.events import (
    ActorEvent,
    CustomersHandedOver,
    ManagerLineChanged,
    RepDeparted,
    RepEvent,
    RepJoined,
    RepReinstated,
    RepSuspended,
    RepTeamChanged,
    RepZoneChanged,
    RoleGranted,
    RoleRevoked,
    TeamAdded,
    TeamEvent,
)

V = TypeVar("V")


@dataclass(frozen=True)
class Timeline(Generic[V]):
    """What holds from which hour on, in the order of those hours; of two from the same hour, the later word counts."""

    changes: tuple[tuple[datetime, V], ...] = ()

    def but(self, value: V, since: datetime) -> "Timeline[V]":
        """The same, with one more change; what was said to hold from a later hour on still does."""
        place = bisect_right(self.changes, since, key=lambda change: change[0])
        return Timeline((*self.changes[:place], (since, value), *self.changes[place:]))

    def at(self, instant: datetime, otherwise: V) -> V:
        """What holds at an instant; `otherwise` before the first change."""
        if self.changes and self.changes[-1][0] <= instant:  # what is asked about most: now
            return self.changes[-1][1]
        place = bisect_right(self.changes, instant, key=lambda change: change[0])
        return self.changes[place - 1][1] if place else otherwise

    def last(self, otherwise: V) -> V:
        """What holds in the end, when all that is announced has come."""
        return self.changes[-1][1] if self.changes else otherwise

    def since(self, instant: datetime) -> datetime:
        """From when on that holds which holds at an instant, or will hold first."""
        place = bisect_right(self.changes, instant, key=lambda change: change[0])
        return self.changes[max(place - 1, 0)][0]

    def hours_after(self, instant: datetime) -> tuple[datetime, ...]:
        """The later hours at which something changes."""
        return tuple(dict.fromkeys(since for since, _ in self.changes if since > instant))

    def from_then_on(self, instant: datetime, otherwise: V) -> tuple[V, ...]:
        """Everything that holds at an instant or later."""
        return (self.at(instant, otherwise), *(value for since, value in self.changes if since > instant))


@dataclass(frozen=True, slots=True)
class Team:
    """A team as it was added, or nothing yet."""

    added: TeamAdded | None = None


@dataclass(frozen=True, slots=True)
class Rep:
    """A rep over time; `known` from the first time they joined.

    `suspended`: when a rep who is not active still belongs here; `handed_over`: the last departure or suspension after
    which their customers were placed in other hands.
    """

    display_name: str | None = None
    active: Timeline[bool] = field(default_factory=Timeline[bool])
    suspended: Timeline[bool] = field(default_factory=Timeline[bool])
    teams: Timeline[str] = field(default_factory=Timeline[str])
    zones: Timeline[str] = field(default_factory=Timeline[str])
    managers: Timeline[str | None] = field(default_factory=Timeline["str | None"])
    handed_over: datetime | None = None

    @property
    def known(self) -> bool:
        """Whether this person ever sold here, or is announced to."""
        return bool(self.active.changes)

    def is_active(self, at: datetime) -> bool:
        """Joined, neither departed nor suspended."""
        return self.active.at(at, otherwise=False)

    def is_suspended(self, at: datetime) -> bool:
        """Belongs here and may not sell."""
        return self.suspended.at(at, otherwise=False)

    def team(self, at: datetime) -> str:
        """The team at an hour; before the first day, that of the first day."""
        return self.teams.at(at, otherwise=self.teams.changes[0][1])

    def zone(self, at: datetime) -> str:
        """Where the rep works at an hour; before the first day, where they work on the first day."""
        return self.zones.at(at, otherwise=self.zones.changes[0][1])

    def manager(self, at: datetime) -> str | None:
        """The line manager at an hour."""
        return self.managers.at(at, otherwise=None)


@dataclass(frozen=True, slots=True)
class Roles:
    """In which roles somebody may act, over time."""

    held: Mapping[str, Timeline[bool]] = field(default_factory=dict[str, Timeline[bool]])

    def at(self, instant: datetime) -> frozenset[str]:
        """The roles at an hour."""
        return frozenset(role for role, granted in self.held.items() if granted.at(instant, otherwise=False))

    def holds(self, role: str, at: datetime) -> bool:
        """Whether a role is held at an hour."""
        return self.held.get(role, Timeline[bool]()).at(at, otherwise=False)

    def ever_held(self, role: str) -> bool:
        """Whether the role was, is, or is announced to be held."""
        return any(granted for _, granted in self.held.get(role, Timeline[bool]()).changes)

    def in_the_end(self) -> frozenset[str]:
        """The roles that are held when all that is announced has come."""
        return frozenset(role for role, granted in self.held.items() if granted.last(otherwise=False))


def evolve_team(_: Team, event: TeamEvent) -> Team:
    """The team after one more event."""
    return Team(event)


def evolve_rep(rep: Rep, event: RepEvent) -> Rep:
    """The rep after one more event."""
    if isinstance(event, CustomersHandedOver):
        return replace(rep, handed_over=event.left_at)
    since = event.effective_at
    match event:
        case RepJoined():
            return Rep(
                display_name=event.display_name or rep.display_name,
                active=rep.active.but(True, since),
                suspended=rep.suspended.but(False, since),
                teams=rep.teams.but(event.team_id, since),
                zones=rep.zones.but(event.zone, since),
                managers=rep.managers.but(event.manager_id, since),
                handed_over=rep.handed_over,
            )
        case RepDeparted():
            return replace(rep, active=rep.active.but(False, since), suspended=rep.suspended.but(False, since))
        case RepSuspended():
            return replace(rep, active=rep.active.but(False, since), suspended=rep.suspended.but(True, since))
        case RepReinstated():
            return replace(rep, active=rep.active.but(True, since), suspended=rep.suspended.but(False, since))
        case RepTeamChanged():
            return replace(rep, teams=rep.teams.but(event.to_team_id, since))
        case ManagerLineChanged():
            return replace(rep, managers=rep.managers.but(event.to_manager_id, since))
        case RepZoneChanged():
            return replace(rep, zones=rep.zones.but(event.to_zone, since))
        case _:
            assert_never(event)


def evolve_roles(roles: Roles, event: ActorEvent) -> Roles:
    """The roles after one more event."""
    held = roles.held.get(event.role, Timeline[bool]())
    match event:
        case RoleGranted():
            return Roles({**roles.held, event.role: held.but(True, event.effective_at)})
        case RoleRevoked():
            return Roles({**roles.held, event.role: held.but(False, event.effective_at)})
        case _:
            assert_never(event)


@lru_cache(4_096)
def team_of(team_id: str) -> Stream[Team]:
    """The history of one team."""
    return Stream(f"team-{team_id}", Team(), evolve_team)


@lru_cache(65_536)
def rep_of(rep_id: str) -> Stream[Rep]:
    """The history of one rep in the organisation."""
    return Stream(f"rep-{rep_id}", Rep(), evolve_rep)


def actor_of(actor_id: str) -> Stream[Roles]:
    """The roles of one person or machine."""
    return Stream(f"actor-{actor_id}", Roles(), evolve_roles)
