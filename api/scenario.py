"""Scenarios: a story told with a clock, run through the real commands and timers on a log that is thrown away."""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol, TypeAlias, cast
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.batches import emit_one
from api.bodies.parts import Body, Id, Instant, OurId, instant, read_body
from api.bodies.reading import read_json
from api.http.cloudevents import Reader
from api.http.problems import of_refusal
from services.conflicts import CaseRow
from services.looks import Looker
from services.ownership_questions import OwnershipSpan
from services.platform import Platform, in_memory, told_time
from services.ports import LogUnavailable, Now, Receipt
from services.reception import Actor
from services.refusals import FieldFault, Malformed, Refusal
from services.told_time import ToldTime

LANGUAGE = "en"
"""Scenarios speak one language, so that they are the same bytes for everybody."""
STARTING_ROLES: Mapping[str, str] = {"ops": "ops", "auditor": "auditor"}
"""Who is there before anybody is added."""
_CASE = re.compile(r"@case-(\d+)")
OF_A_PERSON = ("name", "phone", "email")
"""What a look at a person shows."""
AUDITOR = Actor("auditor", "auditor")
"""Who looks at people."""
_MILLISECOND = timedelta(milliseconds=1)
BY_WEIGHT = ("rep", "manager", "arbiter", "ops", "auditor", "privacy")
"""In which role somebody asks who has several and does not say: the narrowest that has the right."""


class ScenarioInvalid(Exception):
    """The scenario cannot be run: which line, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line
        self.why = why


Happening: TypeAlias = "str | dict[str, Any]"
"""An event that is expected: its type, or an object with its type and some of its data."""


class Expected(Body):
    """What a line says will come of it.

    `events`, `timers`: these happen, in this order, others may stand between; `flags`: these are raised; [] for none.
    `problem`: some of its members. `owner`, `state`: what a look shows. Hours are compared as hours, in whatever zone
    they are written. `name`, `phone`, `email`: what a look at a person shows, None for nothing.
    """

    status: str | None = None
    code: str | None = None
    problem: dict[str, Any] | None = None
    events: list[Happening] | None = None
    timers: list[Happening] | None = None
    flags: list[str] | None = None
    owner: str | None = None
    state: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None


class Look(Body):
    """A look at who owns a customer: entitled at `valid_at`, by what was recorded until `known_at`; left out: now.

    With `contact_id`, what an auditor reads of that person at the customer instead.
    """

    customer_id: Id
    contact_id: Id | None = None
    line: str = "default"
    valid_at: Instant | None = None
    known_at: Instant | None = None


class Line(Body):
    """One line: at which hour who asks for what, or that somebody looks, or that time passes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    note: str | None = None
    now: Instant
    actor: OurId | None = Field(default=None, alias="as")
    role: str | None = None
    emit: dict[str, Any] | None = None
    look: Look | None = None
    tick: bool = False
    expect: Expected | None = None


class Standing(Body):
    """How everything is expected to stand in the end; of each row some members, and no row besides these."""

    ownership: list[dict[str, Any]] | None = None
    cases: list[dict[str, Any]] | None = None
    claims: list[dict[str, Any]] | None = None


class Ending(Body):
    """The last line, where a story says how it ends."""

    note: str | None = None
    final: Standing


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario that can be told, line by line."""

    lines: Sequence[tuple[int, Line]]
    ending: tuple[int, Standing] | None = None


def read_scenario(raw: Iterable[bytes]) -> Story:
    """The lines of a scenario; empty lines and lines that begin with // are left out. Raises `ScenarioInvalid`."""
    lines: list[tuple[int, Line]] = []
    before: datetime | None = None
    ending: tuple[int, Standing] | None = None
    for number, text in enumerate(raw, 1):
        if not text.strip() or text.lstrip().startswith(b"//"):
            continue
        if ending is not None:
            raise ScenarioInvalid(number, "final is the last line")
        try:
            said: object = read_json(text)
            if isinstance(said, Mapping) and "final" in said:
                ending = number, read_body(Ending, cast("object", said)).final
                continue
            line = read_body(Line, cast("object", said))
        except Refusal as refusal:
            raise ScenarioInvalid(number, _faults(refusal)) from refusal
        if (line.emit is not None) + (line.look is not None) + line.tick != 1:
            raise ScenarioInvalid(number, "a line has one of emit, look and tick")
        if line.emit is not None and line.actor is None:
            raise ScenarioInvalid(number, "as is missing: who asks?")
        if before is not None and line.now < before:
            raise ScenarioInvalid(number, f"now goes back, from {before.isoformat()} to {line.now.isoformat()}")
        before = line.now
        lines.append((number, line))
    return Story(lines, ending)


@dataclass
class StoryIds:
    """Ids of version 7 that are the same in every telling: the hour of the story, then a number."""

    now: Now
    made: int = 0

    def __call__(self) -> UUID:
        self.made += 1
        milliseconds = int(self.now().timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | self.made)


@dataclass
class StoryChance:
    """Bytes that are drawn the same in every telling; a log that is thrown away has nothing to guard."""

    drawn: int = 0

    def __call__(self, many: int) -> bytes:
        self.drawn += 1
        return b"".join(sha256(f"{self.drawn}:{part}".encode()).digest() for part in range(many // 32 + 1))[:many]


class Stage(Protocol):
    """Where a story is told: a platform, the clock it looks at, and the door through which people ask."""

    @property
    def platform(self) -> Platform:
        """Everything behind the door."""
        ...

    @property
    def clock(self) -> ToldTime:
        """The hour of the story."""
        ...

    async def emit(self, number: int, actor: Actor, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask for something: its `status`, its `flags`, and the `problem` where there is one."""
        ...

    async def look(self, look: Look) -> Mapping[str, Any]:
        """Who owns a customer: `owner` and `state`; or what is read of a person there: `name`, `phone`, `email`."""
        ...


@dataclass(frozen=True, slots=True)
class AtTheDesks:
    """The usual stage: a platform in memory that is thrown away; people ask at its desks."""

    platform: Platform
    clock: ToldTime

    async def emit(self, number: int, actor: Actor, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """See `Stage`."""
        source = f"/scenario/{actor.id}"
        reader = Reader(actor, source, f"line-{number}", None, self.platform.new_id, self.platform.log.name)
        item = reader.item(event)
        outcome = await emit_one(self.platform, item, item.amiss)
        match outcome:
            case Receipt():
                return {"status": "duplicate" if outcome.repeated else "accepted", "flags": list(outcome.flags)}
            case Refusal():
                status = "rejected" if outcome.receipt is None else "refused"
                return {"status": status, "problem": of_refusal(outcome, LANGUAGE, f"line-{number}")}
            case LogUnavailable():
                raise ScenarioInvalid(number, f"{event.get('type')}: {outcome}") from outcome
            case Exception():
                raise ScenarioInvalid(number, f"{event.get('type')}: {outcome!r}") from outcome

    async def look(self, look: Look) -> Mapping[str, Any]:
        """See `Stage`."""
        basis = await self.platform.as_of.basis(look.known_at)
        if look.contact_id is not None:
            people = await self.platform.customer_file.people(look.customer_id, opened=True, at=basis.position)
            seen = [f"contact:{one.contact_id}" for one in people if one.name is not None]
            if seen:
                await self.platform.looks.opened(Looker(AUDITOR, "look"), look.customer_id, seen)
            person = next(one for one in people if one.contact_id == look.contact_id)
            return {name: getattr(person, name) for name in OF_A_PERSON}
        owned = await self.platform.ownership_questions.owned(
            look.customer_id, look.line, valid_at=look.valid_at or self.clock(), known_at=basis.position
        )
        return {"owner": owned.owner.rep_id if owned.owner else None, "state": owned.state}


@dataclass
class Telling:
    """A scenario being told.

    `unmet`: what came otherwise than a line had said; `claims`, `ended`: once told, every claim and the last hour.
    """

    story: Story
    rules: Sequence[Mapping[str, Any]] = ()
    unmet: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    claims: Sequence[OwnershipSpan] = ()
    ended: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    async def told(self) -> AsyncIterator[Mapping[str, Any]]:
        """What comes of each line, and at the end how everything stands."""
        clock = told_time(self.begins())
        platform = in_memory(now=clock, new_id=StoryIds(clock), chance=StoryChance())
        try:
            async with platform.started(clock=False):
                async for told in self.told_on(AtTheDesks(platform, clock)):
                    yield told
        finally:
            await platform.close()

    def begins(self) -> datetime:
        """The hour of the first line."""
        start = self.story.lines[0][1].now if self.story.lines else datetime(2026, 1, 1, tzinfo=UTC)
        return start.astimezone(UTC)

    async def told_on(self, stage: Stage) -> AsyncIterator[Mapping[str, Any]]:
        """The same on a stage of one's own, whose platform has been started and whose clock stands at the beginning."""
        await stage.platform.settle()
        await self._in_force(stage.platform)
        for number, line in self.story.lines:
            yield await self._line(stage, number, line)
        final = await self._final(stage)
        if self.story.ending is not None:
            number, standing = self.story.ending
            self.unmet += [(number, why) for why in _other_ending(standing, final["final"])]
        yield final

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

    async def _line(self, stage: Stage, number: int, line: Line) -> Mapping[str, Any]:
        timers = await self._pass_to(stage, line.now)
        before = (await stage.platform.log.head()).position
        answer: dict[str, Any] = {"line": number, "status": "ticked", "events": [], "timers": timers, "problem": None}
        if line.look is not None:
            answer |= {"status": "seen", **await stage.look(line.look)}
        elif line.emit is not None:
            actor_id = cast("str", line.actor)
            emitted = await _with_cases(stage.platform, number, line.emit)
            event = {"specversion": "1.0", "source": f"/scenario/{actor_id}", "id": f"line-{number}", **emitted}
            event = await _as_its_device_sends_it(stage.platform, actor_id, event, line.now)
            role = line.role or await self._role(stage.platform, actor_id)
            answer |= await stage.emit(number, Actor(actor_id, role), event)
            await stage.platform.settle()
            answer["events"] = await _events(stage.platform, before)
        if line.expect is not None:
            self.unmet += [(number, why) for why in _differences(line.expect, answer)]
        return answer

    async def _pass_to(self, stage: Stage, now: datetime) -> Sequence[Mapping[str, Any]]:
        """Let time pass up to an hour: what comes due on the way is carried out at its own stored deadline."""
        platform, clock = stage.platform, stage.clock
        before = (await platform.log.head()).position
        while (due := await platform.clockwork.next_due()) is not None and due <= now:
            clock.hour = max(platform.now(), due.astimezone(UTC))
            await platform.clockwork.tick(clock.hour)
            await platform.settle()
        clock.hour = now.astimezone(UTC)
        await platform.clockwork.tick(clock.hour)
        await platform.settle()
        return await _events(platform, before)

    async def _role(self, platform: Platform, actor_id: str) -> str:
        """The role in which somebody asks who does not say."""
        if actor_id in STARTING_ROLES:
            return STARTING_ROLES[actor_id]
        roles = await platform.organisation.roles(actor_id, platform.now())
        return next((role for role in reversed(BY_WEIGHT) if role in roles and role not in ("ops", "auditor")), "rep")

    async def _final(self, stage: Stage) -> Mapping[str, Any]:
        platform = stage.platform
        position = (await platform.log.head()).position
        table = await platform.ownership_questions.table(valid_at=platform.now(), known_at=position, limit=10_000)
        ownership = [{**_span(span), "state": state} for span, state in table]
        self.claims = await platform.ownership_questions.every_claim(known_at=position)
        self.ended = platform.now()
        claims = [_span(span) for span in self.claims]
        cases = [_case(row) for row in await platform.conflicts.docket(at=position, limit=10_000)]
        return {"final": {"ownership": ownership, "cases": cases, "claims": claims}}


async def _as_its_device_sends_it(
    platform: Platform, actor_id: str, event: Mapping[str, Any], now: datetime
) -> Mapping[str, Any]:
    """An event with a plain hour for `lastsync`, completed as its device would send it now.

    The hour is signed for the boot in which the device was last heard of, else for the event's own. What is left out is
    what an honest device counts: `sentms` up to now, `elapsedms` up to the event's `time`, the next place in the queue.
    """
    synced = _instant(str(event.get("lastsync")))
    device_id, boot_id = event.get("deviceid"), event.get("bootid")
    if synced is None or not isinstance(device_id, str):
        return event
    device = await platform.devices.device(device_id)
    signed = platform.devices.signed(
        device_id, str(event.get("onbehalfof") or actor_id), device.boot_id or str(boot_id), synced
    )
    happened = _instant(str(event.get("time"))) or now
    counted = {
        "elapsedms": max(0, (happened - synced) // _MILLISECOND),
        "sentms": max(0, (now - synced) // _MILLISECOND),
        "queueseq": device.queue.seq + 1,
        "prevhash": device.queue.entry_hash,
    }
    return {**counted, **event, "lastsync": signed}


async def _with_cases(platform: Platform, number: int, emitted: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same with the ids of cases in the place of `@case-1`, `@case-2` …: those that were opened first, second …"""
    text = json.dumps(emitted.get("data"), default=str)
    if not _CASE.search(text):
        return emitted
    cases = await platform.conflicts.docket(at=(await platform.log.head()).position, limit=10_000)

    def named(value: object) -> object:
        if isinstance(value, Mapping):
            return {name: named(one) for name, one in cast("Mapping[str, Any]", value).items()}
        found = _CASE.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        if not 0 < int(found[1]) <= len(cases):
            raise ScenarioInvalid(number, f"{value}: {len(cases)} cases have been opened")
        return str(cases[int(found[1]) - 1].case_id)

    return {**emitted, "data": named(emitted["data"])}


def _case(row: CaseRow) -> Mapping[str, Any]:
    return {
        "case_id": str(row.case_id),
        "customer_id": str(row.customer_id),
        "line": row.line,
        "kind": row.kind.value,
        "parties": list(row.parties),
        "stage": row.stage.value,
        "arbiter_id": row.arbiter_id,
        "rung": row.rung.value if row.rung else None,
        "winner_id": row.winner_id,
        "credits": [{"rep_id": rep, "bp": bp} for rep, bp in zip(row.credit_reps, row.credit_bp, strict=True)],
        "outcome": row.outcome.value if row.outcome else None,
    }


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
    if expect.problem is not None and not _fits(expect.problem, problem):
        yield f"the problem {expect.problem} was expected; it is {dict(problem)}"
    for name, wanted in (("events", expect.events), ("timers", expect.timers)):
        if wanted is not None and not _happens(wanted, answer[name]):
            yield f"{name} {wanted} were expected; they are {[_short(event) for event in answer[name]]}"
    flags: Sequence[str] = answer.get("flags", ())
    if expect.flags is not None and not (set(expect.flags) <= set(flags) if expect.flags else not flags):
        yield f"flags {expect.flags} were expected; they are {list(flags)}"
    for name in sorted({"owner", "state", *OF_A_PERSON} & expect.model_fields_set):
        if getattr(expect, name) != answer.get(name):
            yield f"{name} {getattr(expect, name)} was expected; it is {answer.get(name)}"


def _happens(wanted: Sequence[Happening], events: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what was expected comes in its order, others between; nothing at all where nothing was expected."""
    rest = iter(events)
    return bool(wanted or not events) and all(any(_is(one, event) for event in rest) for one in wanted)


def _is(wanted: Happening, event: Mapping[str, Any]) -> bool:
    if isinstance(wanted, str):
        return wanted == event["type"]
    return _fits(wanted, {**event["data"], "type": event["type"]})


def _other_ending(standing: Standing, final: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    for name in sorted(standing.model_fields_set):
        wanted, rows = list(getattr(standing, name) or ()), list(final[name])
        for row in wanted:
            found = next((one for one in rows if _fits(row, one)), None)
            if found is None:
                yield f"{name}: {row} was expected at the end; there is {rows}"
            else:
                rows.remove(found)
        if rows and len(final[name]) > len(wanted):
            yield f"{name}: nothing else was expected at the end; there is {rows}"


def _fits(wanted: object, found: object) -> bool:
    """Whether what was found has everything that was expected of it; an hour is the same hour in any zone."""
    if isinstance(wanted, Mapping):
        some = cast("Mapping[str, Any]", wanted)
        if not isinstance(found, Mapping):
            return False
        whole = cast("Mapping[str, Any]", found)
        return all(name in whole and _fits(value, whole[name]) for name, value in some.items())
    if isinstance(wanted, list):
        many, there = cast("list[Any]", wanted), cast("list[Any]", found)
        return isinstance(found, list) and len(many) == len(there) and all(map(_fits, many, there))
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted == found or (_instant(wanted) is not None and _instant(wanted) == _instant(found))
    return wanted == found


def _instant(text: str) -> datetime | None:
    try:
        return instant(text)
    except PydanticCustomError:
        return None


def _short(event: Mapping[str, Any]) -> str:
    return f"{event['type']} {json.dumps(event['data'], ensure_ascii=False)}"


def _faults(refusal: Refusal) -> str:
    if isinstance(refusal, Malformed) or refusal.facts().get("errors"):
        faults = cast("Sequence[FieldFault]", refusal.facts()["errors"])
        return "; ".join(f"{fault.pointer} {fault.detail}".strip() for fault in faults)
    return refusal.code()
