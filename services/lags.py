"""How far followers are behind the log: in events, and in seconds since the first event that they have not taken in."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ports import EventLog, Now


@dataclass(frozen=True, slots=True)
class Lag:
    """Events recorded and not taken in, and the age of the oldest of them; zero and zero where there are none."""

    events: int
    seconds: float


async def lags(log: EventLog, positions: Mapping[str, int], now: Now) -> Mapping[str, Lag]:
    """The lag of each follower, by how far it has come."""
    head = (await log.head()).position
    ages: dict[int, float] = {}
    for position in set(positions.values()):
        waiting = await log.stored(position, 1) if position < head else ()
        ages[position] = max(0.0, (now() - waiting[0].recorded_at).total_seconds()) if waiting else 0.0
    return {name: Lag(max(0, head - position), ages[position]) for name, position in positions.items()}
