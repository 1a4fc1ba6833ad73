"""Small values that several concepts share."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the smallest unit of its currency.

    `minor`: whole number of minor units (cents, fen); `currency`: ISO 4217, three capital letters.
    """

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A personal value, in the form in which the record keeps it: provable, unreadable, and erasable.

    `digest`: base64url SHA-256 over the salted disclosure (evidence §4), the disclosure itself lies apart under
    the key of the person; `mac`: base64url HMAC-SHA-256 of the bare value under the same key, so that "is it
    the same as before?" can be answered without opening it, and no longer once the key is gone.
    """

    digest: str
    mac: str


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the earth, in ten-millionths of a degree.

    `crs`: the coordinate system in which the sender gave it: WGS84, GCJ02 or BD09 (they differ by 100–700 m).
    """

    lat_e7: int
    lon_e7: int
    crs: str


@dataclass(frozen=True, slots=True)
class Part:
    """A rep's part of the credit, in basis points."""

    rep_id: str
    bp: int


class InterestOrigin(StrEnum):
    """Why the customer is interested (S48); OTHER says it in words."""

    COMPETITOR_RESULT = "COMPETITOR_RESULT"
    ADVERTISEMENT = "ADVERTISEMENT"
    FRIEND_REFERRAL = "FRIEND_REFERRAL"
    EXISTING_NEED = "EXISTING_NEED"
    REP_PROSPECTING = "REP_PROSPECTING"
    EVENT = "EVENT"
    OTHER = "OTHER"


def in_bp(part: int, whole: int) -> int | None:
    """A share in basis points, half up; None where there is no whole (domain §4)."""
    return None if whole == 0 else (2 * 10_000 * part + whole) // (2 * whole)
