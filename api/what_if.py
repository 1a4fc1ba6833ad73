"""Other rules over a story or over the log's own history: who would have lost or kept which customers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from api.bodies.parts import read_body
from api.bodies.rules import PublishRules
from api.scenario import StoryChance, Telling
from services.ownership_questions import OwnershipSpan
from services.platform import Platform, in_memory, told_time
from services.rulebook import RuleKind
from services.what_if import ClaimFate, Comparison, Fate, Relived, Tried, compared

Seen = Callable[[int, int], None]
"""Told how many events of how many were lived through."""


def tried(rules: Sequence[Mapping[str, Any]]) -> Sequence[Tried]:
    """The rule sets of a file, each the data of `rules.publish`; raises the refusals of a body."""
    bodies = [read_body(PublishRules, one, f"/{number}") for number, one in enumerate(rules)]
    return [Tried(RuleKind(one.kind), one.body, one.scope, one.effective_from) for one in bodies]


async def over_the_history(platform: Platform, rules: Sequence[Tried], seen: Seen) -> Comparison:
    """Live through the log again, up to its present end, under other rules; nothing is written to it."""
    upto, now = await platform.projector.catch_up(), platform.now()
    clock = told_time(now)
    world = in_memory(now=clock, new_id=platform.new_id, settings=platform.settings, chance=StoryChance())
    try:
        async with world.started(clock=False):
            history = Relived(platform.log, upto, rules, world, clock, platform.settings.home_zone)
            async for position in history.lived():
                seen(position, upto)
            await history.until(now)
            was = await platform.ownership_questions.every_claim(known_at=upto)
            would = await world.ownership_questions.every_claim(known_at=await world.settle())
    finally:
        await world.close()
    return compared(was, would, now, frozenset(history.left_out))


async def over_the_story(telling: Telling) -> Comparison:
    """A story that was told under other rules to its end, beside the same story under its own."""
    own = Telling(telling.story)
    async for _ in own.told():
        pass
    return compared(own.claims, telling.claims, own.ended)


def told(found: Comparison) -> Mapping[str, Any]:
    """The comparison as JSON: how many of each fate, every claim that would have fared otherwise, and other holders."""
    return {
        "counts": {fate.value: sum(one.fate is fate for one in found.fates) for fate in Fate},
        "claims": [_claim(one) for one in found.fates if one.fate is not Fate.SAME],
        "holders": [
            {"customer_id": str(one.customer_id), "line": one.line, "was": one.was, "would_be": one.would}
            for one in found.holders
        ],
        "left_out": sorted(map(str, found.left_out)),
    }


def _claim(one: ClaimFate) -> Mapping[str, Any]:
    return {
        "fate": one.fate.value,
        "customer_id": str(one.either.customer_id),
        "line": one.either.line,
        "rep_id": one.either.rep_id,
        "claim_id": str(one.claim_id),
        "was": _span(one.was),
        "would_be": _span(one.would),
    }


def _span(span: OwnershipSpan | None) -> Mapping[str, Any] | None:
    if span is None:
        return None
    return {
        "since": span.valid_from.isoformat(),
        "until": span.valid_to.isoformat(),
        "ended": span.ended.value if span.ended else None,
    }
