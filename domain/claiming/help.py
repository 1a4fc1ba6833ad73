"""Let a colleague work a customer beside its owner, for an agreed part of the credit (PM8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.claiming.refusals import NotOwner
from domain.deal.split import WHOLE
from domain.decider import Past
from domain.facts import RepFacts
from domain.ownership.events import HelperLinked, HelperUnlinked
from domain.ownership.state import Claimed, ownership_of
from domain.reception import ActorInactive, FieldFault, Malformed


@dataclass(frozen=True, slots=True)
class LinkHelper:
    """The owner, or somebody above both reps, lets a colleague help. `split_bp`: the helper's part of the credit."""

    claim_id: UUID
    customer_id: UUID
    line: str
    helper: RepFacts
    split_bp: int
    asked_by: str
    stands_above: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class UnlinkHelper:
    """The owner, or somebody above both reps, ends the help; the helper may end it too."""

    claim_id: UUID
    customer_id: UUID
    line: str
    helper_id: str
    asked_by: str
    stands_above: bool
    at: datetime


def link_helper(command: LinkHelper, past: Past) -> Sequence[object]:
    """By consent of the owner or of both reps' line; the same link again changes nothing, another part is a new one."""
    claim = past.of(ownership_of(command.customer_id, command.line))
    helper = command.helper.rep_id
    if not isinstance(claim, Claimed) or claim.claim_id != command.claim_id or claim.is_over(command.at):
        raise NotOwner(command.claim_id)
    if command.asked_by != claim.rep_id and not command.stands_above:
        raise NotOwner(command.claim_id)
    if not command.helper.active:
        raise ActorInactive(helper)
    if helper == claim.rep_id:
        raise Malformed((FieldFault("/data/helper_id", "Somebody else than the owner."),))
    others = sum(bp for one, bp in claim.helpers.items() if one != helper)
    if not 0 <= command.split_bp <= WHOLE - others:
        raise Malformed((FieldFault("/data/split_bp", f"0 to {WHOLE - others}: what other helpers leave."),))
    if claim.helpers.get(helper) == command.split_bp:
        return []
    linked_by, at = command.asked_by, command.at
    return [
        HelperLinked(
            claim.claim_id, command.customer_id, command.line, claim.rep_id, helper, command.split_bp, linked_by, at
        )
    ]


def unlink_helper(command: UnlinkHelper, past: Past) -> Sequence[object]:
    """From now on the helper is a stranger to this customer; who was none changes nothing."""
    claim = past.of(ownership_of(command.customer_id, command.line))
    if not isinstance(claim, Claimed) or claim.claim_id != command.claim_id:
        raise NotOwner(command.claim_id)
    if command.asked_by not in (claim.rep_id, command.helper_id) and not command.stands_above:
        raise NotOwner(command.claim_id)
    if command.helper_id not in claim.helpers:
        return []
    return [
        HelperUnlinked(
            claim.claim_id,
            command.customer_id,
            command.line,
            claim.rep_id,
            command.helper_id,
            command.asked_by,
            command.at,
        )
    ]
