"""Workdays, as clients send them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Day, Label, Text
from services.platform import Platform
from services.ports import Context, Receipt
from services.rulebook import DEFAULT_CALENDAR, DayType

DayKind = Literal["WORKDAY", "REST", "HOLIDAY", "MAKE_UP_WORKDAY"]
Notice = Annotated[Text, Field(description="What it rests on, as the number of the official notice.")]


class CalendarDay(Body):
    """A day that is not what its weekday says."""

    day: Day = Field(examples=["2026-02-14"])
    type: DayKind = Field(examples=["MAKE_UP_WORKDAY"])


class PublishCalendar(Body):
    """Say what days are that are not what their weekday says; days that are not named stay as published."""

    calendar_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = DEFAULT_CALENDAR
    days: list[CalendarDay] = Field(max_length=1_000)
    notice: Notice


class ChangeDay(Body):
    """Change one day; no stored deadline moves by it."""

    calendar_id: Label = DEFAULT_CALENDAR
    day: Day
    type: DayKind
    notice: Notice


async def _publish(platform: Platform, body: PublishCalendar, context: Context) -> Receipt:
    days = {one.day: DayType(one.type) for one in body.days}
    return await platform.rulebook.publish_calendar(days, body.notice, context, calendar_id=body.calendar_id)


async def _change_day(platform: Platform, body: ChangeDay, context: Context) -> Receipt:
    return await platform.rulebook.change_day(
        body.day, DayType(body.type), body.notice, context, calendar_id=body.calendar_id
    )


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("calendar.publish", PublishCalendar, _publish),
    Emitted("calendar.change_day", ChangeDay, _change_day),
)
