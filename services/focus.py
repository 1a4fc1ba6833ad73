"""Where the time of reps goes, and whether a customer is worth what it costs (V17, M6, M15, M16, M21)."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.customer.fit import Grade
from domain.days import day_of, start_of_day
from domain.envelope import Actor
from domain.focus.decisions import HeldLong, NoteRepWeek, NoteWeek, drag_limit, noticing, won_cycle
from domain.focus.state import focus_weeks_of
from domain.focus.time import Spent as Spent
from domain.focus.time import Standing, spent, together
from domain.rights import Role
from domain.rulesets import FocusRules
from projections.customer_list import CustomerRow, customer_list
from projections.deals import DealRow, DealStanding, deals
from projections.org_chart import OrgChartRow, org_chart
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known
from projections.qualifications import EffectiveNewRow, effective_new_customers
from projections.visits import Stage, VisitRow, visits
from services.by_itself import CLOCK
from services.carry_out import CarryOut
from services.families import family_of
from services.lookups import Reps, RulesInForce
from services.pasts import Pasts
from services.ports import Between, Context, OneOf, ReadStore, Request

AT_ONCE = 64
"""Reps looked at side by side."""
LOOK_AGAIN = timedelta(hours=1)
"""How long it is believed that no other zone has come."""
WEEK = timedelta(days=7)
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class TimeTold:
    """Where the time of a rep went, day by day and together. A day with less than `least_minutes` tells no shares."""

    days: Mapping[date, Spent]
    total: Spent
    least_minutes: int
    rules: FocusRules


@dataclass(frozen=True, slots=True)
class Held:
    """A customer that a rep holds and that bought nothing; `long`: longer than `limit_days` (LONG_DRAG)."""

    claim_id: UUID
    customer_id: UUID
    line: str
    rep_id: str
    held_since: date
    age_days: int
    limit_days: int | None
    cycle_days: int | None
    long: bool


@dataclass(frozen=True, slots=True)
class Return:
    """What a customer cost and brought (M16, S73). Money by currency, in minor units.

    `time_cost_minor`: minutes at the hourly cost of the FOCUS rules, None where none is published; `margin`: of won
    deals, `margin_unknown`: won deals of which none is known. `result_minor`: margin less all cost, None where a margin
    or the hourly cost is not known, or money is in several currencies; `negative`: it was not worth it.
    """

    customer_id: UUID
    visits: int
    visit_minutes: int
    travel_minutes: int
    travel_cost: Mapping[str, int]
    time_cost_minor: int | None
    margin: Mapping[str, int]
    margin_unknown: int
    currency: str | None
    result_minor: int | None

    @property
    def negative(self) -> bool:
        """Whether more was spent than earned (NEGATIVE_RETURN)."""
        return self.result_minor is not None and self.result_minor < 0


class FocusDesk:
    """Answers where the time went; and, once a week, says where it should not have gone (PM5, PM11)."""

    def __init__(self, carry_out: CarryOut, pasts: Pasts, store: ReadStore, reps: Reps, rulebook: RulesInForce) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._store = store
        self._reps = reps
        self._rulebook = rulebook
        self._nothing_before: datetime | None = None
        self._looked_at: dict[str, date] = {}

    async def time(self, rep_id: str, first: date, last: date, *, hour: datetime, at: int | None = None) -> TimeTold:
        """Where the time of a rep went on some days, both included, as of a position. `hour`: for zone and team."""
        rep = await self._reps.rep(rep_id, hour)
        rules = await self._rulebook.focus(last, rep.team_id)
        by_day: dict[date, list[Spent]] = defaultdict(list)
        rows = await self._visits(rep_id, rep.zone, first, last, at)
        standings = await _Standings(self._store, rep.zone, at).of({(row.customer_id, row.line) for row in rows})
        for row in rows:
            if row.biz_date is None:
                continue
            standing = standings.on(row.customer_id, row.line, row.biz_date)
            by_day[row.biz_date].append(spent(standing, row.biz_date, row.minutes or 0, row.travel_minutes, rules))
        days = {day: together(parts) for day, parts in sorted(by_day.items())}
        return TimeTold(days, together(days.values()), rules.least_minutes, rules)

    async def held(self, rep_id: str, *, hour: datetime, at: int | None = None) -> Sequence[Held]:
        """The customers that a rep holds at an hour and that bought nothing, the longest held first."""
        rep = await self._reps.rep(rep_id, hour)
        today = day_of(hour, rep.zone)
        rules = await self._rulebook.focus(today, rep.team_id)
        cycle = won_cycle(await self._cycles(today, at))
        limit = drag_limit(cycle, rules)
        after = hour + timedelta(microseconds=1)
        known: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table, {"rep_id": rep_id, "valid_to": Between(after, None)}, at=at
        )
        spans = [one.row for one in known if one.row.valid_from <= hour < one.row.valid_to]
        standings = await _Standings(self._store, rep.zone, at).of({(one.customer_id, one.line) for one in spans})
        found: list[Held] = []
        for span in spans:
            standing = standings.on(span.customer_id, span.line, today)
            if standing.won_on is not None or standing.held_since is None:
                continue
            age = (today - standing.held_since).days
            long = limit is not None and age > limit
            whose = (span.claim_id, span.customer_id, span.line, rep_id)
            found.append(Held(*whose, standing.held_since, age, limit, cycle, long))
        return sorted(found, key=lambda one: (-one.age_days, str(one.claim_id)))

    async def value(self, customer_id: UUID, *, day: date, at: int) -> Return:
        """What a customer cost and brought up to now, as of a position; merged records together."""
        family = OneOf(await family_of(self._store, customer_id, at))
        rules = await self._rulebook.focus(day)
        where = {"customer_id": family, "stage": Stage.RECORDED, "voided": False}
        told: Sequence[Known[VisitRow]] = await self._store.select(visits, where, at=at)
        rows = [one.row for one in told]
        won: Sequence[Known[DealRow]] = await self._store.select(
            deals, {"customer_id": family, "standing": DealStanding.WON}, at=at
        )
        travel_cost: dict[str, int] = defaultdict(int)
        for row in rows:
            if row.travel_cost_minor is not None and row.travel_cost_currency is not None:
                travel_cost[row.travel_cost_currency] += row.travel_cost_minor
        margin: dict[str, int] = defaultdict(int)
        unknown = 0
        for one in won:
            if one.row.gross_margin_minor is None or one.row.currency is None:
                unknown += 1
            else:
                margin[one.row.currency] += one.row.gross_margin_minor
        visit_minutes = sum(row.minutes or 0 for row in rows)
        travel_minutes = sum(row.travel_minutes or 0 for row in rows)
        time_cost = None
        if rules.hour_cost_minor is not None:
            time_cost = ((visit_minutes + travel_minutes) * rules.hour_cost_minor * 2 + 60) // 120
        currencies = {*travel_cost, *margin}
        currency = next(iter(currencies)) if len(currencies) == 1 else None
        result = None
        if time_cost is not None and currency is not None and won and not unknown:
            result = margin[currency] - travel_cost[currency] - time_cost
        return Return(
            customer_id=customer_id,
            visits=len(rows),
            visit_minutes=visit_minutes,
            travel_minutes=travel_minutes,
            travel_cost=dict(travel_cost),
            time_cost_minor=time_cost,
            margin={name: minor for name, minor in margin.items() if minor or name in travel_cost or won},
            margin_unknown=unknown,
            currency=currency,
            result_minor=result,
        )

    async def note_weeks(self, at: datetime) -> int:
        """Look at every week whose hour has come, zone by zone; how many weeks of a zone there were.

        The hour is the end of the workday after the week, so that whatever is told in time counts. Of a week in which
        nobody did anything nothing is written.
        """
        if self._nothing_before is not None and at < self._nothing_before:
            return 0
        known: Sequence[Known[OrgChartRow]] = await self._store.select(org_chart, {"active": True})
        sellers = [one.row for one in known if one.row.valid_to is None or one.row.valid_to > at - 5 * WEEK]
        noted, ahead = 0, at + LOOK_AGAIN
        for zone in sorted({row.zone for row in sellers}):
            due_at = await self._due(zone, at)
            while due_at is not None and due_at[1] <= at:
                await self._note(zone, sellers, due_at[0], due_at[1], at)
                noted += 1
                self._looked_at[zone] = due_at[0] + WEEK
                due_at = (due_at[0] + WEEK, await self._hour_of(due_at[0] + WEEK, zone))
            if due_at is not None:
                ahead = min(ahead, due_at[1])
        self._nothing_before = ahead
        return noted

    async def _due(self, zone: str, at: datetime) -> tuple[date, datetime] | None:
        """The first day of the next week to be looked at, and its hour; of a zone that is new, only the latest one."""
        if zone in self._looked_at:
            first = self._looked_at[zone]
            return first, await self._hour_of(first, zone)
        noted = await self._pasts.of(focus_weeks_of(zone))
        if noted is not None:
            first = noted + timedelta(days=1)
            return first, await self._hour_of(first, zone)
        today = day_of(at, zone)
        first = today - timedelta(days=today.weekday()) - WEEK
        hour = await self._hour_of(first, zone)
        if hour > at:
            first -= WEEK
            hour = await self._hour_of(first, zone)
        return first, hour

    async def _hour_of(self, first: date, zone: str) -> datetime:
        calendar = await self._rulebook.calendar()
        return start_of_day(calendar.next_workday(first + timedelta(days=6)) + timedelta(days=1), zone)

    async def _note(
        self, zone: str, sellers: Sequence[OrgChartRow], first: date, due_at: datetime, at: datetime
    ) -> None:
        last = first + timedelta(days=6)
        reps = sorted(
            {row.rep_id for row in sellers if row.zone == zone and _there(row, due_at - timedelta(microseconds=1))}
        )
        cycles, worked = tuple(await self._cycles(last, None)), 0
        for start in range(0, len(reps), AT_ONCE):
            some = reps[start : start + AT_ONCE]
            looked = (self._note_rep(rep_id, zone, first, due_at, at, cycles) for rep_id in some)
            worked += sum(await asyncio.gather(*looked))
        if not worked:
            return
        command = NoteWeek(zone, first, last, len(reps), at)
        await self._carry_out(command, noticing, _by_the_clock(f"week:{zone}", first, zone, due_at, at))

    async def _note_rep(
        self, rep_id: str, zone: str, first: date, due_at: datetime, at: datetime, cycles: tuple[int, ...]
    ) -> bool:
        """Look at the week of a rep; whether there was anything in it."""
        last, hour = first + timedelta(days=6), due_at - timedelta(microseconds=1)
        told = await self.time(rep_id, first, last, hour=hour)
        held = await self.held(rep_id, hour=hour)
        rep = await self._reps.rep(rep_id, hour)
        command = NoteRepWeek(
            rep_id=rep_id,
            team_id=rep.team_id,
            first=first,
            last=last,
            spent=told.total,
            held=tuple(HeldLong(one.claim_id, one.customer_id, one.line, one.age_days) for one in held),
            cycles=cycles,
            rules=told.rules,
            at=at,
        )
        looked = await self._pasts.look(noticing.stands_on(command))
        if noticing.decide(command, looked.past):
            await self._carry_out(command, noticing, _by_the_clock(rep_id, first, zone, due_at, at))
            return True
        return told.total.visits > 0

    async def _visits(self, rep_id: str, zone: str, first: date, last: date, at: int | None) -> Sequence[VisitRow]:
        a_day = timedelta(days=1)
        when = Between(start_of_day(first, zone) - a_day, start_of_day(last + a_day, zone) + a_day)
        where = {"rep_id": rep_id, "started_at": when, "stage": Stage.RECORDED, "voided": False}
        rows: Sequence[Known[VisitRow]] = await self._store.select(
            visits, where, at=at, order=("started_at", "visit_id")
        )
        return [one.row for one in rows if one.row.biz_date is not None and first <= one.row.biz_date <= last]

    async def _cycles(self, today: date, at: int | None) -> Sequence[int]:
        """How many days each deal took that was won in the year before."""
        where = {"standing": DealStanding.WON, "closed_on": Between(today - YEAR, today + timedelta(days=1))}
        rows: Sequence[Known[DealRow]] = await self._store.select(deals, where, at=at)
        return [(one.row.closed_on - one.row.opened_on).days for one in rows if one.row.closed_on is not None]


class _Standings:
    """How customers stood on any day, looked up once for all of them."""

    def __init__(self, store: ReadStore, zone: str, at: int | None) -> None:
        self._store = store
        self._zone = zone
        self._at = at
        self._spans: dict[tuple[UUID, str], list[OwnershipSpan]] = defaultdict(list)
        self._won: dict[UUID, list[date]] = defaultdict(list)
        self._counts: dict[UUID, list[EffectiveNewRow]] = defaultdict(list)
        self._unfit: set[UUID] = set()

    async def of(self, customers: set[tuple[UUID, str]]) -> "_Standings":
        """Look up everything about these customers."""
        ids = sorted({customer_id for customer_id, _ in customers})
        if not ids:
            return self
        wanted: dict[str, Any] = {"customer_id": OneOf(ids)}
        spans: Sequence[Known[OwnershipSpan]] = await self._store.select(
            ownership_table, wanted, at=self._at, order=("valid_from", "claim_id")
        )
        for one in spans:
            self._spans[one.row.customer_id, one.row.line].append(one.row)
        won: Sequence[Known[DealRow]] = await self._store.select(
            deals, {**wanted, "standing": DealStanding.WON}, at=self._at
        )
        for one in won:
            if one.row.customer_id is not None and one.row.closed_on is not None:
                self._won[one.row.customer_id].append(one.row.closed_on)
        counts: Sequence[EffectiveNewRow] = await self._store.select(
            effective_new_customers, wanted, at=self._at, order=("position",)
        )
        for row in counts:
            self._counts[row.customer_id].append(row)
        graded: Sequence[Known[CustomerRow]] = await self._store.select(
            customer_list, {**wanted, "icp_grade": Grade.X}, at=self._at
        )
        self._unfit = {one.row.customer_id for one in graded}
        return self

    def on(self, customer_id: UUID, line: str, day: date) -> Standing:
        """How a customer stood on a day."""
        return Standing(
            held_since=self._held_since(customer_id, line, day),
            won_on=max((one for one in self._won[customer_id] if one <= day), default=None),
            counted=sum(row.count for row in self._counts[customer_id] if row.confirmed_on <= day) > 0,
            unfit=customer_id in self._unfit,
        )

    def _held_since(self, customer_id: UUID, line: str, day: date) -> date | None:
        """Since when the owner of a day held it; a claim of another rep in between begins it anew, a pause does not."""
        until = start_of_day(day + timedelta(days=1), self._zone)
        spans = [one for one in self._spans[customer_id, line] if one.valid_from < until]
        if not spans or spans[-1].valid_to <= start_of_day(day, self._zone):
            return None
        since = spans[-1].valid_from
        for one in reversed(spans):
            if one.rep_id != spans[-1].rep_id:
                break
            since = min(since, one.valid_from)
        return day_of(since, self._zone)


def _there(row: OrgChartRow, hour: datetime) -> bool:
    return row.valid_from <= hour and (row.valid_to is None or hour < row.valid_to)


def _by_the_clock(what: str, first: date, zone: str, due_at: datetime, at: datetime) -> Context:
    """The conversation in which a week is looked at: one per rep and week, for ever."""
    request_id = f"focus:{what}:{first.isoformat()}"
    return Context(
        asked="focus.note",
        request=Request(CLOCK, request_id, sha256(request_id.encode()).digest()),
        actor=Actor(CLOCK, Role.SYSTEM),
        occurred_at=due_at,
        occurred_tz=zone,
        decided_at=at,
        biz_date=day_of(due_at - timedelta(microseconds=1), zone),
        correlation_id=f"{CLOCK}:{what}",
    )
