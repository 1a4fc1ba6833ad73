"""Values as canonical JSON text: sorted keys, UTC instants with Z, no floats; the same value, the same text."""

import hashlib
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from uuid import UUID

_SIGNS = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f]')


def as_json(value: object) -> str:
    """The one JSON text of a value. Raises `TypeError` for what has none here, floats above all."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Enum():
            return as_json(value.value)
        case int():
            return str(value)
        case str():
            return f'"{_TO_ESCAPE.sub(_escaped, value)}"'
        case datetime():
            return as_json(value.astimezone(UTC).isoformat().replace("+00:00", "Z"))
        case date() | UUID():
            return as_json(str(value))
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _object({field.name: getattr(value, field.name) for field in fields(value)})
        case _:
            return _gathered(value)


def digest_of(value: object) -> str:
    """SHA-256 of the canonical text, in hex: what an `old_hash` or a `content_hash` of a value is."""
    return hashlib.sha256(as_json(value).encode()).hexdigest()


def _escaped(found: re.Match[str]) -> str:
    sign = found.group()
    return _SIGNS.get(sign) or f"\\u{ord(sign):04x}"


def _object(named: Mapping[str, object]) -> str:
    members = (f"{as_json(name)}:{as_json(named[name])}" for name in sorted(named))
    return f"{{{','.join(members)}}}"


def _gathered(value: object) -> str:
    if isinstance(value, Mapping):
        return _object({str(name): member for name, member in value.items()})  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, Set):
        return f"[{','.join(sorted(map(as_json, value)))}]"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, Sequence):
        return f"[{','.join(map(as_json, value))}]"  # pyright: ignore[reportUnknownArgumentType]
    msg = f"{type(value).__name__} has no canonical text"
    raise TypeError(msg)
