"""A case holds a customer until it is ruled: every clock stops, and goes on where it stood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.claiming.overdue import called_off, standing
from domain.days import Calendar
from domain.decider import Past
from domain.ownership.protection import Terms, paused, resumed
from domain.ownership.state import Claimed, ownership_of
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class PauseProtection:
    """A case about a customer was opened. `holders`: whose slots its claim takes (`slot_takers`)."""

    customer_id: UUID
    line: str
    case_id: UUID
    holders: tuple[str, ...]
    rules: ProtectionRules
    at: datetime


@dataclass(frozen=True, slots=True)
class ResumeProtection:
    """A case about a customer is over."""

    customer_id: UUID
    line: str
    case_id: UUID
    rules: ProtectionRules
    calendar: Calendar
    at: datetime


def pause_protection(command: PauseProtection, past: Past) -> Sequence[object]:
    """Stop the clock of a live claim, or hold a customer of the pool; the same case twice changes nothing.

    A hand-over that was to come is called off: who owns the customer is for the ruling to say.
    """
    ownership = past.of(ownership_of(command.customer_id, command.line))
    if command.case_id in ownership.cases:
        return []
    now = standing(command.customer_id, command.line, ownership, command.rules, command.at)
    claim = now.ownership
    events = list(now.unwritten)
    if isinstance(claim, Claimed):
        events += called_off(command.customer_id, command.line, claim, command.at)
    return [*events, paused(command.customer_id, command.line, now.ownership, command.case_id, command.at)]


def resume_protection(command: ResumeProtection, past: Past) -> Sequence[object]:
    """Set the clock going again, unless another case holds the customer; a case that does not changes nothing."""
    ownership = past.of(ownership_of(command.customer_id, command.line))
    if command.case_id not in ownership.cases:
        return []
    terms = Terms(command.rules, command.calendar, command.at)
    return [resumed(command.customer_id, command.line, ownership, command.case_id, terms)]
