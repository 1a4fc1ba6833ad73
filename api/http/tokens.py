"""Access tokens, for those who keep the house: made, listed, taken back."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field, StringConstraints
from starlette.responses import Response

from api.bodies.parts import Body, Id, Instant, OurId, read_body
from api.bodies.reading import read_json
from api.http.answers import answer
from api.http.asking import AnyAsker, ThePlatform, only
from api.http.bodies import body_of
from api.http.cloudevents import JSON
from services.access import AccessToken, Role, UnfitScope
from services.platform import Platform
from services.refusals import FieldFault, Malformed, RefNotFound

router = APIRouter(tags=["access"])
_BY_THEMSELVES = (Role.OPS.value, Role.AUDITOR.value, Role.CLIENT.value)
"""Roles that a token gives without a word of the organisation's events."""


class NewAccessToken(Body):
    """For whom a token is made, and for what."""

    actor: OurId
    role: Annotated[str, StringConstraints(pattern="^(rep|manager|arbiter|auditor|ops|client|privacy)$")]
    expires_at: Instant | None = None
    scopes: list[Annotated[str, StringConstraints(max_length=64)]] | None = Field(
        default=None,
        max_length=50,
        description="`read`, a type of request (`visit.record`), or many (`visit.*`); none for all that the role may.",
    )


@router.get("/v1/tokens")
async def list_tokens(platform: ThePlatform, asker: AnyAsker) -> Response:
    """Every token that was ever made, newest first, without its secret. `last_used_at` is exact to an hour."""
    only(asker, "tokens.read", Role.OPS, Role.AUDITOR)
    return answer({"items": [_told(one) for one in await platform.access.all()]})


@router.post(
    "/v1/tokens",
    status_code=201,
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": NewAccessToken.model_json_schema()}}}
    },
)
async def create_token(request: Request, platform: ThePlatform, asker: AnyAsker) -> Response:
    """Make a token. It is shown this once and kept as a hash.

    Roles that are granted by events of the organisation (all but ops, auditor and client) have to be held already.
    """
    only(asker, "tokens.create", Role.OPS)
    said = read_body(NewAccessToken, read_json(await body_of(request)))
    await _may_be(platform, said)
    if said.expires_at is not None and said.expires_at <= platform.now():
        raise Malformed((FieldFault("/expires_at", "This hour has passed."),))
    try:
        made = await platform.access.create(said.actor, said.role, said.expires_at, said.scopes)
    except UnfitScope as error:
        raise Malformed((FieldFault("/scopes", f"{error} is no scope."),)) from error
    return answer({"token": made.token, **_told(made.kept)}, status=201)


@router.delete("/v1/tokens/{token_id}", status_code=200)
async def revoke_token(platform: ThePlatform, asker: AnyAsker, token_id: Annotated[Id, Path()]) -> Response:
    """Take a token back, at once."""
    only(asker, "tokens.revoke", Role.OPS)
    if not await platform.access.revoke(token_id):
        raise RefNotFound("token", str(token_id))
    return answer({"token_id": token_id, "revoked": True})


async def _may_be(platform: Platform, said: NewAccessToken) -> None:
    if said.role in _BY_THEMSELVES or said.role in await platform.organisation.roles(said.actor, platform.now()):
        return
    raise Malformed((FieldFault("/role", f"{said.actor} does not hold this role; grant it first."),))


def _told(token: AccessToken) -> dict[str, Any]:
    hours: dict[str, datetime | None] = {
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "last_used_at": token.last_used_at,
    }
    scopes = None if token.scopes is None else list(token.scopes)
    return {"token_id": token.token_id, "actor": token.actor, "role": token.role, "scopes": scopes, **hours}
