"""Deals, as clients send them."""

from typing import Literal

from pydantic import Field

from api.bodies.emitted import AnyEmitted, Emitted
from api.bodies.parts import Body, Bp, Id, Label, Line, MoneyBody, OurId, Text
from services.deals import Credit, LostReason, Money, NewDeal, Win
from services.platform import Platform
from services.ports import Context, Receipt


class CreditBody(Body):
    """A rep's part of the credit."""

    rep_id: OurId
    bp: Bp

    def credit(self) -> Credit:
        """The part."""
        return Credit(self.rep_id, self.bp)


class OpenDeal(Body):
    """A rep means to sell something to a customer."""

    deal_id: Id | None = Field(default=None, description="Of the client's making; left out: of ours.")
    customer_id: Id | None = Field(default=None, description="May be said when it is won, at the latest.")
    rep_id: OurId | None = Field(default=None, description="Whose deal it is; left out: the asker's.")
    line: Line = "default"
    product: Text | None = None
    stage: Label | None = None
    amount: MoneyBody | None = None


class AdvanceDeal(Body):
    """A deal comes to another stage."""

    deal_id: Id
    stage: Label = Field(examples=["PROPOSAL"])


class WinDeal(Body):
    """The customer bought."""

    deal_id: Id
    customer_id: Id | None = Field(default=None, description="Needed where the deal was opened without.")
    amount: MoneyBody | None = None
    gross_margin: MoneyBody | None = Field(default=None, description="Or say in unknown_reason why it is not known.")
    unknown_reason: Text | None = None
    supporting_visits: list[Id] = Field(default=[], max_length=200, description="The visits that explain it.")
    none_reason: Text | None = Field(default=None, description="Why no visit explains it.")
    credits: list[CreditBody] = Field(
        default=[], max_length=20, description="10,000 basis points together; left out: all to the deal's rep."
    )

    def win(self) -> Win:
        """How it was won."""
        return Win(
            deal_id=self.deal_id,
            customer_id=self.customer_id,
            amount=_money(self.amount),
            gross_margin=_money(self.gross_margin),
            unknown_reason=self.unknown_reason,
            supporting_visits=tuple(self.supporting_visits),
            none_reason=self.none_reason,
            credits=tuple(one.credit() for one in self.credits),
        )


class LoseDeal(Body):
    """The customer did not buy."""

    deal_id: Id
    lost_reason: Literal[
        "PRICE", "COMPETITOR", "NO_BUDGET", "NO_DECISION", "NO_NEED", "NO_POWER", "TIMING", "PRODUCT", "OTHER"
    ]
    lost_text: Text | None = Field(default=None, description="Needed with OTHER.")


class AssignCredit(Body):
    """The credit for a won deal is shared otherwise from now on."""

    deal_id: Id
    credits: list[CreditBody] = Field(max_length=20, description="10,000 basis points together.")
    reason: Text


def _money(body: MoneyBody | None) -> Money | None:
    return Money(body.minor, body.currency) if body else None


async def _open(platform: Platform, body: OpenDeal, context: Context) -> Receipt:
    deal = NewDeal(
        customer_id=body.customer_id,
        deal_id=body.deal_id,
        rep_id=body.rep_id,
        line=body.line,
        product=body.product,
        stage=body.stage,
        amount=_money(body.amount),
    )
    return await platform.deals.open(deal, context)


async def _advance(platform: Platform, body: AdvanceDeal, context: Context) -> Receipt:
    return await platform.deals.advance(body.deal_id, body.stage, context)


async def _win(platform: Platform, body: WinDeal, context: Context) -> Receipt:
    return await platform.deals.win(body.win(), context)


async def _lose(platform: Platform, body: LoseDeal, context: Context) -> Receipt:
    return await platform.deals.lose(body.deal_id, LostReason(body.lost_reason), context, lost_text=body.lost_text)


async def _assign_credit(platform: Platform, body: AssignCredit, context: Context) -> Receipt:
    credits = [one.credit() for one in body.credits]
    return await platform.deals.assign_credit(body.deal_id, credits, body.reason, context)


EMITTED: tuple[AnyEmitted, ...] = (
    Emitted("deal.open", OpenDeal, _open),
    Emitted("deal.advance", AdvanceDeal, _advance),
    Emitted("deal.win", WinDeal, _win),
    Emitted("deal.lose", LoseDeal, _lose),
    Emitted("deal.assign_credit", AssignCredit, _assign_credit),
)
