"""Given what happened, when this is asked, then that happens: the rules as sentences.

    given(claimed_by_anna).when(bruno_claims).then_refused(AlreadyClaimed)

Events are sorted into their streams by the vocabulary and folded exactly as the services do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from domain.decider import Decider, Past
from domain.refusal import Refusal
from domain.vocabulary import VOCABULARY


@dataclass(frozen=True)
class Given:
    """A past, as a list of events in the order in which they happened."""

    past: tuple[object, ...]

    def when(self, command: Any, decider: Decider[Any]) -> "When":  # noqa: ANN401 - any command of any decider
        """Ask for something on top of that past."""
        return When(self.past, command, decider)


@dataclass(frozen=True)
class When:
    """A command about to be decided."""

    past: tuple[object, ...]
    command: Any
    decider: Decider[Any]

    def _decide(self) -> Sequence[object]:
        states: dict[str, object] = {}
        for stream in self.decider.stands_on(self.command):
            state = stream.empty
            for event in self.past:
                if VOCABULARY.stream_of(event) == stream.name:
                    state = stream.evolve(state, event)
            states[stream.name] = state
        return self.decider.decide(self.command, Past(states))

    def happens(self) -> Sequence[object]:
        """What happens, for a closer look."""
        return self._decide()

    def then(self, *events: object) -> None:
        """Exactly these events happen."""
        assert list(self._decide()) == list(events)

    def then_nothing(self) -> None:
        """The asking is fine and changes nothing."""
        assert list(self._decide()) == []

    def then_refused(self, reason: type[Refusal], *, leaving: Sequence[type[object]] | None = None) -> Refusal:
        """A rule says no, for this reason; `leaving` names the kinds of events that record the no."""
        with pytest.raises(reason) as caught:
            self._decide()
        if leaving is not None:
            assert [type(event) for event in caught.value.leaving] == list(leaving)
        return caught.value


def given(*past: object) -> Given:
    """What had happened before."""
    return Given(past)
