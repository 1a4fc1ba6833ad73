"""What can be done about two records of one customer: made one, and parted again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.customer.events import CustomersMerged, CustomersUnmerged, Verdict
from domain.customer.state import Registered, customer_of
from domain.days import day_of
from domain.facts import NameFacts
from domain.identifier.events import IdentifierKind
from domain.merging.decisions import MergeCommand, MergeCustomers, Merging, UnmergeCustomers, merging
from domain.ownership.state import ownership_of, slot_takers
from domain.reception import ReasonRequired
from domain.registering.doubts import both_registered
from projections.duplicate_desk import DuplicateRow, duplicate_desk
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known
from services.carry_out import CarryOut, told
from services.lookups import RulesInForce
from services.pasts import Pasts
from services.ports import Context, Json, NewId, OneOf, ReadStore, Receipt, Simplify

DEFAULT_LINE = "default"


class Quarrels(Protocol):
    """Opens a case where two reps hold what is one customer."""

    async def open_duplicate(
        self, customer_id: UUID, other_customer_id: UUID, line: str, trigger: UUID | None, context: Context
    ) -> Receipt | None:
        """None where not both are held, or by one rep, or where they are at odds already."""
        ...


@dataclass(frozen=True)
class MergeDesk:
    """The desk at which records are merged and parted."""

    carry_out: CarryOut
    pasts: Pasts
    store: ReadStore
    rulebook: RulesInForce
    simplify: Simplify
    quarrels: Quarrels
    new_id: NewId

    async def merge(self, customer_id: UUID, other_id: UUID, context: Context) -> Receipt:
        """Let the record that was registered first stand for both.

        Refused: MERGE_FORBIDDEN, MERGE_INVALID, CONTESTED.
        """

        async def ask() -> MergeCommand:
            one, other = await self._both(customer_id, other_id)
            names = {
                name: NameFacts(name, self.simplify(name))
                for record in (one, other)
                for name in (record.legal_name, *record.aliases)
            }
            known = await self._known(one, other, context)
            return MergeCustomers(customer_id, other_id, names, known, context.actor.acting_for)

        return await self.carry_out.afresh(ask, merging, context, answer=_merged)

    async def merge_or_open_a_case(
        self, customer_id: UUID, other_id: UUID, trigger: UUID, context: Context
    ) -> Receipt | None:
        """What follows from the verdict SAME: one record, or a case where two reps hold the customer (PM8, A11)."""
        one, other = await self._both(customer_id, other_id)
        if one.merged_into is not None or other.merged_into is not None:
            return None
        for line in await self._lines((customer_id, other_id)):
            opened = await self.quarrels.open_duplicate(customer_id, other_id, line, trigger, context)
            if opened is not None:
                return opened
        return await self.merge(customer_id, other_id, context)

    async def merge_what_waited(self, customer_id: UUID, context: Context) -> Receipt | None:
        """A case about a customer is over: what was found to be one with it, and waited for that, becomes one."""
        customer = await self.pasts.of(customer_of(customer_id))
        if not isinstance(customer, Registered) or customer.merged_into is not None:
            return None
        waiting = [other for other, doubt in customer.doubts.items() if doubt.verdict is Verdict.SAME]
        for other in [*waiting, *await self._waiting_for(customer_id)]:
            if other not in customer.absorbed:
                return await self.merge(customer_id, other, context)
        return None

    async def unmerge(self, customer_id: UUID, other_id: UUID, reason: str | None, context: Context) -> Receipt:
        """Part two records that were merged by mistake (A34). Refused: MERGE_INVALID, CONTESTED, REASON_REQUIRED."""
        if reason is None:
            raise ReasonRequired(context.asked)
        said = reason

        async def ask() -> MergeCommand:
            one, other = await self._both(customer_id, other_id)
            known = await self._known(one, other, context)
            return UnmergeCustomers(customer_id, other_id, said, known, context.actor.acting_for)

        return await self.carry_out.afresh(ask, merging, context, answer=_unmerged)

    async def _both(self, customer_id: UUID, other_id: UUID) -> tuple[Registered, Registered]:
        looked = await self.pasts.look([customer_of(one) for one in {customer_id, other_id}])
        return both_registered(customer_id, other_id, looked.past)

    async def _known(self, one: Registered, other: Registered, context: Context) -> Merging:
        lines = await self._lines((one.customer_id, other.customer_id))
        streams = [ownership_of(record.customer_id, line) for record in (one, other) for line in lines]
        looked = await self.pasts.look(streams)
        takers = {rep_id for stream in streams for rep_id in slot_takers(looked.past.of(stream))}
        kept = {claim.rep_id for record in (one, other) for how in record.absorbed.values() for claim in how.claims}
        identifiers = [
            (kind, value)
            for record in (one, other)
            for kind, value in (
                (IdentifierKind.USCC, record.details.uscc),
                (IdentifierKind.DOMAIN, record.details.registrable),
            )
            if value is not None
        ]
        day = day_of(context.decided_at, context.occurred_tz)
        return Merging(
            lines={line: (self.new_id(), self.new_id()) for line in lines},
            holders=tuple(sorted(takers | kept)),
            identifiers=tuple(dict.fromkeys(identifiers)),
            rules=await self.rulebook.protection(day),
            calendar=await self.rulebook.calendar(),
            biz_date=day,
            at=context.decided_at,
        )

    async def _lines(self, records: Sequence[UUID]) -> Sequence[str]:
        """The business lines in which any of the records was ever claimed."""
        rows: Sequence[Known[OwnershipSpan]] = await self.store.select(
            ownership_table, {"customer_id": OneOf(records)}, ever=True
        )
        return sorted({DEFAULT_LINE, *(known.row.line for known in rows)})

    async def _waiting_for(self, customer_id: UUID) -> Sequence[UUID]:
        """The later records that were found to be one with this one."""
        rows: Sequence[Known[DuplicateRow]] = await self.store.select(
            duplicate_desk, {"other_id": customer_id, "verdict": Verdict.SAME}
        )
        return [known.row.customer_id for known in rows]


def _merged(events: Sequence[object]) -> Mapping[str, Json]:
    event = next(event for event in events if isinstance(event, CustomersMerged))
    return told({"customer_id": event.survivor_id, "merged_ids": event.merged_ids})


def _unmerged(events: Sequence[object]) -> Mapping[str, Json]:
    event = next(event for event in events if isinstance(event, CustomersUnmerged))
    return told({"customer_id": event.survivor_id, "unmerged_ids": event.merged_ids})
