"""Arrays on their way into PostgreSQL, packed in its binary form.

The driver writes lists as text, escaping each element, and the server reads them back: most of the cost of an append.
"""

from collections.abc import Iterable, Sequence
from struct import Struct, pack
from typing import Any
from uuid import UUID

from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_length = Struct("!i").pack
_BOOL, _BYTEA, _INT8, _INT4, _TEXT, _UUID = 16, 17, 20, 23, 25, 2950
_NULL = _length(-1)


class Packed:
    """An array in its binary form."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class Booleans(Packed):
    """boolean[]"""


class Bytes(Packed):
    """bytea[]"""


class Bigints(Packed):
    """bigint[]"""


class Integers(Packed):
    """integer[]"""


class Texts(Packed):
    """text[]"""


class Uuids(Packed):
    """uuid[]"""


def booleans(values: Sequence[bool]) -> Booleans:
    """Pack booleans."""
    return Booleans(_variable(_BOOL, [b"\1" if value else b"\0" for value in values]))


def bytes_(values: Sequence[bytes]) -> Bytes:
    """Pack byte strings."""
    return Bytes(_variable(_BYTEA, values))


def bigints(values: Sequence[int]) -> Bigints:
    """Pack whole numbers of 64 bits."""
    return Bigints(_fixed(_INT8, "iq", 8, values))


def integers(values: Sequence[int]) -> Integers:
    """Pack whole numbers of 32 bits."""
    return Integers(_fixed(_INT4, "ii", 4, values))


def texts(values: Sequence[str | None]) -> Texts:
    """Pack texts; None is NULL. They must not hold a zero character."""
    return Texts(_variable(_TEXT, [None if value is None else value.encode() for value in values]))


def uuids(values: Iterable[UUID]) -> Uuids:
    """Pack ids."""
    return Uuids(_variable(_UUID, [value.bytes for value in values]))


def _header(of: int, size: int, *, nulls: bool = False) -> bytes:
    return pack("!iiiii", 1, int(nulls), of, size, 1) if size else pack("!iii", 0, 0, of)


def _variable(of: int, values: Sequence[bytes | None]) -> bytes:
    parts = [_header(of, len(values), nulls=None in values)]
    add = parts.append
    for value in values:
        if value is None:
            add(_NULL)
        else:
            add(_length(len(value)))
            add(value)
    return b"".join(parts)


def _fixed(of: int, layout: str, width: int, values: Sequence[int]) -> bytes:
    flat = [width] * (2 * len(values))
    flat[1::2] = values
    return _header(of, len(values)) + pack("!" + layout * len(values), *flat)


def _dumper(array: int) -> type[Dumper]:
    class PackedDumper(Dumper):
        format = Format.BINARY
        oid = array

        def dump(self, obj: Packed) -> bytes:
            return obj.data

    return PackedDumper


_DUMPERS: Sequence[tuple[type[Packed], type[Dumper]]] = [
    (Booleans, _dumper(1000)),
    (Bytes, _dumper(1001)),
    (Bigints, _dumper(1016)),
    (Integers, _dumper(1007)),
    (Texts, _dumper(1009)),
    (Uuids, _dumper(2951)),
]


def accept_packed(context: AdaptContext) -> None:
    """Teach a connection to take packed arrays as parameters."""
    adapters: Any = context.adapters
    for kind, dumper in _DUMPERS:
        adapters.register_dumper(kind, dumper)
