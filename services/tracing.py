"""Traces: what one request goes through, from the door to the rows, in whatever process.

A trace is named by the conversation (`correlation_id`), and a request in it by its source and id. All of that stands in
the envelope of every event, so whoever meets an event, in another process or a year later, knows where it belongs. On
the bus it is said once more, as a W3C `traceparent`, for those who know traces and not us. Without a follower nothing
is made, sent or measured.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from typing import Protocol, TypeAlias

from domain.envelope import Envelope

_AS_IT_IS = re.compile(r"[0-9a-f]{32}")
_STATED = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


Named: TypeAlias = Callable[[str], None]


def _unheard(name: str) -> None:
    del name


class Follower(Protocol):
    """Follows requests; an adapter hands on what it sees."""

    def request(self, name: str, correlation_id: str, above: str | None) -> AbstractContextManager[Named]:
        """What a door does for one request. `above`: the `traceparent` that came along, None where none did. What it
        hands over takes the name once that is known: of the route, not of what was asked about."""
        ...

    def asking(self, name: str, correlation_id: str, source: str, id: str) -> AbstractContextManager[None]:
        """From taking one request to its receipt."""
        ...

    def step(self, name: str) -> AbstractContextManager[None]:
        """A part of what is going on."""
        ...

    def events(self, name: str, envelopes: Sequence[Envelope]) -> AbstractContextManager[None]:
        """What is done with events together; it is told in the trace of each."""
        ...


class Nobody:
    """Follows nothing."""

    def request(self, name: str, correlation_id: str, above: str | None) -> AbstractContextManager[Named]:
        """See `Follower`."""
        del name, correlation_id, above
        return nullcontext(_unheard)

    def asking(self, name: str, correlation_id: str, source: str, id: str) -> AbstractContextManager[None]:
        """See `Follower`."""
        del name, correlation_id, source, id
        return nullcontext()

    def step(self, name: str) -> AbstractContextManager[None]:
        """See `Follower`."""
        del name
        return nullcontext()

    def events(self, name: str, envelopes: Sequence[Envelope]) -> AbstractContextManager[None]:
        """See `Follower`."""
        del name, envelopes
        return nullcontext()


_NOBODY = Nobody()
_following: list[Follower] = [_NOBODY]


def follow(follower: Follower | None) -> Callable[[], None]:
    """Let this process be followed from now on; None: by nobody. The answer undoes it."""
    before = _following[0]
    _following[0] = follower or _NOBODY

    def undo() -> None:
        _following[0] = before

    return undo


def following() -> Follower:
    """Whoever follows this process now."""
    return _following[0]


def is_followed() -> bool:
    """Whether anybody does."""
    return _following[0] is not _NOBODY


# --------------------------------------------------------------------------------------------- what belongs to what


def trace_of(correlation_id: str) -> str:
    """The name of a conversation's trace, 32 hex digits: the id itself where it has that form, as a UUID has."""
    plain = correlation_id.replace("-", "").lower()
    if _AS_IT_IS.fullmatch(plain) and int(plain, 16):
        return plain
    return sha256(correlation_id.encode()).hexdigest()[:32]


def asking_of(correlation_id: str, source: str, id: str) -> str:
    """The name of one request in its trace, 16 hex digits."""
    return sha256("\n".join((correlation_id, source, id)).encode()).hexdigest()[:16]


def traceparent(envelope: Envelope) -> str:
    """Where an event belongs, as W3C Trace Context says it."""
    asking = asking_of(envelope.correlation_id, envelope.source, envelope.request_id)
    return f"00-{trace_of(envelope.correlation_id)}-{asking}-01"


def stated(text: str) -> tuple[str, str] | None:
    """Trace and span of a `traceparent`; None where it is none."""
    found = _STATED.fullmatch(text.strip().lower())
    return None if found is None or not int(found[1], 16) or not int(found[2], 16) else (found[1], found[2])
