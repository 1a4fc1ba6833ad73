"""The door of the pool: whoever opens the details of a customer there is on record, and does so only so often."""

from datetime import datetime
from uuid import UUID

from domain.days import day_of
from domain.pool.decisions import ViewPoolCustomer, viewing
from projections.customer_list import CustomerRow
from services.carry_out import CarryOut
from services.lookups import Reps, RulesInForce
from services.ownership_questions import OwnershipQuestions
from services.ports import Context, Receipt


class PoolViewDesk:
    """Counts what reps look at in the pool (D7)."""

    def __init__(self, carry_out: CarryOut, reps: Reps, rulebook: RulesInForce, questions: OwnershipQuestions) -> None:
        self._carry_out = carry_out
        self._reps = reps
        self._rulebook = rulebook
        self._questions = questions

    async def counts(self, customer: CustomerRow, rep_id: str, *, valid_at: datetime, known_at: int) -> bool:
        """Whether looking at a customer is looking into the pool: nobody holds it in any line, and it is none that
        the rep found."""
        if customer.registered_by == rep_id:
            return False
        return not await self._questions.holders(customer.customer_id, valid_at=valid_at, known_at=known_at)

    async def view(self, customer_id: UUID, context: Context) -> Receipt:
        """Record that a rep opens the details of a customer of the pool. Refused: POOL_VIEW_LIMIT."""
        rep = await self._reps.rep(context.actor.acting_for, context.decided_at)
        rules = await self._rulebook.protection(day_of(context.decided_at, rep.team_zone), rep.team_id)
        today = day_of(context.decided_at, rep.zone)
        command = ViewPoolCustomer(rep.rep_id, customer_id, rules, today, context.decided_at)
        return await self._carry_out(command, viewing, context)
