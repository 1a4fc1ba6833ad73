"""What can have happened to the rule sets of one kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

Parameter: TypeAlias = bool | int | str | tuple[int, ...] | None
"""Zero means zero; None means "off"; a text is a word of a closed list."""


class RuleKind(StrEnum):
    """PROT: protection of customers. EFF: effective visits. FLAG: what is noticed about the hour of an event.
    RULE: rulings on conflicts, and the credit that follows from them. FOCUS: new customers, and where the time goes."""

    PROT = "PROT"
    EFF = "EFF"
    FLAG = "FLAG"
    RULE = "RULE"
    FOCUS = "FOCUS"


@dataclass(frozen=True, slots=True)
class RuleSetPublished:
    """From a day on these numbers are in force, in a scope; earlier days keep the numbers that they had.

    `version` counts up per kind; `scope`: `organisation`, `team:<id>` or `grade:<x>`, the narrowest wins; `body`: every
    parameter of the kind by name, so that the event alone says what held.
    """

    kind: RuleKind
    version: int
    scope: str
    effective_from: date
    body: Mapping[str, Parameter]


@dataclass(frozen=True, slots=True)
class RuleSetRetired:
    """From a day on a rule set is no longer in force; what held before it in its scope, or in a wider one, holds."""

    kind: RuleKind
    version: int
    scope: str
    retired_from: date


RulesEvent: TypeAlias = RuleSetPublished | RuleSetRetired
