"""Events to stored bytes and back, through the vocabulary.

The bytes are canonical JSON (RFC 8785), made once, when the decision is made; they are the record, and hashes are
taken of them and never of a re-encoding. What has no value is left out of the envelope; text is in Unicode's normal
form C. The words of the event stand under `payload`.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import msgspec

from domain.envelope import Actor, Device, Envelope
from domain.vocabulary import VOCABULARY, Vocabulary, Word
from services.ports import UnknownEvent, Unstorable

T = TypeVar("T")
SCHEMA = 1
"""The shape of the envelope itself."""
WIDEST = 2**53 - 1
"""The widest whole number that every reader of JSON reads alike."""


class _Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    role: str
    on_behalf_of: str | None = None


class _Device(msgspec.Struct, frozen=True, omit_defaults=True):
    device_id: str
    boot_id: str | None = None
    elapsed_ms: int | None = None
    sent_ms: int | None = None
    last_sync: str | None = None
    queue_seq: int | None = None
    prev_hash: str | None = None


class _Written(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The body as it is written. Nothing here has a default but what is left out when absent."""

    actor: _Actor
    biz_date: date
    correlation_id: str
    decided_at: datetime
    event_id: UUID
    flags: Sequence[str]
    log: str
    occurred_at: datetime
    occurred_tz: str
    payload: Any
    prevstreamhash: str
    request_id: str
    schema: int
    schema_version: int
    source: str
    stream: str
    stream_version: int
    subjects: Sequence[str]
    type: str
    attested_at: datetime | None = None
    causation_id: UUID | None = None
    client_id: str | None = None
    device: _Device | None = None


class _Body(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The body as it is read."""

    actor: Actor
    biz_date: date
    correlation_id: str
    decided_at: datetime
    event_id: UUID
    flags: tuple[str, ...]
    log: str
    occurred_at: datetime
    occurred_tz: str
    payload: T
    prevstreamhash: str
    request_id: str
    schema_version: int
    source: str
    stream: str
    stream_version: int
    subjects: tuple[str, ...]
    type: str
    attested_at: datetime | None = None
    causation_id: UUID | None = None
    client_id: str | None = None
    device: Device | None = None


_sorted = msgspec.json.Encoder(order="sorted")
_as_it_comes = msgspec.json.Encoder()
_untyped = msgspec.json.Decoder()


class EventJson:
    """Writes and reads stored events in the words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary = VOCABULARY) -> None:
        self._vocabulary = vocabulary
        self._reading: dict[str, tuple[Word[Any], msgspec.json.Decoder[_Body[Any]]]] = {}
        self._older = msgspec.json.Decoder(_Body[msgspec.Raw])

    def encode(self, envelope: Envelope, event: object, prevstreamhash: bytes) -> bytes:
        """The stored bytes of an event that follows, in its stream, on the bytes with the given hash.

        Raises `Unstorable`.
        """
        actor, device = envelope.actor, envelope.device
        body = _Written(
            actor=_Actor(actor.id, actor.role, actor.on_behalf_of),
            attested_at=envelope.attested_at,
            biz_date=envelope.biz_date,
            causation_id=envelope.causation_id,
            client_id=envelope.client_id,
            correlation_id=envelope.correlation_id,
            decided_at=envelope.decided_at.astimezone(UTC),
            device=None if device is None else _Device(*_values_of(device)),
            event_id=envelope.event_id,
            flags=envelope.flags,
            log=envelope.log,
            occurred_at=envelope.occurred_at,
            occurred_tz=envelope.occurred_tz,
            payload=event,
            prevstreamhash=prevstreamhash.hex(),
            request_id=envelope.request_id,
            schema=SCHEMA,
            schema_version=envelope.schema_version,
            source=envelope.source,
            stream=envelope.stream,
            stream_version=envelope.stream_version,
            subjects=envelope.subjects,
            type=envelope.name,
        )
        _check_hour(envelope.occurred_at)
        return canonical(body, event, device)

    def decode(self, name: str, body: bytes) -> tuple[Envelope, object]:
        """The envelope and the event, in today's shape. Raises `UnknownEvent`."""
        known = self._reading.get(name)
        word, decoder = known if known is not None else self._learn(name)
        try:
            read = decoder.decode(body)
        except msgspec.ValidationError:
            return self._decode_older(word, body)
        if read.schema_version != word.schema_version:
            return self._decode_older(word, body)
        return _envelope_of(read), read.payload

    def payload(self, event: object) -> bytes:
        """The canonical JSON of an event's own words, as stored samples have it."""
        return canonical(event, event)

    def read_payload(self, name: str, schema_version: int, payload: bytes) -> object:
        """An event from its own words in any shape that was ever stored. Raises `UnknownEvent`."""
        word = self._vocabulary.named(name)
        if word is None or not 1 <= schema_version <= word.schema_version:
            raise UnknownEvent(name, schema_version)
        words: Any = _untyped.decode(payload)
        for upcast in word.upcasts[schema_version - 1 :]:
            words = upcast(words)
        return msgspec.convert(words, word.event, str_keys=True)

    def _learn(self, name: str) -> tuple[Word[Any], msgspec.json.Decoder[_Body[Any]]]:
        word = self._vocabulary.named(name)
        if word is None:
            raise UnknownEvent(name)
        self._reading[name] = word, msgspec.json.Decoder(_Body[word.event])
        return self._reading[name]

    def _decode_older(self, word: Word[Any], body: bytes) -> tuple[Envelope, object]:
        read = self._older.decode(body)
        return _envelope_of(read), self.read_payload(word.name, read.schema_version, bytes(read.payload))


def canonical(value: object, *unchecked: object) -> bytes:
    """The RFC 8785 form of a value. `unchecked`: the parts of it that may hold anything.

    Plain keys and plain text take a quick way: the encoder sorts names by code point and escapes exactly what the
    standard escapes. Keys that are no text, keys that UTF-16 would sort elsewhere, and text not in normal form C
    take the long way round.
    """
    if _all_plain(unchecked):
        try:
            body = _sorted.encode(value)
        except UnicodeEncodeError as error:
            raise _broken(error) from error
        if body.isascii() or unicodedata.is_normalized("NFC", body.decode()):
            return body
    try:
        return _as_it_comes.encode(_put_in_order(msgspec.to_builtins(value, str_keys=True, enc_hook=_plain_mapping)))
    except UnicodeEncodeError as error:
        raise _broken(error) from error


def _broken(error: UnicodeEncodeError) -> Unstorable:
    return Unstorable(f"text with half a character (a lone surrogate) at {error.start}")


def _plain_mapping(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    msg = f"{type(value).__name__} has no stored form"
    raise Unstorable(msg)


def _put_in_order(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same JSON value with text in normal form C and names sorted by UTF-16 code unit."""
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case dict():
            members = cast("dict[str, Any]", value)
            pairs = {unicodedata.normalize("NFC", key): _put_in_order(member) for key, member in members.items()}
            if len(pairs) < len(members):
                msg = "two keys of a mapping are the same in Unicode's normal form C"
                raise Unstorable(msg)
            return dict(sorted(pairs.items(), key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass")))
        case list() | tuple():
            return [_put_in_order(item) for item in cast("Sequence[Any]", value)]
        case _:
            return value


_FINE: set[type] = {str, UUID, date, bool, type(None)}
"""Kinds of values that always have a canonical form, as far as one sees without opening them."""
_values: dict[type, Callable[[Any], Iterable[Any]]] = {}


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - any value of an event
    """Whether the quick way gives the canonical form. Raises `Unstorable` for what has none."""
    kind = value.__class__
    if kind in _FINE:
        return True
    if kind in _values:
        return _all_plain(_values[kind](value))
    if kind is tuple:
        return _all_plain(value)
    if kind is int:
        if not -WIDEST <= value <= WIDEST:
            msg = f"{value} is wider than 53 bits"
            raise Unstorable(msg)
        return True
    if kind is datetime:
        _check_hour(value)
        return True
    if issubclass(kind, Enum):
        if issubclass(kind, str):
            _FINE.add(kind)
        return _is_plain(value.value)
    if is_dataclass(value):
        return _all_plain(_values_of(value))
    if isinstance(value, Mapping):
        return _all_plain(value.values()) and kind is dict and all(_sorts_alike(key) for key in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, Sequence | Set) and not isinstance(value, bytes | bytearray | memoryview):
        return _all_plain(value)  # pyright: ignore[reportUnknownArgumentType]
    msg = f"{value!r} has no stored form"
    raise Unstorable(msg)


def _all_plain(values: Iterable[Any]) -> bool:
    plain = True
    for value in values:
        kind = value.__class__
        if kind in _FINE or (kind is datetime and value.tzinfo is UTC) or (kind is int and -WIDEST <= value <= WIDEST):
            continue  # what most values are, without a further call
        if not _is_plain(value):
            plain = False
    return plain


def _sorts_alike(key: object) -> bool:
    return type(key) is str and (key.isascii() or max(key) < "\ud800")


def _each(names: Sequence[str], record: object) -> Iterable[Any]:
    return [getattr(record, name) for name in names]


def _values_of(record: object) -> Iterable[Any]:
    kind = type(record)
    getter = _values.get(kind)
    if getter is None:
        names = [field.name for field in fields(record)]  # pyright: ignore[reportArgumentType]
        getter = attrgetter(*names) if len(names) > 1 else partial(_each, names)
        _values[kind] = getter
    return getter(record)


def _check_hour(value: datetime) -> None:
    if value.utcoffset() is None:
        msg = f"{value} has no zone"
        raise Unstorable(msg)


_in_order = attrgetter(*("type" if field == "name" else field for field in Envelope._fields))


def _envelope_of(body: _Body[Any]) -> Envelope:
    return Envelope._make(_in_order(body))
