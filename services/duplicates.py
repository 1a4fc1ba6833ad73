"""What can be asked about records that may be of one customer: the duplicate desk (V19)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.customer.events import Level, Verdict
from domain.ownership.state import FOREVER
from projections.customer_list import CustomerRow, customer_list
from projections.duplicate_desk import DuplicateRow, duplicate_desk
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known
from services.ports import OneOf, ReadStore

__all__ = ["DuplicateRow", "Duplicates", "Holding", "Level", "Side", "Verdict"]


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds a record in a line. `claimable_at`: None while its clock is stopped."""

    line: str
    rep_id: str
    team_id: str
    claimable_at: datetime | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records, as whoever decides needs to see it."""

    customer_id: UUID
    legal_name: str
    registered_by: str | None
    registered_at: datetime
    held: Sequence[Holding]


class Duplicates:
    """Answers from the read models, as of a position of the log (None: now)."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def listed(
        self,
        where: Mapping[str, Any],
        *,
        at: int | None = None,
        after: tuple[datetime, UUID, UUID] | None = None,
        limit: int = 100,
    ) -> Sequence[DuplicateRow]:
        """Pairs by equal columns, those that were pointed out first before others, one page at a time."""
        known: Sequence[Known[DuplicateRow]] = await self._store.select(
            duplicate_desk,
            where,
            at=at,
            order=("since", "customer_id", "other_id"),
            after=after or (),
            limit=limit,
        )
        return [one.row for one in known]

    async def sides(
        self, pairs: Sequence[DuplicateRow], valid_at: datetime, *, at: int | None = None
    ) -> Mapping[UUID, Side]:
        """Every record that the pairs speak of, with who holds it at an instant."""
        ids = sorted({one for pair in pairs for one in (pair.customer_id, pair.other_id)})
        if not ids:
            return {}
        rows: Sequence[Known[CustomerRow]] = await self._store.select(customer_list, {"customer_id": OneOf(ids)}, at=at)
        spans: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table, {"customer_id": OneOf(ids)}, at=at
        )
        held = [span.row for span in spans]
        return {one.row.customer_id: _side(one.row, held, valid_at) for one in rows}


def _side(row: CustomerRow, spans: Sequence[OwnershipSpan], valid_at: datetime) -> Side:
    held = [
        Holding(span.line, span.rep_id, span.team_id, None if span.valid_to >= FOREVER else span.valid_to)
        for span in spans
        if span.customer_id == row.customer_id and span.valid_from <= valid_at < span.valid_to
    ]
    return Side(row.customer_id, row.legal_name, row.registered_by, row.registered_at, held)
