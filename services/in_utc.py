"""Hours on their way into the record: the envelope keeps the offset that was claimed, everything else is UTC."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")


def in_utc(value: T) -> T:
    """The same value, every hour in it told in UTC; values within tuples and records included."""
    told: Any = _told(value)
    return told


def _told(value: Any) -> Any:  # noqa: ANN401 - any value of an event
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return tuple(_told(member) for member in value)  # pyright: ignore[reportUnknownVariableType]
    if is_dataclass(value) and not isinstance(value, type):
        changes: Mapping[str, Any] = {field.name: _told(getattr(value, field.name)) for field in fields(value)}
        return replace(value, **changes)
    return value
