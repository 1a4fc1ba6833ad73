"""The days of reps, as clients send them."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Day, Id, Label, OurId, Text
from services.platform import Platform
from services.ports import Context, Receipt
from services.workdays import (
    Block,
    BlockKind,
    Commitment,
    InspectionVerdict,
    Judgement,
    Leave,
    Planned,
    ReflectionTag,
    TimeOffKind,
    Told,
)

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


def _minute(text: object) -> int:
    if isinstance(text, str) and _CLOCK.fullmatch(text):
        hours, minutes = text.split(":")
        return int(hours) * 60 + int(minutes)
    raise PydanticCustomError("clock", "This is no time of day, as 09:30; a day ends at 24:00.")


Clock = Annotated[
    int,
    BeforeValidator(_minute),
    WithJsonSchema({"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "examples": ["09:30"]}),
]
"""A time of day as the clock on the wall shows it where the rep works; minutes after midnight, here."""
Verdict = Literal["OK", "CONCERN", "BREACH"]


class BlockBody(Body):
    """A part of a day, kept for something."""

    kind: Literal["VISIT", "TRAVEL", "PROSPECT", "ADMIN", "COACHING"]
    from_: Clock = Field(alias="from")
    to: Clock
    customer_id: Id | None = None
    objective: Text | None = Field(default=None, description="What a visit is for; without one it is a blind start.")

    def block(self) -> Block:
        """The part."""
        return Block(BlockKind(self.kind), self.from_, self.to, self.customer_id, self.objective)


class CommitmentBody(Body):
    """What the rep means to reach that day."""

    metric: Label = Field(examples=["visits"])
    qty: int = Field(ge=0, le=1_000_000, examples=[8])


class PlanDay(Body):
    """A rep says in the morning what the day is for (早启动)."""

    day: Day | None = Field(default=None, description="Left out: the day of the asking, where the rep works.")
    blocks: list[BlockBody] = Field(default=[], max_length=48)
    commitments: list[CommitmentBody] = Field(default=[], max_length=20)

    def planned(self) -> Planned:
        """What the day shall be for."""
        return Planned(
            tuple(one.block() for one in self.blocks),
            tuple(Commitment(one.metric, one.qty) for one in self.commitments),
            self.day,
        )


class AdjustDayPlan(PlanDay):
    """The day is for something else now: the whole plan as it is from here on, and why."""

    reason: Annotated[str, StringConstraints(max_length=4_000)] = ""


class CloseDay(Body):
    """A rep says in the evening what came of the day (晚分享); said again, it is amended."""

    day: Day | None = Field(default=None, description="Left out: the day of the asking, where the rep works.")
    result: Annotated[str, StringConstraints(max_length=4_000)] = Field(examples=["Five visits, two of them new."])
    lesson: Text | None = None
    tags: list[Label] = Field(default=[], max_length=20)


class ReflectOnDay(Body):
    """A rep notes what they see in their own work."""

    day: Day | None = None
    text: Annotated[str, StringConstraints(max_length=4_000)]
    tags: list[Literal["COGNITION", "BELIEF", "BEHAVIOUR"]] = Field(default=[], max_length=3)


class ApproveTimeOff(Body):
    """A rep is not expected at work on these days."""

    rep_id: OurId
    from_day: Day
    to_day: Day = Field(description="Included.")
    kind: Literal["LEAVE", "SICK", "TRAINING", "OTHER"]
    minutes: int | None = Field(default=None, description="Of each day; left out: the whole day.")
    reason: Text | None = Field(default=None, description="Needed with OTHER.")


class InspectDay(Body):
    """A manager says what they think of a rep's day (日检)."""

    rep_id: OurId
    day: Day
    verdict: Verdict
    items: list[Text] = Field(default=[], max_length=20, description="What stood out.")
    comment: Text | None = None


class InspectRecord(Body):
    """A manager says what they think of one record of a rep's day."""

    rep_id: OurId
    day: Day
    event_id: Id
    verdict: Verdict
    comment: Text | None = None


async def _plan(platform: Platform, body: PlanDay, context: Context) -> Receipt:
    return await platform.workdays.plan(body.planned(), context)


async def _adjust(platform: Platform, body: AdjustDayPlan, context: Context) -> Receipt:
    return await platform.workdays.adjust(body.planned(), body.reason, context)


async def _close(platform: Platform, body: CloseDay, context: Context) -> Receipt:
    return await platform.workdays.close(Told(body.result, body.lesson, tuple(body.tags), body.day), context)


async def _reflect(platform: Platform, body: ReflectOnDay, context: Context) -> Receipt:
    return await platform.workdays.reflect(body.text, [ReflectionTag(tag) for tag in body.tags], body.day, context)


async def _time_off(platform: Platform, body: ApproveTimeOff, context: Context) -> Receipt:
    leave = Leave(body.rep_id, body.from_day, body.to_day, TimeOffKind(body.kind), body.minutes, body.reason)
    return await platform.workdays.approve_time_off(leave, context)


async def _inspect(platform: Platform, body: InspectDay, context: Context) -> Receipt:
    verdict = InspectionVerdict(body.verdict)
    judgement = Judgement(body.rep_id, body.day, verdict, tuple(body.items), body.comment)
    return await platform.workdays.inspect(judgement, context)


async def _inspect_record(platform: Platform, body: InspectRecord, context: Context) -> Receipt:
    judgement = Judgement(body.rep_id, body.day, InspectionVerdict(body.verdict), comment=body.comment)
    return await platform.workdays.inspect_record(judgement, body.event_id, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("workday.plan", PlanDay, _plan),
    Emitted("workday.adjust_plan", AdjustDayPlan, _adjust),
    Emitted("workday.close", CloseDay, _close),
    Emitted("workday.reflect", ReflectOnDay, _reflect),
    Emitted("workday.approve_time_off", ApproveTimeOff, _time_off),
    Emitted("workday.inspect", InspectDay, _inspect),
    Emitted("workday.inspect_record", InspectRecord, _inspect_record),
)
