"""A manager's yes or no."""

from fastapi import APIRouter

from api.http.calls import call

router = APIRouter(tags=["approvals"])

call(router, "/v1/approvals", "approval.grant", status=201)
call(router, "/v1/approvals/denials", "approval.deny", status=201)
