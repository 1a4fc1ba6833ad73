"""The ladder: seven questions in a fixed order, and the first one that separates the parties decides (domain §5).

Pure arithmetic over plain facts. Every rung says what it looked at (event ids, hours, seconds, trust) and what it made
of it, so that anybody can do the sum again; whoever rules otherwise says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.values import Part

WHOLE = 10_000
"""Basis points in the whole credit."""
_HALF = 5_000


class Trust(StrEnum):
    """How far an hour can be believed: E1 our own clock, E2 shown by the device, E3 only said."""

    E1 = "E1"
    E2 = "E2"
    E3 = "E3"


class RungName(StrEnum):
    """The questions, in their order."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"
    L6 = "L6"


class Finding(StrEnum):
    """What a rung found about one party."""

    CLAIM_STANDS = "CLAIM_STANDS"
    NO_CLAIM = "NO_CLAIM"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    PROTECTED_THEN = "PROTECTED_THEN"
    NOT_PROTECTED_THEN = "NOT_PROTECTED_THEN"
    PRIORITY = "PRIORITY"
    EFFECTIVE_VISIT = "EFFECTIVE_VISIT"
    NO_EFFECTIVE_VISIT = "NO_EFFECTIVE_VISIT"
    REGISTERED = "REGISTERED"
    NOT_REGISTERED = "NOT_REGISTERED"
    CUSTOMER_CHOSE = "CUSTOMER_CHOSE"
    CUSTOMER_SILENT = "CUSTOMER_SILENT"
    TRUST_TOO_LOW = "TRUST_TOO_LOW"


class Faith(StrEnum):
    """Whether a rep who visited could know better, and what there was to know."""

    NOTHING_TO_KNOW = "NOTHING_TO_KNOW"
    RIVAL_PROTECTION_VISIBLE = "RIVAL_PROTECTION_VISIBLE"
    NOTICE_OF_CONFLICT = "NOTICE_OF_CONFLICT"


@dataclass(frozen=True, slots=True)
class ClaimFact:
    """What a party's right rests on. `priority_at`: the hour that counts; `not_eligible`: the code of the rule that
    would have refused it then, None where it stands."""

    event_id: UUID
    trust: Trust
    priority_at: datetime
    not_eligible: str | None = None


@dataclass(frozen=True, slots=True)
class ProtectionFact:
    """A protection as it was recorded: it ran from `valid_from` until before `valid_to`.

    `visible_from`: since when everybody could see it; None: never, for nothing showed that two records are one.
    """

    event_id: UUID
    valid_from: datetime
    valid_to: datetime
    recorded_at: datetime
    visible_from: datetime | None


@dataclass(frozen=True, slots=True)
class VisitFact:
    """An effective visit.

    `knew_at`: up to when the rep's device had what was recorded: the start itself for whoever was online, the last
    synchronisation before it for whoever was not.
    """

    event_id: UUID
    visit_id: UUID
    trust: Trust
    started_at: datetime
    knew_at: datetime


@dataclass(frozen=True, slots=True)
class MarkedFact:
    """Something that speaks for a party: a registration, a customer's letter."""

    event_id: UUID
    trust: Trust
    at: datetime


@dataclass(frozen=True, slots=True)
class Party:
    """One rep of a case, and every fact that the ladder may ask about."""

    rep_id: str
    claim: ClaimFact | None = None
    protections: tuple[ProtectionFact, ...] = ()
    visits: tuple[VisitFact, ...] = ()
    registered: MarkedFact | None = None
    letters: tuple[MarkedFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a ruling stands on, as of one position.

    `notice_at`: when the case was opened, so that everybody could know; `visits_until`: the end of D2 after the tie;
    `tie_seconds` D11, `good_faith_bp` D26.
    """

    as_of_position: int
    parties: tuple[Party, ...]
    notice_at: datetime
    visits_until: datetime
    tie_seconds: int
    good_faith_bp: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the arithmetic.

    `at`: the hour that was compared; `seconds`: behind the earliest; `rival_id`: at whose hour it was asked.
    """

    rep_id: str
    finding: Finding
    event_id: UUID | None = None
    trust: Trust | None = None
    at: datetime | None = None
    seconds: int | None = None
    rival_id: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """One question and its answer. `standing`: who is left after it; `limit`: the number that it compared with."""

    name: RungName
    entries: tuple[Entry, ...]
    standing: tuple[str, ...]
    separates: bool
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class FaithEntry:
    """Whether a loser's visit was begun in good faith, and if not, what the rep could have known."""

    rep_id: str
    visit_id: UUID
    event_id: UUID
    started_at: datetime
    knew_at: datetime
    good_faith: bool
    because: Faith
    known_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the ladder says: who should have the customer (None: the arbiter chooses), by which rung, and the credit."""

    rung: RungName
    winner_id: str | None
    rungs: tuple[Rung, ...]
    faith: tuple[FaithEntry, ...]
    credits: tuple[Part, ...]

    @property
    def facts(self) -> tuple[UUID, ...]:
        """Every event that was looked at, in the order in which it was."""
        seen = [entry.event_id for rung in self.rungs for entry in rung.entries]
        return tuple(dict.fromkeys(one for one in (*seen, *(faith.event_id for faith in self.faith)) if one))


def climb(facts: Facts) -> Outcome:
    """Ask the questions in order until one of them leaves a single party standing; L6 leaves it to the arbiter."""
    standing = tuple(party.rep_id for party in facts.parties)
    rungs: list[Rung] = []
    for ask in (_eligible, _protected, _earlier, _visited, _registered, _chosen):
        rung = ask(facts, [party for party in facts.parties if party.rep_id in standing])
        rungs.append(rung)
        standing = rung.standing
        if rung.separates:
            return _decided(facts, rung.name, standing[0], rungs)
    rungs.append(Rung(RungName.L6, (), standing, separates=False))
    return Outcome(RungName.L6, None, tuple(rungs), (), shares(standing, None, (), facts.good_faith_bp))


def awarded(facts: Facts, outcome: Outcome, winner_id: str) -> tuple[tuple[FaithEntry, ...], tuple[Part, ...]]:
    """Good faith and credit as they follow when somebody is given the customer, by the ladder or by the arbiter."""
    if outcome.winner_id == winner_id:
        return outcome.faith, outcome.credits
    faith = good_faith(facts, winner_id)
    return faith, shares([party.rep_id for party in facts.parties], winner_id, faith, facts.good_faith_bp)


def _decided(facts: Facts, name: RungName, winner_id: str, rungs: Sequence[Rung]) -> Outcome:
    faith = good_faith(facts, winner_id)
    credits = shares([party.rep_id for party in facts.parties], winner_id, faith, facts.good_faith_bp)
    return Outcome(name, winner_id, tuple(rungs), faith, credits)


# ------------------------------------------------------------------------------------------------------------ the rungs


def _eligible(_: Facts, parties: Sequence[Party]) -> Rung:
    """L0: claims that were not eligible at their priority instant are struck; who has no claim cannot win by one."""
    entries: list[Entry] = []
    left: list[str] = []
    for party in parties:
        claim = party.claim
        if claim is None:
            entries.append(Entry(party.rep_id, Finding.NO_CLAIM))
        elif claim.not_eligible is not None:
            entries.append(_of_claim(party.rep_id, Finding.NOT_ELIGIBLE, claim, code=claim.not_eligible))
        else:
            left.append(party.rep_id)
            entries.append(_of_claim(party.rep_id, Finding.CLAIM_STANDS, claim))
    return _rung(RungName.L0, entries, left, parties)


def _protected(_: Facts, parties: Sequence[Party]) -> Rung:
    """L1: whoever had a recorded, running protection at the other's priority instant wins."""
    entries: list[Entry] = []
    left: list[str] = []
    for party in parties:
        rivals = [(rival.rep_id, rival.claim) for rival in parties if rival is not party and rival.claim]
        found = [(rep_id, claim, _running(party, claim.priority_at)) for rep_id, claim in rivals]
        for rep_id, claim, protection in found:
            entries.append(
                Entry(
                    party.rep_id,
                    Finding.PROTECTED_THEN if protection else Finding.NOT_PROTECTED_THEN,
                    protection.event_id if protection else None,
                    Trust.E1 if protection else None,
                    at=claim.priority_at,
                    rival_id=rep_id,
                )
            )
        if found and all(protection for _, _, protection in found):
            left.append(party.rep_id)
    return _rung(RungName.L1, entries, left, parties)


def _running(party: Party, at: datetime) -> ProtectionFact | None:
    """A protection that ran at an hour and had been recorded by then."""
    return next(
        (one for one in party.protections if one.valid_from <= at < one.valid_to and one.recorded_at <= at), None
    )


def _earlier(facts: Facts, parties: Sequence[Party]) -> Rung:
    """L2: the earlier priority instant, if it is earlier by more than D11; an hour that is only said wins nothing."""
    hours = {
        party.rep_id: party.claim.priority_at for party in parties if party.claim and party.claim.trust is not Trust.E3
    }
    earliest = min(hours.values(), default=None)
    entries: list[Entry] = []
    left: list[str] = []
    for party in parties:
        if party.claim is None or earliest is None:
            continue
        if party.rep_id not in hours:
            entries.append(_of_claim(party.rep_id, Finding.TRUST_TOO_LOW, party.claim))
            continue
        behind = hours[party.rep_id] - earliest
        entries.append(_of_claim(party.rep_id, Finding.PRIORITY, party.claim, seconds=_seconds(behind)))
        if behind <= timedelta(seconds=facts.tie_seconds):
            left.append(party.rep_id)
    return _rung(RungName.L2, entries, left, parties, limit=facts.tie_seconds)


def _visited(facts: Facts, parties: Sequence[Party]) -> Rung:
    """L3, a tie: the effective visit that began earlier, within D2 after the tie."""
    tie = max((party.claim.priority_at for party in parties if party.claim), default=None)
    first: dict[str, VisitFact] = {}
    entries: list[Entry] = []
    for party in parties:
        visits = [one for one in party.visits if tie is not None and tie <= one.started_at < facts.visits_until]
        trusted = sorted((one for one in visits if one.trust is not Trust.E3), key=lambda one: one.started_at)
        entries += [_of_visit(party.rep_id, Finding.TRUST_TOO_LOW, one) for one in visits if one.trust is Trust.E3]
        if trusted:
            first[party.rep_id] = trusted[0]
            entries.append(_of_visit(party.rep_id, Finding.EFFECTIVE_VISIT, trusted[0]))
        else:
            entries.append(Entry(party.rep_id, Finding.NO_EFFECTIVE_VISIT))
    earliest = min((one.started_at for one in first.values()), default=None)
    left = [rep_id for rep_id, one in first.items() if one.started_at == earliest]
    return _rung(RungName.L3, entries, left, parties)


def _registered(_: Facts, parties: Sequence[Party]) -> Rung:
    """L4, a tie: the party that registered the valid lead, the earlier one of several."""
    hours = {party.rep_id: party.registered.at for party in parties if party.registered}
    earliest = min(hours.values(), default=None)
    entries = [
        Entry(
            party.rep_id,
            Finding.REGISTERED,
            party.registered.event_id,
            party.registered.trust,
            party.registered.at,
        )
        if party.registered
        else Entry(party.rep_id, Finding.NOT_REGISTERED)
        for party in parties
    ]
    return _rung(RungName.L4, entries, [rep_id for rep_id, at in hours.items() if at == earliest], parties)


def _chosen(_: Facts, parties: Sequence[Party]) -> Rung:
    """L5: whom the customer chose in writing; letters that contradict each other choose nobody."""
    entries: list[Entry] = []
    left: list[str] = []
    for party in parties:
        if not party.letters:
            entries.append(Entry(party.rep_id, Finding.CUSTOMER_SILENT))
            continue
        left.append(party.rep_id)
        entries += [
            Entry(party.rep_id, Finding.CUSTOMER_CHOSE, letter.event_id, letter.trust, letter.at)
            for letter in party.letters
        ]
    return _rung(RungName.L5, entries, left, parties)


def _rung(
    name: RungName, entries: Sequence[Entry], left: Sequence[str], parties: Sequence[Party], *, limit: int | None = None
) -> Rung:
    """Who is left; a question that nobody passes has separated nobody."""
    standing = tuple(left) or tuple(party.rep_id for party in parties)
    return Rung(name, tuple(entries), standing, separates=len(standing) == 1, limit=limit)


def _of_claim(
    rep_id: str, finding: Finding, claim: ClaimFact, *, seconds: int | None = None, code: str | None = None
) -> Entry:
    return Entry(rep_id, finding, claim.event_id, claim.trust, claim.priority_at, seconds, code=code)


def _of_visit(rep_id: str, finding: Finding, visit: VisitFact) -> Entry:
    return Entry(rep_id, finding, visit.event_id, visit.trust, visit.started_at)


def _seconds(span: timedelta) -> int:
    """Whole seconds, rounded up, so that one more than the limit never looks like the limit."""
    return -(-span // timedelta(seconds=1))


# ----------------------------------------------------------------------------------------------------------- the credit


def good_faith(facts: Facts, winner_id: str) -> tuple[FaithEntry, ...]:
    """For each effective visit of a loser, whether it was begun before the rep could know of conflict or rival."""
    found: list[FaithEntry] = []
    for party in facts.parties:
        if party.rep_id == winner_id:
            continue
        rivals = [one for rival in facts.parties if rival is not party for one in rival.protections]
        for visit in sorted(party.visits, key=lambda one: (one.started_at, str(one.visit_id))):
            found.append(_faith(facts, party.rep_id, visit, rivals))
    return tuple(found)


def _faith(facts: Facts, rep_id: str, visit: VisitFact, rivals: Sequence[ProtectionFact]) -> FaithEntry:
    seen = [
        one.visible_from
        for one in rivals
        if one.visible_from is not None
        and one.visible_from <= visit.knew_at
        and one.valid_from <= visit.started_at < one.valid_to
    ]
    if facts.notice_at <= visit.knew_at:
        because, known_from = Faith.NOTICE_OF_CONFLICT, facts.notice_at
    elif seen:
        because, known_from = Faith.RIVAL_PROTECTION_VISIBLE, min(seen)
    else:
        because, known_from = Faith.NOTHING_TO_KNOW, None
    return FaithEntry(
        rep_id=rep_id,
        visit_id=visit.visit_id,
        event_id=visit.event_id,
        started_at=visit.started_at,
        knew_at=visit.knew_at,
        good_faith=known_from is None,
        because=because,
        known_from=known_from,
    )


def shares(
    rep_ids: Sequence[str], winner_id: str | None, faith: Sequence[FaithEntry], good_faith_bp: int
) -> tuple[Part, ...]:
    """The winner has all but what good faith leaves to the losers (D26 each, half of the whole together at most).

    Nobody decided: equal parts, which the arbiter may change.
    """
    if winner_id is None:
        return _equally(WHOLE, rep_ids)
    honest = [rep_id for rep_id in rep_ids if any(one.rep_id == rep_id and one.good_faith for one in faith)]
    theirs = _equally(min(good_faith_bp * len(honest), _HALF), honest) if honest else ()
    left: Mapping[str, int] = {part.rep_id: part.bp for part in theirs}
    return tuple(
        Part(rep_id, WHOLE - sum(left.values()) if rep_id == winner_id else left.get(rep_id, 0)) for rep_id in rep_ids
    )


def _equally(bp: int, rep_ids: Sequence[str]) -> tuple[Part, ...]:
    """Equal parts that make the whole; the basis points left over go to the first ones."""
    each, over = divmod(bp, len(rep_ids))
    return tuple(Part(rep_id, each + (place < over)) for place, rep_id in enumerate(rep_ids))
