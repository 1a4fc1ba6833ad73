"""Claims, as clients send them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Bp, Day, Id, Instant, Line, Name, OurId, Text
from services.ownership import Handover, Parking, ReturnReason, SplitShare
from services.platform import Platform
from services.ports import Context, Receipt
from services.reception import Actor

Reason = Annotated[str, StringConstraints(max_length=4_000)]
"""Why; an empty one is no reason, and is refused as such."""


ReturnName = Literal[
    "NO_NEED",
    "NO_BUDGET",
    "NO_BUYER",
    "WRONG_PROFILE",
    "OUT_OF_REGION",
    "LOST_TO_COMPETITOR",
    "CLOSED_DOWN",
    "NO_TIME",
    "OTHER",
]


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
    because: ReturnName | None = Field(default=None, description="Why; the rules may ask for it.")
    text: Text | None = Field(default=None, description="Needed for OTHER, where the rules ask why.")


class Extend(Body):
    """A manager gives a claim more days, once; or its owner asks, with an approval (EXTENSION) that names it."""

    claim_id: Id
    reason: Reason = ""
    days: int | None = Field(default=None, ge=1, le=366, description="Left out: as many as the rules allow.")
    approval_id: Id | None = Field(default=None, description="A manager's yes, where the owner asks.")


class ShareBody(Body):
    """A rep's part of the credit."""

    rep_id: OurId
    bp: Bp


class Transfer(Body):
    """A manager above both reps hands a customer from one to the other."""

    claim_id: Id
    to_rep_id: OurId
    credit_split: list[ShareBody] | None = Field(
        default=None, max_length=20, description="How the first deal won soon after is credited; 10,000 together."
    )
    effective_at: Instant | None = Field(default=None, description="From when on; left out: at once.")
    reason: Text | None = None
    approval_id: Id | None = Field(
        default=None, description="Somebody else's yes (PORTFOLIO_OVERRIDE) over a cooling-off or a full portfolio."
    )
    to_claim_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")

    def handover(self) -> Handover:
        """The hand-over that is asked for."""
        split = (
            None if self.credit_split is None else tuple(SplitShare(one.rep_id, one.bp) for one in self.credit_split)
        )
        return Handover(
            claim_id=self.claim_id,
            to_rep_id=self.to_rep_id,
            credit_split=split,
            effective_at=self.effective_at,
            reason=self.reason,
            approval_id=self.approval_id,
            to_claim_id=self.to_claim_id,
        )


class Reassign(Body):
    """Many customers are handed to another rep, each as if alone: by id, or all that one rep holds."""

    to_rep_id: OurId
    claim_ids: list[Id] | None = Field(default=None, min_length=1, max_length=500, examples=[[]])
    from_rep_id: OurId | None = Field(default=None, description="Everything that this rep holds now.")
    credit_split: list[ShareBody] | None = Field(default=None, max_length=20)
    effective_at: Instant | None = None
    reason: Text | None = None


class Park(Body):
    """A customer is left to ripen until a day."""

    claim_id: Id
    harvest_on: Day
    nurtured_by: Name | None = Field(default=None, description="Who is at work there meanwhile, a competitor perhaps.")
    trigger: Text | None = Field(default=None, description="What will make it ripe.")


class Continue(Body):
    """A manager lets a rep go on with a customer whose follow-ups were stopped."""

    claim_id: Id
    reason: Reason = ""


class Link(Body):
    """A colleague may work a customer beside its owner, for an agreed part of the credit."""

    claim_id: Id
    helper_id: OurId
    split_bp: Bp = Field(default=0, description="The helper's part of the credit, in basis points.")


class Unlink(Body):
    """A colleague helps no more."""

    claim_id: Id
    helper_id: OurId


def _foreseen(platform: Platform, body: Claim, actor: Actor) -> Sequence[Any]:
    return platform.ownership.foreseen(body.customer_id, body.line, body.rep_id or actor.acting_for)


async def _claim(platform: Platform, body: Claim, context: Context) -> Receipt:
    return await platform.ownership.claim(
        body.customer_id, body.line, context, claim_id=body.claim_id, rep_id=body.rep_id
    )


async def _release(platform: Platform, body: Release, context: Context) -> Receipt:
    because = None if body.because is None else ReturnReason(body.because)
    return await platform.ownership.release(body.claim_id, context, because=because, text=body.text)


async def _extend(platform: Platform, body: Extend, context: Context) -> Receipt:
    return await platform.ownership.extend(
        body.claim_id, body.reason, context, days=body.days, approval_id=body.approval_id
    )


async def _transfer(platform: Platform, body: Transfer, context: Context) -> Receipt:
    return await platform.ownership.transfer(body.handover(), context)


async def _park(platform: Platform, body: Park, context: Context) -> Receipt:
    parking = Parking(body.claim_id, body.harvest_on, body.nurtured_by, body.trigger)
    return await platform.ownership.park(parking, context)


async def _continue(platform: Platform, body: Continue, context: Context) -> Receipt:
    return await platform.ownership.continue_follow_up(body.claim_id, body.reason, context)


async def _link(platform: Platform, body: Link, context: Context) -> Receipt:
    return await platform.ownership.link_helper(body.claim_id, body.helper_id, body.split_bp, context)


async def _unlink(platform: Platform, body: Unlink, context: Context) -> Receipt:
    return await platform.ownership.unlink_helper(body.claim_id, body.helper_id, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("ownership.claim", Claim, _claim, _foreseen),
    Emitted("ownership.release", Release, _release),
    Emitted("ownership.extend", Extend, _extend),
    Emitted("ownership.transfer", Transfer, _transfer),
    Emitted("ownership.park", Park, _park),
    Emitted("followup.continue", Continue, _continue),
    Emitted("helper.link", Link, _link),
    Emitted("helper.unlink", Unlink, _unlink),
)
