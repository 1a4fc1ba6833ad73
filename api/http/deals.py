"""Deals: opened, advanced, won and lost, and who has the credit."""

from fastapi import APIRouter

from api.http.calls import call

router = APIRouter(tags=["deals"])
_STREAM = "deal-{deal_id}"

call(router, "/v1/deals", "deal.open", status=201)
call(router, "/v1/deals/{deal_id}/stages", "deal.advance", stream=_STREAM)
call(router, "/v1/deals/{deal_id}/win", "deal.win", stream=_STREAM)
call(router, "/v1/deals/{deal_id}/loss", "deal.lose", stream=_STREAM)
call(router, "/v1/deals/{deal_id}/credits", "deal.assign_credit", stream=_STREAM)
