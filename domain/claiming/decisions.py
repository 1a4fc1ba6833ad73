"""What is chosen about claims, and on which streams each choice stands; the choices lie in files by command."""

from collections.abc import Sequence
from typing import TypeAlias, assert_never

from domain.approval.state import Approval, approval_of
from domain.claiming.claim import Check, ClaimCustomer, checks, claim_customer
from domain.claiming.extend import ExtendProtection, extend_protection
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
    ExtensionUsed,
    IcpX,
    InGrace,
    Lapsed,
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
    "ExtendProtection",
    "ExtensionUsed",
    "FreeSlot",
    "IcpX",
    "InGrace",
    "Lapsed",
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
    ClaimCustomer
    | ReleaseClaim
    | RenewProtection
    | ExtendProtection
    | ExpireClaim
    | FreeSlot
    | PauseProtection
    | ResumeProtection
)


def stands_on(command: ClaimCommand) -> Sequence[Stream[Ownership] | Stream[Portfolio] | Stream[Approval]]:
    """The ownership asked about, every portfolio whose slots may change, and the approval where one is relied on."""
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
        case ExtendProtection():
            approvals = [approval_of(command.approval_id)] if command.approval_id else []
            return [ownership_of(command.customer_id, command.line), *approvals]
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
        case ExtendProtection():
            return extend_protection(command, past)
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
