"""Who owned a customer, worked out from all ownership events by hand: slow, plain, and nothing of the product in it.

It knows the two dials from the meaning of the events alone: what was recorded up to a position, and who was entitled
at an hour by that. Read models and questions are compared with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.envelope import Recorded

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass
class Entitlement:
    """One claim: whose, and from when until when it is true."""

    claim_id: UUID
    rep_id: str
    begins: datetime
    ends: datetime
    release_at: datetime
    handed_on: bool = False
    cases: int = 0


def entitlements(events: Iterable[Recorded], customer_id: UUID, line: str, known_at: int) -> Sequence[Entitlement]:
    """Every claim on a customer, by what was recorded up to a position."""
    claims: dict[UUID, Entitlement] = {}
    for recorded in events:
        event: Any = recorded.event
        of_it = (getattr(event, "customer_id", None), getattr(event, "line", None)) == (customer_id, line)
        if recorded.position > known_at or not of_it:
            continue
        name = recorded.envelope.name.removeprefix("ownership.")
        if name == "claim_granted":
            begins = event.entitled_from or event.granted_at
            if event.basis == "ATTESTED":
                ended = [one.ends for one in claims.values() if one.ends <= event.granted_at]
                begins = max([event.priority_at, *ended])
            if event.entitled_from is not None:
                for one in claims.values():
                    one.ends = min(one.ends, max(one.begins, event.entitled_from))
            claims[event.claim_id] = Entitlement(
                event.claim_id, event.rep_id, begins, event.release_at, event.release_at
            )
            continue
        claim = claims.get(getattr(event, "claim_id", None) or UUID(int=0))
        if claim is not None:
            _changed(claim, name, event)
    return list(claims.values())


def _changed(claim: Entitlement, name: str, event: Any) -> None:  # noqa: ANN401 - any event of ownership
    match name:
        case "protection_renewed" | "protection_extended":
            claim.release_at = event.release_at
            claim.ends = claim.ends if claim.handed_on else event.release_at
        case "protection_paused":
            claim.cases += 1
            claim.ends = NEVER
        case "protection_resumed":
            claim.cases -= 1
            if event.release_at is not None:
                claim.release_at = claim.ends = event.release_at
        case "claim_released":
            claim.ends = event.released_at
        case "claim_revoked":
            claim.ends = event.revoked_at
        case "claim_transferred":
            claim.ends, claim.handed_on = event.effective_at, True
        case "transfer_called_off":
            claim.ends, claim.handed_on = claim.release_at, False
        case "claim_placed_in_custody":
            claim.ends, claim.handed_on = event.placed_at, True
        case _:
            pass


def owners(claims: Iterable[Entitlement], valid_at: datetime) -> Sequence[Entitlement]:
    """Whose claims are true at an hour; more than one is more than there may ever be."""
    return [claim for claim in claims if claim.begins <= valid_at < claim.ends]
