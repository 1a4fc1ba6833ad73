"""The small parts of which bodies are made: ids, hours, places, money, and how their faults are told."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails, PydanticCustomError

from api.bodies.reading import pointer
from services.refusals import DerivedField, FieldFault, Malformed, UnknownField

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
E7 = 10_000_000


class Body(BaseModel):
    """What a client sends; a field that nobody would read is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    derived: ClassVar[frozenset[str]] = frozenset()
    """Names that a client might send but only the platform derives."""


B = TypeVar("B", bound=Body)


def read_body(body: type[B], data: object, within: str = "") -> B:
    """The body that a JSON value states; raises `Malformed`, `UnknownField` or `DerivedField` with JSON pointers."""
    try:
        return body.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise _refusal(body, faults, within) from error


def instant(text: object) -> datetime:
    """An hour as RFC 3339 writes it, with its offset."""
    if isinstance(text, str) and _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper().replace(" ", "T"))
        except ValueError:
            pass
    raise PydanticCustomError(
        "instant", "This is not an hour in RFC 3339 with an offset, as 2026-03-17T09:51:00+08:00."
    )


def _day(text: object) -> date:
    if isinstance(text, str) and _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise PydanticCustomError("day", "This is not a date, as 2026-03-17.")


def _uuid(text: object) -> UUID:
    if isinstance(text, str) and _UUID.fullmatch(text):
        return UUID(text)
    raise PydanticCustomError("uuid", "This is not a UUID in its usual form.")


def _decimal(number: object) -> Decimal:
    if isinstance(number, Decimal) or (isinstance(number, int) and not isinstance(number, bool)):
        return Decimal(number)
    raise PydanticCustomError("number", "This is not a number.")


Instant = Annotated[datetime, BeforeValidator(instant), Field(examples=["2026-03-17T09:51:00+08:00"])]
"""RFC 3339 with an offset."""
Day = Annotated[date, BeforeValidator(_day), Field(examples=["2026-03-17"])]
"""A date as YYYY-MM-DD."""
Id = Annotated[UUID, BeforeValidator(_uuid), Field(examples=["01950000-0000-7000-8000-00000000ac3e"])]
"""A UUID; version 7 when we make it."""
OurId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"), Field(examples=["r01"])]
"""An id that the organisation gives to its people and teams."""
Number = Annotated[Decimal, BeforeValidator(_decimal), WithJsonSchema({"type": "number"})]
"""A number that may have a point."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Zone = Annotated[str, StringConstraints(min_length=1, max_length=64), Field(examples=["Asia/Shanghai"])]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Bp = Annotated[int, Field(ge=0, le=10_000, description="A share in basis points, 1/10,000.")]
Line = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
"""A business line; `default` where there is one only."""


class MoneyBody(Body):
    """An amount in the smallest unit of its currency."""

    minor: int = Field(description="Whole number of the smallest unit (fen, cents).", examples=[1_250_000])
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        description="ISO 4217.", examples=["CNY"]
    )


class GeoBody(Body):
    """A point on the earth."""

    lat: Number = Field(description="Degrees north, at most seven digits after the point count.", examples=[31.2304])
    lon: Number = Field(description="Degrees east.", examples=[121.4737])
    crs: Label | None = Field(
        default=None, description="WGS84, GCJ02 or BD09; must be said, they differ by 100–700 m.", examples=["GCJ02"]
    )

    @property
    def lat_e7(self) -> int:
        """Ten-millionths of a degree."""
        return e7(self.lat)

    @property
    def lon_e7(self) -> int:
        """Ten-millionths of a degree."""
        return e7(self.lon)


def e7(degrees: Decimal) -> int:
    """Degrees as ten-millionths, rounded to the nearest (1 cm)."""
    return int((degrees * E7).to_integral_value())


def metres(km: Decimal) -> int:
    """Kilometres as whole metres."""
    return int((km * 1_000).to_integral_value())


def _refusal(body: type[Body], faults: list[ErrorDetails], within: str) -> DerivedField | UnknownField | Malformed:
    """The refusal for the gravest of the faults, telling all of them."""
    told = tuple(FieldFault(pointer(within, *_place(fault)), _sentence(fault)) for fault in faults)
    unknown = [fault for fault in faults if fault["type"] == "extra_forbidden"]
    if any(_is_derived(body, fault) for fault in unknown):
        return DerivedField(told)
    return UnknownField(told) if unknown else Malformed(told)


def _place(fault: ErrorDetails) -> tuple[str | int, ...]:
    return fault["loc"]


def _is_derived(body: type[Body], fault: ErrorDetails) -> bool:
    return fault["loc"][-1] in body.derived | EVER_DERIVED


def _sentence(fault: ErrorDetails) -> str:
    match fault["type"]:
        case "extra_forbidden":
            name = fault["loc"][-1]
            return "Only the platform says this." if name in EVER_DERIVED else "There is no such field."
        case "missing":
            return "This is missing."
        case _:
            return fault["msg"].rstrip(".") + "."


EVER_DERIVED = frozenset(
    {
        "attested_at", "biz_date", "decided_at", "distance_m", "first_visit_due", "flags", "grade", "hard_cap",
        "icp_grade", "late_days", "position", "presence", "protected_until", "recorded_at", "registered_by",
        "rules_version", "ruleset_version", "stream_version", "verdict", "version",
    }
)  # fmt: skip
"""Names that are derived whatever the request."""
