"""Time as a caller: asks for whatever the read models say has come due."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from projections.deadlines import DeadlineRow
from services.by_itself import after_leaving, by_the_clock
from services.conflicts import ConflictDesk
from services.deadlines import Deadlines
from services.focus import FocusDesk
from services.organisation import OrganisationDesk
from services.ownership import OwnershipDesk
from services.ports import LogUnavailable, Now, StoreUnavailable
from services.qualification import QualificationDesk
from services.visits import VisitDesk
from services.workdays import WorkdayDesk

AT_ONCE = 256
"""Deadlines carried out side by side; they share commits."""


class Clockwork:
    """Writes every deadline that has come, once, with the stored deadline as its hour.

    What it has not written yet is decided as if it had been (architecture §5), so being late harms nobody. It may be
    stopped and started at any moment: each deadline is a request of its own, answered for ever.
    """

    def __init__(
        self,
        deadlines: Deadlines,
        ownership: OwnershipDesk,
        organisation: OrganisationDesk,
        visits: VisitDesk,
        conflicts: ConflictDesk,
        qualification: QualificationDesk,
        focus: FocusDesk,
        workdays: WorkdayDesk,
        now: Now,
        home_zone: str,
    ) -> None:
        self._deadlines = deadlines
        self._organisation = organisation
        self._ownership = ownership
        self._visits = visits
        self._conflicts = conflicts
        self._qualification = qualification
        self._focus = focus
        self._workdays = workdays
        self._now = now
        self._home_zone = home_zone

    async def tick(self, at: datetime) -> int:
        """Carry out everything that was due by an instant; the number of deadlines written."""
        written = await self._visits.settle(at, self._home_zone) + await self._departed(at)
        written += await self._qualification.note_not_located(at, self._home_zone)
        await self._focus.note_weeks(at)
        written += await self._workdays.charge_missed(at, self._home_zone)
        while rows := await self._deadlines.due(at):
            done = await self._expired(rows, at)
            written += done
            if not done:  # all of it was answered before: the table is behind, or parked; the next tick looks again
                break
        return written + await self._conflicts.carry_out_due(at)

    async def _expired(self, rows: Sequence[DeadlineRow], at: datetime) -> int:
        """Carry out deadlines side by side; how many were not carried out before."""
        done = 0
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            contexts = [by_the_clock(row, at, self._home_zone) for row in some]
            receipts = await asyncio.gather(
                *(self._ownership.expire(row, context) for row, context in zip(some, contexts, strict=True))
            )
            done += sum(not receipt.repeated for receipt in receipts)
        return done

    async def next_due(self) -> datetime | None:
        """The nearest hour at which something will have to be written about a claim or a case, come or not."""
        hours = [await self._deadlines.next_due(), await self._conflicts.next_due()]
        return min((hour for hour in hours if hour is not None), default=None)

    async def _departed(self, at: datetime) -> int:
        """Place the customers of whoever has left in other hands (PM9); how many reps had left."""
        gone = await self._deadlines.departed(at)
        for departure in gone:
            custodian, customers = await self._ownership.place_in_custody(departure, at, self._home_zone)
            context = after_leaving(departure, "all", at, self._home_zone)
            await self._organisation.note_handover(departure, custodian, customers, context)
        return len(gone)

    async def run(self, *, every: float = 1.0) -> None:
        """Tick until cancelled; where the log is away, the next tick tries again."""
        while True:
            try:
                await self.tick(self._now())
            except (LogUnavailable, StoreUnavailable):
                await asyncio.sleep(every)
            await asyncio.sleep(every)
