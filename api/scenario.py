"""Scenarios: a story told with a clock, run through the real commands and timers on a log that is thrown away."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from pydantic import ConfigDict, Field

from api.batches import emit_one
from api.bodies.parts import Body, Instant, OurId, read_body
from api.bodies.reading import read_json
from api.http.cloudevents import Reader
from api.http.problems import of_refusal
from services.ownership_questions import OwnershipSpan
from services.platform import Platform, in_memory
from services.ports import LogUnavailable, Receipt
from services.reception import Actor
from services.refusals import FieldFault, Malformed, Refusal

LANGUAGE = "en"
"""Scenarios speak one language, so that they are the same bytes for everybody."""
STARTING_ROLES: Mapping[str, str] = {"ops": "ops", "auditor": "auditor"}
"""Who is there before anybody is added."""
BY_WEIGHT = ("rep", "manager", "arbiter", "ops", "auditor", "privacy")
"""In which role somebody asks who has several and does not say: the narrowest that has the right."""


class ScenarioInvalid(Exception):
    """The scenario cannot be run: which line, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line
        self.why = why


class Expected(Body):
    """What a line says will come of it. `events`: these types, in this order, others may stand between; [] for none."""

    status: str | None = None
    code: str | None = None
    events: list[str] | None = None


class Line(Body):
    """One line: at which hour who asks for what, or that time passes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    now: Instant
    actor: OurId | None = Field(default=None, alias="as")
    role: str | None = None
    emit: dict[str, Any] | None = None
    tick: bool = False
    expect: Expected | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario that can be told, line by line."""

    lines: Sequence[tuple[int, Line]]


def read_scenario(raw: Iterable[bytes]) -> Story:
    """The lines of a scenario; empty lines and lines that begin with // are left out. Raises `ScenarioInvalid`."""
    lines: list[tuple[int, Line]] = []
    before: datetime | None = None
    for number, text in enumerate(raw, 1):
        if not text.strip() or text.lstrip().startswith(b"//"):
            continue
        try:
            line = read_body(Line, read_json(text))
        except Refusal as refusal:
            raise ScenarioInvalid(number, _faults(refusal)) from refusal
        if (line.emit is None) != line.tick:
            raise ScenarioInvalid(number, "a line has either emit or tick")
        if line.emit is not None and line.actor is None:
            raise ScenarioInvalid(number, "as is missing: who asks?")
        if before is not None and line.now < before:
            raise ScenarioInvalid(number, f"now goes back, from {before.isoformat()} to {line.now.isoformat()}")
        before = line.now
        lines.append((number, line))
    return Story(lines)


@dataclass
class StoryClock:
    """The hour of a story; it stands still until it is moved."""

    hour: datetime

    def __call__(self) -> datetime:
        return self.hour


@dataclass
class StoryIds:
    """Ids of version 7 that are the same in every telling: the hour of the story, then a number."""

    clock: StoryClock
    made: int = 0

    def __call__(self) -> UUID:
        self.made += 1
        milliseconds = int(self.clock.hour.timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | self.made)


@dataclass
class StoryChance:
    """Bytes that are drawn the same in every telling; a log that is thrown away has nothing to guard."""

    drawn: int = 0

    def __call__(self, many: int) -> bytes:
        self.drawn += 1
        return b"".join(sha256(f"{self.drawn}:{part}".encode()).digest() for part in range(many // 32 + 1))[:many]


@dataclass
class Telling:
    """A scenario being told. `unmet`: what came otherwise than a line had said."""

    story: Story
    rules: Sequence[Mapping[str, Any]] = ()
    unmet: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    async def told(self) -> AsyncIterator[Mapping[str, Any]]:
        """What comes of each line, and at the end how everything stands."""
        start = self.story.lines[0][1].now if self.story.lines else datetime(2026, 1, 1, tzinfo=UTC)
        clock = StoryClock(start.astimezone(UTC))
        platform = in_memory(now=clock, new_id=StoryIds(clock), chance=StoryChance())
        try:
            async with platform.started(clock=False):
                await platform.settle()
                await self._in_force(platform)
                for number, line in self.story.lines:
                    yield await self._line(platform, clock, number, line)
                yield await self._final(platform, clock)
        finally:
            await platform.close()

    async def _in_force(self, platform: Platform) -> None:
        """Put the rule sets that the teller wants to try in force before the story begins."""
        for number, rules in enumerate(self.rules, 1):
            event = {
                "specversion": "1.0",
                "source": "/rules",
                "id": str(number),
                "type": "rules.publish",
                "data": rules,
            }
            reader = Reader(Actor("ops", "ops"), "/rules", "rules", None, platform.new_id, platform.log.name)
            item = reader.item(event)
            outcome = await emit_one(platform, item, item.amiss)
            if not isinstance(outcome, Receipt):
                raise ScenarioInvalid(0, f"the rules cannot be published: {outcome}")
        await platform.settle()

    async def _line(self, platform: Platform, clock: StoryClock, number: int, line: Line) -> Mapping[str, Any]:
        timers = await self._pass_to(platform, clock, line.now)
        before = (await platform.log.head()).position
        answer: dict[str, Any] = {"line": number, "status": "ticked", "events": [], "timers": timers, "problem": None}
        if line.emit is not None:
            answer |= await self._ask(platform, number, line)
            await platform.settle()
            answer["events"] = await _events(platform, before)
        if line.expect is not None:
            self.unmet += [(number, why) for why in _differences(line.expect, answer)]
        return answer

    async def _pass_to(self, platform: Platform, clock: StoryClock, now: datetime) -> Sequence[Mapping[str, Any]]:
        """Let time pass up to an hour: what comes due on the way is carried out at its own stored deadline."""
        before = (await platform.log.head()).position
        while (due := await platform.deadlines.next_due()) is not None and due <= now:
            clock.hour = max(clock.hour, due.astimezone(UTC))
            await platform.clockwork.tick(clock.hour)
            await platform.settle()
        clock.hour = now.astimezone(UTC)
        await platform.clockwork.tick(clock.hour)
        await platform.settle()
        return await _events(platform, before)

    async def _ask(self, platform: Platform, number: int, line: Line) -> Mapping[str, Any]:
        actor_id, emitted = cast("str", line.actor), cast("dict[str, Any]", line.emit)
        event = {"specversion": "1.0", "source": f"/scenario/{actor_id}", "id": f"line-{number}", **emitted}
        asked = str(event.get("type"))
        role = line.role or await self._role(platform, actor_id)
        reader = Reader(
            Actor(actor_id, role), f"/scenario/{actor_id}", f"line-{number}", None, platform.new_id, platform.log.name
        )
        item = reader.item(event)
        outcome = await emit_one(platform, item, item.amiss)
        match outcome:
            case Receipt():
                return {"status": "duplicate" if outcome.repeated else "accepted", "flags": list(outcome.flags)}
            case Refusal():
                status = "rejected" if outcome.receipt is None else "refused"
                return {"status": status, "problem": of_refusal(outcome, LANGUAGE, f"line-{number}")}
            case LogUnavailable():
                raise ScenarioInvalid(number, f"{asked}: {outcome}") from outcome
            case Exception():
                raise ScenarioInvalid(number, f"{asked}: {outcome!r}") from outcome

    async def _role(self, platform: Platform, actor_id: str) -> str:
        """The role in which somebody asks who does not say."""
        if actor_id in STARTING_ROLES:
            return STARTING_ROLES[actor_id]
        roles = await platform.organisation.roles(actor_id, platform.now())
        return next((role for role in reversed(BY_WEIGHT) if role in roles and role not in ("ops", "auditor")), "rep")

    async def _final(self, platform: Platform, clock: StoryClock) -> Mapping[str, Any]:
        position = (await platform.log.head()).position
        table = await platform.ownership_questions.table(valid_at=clock.hour, known_at=position, limit=10_000)
        ownership = [{**_span(span), "state": state} for span, state in table]
        claims = [_span(span) for span in await platform.ownership_questions.every_claim(known_at=position)]
        return {"final": {"ownership": ownership, "cases": [], "claims": claims}}


def _span(span: OwnershipSpan) -> Mapping[str, Any]:
    return {
        "customer_id": str(span.customer_id),
        "line": span.line,
        "rep_id": span.rep_id,
        "claim_id": str(span.claim_id),
        "since": _hour(span.valid_from),
        "protected_until": _hour(span.lapses_at),
        "until": _hour(span.valid_to),
    }


def _hour(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


async def _events(platform: Platform, after: int) -> Sequence[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    while page := await platform.log.stored(after, 500):
        for stored in page:
            told = json.loads(stored.body)
            found.append(
                {"type": told["type"], "stream": stored.stream, "position": stored.position, "data": told["payload"]}
            )
        after = page[-1].position
    return found


def _differences(expect: Expected, answer: Mapping[str, Any]) -> Iterator[str]:
    problem: Mapping[str, Any] = answer["problem"] or {}
    if expect.status is not None and expect.status != answer["status"]:
        yield f"status {expect.status} was expected; it is {answer['status']} {problem.get('code', '')}".rstrip()
    if expect.code is not None and expect.code != problem.get("code"):
        yield f"code {expect.code} was expected; it is {problem.get('code')}"
    if expect.events is not None:
        types = [event["type"] for event in answer["events"]]
        rest = iter(types)
        if (not expect.events and types) or not all(wanted in rest for wanted in expect.events):
            yield f"events {expect.events} were expected; they are {types}"


def _faults(refusal: Refusal) -> str:
    if isinstance(refusal, Malformed) or refusal.facts().get("errors"):
        faults = cast("Sequence[FieldFault]", refusal.facts()["errors"])
        return "; ".join(f"{fault.pointer} {fault.detail}".strip() for fault in faults)
    return refusal.code()
