"""What the services need of the world, in our own words; `services/adapters/` answers with machines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias
from uuid import UUID

from domain.device.attestation import SignedHour
from domain.envelope import Actor, Device, Envelope, Recorded
from domain.facts import DomainFacts, PhoneFacts
from domain.values import Sealed
from projections.projection import Known, Projection, Spans

Now: TypeAlias = Callable[[], datetime]
"""The hour, aware, in UTC."""
NewId: TypeAlias = Callable[[], UUID]
"""A new id, version 7."""
ReadDomain: TypeAlias = Callable[[str], DomainFacts]
"""What is known of a text as the web domain of a company; the choice is the domain's, these are the facts."""

ReadPhone: TypeAlias = Callable[[str, str], PhoneFacts]
"""What is known of a text as a telephone number, dialled in a country (ISO 3166-1) unless it names its own."""
Simplify: TypeAlias = Callable[[str], str]
"""A text with its traditional Chinese characters in their simplified form."""

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
    `unchanged`: the versions at which streams must still end, because that is what the asker saw (If-Match).
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
    unchanged: Mapping[str, int] = field(default_factory=dict[str, int])


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


class Unrecorded(NamedTuple):
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


class UnknownEvent(Exception):
    """The log holds a stored name, or a shape of one, that this release does not know: stop and upgrade."""

    def __init__(self, name: str, schema_version: int | None = None) -> None:
        shape = "" if schema_version is None else f" in shape {schema_version}"
        super().__init__(f"this release does not know the event {name}{shape}; nothing may be read past it")
        self.name = name
        self.schema_version = schema_version


class Unstorable(ValueError):
    """A value that has no canonical form: a fraction, a number too wide, a broken character, an hour without zone."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log reaches: `position` of the last event (0 for none), when it was recorded, the tree's root."""

    position: int
    recorded_at: datetime | None
    root: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it lies in the log, unread: its bytes, and what was written beside them under the lock."""

    position: int
    stream: str
    version: int
    recorded_at: datetime
    body: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong with a log: at which position, and what, in a sentence."""

    position: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the whole log came to: `events` in `streams` are as `root` says, until the finding if any."""

    events: int
    streams: int
    root: bytes
    finding: Finding | None


class EventLog(Protocol):
    """The one append-only log of an organisation."""

    @property
    def name(self) -> str:
        """The organisation, as it stands in every envelope's `log`."""
        ...

    async def read(self, after: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """The events of each named stream after the given version, in order. Concurrent reads share a query."""
        ...

    async def take_up(self, request: Request, after: Mapping[str, int]) -> Receipt | Mapping[str, Sequence[Recorded]]:
        """The first answer to a request that was answered before; else, as `read` does, what its asker will look at.

        One question for both. Raises `Mismatch`.
        """
        ...

    async def append(self, append: Append) -> Receipt:
        """Write the events of one request, or answer as the first time if it was answered before.

        Raises `ChangedMeanwhile`, `Mismatch`, `LogUnavailable`, and `Unstorable` where a value has no stored form.
        Concurrent appends share a commit.
        """
        ...

    async def append_together(self, appends: Sequence[Append]) -> Sequence[Receipt]:
        """Write several requests in one transaction: all of them, or nothing. None of them was answered before.

        A later one may stand on what an earlier one writes: its tip then has that version, and any body hash. Raises
        `ChangedMeanwhile` where a stream has moved or a request was answered in the meantime, `Mismatch`,
        `LogUnavailable`.
        """
        ...

    async def answered(self, request: Request) -> Receipt | None:
        """The receipt of a request that was answered before, else None. Raises `Mismatch`."""
        ...

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        """Events after a position, in order, at most `limit`; never past a gap.

        A page ends before an event that this release does not know; one that would begin with it raises `UnknownEvent`.
        """
        ...

    async def stored(self, after: int, limit: int) -> Sequence[Stored]:
        """Events after a position as they lie there, at most `limit`; also those that this release cannot read."""
        ...

    async def bytes_at(self, position: int) -> bytes | None:
        """The stored bytes of one event, as they are."""
        ...

    async def leaves(self, after: int, limit: int) -> Sequence[bytes]:
        """The leaves of the tree after a position, in order, at most `limit`."""
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

    async def verify(self, seen: Callable[[int, int], None] | None = None, *, upto: int | None = None) -> Verification:
        """Check the log against itself: positions, hours, leaves, places, chains, tree, head, requests.

        `seen` is told, on another thread, how many events of how many were checked. `upto`: a position up to which
        is enough; tree and requests are then not compared.
        """
        ...

    async def bookmark(self, follower: str) -> int:
        """How far a follower (a policy, a timer) said it has come."""
        ...

    async def move_bookmark(self, follower: str, position: int) -> None:
        """Remember how far a follower has come; it never moves back."""
        ...


class WrongMasterKey(ValueError):
    """The master key is another one than that under which this organisation's personal values were sealed."""


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """The master keys by their names, the one in use and those from before; `keys` of people and the organisation, of
    which `waiting` are still under another one than that in use."""

    current: str
    older: tuple[str, ...]
    keys: int
    waiting: int


class KeyCare(Protocol):
    """Keeps master keys, and passes the keys of people from one to the next."""

    async def standing(self) -> KeyStanding:
        """How it stands."""
        ...

    async def rewrap(self, after: str, limit: int) -> str | None:
        """Wrap the next keys anew; after which one to go on, None at the end."""
        ...


class MasterKeys(Protocol):
    """The master keys themselves."""

    def renew(self) -> None:
        """Put a new one into use; those from before are kept."""
        ...

    def retire(self) -> None:
        """Keep the one in use only; what others wrapped is lost."""
        ...


class Vault(Protocol):
    """Keeps personal values outside the record, each under the key of its data subject."""

    async def seal(self, subject: str, name: str, value: str) -> tuple[Sealed, Disclosure]:
        """Turn a value into its place in the record and the disclosure to be appended with it."""
        ...

    async def open(self, sealed: Sequence[Sealed]) -> Mapping[str, str]:
        """The values by digest; those that were erased are missing."""
        ...

    async def disclose(self, digests: Sequence[str]) -> Mapping[str, str]:
        """The disclosures by digest, in the form that is hashed: base64url JSON of salt, name, value."""
        ...

    async def whose(self, digests: Sequence[str]) -> Mapping[str, str]:
        """By digest, the data subject under whose key the value lies; those that were erased are missing."""
        ...

    async def destroy(self, subject: str) -> None:
        """Destroy the key of a data subject and everything under it, for good: no other key is ever made for it."""
        ...

    def mark(self, kind: str, value: str) -> str:
        """What stands for a personal value wherever it is met: an HMAC under the organisation's key."""
        ...

    async def keep_marks(self, subject: str, marks: Sequence[str]) -> None:
        """Let a data subject be found by these marks, until it is erased."""
        ...

    async def marked(self, marks: Sequence[str]) -> Sequence[tuple[str, str]]:
        """Every data subject with one of the marks: mark and subject."""
        ...

    def fingerprint(self, content: bytes) -> bytes:
        """HMAC-SHA-256 of a request's content under the organisation's key."""
        ...


class AttachmentBox(Protocol):
    """Keeps the bytes of photos and documents, sealed, under the names that they hash to."""

    async def keep(self, sha256: str, content: bytes) -> None:
        """Seal and keep; what is there already is replaced by the same."""
        ...

    async def open(self, sha256: str) -> bytes | None:
        """The bytes; None where they are not there, or were erased."""
        ...


class SignedHours(Protocol):
    """Signs our hour for a device, and knows our own signature again."""

    def sign(self, hour: SignedHour) -> str:
        """Text of at most 1,000 characters that the device carries with it and sends along."""
        ...

    def read(self, text: str) -> SignedHour | None:
        """What such a text vouches for; None for any text that we did not make."""
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
class Parked:
    """A stream that a projection cannot take in: its events wait in the log, in order, from this one on.

    `position`, `version`, `event`: of the event that failed; `error`: what went wrong, in one line.
    """

    stream: str
    position: int
    version: int
    event: str
    error: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a table has come in one partition of the feed that fills it.

    `place`: where in the partition to read on; `position`: up to which everything of that partition is in the table;
    `turn`: another one each time that somebody else than the partition's worker has changed something.
    """

    place: int = 0
    position: int = 0
    turn: int = 0


@dataclass(frozen=True, slots=True)
class FedBy:
    """What fills the tables, where that is not the log itself: a topic, and into how many partitions it is divided."""

    topic: str
    partitions: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a table has come, and which streams it has not taken in. `position` is None where there is no table.

    `marks`: where a topic fills it, how far each partition has come; the table's own position is the least of them.
    """

    position: int | None
    parked: Mapping[str, Parked] = field(default_factory=dict[str, Parked])
    marks: Mapping[int, Mark] = field(default_factory=dict[int, Mark])


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Tables of another release: those that were dropped, and those that somebody still fills."""

    dropped: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a projection has come, as ops sees it.

    `position`: up to which the rows are complete, of `head`; `heartbeat`: when it last said that it is at work;
    `state`: `stopped` waits for a hand, and `error` says why; `rebuilt`: the position that the shadow table of a
    running rebuild has reached; `rate`: events a second that the rebuild takes in.
    """

    name: str
    version: int
    position: int
    head: int
    heartbeat: datetime | None
    state: Literal["live", "rebuilding", "stopped"]
    error: str | None = None
    parked: tuple[Parked, ...] = ()
    rebuilt: int | None = None
    rate: int | None = None

    @property
    def lag(self) -> int:
        """Events recorded and not yet taken in."""
        return max(0, self.head - self.position)

    @property
    def seconds_left(self) -> int | None:
        """How long the rebuild will take at its present rate."""
        if self.rebuilt is None or not self.rate:
            return None
        return max(0, self.head - self.rebuilt) // self.rate


@dataclass(frozen=True, slots=True)
class Changes:
    """What one batch of events does to one read model.

    `added`: rows of a `Facts` model. `closed`: `Known` rows in the table that are no longer true from `known_to` on;
    `opened`: `Known` rows to add, those among them that the same batch closed again included. `parked`: streams to
    park from now on; `unparked`: streams that have been taken in after all.
    """

    added: Sequence[Any] = ()
    closed: Sequence[Known[Any]] = ()
    opened: Sequence[Known[Any]] = ()
    parked: Sequence[Parked] = ()
    unparked: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a batch out of some partitions does to one read model, and how far it then has come in each of them."""

    projection: Projection
    changes: Changes
    before: Mapping[int, Mark]
    after: Mapping[int, Mark]


class StoreUnavailable(Exception):
    """The read store cannot be reached, or what became of a write is not known: look where it stands, then go on."""


class MovedMeanwhile(Exception):
    """The table does not stand where the writer thought; another writer was quicker. Nothing was changed."""


class Unwritable(Exception):
    """A row has a value that its column cannot hold, or is there already; nothing was changed."""


class ShapeChanged(Exception):
    """The row of a read model has other columns than its table; a new shape needs a new version."""


class ReadStore(Protocol):
    """Tables of rows, one per read model, made from the row's dataclass.

    `shadow=True` speaks of the table that a rebuild fills beside the live one. Every method may raise
    `StoreUnavailable`. Live tables are filled by the log or by a topic (`feed`). By a topic, the partitions come along
    at their own pace: nothing is told of an event before all partitions have come to it.
    """

    async def prepare(self, projections: Sequence[Projection]) -> None:
        """Make sure that each read model has its table, in the shape of its version; raises `ShapeChanged`."""
        ...

    async def standing(self, projection: Projection, *, shadow: bool = False) -> Standing:
        """The position up to which the rows are complete, and the streams that are parked."""
        ...

    async def current(
        self, projection: Spans[Any], keys: Sequence[tuple[Any, ...]], *, shadow: bool = False
    ) -> Sequence[Known[Any]]:
        """The rows that are true now of the given keys, in one query."""
        ...

    async def write(
        self, projection: Projection, changes: Changes, *, after: int, upto: int, shadow: bool = False
    ) -> None:
        """Apply one batch and move the position from `after` to `upto`, in one transaction.

        Raises `MovedMeanwhile` where the position is not `after` or a topic fills the table, `Unwritable` where a row
        is at fault; then nothing has changed.
        """
        ...

    async def write_together(self, batches: Sequence[tuple[Projection, Changes, int]], *, upto: int) -> None:
        """The same for several live tables at once, in one transaction: all of them, or none.

        Each batch with the position at which its table stands. Raises as `write` does.
        """
        ...

    async def select(
        self,
        projection: Projection,
        where: Mapping[str, Any],
        *,
        at: int | None = None,
        ever: bool = False,
        order: Sequence[str] = (),
        descending: bool = False,
        after: Sequence[Any] = (),
        limit: int | None = None,
    ) -> Sequence[Any]:
        """Rows by equal fields (or `Between`, `OneOf`, `None` for empty), as of a position (None: now).

        `Facts` answer rows, `Spans` answer `Known`; with `ever`, also those that are no longer true. As of a position
        nothing tells of later ones: a row that was closed after it has no `known_to`. `order` names
        fields that are never empty (of `Spans` also `known_from`), all up or all `descending`; rows that are equal in
        them come in the order of the log. `after`: the values of those fields in the last row of the page before;
        whoever asks for pages orders by fields that tell the rows apart.
        """
        ...

    async def count(
        self, projection: Projection, where: Mapping[str, Any], *, by: Sequence[str] = (), at: int | None = None
    ) -> Mapping[tuple[Any, ...], int]:
        """How many rows there are for each combination of the `by` fields."""
        ...

    async def longest(self, projection: Spans[Any]) -> timedelta:
        """How long the longest row holds in the world, of all that ever did and whose end is known; zero without one.

        Only of `Spans` that say between which hours theirs hold (`valid`).
        """
        ...

    async def feed(self) -> FedBy | None:
        """What fills the live tables; None: the log."""
        ...

    async def feed_from(self, fed: FedBy | None, projections: Sequence[Projection]) -> None:
        """Let something else fill the live tables from where they stand.

        Raises `MovedMeanwhile` while the partitions of one of them have not all come to the same position.
        """
        ...

    async def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Apply what came out of a topic, and move the marks from `before` to `after`, in one transaction.

        Raises `MovedMeanwhile` where a mark is not the one of `before`, `Unwritable` where a row is at fault; then
        nothing has changed.
        """
        ...

    async def come(self, projections: Sequence[Projection]) -> int:
        """The position to which all of these tables have come."""
        ...

    async def begin_rebuild(self, projection: Projection) -> None:
        """Make an empty shadow table, or take up the one that an interrupted rebuild left."""
        ...

    async def swap(self, projection: Projection) -> bool:
        """Put the shadow in the place of the live table of the same version, in one transaction; tables of other
        versions stay, for processes of another release go on with them.

        False, and nothing has changed, while the live table has come further than the shadow. Raises
        `MovedMeanwhile` where there is no shadow.
        """
        ...

    async def forget_others(self, projections: Sequence[Projection], *, idle: timedelta) -> Forgotten:
        """Drop the tables of every read model and version that is not among these, but for those that somebody has
        said to fill within the last `idle`."""
        ...

    async def cancel_rebuild(self, projection: Projection) -> None:
        """Drop the shadow table, if there is one."""
        ...

    async def fingerprint(self, projection: Projection, *, at: int | None = None, shadow: bool = False) -> str:
        """A hash over all rows as of a position, whatever their order: equal rows, equal fingerprint."""
        ...

    async def note(
        self, projection: Projection, *, state: Literal["live", "stopped"], error: str | None = None
    ) -> None:
        """A sign of life: the heartbeat is now."""
        ...

    async def note_rate(self, projection: Projection, rate: int) -> None:
        """How many events a second a running rebuild takes in."""
        ...

    async def progress(self, projections: Sequence[Projection], *, head: int) -> Sequence[Progress]:
        """How far each has come towards the head of the log."""
        ...
