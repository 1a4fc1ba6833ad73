"""What the services need of the world, in our own words; `services/adapters/` answers with machines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol, TypeAlias
from uuid import UUID

from domain.envelope import Actor, Device, Envelope, Recorded
from domain.facts import DomainFacts
from domain.values import Sealed
from projections.projection import Projection

Now: TypeAlias = Callable[[], datetime]
"""The hour, aware, in UTC."""
NewId: TypeAlias = Callable[[], UUID]
"""A new id, version 7."""
ReadDomain: TypeAlias = Callable[[str], DomainFacts]
"""What is known of a text as the web domain of a company; the choice is the domain's, these are the facts."""

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Request:
    """One asking, told apart for ever by `source` and `id`.

    `fingerprint`: HMAC of what was asked; the same id with another fingerprint is a mismatch, not a repetition.
    """

    source: str
    id: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, in which conversation, and when: everything that the envelope of the resulting events will say.

    `asked`: the type of the request (`ownership.claim`); `occurred_at`/`occurred_tz`: the world's clock as claimed;
    `decided_at`: our clock, the only one that rules read; `biz_date`, `flags`: from `domain.reception.lateness`.
    `approval_id`: the manager's approval on which a late entry relies, for the decision to use up.
    """

    asked: str
    request: Request
    actor: Actor
    occurred_at: datetime
    occurred_tz: str
    decided_at: datetime
    biz_date: date
    correlation_id: str
    causation_id: UUID | None = None
    attested_at: datetime | None = None
    client_id: str | None = None
    device: Device | None = None
    flags: tuple[str, ...] = ()
    approval_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EventRef:
    """Where an event of a receipt stands."""

    type: str
    stream: str
    version: int
    position: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request; the same request gets the same receipt again, with `repeated` set.

    `position`: of its last event, or the head at that time if it made none. `answer`: what the asker is told.
    """

    outcome: Literal["accepted", "refused"]
    position: int
    events: tuple[EventRef, ...]
    flags: tuple[str, ...]
    answer: Mapping[str, Json]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Tip:
    """The end of a stream: its last version (0 for none) and the hash of its last stored bytes (zeros for none)."""

    version: int = 0
    body_hash: bytes = bytes(32)


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """An event on its way into the log, with everything that will be in its bytes but the hash of its forerunner."""

    envelope: Envelope
    event: object


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A personal value outside the record, encrypted under the key of its data subject (evidence §4)."""

    digest: str
    subject: str
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Append:
    """One request's events, to be written together or not at all.

    `request`: None where the asking is judged anew each time (a rejection). `stands_on`: the tip of every stream
    that the decision looked at; if one has moved, nothing is written. An event of another stream begins that stream.
    `answer`: kept with the request.
    """

    request: Request | None
    outcome: Literal["accepted", "refused"]
    decided_at: datetime
    stands_on: Mapping[str, Tip]
    events: Sequence[Unrecorded]
    answer: Mapping[str, Json] = field(default_factory=dict[str, Json])
    flags: tuple[str, ...] = ()
    disclosures: Sequence[Disclosure] = ()


class ChangedMeanwhile(Exception):
    """A stream that the decision stood on has moved: look again, decide again."""


class Mismatch(Exception):
    """The request id was used before, with other content."""


class LogUnavailable(Exception):
    """The log cannot be reached, or what became of an append is not known: the same request may be sent again."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log reaches: `position` of the last event (0 for none), when it was recorded, the tree's root."""

    position: int
    recorded_at: datetime | None
    root: bytes


class EventLog(Protocol):
    """The one append-only log of an organisation."""

    @property
    def name(self) -> str:
        """The organisation, as it stands in every envelope's `log`."""
        ...

    async def read(self, after: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """The events of each named stream after the given version, in order. Concurrent reads share a query."""
        ...

    async def append(self, append: Append) -> Receipt:
        """Write the events of one request, or answer as the first time if it was answered before.

        Raises `ChangedMeanwhile`, `Mismatch`, `LogUnavailable`. Concurrent appends share a commit.
        """
        ...

    async def answered(self, request: Request) -> Receipt | None:
        """The receipt of a request that was answered before, else None. Raises `Mismatch`."""
        ...

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        """Events after a position, in order, at most `limit`; never past a gap."""
        ...

    async def bytes_at(self, position: int) -> bytes | None:
        """The stored bytes of one event, as they are."""
        ...

    async def head(self) -> Head:
        """The end of the log."""
        ...

    async def beyond(self, position: int, *, seconds: float) -> int:
        """Wait until the log reaches past a position, at most `seconds`; the head's position then."""
        ...

    async def position_at(self, instant: datetime) -> int:
        """The last position recorded at or before an instant, 0 for none."""
        ...

    async def bookmark(self, follower: str) -> int:
        """How far a follower (a policy, a timer) said it has come."""
        ...

    async def move_bookmark(self, follower: str, position: int) -> None:
        """Remember how far a follower has come; it never moves back."""
        ...


class Vault(Protocol):
    """Keeps personal values outside the record, each under the key of its data subject."""

    async def seal(self, subject: str, name: str, value: str) -> tuple[Sealed, Disclosure]:
        """Turn a value into its place in the record and the disclosure to be appended with it."""
        ...

    async def open(self, sealed: Sequence[Sealed]) -> Mapping[str, str]:
        """The values by digest; those that were erased are missing."""
        ...

    def fingerprint(self, content: bytes) -> bytes:
        """HMAC-SHA-256 of a request's content under the organisation's key."""
        ...


@dataclass(frozen=True, slots=True)
class Between:
    """A range of values for a look-up: low ≤ value < high; None is open."""

    low: Any = None
    high: Any = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """A look-up for any of several values."""

    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a projection has come. `rebuilding`: rows of the log folded into the shadow, of how many."""

    name: str
    version: int
    position: int
    head: int
    heartbeat: datetime | None
    state: Literal["live", "rebuilding", "stopped"]
    error: str | None = None
    parked: tuple[str, ...] = ()
    rebuilt: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What one batch of events does to one read model: rows to add, known rows to close and to add."""

    added: Sequence[Any] = ()
    closed: Sequence[Any] = ()
    opened: Sequence[Any] = ()


class ReadStore(Protocol):
    """Tables of rows, one per read model, made from the row's dataclass.

    `shadow=True` speaks of the table that a rebuild fills beside the live one.
    """

    async def prepare(self, projections: Sequence[Projection]) -> None:
        """Make sure that each read model has its table, in the shape of its version."""
        ...

    async def position(self, projection: Projection, *, shadow: bool = False) -> int:
        """The position up to which the rows are complete."""
        ...

    async def current(
        self, projection: Projection, keys: Sequence[tuple[Any, ...]], *, shadow: bool = False
    ) -> Sequence[Any]:
        """The `Known` rows that are true now of the given keys of a `Spans` model, in one query."""
        ...

    async def write(
        self, projection: Projection, changes: Changes, *, after: int, upto: int, shadow: bool = False
    ) -> None:
        """Apply one batch and move the position from `after` to `upto`, in one transaction; else change nothing."""
        ...

    async def select(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        *,
        at: int | None = None,
        order: Sequence[str] = (),
        descending: bool = False,
        after: Sequence[Any] = (),
        limit: int | None = None,
    ) -> Sequence[Any]:
        """Rows by equal fields (or `Between`, `OneOf`, `None` for empty), as of a position (None: now).

        `Facts` answer rows, `Spans` answer `Known`. `order` names fields, all up or all `descending`; `after`: the
        values of those fields in the last row of the page before.
        """
        ...

    async def count(
        self, projection: Projection, where: Mapping[str, Any], *, by: Sequence[str] = (), at: int | None = None
    ) -> Mapping[tuple[Any, ...], int]:
        """How many rows there are for each combination of the `by` fields."""
        ...

    async def begin_rebuild(self, projection: Projection) -> None:
        """Make an empty shadow table, or take up the one that an interrupted rebuild left."""
        ...

    async def swap(self, projection: Projection) -> None:
        """Put the shadow in the place of the live table, in one transaction."""
        ...

    async def cancel_rebuild(self, projection: Projection) -> None:
        """Drop the shadow table."""
        ...

    async def fingerprint(self, projection: Projection, *, shadow: bool = False) -> str:
        """A hash over all rows in the order of their content: equal rows, equal fingerprint."""
        ...
