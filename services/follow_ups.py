"""How often a customer was followed up: looked up among the visits (PM4)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.claiming.decisions import FollowUp
from projections.projection import Known
from projections.visits import Stage, VisitRow, visits
from services.families import family_of
from services.ports import Between, OneOf, ReadStore


class FollowUps:
    """Finds every contact that reached somebody; what nobody answered was an attempt."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def since(self, customer_id: UUID, line: str, hour: datetime) -> tuple[FollowUp, ...]:
        """The follow-ups of a customer in a line from an hour on that are not void, by anyone, in order."""
        where: dict[str, object] = {
            "customer_id": OneOf(await family_of(self._store, customer_id)),
            "started_at": Between(hour, None),
        }
        rows: Sequence[Known[VisitRow]] = await self._store.select(visits, where)
        told = [
            (known.row.started_at, known.row.visit_id)
            for known in rows
            if known.row.stage is Stage.RECORDED and not known.row.voided and known.row.line == line
        ]
        return tuple(FollowUp(visit_id, at) for at, visit_id in sorted((at, one) for at, one in told if at))
