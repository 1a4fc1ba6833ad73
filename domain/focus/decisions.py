"""Notice where the time went: a week of a rep, and customers held too long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from domain.decider import Decider, Past, Stream
from domain.focus.events import FocusFlag, FocusFlagged, FocusWeekNoted, LongDragFlagged
from domain.focus.state import Focus, focus_of, focus_weeks_of
from domain.focus.time import Spent
from domain.rulesets import FocusRules

WHOLE = 10_000
FEWEST_WON = 5
"""Of fewer won deals no median is taken."""


@dataclass(frozen=True, slots=True)
class HeldLong:
    """A customer that a rep holds and that bought nothing, with its age in days."""

    claim_id: UUID
    customer_id: UUID
    line: str
    age_days: int


@dataclass(frozen=True, slots=True)
class NoteRepWeek:
    """See where the time of a week went. `cycles`: how many days each won deal of the last year took."""

    rep_id: str
    team_id: str
    first: date
    last: date
    spent: Spent
    held: tuple[HeldLong, ...]
    cycles: tuple[int, ...]
    rules: FocusRules
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteWeek:
    """All reps of a zone were looked at."""

    zone: str
    first: date
    last: date
    reps: int
    at: datetime


FocusCommand: TypeAlias = NoteRepWeek | NoteWeek


def stands_on(command: FocusCommand) -> Sequence[Stream[Any]]:
    """What was noticed already."""
    return [focus_of(command.rep_id) if isinstance(command, NoteRepWeek) else focus_weeks_of(command.zone)]


def decide(command: FocusCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked; nobody is refused anything."""
    if isinstance(command, NoteRepWeek):
        return note_rep_week(command, past.of(focus_of(command.rep_id)))
    noted = past.of(focus_weeks_of(command.zone))
    if noted is not None and noted >= command.last:
        return []
    return [FocusWeekNoted(command.zone, command.first, command.last, command.reps, command.at)]


def note_rep_week(command: NoteRepWeek, focus: Focus) -> Sequence[object]:
    """A flag for each share beyond its limit, and one for each customer held too long; each once."""
    spent, rules = command.spent, command.rules
    found = [
        (FocusFlag.STALE_FOCUS, spent.stale, spent.stale_share_bp, rules.stale_share_bp, True),
        (FocusFlag.NEW_SHARE_LOW, spent.new, spent.new_share_bp, rules.new_share_bp, False),
        (FocusFlag.TRAVEL_HIGH, spent.travel, spent.travel_share_bp, rules.travel_share_bp, True),
    ]  # fmt: skip
    flagged = [
        FocusFlagged(
            rep_id=command.rep_id,
            team_id=command.team_id,
            first=command.first,
            last=command.last,
            flag=flag,
            minutes=minutes,
            of_minutes=spent.minutes,
            share_bp=share,
            limit_bp=limit,
            rules_version=rules.version,
            flagged_at=command.at,
        )
        for flag, minutes, share, limit, above in found
        if share is not None
        and limit is not None
        and (share > limit if above else share < limit)
        and (flag, command.first) not in focus.weeks
    ]
    cycle = won_cycle(command.cycles)
    limit = drag_limit(cycle, rules)
    drags = [
        LongDragFlagged(
            claim_id=one.claim_id,
            customer_id=one.customer_id,
            line=one.line,
            rep_id=command.rep_id,
            age_days=one.age_days,
            limit_days=limit,
            cycle_days=cycle,
            rules_version=rules.version,
            flagged_at=command.at,
        )
        for one in command.held
        if limit is not None and one.age_days > limit and one.claim_id not in focus.drags
    ]
    return [*flagged, *drags]


def won_cycle(cycles: Sequence[int]) -> int | None:
    """The median (nearest rank) of what won deals took, in days; None of too few."""
    if len(cycles) < FEWEST_WON:
        return None
    return sorted(cycles)[(len(cycles) + 1) // 2 - 1]


def drag_limit(cycle: int | None, rules: FocusRules) -> int | None:
    """How many days a customer may be held without buying; None where nothing limits it."""
    by_cycle = None if cycle is None or rules.drag_cycles_bp is None else cycle * rules.drag_cycles_bp // WHOLE
    return min((one for one in (rules.drag_days, by_cycle) if one is not None), default=None)


noticing = Decider[FocusCommand](stands_on, decide)
