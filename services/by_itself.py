"""What the platform asks of itself: under its own name, with ids that make asking twice harmless."""

from datetime import datetime
from hashlib import sha256

from domain.days import day_of
from domain.envelope import Actor
from domain.rights import Role
from projections.deadlines import DeadlineRow
from projections.departures import DepartureRow
from services.ports import Context, Request

CLOCK = "clock"
"""The source of everything that happens because an hour has come."""


def by_the_clock(deadline: DeadlineRow, at: datetime, zone: str) -> Context:
    """The conversation in which a deadline is carried out: one per claim and stored deadline, for ever.

    It occurred when the deadline came, however late it is written. A case that ends on the day it began moves nothing,
    and the same deadline comes once more.
    """
    again = f":{deadline.resumed}" if deadline.resumed else ""
    request_id = f"{deadline.claim_id}:{deadline.due_at.isoformat()}{again}"
    return Context(
        asked="ownership.expire",
        request=Request(CLOCK, request_id, sha256(request_id.encode()).digest()),
        actor=Actor(CLOCK, Role.SYSTEM),
        occurred_at=deadline.due_at,
        occurred_tz=zone,
        decided_at=at,
        biz_date=day_of(deadline.due_at, zone),
        correlation_id=f"{CLOCK}:{deadline.claim_id}",
    )


def after_leaving(departure: DepartureRow, what: str, at: datetime, zone: str) -> Context:
    """The conversation in which something about the customers of a rep who left is settled; once for each thing."""
    request_id = f"departure:{departure.rep_id}:{departure.left_at.isoformat()}:{what}"
    return Context(
        asked="ownership.place_in_custody",
        request=Request(CLOCK, request_id, sha256(request_id.encode()).digest()),
        actor=Actor(CLOCK, Role.SYSTEM),
        occurred_at=departure.left_at,
        occurred_tz=zone,
        decided_at=at,
        biz_date=day_of(departure.left_at, zone),
        correlation_id=f"{CLOCK}:{departure.rep_id}",
    )


def at_start(at: datetime, zone: str) -> Context:
    """The conversation of a platform that starts, with itself; whoever uses it puts an own request into it."""
    return Context(
        asked="platform.start",
        request=Request("platform", "start", b""),
        actor=Actor("platform", Role.SYSTEM),
        occurred_at=at,
        occurred_tz=zone,
        decided_at=at,
        biz_date=day_of(at, zone),
        correlation_id="platform:start",
    )


def because_an_hour_came(asked: str, what: str, came_at: datetime, at: datetime, zone: str) -> Context:
    """The conversation in which something that an hour brings is written; once for each `what` and hour."""
    request_id = f"{what}:{came_at.isoformat()}"
    return Context(
        asked=asked,
        request=Request(CLOCK, request_id, sha256(request_id.encode()).digest()),
        actor=Actor(CLOCK, Role.SYSTEM),
        occurred_at=came_at,
        occurred_tz=zone,
        decided_at=at,
        biz_date=day_of(came_at, zone),
        correlation_id=f"{CLOCK}:{what}",
    )
