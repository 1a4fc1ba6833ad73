"""What is known of a customer besides its name, and how one group of it is read, replaced and proved."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import assert_never

from domain.customer.events import CompetitorRelation, CompetitorTie, DetailField, DetailValue
from domain.values import Place


@dataclass(frozen=True, slots=True)
class Details:
    """Everything that may change about a customer but its name and its people; None: not known."""

    country: str
    region_code: str | None = None
    uscc: str | None = None
    domain: str | None = None
    registrable: str | None = None
    phones: tuple[str, ...] = ()
    place: Place | None = None
    competitor_relation: CompetitorRelation | None = None
    has_website: bool | None = None
    buyer_persona: str | None = None
    address: str | None = None


def value_of(details: Details, field: DetailField) -> DetailValue:
    """One group of details, in the shape in which an event states it."""
    match field:
        case DetailField.USCC:
            return details.uscc
        case DetailField.REGION:
            return {"country": details.country, "region_code": details.region_code}
        case DetailField.DOMAIN:
            if details.domain is None:
                return None
            return {"domain": details.domain, "registrable": details.registrable}
        case DetailField.PHONES:
            return details.phones or None
        case DetailField.PLACE:
            place = details.place
            return {"lat_e7": place.lat_e7, "lon_e7": place.lon_e7, "crs": place.crs} if place else None
        case DetailField.COMPETITOR_RELATION:
            return _stated(details.competitor_relation)
        case DetailField.HAS_WEBSITE:
            return details.has_website
        case DetailField.BUYER_PERSONA:
            return details.buyer_persona
        case DetailField.ADDRESS:
            return details.address
        case _:
            assert_never(field)


def with_value(details: Details, field: DetailField, value: DetailValue) -> Details:
    """The details after one group of them has become another."""
    match field:
        case DetailField.USCC:
            return replace(details, uscc=_text(value))
        case DetailField.REGION:
            country = _part(value, "country")
            return replace(details, country=country or details.country, region_code=_part(value, "region_code"))
        case DetailField.DOMAIN:
            return replace(details, domain=_part(value, "domain"), registrable=_part(value, "registrable"))
        case DetailField.PHONES:
            return replace(details, phones=value if isinstance(value, tuple) else ())
        case DetailField.PLACE:
            return replace(details, place=_place(value))
        case DetailField.COMPETITOR_RELATION:
            return replace(details, competitor_relation=_competitor_relation(value))
        case DetailField.HAS_WEBSITE:
            return replace(details, has_website=value if isinstance(value, bool) else None)
        case DetailField.BUYER_PERSONA:
            return replace(details, buyer_persona=_text(value))
        case DetailField.ADDRESS:
            return replace(details, address=_text(value))
        case _:
            assert_never(field)


def hash_of(value: DetailValue) -> str | None:
    """Hex SHA-256 by which an event proves the value that it replaces; None where there was none.

    Hashed is the UTF-8 text of the value: a text as it is, `true` or `false`, several texts one a line, several
    parts as `name=value`, one a line, sorted by name, those without a value left out.
    """
    match value:
        case None:
            return None
        case bool():
            text = "true" if value else "false"
        case str():
            text = value
        case tuple():
            text = "\n".join(value)
        case _:
            text = "\n".join(f"{name}={part}" for name, part in sorted(value.items()) if part is not None)
    return text_hash(text)


def text_hash(text: str) -> str:
    """Hex SHA-256 of a text that is there."""
    return sha256(text.encode()).hexdigest()


def _stated(relation: CompetitorRelation | None) -> DetailValue:
    if relation is None:
        return None
    return {
        "competitor": relation.competitor,
        "tie": relation.tie.value,
        "evidence": relation.evidence,
        "seen_on": relation.seen_on.isoformat() if relation.seen_on else None,
    }


def _competitor_relation(value: DetailValue) -> CompetitorRelation | None:
    competitor, tie, seen_on = _part(value, "competitor"), _part(value, "tie"), _part(value, "seen_on")
    if competitor is None or tie is None:
        return None
    return CompetitorRelation(
        competitor, CompetitorTie(tie), _part(value, "evidence"), date.fromisoformat(seen_on) if seen_on else None
    )


def _place(value: DetailValue) -> Place | None:
    if not isinstance(value, Mapping):
        return None
    return Place(int(value["lat_e7"] or 0), int(value["lon_e7"] or 0), str(value["crs"]))


def _text(value: DetailValue) -> str | None:
    return value if isinstance(value, str) else None


def _part(value: DetailValue, name: str) -> str | None:
    part = value.get(name) if isinstance(value, Mapping) else None
    return None if part is None else str(part)
