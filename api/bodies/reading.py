"""From bytes to values, strictly: what two readers might understand differently is refused, never guessed."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from services.refusals import FieldFault, Malformed, PayloadTooLarge, TextInvalid

PAYLOAD_LIMIT = 64 * 1024
"""Bytes that one request's data may take."""
EXACT = 2**53 - 1
"""The largest whole number that every JSON reader understands alike."""
DEPTH = 32
"""How deep values may be nested."""
DIGITS = 30
"""How many digits a number with a point may have, on either side of it."""

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def read_json(raw: bytes, within: str = "") -> Any:  # noqa: ANN401 - any JSON value
    """The value of a JSON text in UTF-8, numbers with a point as `Decimal`.

    What stands in it is looked at by `tidied`, item by item. Raises `Malformed`, pointing `within` the request.
    """
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=float,
            object_pairs_hook=_members,
        )
    except UnicodeDecodeError as error:
        raise Malformed((FieldFault(within, f"This is not UTF-8: byte {error.start}."),)) from error
    except RecursionError as error:
        raise Malformed((FieldFault(within, f"Values are nested more than {DEPTH} deep."),)) from error
    except ValueError as error:
        raise Malformed((FieldFault(within, f"This is not JSON: {error}."),)) from error


def tidied(value: Any, within: str = "") -> Any:  # noqa: ANN401 - any JSON value
    """A JSON value with its texts in normal form (NFC); refuses what could not be kept as it was sent."""
    tidying = _Tidying()
    tidy = tidying.value(value, within, 0)
    if tidying.malformed:
        raise Malformed(tuple(tidying.malformed))
    if tidying.texts:
        raise TextInvalid(tuple(tidying.texts))
    return tidy


def canonical(value: object) -> bytes:
    """A JSON value as bytes that do not depend on the order of names or on white space, for the fingerprint."""
    return json.dumps(value, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def within_limit(data: bytes) -> None:
    """Refuse data that takes more than one request may."""
    if len(data) > PAYLOAD_LIMIT:
        raise PayloadTooLarge(PAYLOAD_LIMIT)


def pointer(within: str, *names: str | int) -> str:
    """A JSON pointer (RFC 6901) from a place to a value below it."""
    return within + "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


@dataclass
class _Tidying:
    malformed: list[FieldFault] = field(default_factory=list[FieldFault])
    texts: list[FieldFault] = field(default_factory=list[FieldFault])

    def value(self, value: Any, at: str, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        if depth > DEPTH:
            self.malformed.append(FieldFault(at, f"Values are nested more than {DEPTH} deep."))
            return None
        match value:
            case str():
                return self.text(value, at)
            case bool() | None:
                return value
            case int():
                if abs(value) > EXACT:
                    self.malformed.append(FieldFault(at, f"Whole numbers go to {EXACT}; send larger ones as text."))
                return value
            case Decimal():
                _, digits, exponent = value.as_tuple()
                if not isinstance(exponent, int) or len(digits) > DIGITS or abs(exponent) > DIGITS:
                    self.malformed.append(FieldFault(at, f"A number has at most {DIGITS} digits."))
                return value
            case float():
                self.malformed.append(FieldFault(at, f"{value} is no number of JSON."))
                return None
            case Ambiguous():
                self.malformed.append(FieldFault(at, "A name stands twice in this object."))
                return None
            case Mapping():
                return self.members(cast("Mapping[Any, Any]", value), at, depth)
            case Sequence():
                many = cast("Sequence[Any]", value)
                return [self.value(one, pointer(at, index), depth + 1) for index, one in enumerate(many)]
            case _:
                self.malformed.append(FieldFault(at, f"{type(value).__name__} is no JSON value."))
                return None

    def members(self, value: Mapping[Any, Any], at: str, depth: int) -> dict[str, Any]:
        tidy: dict[str, Any] = {}
        for name, one in value.items():
            here = pointer(at, name.encode("utf-8", "replace").decode())
            tidy_name = self.text(name, here)
            if tidy_name in tidy:
                self.malformed.append(FieldFault(here, "This name stands twice in one object."))
            tidy[tidy_name] = self.value(one, here, depth + 1)
        return tidy

    def text(self, text: str, at: str) -> str:
        found = _UNWANTED.search(text)
        if found:
            sign = ord(found.group())
            what = "half a character (a lone surrogate)" if 0xD800 <= sign <= 0xDFFF else "a control character"
            self.texts.append(FieldFault(at, f"The text holds {what}, U+{sign:04X}, at {found.start()}."))
            return text
        return unicodedata.normalize("NFC", text)


class Ambiguous(dict[str, Any]):
    """An object in which a name stands twice: readers would not agree on what it says."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else Ambiguous(members)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return {"decimal": str(value.normalize())}
    msg = f"{type(value).__name__} is no JSON value"
    raise TypeError(msg)
