"""Geometry of charts: where things stand, in hundredths of the width. Templates draw; colours come from classes.

Two layers make a chart legible at every width: paths in a stretched box of 100 × 100 whose strokes do not scale, and
glyphs and words beside it, placed by percentages.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FOLD_FROM = timedelta(minutes=60)
"""A gap from this length on is folded: nothing happened, and it should not take the room of what did."""
FOLDED = timedelta(minutes=14)
"""The room that a folded gap is given."""
MARGIN = 1.5
"""Hundredths that are left free at both ends, so that a mark is not cut."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A folded stretch without events: where it stands, and how long it was."""

    x: float
    width: float
    minutes: int


class TimeScale:
    """Places instants along the width of a chart; long gaps between events are folded."""

    def __init__(self, instants: Iterable[datetime], *, fold_from: timedelta = FOLD_FROM) -> None:
        self._times = sorted(set(instants))
        self._rooms = [0.0]
        folded: list[tuple[int, timedelta]] = []
        for n in range(1, len(self._times)):
            gap = self._times[n] - self._times[n - 1]
            if gap >= fold_from:
                folded.append((n, gap))
            self._rooms.append(self._rooms[-1] + (FOLDED if gap >= fold_from else gap).total_seconds())
        self._whole = self._rooms[-1]
        self.gaps: Sequence[Gap] = [
            Gap(
                self._placed(self._rooms[n - 1]),
                round(self._placed(self._rooms[n]) - self._placed(self._rooms[n - 1]), 2),
                int(gap.total_seconds()) // 60,
            )
            for n, gap in folded
        ]

    def __call__(self, instant: datetime) -> float:
        """Where an instant stands, in hundredths; what lies outside stands at the nearer end."""
        if not self._times or instant <= self._times[0]:
            return self._placed(0.0)
        if instant >= self._times[-1]:
            return self._placed(self._whole)
        n = bisect_right(self._times, instant)
        part = (instant - self._times[n - 1]) / (self._times[n] - self._times[n - 1])
        return self._placed(self._rooms[n - 1] + part * (self._rooms[n] - self._rooms[n - 1]))

    def _placed(self, room: float) -> float:
        if not self._whole:
            return 50.0
        return round(MARGIN + (100 - 2 * MARGIN) * room / self._whole, 2)


def steps(points: Sequence[tuple[float, int]], top: int) -> str:
    """A path that goes up in steps, in a box of 100 × 100 whose upper edge is `top`."""
    if not points:
        return ""
    height = max(1, top)
    parts = [f"M0 {_y(points[0][1] if points[0][0] <= 0 else 0, height)}"]
    parts += [f"H{x}V{_y(value, height)}" for x, value in points]
    return "".join([*parts, "H100"])


def _y(value: int, top: int) -> float:
    return round(96 - 90 * min(value, top) / top, 2)


def share(part: int, whole: int) -> float:
    """A part in hundredths of a whole, at most all of it; 0 where there is no whole."""
    return 0.0 if whole <= 0 else round(100 * min(part, whole) / whole, 2)
