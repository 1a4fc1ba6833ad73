"""What is chosen about claims, and on which streams each choice stands; the choices lie in files by command."""

from collections.abc import Sequence
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.approval.state import Approval, approval_of
from domain.claiming.claim import Check, ClaimCustomer, checks, claim_customer
from domain.claiming.custody import PlaceInCustody, place_in_custody
from domain.claiming.extend import ExtendProtection, extend_protection
from domain.claiming.follow_up import (
    ContinueFollowUp,
    CountFollowUps,
    FollowUp,
    NoteProgress,
    continue_follow_up,
    count_follow_ups,
    note_progress,
)
from domain.claiming.help import LinkHelper, UnlinkHelper, link_helper, unlink_helper
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
from domain.claiming.park import ParkCustomer, park_customer
from domain.claiming.refusals import (
    AlreadyClaimed,
    AlreadyOwnedByYou,
    CapacityExceeded,
    ClaimGap,
    Contested,
    CoolingOff,
    DailyLimit,
    DuplicatePending,
    ExtensionUsed,
    FrozenInPool,
    HarvestReserved,
    IcpX,
    InCustody,
    InGrace,
    Lapsed,
    MergedUseSurvivor,
    NotCommonManager,
    NotOwner,
    NotStopped,
    SplitRequired,
    UnworkedLimit,
)
from domain.claiming.transfer import TransferClaim, transfer_claim
from domain.claiming.won import ProtectWon, protect_won
from domain.customer.state import Customer, customer_of
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
    "ClaimGap",
    "Contested",
    "ContinueFollowUp",
    "CoolingOff",
    "CountFollowUps",
    "DailyLimit",
    "DuplicatePending",
    "ExpireClaim",
    "ExtendProtection",
    "ExtensionUsed",
    "FollowUp",
    "FreeSlot",
    "FrozenInPool",
    "HarvestReserved",
    "IcpX",
    "InCustody",
    "InGrace",
    "Lapsed",
    "LinkHelper",
    "MergedUseSurvivor",
    "NotCommonManager",
    "NotOwner",
    "NotStopped",
    "NoteProgress",
    "ParkCustomer",
    "PauseProtection",
    "PlaceInCustody",
    "ProtectWon",
    "ReleaseClaim",
    "RenewProtection",
    "ResumeProtection",
    "SplitRequired",
    "TransferClaim",
    "UnlinkHelper",
    "UnworkedLimit",
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
    | ProtectWon
    | TransferClaim
    | ParkCustomer
    | PlaceInCustody
    | CountFollowUps
    | NoteProgress
    | ContinueFollowUp
    | LinkHelper
    | UnlinkHelper
    | PauseProtection
    | ResumeProtection
)


def stands_on(
    command: ClaimCommand,
) -> Sequence[Stream[Ownership] | Stream[Portfolio] | Stream[Approval] | Stream[Customer]]:
    """The ownership asked about, every portfolio whose slots may change, and the approval where one is relied on.

    A claim stands on the record of the customer too: one that is merged, doubted or declined in the same instant is
    seen, or the claim comes first and goes with the record.
    """
    match command:
        case ClaimCustomer():
            slots = _slots(command.rep_id, *command.holders)
            return [customer_of(command.customer_id), ownership_of(command.customer_id, command.line), *slots]
        case TransferClaim():
            slots = _slots(command.to.rep_id, *command.holders)
            return [ownership_of(command.customer_id, command.line), *slots, *_approval(command.approval_id)]
        case ReleaseClaim() | ParkCustomer() | PlaceInCustody() | ExpireClaim() | PauseProtection():
            return [ownership_of(command.customer_id, command.line), *_slots(*command.holders)]
        case RenewProtection():
            return [ownership_of(command.customer_id, command.line), *_slots(*command.holders)]
        case ResumeProtection() | LinkHelper() | UnlinkHelper() | ProtectWon():
            return [ownership_of(command.customer_id, command.line)]
        case CountFollowUps() | NoteProgress() | ContinueFollowUp():
            return [ownership_of(command.customer_id, command.line)]
        case ExtendProtection():
            return [ownership_of(command.customer_id, command.line), *_approval(command.approval_id)]
        case FreeSlot():
            return [portfolio_of(command.rep_id)]
        case _:
            assert_never(command)


def _slots(*reps: str) -> Sequence[Stream[Portfolio]]:
    return [portfolio_of(rep) for rep in sorted(set(reps))]


def _approval(approval_id: UUID | None) -> Sequence[Stream[Approval]]:
    return [] if approval_id is None else [approval_of(approval_id)]


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
        case ProtectWon():
            return protect_won(command, past)
        case TransferClaim():
            return transfer_claim(command, past)
        case ParkCustomer():
            return park_customer(command, past)
        case PlaceInCustody():
            return place_in_custody(command, past)
        case CountFollowUps():
            return count_follow_ups(command, past)
        case NoteProgress():
            return note_progress(command, past)
        case ContinueFollowUp():
            return continue_follow_up(command, past)
        case LinkHelper():
            return link_helper(command, past)
        case UnlinkHelper():
            return unlink_helper(command, past)
        case PauseProtection():
            return pause_protection(command, past)
        case ResumeProtection():
            return resume_protection(command, past)
        case _:
            assert_never(command)


claiming = Decider[ClaimCommand](stands_on, decide)
