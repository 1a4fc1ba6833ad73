"""Money in parts that make the whole: the largest remainder (domain §3.3, deal)."""

from collections.abc import Sequence

from domain.values import Money

WHOLE = 10_000
"""Basis points in the whole."""


def split(amount: Money, shares: Sequence[int]) -> tuple[Money, ...]:
    """Part an amount by basis points that make 10,000.

    Each part is rounded down; the minor units left over go to the largest remainders, the earlier of equal ones first.
    """
    parts = [divmod(amount.minor * bp, WHOLE) for bp in shares]
    left = amount.minor - sum(whole for whole, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda place: (-parts[place][1], place))
    favoured = set(by_remainder[:left])
    return tuple(Money(whole + (place in favoured), amount.currency) for place, (whole, _) in enumerate(parts))
