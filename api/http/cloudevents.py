"""CloudEvents 1.0 in its three forms: structured, binary, batch; each becomes one or more items."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from api.batches import Item
from api.bodies.parts import Body, Id, Instant, OurId, read_body
from api.bodies.reading import Ambiguous, canonical, read_json, tidied, within_limit
from api.emitting import Sent
from api.http.problems import DoorProblem
from services.ports import NewId
from services.reception import Actor, Device
from services.refusals import (
    FieldFault,
    Forbidden,
    Malformed,
    OrganisationMismatch,
    PayloadTooLarge,
    Refusal,
    SchemaVersionUnsupported,
)

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
MOST = 500
"""Events in one batch."""
RESERVED = re.compile(r"(actor|policy|clock)(/.*)?|/defaults")
"""Sources under which the platform itself keeps requests; nobody else asks under them."""
_SCHEMA = re.compile(r"/schemas/(?P<type>[a-z_.]+)/v1")

Whole = Annotated[int, BeforeValidator(lambda value: _whole(value)), Field(ge=0, le=2**53 - 1)]
Plain = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CloudEvent(Body):
    """One request as a CloudEvent. `source` and `id` tell it apart for ever: sent again, it is answered as before."""

    specversion: Literal["1.0"]
    id: Plain = Field(examples=["01970000-0000-7000-8000-000000000001"])
    source: Source = Field(examples=["/devices/phone-17"])
    type: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=64)] = Field(
        description="What is asked, as <concept>.<imperative>.", examples=["visit.record"]
    )
    time: Instant | None = Field(default=None, description="When it happened in the world; left out: now.")
    datacontenttype: Plain | None = Field(default=None, examples=["application/json"])
    dataschema: Plain | None = Field(default=None, examples=["/schemas/visit.record/v1"])
    data: Any = Field(default=None, description="The body of the type, at most 64 KiB.")
    onbehalfof: OurId | None = Field(default=None, description="The rep for whom a machine speaks.")
    sequence: Plain | None = Field(default=None, description="Order within the source; stands for queueseq too.")
    timezone: Plain | None = Field(
        default=None, description="IANA zone; left out: the rep's.", examples=["Asia/Shanghai"]
    )
    approvalid: Id | None = Field(default=None, description="The approval that a late entry relies on.")
    organisation: Plain | None = Field(
        default=None, description="Whose log this is meant for; refused where it is another's."
    )
    correlationid: Plain | None = Field(default=None, description="The conversation that this belongs to.")
    deviceid: Plain | None = None
    bootid: Plain | None = Field(default=None, description="Changes when the device starts anew.")
    lastsync: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = Field(
        default=None, description="The signed server time of the last sync."
    )
    elapsedms: Whole | None = Field(default=None, description="Monotonic milliseconds from that sync to the event.")
    sentms: Whole | None = Field(default=None, description="Monotonic milliseconds from that sync to sending.")
    queueseq: Whole | None = Field(default=None, description="Place in the device's queue.")
    prevhash: Plain | None = Field(default=None, description="Hash of the entry before it in the queue.")

    @property
    def device(self) -> Device | None:
        """What the device can show."""
        if self.deviceid is None:
            return None
        queue_seq = self.queueseq
        if queue_seq is None and self.sequence is not None and self.sequence.isdecimal():
            queue_seq = int(self.sequence)
        return Device(self.deviceid, self.bootid, self.elapsedms, self.sentms, self.lastsync, queue_seq, self.prevhash)


def media_type(content_type: str | None) -> str:
    """The media type of a Content-Type; only UTF-8 is read."""
    name, *parameters = (content_type or "").lower().split(";")
    for parameter in parameters:
        key, _, value = parameter.strip().partition("=")
        if key == "charset" and value.strip('" ') not in ("utf-8", "utf8", "us-ascii"):
            raise unread(content_type)
    return name.strip()


def unread(
    content_type: str | None, readable: Sequence[str] = (STRUCTURED, BATCH, f"{JSON} with ce- headers")
) -> DoorProblem:
    """415."""
    return DoorProblem(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        {"content_type": content_type or "a body without a type", "readable": ", ".join(readable)},
    )


class Reader:
    """Reads the events of one request; `actor` holds the token, `new_id` names what brings no id of its own;
    `organisation`: whose log this is, None where any will do; `within`: the scopes of the token, None for all."""

    def __init__(
        self,
        actor: Actor,
        source: str,
        correlation_id: str,
        client_id: str | None,
        new_id: NewId,
        organisation: str | None = None,
        within: Sequence[str] | None = None,
    ) -> None:
        self._actor = actor
        self._source = source
        self._correlation_id = correlation_id
        self._client_id = client_id
        self._new_id = new_id
        self._organisation = organisation
        self._within = within

    def structured(self, raw: bytes) -> Item:
        """One event, in a body of its own."""
        return self.item(read_json(raw))

    def batch(self, raw: bytes) -> Sequence[Item]:
        """An array of events; one that cannot be read stands in its place with the reason."""
        events = read_json(raw)
        if not isinstance(events, list):
            raise Malformed((FieldFault("", "A batch is an array of events."),))
        many: list[Any] = events  # pyright: ignore[reportUnknownVariableType] - any JSON
        if len(many) > MOST:
            raise DoorProblem(413, "BATCH_TOO_LARGE", {"limit": MOST})
        return [self.item(event) for event in many]

    def binary(self, headers: Sequence[tuple[str, str]], raw: bytes) -> Item:
        """One event whose attributes are headers and whose data are the body."""
        event: dict[str, Any] = {}
        for name, value in headers:
            if name.startswith("ce-"):
                if name[3:] in event:
                    return self._amiss({}, Malformed((FieldFault(f"/{name[3:]}", "This header stands twice."),)))
                event[name[3:]] = unquote(value, errors="replace")
        if "data" in event or "datacontenttype" in event:
            return self._amiss(
                event, Malformed((FieldFault("", "Data stand in the body, their type in Content-Type."),))
            )
        if raw.strip():
            event["data"] = read_json(raw, "/data")
        return self.item(event)

    def item(self, event: object) -> Item:
        """One event, whatever it looks like."""
        if not isinstance(event, Mapping):
            return self._amiss({}, Malformed((FieldFault("", "An event is an object."),)))
        stated: Mapping[str, Any] = event  # pyright: ignore[reportUnknownVariableType] - any JSON
        try:
            version = stated.get("specversion")
            if isinstance(version, str) and version != "1.0":
                raise SchemaVersionUnsupported(version[:64])
            if isinstance(event, Ambiguous):
                raise Malformed((FieldFault("", "A name stands twice in this event."),))
            attributes = tidied({name: value for name, value in stated.items() if name != "data"})
            data = stated.get("data")
            within_limit(canonical(data))
            read = read_body(CloudEvent, {**attributes, **({"data": None} if "data" in stated else {})})
            _known_form(read)
        except Refusal as refusal:
            return self._amiss(stated, refusal)
        sent = Sent(
            actor=Actor(self._actor.id, self._actor.role, read.onbehalfof),
            source=read.source,
            id=read.id,
            correlation_id=read.correlationid or self._correlation_id,
            occurred_at=read.time,
            zone=read.timezone,
            client_id=self._client_id,
            device=read.device,
            approval_id=read.approvalid,
            within=self._within,
        )
        amiss: Refusal | None = None
        if RESERVED.fullmatch(read.source):
            amiss = Forbidden(read.type, self._actor.role)
        elif self._organisation is not None and read.organisation not in (None, self._organisation):
            amiss = OrganisationMismatch(str(read.organisation))
        return Item(sent if amiss is None else self._nameless(stated), read.type, data, amiss)

    def _amiss(self, stated: Mapping[str, Any], refusal: Refusal) -> Item:
        """What cannot be read is kept as sent by whoever sent it, under an id that it will not be taken for."""
        asked = stated.get("type")
        data = None if isinstance(refusal, PayloadTooLarge) else dict(stated)
        return Item(self._nameless(stated), asked[:64] if isinstance(asked, str) else "", data, refusal)

    def _nameless(self, stated: Mapping[str, Any]) -> Sent:
        device, said = stated.get("deviceid"), stated.get("id")
        return Sent(
            actor=self._actor,
            source=self._source,
            id=str(self._new_id()),
            correlation_id=self._correlation_id,
            client_id=self._client_id,
            device=Device(device[:200]) if isinstance(device, str) and device else None,
            said_id=said[:200] if isinstance(said, str) else None,
        )


def _known_form(event: CloudEvent) -> None:
    if event.datacontenttype is not None and media_type(event.datacontenttype) != JSON:
        raise Malformed((FieldFault("/datacontenttype", f"Data are {JSON}."),))
    if event.dataschema is not None:
        schema = _SCHEMA.fullmatch(event.dataschema)
        if schema is None or schema["type"] != event.type:
            raise SchemaVersionUnsupported(event.dataschema)


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,16}", value):
        return int(value)
    raise PydanticCustomError("whole", "This is not a whole number.")
