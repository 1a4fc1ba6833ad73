"""How complete the record of a customer is, 0–100; a lead under 60 is not yet valid (domain §2)."""

from dataclasses import dataclass

HOME_OF_CODES = "CN"
"""The country whose companies have a unified social credit code; elsewhere its points are not asked for."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each thing known is worth; the score is the share of what can be known, in whole percent."""

    uscc: int = 20
    region: int = 10
    domain: int = 10
    phone: int = 10
    place: int = 10
    website_looked_for: int = 5
    buyer_persona: int = 10
    contact: int = 10
    key_contact: int = 15


DEFAULT_WEIGHTS = Weights()


def completeness(
    *,
    country: str,
    uscc: bool,
    region: bool,
    domain: bool,
    phone: bool,
    place: bool,
    website_looked_for: bool,
    buyer_persona: bool,
    contact: bool,
    key_contact: bool,
    weights: Weights = DEFAULT_WEIGHTS,
) -> int:
    """The score, rounded half up: each argument says whether that is known."""
    parts = [
        (weights.region, region),
        (weights.domain, domain),
        (weights.phone, phone),
        (weights.place, place),
        (weights.website_looked_for, website_looked_for),
        (weights.buyer_persona, buyer_persona),
        (weights.contact, contact),
        (weights.key_contact, key_contact),
    ]
    if country == HOME_OF_CODES or uscc:
        parts.append((weights.uscc, uscc))
    whole = sum(worth for worth, _ in parts)
    reached = sum(worth for worth, known in parts if known)
    return (200 * reached + whole) // (2 * whole)
