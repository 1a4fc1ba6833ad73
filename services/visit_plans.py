"""Which visits a rep means to make."""

from collections.abc import Sequence
from datetime import datetime

from projections.projection import Known
from projections.visits import Stage, VisitRow, visits
from services.ports import Between, ReadStore

__all__ = ["VisitPlans", "VisitRow"]


class VisitPlans:
    """Answers from the visits as they stand."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def of_rep(self, rep_id: str, begins: datetime, ends: datetime, *, known_at: int) -> Sequence[VisitRow]:
        """What a rep planned for the hours [begins, ends), in their order, without what was called off."""
        known: Sequence[Known[VisitRow]] = await self._store.select(
            visits,
            {"rep_id": rep_id, "planned_start": Between(begins, ends), "voided": False},
            at=known_at,
            order=("planned_start", "visit_id"),
        )
        return [one.row for one in known if one.row.stage is not Stage.CANCELLED]
