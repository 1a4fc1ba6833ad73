"""Teams, reps, lines of managers and roles, as clients send them."""

from pydantic import Field

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Instant, Label, Name, OurId, Zone
from services.organisation import NewRep, NewTeam, RepMove
from services.platform import Platform
from services.ports import Context, Receipt

SINCE = "From which hour on; left out: the event's own hour. No earlier than the rules allow (D13)."


class AddTeam(Body):
    """A team. Its zone decides where the days of its claims begin and end."""

    team_id: OurId = Field(examples=["sh"])
    name: Name | None = Field(default=None, description="Left out: the id.", examples=["Shanghai"])
    zone: Zone = Field(description="IANA time zone.")
    parent_team_id: OurId | None = None


class AddRep(Body):
    """Somebody who sells from now on."""

    rep_id: OurId
    team_id: OurId = Field(examples=["sh"])
    display_name: Name | None = Field(default=None, examples=["Anna"])
    zone: Zone | None = Field(default=None, description="Where the rep works; left out: the zone of the team.")
    manager_id: OurId | None = Field(default=None, description="The line manager.", examples=["m01"])
    effective_at: Instant | None = Field(default=None, description=SINCE)


class MoveRep(Body):
    """A rep goes to another team, or answers to another manager, or both."""

    rep_id: OurId
    team_id: OurId | None = Field(default=None, description="Left out: stays.", examples=["bj"])
    manager_id: OurId | None = Field(default=None, description="Left out: stays; null: to nobody.", examples=["m02"])
    effective_at: Instant | None = Field(default=None, description=SINCE)


class DepartRep(Body):
    """A rep sells no more."""

    rep_id: OurId
    effective_at: Instant | None = Field(default=None, description=SINCE)


class SuspendRep(Body):
    """A rep may not sell until further notice; who stands above holds the customers."""

    rep_id: OurId
    effective_at: Instant | None = Field(default=None, description=SINCE)


class ReinstateRep(Body):
    """A rep who was suspended sells again."""

    rep_id: OurId
    effective_at: Instant | None = Field(default=None, description=SINCE)


class SetZone(Body):
    """A rep works in another time zone; business dates that are stored stay as they are."""

    rep_id: OurId
    zone: Zone = Field(description="IANA time zone.")
    effective_at: Instant | None = Field(default=None, description=SINCE)


class GrantRole(Body):
    """Somebody may act in a role."""

    actor_id: OurId
    role: str = Field(
        description="rep, manager, arbiter, auditor, ops, client or privacy.", examples=["manager"], max_length=64
    )
    effective_at: Instant | None = Field(default=None, description=SINCE)


class RevokeRole(Body):
    """Somebody may no longer act in a role."""

    actor_id: OurId
    role: str = Field(examples=["manager"], max_length=64)
    effective_at: Instant | None = Field(default=None, description=SINCE)


async def _add_team(platform: Platform, body: AddTeam, context: Context) -> Receipt:
    team = NewTeam(body.team_id, body.name or body.team_id, body.zone, body.parent_team_id)
    return await platform.organisation.add_team(team, context)


async def _add_rep(platform: Platform, body: AddRep, context: Context) -> Receipt:
    rep = NewRep(
        rep_id=body.rep_id,
        team_id=body.team_id,
        display_name=body.display_name,
        zone=body.zone,
        manager_id=body.manager_id,
        effective_at=body.effective_at,
    )
    return await platform.organisation.add_rep(rep, context)


async def _move_rep(platform: Platform, body: MoveRep, context: Context) -> Receipt:
    to_nobody = "manager_id" in body.model_fields_set and body.manager_id is None
    move = RepMove(body.rep_id, body.team_id, body.manager_id, to_nobody, body.effective_at)
    return await platform.organisation.move_rep(move, context)


async def _depart_rep(platform: Platform, body: DepartRep, context: Context) -> Receipt:
    return await platform.organisation.depart_rep(body.rep_id, context, body.effective_at)


async def _suspend_rep(platform: Platform, body: SuspendRep, context: Context) -> Receipt:
    return await platform.organisation.suspend_rep(body.rep_id, context, body.effective_at)


async def _reinstate_rep(platform: Platform, body: ReinstateRep, context: Context) -> Receipt:
    return await platform.organisation.reinstate_rep(body.rep_id, context, body.effective_at)


async def _set_zone(platform: Platform, body: SetZone, context: Context) -> Receipt:
    return await platform.organisation.set_zone(body.rep_id, body.zone, context, body.effective_at)


async def _grant_role(platform: Platform, body: GrantRole, context: Context) -> Receipt:
    return await platform.organisation.grant_role(body.actor_id, body.role, context, body.effective_at)


async def _revoke_role(platform: Platform, body: RevokeRole, context: Context) -> Receipt:
    return await platform.organisation.revoke_role(body.actor_id, body.role, context, body.effective_at)


class RegisterDevice(Body):
    """A device is a rep's from now on, whoever had it before."""

    device_id: OurId = Field(examples=["phone-17"])
    rep_id: OurId


class SyncDevice(Body):
    """A device asks for our hour, signed, from which it counts on while it is offline."""

    device_id: OurId = Field(examples=["phone-17"])
    boot_id: Label = Field(description="Changes when the device starts anew.", examples=["b1"])


async def _register_device(platform: Platform, body: RegisterDevice, context: Context) -> Receipt:
    return await platform.devices.register(body.device_id, body.rep_id, context)


async def _sync_device(platform: Platform, body: SyncDevice, context: Context) -> Receipt:
    return await platform.devices.sync(body.device_id, body.boot_id, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("org.add_team", AddTeam, _add_team),
    Emitted("org.add_rep", AddRep, _add_rep),
    Emitted("org.move_rep", MoveRep, _move_rep),
    Emitted("org.depart_rep", DepartRep, _depart_rep),
    Emitted("org.suspend_rep", SuspendRep, _suspend_rep),
    Emitted("org.reinstate_rep", ReinstateRep, _reinstate_rep),
    Emitted("org.set_zone", SetZone, _set_zone),
    Emitted("org.grant_role", GrantRole, _grant_role),
    Emitted("org.revoke_role", RevokeRole, _revoke_role),
    Emitted("org.register_device", RegisterDevice, _register_device),
    Emitted("device.sync", SyncDevice, _sync_device),
)
