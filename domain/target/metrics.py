"""What a target can be about: the closed list of metrics, their kinds and their units (domain §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class MetricClass(StrEnum):
    """Activities can be managed, objectives influenced, results only observed."""

    ACTIVITY = "ACTIVITY"
    OBJECTIVE = "OBJECTIVE"
    RESULT = "RESULT"


class Unit(StrEnum):
    """In what a quantity is counted: things, basis points, minor units of a currency, minutes, workdays."""

    COUNT = "COUNT"
    BP = "BP"
    MONEY = "MONEY"
    MINUTES = "MINUTES"
    WORKDAYS = "WORKDAYS"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric by its name in the interface."""

    name: str
    kind: MetricClass
    unit: Unit


_A, _O, _R = MetricClass.ACTIVITY, MetricClass.OBJECTIVE, MetricClass.RESULT

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("visits", _A, Unit.COUNT),  # M1
        Metric("effective_visit_rate", _A, Unit.BP),  # M2
        Metric("objective_rate", _A, Unit.BP),  # M2
        Metric("valid_new_leads", _A, Unit.COUNT),  # M3
        Metric("lead_stock", _A, Unit.COUNT),  # M3
        Metric("effective_new_customers", _O, Unit.COUNT),  # M4
        Metric("new_time_share", _A, Unit.BP),  # M6
        Metric("followups_without_progress", _A, Unit.COUNT),  # M7
        Metric("conversion", _R, Unit.BP),  # M8
        Metric("win_rate", _R, Unit.BP),  # M8
        Metric("funnel_step_rates", _O, Unit.BP),  # M9
        Metric("protection_utilisation", _O, Unit.BP),  # M11
        Metric("capacity_utilisation", _O, Unit.BP),  # M11
        Metric("time_to_first_visit", _O, Unit.MINUTES),  # M13
        Metric("time_to_buyer", _O, Unit.WORKDAYS),  # M14
        Metric("travel_share", _A, Unit.BP),  # M15
        Metric("cost_per_effective_visit", _R, Unit.MONEY),  # M16
        Metric("customer_return", _R, Unit.MONEY),  # M16
        Metric("coaching_closure", _A, Unit.BP),  # M17
        Metric("step_completeness", _A, Unit.BP),  # M17
        Metric("inspection_coverage", _A, Unit.BP),  # M18
        Metric("review_lag", _A, Unit.MINUTES),  # M18
        Metric("lateness", _A, Unit.BP),  # M20
        Metric("source_quality", _O, Unit.BP),  # M22
        Metric("asset_conversion", _O, Unit.BP),  # M24
        Metric("strike_rate", _A, Unit.BP),  # M27
        Metric("call_compliance", _A, Unit.BP),  # M27
        Metric("coverage", _A, Unit.BP),  # M27
        Metric("efficiency_chain", _R, Unit.MONEY),  # M28
        Metric("deals", _R, Unit.COUNT),
        Metric("revenue", _R, Unit.MONEY),
        Metric("lead_conversion", _R, Unit.BP),
        Metric("deal_win_rate", _R, Unit.BP),
    )
}
"""What is measured about targets themselves (attainment, pace) or only observed (ageing, streaks) is no target."""
