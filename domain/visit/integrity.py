"""What does not fit together about a visit: noticed with its own numbers, proof of nothing by itself (S2, PM16).

A flag says what was seen and by which limit; it changes no verdict and refuses nothing. People decide what it means.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.geodesy import metres_between
from domain.rulesets import FlagRules
from domain.values import Place
from domain.visit.report import Mode, Report, TravelMode

SECONDS_AN_HOUR = 3_600
METRES_A_KILOMETRE = 1_000
FASTER_THAN_ROADS = frozenset({TravelMode.AIR, TravelMode.RAIL})
"""Ways on which D31 is no limit."""


class IntegrityFlag(StrEnum):
    """What was noticed."""

    IMPOSSIBLE_TRAVEL = "IMPOSSIBLE_TRAVEL"
    OVERLAPPING_VISITS = "OVERLAPPING_VISITS"
    REUSED_ATTACHMENT = "REUSED_ATTACHMENT"
    MOCK_LOCATION = "MOCK_LOCATION"
    QUEUE_GAP = "QUEUE_GAP"


MAY_PASS = frozenset({IntegrityFlag.IMPOSSIBLE_TRAVEL, IntegrityFlag.OVERLAPPING_VISITS})
"""What a correction may explain; the others are what a device or a file showed, and stay."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """One flag with its numbers.

    `other_visit_id`: the visit with which this one does not fit, if any; `metres`, `seconds`, `kmh`, `kmh_limit`: of a
    journey, the speed rounded down; `seconds` also of an overlap; `metres` also from the customer, of a made-up
    position; `sha256`: of a photo that was used before; `missing`: entries of the device's queue that never came.
    """

    flag: IntegrityFlag
    other_visit_id: UUID | None = None
    metres: int | None = None
    seconds: int | None = None
    kmh: int | None = None
    kmh_limit: int | None = None
    sha256: str | None = None
    missing: int | None = None

    @property
    def mark(self) -> tuple[IntegrityFlag, UUID | None]:
        """What makes it the same flag when it is looked at again."""
        return self.flag, self.other_visit_id


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a device was, and when by a clock that counts. `visit_id`: in which visit; `accuracy_m`: metres."""

    visit_id: UUID
    place: Place
    accuracy_m: int
    at: datetime


def too_fast(here: Fix, there: Fix, by: TravelMode | None, rules: FlagRules, of: UUID) -> Noticed | None:
    """The journey between two fixes, if nobody drives that fast (D31).

    What the fixes may be off is taken from the distance, and what is left of it must be worth speaking of
    (`impossible_metres`); two fixes in one second are taken as one second apart. `of`: the visit that is looked at.
    """
    if by in FASTER_THAN_ROADS or rules.impossible_kmh is None:
        return None
    metres = metres_between(here.place, there.place) - here.accuracy_m - there.accuracy_m
    seconds = max(1, int(abs(there.at - here.at) / timedelta(seconds=1)))
    if metres <= rules.impossible_metres or not faster(metres, seconds, rules.impossible_kmh):
        return None
    kmh = metres * SECONDS_AN_HOUR // (seconds * METRES_A_KILOMETRE)
    other = next((fix.visit_id for fix in (here, there) if fix.visit_id != of), None)
    return Noticed(IntegrityFlag.IMPOSSIBLE_TRAVEL, other, metres, seconds, kmh, rules.impossible_kmh)


def faster(metres: int, seconds: int, kmh: int) -> bool:
    """Whether so many metres in so many seconds are more than a speed."""
    return metres * SECONDS_AN_HOUR > kmh * METRES_A_KILOMETRE * seconds


def overlap(mine: Report, other: Report, other_visit_id: UUID) -> Noticed | None:
    """The time for which two meetings in person of one rep went on at once, if there is any."""
    if mine.mode is not Mode.IN_PERSON or other.mode is not Mode.IN_PERSON:
        return None
    both = min(mine.ended_at, other.ended_at) - max(mine.started_at, other.started_at)
    if both <= timedelta(0):
        return None
    return Noticed(IntegrityFlag.OVERLAPPING_VISITS, other_visit_id, seconds=int(both / timedelta(seconds=1)))


def strongest(noticed: Iterable[Noticed]) -> tuple[Noticed, ...]:
    """One flag for each mark, the fastest or longest of several, in the order in which they were noticed."""
    found: dict[tuple[IntegrityFlag, UUID | None], Noticed] = {}
    for one in noticed:
        before = found.get(one.mark)
        if before is None or (one.kmh or one.seconds or 0) > (before.kmh or before.seconds or 0):
            found[one.mark] = one
    return tuple(found.values())
