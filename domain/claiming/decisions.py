"""What is chosen about claims, and on which streams each choice stands; the choices lie in files by command."""

from collections.abc import Sequence
from typing import TypeAlias, assert_never

from domain.claiming.claim import Check, ClaimCustomer, checks, claim_customer
from domain.claiming.hold import PauseProtection, ResumeProtection, pause_protection, resume_protection
from domain.claiming.keep import (
    ExpireClaim,
    FreeSlot,
    ReleaseClaim,
    RenewProtection,
    expire_claim,
    free_slot,
    release_claim,
    renew_protection,
)
from domain.claiming.refusals import (
    AlreadyClaimed,
    AlreadyOwnedByYou,
    CapacityExceeded,
    Contested,
    CoolingOff,
    DailyLimit,
    DuplicatePending,
    IcpX,
    InGrace,
    MergedUseSurvivor,
    NotOwner,
)
from domain.decider import Decider, Past, Stream
from domain.ownership.state import Ownership, ownership_of
from domain.portfolio.state import Portfolio, portfolio_of

__all__ = [
    "AlreadyClaimed",
    "AlreadyOwnedByYou",
    "CapacityExceeded",
    "Check",
    "ClaimCommand",
    "ClaimCustomer",
    "Contested",
    "CoolingOff",
    "DailyLimit",
    "DuplicatePending",
    "ExpireClaim",
    "FreeSlot",
    "IcpX",
    "InGrace",
    "MergedUseSurvivor",
    "NotOwner",
    "PauseProtection",
    "ReleaseClaim",
    "RenewProtection",
    "ResumeProtection",
    "checks",
    "claiming",
]

ClaimCommand: TypeAlias = (
    ClaimCustomer | ReleaseClaim | RenewProtection | ExpireClaim | FreeSlot | PauseProtection | ResumeProtection
)


def stands_on(command: ClaimCommand) -> Sequence[Stream[Ownership] | Stream[Portfolio]]:
    """The ownership asked about and every portfolio whose slots may change."""
    match command:
        case ClaimCustomer():
            reps = {command.rep_id} | ({command.holder} if command.holder else set[str]())
            return [ownership_of(command.customer_id, command.line), *(portfolio_of(rep) for rep in sorted(reps))]
        case ReleaseClaim() | ExpireClaim():
            return [ownership_of(command.customer_id, command.line), portfolio_of(command.holder)]
        case PauseProtection():
            slots = [portfolio_of(command.holder)] if command.holder else []
            return [ownership_of(command.customer_id, command.line), *slots]
        case RenewProtection() | ResumeProtection():
            return [ownership_of(command.customer_id, command.line)]
        case FreeSlot():
            return [portfolio_of(command.rep_id)]
        case _:
            assert_never(command)


def decide(command: ClaimCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case ClaimCustomer():
            return claim_customer(command, past)
        case ReleaseClaim():
            return release_claim(command, past)
        case RenewProtection():
            return renew_protection(command, past)
        case ExpireClaim():
            return expire_claim(command, past)
        case FreeSlot():
            return free_slot(command, past)
        case PauseProtection():
            return pause_protection(command, past)
        case ResumeProtection():
            return resume_protection(command, past)
        case _:
            assert_never(command)


claiming = Decider[ClaimCommand](stands_on, decide)
