"""What a ruling stands on, gathered as of one position: claims, protections, visits, registrations, letters.

It chooses nothing: every hour is that of an event, every trust follows from how the event was recorded.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from domain.conflict.events import EvidenceKind, EvidenceSubmitted, RulingIssued
from domain.conflict.ladder import (
    ClaimFact,
    Facts,
    MarkedFact,
    Party,
    ProtectionFact,
    Trust,
    VisitFact,
    climb,
)
from domain.conflict.state import File, case_of
from domain.customer.events import CustomerRegistered, DuplicateSuspected
from domain.customer.state import customer_of
from domain.days import Calendar, day_of, start_of_day
from domain.envelope import Recorded
from domain.ownership.events import (
    ClaimBasis,
    ClaimContested,
    ClaimGranted,
    ClaimRefused,
    ClaimReleased,
    ClaimRevoked,
    OwnershipEvent,
)
from domain.ownership.state import FOREVER, Claimed, Free, Ownership, evolve, ownership_of
from domain.rulesets import FlagRules, ProtectionRules, RulingRules
from domain.visit.events import Verdict, VisitCheckedIn, VisitRecorded
from domain.visit.state import visit_of
from projections.projection import Known
from projections.rep_timeline import TimelineRow, rep_timeline
from projections.visits import Stage, VisitRow, visits
from services.lookups import Abreast
from services.ports import Between, EventLog, LogUnavailable, OneOf, ReadStore

PATIENCE = 10.0
"""Seconds to wait for a follower that is behind, before the asker is told to come again."""
_HEARD_FROM_US = ("device.device_synced", "device.queue_entry_taken")
_BY_A_RIVAL = frozenset({"ALREADY_CLAIMED", "IN_GRACE", "CONTESTED"})
"""Refusals that say nothing against the rep who asked, only that somebody else was there."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts; where the events stand that the ladder looks at, in its order; and the fingerprint over the list of
    the bundle: those events and the file of the case."""

    facts: Facts
    fact_positions: tuple[int, ...]
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class CaseRules:
    """The numbers by which a case is judged: those of the day on which it was opened."""

    rulings: RulingRules
    protection: ProtectionRules
    flags: FlagRules
    calendar: Calendar


@dataclass(slots=True)
class _Span:
    """A claim as it stood, before any ruling of the case at hand."""

    grant: Recorded
    event: ClaimGranted
    until: datetime
    ended: str | None = None
    paused: bool = False


@dataclass(slots=True)
class _Sources:
    """Every recorded event that is looked at, by id."""

    seen: dict[UUID, Recorded] = field(default_factory=dict[UUID, Recorded])

    def id_of(self, recorded: Recorded) -> UUID:
        self.seen[recorded.envelope.event_id] = recorded
        return recorded.envelope.event_id


def trust_of(recorded: Recorded, flags: FlagRules) -> Trust:
    """How far the hour of an event can be believed (domain §5): told as it happened, shown by the device, only said."""
    envelope = recorded.envelope
    if "IMPORTED" in envelope.flags or "LATE" in envelope.flags or "LATE_APPROVED" in envelope.flags:
        return Trust.E3
    if envelope.attested_at is not None:
        return Trust.E2
    skew = abs(envelope.decided_at - envelope.occurred_at)
    return Trust.E1 if skew <= timedelta(seconds=flags.skew_seconds) else Trust.E3


def fingerprint(listed: Mapping[int, bytes]) -> str:
    """The hash over a list of events by position, each with its leaf: what a ruling says of its bundle."""
    lines = [f"{position} {leaf.hex()}\n" for position, leaf in sorted(listed.items())]
    return sha256("".join(lines).encode()).hexdigest()


class CaseFacts:
    """Gathers the facts of a case."""

    def __init__(self, log: EventLog, store: ReadStore, projector: Abreast) -> None:
        self._log = log
        self._store = store
        self._projector = projector

    async def gather(self, file: File, rules: CaseRules) -> Gathered:
        """Everything that the ladder asks about, by all that is recorded now."""
        position = (await self._log.head()).position
        if not await self.abreast(position):
            raise LogUnavailable("the read models are behind; the same request may be sent again")
        sources = _Sources()
        case = await self._stream(case_of(file.case_id).name, position)
        own_requests = {
            (one.envelope.source, one.envelope.request_id) for one in case if isinstance(one.event, RulingIssued)
        }
        linked_at = await self._linked_at(file, position)
        spans: list[_Span] = []
        for customer_id in file.customers:
            stream = await self._stream(ownership_of(customer_id, file.opened.line).name, position)
            spans += _spans(stream, own_requests)
        parties = [
            await self._party(rep_id, file, spans, linked_at, case, position, rules, sources) for rep_id in file.parties
        ]
        tie = max((party.claim.priority_at for party in parties if party.claim), default=file.opened.opened_at)
        last = rules.calendar.workdays_after(day_of(tie, file.opened.zone), rules.protection.first_visit_workdays)
        facts = Facts(
            as_of_position=position,
            parties=tuple(parties),
            notice_at=file.opened.opened_at,
            visits_until=start_of_day(last + timedelta(days=1), file.opened.zone),
            tie_seconds=rules.flags.tie_seconds,
            good_faith_bp=rules.rulings.good_faith_bp,
        )
        looked_at = [sources.seen[event_id] for event_id in climb(facts).facts]
        listed = {one.position: one.leaf for one in (*case, *looked_at)}
        return Gathered(facts, tuple(one.position for one in looked_at), fingerprint(listed))

    async def abreast(self, position: int | None = None) -> bool:
        """Wait until the read models have come to a position, or to the head; False where that took too long."""
        wanted = (await self._log.head()).position if position is None else position
        return await self._projector.reached(wanted, seconds=PATIENCE)

    async def _party(
        self,
        rep_id: str,
        file: File,
        spans: Sequence[_Span],
        linked_at: datetime | None,
        case: Sequence[Recorded],
        position: int,
        rules: CaseRules,
        sources: _Sources,
    ) -> Party:
        own = [span for span in spans if span.event.rep_id == rep_id]
        protections = [
            ProtectionFact(
                event_id=sources.id_of(span.grant),
                valid_from=span.event.granted_at,
                valid_to=FOREVER if span.paused else span.until,
                recorded_at=span.grant.recorded_at,
                visible_from=_visible_from(span, file, linked_at),
            )
            for span in own
        ]
        return Party(
            rep_id=rep_id,
            claim=await self._claim(rep_id, file, own, position, sources),
            protections=tuple(protections),
            visits=tuple(await self._visits(rep_id, file, position, rules, sources)),
            registered=await self._registered(rep_id, file, position, rules, sources),
            letters=tuple(_letters(rep_id, case, sources)),
        )

    async def _claim(
        self, rep_id: str, file: File, own: Sequence[_Span], position: int, sources: _Sources
    ) -> ClaimFact | None:
        """The claim that stood when the case was opened, else one contested or refused, else one that ended."""
        opened_at = file.opened.opened_at
        live = [span for span in own if span.event.granted_at <= opened_at and (span.paused or opened_at < span.until)]
        if live:
            span = live[-1]
            trust = Trust.E2 if span.event.basis is ClaimBasis.ATTESTED else Trust.E1
            return ClaimFact(sources.id_of(span.grant), trust, span.event.priority_at)
        asked = await self._asked(rep_id, file, position)
        over = own[-1] if own else None
        if asked is not None and (over is None or asked.recorded_at > over.grant.recorded_at):
            event = asked.event
            if isinstance(event, ClaimRefused):
                code = None if event.reason in _BY_A_RIVAL else event.reason
                return ClaimFact(sources.id_of(asked), Trust.E1, event.refused_at, code)
            if isinstance(event, ClaimContested):
                return ClaimFact(sources.id_of(asked), Trust.E2, event.priority_at)
        if over is None:
            return None
        return ClaimFact(sources.id_of(over.grant), Trust.E1, over.event.priority_at, over.ended or "EXPIRED")

    async def _asked(self, rep_id: str, file: File, position: int) -> Recorded | None:
        """The latest claim of the rep on the customer that was contested, or else refused."""
        for name in ("ownership.claim_contested", "ownership.claim_refused"):
            positions: list[int] = []
            for customer_id in file.customers:
                where = {"rep_id": rep_id, "customer_id": customer_id, "name": name}
                rows: Sequence[TimelineRow] = await self._store.select(
                    rep_timeline, where, at=position, order=("position",)
                )
                positions += [row.position for row in rows]
            for one in sorted(positions, reverse=True):
                page = await self._log.page(one - 1, 1)
                if page and getattr(page[0].event, "rep_id", None) == rep_id:
                    return page[0]
        return None

    async def _visits(
        self, rep_id: str, file: File, position: int, rules: CaseRules, sources: _Sources
    ) -> Sequence[VisitFact]:
        found: list[VisitFact] = []
        for customer_id in file.customers:
            where = {
                "customer_id": customer_id,
                "rep_id": rep_id,
                "stage": Stage.RECORDED,
                "verdict": Verdict.EFFECTIVE,
                "voided": False,
            }
            rows: Sequence[Known[VisitRow]] = await self._store.select(
                visits, where, at=position, order=("started_at", "visit_id")
            )
            streams = {known.row.visit_id: visit_of(known.row.visit_id).name for known in rows}
            whole: dict[str, int] = dict.fromkeys(streams.values(), 0)
            events = await self._log.read(whole)
            for known in rows:
                recorded = events.get(streams[known.row.visit_id], ())
                stream = [one for one in recorded if one.position <= position]
                fact = _visit(known.row, stream, rules.flags, sources)
                if fact is not None:
                    found.append(await self._informed(rep_id, fact, position))
        return found

    async def _informed(self, rep_id: str, fact: VisitFact, position: int) -> VisitFact:
        """What a rep who was offline could know: what was recorded when they or a device of theirs last heard from us.

        The sync that a device names is the earliest that it can be; it may have heard from us since.
        """
        if fact.trust is not Trust.E2:
            return fact
        heard = Between(fact.knew_at, fact.started_at + timedelta(microseconds=1))
        for who in ({"actor_id": rep_id}, {"name": OneOf(_HEARD_FROM_US)}):
            rows: Sequence[TimelineRow] = await self._store.select(
                rep_timeline,
                {"rep_id": rep_id, "recorded_at": heard, **who},
                at=position,
                order=("recorded_at", "position"),
                descending=True,
                limit=1,
            )
            fact = replace(fact, knew_at=max([fact.knew_at, *(row.recorded_at for row in rows)]))
        return fact

    async def _registered(
        self, rep_id: str, file: File, position: int, rules: CaseRules, sources: _Sources
    ) -> MarkedFact | None:
        for customer_id in file.customers:
            for one in await self._stream(customer_of(customer_id).name, position):
                if isinstance(one.event, CustomerRegistered) and one.event.registered_by == rep_id:
                    trust = trust_of(one, rules.flags)
                    at = one.envelope.occurred_at if trust is Trust.E3 else one.envelope.decided_at
                    return MarkedFact(sources.id_of(one), trust, at)
        return None

    async def _linked_at(self, file: File, position: int) -> datetime | None:
        """Since when the two records of a DUPLICATE were pointed out as possibly one; None: never."""
        found = [
            one.recorded_at
            for customer_id in file.customers
            for one in await self._stream(customer_of(customer_id).name, position)
            if isinstance(one.event, DuplicateSuspected)
            and {one.event.customer_id, one.event.other_id} == set(file.customers)
        ]
        return min(found, default=None)

    async def _stream(self, name: str, position: int) -> Sequence[Recorded]:
        events = (await self._log.read({name: 0})).get(name, ())
        return [one for one in events if one.position <= position]


def _visible_from(span: _Span, file: File, linked_at: datetime | None) -> datetime | None:
    """A protection on the other record could be seen once the two were pointed out as possibly one."""
    recorded_at = span.grant.recorded_at
    if file.opened.other_customer_id is None:
        return recorded_at
    return None if linked_at is None else max(recorded_at, linked_at)


def _letters(rep_id: str, case: Sequence[Recorded], sources: _Sources) -> Sequence[MarkedFact]:
    found: list[MarkedFact] = []
    for one in case:
        event = one.event
        if not isinstance(event, EvidenceSubmitted) or event.favours != rep_id:
            continue
        if event.kind is EvidenceKind.CUSTOMER_LETTER:
            found.append(MarkedFact(sources.id_of(one), event.trust, event.submitted_at))
    return found


def _visit(row: VisitRow, stream: Sequence[Recorded], flags: FlagRules, sources: _Sources) -> VisitFact | None:
    """When it began, how far that can be believed, and what the rep's device could know by then.

    The check-in speaks where there was one; otherwise the telling does. A device that can show the hour of the check-in
    says when it began; the clock by which it was told may be wrong.
    """
    told = next((one for one in stream if isinstance(one.event, VisitRecorded)), None)
    if told is None or row.started_at is None:
        return None
    seen = [one for one in stream if isinstance(one.event, VisitCheckedIn) and one.event.customer_id == row.customer_id]
    witness = seen[0] if seen else told
    envelope = witness.envelope
    trust = trust_of(witness, flags)
    started_at = knew_at = row.started_at
    if trust is Trust.E2 and envelope.attested_at is not None and envelope.device is not None:
        knew_at = envelope.attested_at - timedelta(milliseconds=envelope.device.elapsed_ms or 0)
        started_at = envelope.attested_at if seen else started_at
    return VisitFact(
        event_id=sources.id_of(told), visit_id=row.visit_id, trust=trust, started_at=started_at, knew_at=knew_at
    )


def _spans(stream: Sequence[Recorded], own_requests: Set[tuple[str, str]]) -> list[_Span]:
    """Every claim on a customer, as it would stand without the rulings of the case at hand."""
    spans: dict[UUID, _Span] = {}
    ownership: Ownership = Free()
    for one in stream:
        if (one.envelope.source, one.envelope.request_id) in own_requests:
            continue
        event: OwnershipEvent = one.event  # pyright: ignore[reportAssignmentType] - an ownership stream has no others
        held = ownership if isinstance(ownership, Claimed) else None
        if held is not None and not isinstance(event, ClaimGranted) and event.claim_id not in (None, held.claim_id):
            continue  # of a claim that a ruling of this case granted
        ownership = evolve(ownership, event)
        now = ownership if isinstance(ownership, Claimed) else None
        if held is not None and (now is None or now.claim_id != held.claim_id):
            span = spans[held.claim_id]
            span.until, span.ended, span.paused = min(span.until, _hour(one)), _reason(event), False
        if now is not None:
            if isinstance(event, ClaimGranted):
                spans[now.claim_id] = _Span(one, event, now.lapses_at)
            spans[now.claim_id].until, spans[now.claim_id].paused = now.lapses_at, bool(now.cases)
    return list(spans.values())


def _hour(recorded: Recorded) -> datetime:
    """When a claim ended: by its stored deadline, or when it was taken or handed on."""
    event = recorded.event
    return event.released_at if isinstance(event, ClaimReleased) else recorded.envelope.decided_at


def _reason(event: object) -> str:
    return event.reason.value if isinstance(event, ClaimReleased | ClaimRevoked) else "TRANSFER"
