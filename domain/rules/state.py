"""Which rule set of a kind is in force on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar, assert_never

from domain.decider import Stream
from domain.rules.events import Parameter, RuleKind, RuleSetPublished, RuleSetRetired, RulesEvent
from domain.rulesets import EffectiveVisitRules, FlagRules, FocusRules, PriorityMode, ProtectionRules, RulingRules

ORGANISATION = "organisation"
Values: TypeAlias = ProtectionRules | EffectiveVisitRules | FlagRules | RulingRules | FocusRules
R = TypeVar("R", bound=Values)

DEFAULTS: Mapping[RuleKind, Values] = {
    RuleKind.PROT: ProtectionRules(),
    RuleKind.EFF: EffectiveVisitRules(),
    RuleKind.FLAG: FlagRules(),
    RuleKind.RULE: RulingRules(),
    RuleKind.FOCUS: FocusRules(),
}
"""What an organisation starts with; published as events, so that they too have a version (domain §3.2)."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One published rule set; `retired_from` None: in force until another takes its place."""

    version: int
    scope: str
    effective_from: date
    body: Mapping[str, Parameter]
    retired_from: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it may be in force on a day, if no later one is."""
        return self.effective_from <= day and (self.retired_from is None or day < self.retired_from)


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Every rule set of one kind that was ever published, in the order of their versions.

    It is itself and equals nothing else, so that what follows from it is worked out once (`values_in_force`).
    """

    sets: tuple[RuleSet, ...] = ()

    @property
    def next_version(self) -> int:
        """The version of the next publication."""
        return len(self.sets) + 1

    def of_scope(self, scope: str, day: date) -> RuleSet | None:
        """What is in force on a day in exactly this scope: the latest day of effect, then the latest version."""
        holding = [one for one in self.sets if one.scope == scope and one.holds(day)]
        return max(holding, key=lambda one: (one.effective_from, one.version), default=None)

    def in_force(self, day: date, scopes: Sequence[str] = ()) -> RuleSet | None:
        """What is in force on a day; `scopes` from narrow to wide, the organisation last and always understood."""
        for scope in (*scopes, ORGANISATION):
            found = self.of_scope(scope, day)
            if found is not None:
                return found
        return None


def evolve(rules: Rules, event: RulesEvent) -> Rules:
    """The rule sets after one more event."""
    match event:
        case RuleSetPublished():
            return Rules((*rules.sets, RuleSet(event.version, event.scope, event.effective_from, event.body)))
        case RuleSetRetired():
            retired = [
                replace(one, retired_from=event.retired_from) if one.version == event.version else one
                for one in rules.sets
            ]
            return Rules(tuple(retired))
        case _:
            assert_never(event)


@lru_cache(64)
def rules_of(kind: RuleKind) -> Stream[Rules]:
    """The history of the rule sets of one kind."""
    return Stream(f"rules-{kind}", Rules(), evolve)


def as_value(kind: type[R], rule_set: RuleSet) -> R:
    """A rule set as decisions use it. One that the event does not know is at its default."""
    body: dict[str, Any] = dict(rule_set.body)
    if "priority_mode" in body:
        body["priority_mode"] = PriorityMode(body["priority_mode"])
    return kind(version=rule_set.version, **body)


@lru_cache(1_024)
def values_in_force(kind: type[R], rules: Rules, day: date, team_id: str | None) -> R | None:
    """What decisions of a day use, for a team; the same rules, day and team are asked about with every request."""
    found = rules.in_force(day, [f"team:{team_id}"] if team_id else [])
    return None if found is None else as_value(kind, found)
