"""What can have happened to the ownership of a customer in one business line; kept for good."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID


class ClaimBasis(StrEnum):
    """On what a claim stands."""

    ONLINE = "ONLINE"
    ATTESTED = "ATTESTED"
    RULING = "RULING"
    TRANSFER = "TRANSFER"
    CUSTODY = "CUSTODY"
    MERGE = "MERGE"


class LapseReason(StrEnum):
    """Which deadline passed."""

    EXPIRED = "EXPIRED"
    FIRST_VISIT_MISSED = "FIRST_VISIT_MISSED"


class ReleaseReason(StrEnum):
    """Why a claim ended. TRANSFER, DEPARTURE and MERGE: it goes on under another rep, or on another record."""

    REP = "REP"
    EXPIRED = "EXPIRED"
    FIRST_VISIT_MISSED = "FIRST_VISIT_MISSED"
    FOLLOW_UP_STOP = "FOLLOW_UP_STOP"
    CUSTODY_END = "CUSTODY_END"
    RULING = "RULING"
    PARKED = "PARKED"
    TRANSFER = "TRANSFER"
    DEPARTURE = "DEPARTURE"
    MERGE = "MERGE"


@dataclass(frozen=True, slots=True)
class ClaimGranted:
    """A rep has a customer protected, for now until the first effective visit is due; `basis` says by what right.

    All deadlines are instants: `first_visit_due` (D2), `protected_until` (D1), `hard_cap` (D3) and `release_at`,
    when the customer is claimable again if nothing else happens: the nearer deadline plus grace (D4); `warn_at`: when
    the rep is warned before that (D8). `protection_tz` is the zone of the claiming team, frozen here; `priority_at` is
    the hour that counts in a conflict. `continues`: the claim that goes on in this one, after a transfer, a merge or
    out of custody; `entitled_from`: the earlier hour from which a ruling found the rep entitled, None without one;
    `visited`: the first effective visit was made before, so that none is owed; `counted_since`: the earlier hour since
    which follow-ups without progress count, where the claim comes from another record (M7), None: from now.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    team_id: str
    basis: ClaimBasis
    rules_version: int
    calendar_version: int
    protection_tz: str
    first_visit_due: datetime
    protected_until: datetime
    hard_cap: datetime
    release_at: datetime
    priority_at: datetime
    granted_at: datetime
    warn_at: tuple[datetime, ...] = ()
    continues: UUID | None = None
    entitled_from: datetime | None = None
    visited: bool = False
    counted_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClaimRefused:
    """A rep asked for a customer and a rule said no; kept, because a refusal is evidence."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    reason: str
    blocking_claim_id: UUID | None
    claimable_at: datetime | None
    rules_version: int
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimContested:
    """A claim made offline, at an hour that the device could show, met a rival who was granted the customer meanwhile.

    Its hour is earlier than the rival's, or within the tolerance of a tie (D11); nobody has the customer by it, a case
    decides (PM8). `priority_at`, `rival_priority_at`: the hours that count.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    team_id: str
    rival_claim_id: UUID
    rival_rep_id: str
    rival_priority_at: datetime
    priority_at: datetime
    rules_version: int
    contested_at: datetime


@dataclass(frozen=True, slots=True)
class ProtectionRenewed:
    """An effective visit of the owner moved the protection later, never earlier (PM3).

    `new_until` never passes the hard cap of the claim; where the cap cut it short, `flags` holds CAP_REACHED.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    visit_id: UUID
    old_until: datetime
    new_until: datetime
    release_at: datetime
    rules_version: int
    renewed_at: datetime
    flags: tuple[str, ...] = ()
    warn_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtectionWarned:
    """A deadline comes near: `reason` tells which one lapses at `lapses_at`, so many local days ahead (D8, PM1)."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    reason: LapseReason
    days_left: int
    lapses_at: datetime
    warned_at: datetime


@dataclass(frozen=True, slots=True)
class ProtectionExtended:
    """A manager gave a claim so many days more, once; its hard cap moves with it (D3).

    `approval_id`: the manager's yes that the owner brought, None where the manager asked.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    days: int
    old_until: datetime
    new_until: datetime
    hard_cap: datetime
    release_at: datetime
    reason: str
    approver: str
    approval_id: UUID | None
    rules_version: int
    extended_at: datetime
    warn_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtectionLapsed:
    """A deadline passed without what it asked for; grace runs until `release_at` (PM1, PM2)."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    reason: LapseReason
    lapsed_at: datetime
    release_at: datetime


class ReturnReason(StrEnum):
    """Why somebody gives a customer back; OTHER says it in words."""

    NO_NEED = "NO_NEED"
    NO_BUDGET = "NO_BUDGET"
    NO_BUYER = "NO_BUYER"
    WRONG_PROFILE = "WRONG_PROFILE"
    OUT_OF_REGION = "OUT_OF_REGION"
    LOST_TO_COMPETITOR = "LOST_TO_COMPETITOR"
    CLOSED_DOWN = "CLOSED_DOWN"
    NO_TIME = "NO_TIME"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class ClaimReleased:
    """The customer is in the pool again; this rep may not claim it back before `cooling_off_until` (D5).

    `because`, `text`: what whoever gave it back said of it.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    reason: ReleaseReason
    released_at: datetime
    cooling_off_until: datetime
    because: ReturnReason | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimRevoked:
    """A claim was taken from its rep, who gave nothing up and so does not cool off: by a ruling, or by a merge."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    reason: ReleaseReason
    case_id: UUID | None
    revoked_at: datetime


@dataclass(frozen=True, slots=True)
class ProtectionPaused:
    """A case holds the customer: no deadline runs, and nobody claims, releases, parks or transfers it.

    `claim_id`, `rep_id`: whose claim is held, None where the customer is in the pool; `remaining_days`: local days of
    protection that are left when the case ends, the day of the pause included.
    """

    claim_id: UUID | None
    customer_id: UUID
    line: str
    rep_id: str | None
    case_id: UUID
    remaining_days: int | None
    paused_at: datetime


@dataclass(frozen=True, slots=True)
class ProtectionResumed:
    """A case holds the customer no more; every deadline moved later by the local days of the pause.

    The deadlines are None where the customer is in the pool, or where another case still holds it.
    `calendar_version`: by which workdays a first visit that is still owed was dated anew.
    """

    claim_id: UUID | None
    customer_id: UUID
    line: str
    rep_id: str | None
    case_id: UUID
    remaining_days: int | None
    first_visit_due: datetime | None
    protected_until: datetime | None
    hard_cap: datetime | None
    release_at: datetime | None
    calendar_version: int | None
    resumed_at: datetime
    warn_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class SplitShare:
    """A rep's part of the credit, agreed beforehand: `bp` of 10,000."""

    rep_id: str
    bp: int


@dataclass(frozen=True, slots=True)
class ClaimTransferred:
    """A manager hands a customer from one rep to another, at once or at a later hour.

    `heir`: the claim that `to_rep_id` has from `effective_at` on, with a fresh window under the same hard cap; it is
    written when that hour comes. `credit_split`: how the first deal won soon after is credited (D27). `approval_id`:
    the yes that overrode the cooling-off or the capacity of `to_rep_id`.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    to_rep_id: str
    credit_split: tuple[SplitShare, ...]
    heir: ClaimGranted
    reason: str | None
    approval_id: UUID | None
    transferred_by: str
    effective_at: datetime
    transferred_at: datetime


@dataclass(frozen=True, slots=True)
class TransferCalledOff:
    """A hand-over whose hour had not come does not happen: the claim ended, a case began, or another was agreed."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    to_rep_id: str
    called_off_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimPlacedInCustody:
    """The rep has left: `to_rep_id`, who stood above, holds the customer until it is handed on or in the pool (PM9).

    The claim goes on as `to_claim_id`, on the basis CUSTODY; it takes no slot. `left_at`: when the rep left.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    to_rep_id: str
    to_claim_id: UUID
    left_at: datetime
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerParked:
    """A customer is left to ripen: in the pool, with a day on which whoever parked it may have it first (S60, PM12).

    `rep_id`: who parked it; `nurtured_by`: who is at work there meanwhile, a competitor perhaps; `trigger`: what will
    make it ripe. From `harvest_at`, the start of `harvest_on`, to `reserved_until` nobody else may claim it (D30).
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    team_id: str
    nurtured_by: str | None
    trigger: str | None
    harvest_on: date
    harvest_at: datetime
    reserved_until: datetime
    rules_version: int
    calendar_version: int
    parked_by: str
    parked_at: datetime


@dataclass(frozen=True, slots=True)
class HarvestDue:
    """The day has come on which a parked customer may be ripe; until `reserved_until` it is its parker's to claim."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    reserved_until: datetime
    due_at: datetime


class Progress(StrEnum):
    """What counts as a step towards a purchase (domain §2)."""

    NEED_CONFIRMED = "NEED_CONFIRMED"
    BUDGET_CONFIRMED = "BUDGET_CONFIRMED"
    BUYER_IDENTIFIED = "BUYER_IDENTIFIED"
    BUYER_MET = "BUYER_MET"
    CUSTOMER_COMMITMENT = "CUSTOMER_COMMITMENT"
    PROPOSAL_ACCEPTED = "PROPOSAL_ACCEPTED"
    STAGE_ADVANCED = "STAGE_ADVANCED"
    DEAL_WON = "DEAL_WON"


@dataclass(frozen=True, slots=True)
class ProgressNoted:
    """The customer came a step further, so follow-ups are counted anew (PM4)."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    marker: Progress
    progressed_at: datetime


@dataclass(frozen=True, slots=True)
class FollowUpWarned:
    """So many follow-ups, by anyone, came to nothing since the claim or the last progress (D16); `visit_ids`: which."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    follow_ups: int
    visit_ids: tuple[UUID, ...]
    warned_at: datetime


@dataclass(frozen=True, slots=True)
class FollowUpStopped:
    """So many follow-ups came to nothing that no visit keeps the customer, until a manager lets it go on (PM4)."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    follow_ups: int
    visit_ids: tuple[UUID, ...]
    rules_version: int
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class FollowUpContinued:
    """A manager lets the rep go on with a customer, for a reason; follow-ups are counted anew. Once for each stop."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    reason: str
    continued_by: str
    continued_at: datetime


@dataclass(frozen=True, slots=True)
class WonProtected:
    """The customer bought: it stays protected for its owner for long, and the hard cap moves as far (D23).

    No first visit is owed any more.
    """

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    deal_id: UUID
    old_until: datetime
    new_until: datetime
    hard_cap: datetime
    release_at: datetime
    rules_version: int
    won_at: datetime
    warn_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class HelperLinked:
    """A colleague may work the customer beside its owner, and has this part of the credit, in basis points (PM8)."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    to_rep_id: str
    split_bp: int
    linked_by: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class HelperUnlinked:
    """A colleague helps no more; what they did until then stays counted as help."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    to_rep_id: str
    unlinked_by: str
    unlinked_at: datetime


OwnershipEvent: TypeAlias = (
    ClaimGranted
    | ClaimRefused
    | ClaimContested
    | ProtectionRenewed
    | ProtectionWarned
    | ProtectionExtended
    | ProtectionLapsed
    | ClaimReleased
    | ClaimRevoked
    | ClaimTransferred
    | TransferCalledOff
    | ClaimPlacedInCustody
    | CustomerParked
    | HarvestDue
    | WonProtected
    | ProgressNoted
    | FollowUpWarned
    | FollowUpStopped
    | FollowUpContinued
    | HelperLinked
    | HelperUnlinked
    | ProtectionPaused
    | ProtectionResumed
)
