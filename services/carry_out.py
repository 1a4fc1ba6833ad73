"""The one road of every command: read, fold, decide, append; and look again when others were quicker."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from domain.decider import Decider
from domain.envelope import Envelope
from domain.reception import IdempotencyMismatch, NoChange, PreconditionFailed, VersionConflict
from domain.refusal import Conflict, Refusal
from domain.rights import Role
from domain.submission.events import DecisionRefused
from domain.vocabulary import VOCABULARY
from services.pasts import Looked, Pasts
from services.ports import (
    Append,
    ChangedMeanwhile,
    Context,
    Disclosure,
    EventLog,
    Json,
    Mismatch,
    NewId,
    Receipt,
    Tip,
    Unrecorded,
)
from services.tracing import following
from services.turns import Turns

C = TypeVar("C")
TRIES = 12
"""How often a decision is made again because another process wrote first; each such round, somebody else succeeded."""


class _Overtaken(Exception):
    """Others wrote, or are about to write, to streams that a decision stands on."""

    def __init__(self, streams: Iterable[str]) -> None:
        super().__init__(*streams)
        self.streams = tuple(streams)


class CarryOut:
    """Carries commands from asking to receipt; it chooses nothing."""

    def __init__(self, log: EventLog, pasts: Pasts, new_id: NewId) -> None:
        self._log = log
        self._pasts = pasts
        self._new_id = new_id
        self._turns = Turns()
        self._own_turns = Turns()
        """What the platform itself asks waits for nobody else: whoever has a turn may be waiting for it."""

    async def __call__(
        self,
        command: C,
        decider: Decider[C],
        context: Context,
        *,
        answer: Callable[[Sequence[object]], Mapping[str, Json]] | None = None,
        disclosures: Sequence[Disclosure] = (),
    ) -> Receipt:
        """Decide and record a command.

        `answer`: what the asker is told, made from the events. Raises the refusal when a rule says no, after it was
        recorded with the request; `refusal.receipt` tells where.
        """

        async def the_same() -> C:
            return command

        return await self.afresh(the_same, decider, context, answer=answer, disclosures=disclosures)

    async def afresh(
        self,
        command: Callable[[], Awaitable[C]],
        decider: Decider[C],
        context: Context,
        *,
        answer: Callable[[Sequence[object]], Mapping[str, Json]] | None = None,
        disclosures: Sequence[Disclosure] = (),
    ) -> Receipt:
        """The same for a command that holds looked-up facts: they are looked up again for every try.

        Who was twice not quick enough waits for their turn, and so does everybody who comes to where others wait: so
        whoever has the turn is quick enough, however many ask at once, unless another process is quicker.
        """

        async def once(*, my_turn: bool) -> Receipt:
            asked = await command()
            looked = await self._pasts.look(decider.stands_on(asked))
            if not my_turn and turns.crowded(looked.tips):
                raise _Overtaken(looked.tips)
            _as_the_asker_saw_it(context.unchanged, looked.tips)
            try:
                with following().step(f"decide {type(asked).__name__}"):
                    events = decider.decide(asked, looked.past)
            except Refusal as refusal:
                return await self._refuse(refusal, asked, context)
            try:
                append = self._accepted(events, looked, context, answer, disclosures)
                return retold(await self._append(append, context))
            except ChangedMeanwhile as changed:
                raise _Overtaken(looked.tips) from changed

        turns = self._own_turns if context.actor.role == Role.SYSTEM else self._turns
        queue: Sequence[str] = ()
        for attempt in range(TRIES):
            try:
                if not queue:
                    return await once(my_turn=False)
                async with turns.at(queue):
                    return await once(my_turn=True)
            except _Overtaken as overtaken:
                self._pasts.move_on()
                if queue:
                    await asyncio.sleep(0.001 * attempt)
                if attempt > 0 or turns.crowded(overtaken.streams):
                    queue = overtaken.streams
        raise VersionConflict(tuple(queue))

    def _accepted(
        self,
        events: Sequence[object],
        looked: Looked,
        context: Context,
        answer: Callable[[Sequence[object]], Mapping[str, Json]] | None,
        disclosures: Sequence[Disclosure],
    ) -> Append:
        written = enveloped(events, looked.tips, context, self._log.name, self._new_id)
        flags = tuple(dict.fromkeys(flag for one in written for flag in one.envelope.flags))
        return Append(
            request=context.request,
            outcome="accepted",
            decided_at=context.decided_at,
            stands_on=looked.tips,
            events=written,
            answer=dict(answer(events)) if answer else {},
            flags=flags,
            disclosures=disclosures,
        )

    async def _refuse(self, refusal: Refusal, command: object, context: Context) -> Receipt:
        """Keep a no of the business as evidence, then tell it; other refusals are for the door to keep."""
        if not isinstance(refusal, Conflict) or isinstance(refusal, NoChange):
            raise refusal
        leaving = refusal.leaving or [_decision_refused(refusal, command, context)]
        append = Append(
            request=context.request,
            outcome="refused",
            decided_at=context.decided_at,
            stands_on={},
            events=enveloped(leaving, {}, context, self._log.name, self._new_id),
            answer={"code": refusal.code(), "facts": told(refusal.facts())},
        )
        receipt = await self._append(append, context)
        if receipt.outcome == "refused" and not receipt.repeated:
            refusal.receipt = receipt
            raise refusal
        return retold(receipt)

    async def _append(self, append: Append, context: Context) -> Receipt:
        try:
            with following().step("append"):
                receipt = await self._log.append(append)
        except Mismatch as mismatch:
            raise IdempotencyMismatch(context.request.source, context.request.id) from mismatch
        self._pasts.move_on()
        return receipt


def _as_the_asker_saw_it(unchanged: Mapping[str, int], tips: Mapping[str, Tip]) -> None:
    """Refuse to decide on something else than the asker looked at."""
    for stream, expected in unchanged.items():
        if stream not in tips:
            msg = f"this decision does not stand on {stream}, so nobody can make it depend on that"
            raise ValueError(msg)
        if tips[stream].version != expected:
            raise PreconditionFailed(stream, expected, tips[stream].version)


def _decision_refused(refusal: Refusal, command: object, context: Context) -> DecisionRefused:
    return DecisionRefused(
        asked=context.asked,
        code=refusal.code(),
        facts={name: str(value) for name, value in told(refusal.facts()).items()},
        rep_id=getattr(command, "rep_id", None),
        customer_id=getattr(command, "customer_id", None),
        refused_at=context.decided_at,
    )


def retold(receipt: Receipt) -> Receipt:
    """A receipt as it is told: that of an earlier no is that no again."""
    if receipt.outcome == "accepted":
        return receipt
    refusal = recalled(receipt)
    refusal.receipt = receipt
    raise refusal


def recalled(receipt: Receipt) -> Refusal:
    """The refusal that a receipt tells of, as it was told the first time."""
    code, facts = str(receipt.answer["code"]), receipt.answer["facts"]
    refusal = Refusal.by_code[code].__new__(Refusal.by_code[code])
    for name, value in dict(facts if isinstance(facts, Mapping) else {}).items():
        setattr(refusal, name, value)
    return refusal


def told(facts: Mapping[str, object]) -> dict[str, Json]:
    """Facts of a refusal as plain JSON values."""
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: object) -> Json:
    plain = _PLAIN.get(value.__class__)
    if plain is not None:
        return plain(value)
    match value:
        case Enum():
            return _plain(value.value)
        case tuple() | list() | frozenset():
            members: Sequence[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
            return [_plain(member) for member in members]
        case _:
            return str(value)


def _itself(value: Any) -> Json:  # noqa: ANN401 - what JSON has
    return value


def _instant(value: datetime) -> str:
    return f"{value.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"


_PLAIN: Mapping[type[Any], Callable[[Any], Json]] = {
    **dict.fromkeys((type(None), bool, int, str), _itself),
    datetime: _instant,
    date: date.isoformat,
    UUID: str,
}


def enveloped(
    events: Sequence[object], tips: Mapping[str, Tip], context: Context, log: str, new_id: NewId
) -> Sequence[Unrecorded]:
    """The events with everything known about them; versions follow on from the tips of their streams.

    An event for a stream that the decision did not look at means that the looking was out of date. The record of a
    refusal begins a stream of its own.
    """
    request, versions = context.request, {name: tip.version for name, tip in tips.items()}
    written: list[Unrecorded] = []
    for event in events:
        word, event_id = VOCABULARY.of(event), new_id()
        stream = word.stream(event) if word.stream else f"refusal-{event_id}"
        if word.stream is None:
            versions[stream] = 0
        elif stream not in versions:
            raise ChangedMeanwhile(stream)
        versions[stream] += 1
        flags = getattr(event, "flags", ())
        envelope = Envelope(  # in the order of its fields: by their names it takes twice as long, for every event
            event_id,
            log,
            stream,
            versions[stream],
            word.name,
            word.schema_version,
            request.source,
            request.id,
            tuple(word.subjects(event)),
            context.occurred_at,
            context.occurred_tz,
            context.decided_at,
            context.biz_date,
            context.actor,
            context.correlation_id,
            context.causation_id,
            context.attested_at,
            context.client_id,
            context.device,
            tuple(dict.fromkeys((*context.flags, *flags))) if flags else context.flags,
        )
        written.append(Unrecorded(envelope, event))
    return written
