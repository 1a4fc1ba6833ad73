"""The day of many reps side by side: what each did, what is expected by now, what wants attention (V4, V6)."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from domain.days import Calendar
from domain.target.period import PeriodKind
from services.directory import OrgChartRow
from services.replays import Standing, after
from services.target_questions import TargetQuestions, TargetRow
from services.timelines import TimelineRow, Timelines

BEGINS, ENDS = 9, 18
"""The hours between which a day's work is expected to be done, by the rep's own clock."""
LOOK_BACK = 14
"""Days of which the visits are told beside each other."""
VISITS = "visit.visit_recorded"
MOST = 500


class Calendars(Protocol):
    """Looks up the workdays."""

    async def calendar(self) -> Calendar:
        """The calendar in force."""
        ...


@dataclass(frozen=True, slots=True)
class RepDay:
    """A rep's day: `expected`: visits by that hour, at an even pace; `before`: visits of the days up to this one,
    the oldest first; `last`: what happened last; `flags`: what was noticed about it, and how often."""

    rep: OrgChartRow
    standing: Standing
    target: int | None
    expected: int
    before: Sequence[int]
    last: TimelineRow | None
    flags: Mapping[str, int]

    @property
    def behind(self) -> int:
        """Visits that are missing by now; less than nothing where there are more."""
        return self.expected - self.standing.visits


class DayBoard:
    """Answers from timelines and targets, as of a position."""

    def __init__(self, timelines: Timelines, targets: TargetQuestions, rulebook: Calendars) -> None:
        self._timelines = timelines
        self._targets = targets
        self._rulebook = rulebook

    async def of(self, reps: Sequence[OrgChartRow], day: date, hour: datetime, *, known_at: int) -> Sequence[RepDay]:
        """The days of some reps; whoever is furthest behind what is expected by that hour comes first."""
        calendar = await self._rulebook.calendar()
        days = [await self._one(rep, day, hour, calendar, known_at) for rep in reps]
        return sorted(days, key=lambda one: (-one.behind, one.rep.rep_id))

    async def _one(self, rep: OrgChartRow, day: date, hour: datetime, calendar: Calendar, known_at: int) -> RepDay:
        rows = await self._timelines.of_rep(rep.rep_id, at=known_at, first=day, last=day, limit=MOST)
        recorded = await self._timelines.of_rep(
            rep.rep_id,
            at=known_at,
            first=day - timedelta(days=LOOK_BACK - 1),
            last=day,
            names=(VISITS,),
            limit=MOST,
        )
        standing = Standing()
        for row in rows:
            facts: Mapping[str, Any] = json.loads(row.facts)
            standing = after(standing, rep.rep_id, row.name, facts)
        on = Counter(row.biz_date for row in recorded)
        targets = await self._targets.all(at=known_at, subject=f"rep:{rep.rep_id}", metric="visits", on=day)
        target = target_of(targets, day, calendar)
        return RepDay(
            rep=rep,
            standing=standing,
            target=target,
            expected=expected_by(target, day, hour, rep.zone),
            before=[on[day - timedelta(days=n)] for n in range(LOOK_BACK - 1, -1, -1)],
            last=rows[-1] if rows else None,
            flags=Counter(flag for row in rows for flag in row.flags),
        )


def target_of(targets: Sequence[TargetRow], day: date, calendar: Calendar) -> int | None:
    """What a day is to bring: its own target, else an even share of the shortest period's; None where none is set."""
    if not calendar.is_workday(day):
        return None
    shortest = min(targets, key=lambda one: (one.period is not PeriodKind.DAY, one.to_day - one.from_day), default=None)
    if shortest is None:
        return None
    days = [shortest.from_day + timedelta(days=n) for n in range((shortest.to_day - shortest.from_day).days + 1)]
    workdays = sum(calendar.is_workday(one) for one in days)
    return -(-shortest.qty_on(day) // max(1, workdays))


def expected_by(target: int | None, day: date, hour: datetime, zone: str) -> int:
    """Visits by an hour at an even pace between nine and six, in whole ones; all of them once the day is over."""
    if target is None:
        return 0
    local = hour.astimezone(ZoneInfo(zone))
    if local.date() != day:
        return target if local.date() > day else 0
    gone = (local.hour - BEGINS) * 60 + local.minute
    return min(target, max(0, target * gone // ((ENDS - BEGINS) * 60)))
