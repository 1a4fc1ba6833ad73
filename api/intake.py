"""The door of Kafka: messages to requests, and what became of them to replies. The same requests as by HTTP.

A message is a CloudEvent, in binary mode (attributes in `ce_` headers) or structured. Who speaks is whose access token
stands in the header `authorization`, as by HTTP; what says of itself who it is from is not believed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.batches import Item, Outcome, emit_all
from api.bodies.reading import read_json
from api.emitting import Sent
from api.http.answers import plain, told_receipt
from api.http.cloudevents import JSON, STRUCTURED, Reader, media_type
from api.http.problems import DoorProblem, internal, of_door, of_refusal
from services.access import Caller
from services.bus import Delivered
from services.intake import Answered
from services.platform import Platform
from services.ports import LogUnavailable, Receipt
from services.reception import Actor
from services.refusals import FieldFault, Malformed, Refusal

OF_THE_WAY = frozenset({"partitionkey", "traceparent", "tracestate"})
"""Attributes that speak to what carries the message, not to us."""
UNREADABLE = frozenset(
    {"MALFORMED", "SCHEMA_VERSION_UNSUPPORTED", "PAYLOAD_TOO_LARGE", "TEXT_INVALID", "UNKNOWN_FIELD"}
)
"""Refusals of what cannot be read as a request: a mistake of a program, to be looked at by people."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One message. `item` is None where nobody known has sent it."""

    taken: Delivered
    stated: Mapping[str, str]
    item: Item | None


class KafkaDoor:
    """Answers messages."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def __call__(self, taken: Sequence[Delivered]) -> Sequence[Answered]:
        """What became of each. Raises `LogUnavailable`; then all of them are taken again."""
        known: dict[bytes, Caller | None] = {}
        reads = [await self._read(one, known) for one in taken]
        items = [one.item for one in reads if one.item is not None]
        outcomes = iter(await emit_all(self._platform, items))
        answered: list[Answered] = []
        for one in reads:
            if one.item is None:
                answered.append(self._stranger(one))
                continue
            outcome = next(outcomes)
            if isinstance(outcome, LogUnavailable):
                raise outcome
            answered.append(self._answer(one, one.item, outcome))
        return answered

    async def _read(self, taken: Delivered, known: dict[bytes, Caller | None]) -> _Read:
        stated = {
            name[3:]: value.decode("utf-8", "replace") for name, value in taken.headers.items() if name[:3] == "ce_"
        }
        bearer = taken.headers.get("authorization", b"")
        if bearer not in known:
            known[bearer] = await self._who(bearer)
        caller = known[bearer]
        return _Read(taken, stated, None if caller is None else self._item(taken, stated, caller))

    async def _who(self, bearer: bytes) -> Caller | None:
        scheme, _, secret = bearer.decode("latin-1").partition(" ")
        return await self._platform.access.bearer(secret.strip()) if scheme.lower() == "bearer" else None

    def _item(self, taken: Delivered, stated: Mapping[str, str], caller: Caller) -> Item:
        actor = Actor(caller.actor, caller.role)
        place = f"{taken.topic}:{taken.partition}:{taken.offset}"
        source = f"actor/{actor.id}"
        reader = Reader(
            actor, source, place, None, self._platform.new_id, self._platform.log.name, within=caller.scopes
        )
        try:
            kind = media_type(taken.headers.get("content-type", JSON.encode()).decode("latin-1"))
            if taken.twice:
                raise Malformed((FieldFault("", f"These headers stand twice: {', '.join(sorted(taken.twice))}."),))
            if kind == STRUCTURED:
                return reader.structured(taken.body)
            if kind != JSON or "specversion" not in stated:
                raise Malformed((FieldFault("", "A message is a CloudEvent 1.0, binary or structured, as JSON."),))
            event: dict[str, Any] = {name: value for name, value in stated.items() if name not in OF_THE_WAY}
            if taken.body.strip():
                event["data"] = read_json(taken.body, "/data")
            return reader.item(event)
        except (Refusal, DoorProblem) as amiss:
            refusal = amiss if isinstance(amiss, Refusal) else Malformed((FieldFault("", f"{amiss.code}."),))
            said = stated.get("id")
            sent = Sent(actor, source, str(self._platform.new_id()), place, said_id=said[:200] if said else None)
            return Item(sent, stated.get("type", "")[:64], dict(stated), refusal)

    def _stranger(self, read: _Read) -> Answered:
        problem = of_door(DoorProblem(401, "UNAUTHENTICATED"), "en", _place(read.taken))
        told = {"id": read.stated.get("id"), "status": "rejected", "problem": problem}
        return self._answered(read, told, "UNAUTHENTICATED")

    def _answer(self, read: _Read, item: Item, outcome: Outcome) -> Answered:
        told: dict[str, Any] = {"id": item.sent.id if item.amiss is None else item.sent.said_id}
        dead: str | None = None
        match outcome:
            case Receipt():
                told |= {"status": "duplicate" if outcome.repeated else "accepted", **told_receipt(outcome)}
            case Refusal():
                kept = isinstance(outcome.receipt, Receipt)
                told |= {"status": "refused" if kept else "rejected"}
                told |= {"problem": of_refusal(outcome, "en", item.sent.correlation_id)}
                dead = outcome.code() if outcome.code() in UNREADABLE else None
            case _:
                told |= {"status": "rejected", "problem": of_door(internal(), "en", item.sent.correlation_id)}
                dead = "INTERNAL"
        return self._answered(read, told, dead)

    def _answered(self, read: _Read, told: Mapping[str, Any], dead: str | None) -> Answered:
        source = read.stated.get("source", "")
        whole = {"source": source or None, "place": _place(read.taken), **told}
        body = json.dumps(plain(whole), ensure_ascii=False, separators=(",", ":")).encode()
        return Answered(read.taken, source or _place(read.taken), body, dead)


def _place(taken: Delivered) -> str:
    return f"{taken.topic}:{taken.partition}:{taken.offset}"
