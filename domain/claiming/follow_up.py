"""How often a customer is followed up without progress, and when that is enough (S57, PM4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.claiming.refusals import NotOwner, NotStopped
from domain.decider import Past
from domain.ownership.events import FollowUpContinued, FollowUpStopped, FollowUpWarned, Progress, ProgressNoted
from domain.ownership.state import Claimed, ownership_of
from domain.reception import ReasonRequired
from domain.rulesets import ProtectionRules


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A contact that reached somebody, in whatever mode, by whomever; an attempt that did not is none."""

    visit_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CountFollowUps:
    """A customer was followed up: count. `follow_ups`: those that are not void, in order, as the service found them."""

    customer_id: UUID
    line: str
    follow_ups: tuple[FollowUp, ...]
    rules: ProtectionRules
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteProgress:
    """A customer came a step further."""

    customer_id: UUID
    line: str
    marker: Progress
    progressed_at: datetime


@dataclass(frozen=True, slots=True)
class ContinueFollowUp:
    """A manager of the owner's line lets the rep go on with a customer whose follow-ups were stopped."""

    claim_id: UUID
    customer_id: UUID
    line: str
    asked_by: str
    manages_holder: bool
    reason: str
    at: datetime


def count_follow_ups(command: CountFollowUps, past: Past) -> Sequence[object]:
    """Warn at D16, and stop at D16; each once until the count begins anew."""
    claim = past.of(ownership_of(command.customer_id, command.line))
    if not isinstance(claim, Claimed) or claim.in_custody:
        return []
    return said(command.customer_id, command.line, claim, command.follow_ups, command.rules, command.at)


def counted(claim: Claimed, follow_ups: Sequence[FollowUp]) -> Sequence[FollowUp]:
    """The follow-ups since the count began; whatever brought the progress does not count itself."""
    since = claim.counting.since
    return [one for one in follow_ups if one.at > since]


def too_many(claim: Claimed, follow_ups: Sequence[FollowUp], rules: ProtectionRules) -> bool:
    """Whether so many came to nothing that no visit keeps the customer longer."""
    return rules.followups_stop is not None and len(counted(claim, follow_ups)) >= rules.followups_stop


def said(
    customer_id: UUID,
    line: str,
    claim: Claimed,
    follow_ups: Sequence[FollowUp],
    rules: ProtectionRules,
    at: datetime,
) -> Sequence[object]:
    """What is written of a count, where it was not yet."""
    found = counted(claim, follow_ups)
    number, which = len(found), tuple(one.visit_id for one in found)
    written: list[object] = []
    if rules.followups_warn is not None and number >= rules.followups_warn and not claim.counting.warned:
        written.append(FollowUpWarned(claim.claim_id, customer_id, line, claim.rep_id, number, which, at))
    if too_many(claim, follow_ups, rules) and not claim.counting.stopped:
        written.append(
            FollowUpStopped(claim.claim_id, customer_id, line, claim.rep_id, number, which, rules.version, at)
        )
    return written


def note_progress(command: NoteProgress, past: Past) -> Sequence[object]:
    """Begin the count anew; a step that lies before its beginning, or a customer of nobody, changes nothing."""
    claim = past.of(ownership_of(command.customer_id, command.line))
    if not isinstance(claim, Claimed) or command.progressed_at <= claim.counting.since:
        return []
    return [
        ProgressNoted(
            claim.claim_id, command.customer_id, command.line, claim.rep_id, command.marker, command.progressed_at
        )
    ]


def continue_follow_up(command: ContinueFollowUp, past: Past) -> Sequence[object]:
    """Let the rep go on, for a reason, once for each stop."""
    claim = past.of(ownership_of(command.customer_id, command.line))
    if not isinstance(claim, Claimed) or claim.claim_id != command.claim_id or not command.manages_holder:
        raise NotOwner(command.claim_id)
    if not claim.counting.stopped:
        raise NotStopped(command.claim_id)
    if not command.reason.strip():
        raise ReasonRequired("followup.continue")
    return [
        FollowUpContinued(
            claim.claim_id,
            command.customer_id,
            command.line,
            claim.rep_id,
            command.reason,
            command.asked_by,
            command.at,
        )
    ]
