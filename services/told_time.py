"""Time as it is told: the clock of a story, a scenario or a test, until it is let go and runs with the world's."""

from contextvars import ContextVar
from datetime import datetime

from services.ports import Now


class ToldTime:
    """A `Now` that says what it was told; `let_go` hands the question to the real clock.

    `hour` holds for everybody; `here` for the present task and those that it starts, so that people of a story can
    act side by side, each at an hour of their own.
    """

    def __init__(self, hour: datetime, real: Now) -> None:
        self.hour: datetime | None = hour
        self._real = real
        self._here: ContextVar[datetime | None] = ContextVar("here", default=None)

    def __call__(self) -> datetime:
        """The hour."""
        return self._here.get() or self.hour or self._real()

    def here(self, hour: datetime) -> None:
        """From now on it is this hour for the present task."""
        self._here.set(hour)

    def let_go(self) -> None:
        """From now on it is what the world's clock says."""
        self.hour = None
