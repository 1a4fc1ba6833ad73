"""Access tokens: made, listed, taken back."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from api.cli.running import HOUSE, Data, Json, joined, run
from api.cli.talk import Exit, Talk, Trouble, say
from api.emitting import Sent, emit
from services.access import AccessToken, fit_scope
from services.platform import Platform

ROLES = ("rep", "manager", "arbiter", "auditor", "ops", "client", "privacy")
BY_THEMSELVES = ("ops", "auditor")
"""Roles that a token gives without a word of the organisation's events."""
_COLUMNS = ("token_id", "actor", "role", "created", "expires", "revoked", "scopes", "last_used")

tokens = typer.Typer(
    help=(
        "\b\nExamples:\n  fieldtrace token create --actor ops --role ops\n  fieldtrace token list\n"
        "  fieldtrace token revoke 01970000-0000-7000-8000-000000000001\n\nAccess tokens: make, list and revoke them."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@tokens.command("create")
def create(
    actor: Annotated[str, typer.Option("--actor", metavar="ID", help="Whom the token speaks for.")],
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help=f"{', '.join(ROLES)}.")],
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="WHEN", help="12h, 30d, a date or an hour with its offset.")
    ] = None,
    scopes: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="SCOPE", help="What it is for: read, visit.record, visit.*; may be repeated."),
    ] = None,
    team: Annotated[
        str | None, typer.Option("--team", metavar="ID", help="For a rep who is not there yet: joins this team.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace token create --actor ops --role ops
      fieldtrace token create --actor anna --role rep --team sh --expires 30d
      fieldtrace token create --actor crm --role client --scope read --scope "visit.*"

    Make an access token. It is shown this once and kept as a hash. The actor gets the role if need be; a rep joins
    a team (--team) or is added later.
    """
    talk = Talk(json)
    if role not in ROLES:
        raise Trouble("role", Exit.USAGE, role=role, roles=", ".join(ROLES))
    fit_actor(actor)

    for scope in scopes or ():
        if not fit_scope(scope):
            raise Trouble("scope", Exit.USAGE, scope=scope)

    async def work() -> None:
        async with joined(data) as platform:
            ends = _ends(expires, platform.now())
            await platform.prepare()
            await let_act(platform, actor, role, team, talk)
            made = await platform.access.create(actor, role, ends, scopes)
            if json:
                talk.json({"token": made.token, **_told(made.kept)})
            else:
                talk.tell("token_made", actor=actor, role=role)
                talk.data(made.token)

    run(work)


@tokens.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace token list
      fieldtrace token list --json

    Every token that was made, without its secret.
    """
    talk = Talk(json)

    async def work() -> None:
        async with joined(data) as platform:
            every = await platform.access.all()
        if json:
            for one in every:
                talk.json(_told(one))
            return
        talk.table(
            [say(f"column_{name}") for name in _COLUMNS],
            [[*_told(one).values()] for one in every],
        )

    run(work)


@tokens.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="TOKEN_ID", help="As `token list` shows it.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace token revoke 01970000-0000-7000-8000-000000000001

    Take a token back, at once.
    """
    talk = Talk(json)

    async def work() -> bool:
        async with joined(data) as platform:
            return await platform.access.revoke(UUID(token_id))

    try:
        UUID(token_id)
    except ValueError as error:
        raise Trouble("token_id", Exit.USAGE, token_id=token_id) from error
    if not run(work):
        raise Trouble("token_unknown", Exit.CHECK_FAILED, token_id=token_id)
    if json:
        talk.json({"token_id": token_id, "revoked": True})
    else:
        talk.tell("token_revoked", token_id=token_id)


def fit_actor(actor: str) -> None:
    """See that an actor has an id as people have."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", actor):
        raise Trouble("actor", Exit.USAGE, actor=actor)


async def let_act(platform: Platform, actor: str, role: str, team: str | None, talk: Talk) -> None:
    """See that the actor may act in the role, as far as that can be seen to from here."""
    roles = await platform.organisation.roles(actor)
    if role in roles or role in BY_THEMSELVES:
        return
    if role == "rep":
        if team is None:
            talk.tell("rep_not_there", actor=actor)
            return
        await _ask(platform, "org.add_rep", {"rep_id": actor, "team_id": team})
    else:
        await _ask(platform, "org.grant_role", {"actor_id": actor, "role": role})


async def _ask(platform: Platform, asked: str, data: dict[str, Any]) -> None:
    made = str(platform.new_id())
    await emit(platform, Sent(HOUSE, "/command-line/token", made, made), asked, data)


def _told(token: AccessToken) -> dict[str, str | None]:
    def hour(instant: datetime | None) -> str | None:
        return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if instant else None

    return {
        "token_id": str(token.token_id),
        "actor": token.actor,
        "role": token.role,
        "created_at": hour(token.created_at),
        "expires_at": hour(token.expires_at),
        "revoked_at": hour(token.revoked_at),
        "scopes": " ".join(token.scopes) if token.scopes is not None else None,
        "last_used_at": hour(token.last_used_at),
    }


def _ends(said: str | None, now: datetime) -> datetime | None:
    if said is None:
        return None
    span = re.fullmatch(r"(\d{1,5})([hd])", said)
    try:
        if span:
            ends = now + timedelta(**{"hours" if span[2] == "h" else "days": int(span[1])})
        else:
            ends = datetime.fromisoformat(said)
    except (ValueError, OverflowError) as error:
        raise Trouble("expires", Exit.USAGE, said=said) from error
    ends = ends if ends.tzinfo else ends.replace(tzinfo=UTC)
    if ends <= now:
        raise Trouble("expires", Exit.USAGE, said=said)
    return ends
