"""What can have happened to the people and teams of an organisation; each from an hour on.

`effective_at` is the hour from which a change holds; it may lie ahead (a departure announced) or a few days back.
The names of employees are kept in clear: every page shows them, and the log answers for who did what.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class TeamAdded:
    """There is a team; its zone decides where the days of its claims begin and end (domain §3.1)."""

    team_id: str
    name: str
    zone: str
    parent_team_id: str | None = None


@dataclass(frozen=True, slots=True)
class RepJoined:
    """Somebody sells from now on: in a team, in the zone where they work, under a line manager or under nobody."""

    rep_id: str
    display_name: str | None
    team_id: str
    zone: str
    manager_id: str | None
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class RepDeparted:
    """A rep sells no more."""

    rep_id: str
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class RepSuspended:
    """A rep may not sell until further notice; customers go into custody as after a departure (PM9)."""

    rep_id: str
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class RepReinstated:
    """A rep who was suspended sells again, as before; customers that were placed in custody stay there until they are
    handed on."""

    rep_id: str
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class RepTeamChanged:
    """A rep goes to another team; figures keep the team of the day on which they were made."""

    rep_id: str
    from_team_id: str
    to_team_id: str
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class ManagerLineChanged:
    """Somebody answers to another line manager, or to nobody."""

    rep_id: str
    from_manager_id: str | None
    to_manager_id: str | None
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class RepZoneChanged:
    """A rep works in another time zone; business dates that are stored already stay as they are."""

    rep_id: str
    from_zone: str
    to_zone: str
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class RoleGranted:
    """Somebody may act in a role."""

    actor_id: str
    role: str
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class RoleRevoked:
    """Somebody may no longer act in a role."""

    actor_id: str
    role: str
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class CustomersHandedOver:
    """What a rep who left, or was suspended, had in hand was placed in custody of `to_rep_id`, or went to the pool
    where nobody was above.

    `customers`: how many; `left_at`: when the rep left, or was suspended.
    """

    rep_id: str
    to_rep_id: str | None
    customers: int
    left_at: datetime


TeamEvent: TypeAlias = TeamAdded
RepEvent: TypeAlias = (
    RepJoined
    | RepDeparted
    | RepSuspended
    | RepReinstated
    | RepTeamChanged
    | ManagerLineChanged
    | RepZoneChanged
    | CustomersHandedOver
)
ActorEvent: TypeAlias = RoleGranted | RoleRevoked
