"""How the text of a cell becomes a value: ids, hours, days, numbers, money, words of a closed list."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Any, TypeAlias, cast
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

Row: TypeAlias = Mapping[str, str]
"""The cells of one row by column; an empty text where nothing stands."""
Json: TypeAlias = "str | int | Decimal | bool | list[Json] | dict[str, Json]"
Value: TypeAlias = "Callable[[Row], Json | None]"
"""Makes one value of a row; None where nothing is to be said."""


class MappingInvalid(Exception):
    """The mapping cannot be used: `where` names the place in it, `why` says what is wrong there."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class CellInvalid(Exception):
    """A cell does not hold what the mapping expects there."""


@dataclass(frozen=True, slots=True)
class Common:
    """What all values of one mapping share: where its ids come from, its zone and its lists of words."""

    namespace: UUID
    zone: ZoneInfo
    hour: time
    maps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    columns: set[str] = field(default_factory=set[str])

    def value(self, said: Any, where: str) -> Value:  # noqa: ANN401 - any TOML value
        """The value that a piece of the mapping describes."""
        match said:
            case str():
                return self.text(said, where)
            case bool() | int():
                return lambda _: said
            case float():
                return lambda _: Decimal(repr(said))
            case list():
                return self._list(cast("list[Any]", said), where)
            case dict():
                table = cast("dict[str, Any]", said)
                return self._conversion(table, where) if "as" in table else self._object(table, where)
            case _:
                raise MappingInvalid(where, f"{said!r} is no value that could be sent; write dates as text.")

    def text(self, template: str, where: str) -> Callable[[Row], str | None]:
        """A text in which {column} stands for the cell; nothing where one of those cells is empty."""
        try:
            parts = list(Formatter().parse(template))
        except ValueError as error:
            raise MappingInvalid(where, f"{template!r}: {error}.") from error
        for _, column, spec, conversion in parts:
            if column is not None:
                if spec or conversion or not column:
                    raise MappingInvalid(where, f"{template!r}: only {{column}} may stand in a text.")
                self.columns.add(column)

        def made(row: Row) -> str | None:
            cells = [row[column] for _, column, _, _ in parts if column is not None]
            if not all(cells):
                return None
            return "".join(before + (row[column] if column is not None else "") for before, column, _, _ in parts)

        return made

    def _list(self, said: Sequence[Any], where: str) -> Value:
        values = [self.value(one, f"{where}[{number}]") for number, one in enumerate(said)]

        def made(row: Row) -> "list[Json]":
            return [one for one in (value(row) for value in values) if one is not None]

        return made

    def _object(self, said: Mapping[str, Any], where: str) -> Value:
        values = {name: self.value(one, f"{where}.{name}") for name, one in said.items()}

        def made(row: Row) -> "dict[str, Json] | None":
            made = {name: value(row) for name, value in values.items()}
            kept = {name: value for name, value in made.items() if value is not None}
            return kept or None

        return made

    def _conversion(self, said: Mapping[str, Any], where: str) -> Value:
        kind = said["as"]
        make = _CONVERSIONS.get(kind) if isinstance(kind, str) else None
        if make is None:
            raise MappingInvalid(where, f"as = {kind!r}: there is {', '.join(sorted(_CONVERSIONS))}.")
        takes, build = make
        unknown = set(said) - takes - {"as", "of"}
        if unknown:
            raise MappingInvalid(
                where, f"as = {kind!r} takes {', '.join(sorted(takes | {'of'}))}; not {unknown.pop()}."
            )
        of = said.get("of")
        if isinstance(of, list):
            texts = [self.text(str(one), where) for one in cast("list[object]", of)]
        elif isinstance(of, str):
            texts = [self.text(of, where)]
        else:
            raise MappingInvalid(where, f"as = {kind!r} needs of = a text, or a list of which the first that is there.")
        convert = build(self, said, where)

        def made(row: Row) -> "Json | None":
            found = next((text for text in (one(row) for one in texts) if text is not None), None)
            return convert(found)

        return made


Convert: TypeAlias = "Callable[[str | None], Json | None]"


def _of_something(convert: Callable[[str], Json]) -> Convert:
    return lambda text: None if text is None else convert(text)


def _as_uuid(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    del said, where
    return _of_something(lambda text: str(uuid5(common.namespace, text)))


def _as_id(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    del common, said, where
    return _of_something(an_id)


def an_id(text: str) -> str:
    """A name as an id of the organisation's own: small Latin letters, digits and -; at most 64 signs."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9._]+", "-", plain.lower()).strip("-")[:64]
    if not slug:
        msg = f"{text!r} has no sign that an id may have"
        raise CellInvalid(msg)
    return slug


def _as_text(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    del common
    most = said.get("most")
    if most is not None and not isinstance(most, int):
        raise MappingInvalid(where, "most = a number of signs.")
    return _of_something(lambda text: text[:most])


def _as_instant(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    zone = zone_named(said["zone"], where) if "zone" in said else common.zone
    hour = hour_named(said["hour"], where) if "hour" in said else common.hour
    form = said.get("form")
    plus = timedelta(minutes=said.get("plus_minutes", 0))

    def convert(text: str) -> str:
        return (instant_of(text, form, zone, hour) + plus).isoformat()

    return _of_something(convert)


def instant_of(text: str, form: str | None, zone: ZoneInfo, hour: time) -> datetime:
    """The hour that a cell tells: with its own offset, or in the zone; a date alone is taken at the given hour."""
    try:
        told = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 - its zone follows
    except ValueError as error:
        msg = f"{text!r} is no date or hour" + (
            f" of the form {form}" if form else " as 2026-03-17 or 2026-03-17 09:51:00"
        )
        raise CellInvalid(msg) from error
    date_alone = "%H" not in form and "%I" not in form if form else len(text) <= 10
    if date_alone:
        told = datetime.combine(told.date(), hour)
    return told if told.tzinfo else told.replace(tzinfo=zone)


def _as_day(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    del where
    form = said.get("form")
    return _of_something(lambda text: instant_of(text, form, common.zone, common.hour).date().isoformat())


def _decimal(text: str, said: Mapping[str, Any]) -> Decimal:
    thousands = said.get("thousands", "")
    plain = text.replace(thousands, "") if thousands else text
    plain = plain.replace(said["point"], ".") if "point" in said else plain
    try:
        number = Decimal(plain.strip())
    except InvalidOperation as error:
        msg = f"{text!r} is no number"
        raise CellInvalid(msg) from error
    if not number.is_finite():
        msg = f"{text!r} is no number"
        raise CellInvalid(msg)
    return number


def _whole(number: Decimal, text: str) -> int:
    if number != number.to_integral_value():
        msg = f"{text!r} is no whole number"
        raise CellInvalid(msg)
    return int(number)


def _as_number(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    del common, where
    return _of_something(lambda text: _decimal(text, said))


def _as_whole(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    del common, where
    return _of_something(lambda text: _whole(_decimal(text, said), text))


def _as_minor(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    """Money: a decimal number as the whole number of the smallest unit, never rounded."""
    del common
    digits, times = said.get("digits", 2), said.get("times", 1)
    if not isinstance(digits, int) or not isinstance(times, int):
        raise MappingInvalid(where, "digits = places after the point of the currency; times = a whole number.")

    def convert(text: str) -> int:
        number = _decimal(text, said) * times
        minor = number.scaleb(digits)
        if minor != minor.to_integral_value():
            msg = f"{text!r} is finer than the {digits} places of the currency"
            raise CellInvalid(msg)
        return int(minor)

    return _of_something(convert)


def _as_map(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    """A word of the file as a word of ours. `otherwise`: for words that are not listed; `empty`: where none stands."""
    name = said.get("map")
    words = common.maps.get(name) if isinstance(name, str) else None
    if words is None:
        raise MappingInvalid(where, f"map = {name!r}: there is no [maps.{name}].")

    def convert(text: str | None) -> "Json | None":
        if text is None:
            return said.get("empty")
        if text in words:
            return words[text]
        if "otherwise" in said:
            return said["otherwise"]
        msg = f"{text!r} is not listed in [maps.{name}]"
        raise CellInvalid(msg)

    return convert


def _as_yes(common: Common, said: Mapping[str, Any], where: str) -> Convert:
    """Whether a cell says yes; any word but those listed is a fault."""
    del common, where
    yes = [str(one).lower() for one in said.get("yes", ["true", "yes", "1"])]
    no = [str(one).lower() for one in said.get("no", ["false", "no", "0"])]

    def convert(text: str) -> bool:
        if text.lower() not in (*yes, *no):
            msg = f"{text!r} is neither yes ({', '.join(yes)}) nor no ({', '.join(no)})"
            raise CellInvalid(msg)
        return text.lower() in yes

    return _of_something(convert)


_Build: TypeAlias = Callable[[Common, Mapping[str, Any], str], Convert]
_CONVERSIONS: Mapping[str, tuple[set[str], _Build]] = {
    "uuid": (set(), _as_uuid),
    "id": (set(), _as_id),
    "text": ({"most"}, _as_text),
    "instant": ({"form", "zone", "hour", "plus_minutes"}, _as_instant),
    "day": ({"form"}, _as_day),
    "number": ({"thousands", "point"}, _as_number),
    "whole": ({"thousands", "point"}, _as_whole),
    "minor": ({"digits", "times", "thousands", "point"}, _as_minor),
    "map": ({"map", "otherwise", "empty"}, _as_map),
    "yes": ({"yes", "no"}, _as_yes),
}


def zone_named(name: object, where: str) -> ZoneInfo:
    """The zone of a name."""
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError) as error:
        raise MappingInvalid(where, f"{name!r} is no time zone, as Asia/Shanghai.") from error


def hour_named(text: object, where: str) -> time:
    """An hour of the day."""
    if isinstance(text, time):
        return text
    try:
        return time.fromisoformat(str(text))
    except ValueError as error:
        raise MappingInvalid(where, f"{text!r} is no hour of the day, as 12:00.") from error
