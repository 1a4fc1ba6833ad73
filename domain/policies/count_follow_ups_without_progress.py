"""Whoever follows a customer up without progress is warned, and then stopped (S57, PM4)."""

from collections.abc import Sequence

from domain.envelope import Recorded
from domain.policies.policy import Ask, CountAsked, Policy
from domain.visit.events import VisitRecorded


def _asks(recorded: Recorded) -> Sequence[Ask]:
    """A visit that was brought in from the past is history; it warns nobody."""
    match recorded.event:
        case VisitRecorded() as visit if "IMPORTED" not in visit.lateness:
            return [CountAsked(visit.customer_id, visit.line)]
        case _:
            return []


count_follow_ups_without_progress = Policy(
    name="count follow-ups without progress", handles=frozenset({VisitRecorded}), asks=_asks
)
