"""Events as pages tell them: a sentence, a kind with its glyph, and which words name people and customers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from api.console.shell import Page
from api.console.words import Words
from services.timelines import TimelineRow

KINDS: Mapping[str, str] = {
    "visit": "visit",
    "attachment": "visit",
    "ownership": "claim",
    "customer": "claim",
    "identifier": "claim",
    "deal": "claim",
    "target": "target",
    "conflict": "conflict",
    "submission": "conflict",
    "finding": "coaching",
    "coaching": "coaching",
    "inspection": "coaching",
    "help": "coaching",
    "workday": "target",
}
"""The kind of an event by the concept that it belongs to: shape and colour on every page."""
REFUSED = frozenset({"ownership.claim_refused", "submission.decision_refused"})


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a timeline, as a page tells it."""

    position: int
    id: UUID
    name: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    biz_date: date
    flags: Sequence[str]
    actor_id: str
    customer_id: UUID | None
    sentence: str
    facts: Mapping[str, Any]


def kind_of(name: str) -> str:
    """The kind of an event: visit, claim, target, conflict, coaching or other."""
    return "conflict" if name in REFUSED else KINDS.get(name.partition(".")[0], "other")


async def told(page: Page, rows: Sequence[TimelineRow], zone: str) -> Sequence[Told]:
    """Events with people and customers called by their names, hours those of a zone."""
    every = [json.loads(row.facts) for row in rows]
    people = await page.names(*(row.rep_id for row in rows), *(facts.get("rep_id") for facts in every))
    customers = await called(page, (row.customer_id for row in rows))
    say = page.say.within(zone)
    return [_told(say, row, facts, people, customers) for row, facts in zip(rows, every, strict=True)]


async def called(page: Page, ids: Iterable[UUID | None]) -> Mapping[UUID, str]:
    """How customers are called, by id."""
    wanted = list(dict.fromkeys(one for one in ids if one is not None))
    found = await page.platform.customer_file.customers(wanted, at=page.position)
    return {one: row.legal_name for one, row in found.items()}


def _told(
    say: Words, row: TimelineRow, facts: Mapping[str, Any], people: Mapping[str, str], customers: Mapping[UUID, str]
) -> Told:
    names: dict[str, Any] = {}
    rep = facts.get("rep_id")
    if isinstance(rep, str):
        names["rep"] = people.get(rep, rep)
    if row.customer_id is not None and row.customer_id in customers:
        names["customer"] = customers[row.customer_id]
    return Told(
        position=row.position,
        id=row.event_id,
        name=row.name,
        kind=kind_of(row.name),
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        biz_date=row.biz_date,
        flags=row.flags,
        actor_id=row.actor_id,
        customer_id=row.customer_id,
        sentence=say.event(row.name, {**facts, **names}),
        facts=facts,
    )
