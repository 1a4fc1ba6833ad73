"""Every customer as the registry knows it, one row each; what was known of it earlier stays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.customer.completeness import completeness
from domain.customer.details import Details, with_value
from domain.customer.events import (
    AliasNoted,
    CompetitorTie,
    ContactAdded,
    ContactLeft,
    ContactRoleSet,
    CustomerDetailsRecorded,
    CustomerKind,
    CustomerRegistered,
    CustomerRenamed,
    CustomersMerged,
    CustomersUnmerged,
    DeclineReason,
    DetailField,
    IcpAssessed,
    IcpOverridden,
    LeadDeclined,
    SourceMethod,
)
from domain.customer.fit import Grade
from domain.customer.names import searched_name
from domain.customer.state import renamed_aliases
from domain.envelope import Recorded
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer.

    `search_name`: the name in small letters without blanks and punctuation; `aliases`: the names it bore before, or
    goes by; `registered_on`, `registered_at`: business date and hour of the registration, `registered_by`: the rep,
    if one did; `completeness`: 0–100; `contacts`, `key_contacts`: people who are there, and those among them who
    decide or move the decision; `declined`: why nobody may claim it; `merged_into`: the record that stands for this
    one; `merged_ids`: those for which this one stands; `version`: the last event that made the row; `icp_grade`: the
    grade that counts, `icp_score`, `icp_signals`: of the last assessment, `icp_overridden`: a manager graded it.
    """

    customer_id: UUID
    kind: CustomerKind
    legal_name: str
    search_name: str
    aliases: tuple[str, ...]
    country: str
    region_code: str | None
    uscc: str | None
    domain: str | None
    registrable: str | None
    phones: tuple[str, ...]
    lat_e7: int | None
    lon_e7: int | None
    crs: str | None
    has_website: bool | None
    buyer_persona: str | None
    address: str | None
    competitor: str | None
    competitor_tie: CompetitorTie | None
    competitor_evidence: str | None
    competitor_seen_on: date | None
    source_method: SourceMethod
    source_detail: str | None
    source_url: str | None
    source_seen_on: date | None
    registered_by: str | None
    registered_on: date
    registered_at: datetime
    completeness: int
    contacts: int
    key_contacts: int
    declined: DeclineReason | None
    declined_at: datetime | None
    merged_into: UUID | None
    merged_ids: tuple[UUID, ...]
    version: int
    icp_grade: Grade | None = None
    icp_score: int | None = None
    icp_signals: tuple[str, ...] = ()
    icp_overridden: bool = False


def _touches(recorded: Recorded) -> Key | None:
    match recorded.event:
        case (
            CustomerRegistered()
            | CustomerDetailsRecorded()
            | CustomerRenamed()
            | AliasNoted()
            | ContactAdded()
            | ContactRoleSet()
            | ContactLeft()
            | LeadDeclined()
            | IcpAssessed()
            | IcpOverridden()
            | CustomersMerged()
            | CustomersUnmerged() as event
        ):
            return (event.customer_id,)
        case _:
            return None


def _fold(rows: Sequence[CustomerRow], recorded: Recorded) -> Sequence[CustomerRow]:
    if isinstance(recorded.event, CustomerRegistered):
        return [_rated(_registered(recorded.event, recorded))]
    version = recorded.envelope.stream_version
    return [_rated(replace(_changed(row, recorded.event), version=version)) for row in rows]


def _registered(event: CustomerRegistered, recorded: Recorded) -> CustomerRow:
    place, relation, source = event.place, event.competitor_relation, event.source
    return CustomerRow(
        customer_id=event.customer_id,
        kind=event.kind,
        legal_name=event.legal_name,
        search_name=searched_name(event.legal_name),
        aliases=(),
        country=event.country,
        region_code=event.region_code,
        uscc=event.uscc,
        domain=event.domain,
        registrable=event.registrable,
        phones=event.phones,
        lat_e7=place.lat_e7 if place else None,
        lon_e7=place.lon_e7 if place else None,
        crs=place.crs if place else None,
        has_website=event.has_website,
        buyer_persona=event.buyer_persona,
        address=event.address,
        competitor=relation.competitor if relation else None,
        competitor_tie=relation.tie if relation else None,
        competitor_evidence=relation.evidence if relation else None,
        competitor_seen_on=relation.seen_on if relation else None,
        source_method=source.method,
        source_detail=source.detail,
        source_url=source.url,
        source_seen_on=source.seen_on,
        registered_by=event.registered_by,
        registered_on=recorded.envelope.biz_date,
        registered_at=event.registered_at,
        completeness=0,
        contacts=0,
        key_contacts=0,
        declined=None,
        declined_at=None,
        merged_into=None,
        merged_ids=(),
        version=recorded.envelope.stream_version,
    )


def _changed(row: CustomerRow, event: object) -> CustomerRow:
    match event:
        case CustomerDetailsRecorded():
            return _with_details(row, event.field, with_value(Details(row.country), event.field, event.new_value))
        case CustomerRenamed():
            return replace(
                row,
                legal_name=event.legal_name,
                search_name=searched_name(event.legal_name),
                aliases=renamed_aliases(row.aliases, row.legal_name, event.legal_name),
            )
        case AliasNoted():
            return replace(row, aliases=(*row.aliases, event.alias))
        case ContactAdded():
            return replace(row, contacts=row.contacts + 1, key_contacts=row.key_contacts + event.role.is_key)
        case ContactRoleSet():
            return replace(row, key_contacts=row.key_contacts - event.old_role.is_key + event.role.is_key)
        case ContactLeft():
            return replace(row, contacts=row.contacts - 1, key_contacts=row.key_contacts - event.role.is_key)
        case LeadDeclined():
            return replace(row, declined=event.reason, declined_at=event.declined_at)
        case IcpAssessed():
            grade = row.icp_grade if row.icp_overridden else event.grade
            return replace(row, icp_grade=grade, icp_score=event.score, icp_signals=event.signals)
        case IcpOverridden():
            return replace(row, icp_grade=event.grade, icp_overridden=True)
        case CustomersMerged() if event.survivor_id == row.customer_id:
            return replace(row, merged_ids=(*row.merged_ids, *event.merged_ids))
        case CustomersMerged():
            return replace(row, merged_into=event.survivor_id)
        case CustomersUnmerged() if event.survivor_id == row.customer_id:
            kept = tuple(one for one in row.merged_ids if one not in event.merged_ids)
            return replace(row, merged_ids=kept, aliases=tuple(one for one in row.aliases if one not in event.aliases))
        case CustomersUnmerged():
            return replace(row, merged_into=None)
        case _:
            return row


def _with_details(row: CustomerRow, field: DetailField, details: Details) -> CustomerRow:
    """The row with the columns of one group of details as they stand in the details."""
    match field:
        case DetailField.USCC:
            return replace(row, uscc=details.uscc)
        case DetailField.REGION:
            return replace(row, country=details.country, region_code=details.region_code)
        case DetailField.DOMAIN:
            return replace(row, domain=details.domain, registrable=details.registrable)
        case DetailField.PHONES:
            return replace(row, phones=details.phones)
        case DetailField.PLACE:
            place = details.place
            return replace(
                row,
                lat_e7=place.lat_e7 if place else None,
                lon_e7=place.lon_e7 if place else None,
                crs=place.crs if place else None,
            )
        case DetailField.COMPETITOR_RELATION:
            relation = details.competitor_relation
            return replace(
                row,
                competitor=relation.competitor if relation else None,
                competitor_tie=relation.tie if relation else None,
                competitor_evidence=relation.evidence if relation else None,
                competitor_seen_on=relation.seen_on if relation else None,
            )
        case DetailField.HAS_WEBSITE:
            return replace(row, has_website=details.has_website)
        case DetailField.BUYER_PERSONA:
            return replace(row, buyer_persona=details.buyer_persona)
        case DetailField.ADDRESS:
            return replace(row, address=details.address)


def _rated(row: CustomerRow) -> CustomerRow:
    """The row with the completeness that it has now."""
    return replace(
        row,
        completeness=completeness(
            country=row.country,
            uscc=row.uscc is not None,
            region=row.region_code is not None,
            domain=row.domain is not None,
            phone=bool(row.phones),
            place=row.crs is not None,
            website_looked_for=row.has_website is not None,
            buyer_persona=row.buyer_persona is not None,
            contact=row.contacts > 0,
            key_contact=row.key_contacts > 0,
        ),
    )


customer_list = Spans(
    name="customer_list",
    version=4,
    row=CustomerRow,
    key=("customer_id",),
    indexes=(("registered_on",), ("registered_by", "registered_on"), ("source_detail",), ("uscc",), ("registrable",)),
    handles=frozenset(
        {
            CustomerRegistered,
            CustomerDetailsRecorded,
            CustomerRenamed,
            AliasNoted,
            ContactAdded,
            ContactRoleSet,
            ContactLeft,
            LeadDeclined,
            IcpAssessed,
            IcpOverridden,
            CustomersMerged,
            CustomersUnmerged,
        }
    ),
    touches=_touches,
    fold=_fold,
)
