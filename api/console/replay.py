"""A rep's days as they happened, step by step: a day event by event, a week or a month day by day."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.console.charts import TimeScale, steps
from api.console.events import Told, told
from api.console.navigation import ABOVE
from api.console.problem_pages import PageRoute
from api.console.reps import visible
from api.console.shell import Page, ThePage
from api.console.words import Words
from api.http.asking import may_look_at
from services.replays import Standing, Step

router = APIRouter(include_in_schema=False, route_class=PageRoute)
MOST = 500
"""Events on one page; a range that has more is looked at day by day."""
LANES: tuple[str, ...] = ("visit", "claim", "target", "conflict", "coaching", "other")
GAUGES = tuple(field.name for field in fields(Standing))
COLUMNS = ("position", "type", "occurred_at", "recorded_at", "biz_date", "actor", "flags", "sentence", *GAUGES)
LATE = timedelta(hours=1)
"""From which distance between both clocks on the row says how far they are apart."""
Span = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the replay: what is shown at a step, and what is different after it."""

    key: int
    kind: str
    hour: str
    sentence: str
    patch: Mapping[str, int]
    x: float
    event: Told | None = None
    behind: str = ""
    day: date | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """The frames of a replay, and the chart above them."""

    zero: Mapping[str, int]
    frames: Sequence[Frame]
    scale: TimeScale
    standings: Sequence[Mapping[str, int]]


@router.get("/reps/{rep_id}/replay")
@router.get("/reps/{rep_id}/replay.csv")
async def replay(
    page: ThePage,
    rep_id: Annotated[str, Path(max_length=64)],
    day: Annotated[date | None, Query(alias="date")] = None,
    span: Annotated[Span, Query(alias="range")] = "day",
    basis: Literal["occurred", "recorded"] = "occurred",
    kinds: Annotated[str | None, Query(alias="type", max_length=100)] = None,
    step: Annotated[int | None, Query(ge=0, description="At which event the page stands; 0: before the first.")] = None,
) -> Response:
    """How a rep's day went, as of any position, by either clock."""
    await may_look_at(page.platform, page.asker, "timeline.read", rep_id)
    rep = await page.platform.organisation.rep(rep_id, page.platform.now())
    say = page.say.within(rep.zone)
    day = day or say.local(page.hour).date()
    first, last = _range(day, span)
    if page.me != rep_id:
        await page.platform.looks.replayed(
            page.asker.looking(None), rep_id, "REPLAY", str(first), str(last), page.position
        )
    taken = [
        one async for one in page.platform.replays.of_rep(rep_id, at=page.position, clock=basis, first=first, last=last)
    ]
    if span == "day":
        events = await told(page, [one.row for one in taken[:MOST]], rep.zone)
        wanted = set(kinds.split(",")) if kinds else set(LANES)
        shown = _by_event(say, taken[:MOST], events, basis, wanted)
    else:
        shown = _by_day(say, taken, first, min(last, max(first, say.local(page.hour).date())))
    if page.wants_csv:
        return await _csv(page, taken, rep.zone)
    if not taken:
        zero = await _standing_before(page, rep_id, first)
        shown = Shown(zero, shown.frames, shown.scale, [zero] * len(shown.standings))
    keys = [frame.key for frame in shown.frames]
    here = 0 if step == 0 else max((n for n, key in enumerate(keys, 1) if step is None or key <= step), default=0)
    if span == "day" and step is not None and step != 0:
        here = keys.index(step) + 1 if step in keys else here
    names = await page.names(rep_id)
    people = [row.rep_id for row in await visible(page)] if page.role in ABOVE else []
    at = people.index(rep_id) if rep_id in people else -1
    return page.show(
        "replay.html",
        twin=f"/v1/reps/{rep_id}/replay?from={first}&to={last}&basis={basis}&at={page.position}",
        csv=page.as_csv(),
        rep_id=rep_id,
        name=names[rep_id],
        say_here=say,
        day=day,
        first=first,
        last=last,
        span=span,
        basis=basis,
        kinds=kinds,
        lanes=LANES,
        gauges=GAUGES,
        zero=shown.zero,
        frames=shown.frames,
        here=here,
        standing=shown.standings[here - 1] if here else shown.zero,
        before=shown.standings[here - 2] if here > 1 else shown.zero,
        gaps=shown.scale.gaps,
        line=_line(shown, "visits"),
        line_effective=_line(shown, "effective"),
        left_out=max(0, len(taken) - MOST) if span == "day" else 0,
        earlier=_shifted(day, span, -1),
        later=_shifted(day, span, 1),
        neighbours=(people[at - 1] if at > 0 else None, people[at + 1] if 0 <= at < len(people) - 1 else None),
    )


def _range(day: date, span: Span) -> tuple[date, date]:
    match span:
        case "day":
            return day, day
        case "week":
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        case "month":
            return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _shifted(day: date, span: Span, by: int) -> date:
    match span:
        case "day":
            return day + timedelta(days=by)
        case "week":
            return day + timedelta(weeks=by)
        case "month":
            first, last = _range(day, "month")
            return first - timedelta(days=1) if by < 0 else last + timedelta(days=1)


async def _standing_before(page: Page, rep_id: str, first: date) -> Mapping[str, int]:
    """How the rep stood when a range began in which nothing happened."""
    standing = Standing()
    async for one in page.platform.replays.of_rep(rep_id, at=page.position, last=first - timedelta(days=1)):
        standing = one.standing.next_day()
    return _figures(standing)


def _figures(standing: Standing) -> Mapping[str, int]:
    return {name: getattr(standing, name) for name in GAUGES}


def _changed(before: Mapping[str, int], after: Mapping[str, int]) -> Mapping[str, int]:
    return {name: value for name, value in after.items() if before[name] != value}


def _by_event(say: Words, taken: Sequence[Step], events: Sequence[Told], basis: str, wanted: set[str]) -> Shown:
    zero = _figures(taken[0].before if taken else Standing())
    standings = [_figures(one.standing) for one in taken]
    hours = [one.occurred_at if basis == "occurred" else one.recorded_at for one in events]
    scale = TimeScale(hours)
    frames = [
        Frame(
            key=event.position,
            kind=event.kind,
            hour=say.hour(hour),
            sentence=event.sentence,
            patch=_changed(before, standing),
            x=scale(hour),
            event=event,
            behind=_apart(say, event.occurred_at, event.recorded_at),
            hidden=event.kind not in wanted,
        )
        for event, hour, before, standing in zip(events, hours, [zero, *standings], standings, strict=False)
    ]
    return Shown(zero, frames, scale, standings)


def _apart(say: Words, occurred_at: datetime, recorded_at: datetime) -> str:
    late = recorded_at - occurred_at
    if late < LATE:
        return ""
    hours = int(late.total_seconds()) // 3600
    return say.count("replay.late_days", hours // 24) if hours >= 48 else say.count("replay.late_hours", hours)


def _by_day(say: Words, taken: Sequence[Step], first: date, last: date) -> Shown:
    """One frame a day: how the rep stood at its end."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    zero = _figures(Standing(held=taken[0].before.held) if taken else Standing())
    ends = {one.row.biz_date: one.standing for one in taken}
    held, standings = zero["held"], list[Mapping[str, int]]()
    for day in days:
        standing = ends.get(day, Standing(held=held))
        held = standing.held
        standings.append(_figures(standing))
    noon = [datetime.fromisoformat(f"{day}T12:00:00+00:00") for day in days]
    scale = TimeScale(noon, fold_from=timedelta(days=9))
    frames = [
        Frame(
            key=int(f"{day:%Y%m%d}"),
            kind="visit" if standing["visits"] else "other",
            hour=say.day(day),
            sentence=say("replay.day_sentence", **{name: say.number(value) for name, value in standing.items()}),
            patch=_changed(before, standing),
            x=scale(hour),
            day=day,
        )
        for day, hour, before, standing in zip(days, noon, [zero, *standings], standings, strict=False)
    ]
    return Shown(zero, frames, scale, standings)


def _line(shown: Shown, gauge: str) -> str:
    """How a gauge rises over the range."""
    points = [(frame.x, standing[gauge]) for frame, standing in zip(shown.frames, shown.standings, strict=True)]
    return steps(points, max((standing["visits"] for standing in shown.standings), default=1))


async def _csv(page: Page, taken: Sequence[Step], zone: str) -> Response:
    """Every event of the range with the standing after it."""
    events = await told(page, [one.row for one in taken], zone)
    rows = [
        {
            "position": event.position,
            "type": event.name,
            "occurred_at": event.occurred_at,
            "recorded_at": event.recorded_at,
            "biz_date": event.biz_date,
            "actor": event.actor_id,
            "flags": list(event.flags),
            "sentence": event.sentence,
            **_figures(one.standing),
        }
        for event, one in zip(events, taken, strict=True)
    ]
    return page.table(page.say("replay.title"), COLUMNS, rows)
