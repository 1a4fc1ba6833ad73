"""A claim that was made offline, at an hour that the device can show: judged as of that hour, in the queue's order.

Who was granted the customer meanwhile cannot simply lose it, and the earlier claim cannot simply be refused: where the
earlier hour counts, or both lie within the tolerance of a tie (D11), the claim is contested and a case decides (PM8).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeGuard

from domain.ownership.events import ClaimGranted
from domain.ownership.state import Claimed, Free, Ownership


@dataclass(frozen=True, slots=True)
class Then:
    """How the customer stood at the priority instant, by all that had been decided until then; `tie`: D11."""

    ownership: Ownership
    tie: timedelta


def as_if_free(then: Ownership, now: Ownership, priority_at: datetime, tie: timedelta) -> Ownership:
    """The ownership against which an offline claim is judged: that of its own hour.

    A rival who was granted the customer within the tie before that hour was not there first: as if it were free.
    """
    same = isinstance(then, Claimed) and isinstance(now, Claimed) and then.claim_id == now.claim_id
    if isinstance(then, Claimed) and same and priority_at - then.priority_at <= tie:
        return Free(then.cooling_off)
    return then


def is_contested(now: Ownership, rep_id: str, priority_at: datetime, tie: timedelta) -> TypeGuard[Claimed]:
    """Whether a rival holds the customer by an hour that is not clearly earlier."""
    return isinstance(now, Claimed) and now.rep_id != rep_id and priority_at - now.priority_at <= tie


def dated_back(grant: ClaimGranted, at: datetime) -> ClaimGranted:
    """A grant whose windows run from the priority instant, written later; a warning whose day has passed is none."""
    return replace(grant, granted_at=at, warn_at=tuple(hour for hour in grant.warn_at if hour > at))
