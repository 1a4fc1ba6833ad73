"""What can be done about the people and teams of an organisation, and asked about them at any hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from domain.days import day_of
from domain.decider import Stream
from domain.facts import RepFacts
from domain.organisation.decisions import (
    AddRep,
    AddTeam,
    AlreadyJoined,
    DepartRep,
    GrantRole,
    LineCycle,
    MoveRep,
    NoteHandover,
    NotSuspended,
    OrganisationCommand,
    ReinstateRep,
    RevokeRole,
    SetZone,
    SuspendRep,
    TeamExists,
    When,
    organising,
)
from domain.organisation.state import Rep, actor_of, rep_of, team_of
from domain.reception import RefNotFound
from domain.rights import Role
from domain.rulesets import FlagRules
from projections.departures import DepartureRow
from services.carry_out import CarryOut
from services.pasts import Pasts
from services.ports import Context, Receipt

__all__ = [
    "AlreadyJoined",
    "LineCycle",
    "NewRep",
    "NewTeam",
    "NotSuspended",
    "OrganisationDesk",
    "RepMove",
    "TeamExists",
]


class BackdateRules(Protocol):
    """Looks up how far back a change may be dated."""

    async def flags(self, day: date, team_id: str | None = None) -> FlagRules:
        """The rules in force on a day."""
        ...


@dataclass(frozen=True, slots=True)
class NewTeam:
    """A team to be added; `zone` decides where the days of its claims begin and end."""

    team_id: str
    name: str
    zone: str
    parent_team_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewRep:
    """Somebody who joins. `zone` None: the zone of the team; `effective_at` None: the hour of the asking."""

    rep_id: str
    team_id: str
    display_name: str | None = None
    zone: str | None = None
    manager_id: str | None = None
    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RepMove:
    """Where a rep goes: `team_id` None: stays; `manager_id` None: stays, or to nobody where `to_nobody` says so."""

    rep_id: str
    team_id: str | None = None
    manager_id: str | None = None
    to_nobody: bool = False
    effective_at: datetime | None = None


class OrganisationDesk:
    """Teams, reps, lines of managers, roles."""

    def __init__(self, carry_out: CarryOut, pasts: Pasts, rulebook: BackdateRules) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._rulebook = rulebook

    async def add_team(self, team: NewTeam, context: Context) -> Receipt:
        """Add a team. Refused: TEAM_EXISTS, TZ_INVALID, REF_NOT_FOUND (its parent)."""
        command = AddTeam(team.team_id, team.name, team.zone, team.parent_team_id)
        return await self._do(command, context, {"team_id": team.team_id})

    async def add_rep(self, rep: NewRep, context: Context) -> Receipt:
        """Let somebody join. Refused: ALREADY_JOINED, LINE_CYCLE, BACKDATE_LIMIT, TZ_INVALID, REF_NOT_FOUND."""
        when = await self._when(rep.effective_at, context)

        async def command() -> OrganisationCommand:
            line = await self._line_above(rep.manager_id, when.effective_at)
            zone = rep.zone or await self._team_zone(rep.team_id)
            return AddRep(rep.rep_id, rep.display_name, rep.team_id, zone, rep.manager_id, line, when)

        return await self._carry_out.afresh(command, organising, context, answer=lambda _: {"rep_id": rep.rep_id})

    async def move_rep(self, move: RepMove, context: Context) -> Receipt:
        """Change a rep's team or manager or both. A manager may move only the reps of the own line.

        Refused: ACTOR_INACTIVE, LINE_CYCLE, BACKDATE_LIMIT, FORBIDDEN, REF_NOT_FOUND.
        """
        when = await self._when(move.effective_at, context)

        async def command() -> OrganisationCommand:
            asker = context.actor
            may_move = asker.role != Role.MANAGER or await self.manages(asker.acting_for, move.rep_id, when.at)
            return MoveRep(
                rep_id=move.rep_id,
                team_id=move.team_id,
                manager_id=move.manager_id,
                changes_manager=move.to_nobody or move.manager_id is not None,
                line=await self._line_above(move.manager_id, when.effective_at),
                asked_in_role=asker.role,
                may_move=may_move,
                when=when,
            )

        return await self._carry_out.afresh(command, organising, context, answer=lambda _: {"rep_id": move.rep_id})

    async def depart_rep(self, rep_id: str, context: Context, effective_at: datetime | None = None) -> Receipt:
        """Let a rep go. Refused: ACTOR_INACTIVE, BACKDATE_LIMIT, REF_NOT_FOUND."""
        when = await self._when(effective_at, context)
        return await self._do(DepartRep(rep_id, when), context, {"rep_id": rep_id})

    async def suspend_rep(self, rep_id: str, context: Context, effective_at: datetime | None = None) -> Receipt:
        """Let a rep sell no more for now; customers go into custody (PM9).

        Refused: ACTOR_INACTIVE, BACKDATE_LIMIT, REF_NOT_FOUND.
        """
        when = await self._when(effective_at, context)
        return await self._do(SuspendRep(rep_id, when), context, {"rep_id": rep_id})

    async def reinstate_rep(self, rep_id: str, context: Context, effective_at: datetime | None = None) -> Receipt:
        """Let a suspended rep sell again. Refused: NOT_SUSPENDED, BACKDATE_LIMIT, REF_NOT_FOUND."""
        when = await self._when(effective_at, context)
        return await self._do(ReinstateRep(rep_id, when), context, {"rep_id": rep_id})

    async def note_handover(
        self, departure: DepartureRow, to_rep_id: str | None, customers: int, context: Context
    ) -> Receipt:
        """Write that the customers of a rep who left are in other hands."""
        command = NoteHandover(departure.rep_id, to_rep_id, customers, departure.left_at)
        return await self._do(command, context, {"rep_id": departure.rep_id})

    async def set_zone(self, rep_id: str, zone: str, context: Context, effective_at: datetime | None = None) -> Receipt:
        """Say where a rep works. Refused: TZ_INVALID, ACTOR_INACTIVE, BACKDATE_LIMIT, REF_NOT_FOUND."""
        when = await self._when(effective_at, context)
        return await self._do(SetZone(rep_id, zone, when), context, {"rep_id": rep_id})

    async def grant_role(
        self, actor_id: str, role: str, context: Context, effective_at: datetime | None = None
    ) -> Receipt:
        """Let somebody act in a role. Refused: MALFORMED (no such role), BACKDATE_LIMIT."""
        when = await self._when(effective_at, context)
        return await self._do(GrantRole(actor_id, role, when), context, {"actor_id": actor_id, "role": role})

    async def revoke_role(
        self, actor_id: str, role: str, context: Context, effective_at: datetime | None = None
    ) -> Receipt:
        """Take a role back. Refused: MALFORMED (no such role), BACKDATE_LIMIT."""
        when = await self._when(effective_at, context)
        return await self._do(RevokeRole(actor_id, role, when), context, {"actor_id": actor_id, "role": role})

    async def rep(self, rep_id: str, at: datetime) -> RepFacts:
        """A rep at an instant. Raises REF_NOT_FOUND where nobody of this id ever joined."""
        rep = await self._rep(rep_id)
        if not rep.known:
            raise RefNotFound("rep", rep_id)
        team_id = rep.team(at)
        return RepFacts(
            rep_id=rep_id,
            active=rep.is_active(at),
            team_id=team_id,
            zone=rep.zone(at),
            team_zone=await self._team_zone(team_id),
            manager_id=rep.manager(at),
        )

    def stands_on(self, rep_id: str, at: datetime) -> Sequence[Stream[Any]]:
        """The streams that `rep` will look at, as far as one knows beforehand; to read them together with others."""
        rep = self._pasts.last_known(rep_of(rep_id))
        return [rep_of(rep_id), *([team_of(rep.team(at))] if rep.known else [])]

    async def left_at(self, rep_id: str, at: datetime) -> datetime | None:
        """Since when somebody sells here no more, gone or suspended; None for who does, will, or never did."""
        active = (await self._rep(rep_id)).active
        said = [(since, sells) for since, sells in active.changes if since <= at]
        return said[-1][0] if said and not said[-1][1] else None

    async def display_name(self, rep_id: str) -> str | None:
        """How a rep is called on pages, where that is known."""
        return (await self._rep(rep_id)).display_name

    async def manages(self, manager_id: str, rep_id: str, at: datetime) -> bool:
        """Whether somebody stands anywhere above a rep at that instant."""
        return manager_id in await self.line(rep_id, at)

    async def line(self, rep_id: str, at: datetime) -> tuple[str, ...]:
        """The managers above a rep at an instant, nearest first; empty for a rep under nobody or unknown."""
        above: list[str] = []
        person = (await self._rep(rep_id)).manager(at)
        while person is not None:
            above.append(person)
            person = (await self._rep(person)).manager(at)
        return tuple(above)

    async def roles(self, actor_id: str, at: datetime | None = None) -> frozenset[str]:
        """The roles that somebody has from the organisation's events; `rep` comes with joining and goes with leaving.

        `at` None: when everything that is announced has come. Tokens may give `ops` and `auditor` without events.
        """
        past = (await self._pasts.look([actor_of(actor_id), rep_of(actor_id)])).past
        roles, rep = past.of(actor_of(actor_id)), past.of(rep_of(actor_id))
        sells = rep.active.last(otherwise=False) if at is None else rep.is_active(at)
        granted = roles.in_the_end() if at is None else roles.at(at)
        return granted | {Role.REP.value} if sells else granted

    async def knows(self, actor_id: str) -> bool:
        """Whether somebody ever joined or was ever granted a role."""
        past = (await self._pasts.look([actor_of(actor_id), rep_of(actor_id)])).past
        return past.of(rep_of(actor_id)).known or bool(past.of(actor_of(actor_id)).held)

    async def team_zone(self, team_id: str) -> str:
        """The zone of a team. Raises REF_NOT_FOUND where there is none of this id."""
        return await self._team_zone(team_id)

    async def team_exists(self, team_id: str) -> bool:
        """Whether there is such a team."""
        return (await self._pasts.of(team_of(team_id))).added is not None

    async def _do(self, command: OrganisationCommand, context: Context, answer: dict[str, str]) -> Receipt:
        return await self._carry_out(command, organising, context, answer=lambda _: answer)

    async def _when(self, effective_at: datetime | None, context: Context) -> When:
        rules = await self._rulebook.flags(day_of(context.decided_at, context.occurred_tz))
        return When(
            effective_at=effective_at or context.occurred_at,
            at=context.decided_at,
            zone=context.occurred_tz,
            rules=rules,
            as_history="IMPORTED" in context.flags,
        )

    async def _rep(self, rep_id: str) -> Rep:
        return await self._pasts.of(rep_of(rep_id))

    async def _team_zone(self, team_id: str) -> str:
        team = (await self._pasts.of(team_of(team_id))).added
        if team is None:
            raise RefNotFound("team", team_id)
        return team.zone

    async def _line_above(self, manager_id: str | None, since: datetime) -> tuple[str, ...]:
        """Everybody who stands above a manager at an hour or at any later one that is announced."""
        found: dict[str, None] = {}
        ahead = [manager_id] if manager_id else []
        while ahead:
            past = (await self._pasts.look([rep_of(person) for person in ahead])).past
            higher = [
                above
                for person in ahead
                for above in past.of(rep_of(person)).managers.from_then_on(since, otherwise=None)
                if above is not None and above != manager_id and above not in found
            ]
            ahead = list(dict.fromkeys(higher))
            found |= dict.fromkeys(ahead)
        return tuple(found)
