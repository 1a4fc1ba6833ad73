"""Values as one JSON text: sorted names, UTC instants with Z, no floats; the same value, the same text.

Each class of values is looked at once; a rebuild turns millions of events into text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypeAlias
from uuid import UUID

_Text: TypeAlias = Callable[[Any], str]

_SIGNS = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f]')


def as_json(value: object) -> str:
    """The JSON text of an event or of a value in it; raises `TypeError` for a class of values that has none here."""
    kind = type(value)
    return (_TEXTS.get(kind) or _learnt(kind))(value)


def digest_of(value: object) -> str:
    """SHA-256 of the text, in hex: what an `old_hash` or a `content_hash` of a value is."""
    return sha256(as_json(value).encode()).hexdigest()


def _learnt(kind: type[Any]) -> _Text:
    text = _text_for(kind)
    _TEXTS[kind] = text
    return text


def _text_for(kind: type[Any]) -> _Text:
    if issubclass(kind, Enum):
        return {member: as_json(member.value) for member in kind}.__getitem__
    if is_dataclass(kind):
        return _record(sorted(field.name for field in fields(kind)))
    for ready in (str, int, datetime, date, tuple, list, dict, frozenset):
        if issubclass(kind, ready):
            return _TEXTS[ready]
    if issubclass(kind, Mapping):
        return _mapping
    msg = f"{kind.__name__} has no text"
    raise TypeError(msg)


def _record(names: Sequence[str]) -> _Text:
    if not names:
        return lambda _: "{}"
    marks = [f'"{name}":' for name in names]
    values: Callable[[Any], tuple[object, ...]] = attrgetter(*names, names[0])  # one more, so that it is a tuple

    def text(value: object) -> str:
        members: list[str] = []
        for mark, one in zip(marks, values(value), strict=False):
            kind = one.__class__
            members.append(mark + (_TEXTS.get(kind) or _learnt(kind))(one))
        return f"{{{','.join(members)}}}"

    return text


def _string(value: str) -> str:
    return f'"{_TO_ESCAPE.sub(_escaped, value)}"' if _TO_ESCAPE.search(value) else f'"{value}"'


def _escaped(found: re.Match[str]) -> str:
    sign = found.group()
    return _SIGNS.get(sign) or f"\\u{ord(sign):04x}"


def _instant(value: datetime) -> str:
    in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return f'"{in_utc.isoformat()[:-6]}Z"'


def _members(value: tuple[Any, ...] | list[Any]) -> str:
    return f"[{','.join(map(as_json, value))}]"


def _set(value: frozenset[Any]) -> str:
    return f"[{','.join(sorted(map(as_json, value)))}]"


def _mapping(value: Mapping[Any, Any]) -> str:
    named = {name.isoformat() if isinstance(name, date) else str(name): member for name, member in value.items()}
    return f"{{{','.join(f'{_string(name)}:{as_json(named[name])}' for name in sorted(named))}}}"


_TEXTS: dict[type[Any], _Text] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    int: str,
    str: _string,
    UUID: lambda value: f'"{value}"',
    datetime: _instant,
    date: lambda value: f'"{value.isoformat()}"',
    tuple: _members,
    list: _members,
    frozenset: _set,
    dict: _mapping,
}
