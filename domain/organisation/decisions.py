"""Add, move, depart, grant: one function per command. Who may ask for them is a question of rights, not of these."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias, assert_never

from domain.days import day_of
from domain.decider import Decider, Past, Stream
from domain.organisation.events import (
    CustomersHandedOver,
    ManagerLineChanged,
    RepDeparted,
    RepJoined,
    RepReinstated,
    RepSuspended,
    RepTeamChanged,
    RepZoneChanged,
    RoleGranted,
    RoleRevoked,
    TeamAdded,
)
from domain.organisation.state import Rep, actor_of, rep_of, team_of
from domain.reception import (
    ActorInactive,
    BackdateLimit,
    FieldFault,
    Forbidden,
    Malformed,
    RefNotFound,
    VersionConflict,
    known_zone,
)
from domain.refusal import Conflict
from domain.rights import Role
from domain.rulesets import FlagRules

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
GRANTABLE = frozenset(Role) - {Role.SYSTEM}
"""The roles that people and machines may have; SYSTEM is the platform itself."""


@dataclass(eq=False)
class TeamExists(Conflict):
    """There is a team of this id already, with another name, zone or parent."""

    team_id: str


@dataclass(eq=False)
class AlreadyJoined(Conflict):
    """The rep sells here already at that hour, or is announced to from a later one on."""

    rep_id: str


@dataclass(eq=False)
class NotSuspended(Conflict):
    """The rep is not suspended at that hour, so nothing is lifted; whoever left joins again."""

    rep_id: str


@dataclass(eq=False)
class LineCycle(Conflict):
    """Somebody would, at some hour, stand in their own line of managers: `line` is the way round, from the rep up."""

    rep_id: str
    line: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class When:
    """From which hour on a change shall hold, and what is needed to judge whether that is too far back (D13).

    `zone`: where the days are counted, unless the change is about a rep with a zone of their own; `as_history`: an
    import of the past, which may go back as far as it likes.
    """

    effective_at: datetime
    at: datetime
    zone: str
    rules: FlagRules
    as_history: bool = False


@dataclass(frozen=True, slots=True)
class AddTeam:
    """There shall be a team."""

    team_id: str
    name: str
    zone: str
    parent_team_id: str | None = None


@dataclass(frozen=True, slots=True)
class AddRep:
    """Somebody joins as a rep. `line`: everybody whom the service found above the manager, at that hour or later."""

    rep_id: str
    display_name: str | None
    team_id: str
    zone: str
    manager_id: str | None
    line: tuple[str, ...]
    when: When


@dataclass(frozen=True, slots=True)
class DepartRep:
    """A rep leaves."""

    rep_id: str
    when: When


@dataclass(frozen=True, slots=True)
class SuspendRep:
    """A rep may not sell until further notice."""

    rep_id: str
    when: When


@dataclass(frozen=True, slots=True)
class ReinstateRep:
    """A suspended rep may sell again."""

    rep_id: str
    when: When


@dataclass(frozen=True, slots=True)
class NoteHandover:
    """Customers of a rep who left or is suspended are in other hands; the fields are those of `CustomersHandedOver`."""

    rep_id: str
    to_rep_id: str | None
    customers: int
    left_at: datetime


@dataclass(frozen=True, slots=True)
class MoveRep:
    """A rep goes to another team (None: stays), or answers to another manager (None: to nobody), or both.

    `changes_manager`: whether the manager is spoken of at all; `line` as in `AddRep`; `may_move`: whether the asker
    keeps house or stands in the rep's line of managers.
    """

    rep_id: str
    team_id: str | None
    manager_id: str | None
    changes_manager: bool
    line: tuple[str, ...]
    asked_in_role: str
    may_move: bool
    when: When


@dataclass(frozen=True, slots=True)
class SetZone:
    """A rep works in another time zone."""

    rep_id: str
    zone: str
    when: When


@dataclass(frozen=True, slots=True)
class GrantRole:
    """Somebody shall be allowed to act in a role."""

    actor_id: str
    role: str
    when: When


@dataclass(frozen=True, slots=True)
class RevokeRole:
    """Somebody shall no longer act in a role."""

    actor_id: str
    role: str
    when: When


OrganisationCommand: TypeAlias = (
    AddTeam | AddRep | DepartRep | SuspendRep | ReinstateRep | NoteHandover | MoveRep | SetZone | GrantRole | RevokeRole
)


def stands_on(command: OrganisationCommand) -> Sequence[Stream[Any]]:
    """The team, rep or actor asked about; whatever the command refers to; and the whole line above a new manager."""
    match command:
        case AddTeam():
            parents = [team_of(command.parent_team_id)] if command.parent_team_id else []
            return _once(team_of(command.team_id), *parents)
        case AddRep() | MoveRep():
            team = [team_of(command.team_id)] if command.team_id else []
            return _once(rep_of(command.rep_id), *team, *_managers(command.manager_id, command.line))
        case DepartRep() | SuspendRep() | ReinstateRep() | NoteHandover() | SetZone():
            return [rep_of(command.rep_id)]
        case GrantRole() | RevokeRole():
            return [actor_of(command.actor_id)]
        case _:
            assert_never(command)


def decide(command: OrganisationCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case AddTeam():
            return add_team(command, past)
        case AddRep():
            return add_rep(command, past)
        case DepartRep():
            return depart_rep(command, past)
        case SuspendRep():
            return suspend_rep(command, past)
        case ReinstateRep():
            return reinstate_rep(command, past)
        case NoteHandover():
            return note_handover(command, past)
        case MoveRep():
            return move_rep(command, past)
        case SetZone():
            return set_zone(command, past)
        case GrantRole():
            return grant_role(command, past)
        case RevokeRole():
            return revoke_role(command, past)
        case _:
            assert_never(command)


def add_team(command: AddTeam, past: Past) -> Sequence[object]:
    """A team is added once; asking again for the same changes nothing."""
    _well_formed("team_id", command.team_id)
    added = TeamAdded(command.team_id, command.name, known_zone(command.zone), command.parent_team_id)
    before = past.of(team_of(command.team_id)).added
    if before == added:
        return []
    if before is not None:
        raise TeamExists(command.team_id)
    if command.parent_team_id is not None:
        _existing_team(command.parent_team_id, past)
    return [added]


def add_rep(command: AddRep, past: Past) -> Sequence[object]:
    """Somebody joins, or comes back after they had left."""
    _well_formed("rep_id", command.rep_id)
    joined = RepJoined(
        rep_id=command.rep_id,
        display_name=command.display_name,
        team_id=command.team_id,
        zone=known_zone(command.zone),
        manager_id=command.manager_id,
        effective_at=command.when.effective_at,
    )
    _existing_team(command.team_id, past)
    rep = past.of(rep_of(command.rep_id))
    if rep.known and _as_it_is(rep, joined):
        return []
    if any(rep.active.from_then_on(command.when.effective_at, otherwise=False)):
        raise AlreadyJoined(command.rep_id)
    _not_too_far_back(command.when, command.zone)
    _no_cycle(command.rep_id, command.manager_id, command.line, command.when.effective_at, past)
    return [joined]


def depart_rep(command: DepartRep, past: Past) -> Sequence[object]:
    """A rep who sells at that hour, or is suspended, does so no more."""
    rep, since = _known(command.rep_id, past), command.when.effective_at
    gone = not rep.active.last(otherwise=False) and not rep.suspended.last(otherwise=False)
    if gone and rep.active.changes[-1][0] == since:
        return []
    if not rep.is_suspended(since):
        _active(command.rep_id, rep, since)
    _not_too_far_back(command.when, rep.zone(since))
    return [RepDeparted(command.rep_id, since)]


def suspend_rep(command: SuspendRep, past: Past) -> Sequence[object]:
    """A rep who sells at that hour may not; one who may not already stays so."""
    rep, since = _known(command.rep_id, past), command.when.effective_at
    if rep.is_suspended(since):
        return []
    _active(command.rep_id, rep, since)
    _not_too_far_back(command.when, rep.zone(since))
    return [RepSuspended(command.rep_id, since)]


def reinstate_rep(command: ReinstateRep, past: Past) -> Sequence[object]:
    """A rep who is suspended at that hour sells again from then on."""
    rep, since = _known(command.rep_id, past), command.when.effective_at
    if not rep.is_suspended(since):
        raise NotSuspended(command.rep_id)
    _not_too_far_back(command.when, rep.zone(since))
    return [RepReinstated(command.rep_id, since)]


def note_handover(command: NoteHandover, past: Past) -> Sequence[object]:
    """Each departure is followed by one hand-over; the same one again changes nothing."""
    if _known(command.rep_id, past).handed_over == command.left_at:
        return []
    return [CustomersHandedOver(command.rep_id, command.to_rep_id, command.customers, command.left_at)]


def move_rep(command: MoveRep, past: Past) -> Sequence[object]:
    """A rep goes to a team that there is, and answers to somebody who does not, then or later, answer to the rep."""
    rep, since = _known(command.rep_id, past), command.when.effective_at
    if not command.may_move:
        raise Forbidden("org.move_rep", command.asked_in_role)
    _active(command.rep_id, rep, since)
    moved: list[object] = []
    if command.team_id is not None and command.team_id != rep.team(since):
        _existing_team(command.team_id, past)
        moved.append(RepTeamChanged(command.rep_id, rep.team(since), command.team_id, since))
    if command.changes_manager and command.manager_id != rep.manager(since):
        _no_cycle(command.rep_id, command.manager_id, command.line, since, past)
        moved.append(ManagerLineChanged(command.rep_id, rep.manager(since), command.manager_id, since))
    if moved:
        _not_too_far_back(command.when, rep.zone(since))
    return moved


def set_zone(command: SetZone, past: Past) -> Sequence[object]:
    """A rep works in a zone that there is."""
    rep, since = _known(command.rep_id, past), command.when.effective_at
    zone = known_zone(command.zone)
    _active(command.rep_id, rep, since)
    if rep.zone(since) == zone:
        return []
    _not_too_far_back(command.when, rep.zone(since))
    return [RepZoneChanged(command.rep_id, rep.zone(since), zone, since)]


def grant_role(command: GrantRole, past: Past) -> Sequence[object]:
    """Somebody gets a role; the same role again changes nothing."""
    _well_formed("actor_id", command.actor_id)
    if past.of(actor_of(command.actor_id)).holds(_known_role(command.role), command.when.effective_at):
        return []
    _not_too_far_back(command.when, command.when.zone)
    return [RoleGranted(command.actor_id, command.role, command.when.effective_at)]


def revoke_role(command: RevokeRole, past: Past) -> Sequence[object]:
    """Somebody loses a role that they hold; one that they do not hold changes nothing."""
    if not past.of(actor_of(command.actor_id)).holds(_known_role(command.role), command.when.effective_at):
        return []
    _not_too_far_back(command.when, command.when.zone)
    return [RoleRevoked(command.actor_id, command.role, command.when.effective_at)]


def _once(*streams: Stream[Any]) -> Sequence[Stream[Any]]:
    return list({stream.name: stream for stream in streams}.values())


def _managers(manager_id: str | None, line: Sequence[str]) -> Sequence[Stream[Any]]:
    if manager_id is None:
        return []
    return [actor_of(manager_id), *(rep_of(above) for above in (manager_id, *line))]


def _well_formed(field: str, text: str) -> None:
    if not _ID.fullmatch(text):
        raise Malformed((FieldFault(f"/data/{field}", "1 to 64 of A-Z a-z 0-9 . _ -"),))


def _known_role(role: str) -> str:
    if role not in GRANTABLE:
        raise Malformed((FieldFault("/data/role", f"one of {', '.join(sorted(GRANTABLE))}"),))
    return role


def _existing_team(team_id: str, past: Past) -> None:
    if past.of(team_of(team_id)).added is None:
        raise RefNotFound("team", team_id)


def _known(rep_id: str, past: Past) -> Rep:
    rep = past.of(rep_of(rep_id))
    if not rep.known:
        raise RefNotFound("rep", rep_id)
    return rep


def _active(rep_id: str, rep: Rep, at: datetime) -> None:
    if not rep.is_active(at):
        raise ActorInactive(rep_id)


def _as_it_is(rep: Rep, joined: RepJoined) -> bool:
    since = joined.effective_at
    same = (rep.team(since), rep.zone(since), rep.manager(since)) == (joined.team_id, joined.zone, joined.manager_id)
    return rep.is_active(since) and same and joined.display_name in (None, rep.display_name)


def _not_too_far_back(when: When, zone: str) -> None:
    if when.as_history:
        return
    effective_on, today = day_of(when.effective_at, zone), day_of(when.at, zone)
    if (today - effective_on).days > when.rules.backdate_days:
        raise BackdateLimit(effective_on, today - timedelta(days=when.rules.backdate_days))


def _no_cycle(rep_id: str, manager_id: str | None, line: Sequence[str], since: datetime, past: Past) -> None:
    """Walk up from the new manager at every hour at which the line above changes, for as long as the change holds."""
    if manager_id is None:
        return
    if manager_id == rep_id:
        raise LineCycle(rep_id, (rep_id, rep_id))
    above = {person: past.of(rep_of(person)) for person in (manager_id, *line)}
    if not above[manager_id].known and not past.of(actor_of(manager_id)).ever_held(Role.MANAGER):
        raise RefNotFound("manager", manager_id)
    own_changes = past.of(rep_of(rep_id)).managers.hours_after(since)
    until = own_changes[0] if own_changes else None
    hours = {since, *(hour for person in above.values() for hour in person.managers.hours_after(since))}
    for hour in sorted(hour for hour in hours if until is None or hour < until):
        _walk_up(rep_id, manager_id, above, hour)


def _walk_up(rep_id: str, manager_id: str, above: dict[str, Rep], hour: datetime) -> None:
    way, person = [rep_id], manager_id
    while True:
        way.append(person)
        if person == rep_id:
            raise LineCycle(rep_id, tuple(way))
        if person not in above:  # the line above changed between looking it up and deciding
            raise VersionConflict(tuple(rep_of(one).name for one in way))
        higher = above[person].manager(hour)
        if higher is None:
            return
        person = higher


organising = Decider[OrganisationCommand](stands_on, decide)
