"""The same rows come out for every order of delivery that keeps each stream's own, and for every replay.

Histories are of two kinds: whatever reps do with claims, which the rules keep honest; and any events at all, made from
the stored samples, which nobody keeps honest. A new event or projection is tried without a line being added here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest
from hypothesis import given as any_
from hypothesis import settings
from hypothesis import strategies as st

from domain.envelope import Recorded
from domain.ownership.events import ClaimGranted
from domain.vocabulary import VOCABULARY
from projections.everything import EVERYTHING
from projections.projection import Facts, Projection, Spans, replay
from services.adapters.event_json import EventJson
from services.folding import facts_added, of_interest, spans_changed
from tests.deliveries import in_any_order, interleaved
from tests.domain.claiming.claims import BRUNOS, claim, granted
from tests.domain.claiming.test_any_history import steps, whatever_happens
from tests.domain.test_stored_events import sample
from tests.happened import all_happened
from tests.people import GLOBEX, an_id

by_name = pytest.mark.parametrize("projection", EVERYTHING, ids=lambda projection: projection.name)
IN_TIME = settings(deadline=timedelta(seconds=5))

SAMPLES: dict[str, list[object]] = {}
for word in VOCABULARY:
    said = EventJson().read_payload(word.name, word.schema_version, sample(word.name, word.schema_version))
    SAMPLES.setdefault(word.name.partition(".")[0], []).append(said)


def _in_world(event: Any, world: int) -> object:  # noqa: ANN401 - any event
    """The same event about other people and things: two worlds that share nothing."""
    changed: dict[str, object] = {}
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, UUID):
            changed[field.name] = an_id(2 * (crc32(field.name.encode()) % 10_000) + world)
        elif isinstance(value, str) and (field.name.endswith("_id") or field.name == "value_hash"):
            changed[field.name] = f"{value}-{world}"
    return replace(event, **changed)


@st.composite
def any_events(draw: st.DrawFn) -> list[Recorded]:
    """Events of a few concepts in two worlds, in an order that no rule has seen."""
    concepts = draw(st.lists(st.sampled_from(sorted(SAMPLES)), min_size=1, max_size=3, unique=True))
    samples = [event for concept in concepts for event in SAMPLES[concept]]
    drawn = draw(st.lists(st.tuples(st.sampled_from(samples), st.integers(0, 1)), min_size=2, max_size=24))
    return all_happened([_in_world(event, world) for event, world in drawn])


def claims_and_visits() -> st.SearchStrategy[list[Recorded]]:
    """Whatever reps do with their claims."""
    return steps().map(whatever_happens).map(all_happened)


@st.composite
def delivered_twice(
    draw: st.DrawFn, histories: st.SearchStrategy[list[Recorded]]
) -> tuple[list[Recorded], list[Recorded]]:
    """A history in the order of the log, and as partitions may deliver it."""
    log = draw(histories)
    return log, draw(interleaved(log))


def outcome(projection: Projection, events: Sequence[Recorded]) -> tuple[list[str], list[str]]:
    """The rows, and the streams that could not be taken in with the event at which each stopped."""
    mine = of_interest(projection, events, {})
    changes = facts_added(projection, mine) if isinstance(projection, Facts) else spans_changed(projection, mine, [])
    return in_any_order([*changes.added, *changes.opened]), in_any_order(changes.parked)


@by_name
@any_(both=delivered_twice(claims_and_visits()))
@settings(IN_TIME, max_examples=25)
def test_the_order_between_streams_does_not_matter(
    projection: Projection, both: tuple[list[Recorded], list[Recorded]]
) -> None:
    in_order, otherwise = both
    assert outcome(projection, in_order) == outcome(projection, otherwise)
    assert outcome(projection, in_order)[1] == [], "an honest history is taken in as a whole"


@by_name
@any_(both=delivered_twice(any_events()))
@settings(IN_TIME, max_examples=150)
def test_nor_does_it_where_no_rule_kept_the_history_honest(
    projection: Projection, both: tuple[list[Recorded], list[Recorded]]
) -> None:
    in_order, otherwise = both
    assert outcome(projection, in_order) == outcome(projection, otherwise)


@by_name
@any_(log=claims_and_visits())
@settings(IN_TIME, max_examples=15)
def test_replaying_twice_gives_the_same_rows(projection: Projection, log: list[Recorded]) -> None:
    assert replay(projection, log) == replay(projection, log)


@by_name
@any_(log=any_events(), cut=st.integers(0, 24))
@settings(IN_TIME, max_examples=40)
def test_as_of_a_position_is_a_filter_that_equals_a_replay_up_to_there(
    projection: Projection, log: list[Recorded], cut: int
) -> None:
    def known_then(events: Sequence[Recorded]) -> list[str]:
        mine = of_interest(projection, events, {})
        if isinstance(projection, Facts):
            return in_any_order([row for row in facts_added(projection, mine).added if row.position <= cut])
        rows = spans_changed(projection, mine, []).opened
        return in_any_order(
            [one.row for one in rows if one.known_from <= cut and (one.known_to is None or cut < one.known_to)]
        )

    assert known_then(log) == known_then(log[:cut])


@by_name
def test_every_projection_speaks_of_events_that_there_are(projection: Projection) -> None:
    assert projection.handles
    assert projection.handles <= {word.event for word in VOCABULARY}


@dataclass(frozen=True)
class _Latest:
    rep_id: str
    customer_id: UUID


def _latest_of_rep(_: Sequence[_Latest], recorded: Recorded) -> Sequence[_Latest]:
    event = recorded.event
    return [_Latest(event.rep_id, event.customer_id)] if isinstance(event, ClaimGranted) else []


def test_a_projection_whose_rows_stand_on_several_streams_is_caught() -> None:
    mixing = Spans(
        "latest", 1, _Latest, ("rep_id",), (), frozenset({ClaimGranted}), lambda _: ("anna",), _latest_of_rep
    )
    log = all_happened([*granted(), *granted(claim(claim_id=BRUNOS, customer=GLOBEX))])
    assert outcome(mixing, log) != outcome(mixing, [*log[2:], *log[:2]])
