"""Which rules and which workdays are in force: looked up here, handed to decisions as values."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

from domain.calendar.decisions import (
    CalendarCommand,
    ChangeCalendarDay,
    PublishCalendar,
    publishing_calendars,
)
from domain.calendar.state import DEFAULT_CALENDAR, calendar_of
from domain.days import Calendar, DayType, day_of
from domain.envelope import Actor
from domain.reception import RefNotFound
from domain.rights import Role
from domain.rules.decisions import (
    NothingLeftInForce,
    PublishDefaults,
    PublishRuleSet,
    RetireRuleSet,
    RulesetInconsistent,
    publishing,
)
from domain.rules.events import RuleKind, RuleSetPublished
from domain.rules.state import ORGANISATION, R, RuleSet, rules_of, values_in_force
from domain.rulesets import EffectiveVisitRules, FlagRules, FocusRules, ProtectionRules, RulingRules
from services.carry_out import CarryOut
from services.pasts import Pasts
from services.ports import Context, Json, Receipt, Request

__all__ = ["DEFAULT_CALENDAR", "DayType", "NothingLeftInForce", "RuleKind", "Rulebook", "RulesetInconsistent"]

_SYSTEM = Actor("system", Role.SYSTEM.value)
_AT_START = "/defaults"
"""The source of what is asked once in the life of an organisation; the ids of these requests never change."""


class Rulebook:
    """Rule sets and calendars."""

    def __init__(self, carry_out: CarryOut, pasts: Pasts) -> None:
        self._carry_out = carry_out
        self._pasts = pasts

    async def protection(self, day: date, team_id: str | None = None) -> ProtectionRules:
        """The protection rules of a day, for a team. Raises REF_NOT_FOUND before anything was published."""
        return await self._in_force(ProtectionRules, RuleKind.PROT, day, team_id)

    async def effective_visits(self, day: date, team_id: str | None = None) -> EffectiveVisitRules:
        """What makes a visit of that day effective, for a team."""
        return await self._in_force(EffectiveVisitRules, RuleKind.EFF, day, team_id)

    async def flags(self, day: date, team_id: str | None = None) -> FlagRules:
        """By what the hour of an event is judged on a day, for a team."""
        return await self._in_force(FlagRules, RuleKind.FLAG, day, team_id)

    async def rulings(self, day: date, team_id: str | None = None) -> RulingRules:
        """How conflicts of a day are heard, ruled on and paid, for a team."""
        return await self._in_force(RulingRules, RuleKind.RULE, day, team_id)

    async def focus(self, day: date, team_id: str | None = None) -> FocusRules:
        """What a new customer of that day is, and where the time shall go, for a team."""
        return await self._in_force(FocusRules, RuleKind.FOCUS, day, team_id)

    async def calendar(self, calendar_id: str = DEFAULT_CALENDAR) -> Calendar:
        """The workdays, as published until now."""
        return await self._pasts.of(calendar_of(calendar_id))

    async def history(self, kind: RuleKind) -> Sequence[RuleSet]:
        """Every rule set of a kind, in the order of their versions."""
        return (await self._pasts.of(rules_of(kind))).sets

    async def publish(
        self,
        kind: RuleKind,
        body: Mapping[str, object],
        context: Context,
        *,
        scope: str = ORGANISATION,
        effective_from: date | None = None,
    ) -> Receipt:
        """Put numbers in force from a day on (None: today); those that `body` does not name stay as they are.

        Refused: UNKNOWN_FIELD, MALFORMED, RETROACTIVE_FORBIDDEN, RULESET_INCONSISTENT.
        """
        today = _today(context)
        command = PublishRuleSet(kind, scope, effective_from or today, body, today)
        return await self._carry_out(command, publishing, context, answer=_published)

    async def retire(
        self, kind: RuleKind, version: int, context: Context, *, retired_from: date | None = None
    ) -> Receipt:
        """Take a rule set out of force. Refused: REF_NOT_FOUND, RETROACTIVE_FORBIDDEN, NOTHING_LEFT_IN_FORCE."""
        today = _today(context)
        command = RetireRuleSet(kind, version, retired_from or today, today)
        return await self._carry_out(command, publishing, context)

    async def publish_calendar(
        self, days: Mapping[date, DayType], notice: str, context: Context, *, calendar_id: str = DEFAULT_CALENDAR
    ) -> Receipt:
        """Say what days are that are not what their weekday says. Refused: MALFORMED (without a notice)."""
        return await self._on_calendar(PublishCalendar(calendar_id, days, notice), context)

    async def change_day(
        self, day: date, to_type: DayType, notice: str, context: Context, *, calendar_id: str = DEFAULT_CALENDAR
    ) -> Receipt:
        """Change one day; no stored deadline moves. Refused: MALFORMED (without a notice)."""
        return await self._on_calendar(ChangeCalendarDay(calendar_id, day, to_type, notice), context)

    async def publish_defaults(self, context: Context) -> None:
        """Put the numbers that an organisation starts with in force from the beginning of time; once, ever.

        The platform asks for it at every start; of `context` only the hour counts.
        """
        for kind in RuleKind:
            await self._carry_out(PublishDefaults(kind), publishing, _once(context, f"rules-{kind}"))
        empty = PublishCalendar(DEFAULT_CALENDAR, {}, "Monday to Friday")
        await self._on_calendar(empty, _once(context, f"calendar-{DEFAULT_CALENDAR}"))

    async def _in_force(self, values: type[R], kind: RuleKind, day: date, team_id: str | None) -> R:
        found = values_in_force(values, await self._pasts.of(rules_of(kind)), day, team_id)
        if found is None:
            raise RefNotFound("rule set", kind)
        return found

    async def _on_calendar(self, command: CalendarCommand, context: Context) -> Receipt:
        answer = {"calendar_id": command.calendar_id}
        return await self._carry_out(command, publishing_calendars, context, answer=lambda _: answer)


def _published(events: Sequence[object]) -> Mapping[str, Json]:
    return {"version": next((one.version for one in events if isinstance(one, RuleSetPublished)), None)}


def _today(context: Context) -> date:
    return day_of(context.decided_at, context.occurred_tz)


def _once(context: Context, what: str) -> Context:
    """The asking of the platform itself, under an id that it never uses for anything else."""
    request = Request(_AT_START, what, sha256(what.encode()).digest())
    return replace(
        context, asked="rules.publish_defaults", request=request, actor=_SYSTEM, correlation_id=f"{_AT_START}/{what}"
    )
