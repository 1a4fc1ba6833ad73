"""Why something about a claim does not happen; in the order in which a claim is asked about them (domain §3.4)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.refusal import Conflict, Invalid


@dataclass(eq=False)
class MergedUseSurvivor(Conflict):
    """This record was merged into another one, which is the one to claim."""

    customer_id: UUID
    survivor_id: UUID


@dataclass(eq=False)
class DuplicatePending(Conflict):
    """This record may be another one's double; it is claimable when the duplicate desk has decided (V19)."""

    customer_id: UUID


@dataclass(eq=False)
class IcpX(Conflict):
    """The lead was declined or does not fit the customer profile; nobody spends effort on it (S27)."""

    customer_id: UUID


@dataclass(eq=False)
class AlreadyOwnedByYou(Conflict):
    """The rep holds this customer already; nothing needs to be done."""

    customer_id: UUID
    claim_id: UUID
    protected_until: datetime


@dataclass(eq=False)
class Contested(Conflict):
    """A case about this customer is open; nobody claims, releases, parks or transfers it before the ruling (V8)."""

    customer_id: UUID
    case_ids: tuple[UUID, ...]


@dataclass(eq=False)
class AlreadyClaimed(Conflict):
    """Another rep holds this customer and its protection runs; only the team and the date are told."""

    customer_id: UUID
    team_id: str
    claimable_at: datetime


@dataclass(eq=False)
class InGrace(Conflict):
    """The protection lapsed, but for the grace period (D4) a late visit can still save it."""

    customer_id: UUID
    team_id: str
    claimable_at: datetime


@dataclass(eq=False)
class InCustody(Conflict):
    """The customer's rep left or is suspended; a manager holds it until it is handed on or goes to the pool (D24)."""

    customer_id: UUID
    team_id: str
    claimable_at: datetime


@dataclass(eq=False)
class HarvestReserved(Conflict):
    """The customer was parked and may be ripe: until then only whoever parked it may claim it (D30)."""

    customer_id: UUID
    team_id: str
    claimable_at: datetime


@dataclass(eq=False)
class FrozenInPool(Conflict):
    """The customer has just come back to the pool; so that everybody has time to see it, nobody may claim it yet."""

    customer_id: UUID
    claimable_at: datetime


@dataclass(eq=False)
class CoolingOff(Conflict):
    """The rep gave this customer up lately and may not claim it again before the cooling-off (D5) is over."""

    customer_id: UUID
    claimable_at: datetime


@dataclass(eq=False)
class CapacityExceeded(Conflict):
    """The rep holds as many protected customers as the rules allow (D6)."""

    rep_id: str
    held: int
    capacity: int


@dataclass(eq=False)
class DailyLimit(Conflict):
    """The rep claimed as many customers today as the rules allow (D7)."""

    rep_id: str
    claimed: int
    limit: int
    biz_date: date


@dataclass(eq=False)
class UnworkedLimit(Conflict):
    """The rep holds as many customers without an effective visit as the rules allow; visit one of them first."""

    rep_id: str
    unworked: int
    limit: int


@dataclass(eq=False)
class ClaimGap(Conflict):
    """The rep has just claimed another customer; between two claims the rules want a pause."""

    rep_id: str
    claimable_at: datetime


@dataclass(eq=False)
class NotOwner(Conflict):
    """Only the owner of the claim, or a manager in the owner's line, may do this."""

    claim_id: UUID


@dataclass(eq=False)
class ExtensionUsed(Conflict):
    """This claim was extended before; it is extended once (D3)."""

    claim_id: UUID


@dataclass(eq=False)
class Lapsed(Conflict):
    """The protection has lapsed by the hour that counts; what has lapsed is neither extended nor handed on."""

    claim_id: UUID
    lapsed_at: datetime


@dataclass(eq=False)
class NotCommonManager(Conflict):
    """A customer is handed on by somebody who stands above both reps, the one who has it and the one who gets it."""

    claim_id: UUID


@dataclass(eq=False)
class SplitRequired(Invalid):
    """Whoever hands a customer on says how the first deal won soon after is credited."""

    claim_id: UUID


@dataclass(eq=False)
class NotStopped(Conflict):
    """Follow-ups are not stopped, or a manager has let them go on already; there is nothing to continue."""

    claim_id: UUID
