"""Photos and documents: sent under the name that they hash to, opened by those who may see the rep's history."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.http.answers import answer, receipt_headers, told_receipt
from api.http.asking import AnyAsker, ThePlatform, may_know_of, only
from api.http.bodies import body_of
from services.access import Role
from services.attachments import MOST
from services.ports import Context, Receipt

router = APIRouter(tags=["attachments"])

Sha256 = Annotated[
    str,
    Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the bytes, in small hexadecimal letters."),
]
_BYTES: dict[str, Any] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
SAFELY = {
    "Cache-Control": "private, no-store",
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""What somebody sent is shown to nobody as a page of ours."""


@router.put(
    "/v1/attachments/{sha256}",
    status_code=201,
    response_class=Response,
    openapi_extra={"requestBody": {"required": True, "content": _BYTES}},
)
async def put_attachment(request: Request, platform: ThePlatform, asker: AnyAsker, sha256: Sha256) -> Response:
    """Send a photo or document, at most 10 MiB; `Content-Type` says what it is. 200 where it is here already.

    A visit may refer to it before or after. It is kept sealed under a key of its own, and opening it is recorded.
    """
    content = await body_of(request, MOST)
    mime = request.headers.get("content-type", "").split(";")[0].strip().lower()
    sent = asker.sent(platform, on_behalf_of=request.headers.get("on-behalf-of"))
    asking = sent.asking("attachment.store", {"sha256": sha256, "mime": mime, "bytes": len(content)})

    async def carry(context: Context) -> Receipt:
        return await platform.attachments.store(sha256, mime, content, context)

    receipt = await platform.reception.submit(asking, carry)
    status = 201 if receipt.events else 200
    return answer(told_receipt(receipt), status=status, headers=receipt_headers(receipt, None))


@router.get(
    "/v1/attachments/{sha256}",
    response_class=Response,
    responses={200: {"description": "The bytes, as they were sent.", "content": _BYTES}},
)
async def get_attachment(platform: ThePlatform, asker: AnyAsker, sha256: Sha256) -> Response:
    """Open a photo or document: its rep, whoever stands above the rep, arbiters and auditors may. It is recorded."""
    only(asker, "attachment.open", Role.REP, Role.MANAGER, Role.ARBITER, Role.AUDITOR)
    found = await platform.attachments.attachment(sha256)
    if asker.token.role != Role.AUDITOR:
        await may_know_of(platform, asker, "attachment", sha256, *found.reps)
    content = await platform.attachments.content(sha256)
    asking = asker.sent(platform).asking("attachment.open", {"sha256": sha256})

    async def carry(context: Context) -> Receipt:
        return await platform.attachments.open(sha256, context)

    receipt = await platform.reception.submit(asking, carry)
    headers = {**SAFELY, **receipt_headers(receipt, None)}
    return Response(content, 200, headers, found.mime)
