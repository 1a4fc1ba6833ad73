"""What was noticed about reps, for whoever looks at them (V6)."""

from collections.abc import Sequence
from datetime import date, timedelta

from projections.flag_board import FlagRow as FlagRow
from projections.flag_board import Severity as Severity
from projections.flag_board import flag_board
from services.ports import Between, OneOf, ReadStore


class Flags:
    """Answers from the flag board, as of a position."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def noticed(
        self,
        rep_ids: Sequence[str],
        *,
        first: date | None,
        last: date | None,
        flags: Sequence[str] = (),
        severity: Severity | None = None,
        at: int,
        after: Sequence[object] = (),
        limit: int,
    ) -> Sequence[FlagRow]:
        """The flags of some reps, the latest first; dates included. `flags`: only these."""
        where: dict[str, object] = {
            "rep_id": OneOf(rep_ids),
            "biz_date": Between(first, last + timedelta(days=1) if last else None),
        }
        if flags:
            where["flag"] = OneOf(flags)
        if severity is not None:
            where["severity"] = severity
        return await self._store.select(
            flag_board,
            where,
            at=at,
            order=("position", "rep_id", "flag"),
            descending=True,
            after=after,
            limit=limit,
        )
