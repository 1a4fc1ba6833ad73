"""What was noticed already, so that nothing is noticed twice."""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never
from uuid import UUID

from domain.decider import Stream
from domain.focus.events import FocusEvent, FocusFlag, FocusFlagged, FocusWeekNoted, LongDragFlagged


@dataclass(frozen=True, slots=True)
class Focus:
    """The flags of a rep: of which weeks, and about which claims."""

    weeks: frozenset[tuple[FocusFlag, date]] = frozenset()
    drags: frozenset[UUID] = frozenset()


def evolve(focus: Focus, event: FocusEvent) -> Focus:
    """The flags after one more."""
    match event:
        case FocusFlagged():
            return replace(focus, weeks=focus.weeks | {(event.flag, event.first)})
        case LongDragFlagged():
            return replace(focus, drags=focus.drags | {event.claim_id})
        case _:
            assert_never(event)


def _noted(last: date | None, event: FocusWeekNoted) -> date | None:
    return event.last if last is None else max(last, event.last)


def focus_of(rep_id: str) -> Stream[Focus]:
    """What was noticed about one rep."""
    return Stream(f"focus-{rep_id}", Focus(), evolve)


def focus_weeks_of(zone: str) -> Stream[date | None]:
    """The last day of the last week that was looked at in a zone."""
    return Stream(f"focus_weeks-{zone}", None, _noted)
