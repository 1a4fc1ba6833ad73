"""Facts of small conflicts: Anna and Bruno want Acme."""

from collections.abc import Sequence
from datetime import datetime

from domain.conflict.ladder import ClaimFact, Facts, MarkedFact, Party, ProtectionFact, Trust, VisitFact
from tests.people import an_id, at

NOON = at("03-02 12:00")
SYNCED = at("03-02 18:00")
"""When Anna's phone is in reach again and the case is opened."""
DUE = at("03-06 00:00")
LATER = at("03-17 00:00")


def claim(hour: datetime, trust: Trust = Trust.E1, n: int = 1, not_eligible: str | None = None) -> ClaimFact:
    return ClaimFact(an_id(n), trust, hour, not_eligible)


def visit(hour: datetime, trust: Trust = Trust.E1, n: int = 20, knew_at: datetime | None = None) -> VisitFact:
    return VisitFact(an_id(n), an_id(n + 500), trust, hour, knew_at or hour)


def protection(
    since: datetime,
    until: datetime = LATER,
    *,
    n: int = 2,
    recorded_at: datetime | None = None,
    visible: bool = True,
) -> ProtectionFact:
    recorded = recorded_at or since
    return ProtectionFact(an_id(n), since, until, recorded, recorded if visible else None)


def letter(n: int = 60) -> MarkedFact:
    return MarkedFact(an_id(n), Trust.E3, SYNCED)


def facts(*parties: Party, notice_at: datetime = SYNCED, position: int = 77) -> Facts:
    return Facts(position, parties, notice_at, DUE, tie_seconds=60, good_faith_bp=2_000)


def anna(
    claimed: ClaimFact | None = None,
    *,
    visits: Sequence[VisitFact] = (),
    protections: Sequence[ProtectionFact] = (),
    registered: MarkedFact | None = None,
    letters: Sequence[MarkedFact] = (),
) -> Party:
    return Party("anna", claimed, tuple(protections), tuple(visits), registered, tuple(letters))


def bruno(
    claimed: ClaimFact | None = None,
    *,
    visits: Sequence[VisitFact] = (),
    protections: Sequence[ProtectionFact] = (),
    registered: MarkedFact | None = None,
    letters: Sequence[MarkedFact] = (),
) -> Party:
    return Party("bruno", claimed, tuple(protections), tuple(visits), registered, tuple(letters))
