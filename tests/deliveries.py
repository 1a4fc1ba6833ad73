"""How a log may be delivered: as Kafka partitions would, only each stream keeps its own order."""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from domain.envelope import Recorded


@st.composite
def interleaved(draw: st.DrawFn, log: Sequence[Recorded]) -> list[Recorded]:
    """The same events in another order of delivery, in which each stream keeps its own."""
    waiting: dict[str, deque[Recorded]] = defaultdict(deque)
    for recorded in log:
        waiting[recorded.envelope.stream].append(recorded)
    delivered: list[Recorded] = []
    while waiting:
        stream = draw(st.sampled_from(sorted(waiting)))
        delivered.append(waiting[stream].popleft())
        if not waiting[stream]:
            del waiting[stream]
    return delivered


def in_any_order(rows: Sequence[Any]) -> list[str]:
    """Rows as a set that may hold the same row twice."""
    return sorted(map(repr, rows))
