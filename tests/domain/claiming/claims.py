"""The usual claims of the usual people."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.claiming.decisions import (
    ClaimCustomer,
    ExpireClaim,
    ExtendProtection,
    ReleaseClaim,
    RenewProtection,
    TransferClaim,
    claiming,
)
from domain.days import Calendar, day_of
from domain.facts import CustomerFacts, RepFacts
from domain.ownership.events import SplitShare
from domain.rulesets import ProtectionRules
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, CALENDAR, LINE, MONDAY, an_id

RULES = ProtectionRules()
ANNAS = an_id(1)
BRUNOS = an_id(2)


def claim(
    rep: RepFacts = ANNA,
    *,
    claim_id: UUID = ANNAS,
    customer: UUID = ACME,
    at: datetime = MONDAY,
    holder: str | None = None,
    rules: ProtectionRules = RULES,
    calendar: Calendar = CALENDAR,
) -> ClaimCustomer:
    """A claim, by default of Anna on Acme on Monday."""
    return ClaimCustomer(
        claim_id=claim_id,
        customer=CustomerFacts(customer),
        line=LINE,
        rep=rep,
        holders=(holder,) if holder else (),
        rules=rules,
        calendar=calendar,
        biz_date=day_of(at, rep.zone),
        priority_at=at,
        at=at,
    )


def declined(command: ClaimCustomer) -> ClaimCustomer:
    """The same claim on a lead that was declined."""
    return replace(command, customer=replace(command.customer, declined=True))


def release(
    rep_id: str = "anna",
    *,
    claim_id: UUID = ANNAS,
    holder: str = "anna",
    at: datetime = MONDAY,
    manages_holder: bool = False,
) -> ReleaseClaim:
    """A release, by default by Anna of her claim on Acme."""
    return ReleaseClaim(claim_id, ACME, LINE, (holder,), rep_id, manages_holder, RULES, at)


def renew(
    visited_at: datetime, *, at: datetime | None = None, rep_id: str = "anna", rules: ProtectionRules = RULES
) -> RenewProtection:
    """An effective visit to Acme, by default by Anna and judged at once."""
    return RenewProtection(ACME, LINE, (rep_id,), rep_id, an_id(77), visited_at, rules, at or visited_at)


def extend(
    asked_by: str = "mei",
    *,
    at: datetime = MONDAY,
    days: int | None = None,
    reason: str = "The budget is decided in April.",
    approval_id: UUID | None = None,
) -> ExtendProtection:
    """More time for Anna's claim on Acme, by default by her manager."""
    return ExtendProtection(ANNAS, ACME, LINE, asked_by, asked_by == "mei", days, reason, approval_id, RULES, at)


def expire(at: datetime, *, claim_id: UUID = ANNAS, holder: str = "anna") -> ExpireClaim:
    """The clock, asking about Anna's claim."""
    return ExpireClaim(claim_id, ACME, LINE, (holder,), RULES, at)


def granted(command: ClaimCustomer | None = None) -> list[object]:
    """What had happened when a claim was granted."""
    return list(given().when(command or claim(), claiming).happens())


HALF = (SplitShare("anna", 5_000), SplitShare("bruno", 5_000))
"""The usual terms of a hand-over."""


def transfer(
    to: RepFacts = BRUNO,
    *,
    claim_id: UUID = ANNAS,
    to_claim_id: UUID = BRUNOS,
    holders: tuple[str, ...] = ("anna",),
    at: datetime = MONDAY,
    effective_at: datetime | None = None,
    stands_above: bool = True,
    credit_split: tuple[SplitShare, ...] | None = HALF,
    approval_id: UUID | None = None,
    rules: ProtectionRules = RULES,
    asked_by: str = "mei",
) -> TransferClaim:
    """A hand-over, by default of Anna's claim on Acme to Bruno, by Mei, at once."""
    hour = effective_at or at
    return TransferClaim(
        claim_id=claim_id,
        customer=CustomerFacts(ACME),
        line=LINE,
        holders=holders,
        to=to,
        to_claim_id=to_claim_id,
        asked_by=asked_by,
        stands_above=stands_above,
        credit_split=credit_split,
        reason="Anna goes to Hamburg.",
        approval_id=approval_id,
        rules=rules,
        calendar=CALENDAR,
        biz_date=day_of(hour, to.zone),
        today=day_of(at, to.zone),
        effective_at=hour,
        at=at,
    )
