"""How a protection begins, is stopped, goes on and ends: the events of it, with all their deadlines.

Whoever changes who owns a customer (a claim, a ruling, a merge, a transfer) takes the events from here and adds what
the slots of the reps concerned need, so every claim has its deadlines by the same arithmetic. "n days from a day" end
at the start of the local day after them; days of the team's zone, stored as instants (domain §3.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.days import Calendar, day_of, end_of_days, start_of_day
from domain.facts import RepFacts
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimReleased,
    ClaimRevoked,
    ProtectionLapsed,
    ProtectionPaused,
    ProtectionResumed,
    ProtectionWarned,
    ReleaseReason,
)
from domain.ownership.state import Claimed, Free, Ownership, lapses_at
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a protection is dated: the rules and the workdays in force, and the hour from which it counts."""

    rules: ProtectionRules
    calendar: Calendar
    at: datetime


def granted(
    claim_id: UUID,
    customer_id: UUID,
    line: str,
    rep: RepFacts,
    basis: ClaimBasis,
    terms: Terms,
    *,
    priority_at: datetime | None = None,
    hard_cap: datetime | None = None,
    continues: UUID | None = None,
    entitled_from: datetime | None = None,
) -> ClaimGranted:
    """A claim with a fresh window; `hard_cap`: that of the claim which it continues, None for one of its own."""
    rules, zone = terms.rules, rep.team_zone
    today = day_of(terms.at, zone)
    cap = hard_cap or end_of_days(today, rules.hard_cap_days, zone)
    last_workday = terms.calendar.workdays_after(today, rules.first_visit_workdays)
    first_visit_due = start_of_day(last_workday + timedelta(days=1), zone)
    protected_until = min(cap, end_of_days(today, rules.protection_days, zone))
    lapse = lapses_at(protected_until, first_visit_due, visited=False)
    return ClaimGranted(
        claim_id=claim_id,
        customer_id=customer_id,
        line=line,
        rep_id=rep.rep_id,
        team_id=rep.team_id,
        basis=basis,
        rules_version=rules.version,
        calendar_version=terms.calendar.version,
        protection_tz=zone,
        first_visit_due=first_visit_due,
        protected_until=protected_until,
        hard_cap=cap,
        release_at=lapse + timedelta(hours=rules.grace_hours),
        priority_at=priority_at or terms.at,
        granted_at=terms.at,
        warn_at=warnings(lapse, zone, rules.warning_days, terms.at),
        continues=continues,
        entitled_from=entitled_from,
    )


def moved_to(customer_id: UUID, line: str, claim: Claimed, claim_id: UUID, terms: Terms) -> ClaimGranted:
    """The live claim of another record goes on here, under an id of its own, with the same rep and the same window."""
    return ClaimGranted(
        claim_id=claim_id,
        customer_id=customer_id,
        line=line,
        rep_id=claim.rep_id,
        team_id=claim.team_id,
        basis=ClaimBasis.MERGE,
        rules_version=terms.rules.version,
        calendar_version=terms.calendar.version,
        protection_tz=claim.protection_tz,
        first_visit_due=claim.first_visit_due,
        protected_until=claim.protected_until,
        hard_cap=claim.hard_cap,
        release_at=claim.release_at,
        priority_at=claim.priority_at,
        granted_at=terms.at,
        warn_at=warnings(claim.lapses_at, claim.protection_tz, terms.rules.warning_days, terms.at),
        continues=claim.claim_id,
        visited=claim.visited,
        counted_since=claim.counting.since,
    )


def in_custody(
    customer_id: UUID, line: str, claim: Claimed, custodian: str, claim_id: UUID, left_at: datetime, terms: Terms
) -> ClaimGranted:
    """A manager holds the customer for so many workdays (D24); no visit is owed, and none keeps it longer."""
    zone = claim.protection_tz
    last_workday = terms.calendar.workdays_after(day_of(left_at, zone), terms.rules.custody_workdays)
    until = start_of_day(last_workday + timedelta(days=1), zone)
    return ClaimGranted(
        claim_id=claim_id,
        customer_id=customer_id,
        line=line,
        rep_id=custodian,
        team_id=claim.team_id,
        basis=ClaimBasis.CUSTODY,
        rules_version=terms.rules.version,
        calendar_version=terms.calendar.version,
        protection_tz=zone,
        first_visit_due=until,
        protected_until=until,
        hard_cap=claim.hard_cap,
        release_at=until,
        priority_at=claim.priority_at,
        granted_at=terms.at,
        warn_at=warnings(until, zone, terms.rules.warning_days, terms.at),
        continues=claim.claim_id,
        visited=claim.visited,
    )


def warnings(lapse: datetime, zone: str, days: Sequence[int], after: datetime) -> tuple[datetime, ...]:
    """When a rep is warned (D8): at the start of the local day so many days before the lapse, where that is ahead."""
    last = day_of(lapse, zone)
    hours = (start_of_day(last - timedelta(days=before), zone) for before in sorted(days, reverse=True))
    return tuple(hour for hour in hours if hour > after)


def revoked(
    customer_id: UUID, line: str, claim: Claimed, reason: ReleaseReason, case_id: UUID | None, at: datetime
) -> ClaimRevoked:
    """The claim is taken from its rep; the slot is the caller's to release."""
    return ClaimRevoked(claim.claim_id, customer_id, line, claim.rep_id, reason, case_id, at)


def warned(customer_id: UUID, line: str, claim: Claimed, at: datetime) -> ProtectionWarned:
    """The warning whose hour came."""
    left = _days_left(claim.lapses_at, at, claim.protection_tz)
    reason = claim.lapse_reason
    return ProtectionWarned(claim.claim_id, customer_id, line, claim.rep_id, reason, left, claim.lapses_at, at)


def lapsed(customer_id: UUID, line: str, claim: Claimed) -> ProtectionLapsed:
    """The deadline that came, with its own hour."""
    return ProtectionLapsed(
        claim.claim_id, customer_id, line, claim.rep_id, claim.lapse_reason, claim.lapses_at, claim.release_at
    )


def released(
    customer_id: UUID, line: str, claim: Claimed, reason: ReleaseReason, at: datetime, rules: ProtectionRules
) -> ClaimReleased:
    """The customer is in the pool again, and its rep cools off (D5); the slot is the caller's to release.

    A manager who held it in custody gave nothing up, and does not cool off.
    """
    if claim.in_custody:
        reason = ReleaseReason.CUSTODY_END
        return ClaimReleased(claim.claim_id, customer_id, line, claim.rep_id, reason, at, at)
    cooling_off = end_of_days(day_of(at, claim.protection_tz), rules.cooling_off_days, claim.protection_tz)
    return ClaimReleased(claim.claim_id, customer_id, line, claim.rep_id, reason, at, cooling_off)


def ended(
    customer_id: UUID, line: str, claim: Claimed, rules: ProtectionRules
) -> Sequence[ProtectionLapsed | ClaimReleased]:
    """The end that the clock brought: the lapse, where it was not written yet, and the release at its deadline."""
    lapse = [] if claim.lapse_written or claim.in_custody else [lapsed(customer_id, line, claim)]
    reason = ReleaseReason(claim.lapse_reason.value)
    return [*lapse, released(customer_id, line, claim, reason, claim.release_at, rules)]


def paused(customer_id: UUID, line: str, ownership: Ownership, case_id: UUID, at: datetime) -> ProtectionPaused:
    """A case stops the clock; a second one changes nothing but that both must end."""
    if isinstance(ownership, Free):
        return ProtectionPaused(None, customer_id, line, None, case_id, None, at)
    since = ownership.paused_at or at
    left = _days_left(ownership.lapses_at, since, ownership.protection_tz)
    return ProtectionPaused(ownership.claim_id, customer_id, line, ownership.rep_id, case_id, left, at)


def resumed(customer_id: UUID, line: str, ownership: Ownership, case_id: UUID, terms: Terms) -> ProtectionResumed:
    """The clock goes on where it was stopped: as many local days, or workdays to a first visit, are left as then.

    The last of several cases sets it going.
    """
    if isinstance(ownership, Free):
        return _no_clock(None, customer_id, line, None, case_id, terms.at)
    if ownership.paused_at is None or ownership.cases - {case_id}:
        return _no_clock(ownership.claim_id, customer_id, line, ownership.rep_id, case_id, terms.at)
    zone = ownership.protection_tz
    stopped, today = day_of(ownership.paused_at, zone), day_of(terms.at, zone)
    protected_until = _later(ownership.protected_until, stopped, today, zone)
    due = _first_visit(ownership, stopped, today, terms.calendar)
    lapse = lapses_at(protected_until, due, visited=ownership.visited)
    return ProtectionResumed(
        claim_id=ownership.claim_id,
        customer_id=customer_id,
        line=line,
        rep_id=ownership.rep_id,
        case_id=case_id,
        remaining_days=_days_left(lapse, terms.at, zone),
        first_visit_due=due,
        protected_until=protected_until,
        hard_cap=_later(ownership.hard_cap, stopped, today, zone),
        release_at=lapse + (ownership.release_at - ownership.lapses_at),
        calendar_version=terms.calendar.version,
        resumed_at=terms.at,
        warn_at=warnings(lapse, zone, terms.rules.warning_days, terms.at),
    )


def _no_clock(
    claim_id: UUID | None,
    customer_id: UUID,
    line: str,
    rep_id: str | None,
    case_id: UUID,
    at: datetime,
) -> ProtectionResumed:
    return ProtectionResumed(claim_id, customer_id, line, rep_id, case_id, None, None, None, None, None, None, at)


def _days_left(deadline: datetime, at: datetime, zone: str) -> int:
    return (day_of(deadline, zone) - day_of(at, zone)).days


def _later(deadline: datetime, stopped: date, today: date, zone: str) -> datetime:
    """A deadline at the start of a local day, so many local days later as the pause lasted."""
    return start_of_day(day_of(deadline, zone) + (today - stopped), zone)


def _first_visit(claim: Claimed, stopped: date, today: date, calendar: Calendar) -> datetime:
    """When the first visit is due: after as many workdays as were left; one that was made stays where it was due."""
    zone = claim.protection_tz
    if claim.visited:
        return claim.first_visit_due
    last = day_of(claim.first_visit_due, zone) - timedelta(days=1)
    if last < stopped:  # missed already when the clock stopped; it stays missed by as many days
        return _later(claim.first_visit_due, stopped, today, zone)
    left = sum(calendar.is_workday(stopped + timedelta(days=n)) for n in range(1, (last - stopped).days + 1))
    return start_of_day(calendar.workdays_after(today, left) + timedelta(days=1), zone)
