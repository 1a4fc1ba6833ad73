"""Our public messages: names, versions and bodies of their own, so that the inside may change without anyone noticing.

What is published is named here, event by event and field by field. A field added inside stays inside; one renamed
inside keeps its public name; one that has to go, or means something else, needs a new version beside the old. What
people wrote in their own words and what is sealed is never published. `docs/asyncapi.json` is the contract, and a test
holds it.
"""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from domain.customer import events as customer
from domain.deal import events as deal
from domain.envelope import Recorded
from domain.organisation import events as organisation
from domain.ownership import events as ownership
from domain.rules import events as rules
from domain.target import events as target
from domain.visit import events as visit
from services.bus import Message
from services.ports import Json
from services.tracing import is_followed, traceparent

CONTENT_TYPE = "application/json"


@dataclass(frozen=True)
class Public:
    """One public message. `said`: its fields, each a field of the event, or `a.b` for a field of a field, which is then
    called `b`."""

    event: type[object]
    name: str
    version: int
    said: tuple[str, ...]

    @property
    def type(self) -> str:
        """Its name on the bus."""
        return f"{self.name}.v{self.version}"

    def body(self, event: object) -> dict[str, Json]:
        """What is said of an event of this kind."""
        return {path.rsplit(".", 1)[-1]: _plain(_value(event, path)) for path in self.said}

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the body."""
        properties = {path.rsplit(".", 1)[-1]: _schema(_hint(self.event, path)) for path in self.said}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": True,
        }


def _public(event: type[object], name: str, said: str, version: int = 1) -> Public:
    return Public(event, name, version, tuple(said.split()))


_CLAIM = "claim_id customer_id line rep_id"
_VISIT = "visit_id customer_id rep_id line"
_TARGET = "target_id subject metric period from_day to_day qty currency iron responsible_id"

PUBLISHED: tuple[Public, ...] = (
    _public(customer.CustomerRegistered, "customer.registered", "customer_id registered_by kind country registered_at"),
    _public(customer.LeadDeclined, "customer.lead-declined", "customer_id reason declined_at"),
    _public(organisation.TeamAdded, "organisation.team-added", "team_id zone parent_team_id"),
    _public(organisation.RepJoined, "organisation.rep-joined", "rep_id team_id zone manager_id effective_at"),
    _public(organisation.RepDeparted, "organisation.rep-departed", "rep_id effective_at"),
    _public(organisation.RepSuspended, "organisation.rep-suspended", "rep_id effective_at"),
    _public(organisation.RepReinstated, "organisation.rep-reinstated", "rep_id effective_at"),
    _public(organisation.RepTeamChanged, "organisation.rep-moved", "rep_id from_team_id to_team_id effective_at"),
    _public(rules.RuleSetPublished, "rules.published", "kind version scope effective_from"),
    _public(
        ownership.ClaimGranted,
        "ownership.claim-granted",
        f"{_CLAIM} team_id basis rules_version first_visit_due protected_until hard_cap release_at granted_at",
    ),
    _public(
        ownership.ClaimRefused,
        "ownership.claim-refused",
        f"{_CLAIM} reason blocking_claim_id claimable_at rules_version refused_at",
    ),
    _public(
        ownership.ProtectionRenewed,
        "ownership.protection-renewed",
        f"{_CLAIM} visit_id old_until new_until release_at rules_version renewed_at",
    ),
    _public(
        ownership.ProtectionWarned, "ownership.protection-warned", f"{_CLAIM} reason days_left lapses_at warned_at"
    ),
    _public(
        ownership.ProtectionExtended,
        "ownership.protection-extended",
        f"{_CLAIM} days old_until new_until hard_cap release_at approver rules_version extended_at",
    ),
    _public(ownership.ProtectionLapsed, "ownership.protection-lapsed", f"{_CLAIM} reason lapsed_at release_at"),
    _public(ownership.ClaimReleased, "ownership.claim-released", f"{_CLAIM} reason released_at cooling_off_until"),
    _public(ownership.ClaimRevoked, "ownership.claim-revoked", f"{_CLAIM} reason case_id revoked_at"),
    _public(visit.VisitPlanned, "visit.planned", f"{_VISIT} plan.planned_start plan.planned_minutes planned_at"),
    _public(visit.VisitCancelled, "visit.cancelled", f"{_VISIT} cancelled_at"),
    _public(visit.VisitCheckedIn, "visit.checked-in", f"{_VISIT} presence checked_in_at flags"),
    _public(visit.VisitCheckedOut, "visit.checked-out", f"{_VISIT} presence checked_out_at flags"),
    _public(
        visit.VisitRecorded,
        "visit.recorded",
        f"{_VISIT} report.mode report.started_at report.ended_at zone biz_date told_at flags",
    ),
    _public(visit.VisitCorrected, "visit.corrected", f"{_VISIT} corrects_event field reason corrected_at"),
    _public(visit.VisitVoided, "visit.voided", f"{_VISIT} reason voided_by voided_at"),
    _public(visit.VisitEvaluated, "visit.evaluated", f"{_VISIT} verdict failed rules_version visited_at evaluated_at"),
    _public(visit.VisitReviewed, "visit.reviewed", f"{_VISIT} reviewer disposition reviewed_at"),
    _public(deal.DealOpened, "deal.opened", "deal_id customer_id line rep_id team_id stage amount opened_at"),
    _public(
        deal.DealStageAdvanced, "deal.stage-advanced", "deal_id customer_id rep_id from_stage to_stage advanced_at"
    ),
    _public(
        deal.DealWon,
        "deal.won",
        "deal_id customer_id line rep_id team_id amount supporting_visits owner_id claim_id won_at flags",
    ),
    _public(deal.DealLost, "deal.lost", "deal_id customer_id rep_id team_id lost_reason lost_at"),
    _public(deal.CreditAssigned, "deal.credit-assigned", "deal_id customer_id credits assigned_at"),
    _public(deal.CreditAdjusted, "deal.credit-adjusted", "deal_id customer_id old_credits credits adjusted_at"),
    _public(target.TargetSet, "target.set", f"{_TARGET} parent_id set_by set_at"),
    _public(target.TargetAccepted, "target.accepted", "target_id subject accepted_by accepted_at"),
    _public(target.TargetLocked, "target.locked", "target_id subject locked_by locked_at"),
    _public(
        target.TargetAmended,
        "target.amended",
        "target_id subject old_qty new_qty effective_from reason approver amended_by amended_at",
    ),
    _public(target.TargetClosed, "target.closed", "target_id subject closed_by closed_at"),
)

_BY_EVENT: Mapping[type[object], Sequence[Public]] = {
    event: [one for one in PUBLISHED if one.event is event] for event in {one.event for one in PUBLISHED}
}


def public_messages(recorded: Recorded, topic: str) -> Sequence[Message]:
    """What is published of an event: nothing, or a message in each version that is still given out."""
    return [
        Message(
            topic,
            recorded.envelope.stream,
            {**attributes(recorded, one.type), "ce_dataschema": f"/schemas/{one.type}".encode()},
            json.dumps(one.body(recorded.event), ensure_ascii=False, separators=(",", ":")).encode(),
        )
        for one in _BY_EVENT.get(type(recorded.event), ())
    ]


def attributes(recorded: Recorded, type_: str) -> dict[str, bytes]:
    """The attributes of CloudEvents 1.0 that an event has on the bus, in Kafka's binary form.

    `ce_id` is the same however often it is sent; `ce_sequence` is the position in the log.
    """
    envelope = recorded.envelope
    said: dict[str, str | None] = {
        "ce_specversion": "1.0",
        "ce_id": f"{envelope.stream}:{envelope.stream_version}",
        "ce_source": f"/fieldtrace/{envelope.log}",
        "ce_type": type_,
        "ce_time": instant(envelope.occurred_at),
        "ce_subject": envelope.subjects[0] if envelope.subjects else None,
        "ce_partitionkey": envelope.stream,
        "ce_sequence": str(recorded.position),
        "ce_aggversion": str(envelope.stream_version),
        "ce_recordedat": instant(recorded.recorded_at),
        "ce_correlationid": envelope.correlation_id,
        "content-type": CONTENT_TYPE,
    }
    if is_followed():
        said["ce_traceparent"] = traceparent(envelope)
    return {name: value.encode() for name, value in said.items() if value is not None}


def instant(value: datetime) -> str:
    """An hour as it is said to the outside: UTC, microseconds, Z."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _value(event: object, path: str) -> Any:  # noqa: ANN401 - any field
    for name in path.split("."):
        event = getattr(event, name)
    return event


def _hint(owner: type[object], path: str) -> Any:  # noqa: ANN401 - any annotation
    for name in path.split("."):
        owner = get_type_hints(owner)[name]
    return owner


def _plain(value: Any) -> Json:  # noqa: ANN401 - any field
    match value:
        case Enum():
            return str(value.value)
        case None | bool() | int() | str():
            return value
        case datetime():
            return instant(value)
        case date() | UUID():
            return str(value)
        case Mapping():
            members = cast("Mapping[Any, Any]", value)
            return {str(_plain(name)): _plain(member) for name, member in members.items()}
        case Sequence() | Set():
            return [_plain(member) for member in cast("Sequence[Any]", value)]
        case _:
            return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}


_SIMPLE: Mapping[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    str: {"type": "string"},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    NoneType: {"type": "null"},
}


def _schema(hint: Any) -> dict[str, Any]:  # noqa: ANN401 - any annotation
    if hint in _SIMPLE:
        return dict(_SIMPLE[hint])
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(one) for one in inner]}
    if origin is tuple:
        return {"type": "array", "items": _schema(inner[0])}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"type": "string", "enum": [str(one.value) for one in hint]}
    if isinstance(hint, type) and is_dataclass(cast("type[Any]", hint)):
        hints = get_type_hints(hint)
        return {
            "type": "object",
            "properties": {one.name: _schema(hints[one.name]) for one in fields(hint)},
            "required": [one.name for one in fields(hint)],
        }
    msg = f"{hint} has no public form"
    raise TypeError(msg)
