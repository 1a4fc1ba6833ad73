"""Which days are taken, and by which target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never
from uuid import UUID

from domain.decider import Stream
from domain.target_plan.events import TargetPeriodReleased, TargetPeriodReserved, TargetPlanEvent


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """The first and last day that each target holds."""

    taken: Mapping[UUID, tuple[date, date]] = field(default_factory=dict[UUID, tuple[date, date]])

    def taken_by(self, from_day: date, to_day: date) -> UUID | None:
        """The target that holds any of these days, the earliest one first."""
        hits = [
            (first, target_id)
            for target_id, (first, last) in self.taken.items()
            if first <= to_day and from_day <= last
        ]
        return min(hits)[1] if hits else None


def evolve(plan: TargetPlan, event: TargetPlanEvent) -> TargetPlan:
    """The plan after one more event."""
    match event:
        case TargetPeriodReserved():
            return TargetPlan({**plan.taken, event.target_id: (event.from_day, event.to_day)})
        case TargetPeriodReleased():
            return TargetPlan({one: days for one, days in plan.taken.items() if one != event.target_id})
        case _:
            assert_never(event)


def target_plan_of(subject: str, metric: str, period: str) -> Stream[TargetPlan]:
    """The periods of one kind that a subject has targets for in one metric."""
    return Stream(f"target_plan-{subject}:{metric}:{period}", TargetPlan(), evolve)
