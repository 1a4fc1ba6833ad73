"""Whatever reps do and in whatever order, the rules hold."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given as any_
from hypothesis import settings
from hypothesis import strategies as st

from domain.claiming.decisions import (
    ClaimCommand,
    ParkCustomer,
    PauseProtection,
    PlaceInCustody,
    ResumeProtection,
    claiming,
)
from domain.claiming.offline import Then
from domain.days import day_of
from domain.decider import Past, Stream
from domain.facts import CustomerFacts, RepFacts
from domain.ownership.events import (
    ClaimBasis,
    ClaimContested,
    ClaimGranted,
    ClaimRefused,
    ClaimReleased,
    ClaimTransferred,
    ProtectionExtended,
    ProtectionLapsed,
    ProtectionPaused,
    ProtectionRenewed,
    ProtectionResumed,
    ProtectionWarned,
)
from domain.ownership.state import Claimed, Free, Ownership, ownership_of, slot_takers
from domain.portfolio.state import portfolio_of
from domain.refusal import Refusal
from domain.rulesets import ProtectionRules
from domain.vocabulary import VOCABULARY
from tests.domain.claiming.claims import claim, expire, extend, release, renew, transfer
from tests.people import ACME, ANNA, BRUNO, CALENDAR, GLOBEX, LINE, MONDAY, SHANGHAI, an_id

CARL = RepFacts("carl", True, "west", SHANGHAI, SHANGHAI, "mei")
REPS = {rep.rep_id: rep for rep in (ANNA, BRUNO, CARL)}
CUSTOMERS = (ACME, GLOBEX, an_id(900))
TIGHT = ProtectionRules(capacity=2, claims_per_day=3, cooling_off_days=1, protection_days=4, hard_cap_days=9)


@dataclass
class World:
    """A log in miniature: events by stream, and everything that was refused."""

    streams: dict[str, list[tuple[datetime, object]]] = field(default_factory=dict[str, list[tuple[datetime, object]]])
    happened: list[object] = field(default_factory=list[object])
    claims_made: int = 0
    handed: int = 0
    custodies: int = 0

    def fold(self, stream: Stream[Any], *, until: datetime | None = None) -> object:
        state = stream.empty
        for decided_at, event in self.streams.get(stream.name, []):
            if until is None or decided_at <= until:
                state = stream.evolve(state, event)
        return state

    def then(self, customer: UUID, at: datetime) -> Then:
        """How a customer stood, by what had been decided until then."""
        stream = ownership_of(customer, LINE)
        ownership = Past({stream.name: self.fold(stream, until=at)}).of(stream)
        return Then(ownership, timedelta(seconds=60))

    def ownership(self, customer: UUID) -> Ownership:
        stream = ownership_of(customer, LINE)
        return Past({stream.name: self.fold(stream)}).of(stream)

    def ask(self, command: ClaimCommand, at: datetime) -> None:
        past = Past({stream.name: self.fold(stream) for stream in claiming.stands_on(command)})
        try:
            events = claiming.decide(command, past)
        except Refusal as refusal:
            events = refusal.leaving
        for event in events:
            if (stream := VOCABULARY.stream_of(event)) is not None:
                self.streams.setdefault(stream, []).append((at, event))
            self.happened.append(event)


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, str, int, int]]:
    """What happens, who does it, to which customer, and how many hours later."""
    step = st.tuples(
        st.sampled_from(
            [
                *["claim"] * 3,
                "claim offline",
                "release",
                *["visit"] * 2,
                *["tick"] * 2,
                "transfer",
                "transfer later",
                "park",
                "extend",
                "case",
                "case over",
                "leave",
            ]
        ),
        st.sampled_from(sorted(REPS)),
        st.integers(0, len(CUSTOMERS) - 1),
        st.sampled_from([0, 1, 9, 24, 60]),
    )
    return draw(st.lists(step, min_size=1, max_size=40))


def _do(world: World, deed: tuple[str, str, int], at: datetime) -> None:
    what, rep_id, which = deed
    customer = CUSTOMERS[which]
    ownership = world.ownership(customer)
    taking = slot_takers(ownership)
    match what:
        case "transfer" | "transfer later" if isinstance(ownership, Claimed):
            world.handed += 1
            asked = transfer(
                REPS[rep_id],
                claim_id=ownership.claim_id,
                to_claim_id=an_id(7_000 + world.handed),
                holders=taking,
                at=at,
                effective_at=at if what == "transfer" else at + timedelta(hours=20),
                rules=TIGHT,
            )
            world.ask(replace(asked, customer=CustomerFacts(customer)), at)
        case "park" if isinstance(ownership, Claimed):
            day = (at + timedelta(days=2)).date()
            world.ask(
                ParkCustomer(
                    claim_id=ownership.claim_id,
                    customer_id=customer,
                    line=LINE,
                    holders=taking,
                    asked_by=rep_id,
                    manages_holder=False,
                    nurtured_by=None,
                    trigger=None,
                    harvest_on=day,
                    rules=TIGHT,
                    calendar=CALENDAR,
                    at=at,
                ),
                at,
            )
        case "extend" if isinstance(ownership, Claimed):
            asked = replace(extend(at=at, days=3), claim_id=ownership.claim_id, rules=TIGHT)
            world.ask(at_customer(asked, customer), at)
        case "case":
            world.ask(PauseProtection(customer, LINE, an_id(500 + which), taking, TIGHT, at), at)
        case "case over":
            world.ask(ResumeProtection(customer, LINE, an_id(500 + which), TIGHT, CALENDAR, at), at)
        case "leave" if isinstance(ownership, Claimed):
            world.custodies += 1
            custody = an_id(5_000 + world.custodies)
            world.ask(
                PlaceInCustody(customer, LINE, ownership.rep_id, "mei", custody, taking, TIGHT, CALENDAR, at, at), at
            )
        case "claim":
            world.claims_made += 1
            asked = claim(REPS[rep_id], claim_id=an_id(world.claims_made), at=at, rules=TIGHT)
            world.ask(replace(claim_of(asked, customer), holders=taking), at)
        case "claim offline":
            world.claims_made += 1
            hour = at - timedelta(hours=9)
            asked = claim(REPS[rep_id], claim_id=an_id(world.claims_made), at=at, rules=TIGHT)
            asked = replace(
                asked, holders=taking, priority_at=hour, basis=ClaimBasis.ATTESTED, then=world.then(customer, hour)
            )
            world.ask(replace(claim_of(asked, customer), biz_date=day_of(hour, SHANGHAI)), at)
        case "release" if isinstance(ownership, Claimed):
            told = replace(release(rep_id, claim_id=ownership.claim_id, at=at), holders=taking)
            world.ask(at_customer(told, customer), at)
        case "visit":
            world.ask(at_customer(replace(renew(at, rep_id=rep_id, rules=TIGHT), holders=taking), customer), at)
        case _:
            due = ownership.claim_id if isinstance(ownership, Claimed) else None
            if isinstance(ownership, Free) and ownership.parked is not None:
                due = ownership.parked.claim_id
            if due is not None:
                world.ask(at_customer(replace(expire(at, claim_id=due), holders=taking), customer), at)


def whatever_happens(history: list[tuple[str, str, int, int]]) -> list[object]:
    """The events of a history, refusals included, in the order in which they happened."""
    world, at = World(), MONDAY
    for what, rep_id, which, hours in history:
        at += timedelta(hours=hours)
        _do(world, (what, rep_id, which), at)
    return world.happened


def claim_of(command: Any, customer: UUID) -> Any:  # noqa: ANN401 - one helper for every command
    return replace(command, customer=CustomerFacts(customer), biz_date=day_of(command.at, SHANGHAI))


def at_customer(command: Any, customer: UUID) -> Any:  # noqa: ANN401 - one helper for every command
    return replace(command, customer_id=customer)


@settings(max_examples=150, deadline=None)
@any_(steps())
def test_slots_and_claims_always_agree_and_capacity_holds(history: list[tuple[str, str, int, int]]) -> None:
    world, at = World(), MONDAY
    for what, rep_id, which, hours in history:
        at += timedelta(hours=hours)
        _do(world, (what, rep_id, which), at)
        held: dict[str, set[UUID]] = {rep: set() for rep in REPS}
        for customer in CUSTOMERS:
            ownership = world.ownership(customer)
            if isinstance(ownership, Claimed) and not ownership.in_custody:
                held[ownership.rep_id].add(ownership.claim_id)
            if isinstance(ownership, Claimed) and ownership.heir is not None:
                held[ownership.heir.rep_id].add(ownership.heir.claim_id)
        for rep in REPS:
            stream = portfolio_of(rep)
            slots = Past({stream.name: world.fold(stream)}).of(stream).claims
            assert slots == held[rep]
            assert len(slots) <= (TIGHT.capacity or 0)


@settings(max_examples=150, deadline=None)
@any_(steps())
def test_a_renewal_never_shortens_and_never_passes_the_cap(history: list[tuple[str, str, int, int]]) -> None:
    world, at = World(), MONDAY
    for what, rep_id, which, hours in history:
        at += timedelta(hours=hours)
        _do(world, (what, rep_id, which), at)
    caps: dict[UUID, datetime] = {}
    for event in world.happened:
        match event:
            case ClaimGranted() | ProtectionExtended():
                caps[event.claim_id] = event.hard_cap
            case ProtectionResumed(claim_id=UUID() as claim_id, hard_cap=datetime() as cap):
                caps[claim_id] = cap
            case ProtectionRenewed():
                assert event.old_until <= event.new_until <= caps[event.claim_id]
            case _:
                pass


@settings(max_examples=150, deadline=None)
@any_(steps())
def test_every_claim_is_granted_or_its_refusal_is_recorded(history: list[tuple[str, str, int, int]]) -> None:
    world, at = World(), MONDAY
    for what, rep_id, which, hours in history:
        at += timedelta(hours=hours)
        _do(world, (what, rep_id, which), at)
    asked_for = (ClaimBasis.ONLINE, ClaimBasis.ATTESTED)
    answers = [
        event
        for event in world.happened
        if isinstance(event, ClaimRefused | ClaimContested)
        or (isinstance(event, ClaimGranted) and event.basis in asked_for)
    ]
    assert len(answers) == world.claims_made


@settings(max_examples=150, deadline=None)
@any_(steps())
def test_no_case_ever_takes_an_hour_from_anybody_and_no_deadline_comes_meanwhile(
    history: list[tuple[str, str, int, int]],
) -> None:
    stopped: set[UUID] = set()
    for event in whatever_happens(history):
        match event:
            case ProtectionPaused():
                stopped.add(event.customer_id)
            case ProtectionResumed(customer_id=customer_id):
                stopped.discard(customer_id)
            case ProtectionLapsed() | ClaimReleased() | ProtectionRenewed() | ProtectionWarned() | ClaimTransferred():
                assert event.customer_id not in stopped
            case _:
                pass


@settings(max_examples=150, deadline=None)
@any_(steps())
def test_a_claim_is_contested_by_nobody_who_was_clearly_later(history: list[tuple[str, str, int, int]]) -> None:
    contested = [event for event in whatever_happens(history) if isinstance(event, ClaimContested)]
    for event in contested:
        assert event.priority_at - event.rival_priority_at <= timedelta(seconds=60)
        assert event.rep_id != event.rival_rep_id
