"""Who owns which customer, since when, why, and until when; as it was recorded, and as it is known now (V1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.envelope import Recorded
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimReleased,
    ProtectionLapsed,
    ProtectionRenewed,
    ReleaseReason,
)
from domain.ownership.state import lapses_at
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class OwnershipSpan:
    """One claim on a customer in a line: true in the world from `valid_from` until before `valid_to`.

    `valid_to` is never open: it is the stored deadline at which the customer goes back to the pool, or the earlier
    hour at which it was given back; `ended` says why once that is written. `lapses_at`: when the protection ends,
    after which grace runs until `valid_to`. `basis`: on what the claim stands; `cause`: the stored name of the event
    that made it stand as it does. `visited`: an effective visit renewed it. All other fields as in `ClaimGranted`.
    """

    customer_id: UUID
    line: str
    claim_id: UUID
    rep_id: str
    team_id: str
    basis: ClaimBasis
    cause: str
    valid_from: datetime
    valid_to: datetime
    lapses_at: datetime
    protected_until: datetime
    first_visit_due: datetime
    hard_cap: datetime
    release_at: datetime
    priority_at: datetime
    visited: bool
    lapsed: bool
    ended: ReleaseReason | None
    cooling_off_until: datetime | None
    protection_tz: str
    rules_version: int
    calendar_version: int


def _touches(recorded: Recorded) -> Key | None:
    match recorded.event:
        case ClaimGranted() | ProtectionRenewed() | ProtectionLapsed() | ClaimReleased() as event:
            return (event.customer_id, event.line)
        case _:
            return None


def _fold(rows: Sequence[OwnershipSpan], recorded: Recorded) -> Sequence[OwnershipSpan]:
    cause = recorded.envelope.name
    match recorded.event:
        case ClaimGranted() as event:
            return [*rows, _granted(event, cause)]
        case ProtectionRenewed() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: replace(
                    span,
                    cause=cause,
                    visited=True,
                    lapsed=False,
                    protected_until=event.new_until,
                    lapses_at=lapses_at(event.new_until, span.first_visit_due, visited=True),
                    release_at=event.release_at,
                    valid_to=event.release_at,
                ),
            )
        case ProtectionLapsed() as event:
            return _changed(rows, event.claim_id, lambda span: replace(span, cause=cause, lapsed=True))
        case ClaimReleased() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: replace(
                    span,
                    cause=cause,
                    valid_to=event.released_at,
                    ended=event.reason,
                    cooling_off_until=event.cooling_off_until,
                ),
            )
        case _:
            return rows


def _granted(event: ClaimGranted, cause: str) -> OwnershipSpan:
    return OwnershipSpan(
        customer_id=event.customer_id,
        line=event.line,
        claim_id=event.claim_id,
        rep_id=event.rep_id,
        team_id=event.team_id,
        basis=event.basis,
        cause=cause,
        valid_from=event.granted_at,
        valid_to=event.release_at,
        lapses_at=lapses_at(event.protected_until, event.first_visit_due, visited=False),
        protected_until=event.protected_until,
        first_visit_due=event.first_visit_due,
        hard_cap=event.hard_cap,
        release_at=event.release_at,
        priority_at=event.priority_at,
        visited=False,
        lapsed=False,
        ended=None,
        cooling_off_until=None,
        protection_tz=event.protection_tz,
        rules_version=event.rules_version,
        calendar_version=event.calendar_version,
    )


def _changed(
    rows: Sequence[OwnershipSpan], claim_id: UUID, change: Callable[[OwnershipSpan], OwnershipSpan]
) -> Sequence[OwnershipSpan]:
    return [change(row) if row.claim_id == claim_id else row for row in rows]


ownership_table = Spans(
    name="ownership_table",
    version=1,
    row=OwnershipSpan,
    key=("customer_id", "line"),
    indexes=(("claim_id",), ("rep_id", "valid_to"), ("team_id", "valid_to"), ("valid_to",)),
    handles=frozenset({ClaimGranted, ProtectionRenewed, ProtectionLapsed, ClaimReleased}),
    touches=_touches,
    fold=_fold,
)
