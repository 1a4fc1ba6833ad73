"""Every version of every visit: who said or saw what, when by both clocks, and what it changed (V3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from domain.envelope import Recorded
from domain.plain import as_json
from domain.visit.events import (
    ContactAttempted,
    IntegrityCleared,
    IntegrityFlagged,
    Plan,
    Verdict,
    VisitAnnotated,
    VisitCancelled,
    VisitCheckedIn,
    VisitCheckedOut,
    VisitCorrected,
    VisitEvaluated,
    VisitEvent,
    VisitPlanChanged,
    VisitPlanned,
    VisitRecorded,
    VisitReviewed,
    VisitVoided,
)
from projections.projection import Facts

Change = tuple[object, object]
"""Old → new; the old is None where there was nothing, or nothing that this event speaks of."""

EVENTS: frozenset[type[object]] = frozenset(
    {
        VisitPlanned,
        VisitPlanChanged,
        VisitCancelled,
        VisitCheckedIn,
        VisitCheckedOut,
        VisitRecorded,
        ContactAttempted,
        VisitCorrected,
        VisitVoided,
        VisitAnnotated,
        VisitEvaluated,
        VisitReviewed,
        IntegrityFlagged,
        IntegrityCleared,
    }
)
"""Everything that can happen to a visit."""


@dataclass(frozen=True, slots=True)
class VisitVersion:
    """One version of one visit, as the event that made it says.

    `version`: gapless from 1 within the visit; `occurred_at`: the world's clock as claimed, `recorded_at`: ours;
    `actor_id`, `actor_role`, `on_behalf_of`: who said so; `changed`: JSON of field → [old, new]; `verdict`,
    `rules_version`: of a judgement, by the rules in force on the visit's day; `reason`: why something was put right,
    struck out or called off; `approval_id`: the approval relied on; `leaf_hash`: hex, what the log's tree holds.
    """

    visit_id: UUID
    version: int
    position: int
    event_id: UUID
    name: str
    customer_id: UUID
    rep_id: str
    line: str
    occurred_at: datetime
    recorded_at: datetime
    attested_at: datetime | None
    biz_date: date
    actor_id: str
    actor_role: str
    on_behalf_of: str | None
    changed: str
    flags: tuple[str, ...]
    verdict: Verdict | None
    rules_version: int | None
    reason: str | None
    approval_id: UUID | None
    corrects_event: UUID | None
    leaf_hash: str


def _project(recorded: Recorded) -> Iterable[VisitVersion]:
    event: VisitEvent = recorded.event  # pyright: ignore[reportAssignmentType] - only what it handles comes here
    envelope = recorded.envelope
    judged = event if isinstance(event, VisitEvaluated) else None
    reason = event.reason if isinstance(event, VisitCorrected | VisitVoided | VisitCancelled) else None
    relied = isinstance(event, VisitRecorded | VisitCorrected | VisitVoided | VisitEvaluated)
    return [
        VisitVersion(
            visit_id=event.visit_id,
            version=envelope.stream_version,
            position=recorded.position,
            event_id=envelope.event_id,
            name=envelope.name,
            customer_id=event.customer_id,
            rep_id=event.rep_id,
            line=event.line,
            occurred_at=envelope.occurred_at,
            recorded_at=recorded.recorded_at,
            attested_at=envelope.attested_at,
            biz_date=envelope.biz_date,
            actor_id=envelope.actor.id,
            actor_role=envelope.actor.role,
            on_behalf_of=envelope.actor.on_behalf_of,
            changed=as_json(_changed(event)),
            flags=envelope.flags,
            verdict=judged.verdict if judged else None,
            rules_version=judged.rules_version if judged else None,
            reason=str(reason) if reason else None,
            approval_id=event.approval_id if relied else None,
            corrects_event=event.corrects_event if isinstance(event, VisitCorrected) else None,
            leaf_hash=recorded.leaf.hex(),
        )
    ]


def _changed(event: VisitEvent) -> Mapping[str, Change]:
    match event:
        case VisitPlanned():
            return {"customer_id": (None, event.customer_id), **_between(Plan, None, event.plan)}
        case VisitPlanChanged():
            return _between(Plan, event.old, event.new)
        case VisitCancelled():
            return {"cancelled": (False, True)}
        case VisitCheckedIn() | VisitCheckedOut():
            return _seen(event)
        case VisitRecorded():
            return {"customer_id": (None, event.customer_id), **_between(type(event.report), None, event.report)}
        case ContactAttempted():
            return {"attempted": (None, event.reason), "mode": (None, event.mode)}
        case VisitCorrected():
            return _between(type(event.new_value), event.old_value, event.new_value)
        case VisitVoided():
            return {"voided": (False, True)}
        case VisitAnnotated():
            added = {"attachments": (None, event.attachments)} if event.attachments else {}
            return {"annotation": (None, event.text), **added}
        case VisitEvaluated():
            return {"verdict": (event.previous_verdict, event.verdict), "failed": (None, event.failed)}
        case VisitReviewed():
            said = {"comment": (None, event.comment)} if event.comment else {}
            return {"disposition": (None, event.disposition), **said}
        case IntegrityFlagged():
            names = ("other_visit_id", "metres", "seconds", "kmh", "kmh_limit", "sha256", "missing")
            numbers = {name: (None, getattr(event, name)) for name in names if getattr(event, name) is not None}
            return {"flag": (None, event.flag), **numbers}
        case IntegrityCleared():
            return {"flag": (event.flag, None), "other_visit_id": (event.other_visit_id, None)}
        case _:
            assert_never(event)


def _seen(event: VisitCheckedIn | VisitCheckedOut) -> Mapping[str, Change]:
    names = ("presence", "distance_m", "accuracy_m", "crs", "mock")
    return {name: (None, getattr(event, name)) for name in names}


def _between(kind: type[object], old: object, new: object) -> Mapping[str, Change]:
    names = [field.name for field in fields(kind)]  # pyright: ignore[reportArgumentType] - plans, reports and values
    pairs = {name: (getattr(old, name) if old else None, getattr(new, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


visit_history = Facts(
    name="visit_history",
    version=2,
    row=VisitVersion,
    key=("visit_id", "version"),
    indexes=(("visit_id", "version"), ("customer_id", "position"), ("rep_id", "position")),
    handles=EVENTS,
    project=_project,
)
