"""Publish and retire rule sets; nothing here changes what held on an earlier day."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TypeAlias, TypeGuard, assert_never, cast

from domain.decider import Decider, Past, Stream
from domain.reception import FieldFault, Malformed, RefNotFound, RetroactiveForbidden, UnknownField
from domain.refusal import Conflict, Invalid
from domain.rules.events import Parameter, RuleKind, RuleSetPublished, RuleSetRetired
from domain.rules.state import DEFAULTS, ORGANISATION, Rules, rules_of
from domain.rulesets import PriorityMode

_SCOPE = re.compile(r"organisation|team:[A-Za-z0-9._-]{1,64}|grade:[A-Z0-9]{1,8}", re.ASCII)
_FORMS: Mapping[object, str] = {
    int: "a whole number",
    bool: "true or false",
    int | None: "a whole number, or null for off",
    tuple[int, ...]: "a list of whole numbers",
    PriorityMode: " or ".join(PriorityMode),
}
_HOURS_A_DAY, _MINUTES_A_DAY = 24, 1440
_WHOLE = 10_000
_HALF = 5_000
"""Basis points; whoever lost never has more of the credit than the winner."""


@dataclass(eq=False)
class RulesetInconsistent(Invalid):
    """The numbers contradict each other or mean nothing; `rule` is the sentence that they break (domain §3.2)."""

    rule: str


@dataclass(eq=False)
class NothingLeftInForce(Conflict):
    """Without this rule set no other of its kind would be in force for the organisation."""

    kind: str
    version: int
    day: date


@dataclass(frozen=True, slots=True)
class PublishRuleSet:
    """From a day on these numbers shall be in force in a scope.

    `parameters`: by name; those not named stay as they are in force on that day in that scope. `today`: the day of the
    asking; nothing may take effect before it.
    """

    kind: RuleKind
    scope: str
    effective_from: date
    parameters: Mapping[str, object]
    today: date


@dataclass(frozen=True, slots=True)
class PublishDefaults:
    """The numbers that an organisation starts with shall be in force from the beginning of time."""

    kind: RuleKind


@dataclass(frozen=True, slots=True)
class RetireRuleSet:
    """From a day on a rule set shall no longer be in force."""

    kind: RuleKind
    version: int
    retired_from: date
    today: date


RulesCommand: TypeAlias = PublishRuleSet | PublishDefaults | RetireRuleSet


def stands_on(command: RulesCommand) -> Sequence[Stream[Rules]]:
    """All rule sets of the kind."""
    return [rules_of(command.kind)]


def decide(command: RulesCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    rules = past.of(rules_of(command.kind))
    match command:
        case PublishRuleSet():
            return publish_rule_set(command, rules)
        case PublishDefaults():
            return publish_defaults(command, rules)
        case RetireRuleSet():
            return retire_rule_set(command, rules)
        case _:
            assert_never(command)


def publish_rule_set(command: PublishRuleSet, rules: Rules) -> Sequence[object]:
    """A complete, consistent set, in force from today at the earliest."""
    if not _SCOPE.fullmatch(command.scope):
        raise Malformed((FieldFault("/data/scope", "organisation, team:<id> or grade:<x>"),))
    named = _parameters(command.kind, command.parameters)
    if command.effective_from < command.today:
        raise RetroactiveForbidden(command.effective_from, command.today)
    scopes = () if command.scope == ORGANISATION else (command.scope,)
    before = rules.in_force(command.effective_from, scopes)
    body = {**_defaults(command.kind), **(before.body if before else {}), **named}
    consistent(command.kind, body)
    same = rules.of_scope(command.scope, command.effective_from)
    if same is not None and same.body == body:
        return []
    return [RuleSetPublished(command.kind, rules.next_version, command.scope, command.effective_from, body)]


def publish_defaults(command: PublishDefaults, rules: Rules) -> Sequence[object]:
    """Once: whatever was published since stands."""
    if rules.sets:
        return []
    return [RuleSetPublished(command.kind, 1, ORGANISATION, date.min, _defaults(command.kind))]


def retire_rule_set(command: RetireRuleSet, rules: Rules) -> Sequence[object]:
    """From today at the earliest, and only where something is left in force."""
    found = next((one for one in rules.sets if one.version == command.version), None)
    if found is None:
        raise RefNotFound("rule set", f"{command.kind}-{command.version}")
    if found.retired_from == command.retired_from:
        return []
    if command.retired_from < command.today:
        raise RetroactiveForbidden(command.retired_from, command.today)
    retired = RuleSetRetired(command.kind, command.version, found.scope, command.retired_from)
    left = rules_of(command.kind).evolve(rules, retired)
    first = max(command.retired_from, found.effective_from)
    ends = {one.retired_from for one in left.sets if one.retired_from is not None and one.retired_from > first}
    for day in sorted({first, *ends}):
        if left.in_force(day) is None:
            raise NothingLeftInForce(command.kind, command.version, day)
    return [retired]


def consistent(kind: RuleKind, body: Mapping[str, Parameter]) -> None:
    """Refuse numbers that contradict each other. "Off" contradicts nothing."""
    for name, value in body.items():
        if any(number < 0 for number in _numbers(value)):
            raise RulesetInconsistent(f"{name} is not negative")
    for rule, holds in _invariants(kind, body):
        if not holds:
            raise RulesetInconsistent(rule)


def _invariants(kind: RuleKind, body: Mapping[str, Parameter]) -> Sequence[tuple[str, bool]]:
    number = {name: value for name, value in body.items() if isinstance(value, int)}
    match kind:
        case RuleKind.PROT:
            warnings = _numbers(body["warning_days"])
            return [
                ("attestation_hours (D9) ≤ grace_hours (D4)", number["attestation_hours"] <= number["grace_hours"]),
                ("protection_days (D1) ≤ hard_cap_days (D3)", number["protection_days"] <= number["hard_cap_days"]),
                ("warning_days (D8) < protection_days (D1)", all(n < number["protection_days"] for n in warnings)),
                ("followups_warn < followups_stop (D16)", _below(body["followups_warn"], body["followups_stop"])),
                ("warning_days (D8) fall", list(warnings) == sorted(set(warnings), reverse=True)),
            ]
        case RuleKind.EFF:
            return [
                ("shortest_minutes ≤ longest_minutes (D14)", number["shortest_minutes"] <= number["longest_minutes"]),
                ("longest_minutes (D14) ≤ a day", number["longest_minutes"] <= _MINUTES_A_DAY),
            ]
        case RuleKind.FLAG:
            return [("plan_late_hour < 24", number["plan_late_hour"] < _HOURS_A_DAY)]
        case RuleKind.RULE:
            statements, ruling = number["statement_workdays"], number["ruling_workdays"]
            return [
                ("statement_workdays ≤ ruling_workdays (D21)", statements <= ruling),
                ("good_faith_bp (D26) ≤ 5,000", number["good_faith_bp"] <= _HALF),
            ]
        case RuleKind.FOCUS:
            shares = ("new_share_bp", "stale_share_bp", "travel_share_bp")
            return [(f"{name} ≤ 10,000", _below(body[name], _WHOLE + 1)) for name in shares]
        case _:
            assert_never(kind)


def _below(less: Parameter, more: Parameter) -> bool:
    """Off is below and above everything."""
    return not isinstance(less, int) or not isinstance(more, int) or less < more


def _parameters(kind: RuleKind, named: Mapping[str, object]) -> Mapping[str, Parameter]:
    """Only parameters that the kind has, each in the form that it has."""
    known = {field.name: field.type for field in fields(DEFAULTS[kind]) if field.name != "version"}
    strange = [FieldFault(f"/data/body/{name}", f"{kind} has no such parameter") for name in named if name not in known]
    if strange:
        raise UnknownField(tuple(strange))
    read: dict[str, Parameter] = {}
    faults: list[FieldFault] = []
    for name, value in named.items():
        read_as = _read_as(known[name], value)
        if read_as is None:
            faults.append(FieldFault(f"/data/body/{name}", _FORMS[known[name]]))
        else:
            read[name] = read_as[0]
    if faults:
        raise Malformed(tuple(faults))
    return read


def _read_as(form: object, value: object) -> tuple[Parameter] | None:
    """The value in the form that its parameter has, boxed; None where it has another."""
    if form is bool:
        return (value,) if isinstance(value, bool) else None
    if form is PriorityMode:
        return (value,) if isinstance(value, str) and value in tuple(PriorityMode) else None
    if form == tuple[int, ...]:
        if not isinstance(value, list | tuple):
            return None
        members = cast("Sequence[object]", value)
        numbers = [number for number in members if _whole(number)]
        return (tuple(numbers),) if len(numbers) == len(members) else None
    if value is None:
        return (None,) if form == int | None else None
    return (value,) if _whole(value) else None


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _numbers(value: Parameter) -> tuple[int, ...]:
    match value:
        case None | str() | bool():
            return ()
        case int():
            return (value,)
        case _:
            return value


def _defaults(kind: RuleKind) -> dict[str, Parameter]:
    default = DEFAULTS[kind]
    return {field.name: getattr(default, field.name) for field in fields(default) if field.name != "version"}


publishing = Decider[RulesCommand](stands_on, decide)
