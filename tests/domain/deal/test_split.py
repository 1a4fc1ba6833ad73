"""The parts make the whole, and nobody is off by more than one minor unit."""

import itertools

from hypothesis import given, strategies

from domain.deal.split import WHOLE, split
from domain.values import Money

CUTS = strategies.lists(strategies.integers(0, WHOLE), max_size=8)


def shares(cuts: list[int]) -> list[int]:
    """Shares that make the whole, from the places at which it is cut."""
    places = [0, *sorted(cuts), WHOLE]
    return [after - before for before, after in itertools.pairwise(places)]


@given(strategies.integers(0, 2**53 - 1), CUTS.map(shares))
def test_the_parts_make_the_amount(minor: int, bps: list[int]) -> None:
    parts = split(Money(minor, "CNY"), bps)
    assert sum(part.minor for part in parts) == minor
    assert {part.currency for part in parts} == {"CNY"}


@given(strategies.integers(0, 2**53 - 1), CUTS.map(shares))
def test_each_part_is_its_share_rounded_up_or_down(minor: int, bps: list[int]) -> None:
    for part, bp in zip(split(Money(minor, "CNY"), bps), bps, strict=True):
        assert minor * bp // WHOLE <= part.minor <= -(-minor * bp // WHOLE)


@given(strategies.integers(0, 10**9), CUTS.map(shares))
def test_only_the_largest_remainders_are_rounded_up(minor: int, bps: list[int]) -> None:
    parts = split(Money(minor, "CNY"), bps)
    remainders = [minor * bp % WHOLE for bp in bps]
    up = [r for part, bp, r in zip(parts, bps, remainders, strict=True) if part.minor > minor * bp // WHOLE]
    down = [r for part, bp, r in zip(parts, bps, remainders, strict=True) if part.minor == minor * bp // WHOLE]
    assert not up or not down or min(up) >= max(down)


def test_of_equal_remainders_the_earlier_comes_first() -> None:
    assert split(Money(1, "CNY"), [5_000, 5_000]) == (Money(1, "CNY"), Money(0, "CNY"))
    assert split(Money(100, "CNY"), [3_333, 3_333, 3_334]) == (Money(33, "CNY"), Money(33, "CNY"), Money(34, "CNY"))
    assert split(Money(5, "CNY"), [2_000, 8_000]) == (Money(1, "CNY"), Money(4, "CNY"))
