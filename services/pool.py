"""The public pool, and what is left to ripen in it: which customers nobody holds, and what became of them before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from projections.customer_list import CustomerRow, customer_list
from projections.harvest_list import HarvestRow, harvest_list
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known, Spans
from services.ports import OneOf, ReadStore

__all__ = ["Harvest", "Pool", "Pooled"]

CHUNK = 500
"""Customers looked through at a time; most of them are held, or few, which is not known beforehand."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """A customer whom nobody holds in a line. `earlier`: the claims that ended, the last first; `parked`: to ripen."""

    customer: CustomerRow
    earlier: Sequence[OwnershipSpan]
    parked: HarvestRow | None


@dataclass(frozen=True, slots=True)
class PoolPage:
    """A page of the pool; `following`: where the next one begins, None at the end."""

    items: Sequence[Pooled]
    following: tuple[datetime, UUID] | None


@dataclass(frozen=True, slots=True)
class Harvest:
    """A page of what is left to ripen, with the customers by id."""

    rows: Sequence[HarvestRow]
    customers: Mapping[UUID, CustomerRow]


class Pool:
    """Answers from the read models, as of a position of the log."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def page(
        self, line: str, *, valid_at: datetime, known_at: int, after: tuple[datetime, UUID] | None, limit: int
    ) -> PoolPage:
        """Customers whom nobody holds at an hour and nobody declined, the latest registered first."""
        items: list[Pooled] = []
        while True:
            known: Sequence[Known[CustomerRow]] = await self._store.select(
                customer_list,
                {"declined": None},
                at=known_at,
                order=("registered_at", "customer_id"),
                descending=True,
                after=after or (),
                limit=CHUNK,
            )
            for one in await self._of_nobody([row.row for row in known], line, valid_at, known_at):
                items.append(one)
                if len(items) > limit:
                    last = items[limit - 1].customer
                    return PoolPage(items[:limit], (last.registered_at, last.customer_id))
            if len(known) < CHUNK:
                return PoolPage(items, None)
            after = (known[-1].row.registered_at, known[-1].row.customer_id)

    async def harvest(
        self,
        *,
        known_at: int,
        rep_id: str | None,
        team_id: str | None,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> Harvest:
        """What is left to ripen, the nearest day first."""
        where = {name: value for name, value in (("rep_id", rep_id), ("team_id", team_id)) if value is not None}
        known: Sequence[Known[HarvestRow]] = await self._store.select(
            harvest_list, where, at=known_at, order=("harvest_at", "claim_id"), after=after or (), limit=limit
        )
        rows = [one.row for one in known]
        customers = await self._by_customer(customer_list, [row.customer_id for row in rows], {}, known_at)
        return Harvest(rows, {one: found[0] for one, found in customers.items()})

    async def _of_nobody(
        self, customers: Sequence[CustomerRow], line: str, valid_at: datetime, known_at: int
    ) -> Sequence[Pooled]:
        ids = [row.customer_id for row in customers]
        spans: Mapping[UUID, Sequence[OwnershipSpan]] = await self._by_customer(
            ownership_table, ids, {"line": line}, known_at
        )
        parked: Mapping[UUID, Sequence[HarvestRow]] = await self._by_customer(
            harvest_list, ids, {"line": line}, known_at
        )
        return [
            Pooled(
                customer,
                sorted(spans.get(customer.customer_id, ()), key=lambda span: span.valid_from, reverse=True),
                next(iter(parked.get(customer.customer_id, ())), None),
            )
            for customer in customers
            if not any(span.valid_from <= valid_at < span.valid_to for span in spans.get(customer.customer_id, ()))
        ]

    async def _by_customer(
        self,
        projection: Spans[Any],
        ids: Sequence[UUID],
        where: Mapping[str, Any],
        known_at: int,
    ) -> Mapping[UUID, Sequence[Any]]:
        if not ids:
            return {}
        known = await self._store.select(projection, {**where, "customer_id": OneOf(ids)}, at=known_at)
        rows = sorted((one.row for one in known), key=lambda row: row.customer_id)
        return {customer: list(found) for customer, found in groupby(rows, key=lambda row: row.customer_id)}
