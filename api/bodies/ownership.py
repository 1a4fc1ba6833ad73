"""Claims, as clients send them."""

from pydantic import Field

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Id, Line, OurId
from services.platform import Platform
from services.ports import Context, Receipt


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


async def _claim(platform: Platform, body: Claim, context: Context) -> Receipt:
    return await platform.ownership.claim(
        body.customer_id, body.line, context, claim_id=body.claim_id, rep_id=body.rep_id
    )


async def _release(platform: Platform, body: Release, context: Context) -> Receipt:
    return await platform.ownership.release(body.claim_id, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("ownership.claim", Claim, _claim),
    Emitted("ownership.release", Release, _release),
)
