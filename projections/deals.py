"""Every deal as it stands, one row each; what it was before stays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
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
from domain.envelope import Recorded
from domain.values import Money
from projections.projection import Key, Spans


class DealStanding(StrEnum):
    """What became of a deal."""

    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal.

    `team_id`: the rep's team on the day of the last step; `opened_on`, `closed_on`, `won_on`: business dates;
    amounts in minor units; `lead_rep_id`: who has the largest part of the credit for a won deal, the first of equal
    ones; `credit_reps`, `credit_bp`, `credit_minor`: the parts, in the same order (`credit_minor` empty where the
    amount is not known); `supporting_visits`: how many; `version`: the last event that made the row.
    """

    deal_id: UUID
    standing: DealStanding
    customer_id: UUID | None
    line: str
    rep_id: str
    team_id: str
    product: str | None
    stage: str | None
    amount_minor: int | None
    currency: str | None
    gross_margin_minor: int | None
    unknown_reason: str | None
    opened_on: date
    opened_at: datetime
    closed_on: date | None
    closed_at: datetime | None
    won_on: date | None
    lost_reason: LostReason | None
    lost_text: str | None
    supporting_visits: int
    none_reason: str | None
    owner_id: str | None
    lead_rep_id: str | None
    credit_reps: tuple[str, ...]
    credit_bp: tuple[int, ...]
    credit_minor: tuple[int, ...]
    flags: tuple[str, ...]
    version: int


def _touches(recorded: Recorded) -> Key | None:
    match recorded.event:
        case DealOpened() | DealStageAdvanced() | DealWon() | DealLost() | CreditAssigned() | CreditAdjusted() as event:
            return (event.deal_id,)
        case _:
            return None


def _fold(rows: Sequence[DealRow], recorded: Recorded) -> Sequence[DealRow]:
    if isinstance(recorded.event, DealOpened):
        return [_opened(recorded.event, recorded)]
    version = recorded.envelope.stream_version
    return [replace(_changed(row, recorded), version=version) for row in rows]


def _opened(event: DealOpened, recorded: Recorded) -> DealRow:
    return DealRow(
        deal_id=event.deal_id,
        standing=DealStanding.OPEN,
        customer_id=event.customer_id,
        line=event.line,
        rep_id=event.rep_id,
        team_id=event.team_id,
        product=event.product,
        stage=event.stage,
        amount_minor=_minor(event.amount),
        currency=event.amount.currency if event.amount else None,
        gross_margin_minor=None,
        unknown_reason=None,
        opened_on=recorded.envelope.biz_date,
        opened_at=event.opened_at,
        closed_on=None,
        closed_at=None,
        won_on=None,
        lost_reason=None,
        lost_text=None,
        supporting_visits=0,
        none_reason=None,
        owner_id=None,
        lead_rep_id=None,
        credit_reps=(),
        credit_bp=(),
        credit_minor=(),
        flags=(),
        version=recorded.envelope.stream_version,
    )


def _changed(row: DealRow, recorded: Recorded) -> DealRow:
    event, on = recorded.event, recorded.envelope.biz_date
    match event:
        case DealStageAdvanced():
            return replace(row, stage=event.to_stage)
        case DealWon():
            money = event.amount or event.gross_margin
            return replace(
                row,
                standing=DealStanding.WON,
                customer_id=event.customer_id,
                team_id=event.team_id,
                amount_minor=_minor(event.amount),
                currency=money.currency if money else None,
                gross_margin_minor=_minor(event.gross_margin),
                unknown_reason=event.unknown_reason,
                closed_on=on,
                closed_at=event.won_at,
                won_on=on,
                supporting_visits=len(event.supporting_visits),
                none_reason=event.none_reason,
                owner_id=event.owner_id,
                flags=event.flags,
            )
        case DealLost():
            return replace(
                row,
                standing=DealStanding.LOST,
                team_id=event.team_id,
                closed_on=on,
                closed_at=event.lost_at,
                lost_reason=event.lost_reason,
                lost_text=event.lost_text,
            )
        case CreditAssigned() | CreditAdjusted():
            return _credited(row, event.credits)
        case _:
            return row


def _credited(row: DealRow, credits: Sequence[Share]) -> DealRow:
    return replace(
        row,
        lead_rep_id=max(credits, key=lambda share: share.bp).rep_id,
        credit_reps=tuple(share.rep_id for share in credits),
        credit_bp=tuple(share.bp for share in credits),
        credit_minor=tuple(share.amount.minor for share in credits if share.amount),
    )


def _minor(money: Money | None) -> int | None:
    return money.minor if money else None


deals = Spans(
    name="deals",
    version=1,
    row=DealRow,
    key=("deal_id",),
    indexes=(("standing", "closed_on"), ("rep_id", "opened_on"), ("customer_id",), ("team_id",)),
    handles=frozenset({DealOpened, DealStageAdvanced, DealWon, DealLost, CreditAssigned, CreditAdjusted}),
    touches=_touches,
    fold=_fold,
)
