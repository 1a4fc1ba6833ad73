"""The numbers of the method, as a published rule set states them; no other code knows a number (S75).

Each field names its parameter in the catalogue (domain §3.2). Zero means zero, None means "off".
A rule set is looked up for the day it is asked about and handed to decisions as a value.
"""

from dataclasses import dataclass
from enum import StrEnum


class PriorityMode(StrEnum):
    """Which hour of an offline claim counts: the one that its device can show, or always that of its arrival."""

    ATTESTED = "ATTESTED"
    SERVER_ORDER = "SERVER_ORDER"


@dataclass(frozen=True, slots=True)
class ProtectionRules:
    """PROT: how long a claim protects, and how many a rep may hold."""

    version: int = 1
    protection_days: int = 15  # D1
    first_visit_workdays: int = 3  # D2
    hard_cap_days: int = 90  # D3
    extension_days: int = 30  # D3
    grace_hours: int = 24  # D4
    cooling_off_days: int = 7  # D5
    capacity: int | None = 100  # D6
    claims_per_day: int | None = 20  # D7
    pool_views_per_day: int | None = 60  # D7: customers of the pool whose details a rep may open
    warning_days: tuple[int, ...] = (3, 1)  # D8
    attestation_hours: int = 24  # D9
    priority_mode: PriorityMode = PriorityMode.ATTESTED  # D33
    followups_warn: int | None = 3  # D16
    followups_stop: int | None = 5  # D16
    custody_workdays: int = 5  # D24
    harvest_workdays: int = 3  # D30
    won_protection_days: int = 365  # D23
    won_takes_slot: bool = False  # D6: what was bought is no effort of acquisition any more
    unworked_capacity: int | None = None  # claims without an effective visit that a rep may hold at a time
    claim_gap_minutes: int | None = None  # between two claims of a rep
    pool_freeze_days: int | None = None  # in which nobody claims what has just come back to the pool
    release_reason_required: bool = False  # whoever gives a customer back says why


@dataclass(frozen=True, slots=True)
class EffectiveVisitRules:
    """EFF: what makes a visit effective."""

    version: int = 1
    fence_metres: int = 300  # D12
    accuracy_metres: int = 100  # D12
    nearby_metres: int = 1000  # outside by no more than this is undetermined, not refuted
    shortest_minutes: int = 10  # D14
    longest_minutes: int = 480  # D14
    note_characters: int = 20  # D15
    undetermined_workdays: int = 5


@dataclass(frozen=True, slots=True)
class FlagRules:
    """FLAG: what is noticed about the hour of an event."""

    version: int = 1
    skew_seconds: int = 120  # D10
    tie_seconds: int = 60  # D11
    backdate_days: int = 7  # D13
    future_seconds: int = 300  # D28
    plan_late_hour: int = 12
    impossible_kmh: int | None = 150  # D31
    impossible_metres: int = 1_000  # shorter journeys are within what positions are off, and speak of nobody


@dataclass(frozen=True, slots=True)
class FocusRules:
    """FOCUS: what a new customer is, and where the time of a rep shall go (S46, S49, S59, S70, S72)."""

    version: int = 1
    new_days: int = 30  # D17
    old_days: int = 365  # days after a won deal in which a customer is an old one
    counted_once_days: int = 180  # an effective new customer counts once in these, across reps
    buyer_workdays: int = 3  # PM17: after the first effective visit
    new_share_bp: int | None = 8_000  # D18
    stale_share_bp: int | None = 2_000  # more of a week for old, unwon customers is STALE_FOCUS (S49)
    travel_share_bp: int | None = 4_000  # D20
    least_minutes: int = 60  # of a day with less customer time no share is told
    drag_days: int | None = 90  # D19
    hour_cost_minor: int | None = None  # what an hour of a rep costs, in the currency of the deals (M16)
    drag_cycles_bp: int | None = 20_000  # of the median won cycle, whichever comes first


class IcpAttribute(StrEnum):
    """What a profile may ask for of a lead."""

    KIND = "KIND"
    COUNTRY = "COUNTRY"
    REGION = "REGION"
    HAS_WEBSITE = "HAS_WEBSITE"
    COMPETITOR_TIE = "COMPETITOR_TIE"
    BUYER_PERSONA = "BUYER_PERSONA"
    SOURCE_METHOD = "SOURCE_METHOD"
    COMPLETENESS = "COMPLETENESS"
    KEY_CONTACTS = "KEY_CONTACTS"


@dataclass(frozen=True, slots=True)
class IcpCriterion:
    """One thing that speaks for a lead. `label`: the organisation's own word; `any_of`: any of these values meets it.

    REGION: a beginning of the region code; COMPLETENESS and KEY_CONTACTS: one number, the least that meets it.
    """

    label: str
    attribute: IcpAttribute
    any_of: tuple[str, ...]
    weight: int


@dataclass(frozen=True, slots=True)
class IcpProfile:
    """ICP: which customers are the right ones (S30), and from which score on a lead has which grade."""

    version: int
    criteria: tuple[IcpCriterion, ...]
    a_from: int
    b_from: int
    c_from: int
    website_required: bool = True


@dataclass(frozen=True, slots=True)
class RulingRules:
    """RULE: how conflicts are noticed, heard, ruled on and paid; the tolerance of a tie (D11) is a FLAG number."""

    version: int = 1
    statement_workdays: int = 2  # D21
    ruling_workdays: int = 5  # D21
    appeal_workdays: int = 3  # D21
    challenge_days: int = 7  # D22
    good_faith_bp: int = 2_000  # D26
    good_faith_days: int = 90  # D27
    reopening_days: int = 30
    alike_bp: int = 8_500  # D32: how alike two trade names are that a duplicate is pointed out
    near_metres: int = 50  # outlets with one sign, no further apart than this, are taken for one
