"""Which customers have something in common with one: found under keys in an index, never by comparing with all."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from domain.customer.addresses import street_and_number
from domain.customer.details import Details
from domain.customer.events import CustomerKind
from domain.customer.likeness import CELL, GRAM, Identity, sought_keys
from domain.customer.names import normal_name
from domain.rulesets import RulingRules
from domain.values import Place
from projections.contacts import ContactRow, contacts
from projections.customer_list import CustomerRow, customer_list
from projections.duplicate_desk import DuplicateRow, duplicate_desk
from projections.identity_index import IdentityKeyRow, identity_index
from projections.projection import Known
from services.lookups import RulesInForce
from services.ports import OneOf, ReadStore, Simplify

MOST = 100
"""How many customers a key may lead to; a piece of a name that leads to more tells nobody apart and is passed over."""
LOOKED_AT = 50
"""How many customers one is compared with: those with the most keys in common."""


class Lookalikes:
    """Finds customers that may be the same. What was registered this moment may be missing: PM10 looks again."""

    def __init__(self, store: ReadStore, simplify: Simplify, rulebook: RulesInForce) -> None:
        self._store = store
        self._simplify = simplify
        self._rulebook = rulebook

    async def rules(self, day: date) -> RulingRules:
        """By which numbers records are compared on a day."""
        return await self._rulebook.rulings(day)

    async def of(self, identity: Identity) -> Sequence[Identity]:
        """The customers with most in common with one, itself left out."""
        found = await asyncio.gather(*(self._under(key) for key in sorted(sought_keys(identity))))
        shared = Counter(customer_id for ids in found for customer_id in ids)
        del shared[identity.customer_id]
        return await self.identities([customer_id for customer_id, _ in shared.most_common(LOOKED_AT)])

    async def identities(self, customer_ids: Iterable[UUID]) -> Sequence[Identity]:
        """What tells these customers from others."""
        ids = sorted({*customer_ids})
        if not ids:
            return []
        rows: Sequence[Known[CustomerRow]] = await self._store.select(
            customer_list, {"customer_id": OneOf(ids), "merged_into": None}
        )
        return [self._identity(known.row) for known in rows]

    async def in_doubt(self, customer_id: UUID) -> Sequence[UUID]:
        """The customers with which one is suspected to be the same, and nobody has looked."""
        later: Sequence[Known[DuplicateRow]] = await self._store.select(
            duplicate_desk, {"other_id": customer_id, "verdict": None}
        )
        earlier: Sequence[Known[DuplicateRow]] = await self._store.select(
            duplicate_desk, {"customer_id": customer_id, "verdict": None}
        )
        return [*(known.row.customer_id for known in later), *(known.row.other_id for known in earlier)]

    async def customers_of(self, contact_ids: Sequence[UUID]) -> Sequence[tuple[UUID, UUID]]:
        """At which customers these people are: person and customer, of those who have not left."""
        if not contact_ids:
            return []
        rows: Sequence[Known[ContactRow]] = await self._store.select(
            contacts, {"contact_id": OneOf(contact_ids), "left_at": None}, limit=MOST
        )
        return [(known.row.contact_id, known.row.customer_id) for known in rows]

    def identity(self, customer_id: UUID, kind: CustomerKind, names: Sequence[str], details: Details) -> Identity:
        """What tells a customer from others, by everything that is known of it."""
        return Identity(
            customer_id=customer_id,
            kind=kind,
            country=details.country,
            names=tuple(dict.fromkeys(normal_name(self._simplify(name)) for name in names)),
            region_code=details.region_code,
            uscc=details.uscc,
            registrable=details.registrable,
            phones=details.phones,
            place=details.place,
            street=street_and_number(details.address) if details.address else None,
        )

    def _identity(self, row: CustomerRow) -> Identity:
        at_a_place = row.lat_e7 is not None and row.lon_e7 is not None and row.crs is not None
        details = Details(
            country=row.country,
            region_code=row.region_code,
            uscc=row.uscc,
            registrable=row.registrable,
            phones=row.phones,
            place=Place(row.lat_e7 or 0, row.lon_e7 or 0, row.crs or "") if at_a_place else None,
            address=row.address,
        )
        return self.identity(row.customer_id, row.kind, (row.legal_name, *row.aliases), details)

    async def _under(self, key: str) -> Sequence[UUID]:
        """The customers under a key; a common piece of a name, or a crowded spot, leads to nobody."""
        rows: Sequence[Known[IdentityKeyRow]] = await self._store.select(
            identity_index, {"key": key, "merged": False}, limit=MOST + 1
        )
        if len(rows) > MOST and key.startswith((GRAM, CELL)):
            return []
        return [known.row.customer_id for known in rows[:MOST]]
