"""Which records stand for one customer: the survivor of a merge and those that were merged into it."""

from collections.abc import Sequence
from uuid import UUID

from projections.customer_list import CustomerRow, customer_list
from projections.projection import Known
from services.ports import OneOf, ReadStore


async def survivor_of(store: ReadStore, customer_id: UUID, at: int | None = None) -> UUID:
    """The record that stands for a customer, which is its own one where it was merged into none."""
    return (await family_of(store, customer_id, at))[0]


async def family_of(store: ReadStore, customer_id: UUID, at: int | None = None) -> Sequence[UUID]:
    """Every record of a customer, as of a position: the survivor first, then those merged into it, and into those."""
    row = await _row(store, customer_id, at)
    while row is not None and row.merged_into is not None:
        row = await _row(store, row.merged_into, at)
    if row is None:
        return [customer_id]
    family, new = [row.customer_id], list(row.merged_ids)
    while new:
        family += new
        rows: Sequence[Known[CustomerRow]] = await store.select(customer_list, {"customer_id": OneOf(new)}, at=at)
        new = [one for known in rows for one in known.row.merged_ids if one not in family]
    return family


async def _row(store: ReadStore, customer_id: UUID, at: int | None) -> CustomerRow | None:
    rows: Sequence[Known[CustomerRow]] = await store.select(customer_list, {"customer_id": customer_id}, at=at)
    return rows[0].row if rows else None
