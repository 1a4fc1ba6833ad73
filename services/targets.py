"""What can be done about targets: propose, set, accept, lock, amend, close."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.days import day_of
from domain.facts import RepFacts
from domain.reception import RefNotFound
from domain.reception import ResponsibleRequired as ResponsibleRequired
from domain.rights import Role
from domain.target.events import AmendmentReason as AmendmentReason
from domain.target.metrics import METRICS as METRICS
from domain.target.period import PeriodKind as PeriodKind
from domain.target.period import period_around as period_around
from domain.target.state import Standing as Standing
from domain.target.state import Terms, target_of
from domain.targeting.decisions import (
    AcceptTarget,
    AmendTarget,
    Asker,
    CloseTarget,
    LockTarget,
    ProposeTarget,
    SetTarget,
    TargetingCommand,
    Wanted,
    targeting,
)
from domain.targeting.decisions import IronTarget as IronTarget
from domain.targeting.decisions import LockedInPeriod as LockedInPeriod
from domain.targeting.decisions import MetricLevel as MetricLevel
from domain.targeting.decisions import MetricUnknown as MetricUnknown
from domain.targeting.decisions import ParentMismatch as ParentMismatch
from domain.targeting.decisions import PeriodInvalid as PeriodInvalid
from domain.targeting.decisions import QtyInvalid as QtyInvalid
from domain.targeting.decisions import TargetExists as TargetExists
from domain.targeting.decisions import TargetNotSet as TargetNotSet
from domain.targeting.decisions import TargetOverlap as TargetOverlap
from domain.targeting.decisions import amendment_hash as amendment_hash
from services.carry_out import CarryOut
from services.pasts import Pasts
from services.ports import Context, NewId, Receipt


class People(Protocol):
    """Who works here, in which teams."""

    async def rep(self, rep_id: str, at: datetime) -> RepFacts:
        """A rep at an instant; raises `RefNotFound`."""
        ...

    async def manages(self, manager_id: str, rep_id: str, at: datetime) -> bool:
        """Whether somebody stands anywhere above a rep in the line at an instant."""
        ...

    async def knows(self, actor_id: str) -> bool:
        """Whether somebody ever joined or was ever granted a role."""
        ...

    async def roles(self, actor_id: str, at: datetime | None = None) -> frozenset[str]:
        """The roles of somebody."""
        ...

    async def team_zone(self, team_id: str) -> str:
        """The zone of a team; raises `RefNotFound`."""
        ...


@dataclass(frozen=True, slots=True)
class NewTarget:
    """What a target shall say. `subject`: `rep:<id>` or `team:<id>`; `from_day`, `to_day`: first and last day of the
    period; `qty`: whole, in the unit of the metric (`currency` with money only); `target_id` None: we make one."""

    subject: str
    metric: str
    period: PeriodKind
    from_day: date
    to_day: date
    qty: int
    responsible_id: str | None = None
    target_id: UUID | None = None
    currency: str | None = None
    iron: bool = False
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """Another quantity from a day on; `approver`: who says yes to it; `approval_id`: that yes, for a locked target."""

    target_id: UUID
    qty: int
    effective_from: date
    reason: AmendmentReason | None
    calc: str
    approver: str | None = None
    approval_id: UUID | None = None


class TargetDesk:
    """The desk at which targets are kept."""

    def __init__(self, carry_out: CarryOut, pasts: Pasts, people: People, new_id: NewId) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._people = people
        self._new_id = new_id

    async def propose(self, target: NewTarget, context: Context) -> Receipt:
        """Say what could be reached. Refused as `set`."""
        target_id = target.target_id or self._new_id()

        async def command() -> TargetingCommand:
            today, asker = await self._for_subject(target.subject, target.responsible_id, context)
            wanted = await self._wanted(target, target_id)
            return ProposeTarget(wanted, asker, today, context.decided_at, "IMPORTED" in context.flags)

        return await self._do(command, target_id, context)

    async def set(self, target: NewTarget, context: Context) -> Receipt:
        """Say what shall be reached.

        Refused: METRIC_UNKNOWN, QTY_INVALID, PERIOD_INVALID, METRIC_LEVEL, RETROACTIVE_FORBIDDEN, TARGET_OVERLAP,
        PARENT_MISMATCH, RESPONSIBLE_REQUIRED, TARGET_EXISTS, REF_NOT_FOUND, FORBIDDEN, MALFORMED.
        """
        target_id = target.target_id or self._new_id()

        async def command() -> TargetingCommand:
            today, asker = await self._for_subject(target.subject, target.responsible_id, context)
            wanted = await self._wanted(target, target_id)
            return SetTarget(wanted, asker, today, context.decided_at, "IMPORTED" in context.flags)

        return await self._do(command, target_id, context)

    async def accept(self, target_id: UUID, context: Context) -> Receipt:
        """Say yes to one's own target. Refused: TARGET_NOT_SET, REF_NOT_FOUND, FORBIDDEN."""

        async def command() -> TargetingCommand:
            terms = await self._terms(target_id)
            _, asker = await self._for_subject(terms.subject, terms.responsible_id, context)
            return AcceptTarget(target_id, asker, context.decided_at)

        return await self._do(command, target_id, context)

    async def lock(self, target_id: UUID, context: Context) -> Receipt:
        """Let only an approval move it from now on. Refused: TARGET_NOT_SET, REF_NOT_FOUND, FORBIDDEN."""

        async def command() -> TargetingCommand:
            terms = await self._terms(target_id)
            _, asker = await self._for_subject(terms.subject, terms.responsible_id, context)
            return LockTarget(target_id, asker, context.decided_at)

        return await self._do(command, target_id, context)

    async def amend(self, amendment: Amendment, context: Context) -> Receipt:
        """Change the quantity from a day on.

        Refused, and kept in the target's history: TARGET_NOT_SET, IRON_TARGET, RETROACTIVE_FORBIDDEN, SELF_APPROVAL,
        APPROVAL_REQUIRED. Refused besides: QTY_INVALID, REASON_REQUIRED, MALFORMED, REF_NOT_FOUND, FORBIDDEN.
        """
        target_id = amendment.target_id

        async def command() -> TargetingCommand:
            terms = await self._terms(target_id)
            today, asker = await self._for_subject(terms.subject, terms.responsible_id, context)
            needs_the_yes = _rep(terms.subject) or terms.responsible_id
            return AmendTarget(
                target_id=target_id,
                subject=terms.subject,
                new_qty=amendment.qty,
                effective_from=amendment.effective_from,
                reason=amendment.reason,
                approver=amendment.approver,
                approver_leads=await self._may_approve(amendment.approver, terms.subject, needs_the_yes, context),
                approval_id=amendment.approval_id or context.approval_id,
                needs_the_yes=needs_the_yes,
                calc=amendment.calc,
                asker=asker,
                today=today,
                at=context.decided_at,
            )

        return await self._do(command, target_id, context)

    async def close(self, target_id: UUID, context: Context) -> Receipt:
        """Be done with a target. Refused: IRON_TARGET, LOCKED_IN_PERIOD, REF_NOT_FOUND, FORBIDDEN."""

        async def command() -> TargetingCommand:
            terms = await self._terms(target_id)
            today, asker = await self._for_subject(terms.subject, terms.responsible_id, context)
            return CloseTarget(
                target_id, terms.subject, terms.metric, terms.period.kind, asker, today, context.decided_at
            )

        return await self._do(command, target_id, context)

    async def _do(
        self, command: Callable[[], Awaitable[TargetingCommand]], target_id: UUID, context: Context
    ) -> Receipt:
        return await self._carry_out.afresh(command, targeting, context, answer=lambda _: {"target_id": str(target_id)})

    async def _terms(self, target_id: UUID) -> Terms:
        terms = (await self._pasts.of(target_of(target_id))).terms
        if terms is None:
            raise RefNotFound("target", str(target_id))
        return terms

    async def _wanted(self, target: NewTarget, target_id: UUID) -> Wanted:
        if target.responsible_id is not None and not await self._people.knows(target.responsible_id):
            raise RefNotFound("responsible", target.responsible_id)
        return Wanted(
            target_id=target_id,
            subject=target.subject,
            metric=target.metric,
            period=target.period,
            from_day=target.from_day,
            to_day=target.to_day,
            qty=target.qty,
            currency=target.currency,
            iron=target.iron,
            responsible_id=target.responsible_id,
            parent_id=target.parent_id,
        )

    async def _for_subject(self, subject: str, responsible_id: str | None, context: Context) -> tuple[date, Asker]:
        """The day where the subject works, and how the asker stands to the subject."""
        actor, at = context.actor, context.decided_at
        who, rep_id, team_id = actor.acting_for, _rep(subject), _team(subject)
        keeps_house = actor.role in (Role.OPS, Role.SYSTEM)
        if rep_id is not None:
            zone = (await self._people.rep(rep_id, at)).zone
            leads = keeps_house or (actor.role == Role.MANAGER and await self._people.manages(who, rep_id, at))
            return day_of(at, zone), Asker(who, actor.role, is_subject=who == rep_id, leads=leads)
        zone = await self._people.team_zone(team_id) if team_id is not None else context.occurred_tz
        leads = keeps_house or actor.role == Role.MANAGER
        return day_of(at, zone), Asker(who, actor.role, is_subject=who == responsible_id, leads=leads)

    async def _may_approve(self, approver: str | None, subject: str, needs_the_yes: str, context: Context) -> bool:
        """Whoever stands above; above somebody who does not sell and has no line, any manager."""
        if approver is None:
            return False
        if await self._people.manages(approver, needs_the_yes, context.decided_at):
            return True
        if _rep(subject) is not None or Role.REP in await self._people.roles(needs_the_yes, context.decided_at):
            return False
        return Role.MANAGER in await self._people.roles(approver, context.decided_at)


def _rep(subject: str) -> str | None:
    return subject.removeprefix("rep:") if subject.startswith("rep:") else None


def _team(subject: str) -> str | None:
    return subject.removeprefix("team:") if subject.startswith("team:") else None
