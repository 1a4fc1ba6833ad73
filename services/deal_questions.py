"""What can be asked about deals, as of any position."""

from uuid import UUID

from domain.reception import RefNotFound
from projections.deals import DealRow, deals
from services.ports import ReadStore

__all__ = ["DealQuestions", "DealRow"]


class DealQuestions:
    """Answers from the table of deals."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def one(self, deal_id: UUID, *, at: int) -> DealRow:
        """A deal as of a position. Raises REF_NOT_FOUND."""
        rows = await self._store.select(deals, {"deal_id": deal_id}, at=at)
        if not rows:
            raise RefNotFound("deal", str(deal_id))
        return rows[0].row
