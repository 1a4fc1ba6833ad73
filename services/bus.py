"""What the services need of a message bus, in our own words: partitions, all or nothing, each message's place.

The log is the truth and the bus hands it on: whatever is lost or doubled on the way is made good from the log.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Headers: TypeAlias = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. Those of one `key` keep their order; without a key, `partition` says where it goes."""

    topic: str
    key: str | None
    headers: Headers
    body: bytes
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What has come, and its place in the topic. `headers`: the last of each name; `twice`: names that came twice."""

    topic: str
    partition: int
    offset: int
    key: str | None
    headers: Headers
    body: bytes
    twice: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is to be. `hours`: for how long messages are kept."""

    name: str
    partitions: int
    hours: int


class BusUnavailable(Exception):
    """The bus cannot be reached, or what became of a sending is not known; nothing is lost, try again."""


class Superseded(Exception):
    """Somebody else does this work now; whoever hears this stops."""


class PlaceGone(Exception):
    """A place in a topic is not there any more: what was there has been kept for its time, or the topic is new."""

    def __init__(self, partitions: Sequence[int]) -> None:
        super().__init__(f"the places asked for in partitions {list(partitions)} are gone")
        self.partitions = tuple(partitions)


class TooLarge(Exception):
    """The bus does not take a message of this size."""


class Publisher(Protocol):
    """Sends all of a batch or nothing; one of its name at a time."""

    async def open(self) -> None:
        """Take over from whoever published under this name before; what they had begun is undone.

        Raises `BusUnavailable`.
        """
        ...

    async def publish(self, batch: Sequence[Message]) -> None:
        """Send all messages, to be read together or not at all.

        Raises `BusUnavailable` (then `open` again), `Superseded`, `TooLarge`.
        """
        ...

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises `BusUnavailable` where there is no such topic."""
        ...

    async def close(self) -> None:
        """Let go."""
        ...


WhereTo: TypeAlias = Callable[[Sequence[int]], Coroutine[Any, Any, Mapping[int, int]]]
"""From which place each of the partitions is to be read that one has been given; those not named: from where the bus
remembers, else from the beginning."""


class Subscription(Protocol):
    """Reads one topic as one of a group, among whose members the partitions are divided."""

    @property
    def topic(self) -> str:
        """What is read."""
        ...

    async def open(self, where_to: WhereTo) -> int:
        """Join the group; the number of the topic's partitions. Raises `BusUnavailable`."""
        ...

    async def poll(self, seconds: float) -> Sequence[Delivered]:
        """What has come, in the order of each partition; nothing after a while. Raises `BusUnavailable`, `PlaceGone`.

        `where_to` is asked while this waits, whenever partitions are given to this member.
        """
        ...

    @property
    def mine(self) -> frozenset[int]:
        """The partitions that this member believes to be its own."""
        ...

    async def seek(self, places: Mapping[int, int | None]) -> None:
        """Read on from these places, None for the beginning; what is no longer one's own is passed over."""
        ...

    async def close(self) -> None:
        """Leave, or (a member with a name) be away until it comes back."""
        ...


class Exchange(Protocol):
    """Takes from one topic and sends to others, so that what was taken and what was sent count together."""

    async def open(self) -> None:
        """Join the group. Raises `BusUnavailable`."""
        ...

    async def take(self, seconds: float) -> Sequence[Delivered]:
        """What has come and was not answered. Raises `BusUnavailable` (then `open` again)."""
        ...

    async def answer(self, taken: Sequence[Delivered], answers: Sequence[Message]) -> None:
        """Send the answers, and with them note that everything in `taken` has been dealt with: both or neither.

        Raises `BusUnavailable` (then `open` again), `Superseded`.
        """
        ...

    async def close(self) -> None:
        """Let go."""
        ...
