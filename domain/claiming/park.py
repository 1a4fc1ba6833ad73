"""Let a customer ripen, and come back to it on a day (S60)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.claiming.overdue import called_off, slot_given_up, standing
from domain.claiming.refusals import Contested, NotOwner
from domain.days import Calendar, day_of, start_of_day
from domain.decider import Past
from domain.ownership.events import ClaimReleased, CustomerParked, ReleaseReason
from domain.ownership.protection import released
from domain.ownership.state import Claimed, ownership_of
from domain.reception import DateInPast
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class ParkCustomer:
    """The owner, or a manager of the owner's line, leaves a customer to ripen until a day."""

    claim_id: UUID
    customer_id: UUID
    line: str
    holders: tuple[str, ...]
    asked_by: str
    manages_holder: bool
    nurtured_by: str | None
    trigger: str | None
    harvest_on: date
    rules: ProtectionRules
    calendar: Calendar
    at: datetime


def park_customer(command: ParkCustomer, past: Past) -> Sequence[object]:
    """The customer goes to the pool; from the day on, whoever parked it may have it first for some workdays (D30)."""
    ownership = past.of(ownership_of(command.customer_id, command.line))
    now = standing(command.customer_id, command.line, ownership, command.rules, command.at)
    claim = now.ownership
    if not isinstance(claim, Claimed) or claim.claim_id != command.claim_id:
        raise NotOwner(command.claim_id)
    if command.asked_by != claim.rep_id and not command.manages_holder:
        raise NotOwner(command.claim_id)
    if claim.cases:
        raise Contested(command.customer_id, tuple(sorted(claim.cases)))
    zone = claim.protection_tz
    today = day_of(command.at, zone)
    if command.harvest_on <= today:
        raise DateInPast("harvest_on", command.harvest_on, today + timedelta(days=1))
    harvest_at = start_of_day(command.harvest_on, zone)
    last_workday = command.calendar.workdays_after(command.harvest_on, command.rules.harvest_workdays)
    parked = CustomerParked(
        claim_id=claim.claim_id,
        customer_id=command.customer_id,
        line=command.line,
        rep_id=claim.rep_id,
        team_id=claim.team_id,
        nurtured_by=command.nurtured_by,
        trigger=command.trigger,
        harvest_on=command.harvest_on,
        harvest_at=harvest_at,
        reserved_until=start_of_day(last_workday + timedelta(days=1), zone),
        rules_version=command.rules.version,
        calendar_version=command.calendar.version,
        parked_by=command.asked_by,
        parked_at=command.at,
    )
    return [
        *now.unwritten,
        *called_off(command.customer_id, command.line, claim, command.at),
        _given_up(command, claim, harvest_at),
        parked,
        *slot_given_up(command.customer_id, claim),
    ]


def _given_up(command: ParkCustomer, claim: Claimed, harvest_at: datetime) -> ClaimReleased:
    """Whoever parks a customer cools off as always (D5), but not beyond the day on which it is theirs first."""
    usual = released(command.customer_id, command.line, claim, ReleaseReason.PARKED, command.at, command.rules)
    return ClaimReleased(
        usual.claim_id,
        usual.customer_id,
        usual.line,
        usual.rep_id,
        ReleaseReason.PARKED,
        usual.released_at,
        min(usual.cooling_off_until, harvest_at),
    )
