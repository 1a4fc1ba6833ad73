"""What can be done about a rep's day: plan, adjust, close, reflect, be off; and what managers say of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.days import day_of, end_of_days
from domain.facts import RepFacts
from domain.reception import FieldFault, Malformed, RefNotFound
from domain.rights import Role
from domain.target.metrics import METRICS
from domain.workday.decisions import (
    AdjustDayPlan,
    ApproveTimeOff,
    ChargeMissedInspection,
    CloseWorkday,
    CommitDayPlan,
    InspectDay,
    InspectRecord,
    Reflect,
    WorkdayCommand,
    working,
)
from domain.workday.decisions import BlockOverlap as BlockOverlap
from domain.workday.decisions import DayAhead as DayAhead
from domain.workday.decisions import DayClosed as DayClosed
from domain.workday.decisions import DayNotPlanned as DayNotPlanned
from domain.workday.decisions import DayPlanned as DayPlanned
from domain.workday.decisions import DayStillOpen as DayStillOpen
from domain.workday.events import Block as Block
from domain.workday.events import BlockKind as BlockKind
from domain.workday.events import Commitment as Commitment
from domain.workday.events import InspectionVerdict as InspectionVerdict
from domain.workday.events import ReflectionTag as ReflectionTag
from domain.workday.events import TimeOffKind as TimeOffKind
from projections.projection import Known
from projections.rep_timeline import TimelineRow, rep_timeline
from projections.workdays import WorkdayRow, workdays
from services.by_itself import because_an_hour_came
from services.carry_out import CarryOut
from services.lookups import Reps, RulesInForce
from services.ports import Between, Context, Json, ReadStore, Receipt

NOON = 12
_LONGEST_LEAVE = 62
"""Days of one leave; a longer one is said in parts, so that no request writes without end."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a day shall be for. `day` None: the day of the asking."""

    blocks: tuple[Block, ...]
    commitments: tuple[Commitment, ...]
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a day. `day` None: the day of the asking."""

    result: str
    lesson: str | None = None
    tags: tuple[str, ...] = ()
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Days on which a rep is not expected, both ends included; `minutes` None: all of each."""

    rep_id: str
    from_day: date
    to_day: date
    kind: TimeOffKind
    minutes: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a manager thinks of a day of a rep."""

    rep_id: str
    day: date
    verdict: InspectionVerdict
    items: tuple[str, ...] = ()
    comment: str | None = None


class WorkdayDesk:
    """The desk at which days are planned, closed and looked at."""

    def __init__(self, carry_out: CarryOut, store: ReadStore, reps: Reps, rulebook: RulesInForce) -> None:
        self._carry_out = carry_out
        self._store = store
        self._reps = reps
        self._rulebook = rulebook

    async def plan(self, planned: Planned, context: Context) -> Receipt:
        """Say in the morning what a day is for.

        Refused: FORBIDDEN (another's day), DATE_IN_PAST, BLOCK_OVERLAP, DAY_PLANNED, DAY_CLOSED, MALFORMED.
        """
        rep_id = context.actor.acting_for
        _known_metrics(planned.commitments)

        async def command(rep: RepFacts, day: date) -> WorkdayCommand:
            there = context.decided_at.astimezone(ZoneInfo(rep.zone))
            return CommitDayPlan(
                rep_id=rep_id,
                team_id=rep.team_id,
                day=day,
                today=there.date(),
                blocks=planned.blocks,
                commitments=planned.commitments,
                own=_own(context),
                role=context.actor.role,
                late=there.date() == day and there.hour >= NOON,
                at=context.decided_at,
            )

        return await self._of_the_rep(command, rep_id, planned.day, context)

    async def adjust(self, planned: Planned, reason: str, context: Context) -> Receipt:
        """Say that a day is for something else now, and why.

        Refused: FORBIDDEN, BLOCK_OVERLAP, DAY_NOT_PLANNED, DAY_CLOSED, REASON_REQUIRED, MALFORMED.
        """
        rep_id = context.actor.acting_for
        _known_metrics(planned.commitments)

        async def command(rep: RepFacts, day: date) -> WorkdayCommand:
            return AdjustDayPlan(
                rep_id=rep_id,
                team_id=rep.team_id,
                day=day,
                blocks=planned.blocks,
                commitments=planned.commitments,
                reason=reason,
                own=_own(context),
                role=context.actor.role,
                at=context.decided_at,
            )

        return await self._of_the_rep(command, rep_id, planned.day, context)

    async def close(self, told: Told, context: Context) -> Receipt:
        """Say in the evening what came of a day; said again, it is amended.

        Refused: FORBIDDEN, DAY_AHEAD, BACKDATE_LIMIT (first told more than D13 days later), MALFORMED.
        """
        rep_id = context.actor.acting_for

        async def command(rep: RepFacts, day: date) -> WorkdayCommand:
            today = day_of(context.decided_at, rep.zone)
            rules = await self._rulebook.flags(today, rep.team_id)
            calendar = await self._rulebook.calendar()
            history = "IMPORTED" in context.flags
            return CloseWorkday(
                rep_id=rep_id,
                team_id=rep.team_id,
                day=day,
                today=today,
                earliest=day if history else today - timedelta(days=rules.backdate_days),
                result=told.result,
                lesson=told.lesson,
                tags=told.tags,
                inspect_by=end_of_days(calendar.next_workday(max(day, today)), 0, rep.team_zone),
                own=_own(context),
                role=context.actor.role,
                at=context.decided_at,
            )

        return await self._of_the_rep(command, rep_id, told.day, context)

    async def reflect(self, text: str, tags: Sequence[ReflectionTag], day: date | None, context: Context) -> Receipt:
        """Note what a rep sees in their own work. Refused: FORBIDDEN, MALFORMED."""
        rep_id = context.actor.acting_for

        async def command(rep: RepFacts, on: date) -> WorkdayCommand:
            own, role = _own(context), context.actor.role
            return Reflect(rep_id, rep.team_id, on, text, tuple(tags), own, role, context.decided_at)

        return await self._of_the_rep(command, rep_id, day, context)

    async def approve_time_off(self, leave: Leave, context: Context) -> Receipt:
        """Say that a rep is off for some days. Refused: SELF_APPROVAL, FORBIDDEN, REASON_REQUIRED, MALFORMED."""
        length = (leave.to_day - leave.from_day).days + 1
        if not 0 < length <= _LONGEST_LEAVE:
            detail = f"The last day is not before the first, and at most {_LONGEST_LEAVE} days are said at once."
            raise Malformed((FieldFault("/data/to_day", detail),))
        approver = context.actor.acting_for

        async def command(rep: RepFacts, _: date) -> WorkdayCommand:
            house = context.actor.role in (Role.OPS, Role.SYSTEM)
            return ApproveTimeOff(
                rep_id=leave.rep_id,
                team_id=rep.team_id,
                days=tuple(leave.from_day + timedelta(days=n) for n in range(length)),
                kind=leave.kind,
                minutes=leave.minutes,
                reason=leave.reason,
                approver=approver,
                role=context.actor.role,
                in_line=house or await self._reps.manages(approver, leave.rep_id, context.decided_at),
                at=context.decided_at,
            )

        return await self._of_the_rep(command, leave.rep_id, leave.from_day, context)

    async def inspect(self, judgement: Judgement, context: Context) -> Receipt:
        """Say what one thinks of a rep's day (日检).

        Refused: FORBIDDEN (not in the line on that day), DAY_AHEAD, DAY_STILL_OPEN, REASON_REQUIRED, REF_NOT_FOUND.
        """
        inspector = context.actor.acting_for

        async def command(rep: RepFacts, day: date) -> WorkdayCommand:
            return InspectDay(
                rep_id=judgement.rep_id,
                day=day,
                today=day_of(context.decided_at, rep.zone),
                inspector=inspector,
                role=context.actor.role,
                in_line=await self._led(inspector, rep, day, context.decided_at),
                verdict=judgement.verdict,
                items=judgement.items,
                comment=judgement.comment,
                at=context.decided_at,
            )

        return await self._of_the_rep(command, judgement.rep_id, judgement.day, context)

    async def inspect_record(self, judgement: Judgement, event_id: UUID, context: Context) -> Receipt:
        """Say what one thinks of one record of a day.

        Refused: FORBIDDEN (not in the line on that day), REASON_REQUIRED, REF_NOT_FOUND (no such record that day).
        """
        inspector = context.actor.acting_for

        async def command(rep: RepFacts, day: date) -> WorkdayCommand:
            where = {"rep_id": judgement.rep_id, "event_id": event_id}
            told: Sequence[TimelineRow] = await self._store.select(rep_timeline, where, limit=1)
            if not told or told[0].biz_date != day:
                raise RefNotFound("record", str(event_id))
            return InspectRecord(
                rep_id=judgement.rep_id,
                day=day,
                event_id=event_id,
                inspector=inspector,
                role=context.actor.role,
                in_line=await self._led(inspector, rep, day, context.decided_at),
                verdict=judgement.verdict,
                comment=judgement.comment,
                at=context.decided_at,
            )

        return await self._of_the_rep(command, judgement.rep_id, judgement.day, context)

    async def charge_missed(self, at: datetime, home_zone: str) -> int:
        """Write down whose days nobody looked at in time, by the clock (PM7); how many it were."""
        where: dict[str, object] = {"inspect_by": Between(None, at + timedelta(microseconds=1))}
        due: Sequence[Known[WorkdayRow]] = await self._store.select(
            workdays, where, order=("inspect_by", "rep_id", "day")
        )
        done = 0
        for row in (known.row for known in due):
            deadline = row.inspect_by
            if deadline is not None:
                done += not (await self._charge(row, deadline, at, home_zone)).repeated
        return done

    async def _charge(self, row: WorkdayRow, deadline: datetime, at: datetime, home_zone: str) -> Receipt:
        context = because_an_hour_came(
            "workday.charge_missed", f"inspection:{row.rep_id}:{row.day}", deadline, at, home_zone
        )

        async def command() -> WorkdayCommand:
            rep = await self._reps.rep(row.rep_id, deadline)
            line = await self._reps.line(row.rep_id, _last_instant(row.day, rep.zone, deadline))
            return ChargeMissedInspection(row.rep_id, row.day, line, await self._closed_before(row), deadline)

        return await self._carry_out.afresh(command, working, context)

    async def _closed_before(self, row: WorkdayRow) -> date | None:
        """The closed day of the same rep before this one; what lies further back than a month is not "in a row"."""
        where = {"rep_id": row.rep_id, "day": Between(row.day - timedelta(days=31), row.day)}
        known: Sequence[Known[WorkdayRow]] = await self._store.select(workdays, where, order=("day",))
        closed = [one.row.day for one in known if one.row.closed_at is not None]
        return closed[-1] if closed else None

    async def _led(self, manager: str, rep: RepFacts, day: date, now: datetime) -> bool:
        """Whether somebody stood above a rep on that day: the former manager still looks at the days of then."""
        return await self._reps.manages(manager, rep.rep_id, _last_instant(day, rep.zone, now))

    async def _of_the_rep(
        self,
        command: Callable[[RepFacts, date], Awaitable[WorkdayCommand]],
        rep_id: str,
        day: date | None,
        context: Context,
    ) -> Receipt:
        on = day or context.biz_date

        async def ask() -> WorkdayCommand:
            rep = await self._reps.rep(rep_id, context.occurred_at)
            return await command(rep, on)

        def answer(_: Sequence[object]) -> Mapping[str, Json]:
            return {"rep_id": rep_id, "day": on.isoformat()}

        return await self._carry_out.afresh(ask, working, context, answer=answer)


def _known_metrics(commitments: Sequence[Commitment]) -> None:
    """What a rep means to reach is counted by a metric that targets know."""
    unknown = [commitment.metric for commitment in commitments if commitment.metric not in METRICS]
    if unknown:
        raise Malformed((FieldFault("/data/commitments", f"Targets know no metric {unknown[0]}."),))


def _own(context: Context) -> bool:
    """Whether somebody speaks of their own day: reps do, and machines and imports for a named rep."""
    return context.actor.role in (Role.REP, Role.CLIENT, Role.OPS)


def _last_instant(day: date, zone: str, now: datetime) -> datetime:
    """The last instant of a day, or now where the day is not over: whoever led then, led on that day."""
    return min(end_of_days(day, 0, zone) - timedelta(microseconds=1), now)
