"""What can be asked about customers: the record of one, the list, who is found under a name, and their people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.customer.events import ContactRole
from domain.customer.names import searched_name
from domain.reception import RefNotFound
from domain.values import Sealed
from projections.contacts import ContactRow, contacts
from projections.customer_list import CustomerRow, customer_list
from projections.customer_names import CustomerNameRow, customer_names
from projections.projection import Known, Projection
from services.families import family_of, survivor_of
from services.ports import Between, OneOf, ReadStore, Vault

__all__ = ["CustomerFile", "CustomerRow", "Person"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a customer. `name`, `phone`, `email`: None where not known, not opened, or erased since."""

    customer_id: UUID
    contact_id: UUID
    role: ContactRole
    persona: str | None
    name: str | None
    phone: str | None
    email: str | None
    added_at: datetime
    left_at: datetime | None


class CustomerFile:
    """Answers questions about customers from the read models, as of a position of the log (None: now)."""

    def __init__(self, store: ReadStore, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def customer(self, customer_id: UUID, *, at: int | None = None) -> CustomerRow:
        """The record of one customer, or the one that stands for it; raises `RefNotFound`."""
        customer_id = await survivor_of(self._store, customer_id, at)
        rows = await self._rows(customer_list, {"customer_id": customer_id}, at)
        if not rows:
            raise RefNotFound("customer", str(customer_id))
        return rows[0]

    async def customers(self, customer_ids: Sequence[UUID], *, at: int | None = None) -> Mapping[UUID, CustomerRow]:
        """The records of several customers, by id; those that are not known are missing."""
        if not customer_ids:
            return {}
        rows = await self._rows(customer_list, {"customer_id": OneOf(customer_ids)}, at)
        return {row.customer_id: row for row in rows}

    async def listed(
        self,
        where: Mapping[str, Any],
        *,
        at: int | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 100,
    ) -> Sequence[CustomerRow]:
        """Customers by equal columns (or `Between`, `OneOf`), the latest registered first, one page at a time.

        `after`: registration hour and id of the last row of the page before.
        """
        known: Sequence[Known[CustomerRow]] = await self._store.select(
            customer_list,
            where,
            at=at,
            order=("registered_at", "customer_id"),
            descending=True,
            after=after or (),
            limit=limit,
        )
        return [one.row for one in known]

    async def found(self, text: str, *, at: int | None = None, limit: int = 100) -> Sequence[CustomerNameRow]:
        """The names that begin with a text, or whose trade name does, present and former ones alike, in their order.

        Case, blanks and punctuation make no difference; a text inside a name does not find it.
        """
        beginning = searched_name(text)
        if not beginning:
            return []
        found: dict[tuple[UUID, str], CustomerNameRow] = {}
        for column in ("search_name", "trade_name"):
            names: Sequence[Known[CustomerNameRow]] = await self._store.select(
                customer_names,
                {column: Between(beginning, _just_past(beginning))},
                at=at,
                order=(column, "customer_id"),
                limit=limit,
            )
            found.update({(one.row.customer_id, one.row.name): one.row for one in names})
        return sorted(found.values(), key=lambda row: (row.search_name, row.customer_id))[:limit]

    async def people(self, customer_id: UUID, *, opened: bool, at: int | None = None) -> Sequence[Person]:
        """The people at a customer, those who left included, in the order in which they became known.

        `opened`: whether the asker may see who they are; otherwise only their parts are told.
        """
        rows = sorted(
            await self._rows(contacts, {"customer_id": OneOf(await family_of(self._store, customer_id, at))}, at),
            key=lambda row: (row.added_at, row.contact_id),
        )
        sealed = [one for row in rows for one in _sealed(row)] if opened else []
        values = await self._vault.open(sealed)
        return [_person(row, values) for row in rows]

    async def _rows(self, projection: Projection, where: Mapping[str, Any], at: int | None) -> Sequence[Any]:
        return [known.row for known in await self._store.select(projection, where, at=at)]


def _just_past(beginning: str) -> str:
    """The first text, by code points, that no longer begins so."""
    return beginning[:-1] + chr(ord(beginning[-1]) + 1)


def _sealed(row: ContactRow) -> Sequence[Sealed]:
    """What is known of a person, sealed."""
    pairs = ((row.name_digest, row.name_mac), (row.phone_digest, row.phone_mac), (row.email_digest, row.email_mac))
    return [Sealed(digest, mac) for digest, mac in pairs if digest is not None and mac is not None]


def _person(row: ContactRow, values: Mapping[str, str]) -> Person:
    return Person(
        customer_id=row.customer_id,
        contact_id=row.contact_id,
        role=row.role,
        persona=row.persona,
        name=values.get(row.name_digest),
        phone=values.get(row.phone_digest) if row.phone_digest else None,
        email=values.get(row.email_digest) if row.email_digest else None,
        added_at=row.added_at,
        left_at=row.left_at,
    )
