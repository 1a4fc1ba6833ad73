"""What can have happened to the record of a customer; kept for good (domain §3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domain.customer.fit import Grade
from domain.customer.names import NormalName
from domain.values import Place, Sealed


class CustomerKind(StrEnum):
    """What kind of customer this is: a legal person, a trader in person, or one outlet."""

    COMPANY = "COMPANY"
    SOLE_TRADER = "SOLE_TRADER"
    OUTLET = "OUTLET"


class SourceMethod(StrEnum):
    """By which method a lead was found (S31)."""

    PROSPECTING = "PROSPECTING"
    REFERRAL = "REFERRAL"
    COMPETITOR_SITE = "COMPETITOR_SITE"
    EVENT = "EVENT"
    ADVERTISEMENT = "ADVERTISEMENT"
    INBOUND = "INBOUND"
    DIRECTORY = "DIRECTORY"
    PARTNER = "PARTNER"
    IMPORT = "IMPORT"
    OTHER = "OTHER"


class CompetitorTie(StrEnum):
    """How far the customer is a competitor's: it buys there, or intends to (S33)."""

    ACTIVE = "ACTIVE"
    INTENT = "INTENT"


class ContactRole(StrEnum):
    """What part a person plays in a purchase (S34). BUYER can release the money."""

    BUYER = "BUYER"
    INFLUENCER = "INFLUENCER"
    USER = "USER"
    GATEKEEPER = "GATEKEEPER"
    CHAMPION = "CHAMPION"
    UNKNOWN = "UNKNOWN"

    @property
    def is_key(self) -> bool:
        """Whether this is a key person (关键人): one who decides or moves the decision."""
        return self in (ContactRole.BUYER, ContactRole.INFLUENCER, ContactRole.CHAMPION)


class DeclineReason(StrEnum):
    """Why nobody shall spend effort on a lead (S27)."""

    NOT_ICP = "NOT_ICP"
    NO_POWER = "NO_POWER"
    OUT_OF_REGION = "OUT_OF_REGION"
    DUPLICATE = "DUPLICATE"
    BAD_DATA = "BAD_DATA"


class DetailField(StrEnum):
    """The groups in which details change, each with the shape of its value.

    USCC, BUYER_PERSONA, ADDRESS: text · REGION: `country`, `region_code` · DOMAIN: `domain`, `registrable` · PHONES:
    texts · PLACE: `lat_e7`, `lon_e7`, `crs` · COMPETITOR_RELATION: `competitor`, `tie`, `evidence`, `seen_on` (ISO
    date) · HAS_WEBSITE: yes or no. None: not known, or no longer.
    """

    USCC = "USCC"
    REGION = "REGION"
    DOMAIN = "DOMAIN"
    PHONES = "PHONES"
    PLACE = "PLACE"
    COMPETITOR_RELATION = "COMPETITOR_RELATION"
    HAS_WEBSITE = "HAS_WEBSITE"
    BUYER_PERSONA = "BUYER_PERSONA"
    ADDRESS = "ADDRESS"


class Level(StrEnum):
    """How sure it is that two records are of one customer (§3.7)."""

    HARD = "HARD"
    STRONG = "STRONG"
    WEAK = "WEAK"

    @property
    def rank(self) -> int:
        """The higher, the surer."""
        return (Level.WEAK, Level.STRONG, Level.HARD).index(self)


class Sign(StrEnum):
    """What speaks for two records being of one customer, each a rule of its own; DIFFERENT_USCC speaks against it."""

    SAME_USCC = "SAME_USCC"
    SAME_DOMAIN = "SAME_DOMAIN"
    SAME_NAME_AND_REGION = "SAME_NAME_AND_REGION"
    SAME_PHONE_AND_TRADE_NAME = "SAME_PHONE_AND_TRADE_NAME"
    SAME_OUTLET_PHONE = "SAME_OUTLET_PHONE"
    SAME_SIGN_NEARBY = "SAME_SIGN_NEARBY"
    SAME_PHONE = "SAME_PHONE"
    SAME_CONTACT_AND_TRADE_NAME = "SAME_CONTACT_AND_TRADE_NAME"
    SAME_CONTACT = "SAME_CONTACT"
    SAME_ADDRESS = "SAME_ADDRESS"
    SAME_TRADE_NAME = "SAME_TRADE_NAME"
    ALIKE_TRADE_NAME = "ALIKE_TRADE_NAME"
    SHORT_NAME = "SHORT_NAME"
    DIFFERENT_USCC = "DIFFERENT_USCC"


class Verdict(StrEnum):
    """What a person found about two records: one customer, or two."""

    SAME = "SAME"
    DIFFERENT = "DIFFERENT"


DetailValue: TypeAlias = bool | str | tuple[str, ...] | Mapping[str, str | int | None] | None
"""The value of a group of details, in the shape that its `DetailField` says."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a lead came from.

    `detail`: the organisation's own label of the channel, 1–64 characters, None where it has none; `url`: the page
    it was found on; `seen_on`: the day it was seen there.
    """

    method: SourceMethod
    detail: str | None = None
    url: str | None = None
    seen_on: date | None = None


@dataclass(frozen=True, slots=True)
class CompetitorRelation:
    """That a customer buys from a competitor, or means to, and what shows it."""

    competitor: str
    tie: CompetitorTie
    evidence: str | None = None
    seen_on: date | None = None


@dataclass(frozen=True, slots=True)
class CustomerRegistered:
    """A customer came into the registry, with the source that every lead must name (S27, S55).

    `registered_by`: the rep who found it, None where no rep did (an import by the house); `uscc`: the unified social
    credit code, checked (§3.7); `domain`: as an IDNA A-label, `registrable` the part of it that is bought from a
    registry, by which customers are matched; `phones`: E.164; `has_website`: None where nobody looked; `normal_name`:
    the name in parts, as it was understood on that day, None where it was registered before names were parted.
    """

    customer_id: UUID
    registered_by: str | None
    kind: CustomerKind
    legal_name: str
    country: str
    source: Source
    uscc: str | None
    region_code: str | None
    domain: str | None
    registrable: str | None
    phones: tuple[str, ...]
    place: Place | None
    competitor_relation: CompetitorRelation | None
    has_website: bool | None
    buyer_persona: str | None
    registered_at: datetime
    address: str | None = None
    normal_name: NormalName | None = None


@dataclass(frozen=True, slots=True)
class CustomerDetailsRecorded:
    """One group of details became known, changed, or turned out not to be so (S11).

    `old_hash`: hex SHA-256 of the value before, None where there was none; it proves what was replaced.
    """

    customer_id: UUID
    field: DetailField
    old_hash: str | None
    new_value: DetailValue
    learned_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerRenamed:
    """The customer bears another name; the old one stays as an alias, so that it is found under both (A28).

    `old_hash`: hex SHA-256 of the name before.
    """

    customer_id: UUID
    old_hash: str
    legal_name: str
    renamed_at: datetime
    normal_name: NormalName | None = None


@dataclass(frozen=True, slots=True)
class AliasNoted:
    """The customer goes by another name too: somebody tried to register it again under that one (A28)."""

    customer_id: UUID
    alias: str
    noted_at: datetime
    normal_name: NormalName | None = None


@dataclass(frozen=True, slots=True)
class ContactAdded:
    """A person at the customer became known. Name, phone (E.164) and e-mail are sealed under the person's own key."""

    customer_id: UUID
    contact_id: UUID
    name: Sealed
    role: ContactRole
    phone: Sealed | None
    email: Sealed | None
    persona: str | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ContactRoleSet:
    """What part a person plays turned out to be another than was thought."""

    customer_id: UUID
    contact_id: UUID
    old_role: ContactRole
    role: ContactRole
    set_at: datetime


@dataclass(frozen=True, slots=True)
class ContactLeft:
    """A person is no longer at the customer. `role`: the part that nobody plays now."""

    customer_id: UUID
    contact_id: UUID
    role: ContactRole
    left_at: datetime


@dataclass(frozen=True, slots=True)
class LeadDeclined:
    """The lead burns effort and is not to be claimed (S27)."""

    customer_id: UUID
    reason: DeclineReason
    declined_at: datetime


@dataclass(frozen=True, slots=True)
class DuplicateSuspected:
    """This record and another may be of one customer (PM10, S15); it stands in the history of the later one.

    `level`: STRONG keeps this record from being claimed until somebody has looked, WEAK is a hint; `score_bp`: how
    sure, 0–10,000; `signs`: the rules that fired.
    """

    customer_id: UUID
    other_id: UUID
    level: Level
    score_bp: int
    signs: tuple[Sign, ...]
    rules_version: int
    suspected_at: datetime


@dataclass(frozen=True, slots=True)
class DuplicateResolved:
    """Somebody looked at two records and said whether they are of one customer (V19).

    `resolved_by`: who did; None where company codes that became known said so themselves.
    """

    customer_id: UUID
    other_id: UUID
    verdict: Verdict
    reason: str | None
    resolved_by: str | None
    resolved_at: datetime


@dataclass(frozen=True, slots=True)
class GroupLinked:
    """Two customers belong to one group of companies and stay two: each keeps its owner and its deals (A29).

    It stands in the history of both.
    """

    customer_id: UUID
    other_id: UUID
    reason: str | None
    linked_by: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class MergedClaim:
    """How a claim stood when two records were merged, and as which it goes on.

    `customer_id`: the record on which it stood; `continues_as`: its id on the survivor, None where another claim of the
    same rep goes on instead. The hours are its deadlines as they were.
    """

    line: str
    customer_id: UUID
    claim_id: UUID
    continues_as: UUID | None
    rep_id: str
    team_id: str
    protection_tz: str
    first_visit_due: datetime
    protected_until: datetime
    hard_cap: datetime
    release_at: datetime
    priority_at: datetime
    visited: bool
    in_custody: bool


@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """Records were found to be of one customer: the survivor, registered first, stands for all of them (S15).

    It stands in the history of each, `customer_id` tells whose that is; every history stays where it was written.
    `taken`: the groups of details that the survivor lacked and took over; `aliases`: the names it goes by from now on;
    `claims`: the live ones, as they stood before.
    """

    customer_id: UUID
    survivor_id: UUID
    merged_ids: tuple[UUID, ...]
    taken: tuple[DetailField, ...]
    aliases: tuple[str, ...]
    claims: tuple[MergedClaim, ...]
    merged_by: str
    merged_at: datetime


@dataclass(frozen=True, slots=True)
class CustomersUnmerged:
    """The merge was wrong: each record stands for itself again, with the visits that named it (A34).

    It stands in the history of each; `aliases`: the names that the survivor no longer goes by.
    """

    customer_id: UUID
    survivor_id: UUID
    merged_ids: tuple[UUID, ...]
    aliases: tuple[str, ...]
    reason: str
    unmerged_by: str
    unmerged_at: datetime


@dataclass(frozen=True, slots=True)
class IcpAssessed:
    """The lead was graded by the profile in force (S30); what is learnt later makes another assessment.

    `score`: 0–100; `signals`: what spoke for it, and NO_WEBSITE or COMPETITOR_CUSTOMER where they did.
    """

    customer_id: UUID
    profile_version: int
    score: int
    grade: Grade
    signals: tuple[str, ...]
    assessed_at: datetime


@dataclass(frozen=True, slots=True)
class IcpOverridden:
    """A manager grades the lead otherwise, for a reason; it holds whatever is assessed later (S68)."""

    customer_id: UUID
    old_grade: Grade | None
    grade: Grade
    reason: str
    overridden_by: str
    overridden_at: datetime


CustomerEvent: TypeAlias = (
    CustomerRegistered
    | CustomerDetailsRecorded
    | CustomerRenamed
    | AliasNoted
    | ContactAdded
    | ContactRoleSet
    | ContactLeft
    | LeadDeclined
    | IcpAssessed
    | IcpOverridden
    | DuplicateSuspected
    | DuplicateResolved
    | GroupLinked
    | CustomersMerged
    | CustomersUnmerged
)
