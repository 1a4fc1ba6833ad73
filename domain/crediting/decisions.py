"""Deals and the terms of their credit: choices that stand on both (domain §5, D27)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from domain.credit.events import CreditBasis, CreditTermsSet, CreditTermsUsed
from domain.credit.state import Agreed, CreditTerms, credit_terms_of
from domain.deal.decisions import Credit, WinDeal, win_deal
from domain.deal.state import deal_of
from domain.decider import Decider, Past, Stream
from domain.values import Part


@dataclass(frozen=True, slots=True)
class WinOnTerms:
    """A deal was won with a customer in a line; `rep_id`: whose deal it is."""

    win: WinDeal
    customer_id: UUID
    line: str
    rep_id: str

    @property
    def at(self) -> datetime:
        """When it was won."""
        return self.win.at


@dataclass(frozen=True, slots=True)
class SetTerms:
    """A customer was handed over with an agreement about the first deal; without `parts` it was called off.

    `ref`: the claim that was handed over.
    """

    customer_id: UUID
    line: str
    ref: UUID
    parts: tuple[Part, ...]
    won_from: datetime
    won_until: datetime
    at: datetime


CreditingCommand: TypeAlias = WinOnTerms | SetTerms


def stands_on(command: CreditingCommand) -> Sequence[Stream[Any]]:
    """The terms, and the deal to which they are applied: terms are used once."""
    terms = credit_terms_of(command.customer_id, command.line)
    match command:
        case WinOnTerms():
            return [deal_of(command.win.deal_id), terms]
        case SetTerms():
            return [terms]
        case _:
            assert_never(command)


def decide(command: CreditingCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    terms = past.of(credit_terms_of(command.customer_id, command.line))
    match command:
        case WinOnTerms():
            return win_on_terms(command, past, terms)
        case SetTerms():
            return set_terms(command, terms)
        case _:
            assert_never(command)


def win_on_terms(command: WinOnTerms, past: Past, terms: CreditTerms) -> Sequence[object]:
    """The first deal in time, by one of those among whom the terms share, is shared as they say, whatever is asked."""
    deal = past.of(deal_of(command.win.deal_id))
    if not isinstance(terms, Agreed) or not terms.holds(command.at) or not _concerns(terms, command.rep_id):
        return win_deal(command.win, deal)
    credits = tuple(Credit(part.rep_id, part.bp) for part in terms.parts if part.bp)
    won = win_deal(replace(command.win, credits=credits), deal)
    used = CreditTermsUsed(command.customer_id, command.line, terms.ref, command.win.deal_id, command.at)
    return [*won, used]


def set_terms(command: SetTerms, terms: CreditTerms) -> Sequence[object]:
    """What was agreed last holds; an agreement that was called off takes back only itself."""
    if not command.parts and (not isinstance(terms, Agreed) or terms.ref != command.ref):
        return []
    return [
        CreditTermsSet(
            customer_id=command.customer_id,
            line=command.line,
            ref=command.ref,
            basis=CreditBasis.TRANSFER,
            parts=command.parts,
            won_from=command.won_from,
            won_until=command.won_until,
            set_at=command.at,
        )
    ]


def _concerns(terms: Agreed, rep_id: str) -> bool:
    return any(part.rep_id == rep_id for part in terms.parts)


crediting = Decider[CreditingCommand](stands_on, decide)
