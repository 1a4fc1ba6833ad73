"""A manager's yes or no, as clients send it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Id, OurId
from services.approvals import Purpose, Question
from services.platform import Platform
from services.ports import Context, Receipt


class GrantApproval(Body):
    """A yes to one thing that a rule does not allow by itself; used once, by what it names."""

    approval_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")
    rep_id: OurId = Field(description="Who needs it.")
    purpose: Literal["BACKDATE", "CORRECTION", "EXTENSION", "AMENDMENT", "PRESENCE_PHOTO", "PORTFOLIO_OVERRIDE"]
    ref: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="The id of what it is for: a visit, a claim, a target."
    )
    content_hash: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, description="Hexadecimal SHA-256 of what was seen; needed for PRESENCE_PHOTO."
    )
    reason: Annotated[str, StringConstraints(max_length=4_000)] = ""


class DenyApproval(GrantApproval):
    """A no; the fields are those of a yes."""


def _question(body: GrantApproval) -> Question:
    return Question(body.rep_id, Purpose(body.purpose), body.ref, body.reason, body.content_hash)


async def _grant(platform: Platform, body: GrantApproval, context: Context) -> Receipt:
    return await platform.approvals.grant(_question(body), context, approval_id=body.approval_id)


async def _deny(platform: Platform, body: DenyApproval, context: Context) -> Receipt:
    return await platform.approvals.deny(_question(body), context, approval_id=body.approval_id)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("approval.grant", GrantApproval, _grant),
    Emitted("approval.deny", DenyApproval, _deny),
)
