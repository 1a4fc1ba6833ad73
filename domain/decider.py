"""How a choice is made: from the streams that it stands on, and from nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar, cast

S = TypeVar("S")
C = TypeVar("C")


class Stream(NamedTuple, Generic[S]):
    """One history, by name, and how its events add up to what it means now.

    `name` is `<concept>-<id>`; it is stored with each event and never carries a personal value.
    """

    name: str
    empty: S
    evolve: Callable[[S, Any], S]


class Past:
    """What the streams under a decision mean at the moment of deciding."""

    def __init__(self, states: Mapping[str, object]) -> None:
        self._states = states

    def of(self, stream: Stream[S]) -> S:
        """The meaning of one stream; a decision may only look at streams that it said it stands on."""
        return cast("S", self._states[stream.name])


@dataclass(frozen=True)
class Decider(Generic[C]):
    """A kind of choice: the streams in which its rule must never break, and the choice itself.

    The events that `decide` returns are written together, and only if none of the streams has moved since.
    An empty answer means that nothing changes; a `Refusal` is raised where a rule says no.
    """

    stands_on: Callable[[C], Sequence[Stream[Any]]]
    decide: Callable[[C, Past], Sequence[object]]
