"""The same rows come out for every order of delivery that keeps each stream's own, and for every replay."""

from datetime import timedelta

import pytest
from hypothesis import given as any_
from hypothesis import settings
from hypothesis import strategies as st

from domain.envelope import Recorded
from projections.everything import EVERYTHING
from projections.projection import Projection, replay
from tests.deliveries import in_any_order, interleaved
from tests.domain.claiming.test_any_history import steps, whatever_happens
from tests.happened import all_happened

by_name = pytest.mark.parametrize("projection", EVERYTHING, ids=lambda projection: projection.name)


@st.composite
def delivered_twice(draw: st.DrawFn) -> tuple[list[Recorded], list[Recorded]]:
    """A history in the order of the log, and as partitions may deliver it."""
    log = all_happened(whatever_happens(draw(steps())))
    return log, draw(interleaved(log))


@by_name
@any_(both=delivered_twice())
@settings(max_examples=40, deadline=timedelta(seconds=2))
def test_the_order_between_streams_does_not_matter(
    projection: Projection, both: tuple[list[Recorded], list[Recorded]]
) -> None:
    in_order, otherwise = both
    assert in_any_order(replay(projection, in_order)) == in_any_order(replay(projection, otherwise))


@by_name
@any_(history=steps())
@settings(max_examples=20, deadline=timedelta(seconds=2))
def test_replaying_twice_gives_the_same_rows(projection: Projection, history: list[tuple[str, str, int, int]]) -> None:
    log = all_happened(whatever_happens(history))
    assert replay(projection, log) == replay(projection, log)
