"""A batch that wants all or nothing: decided on a draft, recorded in one piece."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from api.batches import Item, Outcome, emit_one
from services.platform import Platform
from services.ports import ChangedMeanwhile, LogUnavailable, Receipt

TRIES = 8
"""How often the whole batch is decided again because others wrote in between."""


async def emit_strictly(platform: Platform, items: Sequence[Item]) -> Sequence[Outcome]:
    """Carry out every item, or none.

    Each item is decided on top of those before it; the first that is not accepted ends it, and it is the last outcome:
    nothing was recorded then, neither the others nor its refusal. An item that was carried out before the batch came is
    answered as the first time.
    """
    for attempt in range(TRIES):
        draft = platform.draft()
        outcomes: list[Outcome] = []
        for item in items:
            outcome = await emit_one(draft.platform, item, item.amiss)
            outcomes.append(outcome)
            if not isinstance(outcome, Receipt):
                return outcomes
        try:
            written = await draft.log.write()
        except ChangedMeanwhile:
            await asyncio.sleep(0.002 * attempt)
            continue
        except LogUnavailable as unavailable:
            return [*outcomes[:-1], unavailable]
        return [
            replace(written.get((item.sent.source, item.sent.id), outcome), repeated=outcome.repeated)
            for item, outcome in zip(items, outcomes, strict=True)
            if isinstance(outcome, Receipt)
        ]
    return [LogUnavailable("others wrote to the same histories at the same time; the same batch may be sent again")]
