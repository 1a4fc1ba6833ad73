"""What can be asked about targets, as of any position (V5)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from domain.reception import RefNotFound
from domain.target.period import PeriodKind
from projections.target_history import Change, TargetHistoryRow, target_history
from projections.target_ledger import TargetRow, target_ledger
from services.ports import Between, ReadStore

__all__ = ["Change", "TargetHistoryRow", "TargetQuestions", "TargetRow"]


class TargetQuestions:
    """Answers from the target ledger and its history."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def one(self, target_id: UUID, *, at: int) -> TargetRow:
        """A target as of a position. Raises REF_NOT_FOUND."""
        rows = await self._store.select(target_ledger, {"target_id": target_id}, at=at)
        if not rows:
            raise RefNotFound("target", str(target_id))
        return rows[0].row

    async def all(
        self,
        *,
        at: int,
        subject: str | None = None,
        metric: str | None = None,
        period: PeriodKind | None = None,
        parent_id: UUID | None = None,
        on: date | None = None,
        after: tuple[date, UUID] | None = None,
        limit: int | None = 100,
    ) -> Sequence[TargetRow]:
        """Targets as of a position, in the order of their first days.

        `on`: only those whose period holds that day; `after`: first day and id of the last row of the page before.
        """
        where: dict[str, Any] = {
            name: value
            for name, value in (
                ("subject", subject),
                ("metric", metric),
                ("period", period),
                ("parent_id", parent_id),
            )
            if value is not None
        }
        if on is not None:
            where |= {"from_day": Between(high=_next(on)), "to_day": Between(low=on)}
        known = await self._store.select(
            target_ledger, where, at=at, order=("from_day", "target_id"), after=after or (), limit=limit
        )
        return [one.row for one in known]

    async def history(self, target_id: UUID, *, at: int) -> Sequence[TargetHistoryRow]:
        """Every change of a target and every refused one, in the order in which they were decided."""
        rows = await self._store.select(target_history, {"target_id": target_id}, at=at, order=("position",))
        if not rows:
            raise RefNotFound("target", str(target_id))
        return rows


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
