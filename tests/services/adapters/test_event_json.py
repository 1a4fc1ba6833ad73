"""Stored bytes: canonical, and read again as what they were."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.envelope import Actor, Device, Envelope
from domain.vocabulary import Vocabulary, Word
from services.adapters.event_json import EventJson
from services.ports import UnknownEvent, Unstorable
from tests.people import ACME, MONDAY, SHANGHAI, an_id
from tests.services.adapters.stories import HOUR


class Colour(StrEnum):
    """An enumeration as events have them."""

    RED = "RED"
    BLUE = "BLUE"


@dataclass(frozen=True, slots=True)
class Inner:
    """A value inside an event."""

    minor: int
    label: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with every kind of value that events may have."""

    thing_id: UUID
    text: str
    count: int
    sure: bool
    day: date
    hour: datetime
    colour: Colour
    inner: Inner
    maybe: Inner | None
    words: tuple[str, ...]
    by_name: Mapping[str, int]
    by_day: Mapping[date, Colour]
    flags: tuple[str, ...] = ()


def stream_of(event: Happened) -> str:
    return f"thing-{event.thing_id}"


JSON = EventJson(Vocabulary([Word(Happened, "thing.happened", stream_of)]))
HAPPENED = Happened(
    ACME,
    "said",
    3,
    True,
    date(2026, 3, 2),
    HOUR,
    Colour.RED,
    Inner(1, "one"),
    None,
    ("a", "b"),
    {"x": 1},
    {date(2026, 3, 3): Colour.BLUE, date(2026, 3, 2): Colour.RED},
)
ENVELOPE = Envelope(
    event_id=an_id(1),
    log="main",
    stream=stream_of(HAPPENED),
    stream_version=1,
    name="thing.happened",
    schema_version=1,
    source="app",
    request_id="r1",
    subjects=("rep:anna",),
    occurred_at=MONDAY,
    occurred_tz=SHANGHAI,
    decided_at=datetime(2026, 3, 2, 1, 0, 0, 123456, tzinfo=UTC),
    biz_date=date(2026, 3, 2),
    actor=Actor("anna", "rep"),
    correlation_id="c1",
)

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
tricky_text = st.one_of(
    any_text,
    st.sampled_from(["e\u0301", "\n\u0303", "\u212b", "ﬀ", "😀", "\u2028", '"\\/\b\f\r\x7f\x00', "\ue000", "<\u0338"]),
)
normal_keys = tricky_text.map(lambda text: unicodedata.normalize("NFC", text))
whole = st.integers(-(2**53 - 1), 2**53 - 1)
hours = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone itself
    datetime(2100, 1, 1),  # noqa: DTZ001 - likewise
    timezones=st.integers(-720, 840).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
inners = st.builds(Inner, whole, tricky_text)
happened = st.builds(
    Happened,
    thing_id=st.uuids(),
    text=tricky_text,
    count=whole,
    sure=st.booleans(),
    day=days,
    hour=hours,
    colour=st.sampled_from(Colour),
    inner=inners,
    maybe=st.none() | inners,
    words=st.lists(tricky_text, max_size=3).map(tuple),
    by_name=st.dictionaries(normal_keys, whole, max_size=5),
    by_day=st.dictionaries(days, st.sampled_from(Colour), max_size=3),
    flags=st.lists(tricky_text, max_size=2).map(tuple),
)
envelopes = st.builds(
    ENVELOPE._replace,
    source=tricky_text,
    request_id=tricky_text,
    occurred_at=hours,
    actor=st.builds(Actor, tricky_text, tricky_text, st.none() | tricky_text),
    causation_id=st.none() | st.uuids(),
    attested_at=st.none() | hours,
    device=st.none() | st.builds(Device, tricky_text, elapsed_ms=st.none() | whole, prev_hash=st.none() | tricky_text),
    flags=st.lists(tricky_text, max_size=2).map(tuple),
)


def rfc_8785(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """The canonical form as the standard describes it, as plainly as can be and independent of what is tested."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        assert abs(value) < 2**53
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(map(rfc_8785_character, value)) + '"'
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        names = sorted(members, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{rfc_8785(name)}:{rfc_8785(members[name])}" for name in names) + "}"
    assert isinstance(value, list), f"{value!r} has no place here"
    return "[" + ",".join(map(rfc_8785, cast("list[Any]", value))) + "]"


def rfc_8785_character(character: str) -> str:
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    if character in short:
        return short[character]
    return f"\\u{ord(character):04x}" if ord(character) < 0x20 else character


def all_text(value: Any) -> Sequence[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return [*members, *(text for member in members.values() for text in all_text(member))]
    if isinstance(value, list):
        return [text for member in cast("list[Any]", value) for text in all_text(member)]
    return []


@given(envelopes, happened)
def test_the_bytes_are_those_of_rfc_8785_and_their_text_is_in_normal_form_c(
    envelope: Envelope, event: Happened
) -> None:
    body = JSON.encode(envelope, event, bytes(32))
    value = json.loads(body)
    assert body == rfc_8785(value).encode()
    assert all(unicodedata.is_normalized("NFC", text) for text in all_text(value))


@given(envelopes, happened)
def test_what_was_written_is_read_again_but_for_the_form_of_its_text(envelope: Envelope, event: Happened) -> None:
    body = JSON.encode(envelope, event, bytes(32))
    read, happening = JSON.decode("thing.happened", body)
    assert JSON.encode(read, happening, bytes(32)) == body
    if all(unicodedata.is_normalized("NFC", text) for text in (event.text, *event.words, *event.flags)):
        assert isinstance(happening, Happened)
        assert (happening.text, happening.words, happening.by_name) == (event.text, event.words, event.by_name)
        assert (happening.by_day, happening.hour, happening.count) == (event.by_day, event.hour, event.count)
    assert (read.occurred_at, read.occurred_at.utcoffset()) == (envelope.occurred_at, envelope.occurred_at.utcoffset())


def test_the_body_names_everything_that_the_envelope_knows_and_nothing_that_is_absent() -> None:
    body = json.loads(JSON.encode(ENVELOPE, HAPPENED, bytes(range(32))))
    assert body["prevstreamhash"] == bytes(range(32)).hex()
    assert body["occurred_at"] == "2026-03-02T09:00:00+08:00"
    assert body["decided_at"] == "2026-03-02T01:00:00.123456Z"
    assert body["type"] == "thing.happened"
    assert body["schema"] == 1
    assert body["actor"] == {"id": "anna", "role": "rep"}
    assert body["payload"]["maybe"] is None
    assert set(body) == {
        *("actor", "biz_date", "correlation_id", "decided_at", "event_id", "flags", "log", "occurred_at"),
        *("occurred_tz", "payload", "prevstreamhash", "request_id", "schema", "schema_version", "source", "stream"),
        *("stream_version", "subjects", "type"),
    }


def test_a_full_envelope_is_read_as_it_was_written() -> None:
    full = ENVELOPE._replace(
        actor=Actor("crm", "client", "anna"),
        causation_id=an_id(2),
        attested_at=HOUR,
        client_id="phone",
        device=Device("d1", "b1", 5, 6, "s", 7, "p"),
        flags=("LATE",),
    )
    assert JSON.decode("thing.happened", JSON.encode(full, HAPPENED, bytes(32))) == (full, HAPPENED)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(HAPPENED, count=1.5),
        replace(HAPPENED, count=float("nan")),
        replace(HAPPENED, by_name={"x": 1.0}),
        replace(HAPPENED, count=2**53),
        replace(HAPPENED, inner=Inner(-(2**53), "")),
        replace(HAPPENED, text="\ud800"),
        replace(HAPPENED, by_name={"\udc00": 1}),
        replace(HAPPENED, text=b"bytes"),
        replace(HAPPENED, hour=datetime(2026, 3, 2)),  # noqa: DTZ001 - that is what is refused
        replace(HAPPENED, by_name={"e\u0301": 1, "é": 2}),
    ],
    ids=["fraction", "nan", "fraction inside", "wide", "wide inside", "surrogate", "surrogate key", "bytes", "zoneless",
         "same key twice"],
)  # fmt: skip
def test_what_has_no_canonical_form_is_refused(wrong: Happened) -> None:
    with pytest.raises(Unstorable):
        JSON.encode(ENVELOPE, wrong, bytes(32))


def test_an_hour_without_zone_in_the_envelope_is_refused() -> None:
    with pytest.raises(Unstorable):
        JSON.encode(ENVELOPE._replace(occurred_at=datetime(2026, 3, 2)), HAPPENED, bytes(32))  # noqa: DTZ001 - as above


def test_a_stored_name_that_nobody_knows_stops_the_reader() -> None:
    with pytest.raises(UnknownEvent, match=r"thing\.vanished"):
        JSON.decode("thing.vanished", JSON.encode(ENVELOPE, HAPPENED, bytes(32)))


def test_a_shape_of_a_later_release_stops_the_reader() -> None:
    body = JSON.encode(ENVELOPE._replace(schema_version=2), HAPPENED, bytes(32))
    with pytest.raises(UnknownEvent, match="shape 2"):
        JSON.decode("thing.happened", body)


@dataclass(frozen=True, slots=True)
class Renamed:
    """A class of today whose stored shape changed twice."""

    who: str
    count: int
    reason: str


def count_appeared(stored: dict[str, Any]) -> dict[str, Any]:
    return {**stored, "count": 1}


def reason_appeared(stored: dict[str, Any]) -> dict[str, Any]:
    return {"who": stored["rep"], "count": stored["count"], "reason": "none given"}


def test_older_shapes_are_read_through_their_upcasts() -> None:
    word = Word(Renamed, "thing.happened", lambda _: "thing-1", upcasts=(count_appeared, reason_appeared))
    today = EventJson(Vocabulary([word]))

    @dataclass(frozen=True, slots=True)
    class First:
        rep: str

    @dataclass(frozen=True, slots=True)
    class Second:
        rep: str
        count: int

    first = JSON.encode(ENVELOPE, First("anna"), bytes(32))
    second = JSON.encode(ENVELOPE._replace(schema_version=2), Second("anna", 4), bytes(32))
    third = JSON.encode(ENVELOPE._replace(schema_version=3), Renamed("anna", 5, "why"), bytes(32))
    assert today.decode("thing.happened", first)[1] == Renamed("anna", 1, "none given")
    assert today.decode("thing.happened", second)[1] == Renamed("anna", 4, "none given")
    assert today.decode("thing.happened", third)[1] == Renamed("anna", 5, "why")
    assert today.read_payload("thing.happened", 1, b'{"rep":"bruno"}') == Renamed("bruno", 1, "none given")


def test_a_sample_of_an_event_is_its_own_words_in_canonical_form() -> None:
    sample = JSON.payload(HAPPENED)
    assert sample == rfc_8785(json.loads(sample)).encode()
    assert JSON.read_payload("thing.happened", 1, sample) == HAPPENED
