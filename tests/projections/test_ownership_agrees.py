"""Whatever happens, the tables say of each customer what the decisions stand on."""

from collections.abc import Sequence
from uuid import UUID

from hypothesis import given as any_
from hypothesis import settings

from domain.ownership.state import FOREVER, Claimed, Free, Ownership, ownership_of
from domain.vocabulary import VOCABULARY
from projections.deadlines import DeadlineRow, deadlines
from projections.harvest_list import HarvestRow, harvest_list
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known, replay
from tests.domain.claiming.test_any_history import CUSTOMERS, steps, whatever_happens
from tests.happened import all_happened
from tests.people import LINE

History = list[tuple[str, str, int, int]]


def _state(events: Sequence[object], customer: UUID) -> Ownership:
    stream = ownership_of(customer, LINE)
    state = stream.empty
    for event in events:
        if VOCABULARY.stream_of(event) == stream.name:
            state = stream.evolve(state, event)
    return state


def _ends(claim: Claimed) -> tuple[object, object]:
    """When the protection ends, and when the claim does, as far as is known."""
    if claim.cases:
        return FOREVER, FOREVER
    if claim.heir is not None:
        return min(claim.lapses_at, claim.heir.granted_at), claim.heir.granted_at
    return claim.lapses_at, claim.release_at


@settings(max_examples=150, deadline=None)
@any_(steps())
def test_the_ownership_table_knows_who_holds_what_until_when(history: History) -> None:
    events = whatever_happens(history)
    rows: Sequence[Known[OwnershipSpan]] = replay(ownership_table, all_happened(events))
    for customer in CUSTOMERS:
        state = _state(events, customer)
        now = [known.row for known in rows if known.known_to is None and known.row.customer_id == customer]
        live = [row for row in now if row.ended is None or (row.to_rep_id and row.valid_to > row.valid_from)]
        if isinstance(state, Free):
            assert not [row for row in live if row.ended is None]
            continue
        [row] = [row for row in now if row.claim_id == state.claim_id]
        assert (row.rep_id, row.basis, row.visited) == (state.rep_id, state.basis, state.visited)
        assert (row.protected_until, row.hard_cap) == (state.protected_until, state.hard_cap)
        assert (row.release_at, frozenset(row.cases)) == (state.release_at, state.cases)
        assert (row.lapses_at, row.valid_to) == _ends(state)
        assert not [other for other in now if other.ended is None and other.claim_id != state.claim_id]


@settings(max_examples=150, deadline=None)
@any_(steps())
def test_the_clock_knows_the_next_hour_of_everything(history: History) -> None:
    events = whatever_happens(history)
    rows: Sequence[Known[DeadlineRow]] = replay(deadlines, all_happened(events))
    for customer in CUSTOMERS:
        state = _state(events, customer)
        now = [known.row for known in rows if known.known_to is None and known.row.customer_id == customer]
        if isinstance(state, Free):
            waiting = state.parked is not None and not state.parked.due_written
            assert [row.claim_id for row in now] == ([state.parked.claim_id] if state.parked and waiting else [])
            continue
        [row] = now
        assert (row.claim_id, row.warn_at) == (state.claim_id, () if state.lapse_written else state.warn_at)
        if state.cases:
            assert row.due_at == FOREVER
        elif state.heir is not None:
            assert row.due_at <= state.heir.granted_at
        elif state.lapse_written:
            assert row.due_at == state.release_at
        else:
            assert row.due_at == min((*state.warn_at, state.lapses_at))


@settings(max_examples=100, deadline=None)
@any_(steps())
def test_what_is_left_to_ripen_is_on_the_list_and_nothing_else(history: History) -> None:
    events = whatever_happens(history)
    rows: Sequence[Known[HarvestRow]] = replay(harvest_list, all_happened(events))
    listed = {known.row.customer_id for known in rows if known.known_to is None}
    states = {customer: _state(events, customer) for customer in CUSTOMERS}
    assert listed == {
        customer for customer, state in states.items() if isinstance(state, Free) and state.parked is not None
    }
