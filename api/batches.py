"""Many requests at once: side by side where they have nothing to do with each other, in order where they do."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from api.emitting import Sent, emit
from services.platform import Platform
from services.ports import LogUnavailable, Receipt
from services.refusals import DependsOnRejected, Refusal

AT_ONCE = 128
"""Requests of one batch that are under way at a time; they share reads and commits."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """One request of a batch. `amiss`: why it cannot be taken, where that was seen while reading it."""

    sent: Sent
    type: str
    data: object
    amiss: Refusal | None = None


Outcome: TypeAlias = Receipt | Refusal | LogUnavailable | Exception
"""What became of an item: its receipt, its refusal (with a receipt where a rule said no), "send it again", or a fault
of ours."""


async def emit_all(platform: Platform, items: Sequence[Item]) -> Sequence[Outcome]:
    """Carry out every item; the outcomes stand in the order of the items.

    Items that name the same customer, visit, deal, target, claim or approval, claims for the same rep, and the items
    of one device are carried out in their order; whatever changes the organisation, its rules or its calendar waits for
    everything before it and is waited for by everything after it. What a device sent after an item that was not taken
    is not taken either: `DependsOnRejected`.
    """
    room = asyncio.Semaphore(AT_ONCE)
    tasks: list[asyncio.Task[Outcome]] = []
    latest: dict[str, int] = {}
    house: int | None = None
    since_house: list[int] = []
    for number, item in enumerate(items):
        keys = tuple(shared(item))
        if keeps_house(item):
            before = [*since_house, *([house] if house is not None else [])]
            house, since_house = number, []
        else:
            before = sorted({latest[key] for key in keys if key in latest} | ({house} if house is not None else set()))
            since_house.append(number)
        queue = _queue(item)
        ahead = latest.get(queue) if queue else None
        waiting = [tasks[index] for index in before]
        task = asyncio.create_task(
            _after(platform, item, waiting, room, tasks[ahead] if ahead is not None else None, items, ahead)
        )
        tasks.append(task)
        latest.update(dict.fromkeys(keys, number))
    return await asyncio.gather(*tasks)


def shared(item: Item) -> Iterable[str]:
    """What items may have in common so that their order matters."""
    queue = _queue(item)
    if queue:
        yield queue
    if item.sent.approval_id is not None:
        yield f"approval_id:{item.sent.approval_id}"
    if isinstance(item.data, Mapping):
        data: Mapping[str, Any] = item.data  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
        for name, value in data.items():
            if name.endswith("_id") and isinstance(value, str):
                yield f"{name}:{value}"
        if item.type == "ownership.claim":
            yield f"rep_id:{data.get('rep_id', item.sent.actor.acting_for)}"
        if isinstance(data.get("uscc"), str):
            yield f"uscc:{data['uscc']}"


def keeps_house(item: Item) -> bool:
    """Whether everything else may stand on it."""
    return item.type.startswith(("org.", "rules.", "calendar."))


def taken(outcome: Outcome) -> bool:
    """Whether something was recorded as answered: an accepted request, or one that a rule refused."""
    return isinstance(outcome, Receipt) or (isinstance(outcome, Refusal) and outcome.receipt is not None)


def _queue(item: Item) -> str | None:
    device = item.sent.device
    return f"device:{device.device_id}" if device else None


async def _after(
    platform: Platform,
    item: Item,
    before: Sequence[asyncio.Task[Outcome]],
    room: asyncio.Semaphore,
    ahead: asyncio.Task[Outcome] | None,
    items: Sequence[Item],
    ahead_number: int | None,
) -> Outcome:
    if before:
        await asyncio.gather(*before)
    amiss = item.amiss
    if amiss is None and ahead is not None and ahead_number is not None and not taken(ahead.result()):
        amiss = DependsOnRejected(items[ahead_number].sent.id)
    async with room:
        return await emit_one(platform, item, amiss)


async def emit_one(platform: Platform, item: Item, amiss: Refusal | None) -> Outcome:
    """Carry out one item, whatever becomes of it."""
    try:
        return await emit(platform, item.sent, item.type, item.data, unless=amiss)
    except Refusal as refusal:
        return refusal
    except LogUnavailable as unavailable:
        return unavailable
    except Exception as fault:
        _log.exception("a request of type %s failed; correlation %s", item.type, item.sent.correlation_id)
        return fault
