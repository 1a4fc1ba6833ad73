"""Whatever reps do and in whatever order, the rules hold."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given as any_
from hypothesis import settings
from hypothesis import strategies as st

from domain.claiming.decisions import ClaimCommand, claiming
from domain.claiming.offline import Then
from domain.days import day_of
from domain.decider import Past, Stream
from domain.facts import CustomerFacts, RepFacts
from domain.ownership.events import ClaimBasis, ClaimContested, ClaimGranted, ClaimRefused, ProtectionRenewed
from domain.ownership.state import Claimed, Ownership, ownership_of
from domain.portfolio.state import portfolio_of
from domain.refusal import Refusal
from domain.rulesets import ProtectionRules
from domain.vocabulary import VOCABULARY
from tests.domain.claiming.claims import claim, expire, release, renew
from tests.people import ACME, ANNA, BRUNO, GLOBEX, LINE, MONDAY, SHANGHAI, an_id

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
        st.sampled_from(["claim", "claim offline", "release", "visit", "tick"]),
        st.sampled_from(sorted(REPS)),
        st.integers(0, len(CUSTOMERS) - 1),
        st.sampled_from([0, 1, 9, 24, 60]),
    )
    return draw(st.lists(step, min_size=1, max_size=40))


def _do(world: World, deed: tuple[str, str, int], at: datetime) -> None:
    what, rep_id, which = deed
    customer = CUSTOMERS[which]
    ownership = world.ownership(customer)
    holder = ownership.rep_id if isinstance(ownership, Claimed) else None
    match what:
        case "claim":
            world.claims_made += 1
            asked = claim(REPS[rep_id], claim_id=an_id(world.claims_made), at=at, holder=holder, rules=TIGHT)
            asked = claim_of(asked, customer)
            world.ask(asked, at)
        case "claim offline":
            world.claims_made += 1
            hour = at - timedelta(hours=9)
            asked = claim(REPS[rep_id], claim_id=an_id(world.claims_made), at=at, holder=holder, rules=TIGHT)
            asked = replace(asked, priority_at=hour, basis=ClaimBasis.ATTESTED, then=world.then(customer, hour))
            world.ask(replace(claim_of(asked, customer), biz_date=day_of(hour, SHANGHAI)), at)
        case "release" if isinstance(ownership, Claimed):
            told = release(rep_id, claim_id=ownership.claim_id, holder=ownership.rep_id, at=at)
            world.ask(at_customer(told, customer), at)
        case "visit":
            world.ask(at_customer(renew(at, rep_id=rep_id, rules=TIGHT), customer), at)
        case _ if isinstance(ownership, Claimed):
            world.ask(at_customer(expire(at, claim_id=ownership.claim_id, holder=ownership.rep_id), customer), at)
        case _:
            pass


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
            if isinstance(ownership, Claimed):
                held[ownership.rep_id].add(ownership.claim_id)
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
    caps = {event.claim_id: event.hard_cap for event in world.happened if isinstance(event, ClaimGranted)}
    for event in world.happened:
        if isinstance(event, ProtectionRenewed):
            assert event.old_until <= event.new_until <= caps[event.claim_id]


@settings(max_examples=150, deadline=None)
@any_(steps())
def test_every_claim_is_granted_or_its_refusal_is_recorded(history: list[tuple[str, str, int, int]]) -> None:
    world, at = World(), MONDAY
    for what, rep_id, which, hours in history:
        at += timedelta(hours=hours)
        _do(world, (what, rep_id, which), at)
    answers = [event for event in world.happened if isinstance(event, ClaimGranted | ClaimRefused | ClaimContested)]
    assert len(answers) == world.claims_made


@settings(max_examples=150, deadline=None)
@any_(steps())
def test_a_claim_is_contested_by_nobody_who_was_clearly_later(history: list[tuple[str, str, int, int]]) -> None:
    contested = [event for event in whatever_happens(history) if isinstance(event, ClaimContested)]
    for event in contested:
        assert event.priority_at - event.rival_priority_at <= timedelta(seconds=60)
        assert event.rep_id != event.rival_rep_id
