"""Events as they stand in a log, for whatever reads one: dense positions, gapless versions, the hours of Monday."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from domain.envelope import Actor, Envelope, Recorded
from domain.vocabulary import VOCABULARY
from tests.people import MONDAY, SHANGHAI, an_id


def happened(event: object, position: int = 1, version: int = 1, **envelope: Any) -> Recorded:  # noqa: ANN401 - any of its fields
    """One event as it stands in the log; fields of the envelope may be given."""
    word = VOCABULARY.of(event)
    at = MONDAY + timedelta(minutes=position)
    written = Envelope(
        event_id=an_id(10_000 + position),
        log="acme",
        stream=VOCABULARY.stream_of(event) or f"refusal-{an_id(10_000 + position)}",
        stream_version=version,
        name=word.name,
        schema_version=word.schema_version,
        source="/tests",
        request_id=f"request-{position}",
        subjects=tuple(word.subjects(event)),
        occurred_at=at,
        occurred_tz=SHANGHAI,
        decided_at=at,
        biz_date=at.date(),
        actor=Actor("anna", "rep"),
        correlation_id="a conversation",
        flags=tuple(getattr(event, "flags", ())),
    )
    written = written._replace(**envelope)
    body = sha256(repr((position, event)).encode()).digest()
    return Recorded(written, event, position, _recorded_at(written, at), body, sha256(b"\x00" + body).digest())


def all_happened(events: Sequence[object], *, first: int = 1) -> list[Recorded]:
    """A history, as it stands in the log."""
    versions: dict[str | None, count[int]] = {}
    return [
        happened(event, position, next(versions.setdefault(VOCABULARY.stream_of(event), count(1))))
        for position, event in enumerate(events, first)
    ]


def _recorded_at(envelope: Envelope, at: datetime) -> datetime:
    return max(envelope.decided_at, at)
