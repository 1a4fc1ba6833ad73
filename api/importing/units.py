"""What a file holds, line by line: requests to be sent in their order, lines that cannot be read, lines to skip."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from api.bodies.parts import read_body
from api.bodies.reading import read_json, tidied
from api.emitting import EMITTED, faults_of
from api.importing.mapping import Made, RowRejected, TableMapping
from api.importing.tables import BOM, BrokenRow, Table
from services import words
from services.carry_out import told
from services.refusals import Refusal, UnknownEventType

Event: TypeAlias = Mapping[str, Any]
"""A CloudEvent, as a client would send it."""
ABOUT = ("customer_id", "visit_id", "deal_id", "claim_id", "target_id", "contact_id", "uscc", "domain")
"""What two requests may be about so that their order in the file matters."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A line that can be read: its requests are sent one after another, and no further once one was not taken."""

    line: int
    events: Sequence[Event]
    text: str

    @property
    def about(self) -> frozenset[str]:
        """Lines that are about the same are sent in their order."""
        found: set[str] = set()
        for event in self.events:
            data = event.get("data")
            if isinstance(data, Mapping):
                stated: Mapping[str, Any] = data  # pyright: ignore[reportUnknownVariableType] - any JSON
                found |= {f"{name}:{stated[name]}" for name in ABOUT if isinstance(stated.get(name), str)}
                if event.get("type") == "ownership.claim":
                    found.add(f"rep:{stated.get('rep_id', event.get('onbehalfof'))}")
        return frozenset(found)

    @property
    def keeps_house(self) -> bool:
        """Whether all that follows may stand on it."""
        return any(str(event.get("type")).startswith(("org.", "rules.", "calendar.")) for event in self.events)


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is not to be sent, and why."""

    line: int
    code: str
    reason: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that stands for nothing."""

    line: int


Line: TypeAlias = Unit | Broken | Skipped


def of_table(table: Table, mapping: TableMapping) -> Iterator[Line]:
    """The lines of a table, by a mapping."""
    for row in table:
        if isinstance(row, BrokenRow):
            yield Broken(row.line, row.code, row.reason, "", row.text)
            continue
        try:
            made = mapping.requests(row.cells)
        except RowRejected as rejected:
            yield Broken(row.line, rejected.code, rejected.reason, "", row.text)
            continue
        yield _checked(Unit(row.line, [_event(one) for one in made], row.text)) if made else Skipped(row.line)


def of_json_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """The lines of a file of CloudEvents, one on each line."""
    for number, raw in enumerate(lines, 1):
        plain = (raw.removeprefix(BOM) if number == 1 else raw).strip()
        if not plain:
            yield Skipped(number)
            continue
        text = plain.decode("utf-8", "backslashreplace")
        try:
            event = read_json(plain)
        except Refusal as refusal:
            yield _broken(number, refusal, "", text)
            continue
        if not isinstance(event, Mapping):
            yield Broken(number, "MALFORMED", "The line is no JSON object.", "", text)
            continue
        stated: Mapping[str, Any] = event  # pyright: ignore[reportUnknownVariableType] - any JSON
        yield _checked(Unit(number, [{"specversion": "1.0", **stated}], text))


def _checked(unit: Unit) -> Line:
    """The line, if all its requests have the form that was agreed; what has not is no request yet, and is not sent."""
    for event in unit.events:
        asked = str(event.get("type"))
        try:
            emitted = EMITTED.get(asked)
            if emitted is None:
                raise UnknownEventType(asked)
            read_body(emitted.body, tidied(event.get("data"), "/data"), "/data")
        except Refusal as refusal:
            return _broken(unit.line, refusal, asked, unit.text)
    return unit


def _broken(line: int, refusal: Refusal, asked: str, text: str) -> Broken:
    return Broken(line, refusal.code(), why(refusal), asked, text)


def why(refusal: Refusal) -> str:
    """What a refusal says, in one line of English: for files, which programs read."""
    faults = faults_of(refusal)
    if faults:
        return "; ".join(f"{fault.pointer} {fault.detail}".strip() for fault in faults)
    return words.refusal("en", refusal.code(), told(refusal.facts()))


def _event(made: Made) -> Event:
    event: dict[str, Any] = {"specversion": "1.0", "source": made.source, "id": made.id, "type": made.type}
    if made.time is not None:
        event["time"] = made.time
    if made.zone is not None:
        event["timezone"] = made.zone
    if made.on_behalf_of is not None:
        event["onbehalfof"] = made.on_behalf_of
    event["data"] = dict(made.data)
    return event
