"""What whoever asked for something about a claim is told, made from what happened."""

from collections.abc import Mapping, Sequence

from domain.ownership.events import (
    ClaimGranted,
    ClaimReleased,
    ClaimTransferred,
    CustomerParked,
    HelperLinked,
    HelperUnlinked,
    ProtectionExtended,
)
from services.carry_out import told
from services.ports import Json


def granted(events: Sequence[object]) -> Mapping[str, Json]:
    """A claim, with every deadline that it has."""
    event = next(one for one in events if isinstance(one, ClaimGranted))
    return told(
        {
            "claim_id": event.claim_id,
            "customer_id": event.customer_id,
            "line": event.line,
            "rep_id": event.rep_id,
            "protected_until": event.protected_until,
            "first_visit_due": event.first_visit_due,
            "hard_cap": event.hard_cap,
            "rules_version": event.rules_version,
        }
    )


def extended(events: Sequence[object]) -> Mapping[str, Json]:
    """Until when the claim protects now."""
    event = next(one for one in events if isinstance(one, ProtectionExtended))
    return told(
        {
            "claim_id": event.claim_id,
            "customer_id": event.customer_id,
            "state": "PROTECTED",
            "protected_until": event.new_until,
            "hard_cap": event.hard_cap,
            "rules_version": event.rules_version,
        }
    )


def transferred(events: Sequence[object]) -> Mapping[str, Json]:
    """To whom the customer goes, from when, and how long it is protected there."""
    event = next(one for one in events if isinstance(one, ClaimTransferred))
    return told(
        {
            "claim_id": event.heir.claim_id,
            "from_claim_id": event.claim_id,
            "customer_id": event.customer_id,
            "rep_id": event.to_rep_id,
            "state": "PROTECTED",
            "effective_at": event.effective_at,
            "protected_until": event.heir.protected_until,
            "first_visit_due": event.heir.first_visit_due,
            "hard_cap": event.heir.hard_cap,
            "rules_version": event.heir.rules_version,
        }
    )


def parked(events: Sequence[object]) -> Mapping[str, Json]:
    """When the customer is ripe, and until when it is kept for whoever parked it."""
    event = next(one for one in events if isinstance(one, CustomerParked))
    return told(
        {
            "claim_id": event.claim_id,
            "customer_id": event.customer_id,
            "state": "PARKED",
            "harvest_on": event.harvest_on,
            "harvest_at": event.harvest_at,
            "reserved_until": event.reserved_until,
            "rules_version": event.rules_version,
        }
    )


def helped(events: Sequence[object]) -> Mapping[str, Json]:
    """How the help stands now; nothing where it stood so before."""
    for event in events:
        match event:
            case HelperLinked():
                facts = {"claim_id": event.claim_id, "helper_id": event.to_rep_id, "split_bp": event.split_bp}
                return told({**facts, "state": "LINKED"})
            case HelperUnlinked():
                return told({"claim_id": event.claim_id, "helper_id": event.to_rep_id, "state": "UNLINKED"})
            case _:
                pass
    return {}


def released(events: Sequence[object]) -> Mapping[str, Json]:
    """Why the claim ended, and until when its rep may not claim again."""
    event = next(one for one in events if isinstance(one, ClaimReleased))
    return told(
        {
            "claim_id": event.claim_id,
            "customer_id": event.customer_id,
            "state": "FREE",
            "reason": event.reason,
            "released_at": event.released_at,
            "cooling_off_until": event.cooling_off_until,
        }
    )
