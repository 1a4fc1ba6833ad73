"""Which leads are the right ones, and which sources bring them (V10)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from domain.customer.decisions import AssessLead, OverrideGrade, keeping
from domain.customer.events import DeclineReason
from domain.customer.fit import Grade as Grade
from domain.customer.state import Registered, customer_of
from domain.days import day_of
from domain.icp.decisions import PublishIcp, ResumeSource, SuspendSource, grading
from domain.icp.events import IcpPublished
from domain.icp.state import profiles, sources
from domain.rulesets import IcpAttribute as IcpAttribute
from domain.rulesets import IcpCriterion as IcpCriterion
from domain.rulesets import IcpProfile as IcpProfile
from domain.values import in_bp
from projections.customer_list import CustomerRow, customer_list
from projections.deals import DealRow, DealStanding, deals
from projections.projection import Known
from projections.qualifications import EffectiveNewRow, effective_new_customers
from services.carry_out import CarryOut
from services.pasts import Pasts
from services.ports import Between, Context, Json, OneOf, ReadStore, Receipt

VALID_COMPLETENESS = 60
"""A lead less complete than this is no valid one (§2)."""
LOW_N = 30
"""Of fewer leads than these nothing is said about a source without a word of caution (M22)."""
AT_ONCE = 1_000
"""Customers that are looked up in one question."""
Source: TypeAlias = tuple[str, str | None]
"""A method, and the organisation's own label of the channel."""


@dataclass(frozen=True, slots=True)
class NewProfile:
    """A profile to be published. `effective_from`: None for today."""

    criteria: tuple[IcpCriterion, ...]
    a_from: int
    b_from: int
    c_from: int
    website_required: bool = True
    effective_from: date | None = None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a source brought in a period: customers registered in it, and what became of them up to now.

    `valid`: graded A to C, complete enough and no double; `right`: graded A or B; `effective_new`: counted and not
    taken back; `won`: who bought; `low_n`: too few to say much; `suspended`: why no leads of it are taken now.
    """

    method: str
    detail: str | None
    registered: int
    valid: int
    right: int
    unfit: int
    declined: int
    effective_new: int
    won: int
    suspended: str | None

    @property
    def right_bp(self) -> int | None:
        """A and B of all (M22)."""
        return in_bp(self.right, self.registered)

    @property
    def effective_new_bp(self) -> int | None:
        """Effective new customers of all (M22)."""
        return in_bp(self.effective_new, self.registered)

    @property
    def won_bp(self) -> int | None:
        """Customers who bought of all."""
        return in_bp(self.won, self.registered)

    @property
    def low_n(self) -> bool:
        """Whether there are too few to say much."""
        return self.registered < LOW_N


class IcpDesk:
    """The desk at which profiles are published, leads graded, and sources watched."""

    def __init__(self, carry_out: CarryOut, pasts: Pasts, store: ReadStore) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._store = store

    async def publish(self, new: NewProfile, context: Context) -> Receipt:
        """Grade leads like this from a day on; those graded before keep their grade until more becomes known."""
        today = day_of(context.decided_at, context.occurred_tz)
        command = PublishIcp(
            effective_from=new.effective_from or today,
            criteria=new.criteria,
            a_from=new.a_from,
            b_from=new.b_from,
            c_from=new.c_from,
            website_required=new.website_required,
            today=today,
            at=context.decided_at,
        )
        return await self._carry_out(command, grading, context, answer=_published)

    async def suspend(self, method: str, detail: str | None, reason: str, context: Context) -> Receipt:
        """Take no leads from a source."""
        command = SuspendSource(method, detail, reason, context.actor.acting_for, context.decided_at)
        return await self._carry_out(command, grading, context)

    async def resume(self, method: str, detail: str | None, context: Context) -> Receipt:
        """Take leads from a source again."""
        command = ResumeSource(method, detail, context.actor.acting_for, context.decided_at)
        return await self._carry_out(command, grading, context)

    async def assess(self, customer_id: UUID, at: datetime, context: Context) -> Receipt | None:
        """Grade a lead by the profile in force; None where there is none, or the grade is as it was."""
        profile = (await self._pasts.of(profiles())).in_force(day_of(at, context.occurred_tz))
        if profile is None:
            return None
        command = AssessLead(customer_id, profile, at)
        looked = await self._pasts.look(keeping.stands_on(command))
        if not isinstance(looked.past.of(customer_of(customer_id)), Registered):
            return None
        if not keeping.decide(command, looked.past):
            return None
        return await self._carry_out(command, keeping, context)

    async def override(self, customer_id: UUID, grade: Grade, reason: str, context: Context) -> Receipt:
        """Grade a lead otherwise, for a reason."""
        command = OverrideGrade(customer_id, grade, reason, context.actor.acting_for, context.decided_at)
        answer = {"customer_id": str(customer_id), "grade": str(grade)}
        return await self._carry_out(command, keeping, context, answer=lambda _: answer)

    async def published(self) -> Sequence[IcpPublished]:
        """Every profile, in the order of their versions."""
        return (await self._pasts.of(profiles())).published

    async def scorecards(self, first: date | None, last: date | None, *, at: int) -> Sequence[Scorecard]:
        """What each source brought in a period, both dates included, as of a position."""
        days = Between(first, None if last is None else last + timedelta(days=1))
        everything = {"registered_on": days}
        fit = {**everything, "icp_grade": OneOf([Grade.A, Grade.B, Grade.C]), "merged_into": None}
        counts = {
            "registered": await self._count(everything, at),
            "valid": await self._count({**fit, "completeness": Between(VALID_COMPLETENESS, None)}, at),
            "right": await self._count({**everything, "icp_grade": OneOf([Grade.A, Grade.B])}, at),
            "unfit": await self._count({**everything, "icp_grade": Grade.X}, at),
            "declined": await self._count({**everything, "declined": OneOf(list(DeclineReason))}, at),
            "effective_new": await self._by_source(await self._effective_new(at), days, at),
            "won": await self._by_source(await self._won(at), days, at),
        }
        suspended = await self._pasts.of(sources())
        return [
            Scorecard(method, detail, **{name: found[method, detail] for name, found in counts.items()},
                      suspended=suspended.why(method, detail))
            for method, detail in sorted(counts["registered"], key=lambda one: (one[0], one[1] is None, one[1] or ""))
        ]  # fmt: skip

    async def _count(self, where: Mapping[str, object], at: int) -> Counter[Source]:
        counted = await self._store.count(customer_list, where, by=("source_method", "source_detail"), at=at)
        return Counter({(str(method), detail): n for (method, detail), n in counted.items()})

    async def _effective_new(self, at: int) -> frozenset[UUID]:
        rows: Sequence[EffectiveNewRow] = await self._store.select(effective_new_customers, {}, at=at)
        net: Counter[UUID] = Counter()
        for row in rows:
            net[row.customer_id] += row.count
        return frozenset(customer_id for customer_id, n in net.items() if n > 0)

    async def _won(self, at: int) -> frozenset[UUID]:
        rows: Sequence[Known[DealRow]] = await self._store.select(deals, {"standing": DealStanding.WON}, at=at)
        return frozenset(one.row.customer_id for one in rows if one.row.customer_id is not None)

    async def _by_source(self, customers: frozenset[UUID], days: Between, at: int) -> Counter[Source]:
        found: Counter[Source] = Counter()
        wanted = sorted(customers)
        for start in range(0, len(wanted), AT_ONCE):
            where = {"customer_id": OneOf(wanted[start : start + AT_ONCE]), "registered_on": days}
            rows: Sequence[Known[CustomerRow]] = await self._store.select(customer_list, where, at=at)
            found.update((str(one.row.source_method), one.row.source_detail) for one in rows)
        return found


def _published(events: Sequence[object]) -> Mapping[str, Json]:
    return {"version": next((one.version for one in events if isinstance(one, IcpPublished)), None)}
