"""Under what a customer is found when another one that may be the same is registered: no comparing with all (PM10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain.customer.addresses import street_and_number
from domain.customer.details import Details, with_value
from domain.customer.events import (
    AliasNoted,
    CustomerDetailsRecorded,
    CustomerKind,
    CustomerRegistered,
    CustomerRenamed,
    CustomersMerged,
    CustomersUnmerged,
    DetailField,
)
from domain.customer.likeness import (
    CELL,
    DOMAIN,
    PHONE,
    STREET,
    cell_keys,
    domain_keys,
    name_keys,
    phone_keys,
    street_keys,
)
from domain.customer.names import NormalName, normal_name
from domain.envelope import Recorded
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class IdentityKeyRow:
    """One key under which a customer is found. `outlet`: whether it is found by its place too;
    `merged`: another record stands for it, and is found instead.
    """

    customer_id: UUID
    key: str
    outlet: bool
    merged: bool = False


def _touches(recorded: Recorded) -> Key | None:
    match recorded.event:
        case CustomerRegistered() | CustomerRenamed() | AliasNoted() | CustomerDetailsRecorded() as event:
            return (event.customer_id,)
        case CustomersMerged() | CustomersUnmerged() as event if event.customer_id != event.survivor_id:
            return (event.customer_id,)
        case _:
            return None


def _fold(rows: Sequence[IdentityKeyRow], recorded: Recorded) -> Sequence[IdentityKeyRow]:
    match recorded.event:
        case CustomerRegistered() as event:
            outlet = event.kind is CustomerKind.OUTLET
            keys = {*phone_keys(event.phones), *domain_keys(event.registrable)}
            keys |= _named(event.normal_name, event.legal_name)
            if outlet:
                keys |= {*cell_keys(event.place), *street_keys(_street(event.address))}
            return [IdentityKeyRow(event.customer_id, key, outlet) for key in sorted(keys)]
        case CustomerRenamed() as event:
            return _with(rows, _named(event.normal_name, event.legal_name))
        case AliasNoted() as event:
            return _with(rows, _named(event.normal_name, event.alias))
        case CustomerDetailsRecorded() as event:
            return _with_details(rows, event)
        case CustomersMerged():
            return [replace(row, merged=True) for row in rows]
        case CustomersUnmerged():
            return [replace(row, merged=False) for row in rows]
        case _:
            return rows


def _with_details(rows: Sequence[IdentityKeyRow], event: CustomerDetailsRecorded) -> Sequence[IdentityKeyRow]:
    details, outlet = with_value(Details(""), event.field, event.new_value), any(row.outlet for row in rows)
    match event.field:
        case DetailField.PHONES:
            return _instead(rows, PHONE, phone_keys(details.phones))
        case DetailField.DOMAIN:
            return _instead(rows, DOMAIN, domain_keys(details.registrable))
        case DetailField.PLACE if outlet:
            return _instead(rows, CELL, cell_keys(details.place))
        case DetailField.ADDRESS if outlet:
            return _instead(rows, STREET, street_keys(_street(details.address)))
        case _:
            return rows


def _named(parts: NormalName | None, name: str) -> frozenset[str]:
    return name_keys(parts or normal_name(name))


def _street(address: str | None) -> str | None:
    return street_and_number(address) if address else None


def _instead(rows: Sequence[IdentityKeyRow], kind: str, keys: Iterable[str]) -> Sequence[IdentityKeyRow]:
    """The rows with other keys of one kind; there is always a key of a name to tell whose rows they are."""
    return _with([row for row in rows if not row.key.startswith(kind)], keys)


def _with(rows: Sequence[IdentityKeyRow], keys: Iterable[str]) -> Sequence[IdentityKeyRow]:
    if not rows:
        return rows
    first, known = rows[0], {row.key for row in rows}
    new = [IdentityKeyRow(first.customer_id, key, first.outlet, first.merged) for key in sorted({*keys} - known)]
    return [*rows, *new]


identity_index = Spans(
    name="identity_index",
    version=2,
    row=IdentityKeyRow,
    key=("customer_id",),
    indexes=(("key",),),
    handles=frozenset(
        {
            CustomerRegistered,
            CustomerRenamed,
            AliasNoted,
            CustomerDetailsRecorded,
            CustomersMerged,
            CustomersUnmerged,
        }
    ),
    touches=_touches,
    fold=_fold,
)
