"""What would have been: the log's own history lived through again under other rules, on a log that is thrown away.

Nothing is written to the history. What people told and did is copied as it stands; what they asked of the ownership
of customers is asked again, at its own hour, and decided by the same deciders under the rules that are tried; what
the platform did by itself (verdicts, renewals, lapses, custody) is left out, and comes again by itself.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.days import day_of, start_of_day
from domain.envelope import Envelope, Recorded
from domain.ownership.events import (
    ClaimBasis,
    ClaimContested,
    ClaimGranted,
    ClaimRefused,
    ClaimReleased,
    ClaimTransferred,
    CustomerParked,
    FollowUpContinued,
    HelperLinked,
    HelperUnlinked,
    ProtectionExtended,
)
from domain.refusal import Refusal
from domain.rights import Role
from domain.rules.events import RuleKind, RuleSetPublished, RuleSetRetired
from projections.ownership_table import OwnershipSpan
from services.by_itself import at_start
from services.due import Clockwork
from services.ownership import Handover, OwnershipDesk, Parking
from services.ownership_questions import OwnershipQuestions
from services.ports import Append, Context, EventLog, Now, Request, Tip, Unrecorded
from services.rulebook import Rulebook
from services.told_time import ToldTime

PAGE = 500
_ASKED_BY_PEOPLE = (ClaimBasis.ONLINE, ClaimBasis.ATTESTED)
_OWNERSHIP = ("ownership.", "portfolio.")


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule set that is tried; `effective_from`: None for the beginning of the history."""

    kind: RuleKind
    body: Mapping[str, object]
    scope: str = "organisation"
    effective_from: date | None = None


class World(Protocol):
    """A platform to live through it on: empty, thrown away afterwards."""

    @property
    def log(self) -> EventLog: ...
    @property
    def now(self) -> Now: ...
    @property
    def rulebook(self) -> Rulebook: ...
    @property
    def ownership(self) -> OwnershipDesk: ...
    @property
    def ownership_questions(self) -> OwnershipQuestions: ...
    @property
    def clockwork(self) -> Clockwork: ...

    async def settle(self) -> int:
        """Let read models and policies do everything that is recorded so far."""
        ...


class Fate(StrEnum):
    """What would have become of a claim, against what became of it."""

    SAME = "SAME"
    KEPT_LONGER = "KEPT_LONGER"
    LOST_EARLIER = "LOST_EARLIER"
    GRANTED_INSTEAD = "GRANTED_INSTEAD"
    REFUSED_INSTEAD = "REFUSED_INSTEAD"


@dataclass(frozen=True, slots=True)
class ClaimFate:
    """One claim in both worlds; a world in which it was not granted has None."""

    claim_id: UUID
    was: OwnershipSpan | None
    would: OwnershipSpan | None
    fate: Fate

    @property
    def either(self) -> OwnershipSpan:
        """The claim, in whichever world it was granted."""
        found = self.was or self.would
        if found is None:
            msg = f"claim {self.claim_id} is in neither world"
            raise ValueError(msg)
        return found


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a customer at the end, and who would; None for the pool."""

    customer_id: UUID
    line: str
    was: str | None
    would: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every claim that a rep asked for or was handed, and every customer that would be in other hands at the end.

    `left_out`: customers about whom there was or would be a case, or whose records were merged: who holds them is not
    decided by the rules alone.
    """

    fates: Sequence[ClaimFate]
    holders: Sequence[Holder]
    left_out: frozenset[UUID] = frozenset()


def compared(
    was: Sequence[OwnershipSpan], would: Sequence[OwnershipSpan], at: datetime, left_out: frozenset[UUID] = frozenset()
) -> Comparison:
    """Both worlds side by side, as they stand at an hour.

    A claim is the same by its id; and where the id was made for it, by who claimed whom at which hour.
    """
    left_out = left_out | {span.customer_id for span in would if span.cases}
    before = {span.claim_id: span for span in was if _of_a_rep(span) and span.customer_id not in left_out}
    after = {span.claim_id: span for span in would if _of_a_rep(span) and span.customer_id not in left_out}
    asked = {_asking(span): claim for claim, span in before.items() if claim not in after}
    for claim in [one for one in after if one not in before]:
        same = asked.pop(_asking(after[claim]), None)
        if same is not None:
            after[same] = after.pop(claim)
    fates = [
        ClaimFate(claim, before.get(claim), after.get(claim), _fate(before.get(claim), after.get(claim)))
        for claim in dict.fromkeys((*before, *after))
    ]
    held, would_hold = _held(was, at), _held(would, at)
    holders = [
        Holder(customer, line, held.get((customer, line)), would_hold.get((customer, line)))
        for customer, line in dict.fromkeys((*held, *would_hold))
        if customer not in left_out and held.get((customer, line)) != would_hold.get((customer, line))
    ]
    return Comparison(fates, holders, left_out)


def _asking(span: OwnershipSpan) -> tuple[UUID, str, str, datetime]:
    return span.customer_id, span.line, span.rep_id, span.valid_from


def _of_a_rep(span: OwnershipSpan) -> bool:
    """Whether a rep came by it; custody is another hand that holds it for a while."""
    return span.basis is not ClaimBasis.CUSTODY


def _fate(was: OwnershipSpan | None, would: OwnershipSpan | None) -> Fate:
    if was is None:
        return Fate.GRANTED_INSTEAD
    if would is None:
        return Fate.REFUSED_INSTEAD
    if would.valid_to == was.valid_to:
        return Fate.SAME
    return Fate.KEPT_LONGER if would.valid_to > was.valid_to else Fate.LOST_EARLIER


def _held(spans: Iterable[OwnershipSpan], at: datetime) -> dict[tuple[UUID, str], str]:
    return {(span.customer_id, span.line): span.rep_id for span in spans if span.valid_from <= at < span.valid_to}


@dataclass
class Relived:
    """A history as it would have been, event by event."""

    history: EventLog
    upto: int
    tried: Sequence[Tried]
    world: World
    clock: ToldTime
    zone: str
    left_out: set[UUID] = field(default_factory=set[UUID])
    _tips: dict[str, Tip] = field(default_factory=dict[str, Tip])
    _versions: dict[tuple[RuleKind, int], int] = field(default_factory=dict[tuple[RuleKind, int], int])
    _due: datetime | None = None

    async def lived(self) -> AsyncIterator[int]:
        """Live through it; the position of the history that was reached, again and again. The world is at its hour."""
        began = False
        async for group in self._groups():
            if not began:
                await self._begin(group[0].envelope.decided_at)
                began = True
            await self._pass_to(group[0].envelope.decided_at)
            await self._again(group)
            yield group[-1].position

    async def until(self, hour: datetime) -> None:
        """Let time pass after the end of the history: to the present, that is."""
        if self._due is None:
            await self.world.settle()
            self._due = await self.world.clockwork.next_due()
        await self._pass_to(hour)

    async def _groups(self) -> AsyncIterator[Sequence[Recorded]]:
        """The events of one request at a time."""
        group: list[Recorded] = []
        after = 0
        while after < self.upto and (page := await self.history.page(after, min(PAGE, self.upto - after))):
            after = page[-1].position
            for recorded in page:
                if group and _request(group[0]) != _request(recorded):
                    yield group
                    group = []
                group.append(recorded)
        if group:
            yield group

    async def _begin(self, hour: datetime) -> None:
        """Put the rules that are tried in force before anything happens."""
        first_day = day_of(hour, self.zone)
        days = [one.effective_from or first_day for one in self.tried]
        self.clock.hour = min([hour, *(start_of_day(day, self.zone) for day in days)])
        for number, (one, day) in enumerate(zip(self.tried, days, strict=True)):
            await self.world.rulebook.publish(
                one.kind, one.body, self._conversation(f"tried-{number}"), scope=one.scope, effective_from=day
            )
        await self.world.settle()

    async def _pass_to(self, hour: datetime) -> None:
        """Let time pass: what comes due on the way is carried out at its own deadline, and once a day in any case."""
        before = self.world.now()
        while self._due is not None and self._due <= hour:
            self.clock.hour = max(before, self._due)
            await self.world.clockwork.tick(self.clock.hour)
            await self.world.settle()
            self._due = await self.world.clockwork.next_due()
        self.clock.hour = max(hour, self.world.now())
        if day_of(before, self.zone) != day_of(hour, self.zone):
            await self.world.clockwork.tick(self.clock.hour)
            await self.world.settle()

    async def _again(self, group: Sequence[Recorded]) -> None:
        envelope = group[0].envelope
        if any(one.envelope.name.startswith("conflict.") or _re_homed(one.event) for one in group):
            self.left_out |= set(_customers(group))
        if envelope.actor.role == Role.SYSTEM or group[0].envelope.name.startswith("conflict."):
            return
        kept = [one for one in group if not one.envelope.name.startswith(_OWNERSHIP)]
        asked = [one for one in group if one not in kept]
        if asked and await self._ask(asked):
            pass
        elif asked:
            self.left_out |= set(_customers(asked))
            await self._copy(kept)
        elif isinstance(group[0].event, RuleSetPublished):
            await self._publish(group[0].event, envelope)
        elif isinstance(group[0].event, RuleSetRetired):
            await self._retire(group[0].event, envelope)
        else:
            await self._copy(kept)
        await self.world.settle()
        if asked or self._due is None:
            self._due = await self.world.clockwork.next_due()

    async def _ask(self, asked: Sequence[Recorded]) -> bool:
        """Ask again for what was asked then; a no is an answer here too, and is recorded in that world. False where it
        is nothing that can be asked again."""
        desk = self.world.ownership
        for recorded in asked:
            context = self._context(recorded.envelope)
            try:
                match recorded.event:
                    case ClaimGranted(basis=basis) if basis not in _ASKED_BY_PEOPLE:
                        continue
                    case ClaimGranted() | ClaimRefused() | ClaimContested() as event:
                        await desk.claim(
                            event.customer_id, event.line, context, claim_id=event.claim_id, rep_id=event.rep_id
                        )
                    case ClaimTransferred() as event:
                        await desk.transfer(_handover(event), context)
                    case ClaimReleased() as event:
                        await desk.release(event.claim_id, context)
                    case CustomerParked() as event:
                        parking = Parking(event.claim_id, event.harvest_on, event.nurtured_by, event.trigger)
                        await desk.park(parking, context)
                    case ProtectionExtended() as event:
                        await desk.extend(
                            event.claim_id, event.reason, context, days=event.days, approval_id=event.approval_id
                        )
                    case HelperLinked() as event:
                        await desk.link_helper(event.claim_id, event.to_rep_id, event.split_bp, context)
                    case HelperUnlinked() as event:
                        await desk.unlink_helper(event.claim_id, event.to_rep_id, context)
                    case FollowUpContinued() as event:
                        await desk.continue_follow_up(event.claim_id, event.reason, context)
                    case _:
                        continue
            except Refusal:
                pass  # what was possible then would not have been: that is what is being found out
            return True
        return False

    async def _publish(self, event: RuleSetPublished, envelope: Envelope) -> None:
        """Rules that came later hold in that world too, but where others are tried in their place."""
        for one in self.tried:
            if (one.kind, one.scope) == (event.kind, event.scope) and (
                one.effective_from is None or one.effective_from <= event.effective_from
            ):
                return
        receipt = await self.world.rulebook.publish(
            event.kind,
            event.body,
            self._context(envelope),
            scope=event.scope,
            effective_from=event.effective_from,
        )
        self._versions[event.kind, event.version] = int(str(receipt.answer["version"]))

    async def _retire(self, event: RuleSetRetired, envelope: Envelope) -> None:
        """A rule set that holds in that world is taken out of force there too."""
        version = self._versions.get((event.kind, event.version))
        if version is not None:
            await self.world.rulebook.retire(
                event.kind, version, self._context(envelope), retired_from=event.retired_from
            )

    async def _copy(self, group: Sequence[Recorded]) -> None:
        """What people told and did, as it stands, each event at the end of its stream in that world."""
        if not group:
            return
        streams = {one.envelope.stream: self._tips.get(one.envelope.stream, Tip()) for one in group}
        news = await self.world.log.read({name: tip.version for name, tip in streams.items()})
        for name, events in news.items():
            if events:
                streams[name] = Tip(events[-1].envelope.stream_version, events[-1].body_hash)
        versions = {name: tip.version for name, tip in streams.items()}
        written: list[Unrecorded] = []
        for one in group:
            stream = one.envelope.stream
            versions[stream] += 1
            envelope = one.envelope._replace(log=self.world.log.name, stream_version=versions[stream])
            written.append(Unrecorded(envelope, one.event))
        await self.world.log.append(
            Append(
                request=None,
                outcome="accepted",
                decided_at=group[0].envelope.decided_at,
                stands_on=streams,
                events=written,
            )
        )
        self._tips |= streams

    def _context(self, envelope: Envelope) -> Context:
        """The conversation of then, in that world."""
        return Context(
            asked="what_if",
            request=Request(f"what-if/{envelope.source}", envelope.request_id, b""),
            actor=envelope.actor,
            occurred_at=envelope.occurred_at,
            occurred_tz=envelope.occurred_tz,
            decided_at=envelope.decided_at,
            biz_date=envelope.biz_date,
            correlation_id=envelope.correlation_id,
            attested_at=envelope.attested_at,
            client_id=envelope.client_id,
            device=envelope.device,
            flags=envelope.flags,
        )

    def _conversation(self, what: str) -> Context:
        context = at_start(self.world.now(), self.zone)
        return replace(context, request=Request("what-if", what, b""))


def _re_homed(event: object) -> bool:
    """Whether a claim goes on under another record, because two were merged."""
    return isinstance(event, ClaimGranted) and event.basis is ClaimBasis.MERGE


def _customers(group: Iterable[Recorded]) -> Iterable[UUID]:
    for recorded in group:
        for name in ("customer_id", "other_customer_id"):
            customer = getattr(recorded.event, name, None)
            if isinstance(customer, UUID):
                yield customer


def _request(recorded: Recorded) -> tuple[str, str]:
    return recorded.envelope.source, recorded.envelope.request_id


def _handover(event: ClaimTransferred) -> Handover:
    return Handover(
        claim_id=event.claim_id,
        to_rep_id=event.to_rep_id,
        credit_split=event.credit_split,
        effective_at=event.effective_at,
        reason=event.reason,
        approval_id=event.approval_id,
        to_claim_id=event.heir.claim_id,
    )
