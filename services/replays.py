"""What a rep did, step by step, and how the rep stood after each step."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.timelines import Clock, TimelineRow, Timelines

PAGE = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rep stands after a step: customers held; of the day: visits in person, effective ones, other contacts,
    deals won, and what was refused."""

    held: int = 0
    visits: int = 0
    effective: int = 0
    contacts: int = 0
    won: int = 0
    refused: int = 0

    def next_day(self) -> "Standing":
        """A new day begins: what is held stays, what is counted by the day begins again."""
        return Standing(held=self.held)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened, and how the rep stood before and after it."""

    row: TimelineRow
    facts: Mapping[str, Any]
    before: Standing
    standing: Standing


class Replays:
    """Tells histories step by step."""

    def __init__(self, timelines: Timelines) -> None:
        self._timelines = timelines

    async def of_rep(
        self,
        rep_id: str,
        *,
        at: int,
        clock: Clock = "occurred",
        first: date | None = None,
        last: date | None = None,
    ) -> AsyncIterator[Step]:
        """The steps of a rep as of a position.

        `first`, `last`: those of these business dates only, both included, with what was held before.
        """
        standing, shown = Standing(), None
        async for row in self._rows(rep_id, at, clock):
            if row.biz_date != shown:
                standing, shown = standing.next_day(), row.biz_date
            facts: Mapping[str, Any] = json.loads(row.facts)
            before, standing = standing, after(standing, rep_id, row.name, facts)
            if (first is None or row.biz_date >= first) and (last is None or row.biz_date <= last):
                yield Step(row, facts, before, standing)

    async def _rows(self, rep_id: str, at: int, clock: Clock) -> AsyncIterator[TimelineRow]:
        last = None
        while page := await self._timelines.of_rep(rep_id, at=at, clock=clock, after=last, limit=PAGE):
            for row in page:
                yield row
            row = page[-1]
            last = (row.occurred_at if clock == "occurred" else row.recorded_at, row.position)


def after(standing: Standing, rep_id: str, name: str, facts: Mapping[str, Any]) -> Standing:
    """How a rep stands after one more event."""
    mine = facts.get("rep_id") == rep_id
    match name:
        case "ownership.claim_granted" if mine:
            return replace(standing, held=standing.held + 1)
        case "ownership.claim_released" if mine:
            return replace(standing, held=standing.held - 1)
        case "visit.visit_recorded" if mine and _mode(facts) == "IN_PERSON":
            return replace(standing, visits=standing.visits + 1)
        case "visit.visit_recorded" if mine:
            return replace(standing, contacts=standing.contacts + 1)
        case "visit.visit_evaluated" if mine:
            now, before = (facts.get(one) == "EFFECTIVE" for one in ("verdict", "previous_verdict"))
            return replace(standing, effective=max(0, standing.effective + now - before))
        case "deal.deal_won" if mine:
            return replace(standing, won=standing.won + 1)
        case "ownership.claim_refused" | "submission.decision_refused":
            return replace(standing, refused=standing.refused + 1)
        case _:
            return standing


def _mode(facts: Mapping[str, Any]) -> object:
    report: Mapping[str, Any] = facts["report"]
    return report["mode"]
