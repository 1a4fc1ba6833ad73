"""What the two persons of privacy send."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Id, OurId
from services.platform import Platform
from services.ports import Context, Receipt
from services.privacy import ErasureBasis, RejectionReason
from services.refusals import FieldFault, Malformed


class RequestErasure(Body):
    """Ask that personal values be erased: of a person at a customer, of a rep who has left, or a photo or document."""

    customer_id: Id | None = Field(default=None, description="Where the person is; with `contact_id`.")
    contact_id: Id | None = None
    rep_id: OurId | None = Field(default=None, description="Whose raw positions and personal notes go.")
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] | None = Field(
        default=None, description="Of the photo or document."
    )
    basis: Literal["ASKED_BY_THE_PERSON", "CONSENT_WITHDRAWN", "PURPOSE_ENDED", "NOT_LAWFUL"]


class ApproveErasure(Body):
    """Agree to an erasure that another person asked for; from then on nobody reads the values."""

    erasure_id: Id


class RejectErasure(Body):
    """Say that the values stay, or take the asking back."""

    erasure_id: Id
    reason: Literal["NOT_IDENTIFIED", "LEGAL_DUTY", "WITHDRAWN", "MISTAKEN"]


class ConfirmCopy(Body):
    """Say that a bundle that was handed out with the values in clear is no more."""

    erasure_id: Id
    export_id: Id


async def _request(platform: Platform, body: RequestErasure, context: Context) -> Receipt:
    basis = ErasureBasis(body.basis)
    desk = platform.privacy
    match body:
        case RequestErasure(customer_id=customer, contact_id=contact, rep_id=None, sha256=None) if customer and contact:
            return await desk.request_for_contact(customer, contact, basis, context)
        case RequestErasure(customer_id=None, contact_id=None, rep_id=str(rep_id), sha256=None):
            return await desk.request_for_rep(rep_id, basis, context)
        case RequestErasure(customer_id=None, contact_id=None, rep_id=None, sha256=str(sha256)):
            return await desk.request_for_attachment(sha256, basis, context)
        case _:
            fault = "Name one of: a contact with the customer, a rep, a photo or document."
            raise Malformed((FieldFault("/data", fault),))


async def _approve(platform: Platform, body: ApproveErasure, context: Context) -> Receipt:
    return await platform.privacy.approve(body.erasure_id, context)


async def _reject(platform: Platform, body: RejectErasure, context: Context) -> Receipt:
    return await platform.privacy.reject(body.erasure_id, RejectionReason(body.reason), context)


async def _confirm(platform: Platform, body: ConfirmCopy, context: Context) -> Receipt:
    return await platform.privacy.confirm_copy_destroyed(body.erasure_id, body.export_id, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("privacy.erase", RequestErasure, _request),
    Emitted("privacy.approve_erasure", ApproveErasure, _approve),
    Emitted("privacy.reject_erasure", RejectErasure, _reject),
    Emitted("privacy.confirm_copy", ConfirmCopy, _confirm),
)
