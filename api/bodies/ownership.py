"""Claims, as clients send them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Id, Line, OurId
from services.platform import Platform
from services.ports import Context, Receipt

Reason = Annotated[str, StringConstraints(max_length=4_000)]
"""Why; an empty one is no reason, and is refused as such."""


class Claim(Body):
    """A rep wants the exclusive right to work a customer in a business line."""

    customer_id: Id
    line: Line = "default"
    claim_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")
    rep_id: OurId | None = Field(
        default=None, description="For whom, by those who may speak for others; left out: for the asker."
    )


class Release(Body):
    """The owner, or a manager in the owner's line, gives a customer back to the pool."""

    claim_id: Id


class Extend(Body):
    """A manager gives a claim more days, once; or its owner asks, with an approval (EXTENSION) that names it."""

    claim_id: Id
    reason: Reason = ""
    days: int | None = Field(default=None, ge=1, le=366, description="Left out: as many as the rules allow.")
    approval_id: Id | None = Field(default=None, description="A manager's yes, where the owner asks.")


async def _claim(platform: Platform, body: Claim, context: Context) -> Receipt:
    return await platform.ownership.claim(
        body.customer_id, body.line, context, claim_id=body.claim_id, rep_id=body.rep_id
    )


async def _release(platform: Platform, body: Release, context: Context) -> Receipt:
    return await platform.ownership.release(body.claim_id, context)


async def _extend(platform: Platform, body: Extend, context: Context) -> Receipt:
    return await platform.ownership.extend(
        body.claim_id, body.reason, context, days=body.days, approval_id=body.approval_id
    )


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("ownership.claim", Claim, _claim),
    Emitted("ownership.release", Release, _release),
    Emitted("ownership.extend", Extend, _extend),
)
