"""Which customers took the time of a rep (M6, M15, M21); sums of minutes, and shares of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.rulesets import FocusRules
from domain.values import in_bp


class Bucket(StrEnum):
    """Whom the time went to. NEW_EFFECTIVE: counted as effective and new; NEW_CANDIDATE: new, or nobody's yet; OLD:
    held too long, or won; UNFIT: graded X."""

    NEW_EFFECTIVE = "NEW_EFFECTIVE"
    NEW_CANDIDATE = "NEW_CANDIDATE"
    OLD = "OLD"
    UNFIT = "UNFIT"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a customer stood on the day of a visit. `held_since`: when its owner of that day began to hold it, earlier
    claims of the same rep included, None for nobody's; `won_on`: the last deal won by then; `counted`: it counted as
    effective and new by then; `unfit`: graded X."""

    held_since: date | None = None
    won_on: date | None = None
    counted: bool = False
    unfit: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """Minutes with customers, the way there included. `stale`: of customers held too long and never won; `travel`: on
    the road; `visits`, `travels_told`: how many there were, and of how many the way was told."""

    new_effective: int = 0
    new_candidate: int = 0
    old: int = 0
    unfit: int = 0
    stale: int = 0
    travel: int = 0
    visits: int = 0
    travels_told: int = 0

    @property
    def minutes(self) -> int:
        """All of them."""
        return self.new_effective + self.new_candidate + self.old + self.unfit

    @property
    def new(self) -> int:
        """Those for new customers."""
        return self.new_effective + self.new_candidate

    @property
    def new_share_bp(self) -> int | None:
        """Time for new customers of all (M6); None where there was none."""
        return in_bp(self.new, self.minutes)

    @property
    def strict_new_share_bp(self) -> int | None:
        """Time for those who counted already, of all."""
        return in_bp(self.new_effective, self.minutes)

    @property
    def stale_share_bp(self) -> int | None:
        """Time for customers held too long and never won, of all (M21)."""
        return in_bp(self.stale, self.minutes)

    @property
    def travel_share_bp(self) -> int | None:
        """Time on the road of all (M15)."""
        return in_bp(self.travel, self.minutes)


def bucket(standing: Standing, day: date, rules: FocusRules) -> Bucket:
    """Whom the time of a day went to (§2, M6)."""
    if standing.unfit:
        return Bucket.UNFIT
    if _won(standing, day, rules):
        return Bucket.OLD
    if standing.held_since is not None and (day - standing.held_since).days > rules.new_days:
        return Bucket.OLD
    return Bucket.NEW_EFFECTIVE if standing.counted else Bucket.NEW_CANDIDATE


def stale(standing: Standing, day: date, rules: FocusRules) -> bool:
    """Held too long and never won: the "good" customer of last month (S49); what was won is service."""
    if standing.unfit or _won(standing, day, rules) or standing.held_since is None:
        return False
    return (day - standing.held_since).days > rules.new_days


def spent(standing: Standing, day: date, minutes: int, travel: int | None, rules: FocusRules) -> Spent:
    """One visit as a sum."""
    whole = minutes + (travel or 0)
    into = bucket(standing, day, rules)
    return Spent(
        new_effective=whole if into is Bucket.NEW_EFFECTIVE else 0,
        new_candidate=whole if into is Bucket.NEW_CANDIDATE else 0,
        old=whole if into is Bucket.OLD else 0,
        unfit=whole if into is Bucket.UNFIT else 0,
        stale=whole if stale(standing, day, rules) else 0,
        travel=travel or 0,
        visits=1,
        travels_told=int(travel is not None),
    )


def together(parts: Iterable[Spent]) -> Spent:
    """Several as one: a week is the sum of its days."""
    total = Spent()
    for one in parts:
        total = Spent(
            total.new_effective + one.new_effective,
            total.new_candidate + one.new_candidate,
            total.old + one.old,
            total.unfit + one.unfit,
            total.stale + one.stale,
            total.travel + one.travel,
            total.visits + one.visits,
            total.travels_told + one.travels_told,
        )
    return total


def _won(standing: Standing, day: date, rules: FocusRules) -> bool:
    return standing.won_on is not None and 0 <= (day - standing.won_on).days <= rules.old_days
