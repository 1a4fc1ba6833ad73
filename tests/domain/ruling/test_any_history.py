"""Whatever parties, arbiters, auditors and the clock do with a case, in any order: the customer has one owner at most,
slots and owners agree, a ruling is there with everything that it says, and what ends holds nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from hypothesis import given as any_
from hypothesis import settings
from hypothesis import strategies as st

from domain.claiming.decisions import claiming
from domain.conflict.events import EvidenceSubmitted, RulingIssued, RulingSuperseded
from domain.conflict.ladder import WHOLE
from domain.conflict.state import Appealed, Closed, NoCase, Open, Ruled, case_of
from domain.credit.state import credit_terms_of
from domain.decider import Decider, Past
from domain.ownership.state import Claimed, ownership_of, slot_takers
from domain.portfolio.state import portfolio_of
from domain.refusal import Refusal
from domain.ruling.afterwards import CloseCase, FileAppeal, ReopenCase
from domain.ruling.decisions import ruling
from domain.ruling.hearing import FileStatement, SubmitEvidence
from domain.ruling.opening import Holding
from domain.vocabulary import VOCABULARY
from projections.docket import CaseRow, CaseStage, docket
from projections.projection import replay
from tests.domain.claiming.claims import claim, expire
from tests.domain.ruling.cases import ANNA_WINS, BRUNO_WINS, CASE, PROTECTION, RULES, opens, rules
from tests.domain.ruling.test_open_and_hear import LETTER
from tests.happened import all_happened
from tests.people import ACME, ANNA, BRUNO, CALENDAR, LINE, MONDAY, an_id

STEPS = ("claim", "open", "letter", "state", "rule", "override", "appeal", "reopen", "close", "expire")
OWNERSHIP, CASE_STREAM = ownership_of(ACME, LINE), case_of(CASE)


@dataclass
class World:
    """Everything that happened, and what the streams mean now."""

    happened: list[object] = field(default_factory=list[object])
    states: dict[str, Any] = field(default_factory=dict[str, Any])
    numbers: int = 800

    def of(self, stream: Any) -> Any:  # noqa: ANN401 - any stream
        return self.states.get(stream.name, stream.empty)

    def ask(self, command: Any, decider: Decider[Any]) -> None:  # noqa: ANN401 - any command
        """What happens is appended; a no changes nothing."""
        streams = {stream.name: stream for stream in decider.stands_on(command)}
        try:
            events = decider.decide(command, Past({name: self.of(stream) for name, stream in streams.items()}))
        except Refusal:
            return
        for event in events:
            stream = streams[VOCABULARY.stream_of(event) or ""]
            self.states[stream.name] = stream.evolve(self.of(stream), event)
        self.happened += events

    def holding(self) -> Holding:
        return Holding(ACME, LINE, slot_takers(self.of(OWNERSHIP)), PROTECTION)


def played(steps: Sequence[tuple[str, bool, int]]) -> World:
    """Each step, by Anna or Bruno, some hours after the one before."""
    world, at = World(), MONDAY
    for step, annas, hours in steps:
        at += timedelta(hours=hours)
        world.numbers += 1
        rep, holding = (ANNA if annas else BRUNO), world.holding()
        match step:
            case "claim":
                holder = holding.holders[0] if holding.holders else None
                world.ask(claim(rep, claim_id=an_id(world.numbers), at=at, holder=holder), claiming)
            case "open":
                world.ask(replace(opens(), holdings=(holding,), at=at), ruling)
            case "letter":
                said: SubmitEvidence = replace(LETTER, favours=rep.rep_id, evidence_id=an_id(world.numbers), at=at)
                world.ask(said, ruling)
            case "state":
                world.ask(FileStatement(CASE, rep.rep_id, "Mine.", at), ruling)
            case "rule" | "override":
                facts = ANNA_WINS if annas else BRUNO_WINS
                winner = ("bruno" if annas else "anna") if step == "override" else None
                asked = rules(facts, at, winner_id=winner, reason="so")
                ids = {"ruling_id": an_id(world.numbers), "claim_id": an_id(world.numbers + 5_000)}
                world.ask(replace(asked, holdings=(holding,), **ids), ruling)
            case "appeal":
                world.ask(FileAppeal(CASE, rep.rep_id, "Mine.", "director", RULES, CALENDAR, at), ruling)
            case "reopen":
                world.ask(ReopenCase(CASE, "iris", "News.", "mei", (holding,), RULES, CALENDAR, at), ruling)
            case "close":
                world.ask(CloseCase(CASE, annas, None, (holding,), CALENDAR, at), ruling)
            case _:
                owner = world.of(OWNERSHIP)
                if isinstance(owner, Claimed):
                    world.ask(expire(at, claim_id=owner.claim_id, holder=owner.rep_id), claiming)
    return world


histories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.booleans(), st.sampled_from([1, 13, 24, 72])), min_size=4, max_size=30
).map(lambda steps: [("claim", True, 1), ("open", False, 1), *steps])


@any_(steps=histories)
@settings(max_examples=120, deadline=None)
def test_in_any_order_the_customer_has_one_owner_whose_slot_it_takes(steps: Sequence[tuple[str, bool, int]]) -> None:
    world = played(steps)
    owner = world.of(OWNERSHIP)
    held = {rep_id: world.of(portfolio_of(rep_id)).claims for rep_id in ("anna", "bruno")}
    expected = {rep_id: frozenset[object]() for rep_id in held}
    if isinstance(owner, Claimed):
        expected[owner.rep_id] = frozenset({owner.claim_id})
    assert held == expected


@any_(steps=histories)
@settings(max_examples=120, deadline=None)
def test_in_any_order_a_case_holds_the_customer_while_it_is_heard_and_no_longer(
    steps: Sequence[tuple[str, bool, int]],
) -> None:
    world = played(steps)
    heard = isinstance(world.of(CASE_STREAM), Open)
    assert (CASE in world.of(OWNERSHIP).cases) == heard


@any_(steps=histories)
@settings(max_examples=100, deadline=None)
def test_in_any_order_rulings_are_whole_reasoned_and_superseded_one_by_one(
    steps: Sequence[tuple[str, bool, int]],
) -> None:
    world = played(steps)
    issued = [event for event in world.happened if isinstance(event, RulingIssued)]
    superseded = [event for event in world.happened if isinstance(event, RulingSuperseded)]
    assert [one.ruling_id for one in superseded] == [one.ruling_id for one in issued[:-1]]
    letters = {event.favours for event in world.happened if isinstance(event, EvidenceSubmitted)}
    for one in issued:
        assert sum(part.bp for part in one.credits) == WHOLE
        assert one.winner_id == one.proposed_winner_id or one.override_reason
        assert one.winner_id == one.proposed_winner_id or one.rung not in ("L0", "L1") or one.winner_id in letters


@any_(steps=histories)
@settings(max_examples=80, deadline=None)
def test_in_any_order_the_docket_says_what_the_case_is(steps: Sequence[tuple[str, bool, int]]) -> None:
    world = played(steps)
    rows: list[CaseRow] = [one.row for one in replay(docket, all_happened(world.happened)) if one.known_to is None]
    stages = {
        NoCase: None,
        Open: CaseStage.OPEN,
        Ruled: CaseStage.RULED,
        Appealed: CaseStage.APPEALED,
        Closed: CaseStage.CLOSED,
    }
    case = world.of(CASE_STREAM)
    assert [row.stage for row in rows] == [stages[type(case)]] * len(rows)
    if rows and not isinstance(case, NoCase):
        assert rows[0].stated == tuple(sorted(case.file.statements))
        assert (rows[0].due_at is None) == isinstance(case, Closed)
    assert world.of(credit_terms_of(ACME, LINE)) is not None
