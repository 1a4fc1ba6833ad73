"""Open, advance, win, lose, share the credit: one function per command."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.deal.events import (
    CreditAdjusted,
    CreditAssigned,
    DealLost,
    DealOpened,
    DealStageAdvanced,
    DealWon,
    LostReason,
    Share,
)
from domain.deal.split import WHOLE, split
from domain.deal.state import Deal, Lost, Open, Unopened, Won, deal_of
from domain.decider import Decider, Past, Stream
from domain.reception import FieldFault, Forbidden, Malformed, ReasonRequired, RefNotFound
from domain.refusal import Conflict, Invalid
from domain.values import Money

_CURRENCY = re.compile(r"[A-Z]{3}")
_WIDEST = 2**53 - 1
_LABEL = 64


@dataclass(eq=False)
class DealExists(Conflict):
    """There is a deal of this id already, opened with other words."""

    deal_id: UUID


@dataclass(eq=False)
class DealClosed(Conflict):
    """The deal was won or lost before; a further one is a deal of its own."""

    deal_id: UUID
    state: str


@dataclass(eq=False)
class DealNotWon(Conflict):
    """There is credit for a won deal only."""

    deal_id: UUID


@dataclass(eq=False)
class ChallengeClosed(Conflict):
    """The credit for a deal is challenged within some days (D22) after it was won, and no later."""

    deal_id: UUID
    closed_at: datetime


@dataclass(eq=False)
class CustomerRequired(Invalid):
    """A deal is won with somebody: it was opened without a customer, and none is named now."""

    deal_id: UUID


@dataclass(eq=False)
class SplitInvalid(Invalid):
    """The shares do not make 10,000 basis points, one of them is negative, or a rep is named twice."""

    total_bp: int


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in what role, and whether that person may speak for the rep of this deal: is it, stands above, or keeps
    house."""

    role: str
    speaks_for_rep: bool


@dataclass(frozen=True, slots=True)
class Credit:
    """A rep's part of the credit, as it is asked for: `bp` of 10,000."""

    rep_id: str
    bp: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds the customer in the deal's line at this hour.

    `helpers`: colleagues who may work it too, with the parts of the credit that were agreed.
    """

    rep_id: str
    claim_id: UUID
    helpers: tuple[Credit, ...] = ()

    def share(self, rep_id: str) -> tuple[Credit, ...]:
        """How the credit for a deal of the owner, or of a helper, was agreed; nothing for anybody else's."""
        if not self.helpers or rep_id not in (self.rep_id, *(helper.rep_id for helper in self.helpers)):
            return ()
        rest = WHOLE - sum(helper.bp for helper in self.helpers)
        return (Credit(self.rep_id, rest), *self.helpers)

    def knows(self, rep_id: str) -> bool:
        """Whether somebody works the customer with the owner's consent."""
        return rep_id == self.rep_id or any(helper.rep_id == rep_id for helper in self.helpers)


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """A rep sees business; the fields are those of `DealOpened`."""

    deal_id: UUID
    customer_id: UUID | None
    line: str
    rep_id: str
    team_id: str
    product: str | None
    stage: str | None
    amount: Money | None
    asker: Asker
    at: datetime


@dataclass(frozen=True, slots=True)
class AdvanceDeal:
    """The deal shall stand at another stage."""

    deal_id: UUID
    stage: str
    asker: Asker
    at: datetime


@dataclass(frozen=True, slots=True)
class WinDeal:
    """The customer bought. `customer_id`: needed where the deal was opened without; `team_id`: of the deal's rep at
    `at`; `credits`: empty for all to the deal's rep."""

    deal_id: UUID
    customer_id: UUID | None
    team_id: str
    amount: Money | None
    gross_margin: Money | None
    unknown_reason: str | None
    supporting_visits: tuple[UUID, ...]
    none_reason: str | None
    credits: tuple[Credit, ...]
    owner: Owner | None
    asker: Asker
    at: datetime


@dataclass(frozen=True, slots=True)
class LoseDeal:
    """The customer did not buy."""

    deal_id: UUID
    team_id: str
    lost_reason: LostReason
    lost_text: str | None
    asker: Asker
    at: datetime


@dataclass(frozen=True, slots=True)
class AssignCredit:
    """The credit for a won deal shall be shared like this, for this reason.

    `period`: in which the difference counts.
    """

    deal_id: UUID
    credits: tuple[Credit, ...]
    reason: str
    asker: Asker
    period: str
    at: datetime


DealCommand: TypeAlias = OpenDeal | AdvanceDeal | WinDeal | LoseDeal | AssignCredit


def stands_on(command: DealCommand) -> Sequence[Stream[Deal]]:
    """The deal. Who owns the customer is looked up: a deal is taken as told, whoever owns (S69)."""
    return [deal_of(command.deal_id)]


def decide(command: DealCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    deal = past.of(deal_of(command.deal_id))
    match command:
        case OpenDeal():
            return open_deal(command, deal)
        case AdvanceDeal():
            return advance_deal(command, deal)
        case WinDeal():
            return win_deal(command, deal)
        case LoseDeal():
            return lose_deal(command, deal)
        case AssignCredit():
            return assign_credit(command, deal)
        case _:
            assert_never(command)


def open_deal(command: OpenDeal, deal: Deal) -> Sequence[object]:
    """A deal is opened once; opened again with the same words changes nothing."""
    _may(command.asker, "deal.open")
    _label("product", command.product)
    _label("stage", command.stage)
    _amount("amount", command.amount)
    opened = DealOpened(
        deal_id=command.deal_id,
        customer_id=command.customer_id,
        line=command.line,
        rep_id=command.rep_id,
        team_id=command.team_id,
        product=command.product,
        stage=command.stage,
        amount=command.amount,
        opened_at=command.at,
    )
    match deal:
        case Unopened():
            return [opened]
        case Open() if _same_words(deal.opened, opened):
            return []
        case _:
            raise DealExists(command.deal_id)


def advance_deal(command: AdvanceDeal, deal: Deal) -> Sequence[object]:
    """To another stage, as long as nothing is decided."""
    opened = _still_open(command.deal_id, deal)
    _may(command.asker, "deal.advance")
    _label("stage", command.stage)
    if command.stage == opened.stage:
        return []
    return [
        DealStageAdvanced(
            deal_id=command.deal_id,
            customer_id=opened.customer_id,
            rep_id=opened.rep_id,
            from_stage=opened.stage,
            to_stage=command.stage,
            advanced_at=command.at,
        )
    ]


def win_deal(command: WinDeal, deal: Deal) -> Sequence[object]:
    """Won, by whomever: where another rep holds the customer, that is noticed and not refused (A17)."""
    opened = _still_open(command.deal_id, deal)
    _may(command.asker, "deal.win")
    customer_id = _customer(command, opened)
    _money_or_reason(command)
    if not command.supporting_visits and not _said(command.none_reason):
        raise ReasonRequired("deal.win: supporting_visits")
    owner = command.owner
    agreed = owner.share(opened.rep_id) if owner else ()
    shares = _shares(command.credits or agreed or (Credit(opened.rep_id, WHOLE),), command.amount)
    won = DealWon(
        deal_id=command.deal_id,
        customer_id=customer_id,
        line=opened.opened.line,
        rep_id=opened.rep_id,
        team_id=command.team_id,
        amount=command.amount,
        gross_margin=command.gross_margin,
        unknown_reason=command.unknown_reason,
        supporting_visits=tuple(dict.fromkeys(command.supporting_visits)),
        none_reason=command.none_reason,
        owner_id=owner.rep_id if owner else None,
        claim_id=owner.claim_id if owner else None,
        won_at=command.at,
        flags=("NOT_OWNER",) if owner and not owner.knows(opened.rep_id) else (),
    )
    return [won, CreditAssigned(command.deal_id, customer_id, shares, command.at)]


def lose_deal(command: LoseDeal, deal: Deal) -> Sequence[object]:
    """Lost, for a reason of the closed list; OTHER needs words."""
    opened = _still_open(command.deal_id, deal)
    _may(command.asker, "deal.lose")
    if command.lost_reason is LostReason.OTHER and not _said(command.lost_text):
        raise ReasonRequired("deal.lose: lost_text")
    return [
        DealLost(
            deal_id=command.deal_id,
            customer_id=opened.customer_id,
            rep_id=opened.rep_id,
            team_id=command.team_id,
            lost_reason=command.lost_reason,
            lost_text=command.lost_text,
            lost_at=command.at,
        )
    ]


def assign_credit(command: AssignCredit, deal: Deal) -> Sequence[object]:
    """Share the credit otherwise, with a reason; the earlier sharing stays in the record."""
    if isinstance(deal, Unopened):
        raise RefNotFound("deal", str(command.deal_id))
    _may(command.asker, "deal.assign_credit")
    amount = deal.amount if isinstance(deal, Won) else None
    _shares(command.credits, amount)
    if not _said(command.reason):
        raise ReasonRequired("deal.assign_credit")
    if not isinstance(deal, Won):
        raise DealNotWon(command.deal_id)
    return adjusted(command.deal_id, deal, command.credits, command.reason, command.period, command.at)


def adjusted(
    deal_id: UUID, deal: Won, credits: Sequence[Credit], reason: str, period: str, at: datetime
) -> Sequence[CreditAdjusted]:
    """The credit of a won deal in other parts; in the same ones nothing changes."""
    shares = _shares(credits, deal.amount)
    if shares == deal.credits:
        return []
    return [CreditAdjusted(deal_id, deal.customer_id, deal.credits, shares, reason, at, period)]


def known_as_won(deal_id: UUID, deal: Deal) -> Won:
    """The deal, if there is one and it was won."""
    if isinstance(deal, Unopened):
        raise RefNotFound("deal", str(deal_id))
    if not isinstance(deal, Won):
        raise DealNotWon(deal_id)
    return deal


def _may(asker: Asker, asked: str) -> None:
    if not asker.speaks_for_rep:
        raise Forbidden(asked, asker.role)


def _still_open(deal_id: UUID, deal: Deal) -> Open:
    match deal:
        case Unopened():
            raise RefNotFound("deal", str(deal_id))
        case Open():
            return deal
        case Won():
            raise DealClosed(deal_id, "WON")
        case Lost():
            raise DealClosed(deal_id, "LOST")
        case _:
            assert_never(deal)


def _same_words(before: DealOpened, now: DealOpened) -> bool:
    return (before.customer_id, before.line, before.rep_id, before.product, before.stage, before.amount) == (
        now.customer_id,
        now.line,
        now.rep_id,
        now.product,
        now.stage,
        now.amount,
    )


def _customer(command: WinDeal, opened: Open) -> UUID:
    if opened.customer_id is None:
        if command.customer_id is None:
            raise CustomerRequired(command.deal_id)
        return command.customer_id
    if command.customer_id not in (None, opened.customer_id):
        raise Malformed((FieldFault("/data/customer_id", "the customer with whom the deal was opened, or none"),))
    return opened.customer_id


def _money_or_reason(command: WinDeal) -> None:
    _amount("amount", command.amount)
    margin, amount = command.gross_margin, command.amount
    if margin is not None:
        _money("gross_margin", margin)
        if amount is not None and amount.currency != margin.currency:
            raise Malformed((FieldFault("/data/gross_margin/currency", "that of the amount"),))
    if (amount is None or margin is None) and not _said(command.unknown_reason):
        raise ReasonRequired("deal.win: gross_margin")


def _amount(field: str, amount: Money | None) -> None:
    if amount is None:
        return
    _money(field, amount)
    if amount.minor < 0:
        raise Malformed((FieldFault(f"/data/{field}/minor", "zero or more"),))


def _money(field: str, money: Money) -> None:
    if not _CURRENCY.fullmatch(money.currency):
        raise Malformed((FieldFault(f"/data/{field}/currency", "three capital letters of ISO 4217"),))
    if abs(money.minor) > _WIDEST:
        raise Malformed((FieldFault(f"/data/{field}/minor", "at most 2^53 - 1"),))


def _label(field: str, text: str | None) -> None:
    if text is not None and not (text.strip() and len(text) <= _LABEL):
        raise Malformed((FieldFault(f"/data/{field}", f"1 to {_LABEL} characters"),))


def _said(text: str | None) -> bool:
    return bool(text and text.strip())


def _shares(credits: Sequence[Credit], amount: Money | None) -> tuple[Share, ...]:
    shares, reps = [credit.bp for credit in credits], {credit.rep_id for credit in credits}
    if sum(shares) != WHOLE or min(shares) < 0 or len(reps) != len(credits):
        raise SplitInvalid(sum(shares))
    money: Sequence[Money | None] = split(amount, shares) if amount else [None] * len(credits)
    return tuple(Share(credit.rep_id, credit.bp, part) for credit, part in zip(credits, money, strict=True))


dealing = Decider[DealCommand](stands_on, decide)
