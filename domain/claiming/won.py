"""Keep a customer who bought (D23)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.days import day_of, end_of_days
from domain.decider import Past
from domain.ownership.events import WonProtected
from domain.ownership.protection import warnings
from domain.ownership.state import Claimed, ownership_of
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class ProtectWon:
    """The customer of this claim bought. `rules`: those of the day of the deal."""

    claim_id: UUID
    customer_id: UUID
    line: str
    deal_id: UUID
    won_at: datetime
    rules: ProtectionRules
    at: datetime


def protect_won(command: ProtectWon, past: Past) -> Sequence[object]:
    """Protected from the deal on for D23, never shorter than before; what ended meanwhile stays ended."""
    claim = past.of(ownership_of(command.customer_id, command.line))
    if not isinstance(claim, Claimed) or claim.claim_id != command.claim_id or claim.in_custody:
        return []
    if claim.is_over(command.at):
        return []
    zone, rules = claim.protection_tz, command.rules
    bought = end_of_days(day_of(command.won_at, zone), rules.won_protection_days, zone)
    new_until = max(claim.protected_until, bought)
    if new_until == claim.protected_until and claim.visited:
        return []
    return [
        WonProtected(
            claim_id=claim.claim_id,
            customer_id=command.customer_id,
            line=command.line,
            rep_id=claim.rep_id,
            deal_id=command.deal_id,
            old_until=claim.protected_until,
            new_until=new_until,
            hard_cap=max(claim.hard_cap, new_until),
            release_at=new_until + timedelta(hours=rules.grace_hours),
            rules_version=rules.version,
            won_at=command.won_at,
            warn_at=warnings(new_until, zone, rules.warning_days, command.at),
        )
    ]
