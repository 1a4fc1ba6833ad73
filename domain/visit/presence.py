"""Was the rep there? What the position of a device says, measured against the customer's place (D12)."""

from dataclasses import dataclass

from domain.facts import CustomerFacts
from domain.geodesy import metres_between
from domain.reception import FieldFault, Malformed, known_place
from domain.rulesets import EffectiveVisitRules
from domain.values import Place
from domain.visit.events import Presence


@dataclass(frozen=True, slots=True)
class Geo:
    """A position as a device gave it. `accuracy_m`: metres; `provider`: gps, network…; `mock`: said to be made up."""

    lat_e7: int
    lon_e7: int
    accuracy_m: int
    crs: str | None
    provider: str | None = None
    mock: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be known in clear of a position: everything but the position."""

    presence: Presence
    distance_m: int | None = None
    accuracy_m: int | None = None
    crs: str | None = None
    mock: bool = False
    flags: tuple[str, ...] = ()


def seen(geo: Geo | None, customer: CustomerFacts, rules: EffectiveVisitRules, *, consent: bool) -> Seen:
    """VERIFIED where the fix is good and lies within the fence widened by its accuracy; the label is believed.

    A made-up, missing or poor position proves nothing either way: UNVERIFIED. Without consent nothing is looked at.
    """
    if not consent:
        return Seen(Presence.NO_CONSENT)
    if geo is None:
        return Seen(Presence.UNVERIFIED)
    here = known_place(geo.lat_e7, geo.lon_e7, geo.crs)
    if geo.accuracy_m < 0:
        raise Malformed((FieldFault("/data/geo/accuracy_m", "Not less than 0."),))
    flags = ("MOCK_LOCATION",) if geo.mock else ()
    there = _place_of(customer)
    if there is None:
        flags = (*flags, "PLACE_UNKNOWN")
        return Seen(Presence.UNVERIFIED, None, geo.accuracy_m, here.crs, geo.mock, flags)
    distance = metres_between(here, there)
    return Seen(_presence(geo, distance, rules), distance, geo.accuracy_m, here.crs, geo.mock, flags)


def metres_outside(distance_m: int, accuracy_m: int, rules: EffectiveVisitRules) -> int:
    """How far beyond the fence a position lies, at the least; not above 0 means inside."""
    return distance_m - rules.fence_metres - accuracy_m


def _presence(geo: Geo, distance: int, rules: EffectiveVisitRules) -> Presence:
    if geo.mock or geo.accuracy_m > rules.accuracy_metres:
        return Presence.UNVERIFIED
    return Presence.VERIFIED if metres_outside(distance, geo.accuracy_m, rules) <= 0 else Presence.OUTSIDE


def _place_of(customer: CustomerFacts) -> Place | None:
    if customer.lat_e7 is None or customer.lon_e7 is None or customer.crs is None:
        return None
    return Place(customer.lat_e7, customer.lon_e7, customer.crs)
