"""Deals: opened, advanced, won and lost, and who has the credit."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.http.answers import answer, basis_of, etag, plain
from api.http.asking import READERS, AnyAsker, At, MinPosition, ThePlatform, may_know_of, only
from api.http.calls import call
from services.deal_questions import DealRow

router = APIRouter(tags=["deals"])
_STREAM = "deal-{deal_id}"

call(router, "/v1/deals", "deal.open", status=201)
call(router, "/v1/deals/{deal_id}/stages", "deal.advance", stream=_STREAM)
call(router, "/v1/deals/{deal_id}/win", "deal.win", stream=_STREAM)
call(router, "/v1/deals/{deal_id}/loss", "deal.lose", stream=_STREAM)
call(router, "/v1/deals/{deal_id}/credits", "deal.assign_credit", stream=_STREAM)


@router.get("/v1/deals/{deal_id}")
async def read_deal(
    platform: ThePlatform, asker: AnyAsker, deal_id: UUID, at: At = None, min_position: MinPosition = None
) -> Response:
    """One deal as it stands, or as it stood: its stage, what it is worth, and who has the credit.

    For its rep, the managers above, arbiters, auditors and ops.
    """
    only(asker, "deals.read", *READERS)
    basis = await basis_of(platform, at, min_position)
    row = await platform.deal_questions.one(deal_id, at=basis.position)
    await may_know_of(platform, asker, "deal", deal_id, row.rep_id)
    return answer(_told(row), basis=basis, headers={"ETag": etag(row.version)})


def _told(row: DealRow) -> Mapping[str, Any]:
    told: dict[str, Any] = plain(row)
    minor: tuple[int | None, ...] = row.credit_minor or (None,) * len(row.credit_reps)
    told["amount"] = _money(row.amount_minor, row.currency)
    told["gross_margin"] = _money(row.gross_margin_minor, row.currency)
    told["credits"] = [
        {"rep_id": rep_id, "share_bp": share, "amount": _money(part, row.currency)}
        for rep_id, share, part in zip(row.credit_reps, row.credit_bp, minor, strict=True)
    ]
    for taken_in in ("amount_minor", "currency", "gross_margin_minor", "credit_reps", "credit_bp", "credit_minor"):
        del told[taken_in]
    return told


def _money(minor: int | None, currency: str | None) -> Mapping[str, Any] | None:
    return None if minor is None else {"minor": minor, "currency": currency}
