"""Where every request arrives, whatever door it came through: checked, dated, carried out; a no is kept.

The doors translate; this is the one place that knows what is checked before a use case is called (domain §3.1).
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.calendar.state import DEFAULT_CALENDAR, calendar_of
from domain.days import day_of
from domain.decider import Stream
from domain.device.attestation import Attestation
from domain.device.state import device_of
from domain.envelope import Actor, Device
from domain.facts import RepFacts
from domain.reception import (
    ActorInactive,
    Forbidden,
    IdempotencyMismatch,
    Lateness,
    OutOfScope,
    known_zone,
    lateness,
)
from domain.refusal import Refusal
from domain.rights import Role, may_ask, within_scope
from domain.rules.events import RuleKind
from domain.rules.state import rules_of
from domain.submission.events import SubmissionRefused
from services.carry_out import enveloped, retold
from services.devices import DeviceDesk
from services.lookups import Reps, RulesInForce
from services.pasts import Pasts
from services.ports import (
    Append,
    ChangedMeanwhile,
    Context,
    EventLog,
    Mismatch,
    NewId,
    Now,
    Receipt,
    Request,
    Vault,
)
from services.tracing import following


@dataclass(frozen=True, slots=True)
class Asking:
    """What a door knows of one request before anything is looked up.

    `asked`: the type; `source` and `id`: what tells it apart for ever; `content`: its bytes in a canonical form, for
    the fingerprint; `occurred_at`: as claimed, None for "now"; `zone`: as claimed, None for the rep's own zone;
    `as_history`: an import of the past, by `ops` only: old dates are taken, every event is marked IMPORTED;
    `unchanged`: the versions of streams that the asker saw, and on which the asking relies (If-Match);
    `foreseen`: the streams that the use case will look at, as far as its desk can tell: they are read with the first
    question to the log, so that there need be no second one; `within`: the scopes of the token that was shown, None
    for all that its role may.
    """

    asked: str
    actor: Actor
    source: str
    id: str
    content: bytes
    correlation_id: str
    occurred_at: datetime | None = None
    zone: str | None = None
    causation_id: UUID | None = None
    client_id: str | None = None
    device: Device | None = None
    approval_id: UUID | None = None
    as_history: bool = False
    unchanged: Mapping[str, int] = field(default_factory=dict[str, int])
    foreseen: Sequence[Stream[Any]] = ()
    within: Sequence[str] | None = None


class Reception:
    """Takes requests from every door."""

    def __init__(
        self,
        log: EventLog,
        pasts: Pasts,
        vault: Vault,
        reps: Reps,
        rulebook: RulesInForce,
        devices: DeviceDesk,
        now: Now,
        new_id: NewId,
        home_zone: str,
    ) -> None:
        self._log = log
        self._pasts = pasts
        self._vault = vault
        self._reps = reps
        self._rulebook = rulebook
        self._devices = devices
        self._now = now
        self._new_id = new_id
        self._home_zone = home_zone

    async def submit(self, asking: Asking, carry: Callable[[Context], Awaitable[Receipt]]) -> Receipt:
        """Carry a request to its use case, and see that nothing is lost: an answered one gets its answer again, a no
        that the use case did not keep itself is kept as `SubmissionRefused`, and then told."""
        with following().asking(asking.asked, asking.correlation_id, asking.source, asking.id):
            return await self._submitted(asking, carry)

    async def _submitted(self, asking: Asking, carry: Callable[[Context], Awaitable[Receipt]]) -> Receipt:
        request = self.request(asking)
        context: Context | None = None
        try:
            with self._pasts.at_one_moment():
                receipt = await self._taken_up(asking, request)
                if receipt is None:
                    context = await self.receive(asking, request)
                    receipt = await carry(context)
        except Refusal as refusal:
            if refusal.receipt is None:
                receipt = await self._answered(request)
                if receipt is None:
                    await self.keep(asking, refusal)
                    raise
            else:
                await self._devices.taken(context or self.looking(asking))
                raise
        await self._devices.taken(context or self.looking(asking))
        return retold(receipt)

    def request(self, asking: Asking) -> Request:
        """What tells this asking apart for ever."""
        return Request(asking.source, asking.id, self._vault.fingerprint(asking.content))

    async def receive(self, asking: Asking, request: Request) -> Context:
        """Check who asks and when, and date it."""
        if not may_ask(asking.actor.role, asking.asked) or (asking.as_history and asking.actor.role != Role.OPS):
            raise Forbidden(asking.asked, asking.actor.role)
        if not within_scope(asking.within, asking.asked):
            raise OutOfScope(asking.asked, tuple(asking.within or ()))
        if not _may_speak(asking.actor):
            raise Forbidden(asking.asked, asking.actor.role)
        decided_at = self._now()
        occurred_at = asking.occurred_at or decided_at
        shown = await self._shown(asking, occurred_at, decided_at)
        hour = shown.at or occurred_at
        rep = await self._rep_behind(asking, hour)
        zone = known_zone(asking.zone or (rep.zone if rep else self._home_zone))
        late = await self._lateness(asking, hour, decided_at, rep.zone if rep else zone)
        return Context(
            asked=asking.asked,
            request=request,
            actor=asking.actor,
            occurred_at=occurred_at,
            occurred_tz=zone,
            decided_at=decided_at,
            biz_date=late.biz_date,
            correlation_id=asking.correlation_id,
            causation_id=asking.causation_id,
            attested_at=shown.at,
            client_id=asking.client_id,
            device=asking.device,
            flags=(*late.flags, *shown.flags),
            approval_id=asking.approval_id,
            unchanged=asking.unchanged,
        )

    def looking(self, asking: Asking) -> Context:
        """The conversation of somebody who only looks, now; no right is asked for and nothing will be recorded."""
        now = self._now()
        return Context(
            asked=asking.asked,
            request=self.request(asking),
            actor=asking.actor,
            occurred_at=now,
            occurred_tz=self._home_zone,
            decided_at=now,
            biz_date=day_of(now, self._home_zone),
            correlation_id=asking.correlation_id,
            device=asking.device,
        )

    async def keep(self, asking: Asking, refusal: Refusal) -> None:
        """Record that something was sent and not taken; it is judged anew when it comes again.

        The same request that is not taken for the same reason again is on record already: its stream is named after
        both, and a stream begins once.
        """
        now = self._now()
        event = SubmissionRefused(
            asked=asking.asked,
            code=refusal.code(),
            fingerprint=self._vault.fingerprint(asking.content).hex(),
            refused_at=now,
        )
        context = Context(
            asked=asking.asked,
            request=self.request(asking),
            actor=asking.actor,
            occurred_at=now.astimezone(UTC),
            occurred_tz=self._home_zone,
            decided_at=now,
            biz_date=day_of(now, self._home_zone),
            correlation_id=asking.correlation_id,
            client_id=asking.client_id,
            device=asking.device,
        )
        [written] = enveloped([event], {}, context, self._log.name, self._new_id)
        alone = written._replace(envelope=written.envelope._replace(stream=self._stream_of(event, context)))
        append = Append(request=None, outcome="refused", decided_at=now, stands_on={}, events=[alone])
        with suppress(ChangedMeanwhile):
            await self._log.append(append)
        await self._devices.rejected(refusal, context)

    def _stream_of(self, event: SubmissionRefused, context: Context) -> str:
        """One stream for each request, content, asker and reason."""
        request, actor = context.request, context.actor
        told_apart = [request.source, request.id, event.fingerprint, actor.id, actor.on_behalf_of, event.code]
        return f"refusal-{self._vault.fingerprint(json.dumps(told_apart).encode()).hex()[:32]}"

    async def _taken_up(self, asking: Asking, request: Request) -> Receipt | None:
        """The first answer, if there was one; what `receive` will look at is read with the same question."""
        who = self._reps.stands_on(asking.actor.acting_for, asking.occurred_at or self._now())
        ahead: list[Stream[Any]] = [*who, rules_of(RuleKind.FLAG), calendar_of(DEFAULT_CALENDAR), *asking.foreseen]
        if asking.device is not None and asking.device.queue_seq is not None:
            ahead += [device_of(asking.device.device_id), rules_of(RuleKind.PROT)]
        try:
            return await self._pasts.take_up(request, ahead)
        except Mismatch as mismatch:
            raise IdempotencyMismatch(request.source, request.id) from mismatch

    async def _answered(self, request: Request) -> Receipt | None:
        """The first answer, if there was one; content that differs from it is not that request."""
        try:
            return await self._log.answered(request)
        except Mismatch:
            return None

    async def _shown(self, asking: Asking, claimed_at: datetime, decided_at: datetime) -> Attestation:
        """The hour that a device could show for what was done offline; an import of the past shows none."""
        said = asking.device
        if said is None or asking.as_history:
            return Attestation(None)
        if (said.last_sync, said.elapsed_ms, said.sent_ms, said.queue_seq) == (None, None, None, None):
            return Attestation(None)
        return await self._devices.attested(
            said, asking.id, asking.asked, asking.actor.acting_for, claimed_at, decided_at
        )

    async def _rep_behind(self, asking: Asking, occurred_at: datetime) -> RepFacts | None:
        """The rep whose deed this is, if it is a rep's: known, and (but for claims, which say so themselves) active."""
        if asking.actor.role == Role.REP or asking.actor.on_behalf_of is not None:
            rep = await self._reps.rep(asking.actor.acting_for, occurred_at)
            if not rep.active and asking.asked != "ownership.claim":
                raise ActorInactive(rep.rep_id)
            return rep
        return None

    async def _lateness(self, asking: Asking, occurred_at: datetime, decided_at: datetime, zone: str) -> Lateness:
        rules = await self._rulebook.flags(day_of(decided_at, zone))
        calendar = await self._rulebook.calendar()
        approved = asking.as_history or (asking.approval_id is not None and asking.asked.startswith("visit."))
        late = lateness(occurred_at, decided_at, zone, rules, calendar, approved=approved)
        return replace(late, flags=("IMPORTED",)) if asking.as_history else late


def _may_speak(actor: Actor) -> bool:
    """A machine always speaks for a named rep, the house and the platform may; everybody else for themselves alone."""
    match actor.role:
        case Role.CLIENT:
            return actor.on_behalf_of is not None
        case Role.OPS | Role.SYSTEM:
            return True
        case _:
            return actor.on_behalf_of in (None, actor.id)
