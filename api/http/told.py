"""What reads answer, for the document: the shape of each answer, and one as it could be.

The answers themselves are made where they are asked for; the tests compare them with these shapes, so that none of them
tells of something that is not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, create_model

from services.deal_questions import DealRow
from services.ownership_questions import OwnershipSpan
from services.target_questions import TargetHistoryRow, TargetRow
from services.visits import VisitRow


class Told(BaseModel):
    """Something that is answered; nothing stands in it that is not named here."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


def _shape(name: str, **told: Any) -> Any:  # noqa: ANN401 - a shape, made of types that are known when it is made
    """A shape of so many fields, each with its type or with its type and how it is written."""
    make: Any = create_model
    shaped: dict[str, Any] = {field: kind if isinstance(kind, tuple) else (kind, ...) for field, kind in told.items()}
    return make(name, __base__=Told, **shaped)


def _like(name: str, row: type[Any], *without: str, **more: Any) -> Any:  # noqa: ANN401 - as above
    """A shape with the fields of a row, but for some, and with some more."""
    hints = get_type_hints(row)
    return _shape(name, **{one.name: hints[one.name] for one in fields(row) if one.name not in without}, **more)


def _page(name: str, item: Any) -> Any:  # noqa: ANN401 - as above
    """A page of a list."""
    return _shape(name, items=list[item], next=str | None, basis=BasisTold)


class BasisTold(Told):
    """The exact state of the log that the answer was computed from."""

    position: int
    root: str
    recorded_at: datetime | None


class Money(Told):
    """An amount in minor units."""

    minor: int
    currency: str | None


class Alive(Told):
    """The process answers."""

    status: Literal["ok"]


class Ready(Told):
    """It can do its work; `lag`: events that the slowest read model is behind."""

    status: Literal["ready"]
    position: int
    lag: int


class ParkedTold(Told):
    """A stream of which an event could not be taken in."""

    stream: str
    position: int
    version: int
    event: str
    error: str


class LastRebuild(Told):
    """How the last rebuild or check ended that this process saw."""

    number: UUID
    checked_only: bool
    error: str | None
    same: bool | None
    position: int | None
    fingerprint: str | None


class ReadModel(Told):
    """How far a read model has come."""

    name: str
    version: int
    position: int
    head: int
    heartbeat: datetime | None
    state: Literal["live", "rebuilding", "stopped"]
    error: str | None
    parked: list[ParkedTold]
    rebuilt: int | None
    rate: int | None
    lag: int
    seconds_left: int | None
    last_rebuild: LastRebuild | None


class ReadModels(Told):
    """All read models."""

    items: list[ReadModel]


class ActorTold(Told):
    """Who asked, in which role."""

    id: str
    role: str


class Happening(Told):
    """One event about a rep, with its sentence in the language that was asked for."""

    position: int
    id: UUID
    type: str = Field(examples=["visit.visit_recorded"])
    occurred_at: datetime
    recorded_at: datetime
    biz_date: date
    flags: list[str] = Field(examples=[["LATE"]])
    actor: ActorTold
    customer_id: UUID | None
    sentence: str
    facts: dict[str, Any]


class Timeline(Told):
    """A page of a rep's history."""

    items: list[Happening]
    next: str | None
    basis: BasisTold


class StandingTold(Told):
    """How a rep stood: customers held; of the day: visits, effective ones, other contacts, deals won, refusals."""

    held: int
    visits: int
    effective: int
    contacts: int
    won: int
    refused: int


class Checkpoint(Told):
    """The whole standing after so many events."""

    after: int
    standing: StandingTold


class Replay(Told):
    """A page of a rep's days, step by step."""

    rep_id: str
    zone: str = Field(examples=["Asia/Shanghai"])
    zero: StandingTold
    events: list[Happening]
    patches: list[dict[str, int]] = Field(examples=[[{"visits": 1}]])
    checkpoints: list[Checkpoint]
    next: str | None
    basis: BasisTold


class Credit(Told):
    """A rep's part in a deal that was won, in hundredths of a percent."""

    rep_id: str
    share_bp: int
    amount: Money | None


class Because(Told):
    """By which event a customer is protected as long as it is."""

    event: str
    visit_id: UUID | None
    basis: str


class Helper(Told):
    """A colleague who helps, and the agreed part in hundredths of a percent."""

    rep_id: str
    split_bp: int


class Owner(Told):
    """Who holds a customer, since when, until when and why."""

    rep_id: str
    team_id: str
    claim_id: UUID
    since: datetime
    protected_until: datetime
    until: datetime
    basis: str
    lapses_at: datetime
    first_visit_due: datetime | None
    hard_cap: datetime
    because: Because
    rules_version: int
    to_rep_id: str | None
    helpers: list[Helper]


_OF_A_SPAN = get_type_hints(OwnershipSpan)
_STATE = Literal["PROTECTED", "PAUSED", "GRACE", "FREE"]
_SPAN = _shape(
    "SpanOfACustomer",
    rep_id=str,
    claim_id=UUID,
    from_=(datetime, Field(alias="from")),
    to=datetime,
    cause=_OF_A_SPAN["cause"],
    ended=_OF_A_SPAN["ended"],
    cases=_OF_A_SPAN["cases"],
    origin=UUID,
    recorded=list[int],
    entitled=bool,
)


class TargetStep(Told):
    """What a target asks for from a day on."""

    from_: date = Field(alias="from")
    qty: int


_TAKEN_IN = ("amount_minor", "currency", "gross_margin_minor", "credit_reps", "credit_bp", "credit_minor")
_TARGET = ("Target", TargetRow, "step_days", "step_qtys", "version")

ANSWERS: Mapping[str, type[Told]] = {
    "/healthz": Alive,
    "/readyz": Ready,
    "/v1/projections": ReadModels,
    "/v1/reps/{rep_id}/timeline": Timeline,
    "/v1/reps/{rep_id}/replay": Replay,
    "/v1/deals/{deal_id}": _like(
        "Deal",
        DealRow,
        *_TAKEN_IN,
        amount=Money | None,
        gross_margin=Money | None,
        credits=list[Credit],
        basis=BasisTold,
    ),
    "/v1/customers/{customer_id}/ownership": _shape(
        "OwnershipOfACustomer",
        customer_id=UUID,
        line=(str, Field(examples=["default"])),
        valid_at=datetime,
        owner=Owner | None,
        state=_STATE,
        stale=bool,
        spans=list[_SPAN],
        basis=BasisTold,
    ),
    "/v1/ownership": _page(
        "OwnershipTable",
        _like("OwnedCustomer", OwnershipSpan, state=_STATE, since=datetime, until=datetime, stale=bool),
    ),
    "/v1/targets": _page("Targets", _like(*_TARGET, steps=list[TargetStep])),
    "/v1/targets/{target_id}": _like("TargetNow", *_TARGET[1:], steps=list[TargetStep], basis=BasisTold),
    "/v1/targets/{target_id}/history": _page("TargetHistory", _like("TargetChange", TargetHistoryRow)),
    "/v1/visits/{visit_id}": _like("Visit", VisitRow, basis=BasisTold),
}
"""The shape of what a read answers, by its address."""


def example_told(kind: Any) -> Any:  # noqa: ANN401 - any annotation, any JSON value
    """An answer as it could be."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Literal:
        return inside[0]
    if origin in (Union, UnionType):
        return example_told(next(one for one in inside if one is not NoneType))
    if origin in (list, tuple, set, frozenset, Sequence):
        return [example_told(inside[0])]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {
            field.alias or name: field.examples[0] if field.examples else example_told(field.annotation)
            for name, field in kind.model_fields.items()
        }
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind)).value
    plain: Mapping[Any, Any] = {
        bool: False,
        int: 1,
        str: "text",
        date: "2026-03-17",
        datetime: "2026-03-17T01:51:00.000000Z",
        UUID: "01970000-0000-7000-8000-000000000001",
    }
    return plain.get(kind, {})
