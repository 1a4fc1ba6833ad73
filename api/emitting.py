"""The one way in: every door hands a type and data to `emit`, and gets a receipt or a refusal.

`POST /v1/events`, every resource call, the import, the scenarios and the intake all come through here, so a type means
the same through every door.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from api.bodies import (
    approvals,
    calendar,
    conflicts,
    customers,
    deals,
    icp,
    organisation,
    ownership,
    privacy,
    qualification,
    rules,
    targets,
    visits,
    workdays,
)
from api.bodies.emitted import AnyEmitted
from api.bodies.parts import read_body
from api.bodies.reading import canonical, tidied, within_limit
from services.platform import Platform
from services.ports import Context, Receipt
from services.reception import Actor, Asking, Device
from services.refusals import FieldFault, PayloadTooLarge, Refusal, UnknownEventType

EMITTED: Mapping[str, AnyEmitted] = {
    emitted.asked: emitted
    for noun in (
        organisation,
        calendar,
        rules,
        customers,
        ownership,
        visits,
        approvals,
        deals,
        conflicts,
        targets,
        qualification,
        privacy,
        icp,
        workdays,
    )
    for emitted in noun.EMITTED
}
"""Every request type, by its name."""

DATA = "/data"
"""Where a request's data stand, as pointers say it."""

_PLACES: Mapping[str, str] = {
    "COUNTRY_INVALID": "/data/country",
    "CRS_REQUIRED": "/data/geo/crs",
    "DOMAIN_NOT_COMPANY": "/data/domain",
    "EMAIL_INVALID": "/data/email",
    "GEO_INVALID": "/data/geo",
    "NAME_INVALID": "/data/legal_name",
    "REGION_CODE_INVALID": "/data/region_code",
    "SOURCE_DETAIL_INVALID": "/data/source/detail",
    "SOURCE_REQUIRED": "/data/source",
    "USCC_INVALID": "/data/uscc",
}
"""Which value a refusal is about that says so only by its name."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a door knows of one request besides its type and data; the fields are those of `Asking`."""

    actor: Actor
    source: str
    id: str
    correlation_id: str
    occurred_at: datetime | None = None
    zone: str | None = None
    causation_id: UUID | None = None
    client_id: str | None = None
    device: Device | None = None
    approval_id: UUID | None = None
    as_history: bool = False
    unchanged: Mapping[str, int] = field(default_factory=dict[str, int])
    within: Sequence[str] | None = None
    said_id: str | None = None
    """The id by which the sender will look for the answer, where it could not be taken as the request's id."""

    def asking(self, asked: str, data: object) -> Asking:
        """The asking that reception knows. The same words of another person are not the same request."""
        content = {
            "type": asked,
            "data": data,
            "of": self.actor.acting_for,
            "time": self.occurred_at.isoformat() if self.occurred_at else None,
        }
        return Asking(
            asked=asked,
            actor=self.actor,
            source=self.source,
            id=self.id,
            content=canonical(content),
            correlation_id=self.correlation_id,
            occurred_at=self.occurred_at,
            zone=self.zone,
            causation_id=self.causation_id,
            client_id=self.client_id,
            device=self.device,
            approval_id=self.approval_id,
            as_history=self.as_history,
            unchanged=self.unchanged,
            within=self.within,
        )


async def emit(platform: Platform, sent: Sent, asked: str, data: object, *, unless: Refusal | None = None) -> Receipt:
    """Carry one request to its use case.

    `data`: any JSON value, numbers with a point as `Decimal`; `unless`: why it is not to be carried out, found before
    (it is still answered as before if it was carried out earlier). Raises the refusal, which has been kept;
    `PayloadTooLarge` is not kept. `LogUnavailable` means: send the same again.
    """
    if isinstance(unless, PayloadTooLarge):
        raise unless
    within_limit(canonical(data))
    asking = sent.asking(asked, data)
    emitted = EMITTED.get(asked)
    if emitted is None:
        refusal = unless or UnknownEventType(asked)
        await platform.reception.keep(asking, refusal)
        raise refusal

    try:
        if unless is not None:
            raise unless
        body = read_body(emitted.body, tidied(data, DATA), DATA)
    except Refusal as refusal:
        return await platform.reception.submit(asking, partial(_refuse, refusal))
    if emitted.foresees is not None:
        asking = replace(asking, foreseen=emitted.foresees(platform, body, sent.actor))
    return await platform.reception.submit(asking, partial(emitted.call, platform, body))


async def _refuse(refusal: Refusal, _: Context) -> Receipt:
    """The use case of what cannot be carried out; reception still looks whether it was carried out earlier."""
    raise refusal


def faults_of(refusal: Refusal) -> tuple[FieldFault, ...]:
    """The faults that a refusal tells of, with pointers into what was sent."""
    errors = refusal.facts().get("errors")
    if isinstance(errors, tuple):
        return tuple(fault for fault in errors if isinstance(fault, FieldFault))  # pyright: ignore[reportUnknownVariableType] - a refusal's fields are of any type
    place = _PLACES.get(refusal.code())
    return (FieldFault(place, (type(refusal).__doc__ or "").split("\n")[0]),) if place else ()
