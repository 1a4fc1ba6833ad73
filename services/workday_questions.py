"""What can be asked about the days of reps, as of any position: their sheets, and which are still to be looked at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from domain.days import start_of_day
from domain.reception import EARLIEST
from domain.visit.events import Verdict
from domain.visit.report import Mode
from projections.projection import Known
from projections.visits import Stage, VisitRow, visits
from projections.workdays import WorkdayRow, workdays
from services.lookups import RulesInForce
from services.ports import Between, OneOf, ReadStore

__all__ = ["DaySheet", "WorkdayQuestions", "WorkdayRow"]


@dataclass(frozen=True, slots=True)
class DaySheet:
    """A rep's day on one page (V4).

    `visits`: those that were told, not struck out, in order; `planned`: those planned for the day and not told;
    `minutes`: with customers; `idle`: the longest time between two visits, in minutes, None with fewer than two.
    """

    workday: WorkdayRow
    visits: Sequence[VisitRow]
    planned: Sequence[VisitRow]
    is_workday: bool

    @property
    def effective(self) -> int:
        """Visits that were found effective."""
        return sum(visit.verdict is Verdict.EFFECTIVE for visit in self.visits)

    @property
    def in_person(self) -> int:
        """Visits, as targets count them."""
        return sum(visit.mode is Mode.IN_PERSON for visit in self.visits)

    @property
    def minutes(self) -> int:
        """Minutes with customers."""
        return sum(visit.minutes or 0 for visit in self.visits)

    @property
    def travel_minutes(self) -> int:
        """Minutes on the road, as far as they were told."""
        return sum(visit.travel_minutes or 0 for visit in self.visits)

    @property
    def idle(self) -> int | None:
        """The longest time between the end of one visit and the beginning of the next, in whole minutes."""
        hours = [(one.started_at, one.ended_at) for one in self.visits if one.started_at and one.ended_at]
        gaps = [(begins - ends) // timedelta(minutes=1) for (_, ends), (begins, _) in pairwise(hours)]
        return max(gaps, default=None)


class WorkdayQuestions:
    """Answers from the days and the visits."""

    def __init__(self, store: ReadStore, rulebook: RulesInForce) -> None:
        self._store = store
        self._rulebook = rulebook

    async def sheet(self, rep_id: str, day: date, zone: str, *, at: int) -> DaySheet:
        """One rep's day; a day of which nothing was said is empty."""
        rows: Sequence[Known[WorkdayRow]] = await self._store.select(workdays, {"rep_id": rep_id, "day": day}, at=at)
        begins, ends = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
        near = {"rep_id": rep_id, "started_at": Between(begins - timedelta(days=1), ends + timedelta(days=1))}
        told: Sequence[Known[VisitRow]] = await self._store.select(
            visits, near, at=at, order=("started_at", "visit_id")
        )
        meant: Sequence[Known[VisitRow]] = await self._store.select(
            visits,
            {"rep_id": rep_id, "planned_start": Between(begins, ends)},
            at=at,
            order=("planned_start", "visit_id"),
        )
        calendar = await self._rulebook.calendar()
        return DaySheet(
            workday=rows[0].row if rows else WorkdayRow(rep_id, day),
            visits=[one.row for one in told if one.row.biz_date == day and not one.row.voided],
            planned=[one.row for one in meant if one.row.stage is Stage.PLANNED and not one.row.voided],
            is_workday=calendar.is_workday(day),
        )

    async def days(self, rep_id: str, first: date, last: date, *, at: int) -> Sequence[WorkdayRow]:
        """What was said of a rep's days, both ends included, in order."""
        where = {"rep_id": rep_id, "day": Between(first, last + timedelta(days=1))}
        rows: Sequence[Known[WorkdayRow]] = await self._store.select(workdays, where, at=at, order=("day",))
        return [one.row for one in rows]

    async def on(self, rep_ids: Iterable[str], day: date, *, at: int) -> Sequence[WorkdayRow]:
        """What was said of one day by several reps, by their ids; whoever said nothing is missing."""
        where = {"day": day, "rep_id": OneOf(tuple(rep_ids))}
        rows: Sequence[Known[WorkdayRow]] = await self._store.select(workdays, where, at=at, order=("rep_id",))
        return [one.row for one in rows]

    async def to_inspect(self, rep_ids: Iterable[str], *, at: int) -> Sequence[WorkdayRow]:
        """The closed days of some reps that nobody has looked at and whose hour has not come, most urgent first."""
        where = {"rep_id": OneOf(tuple(rep_ids)), "inspect_by": Between(EARLIEST, None)}
        rows: Sequence[Known[WorkdayRow]] = await self._store.select(
            workdays, where, at=at, order=("inspect_by", "rep_id", "day")
        )
        return [one.row for one in rows if one.row.inspect_by is not None]
