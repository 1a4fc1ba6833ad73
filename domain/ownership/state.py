"""What the past of an ownership means now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.decider import Stream
from domain.ownership.events import (
    ClaimBasis,
    ClaimContested,
    ClaimGranted,
    ClaimPlacedInCustody,
    ClaimRefused,
    ClaimReleased,
    ClaimRevoked,
    ClaimTransferred,
    CustomerParked,
    FollowUpContinued,
    FollowUpStopped,
    FollowUpWarned,
    HarvestDue,
    HelperLinked,
    HelperUnlinked,
    LapseReason,
    OwnershipEvent,
    ProgressNoted,
    ProtectionExtended,
    ProtectionLapsed,
    ProtectionPaused,
    ProtectionRenewed,
    ProtectionResumed,
    ProtectionWarned,
    ReleaseReason,
    TransferCalledOff,
    WonProtected,
)

CoolingOff: TypeAlias = Mapping[str, datetime]
"""Until when each earlier owner may not claim again; every one of them, not only the last (peers §2.2, 4)."""

_BY_THE_CLOCK = (ReleaseReason.EXPIRED, ReleaseReason.FIRST_VISIT_MISSED, ReleaseReason.CUSTODY_END)
"""Why a claim ends without anybody giving it up."""

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a claim whose clock is stopped, for whoever must name one."""


def lapses_at(protected_until: datetime, first_visit_due: datetime, *, visited: bool) -> datetime:
    """When a claim lapses: by the first visit that is still owed (D2), otherwise when the protection ends (D1)."""
    return protected_until if visited else min(first_visit_due, protected_until)


@dataclass(frozen=True, slots=True)
class Parked:
    """A customer of the pool that somebody left to ripen, and may claim before others from `harvest_at` on.

    `claim_id`: the claim that ended with it; `due_written`: that the day has come was written.
    """

    claim_id: UUID
    rep_id: str
    team_id: str
    harvest_at: datetime
    reserved_until: datetime
    due_written: bool = False

    def reserves(self, at: datetime) -> bool:
        """Whether nobody but the parker may claim at this hour (D30)."""
        return self.harvest_at <= at < self.reserved_until


@dataclass(frozen=True, slots=True)
class Free:
    """Nobody holds the customer in this line; while there are `cases` about it, nobody may.

    `since`: when it came back to the pool, None where it always was there; `run_out`: the claims that the clock ended,
    and nobody gave up.
    """

    cooling_off: CoolingOff = field(default_factory=dict[str, datetime])
    cases: frozenset[UUID] = frozenset()
    parked: Parked | None = None
    since: datetime | None = None
    run_out: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Counting:
    """From when on follow-ups are counted, and what was said of them already (PM4).

    `since`: the claim, the last progress, or a manager's word to go on; a transfer does not begin the count anew (M7).
    """

    since: datetime
    warned: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A rep holds the customer; whether the protection still runs is a question of the hour.

    `warn_at`: the warnings that are still ahead (D8); `extended`: its one extension was given (D3); `cases`: what stops
    every clock since `paused_at`; `heir`: the claim that another rep has from its hour on; `helpers`: colleagues who
    may work the customer too, with their parts of the credit in basis points; `counting`: follow-ups without progress;
    `run_out`: earlier claims that the clock ended.
    """

    claim_id: UUID
    rep_id: str
    team_id: str
    basis: ClaimBasis
    priority_at: datetime
    granted_at: datetime
    counting: Counting
    protection_tz: str
    first_visit_due: datetime
    protected_until: datetime
    hard_cap: datetime
    release_at: datetime
    visited: bool
    lapse_written: bool
    cooling_off: CoolingOff
    warn_at: tuple[datetime, ...] = ()
    extended: bool = False
    cases: frozenset[UUID] = frozenset()
    paused_at: datetime | None = None
    heir: ClaimGranted | None = None
    helpers: Mapping[str, int] = field(default_factory=dict[str, int])
    run_out: frozenset[UUID] = frozenset()

    @property
    def in_custody(self) -> bool:
        """Held by a manager for a rep who left; it takes no slot, and no visit keeps it."""
        return self.basis is ClaimBasis.CUSTODY

    @property
    def lapses_at(self) -> datetime:
        """The next deadline: of the first visit as long as that is owed, of the protection otherwise."""
        return lapses_at(self.protected_until, self.first_visit_due, visited=self.visited)

    @property
    def lapse_reason(self) -> LapseReason:
        """Which deadline that is."""
        if not self.visited and self.first_visit_due < self.protected_until:
            return LapseReason.FIRST_VISIT_MISSED
        return LapseReason.EXPIRED

    def in_grace(self, at: datetime) -> bool:
        """Lapsed, but a late synchronisation can still save it, and nobody else may claim."""
        return not self.cases and self.lapses_at <= at < self.release_at

    def is_over(self, at: datetime) -> bool:
        """Released by its own deadline, whether or not that has been written yet (architecture §5)."""
        return not self.cases and self.release_at <= at


Ownership: TypeAlias = Free | Claimed


def evolve(ownership: Ownership, event: OwnershipEvent) -> Ownership:
    """The ownership after one more event."""
    match event:
        case ClaimGranted():
            return Claimed(
                claim_id=event.claim_id,
                rep_id=event.rep_id,
                team_id=event.team_id,
                basis=event.basis,
                priority_at=event.priority_at,
                granted_at=event.granted_at,
                counting=_counting(ownership, event),
                protection_tz=event.protection_tz,
                first_visit_due=event.first_visit_due,
                protected_until=event.protected_until,
                hard_cap=event.hard_cap,
                release_at=event.release_at,
                visited=event.visited,
                lapse_written=False,
                cooling_off=ownership.cooling_off,
                warn_at=event.warn_at,
                cases=ownership.cases,
                paused_at=event.granted_at if ownership.cases else None,
                run_out=ownership.run_out,
            )
        case ProtectionRenewed():
            if not isinstance(ownership, Claimed):
                return ownership
            return replace(
                ownership,
                protected_until=event.new_until,
                release_at=event.release_at,
                visited=True,
                lapse_written=False,
                warn_at=event.warn_at,
            )
        case WonProtected():
            if not isinstance(ownership, Claimed):
                return ownership
            return replace(
                ownership,
                protected_until=event.new_until,
                hard_cap=event.hard_cap,
                release_at=event.release_at,
                visited=True,
                lapse_written=False,
                warn_at=event.warn_at,
            )
        case ProtectionWarned():
            if not isinstance(ownership, Claimed):
                return ownership
            return replace(ownership, warn_at=tuple(hour for hour in ownership.warn_at if hour > event.warned_at))
        case ProtectionExtended():
            if not isinstance(ownership, Claimed):
                return ownership
            return replace(
                ownership,
                protected_until=event.new_until,
                hard_cap=event.hard_cap,
                release_at=event.release_at,
                warn_at=event.warn_at,
                extended=True,
            )
        case ProtectionLapsed():
            return replace(ownership, lapse_written=True) if isinstance(ownership, Claimed) else ownership
        case ClaimReleased():
            cooling_off = {**ownership.cooling_off, event.rep_id: event.cooling_off_until}
            run_out = ownership.run_out | {event.claim_id} if event.reason in _BY_THE_CLOCK else ownership.run_out
            return Free(cooling_off, ownership.cases, since=event.released_at, run_out=run_out)
        case ClaimRevoked():
            return Free(ownership.cooling_off, ownership.cases, run_out=ownership.run_out)
        case ClaimPlacedInCustody():
            return ownership  # the claim that goes on takes its place
        case ProgressNoted():
            return _counted(ownership, Counting(event.progressed_at))
        case FollowUpContinued():
            return _counted(ownership, Counting(event.continued_at))
        case FollowUpWarned() if isinstance(ownership, Claimed):
            return replace(ownership, counting=replace(ownership.counting, warned=True))
        case FollowUpStopped() if isinstance(ownership, Claimed):
            return replace(ownership, counting=replace(ownership.counting, stopped=True))
        case FollowUpWarned() | FollowUpStopped():
            return ownership
        case CustomerParked():
            parked = Parked(event.claim_id, event.rep_id, event.team_id, event.harvest_at, event.reserved_until)
            return replace(ownership, parked=parked) if isinstance(ownership, Free) else ownership
        case HarvestDue():
            if not isinstance(ownership, Free) or ownership.parked is None:
                return ownership
            return replace(ownership, parked=replace(ownership.parked, due_written=True))
        case ClaimTransferred():
            return replace(ownership, heir=event.heir) if isinstance(ownership, Claimed) else ownership
        case TransferCalledOff():
            return replace(ownership, heir=None) if isinstance(ownership, Claimed) else ownership
        case HelperLinked():
            if not isinstance(ownership, Claimed):
                return ownership
            return replace(ownership, helpers={**ownership.helpers, event.to_rep_id: event.split_bp})
        case HelperUnlinked():
            if not isinstance(ownership, Claimed):
                return ownership
            left = {helper: bp for helper, bp in ownership.helpers.items() if helper != event.to_rep_id}
            return replace(ownership, helpers=left)
        case ProtectionPaused():
            return _paused(ownership, event)
        case ProtectionResumed():
            return _resumed(ownership, event)
        case ClaimRefused() | ClaimContested():
            return ownership
        case _:
            assert_never(event)


def _counting(before: Ownership, event: ClaimGranted) -> Counting:
    """A claim begins the count, unless it is the one before that goes on under another rep."""
    if isinstance(before, Claimed) and event.continues == before.claim_id:
        return before.counting
    return Counting(event.counted_since or event.entitled_from or event.granted_at)


def _counted(ownership: Ownership, counting: Counting) -> Ownership:
    return replace(ownership, counting=counting) if isinstance(ownership, Claimed) else ownership


def _paused(ownership: Ownership, event: ProtectionPaused) -> Ownership:
    cases = ownership.cases | {event.case_id}
    if isinstance(ownership, Free):
        return replace(ownership, cases=cases)
    return replace(ownership, cases=cases, paused_at=ownership.paused_at or event.paused_at)


def _resumed(ownership: Ownership, event: ProtectionResumed) -> Ownership:
    cases = ownership.cases - {event.case_id}
    if isinstance(ownership, Free) or event.release_at is None:
        return replace(ownership, cases=cases)
    return replace(
        ownership,
        cases=cases,
        paused_at=None,
        first_visit_due=event.first_visit_due or ownership.first_visit_due,
        protected_until=event.protected_until or ownership.protected_until,
        hard_cap=event.hard_cap or ownership.hard_cap,
        release_at=event.release_at,
        warn_at=event.warn_at,
    )


def slot_takers(ownership: Ownership) -> tuple[str, ...]:
    """Everybody whose slots may change when what stands here ends or goes on: the rep, and whoever is to follow."""
    if isinstance(ownership, Free):
        return ()
    return (ownership.rep_id,) if ownership.heir is None else (ownership.rep_id, ownership.heir.rep_id)


@lru_cache(4_096)
def ownership_of(customer_id: UUID, line: str) -> Stream[Ownership]:
    """The history of one customer in one business line."""
    return Stream(f"ownership-{customer_id}:{line}", Free(), evolve)
