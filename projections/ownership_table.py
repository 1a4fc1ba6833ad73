"""Who owns which customer, since when, why, and until when; as it was recorded, and as it is known now (V1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.envelope import Recorded
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimPlacedInCustody,
    ClaimReleased,
    ClaimRevoked,
    ClaimTransferred,
    HelperLinked,
    HelperUnlinked,
    ProtectionExtended,
    ProtectionLapsed,
    ProtectionPaused,
    ProtectionRenewed,
    ProtectionResumed,
    ReleaseReason,
    TransferCalledOff,
    WonProtected,
)
from domain.ownership.state import FOREVER, lapses_at
from projections.projection import Key, Spans, Valid


@dataclass(frozen=True, slots=True)
class OwnershipSpan:
    """One claim on a customer in a line: true in the world from `valid_from` until before `valid_to`.

    `valid_to` is never open: it is the stored deadline at which the customer goes back to the pool, or the earlier
    hour at which it was given back; `ended` says why once that is written. `lapses_at`: when the protection ends,
    after which grace runs until `valid_to`. `basis`: on what the claim stands; `cause`: the stored name of the
    event that made it stand as it does. `visited`: an effective visit renewed it, `renewed_by` the last such.
    `cases`: what stops its clock; until they are over, no end is known, and `valid_to` and `lapses_at` are for
    ever. A claim that a ruling found entitled from an earlier hour on is true from that hour, and what had been
    true then of others ends there: their span may be empty. A claim that was made offline is true from the hour
    that its device could show, though it was recorded later. A claim that is handed on ends at that hour:
    `to_rep_id` tells who follows. `helpers`: colleagues who may work the customer too, and `helper_bp` their parts
    of the credit, in the same order. All other fields as in `ClaimGranted`.
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
    cases: tuple[UUID, ...]
    renewed_by: UUID | None
    lapsed: bool
    ended: ReleaseReason | None
    cooling_off_until: datetime | None
    protection_tz: str
    rules_version: int
    calendar_version: int
    continues: UUID | None
    to_rep_id: str | None
    helpers: tuple[str, ...]
    helper_bp: tuple[int, ...]

    @property
    def lapse_reason(self) -> ReleaseReason:
        """Why it ends where nothing else happens."""
        missed = not self.visited and self.first_visit_due < self.protected_until
        return ReleaseReason.FIRST_VISIT_MISSED if missed else ReleaseReason.EXPIRED


_EVENTS = (
    ClaimGranted,
    ProtectionRenewed,
    ProtectionExtended,
    WonProtected,
    ProtectionLapsed,
    ClaimReleased,
    ClaimRevoked,
    ClaimTransferred,
    ClaimPlacedInCustody,
    TransferCalledOff,
    HelperLinked,
    HelperUnlinked,
    ProtectionPaused,
    ProtectionResumed,
)


def _touches(recorded: Recorded) -> Key | None:
    event = recorded.event
    return (event.customer_id, event.line) if isinstance(event, _EVENTS) else None


def _fold(rows: Sequence[OwnershipSpan], recorded: Recorded) -> Sequence[OwnershipSpan]:
    cause = recorded.envelope.name
    match recorded.event:
        case ClaimGranted() as event:
            others = [_until(row, event.entitled_from) for row in rows]
            return [*others, _granted(event, cause, _entitled_since(event, rows))]
        case ProtectionRenewed() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: _prolonged(
                    replace(span, cause=cause, visited=True, renewed_by=event.visit_id, lapsed=False), event
                ),
            )
        case WonProtected() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: _prolonged(
                    replace(span, cause=cause, visited=True, lapsed=False, hard_cap=event.hard_cap), event
                ),
            )
        case ProtectionExtended() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: _prolonged(replace(span, cause=cause, hard_cap=event.hard_cap), event),
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
        case ClaimRevoked() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: replace(
                    span,
                    cause=cause,
                    cases=(),
                    lapses_at=min(span.lapses_at, event.revoked_at),
                    valid_to=event.revoked_at,
                    ended=event.reason,
                ),
            )
        case ClaimTransferred() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: replace(
                    span,
                    cause=cause,
                    valid_to=event.effective_at,
                    lapses_at=min(span.lapses_at, event.effective_at),
                    to_rep_id=event.to_rep_id,
                    ended=ReleaseReason.TRANSFER,
                ),
            )
        case ClaimPlacedInCustody() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: replace(
                    span,
                    cause=cause,
                    cases=(),
                    valid_to=event.placed_at,
                    lapses_at=min(span.lapses_at, event.placed_at),
                    to_rep_id=event.to_rep_id,
                    ended=ReleaseReason.DEPARTURE,
                ),
            )
        case TransferCalledOff() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: replace(
                    span,
                    cause=cause,
                    valid_to=span.release_at,
                    lapses_at=lapses_at(span.protected_until, span.first_visit_due, visited=span.visited),
                    to_rep_id=None,
                    ended=None,
                ),
            )
        case HelperLinked() as event:
            return _changed(rows, event.claim_id, lambda span: _helped(span, event.to_rep_id, event.split_bp))
        case HelperUnlinked() as event:
            return _changed(rows, event.claim_id, lambda span: _helped(span, event.to_rep_id, None))
        case ProtectionPaused() as event:
            return _changed(
                rows,
                event.claim_id,
                lambda span: replace(
                    span,
                    cause=cause,
                    cases=tuple(sorted({*span.cases, event.case_id})),
                    lapses_at=FOREVER,
                    valid_to=FOREVER,
                ),
            )
        case ProtectionResumed() as event:
            return _changed(rows, event.claim_id, lambda span: _resumed(span, event, cause))
        case _:
            return rows


def _until(span: OwnershipSpan, hour: datetime | None) -> OwnershipSpan:
    """What was true of a rep ends where a ruling found another one entitled; empty where it began later."""
    if hour is None or span.valid_to <= hour:
        return span
    return replace(span, valid_to=max(span.valid_from, hour))


def _prolonged(span: OwnershipSpan, event: ProtectionRenewed | WonProtected | ProtectionExtended) -> OwnershipSpan:
    """The protection ends later; what is to be handed on still ends at that hour, and what a case holds has no end."""
    lapse = lapses_at(event.new_until, span.first_visit_due, visited=span.visited)
    valid_to = event.release_at
    if span.cases:
        lapse, valid_to = FOREVER, FOREVER
    elif span.to_rep_id is not None:
        lapse, valid_to = min(lapse, span.valid_to), span.valid_to
    return replace(
        span,
        protected_until=event.new_until,
        lapses_at=lapse,
        release_at=event.release_at,
        valid_to=valid_to,
        rules_version=event.rules_version,
    )


def _helped(span: OwnershipSpan, helper_id: str, split_bp: int | None) -> OwnershipSpan:
    helpers = {one: bp for one, bp in zip(span.helpers, span.helper_bp, strict=True) if one != helper_id}
    if split_bp is not None:
        helpers[helper_id] = split_bp
    return replace(span, helpers=tuple(helpers), helper_bp=tuple(helpers.values()))


def _resumed(span: OwnershipSpan, event: ProtectionResumed, cause: str) -> OwnershipSpan:
    others = tuple(case for case in span.cases if case != event.case_id)
    due, until, cap = event.first_visit_due, event.protected_until, event.hard_cap
    if due is None or until is None or cap is None or event.release_at is None:
        return replace(span, cause=cause, cases=others)
    return replace(
        span,
        cause=cause,
        cases=others,
        first_visit_due=due,
        protected_until=until,
        hard_cap=cap,
        lapses_at=lapses_at(until, due, visited=span.visited),
        release_at=event.release_at,
        valid_to=event.release_at,
    )


def _entitled_since(event: ClaimGranted, rows: Sequence[OwnershipSpan]) -> datetime:
    """From when on a claim is true: of an offline one, from the hour that its device could show, or the end of the last
    claim that others had since."""
    if event.basis is not ClaimBasis.ATTESTED:
        return event.entitled_from or event.granted_at
    return max([event.priority_at, *(row.valid_to for row in rows if row.valid_to <= event.granted_at)])


def _granted(event: ClaimGranted, cause: str, since: datetime) -> OwnershipSpan:
    return OwnershipSpan(
        customer_id=event.customer_id,
        line=event.line,
        claim_id=event.claim_id,
        rep_id=event.rep_id,
        team_id=event.team_id,
        basis=event.basis,
        cause=cause,
        valid_from=since,
        valid_to=event.release_at,
        lapses_at=lapses_at(event.protected_until, event.first_visit_due, visited=event.visited),
        protected_until=event.protected_until,
        first_visit_due=event.first_visit_due,
        hard_cap=event.hard_cap,
        release_at=event.release_at,
        priority_at=event.priority_at,
        visited=event.visited,
        cases=(),
        renewed_by=None,
        lapsed=False,
        ended=None,
        cooling_off_until=None,
        protection_tz=event.protection_tz,
        rules_version=event.rules_version,
        calendar_version=event.calendar_version,
        continues=event.continues,
        to_rep_id=None,
        helpers=(),
        helper_bp=(),
    )


def _changed(
    rows: Sequence[OwnershipSpan], claim_id: UUID | None, change: Callable[[OwnershipSpan], OwnershipSpan]
) -> Sequence[OwnershipSpan]:
    return [change(row) if row.claim_id == claim_id else row for row in rows]


ownership_table = Spans(
    name="ownership_table",
    version=5,
    row=OwnershipSpan,
    key=("customer_id", "line"),
    indexes=(("claim_id",), ("rep_id", "valid_to"), ("team_id", "valid_to"), ("valid_to",)),
    handles=frozenset(_EVENTS),
    touches=_touches,
    fold=_fold,
    valid=Valid("valid_from", "valid_to", FOREVER),
)
