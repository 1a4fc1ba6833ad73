"""Figures from the read models, as of any position, by business date (domain §4)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from domain.reception import FieldFault, Malformed, RefNotFound
from domain.values import in_bp
from projections.customer_list import CustomerRow, customer_list
from projections.deals import DealRow, DealStanding, deals
from services.ports import Between, OneOf, ReadStore

_AT_ONCE = 1_000
"""Customers that are looked up in one question."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure is: its name, the version of its formula, and the formula in words."""

    name: str
    version: int
    formula: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """One line of an answer.

    `of`: the source, rep or team it is about, None where that is empty (or where nothing was asked apart);
    `excluded`: what was
    left out, by reason.
    """

    of: str | None
    numerator: int
    denominator: int
    excluded: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def value_bp(self) -> int | None:
        """The figure."""
        return in_bp(self.numerator, self.denominator)

    @property
    def n(self) -> int:
        """How many cases it stands on."""
        return self.denominator


@dataclass(frozen=True, slots=True)
class Figures:
    """An answer: its lines in the order of what they are about, the empty one last, and the position it is true of."""

    by: str | None
    items: Sequence[Ratio]
    definition: Definition
    position: int


@dataclass(frozen=True, slots=True)
class Days:
    """Business dates, both ends included; None is open."""

    first: date | None = None
    last: date | None = None

    def as_range(self) -> Between:
        """The same, as a look-up wants it."""
        return Between(self.first, None if self.last is None else self.last + timedelta(days=1))

    def hold(self, day: date) -> bool:
        """Whether a day is one of them."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


LEAD_CONVERSION = Definition(
    "lead_conversion",
    1,
    "customers registered in the period who had a won deal by its end ÷ customers registered in the period; "
    "by rep: whoever has the largest credit for the first won deal, else whoever registered the customer",
)
DEAL_WIN_RATE = Definition(
    "deal_win_rate", 1, "deals won in the period ÷ deals won or lost in it; by team: the rep's team on that day"
)


class Metrics:
    """Answers questions about figures."""

    def __init__(self, store: ReadStore) -> None:
        self._store = store

    async def figures(
        self,
        name: str,
        *,
        at: int,
        by: str | None = None,
        first: date | None = None,
        last: date | None = None,
    ) -> Figures:
        """A figure by its name, as of a position. `first`, `last`: business dates, both included.

        Raises REF_NOT_FOUND for a name that is not measured, MALFORMED for a `by` that it cannot be told apart by.
        """
        match name:
            case LEAD_CONVERSION.name:
                return await self.lead_conversion(at=at, by=by, first=first, last=last)
            case DEAL_WIN_RATE.name:
                return await self.deal_win_rate(at=at, by=by, first=first, last=last)
            case _:
                raise RefNotFound("metric", name)

    async def lead_conversion(
        self, *, at: int, by: str | None = None, first: date | None = None, last: date | None = None
    ) -> Figures:
        """Which share of the customers registered in a period bought, at any time up to its end."""
        _one_of(by, ("source", "rep"))
        days = Days(first, last)
        registered_by = await self._store.count(
            customer_list,
            {"registered_on": days.as_range()},
            by={"source": ("source_detail",), "rep": ("registered_by",), None: ()}[by],
            at=at,
        )
        whole = Counter({_only(key): n for key, n in registered_by.items()})
        part: Counter[str | None] = Counter()
        for customer, deal in await self._won_customers(days, at):
            match by:
                case "source":
                    part[customer.source_detail] += 1
                case "rep":
                    whole[customer.registered_by] -= 1
                    whole[deal.lead_rep_id] += 1
                    part[deal.lead_rep_id] += 1
                case _:
                    part[None] += 1
        items = [Ratio(of, part[of], n) for of, n in whole.items() if n or by is None]
        return Figures(by, _in_order(items or [Ratio(None, 0, 0)] if by is None else items), LEAD_CONVERSION, at)

    async def deal_win_rate(
        self, *, at: int, by: str | None = None, first: date | None = None, last: date | None = None
    ) -> Figures:
        """Which share of the deals that were decided in a period was won; those still open at its end are left out."""
        _one_of(by, ("rep", "team"))
        days, column = Days(first, last), {"rep": ("rep_id",), "team": ("team_id",), None: ()}[by]
        won = await self._count({"standing": DealStanding.WON, "closed_on": days.as_range()}, column, at)
        lost = await self._count({"standing": DealStanding.LOST, "closed_on": days.as_range()}, column, at)
        opened = {"opened_on": Between(None, days.as_range().high)}
        still_open = await self._count({"standing": DealStanding.OPEN, **opened}, column, at)
        if last is not None:
            still_open += await self._count({"closed_on": Between(days.as_range().high), **opened}, column, at)
        everybody = {*won, *lost, *still_open} or ({None} if by is None else set[str | None]())
        items = [Ratio(of, won[of], won[of] + lost[of], {"open": still_open[of]}) for of in everybody]
        return Figures(by, _in_order(items), DEAL_WIN_RATE, at)

    async def _count(self, where: Mapping[str, Any], column: tuple[str, ...], at: int) -> Counter[str | None]:
        counted = await self._store.count(deals, where, by=column, at=at)
        return Counter({_only(key): n for key, n in counted.items()})

    async def _won_customers(self, days: Days, at: int) -> Sequence[tuple[CustomerRow, DealRow]]:
        """The customers registered on these days who had bought by the last of them, each with its first won deal."""
        by_then = Between(None, days.as_range().high)
        rows = await self._store.select(deals, {"standing": DealStanding.WON, "won_on": by_then}, at=at)
        first_won: dict[UUID, DealRow] = {}
        for deal in sorted((known.row for known in rows), key=lambda row: (row.won_on, row.closed_at, row.deal_id)):
            if deal.customer_id is not None:
                first_won.setdefault(deal.customer_id, deal)
        customers = list(first_won)
        found: list[tuple[CustomerRow, DealRow]] = []
        for start in range(0, len(customers), _AT_ONCE):
            wanted = {"customer_id": OneOf(customers[start : start + _AT_ONCE])}
            for known in await self._store.select(customer_list, wanted, at=at):
                if days.hold(known.row.registered_on):
                    found.append((known.row, first_won[known.row.customer_id]))
        return found


def _one_of(by: str | None, possible: Sequence[str]) -> None:
    if by is not None and by not in possible:
        raise Malformed((FieldFault("/by", f"one of {', '.join(possible)}, or nothing"),))


def _only(key: tuple[Any, ...]) -> str | None:
    return key[0] if key else None


def _in_order(items: Sequence[Ratio]) -> Sequence[Ratio]:
    return sorted(items, key=lambda item: (item.of is None, item.of or ""))
