"""The desk of photos and documents: stored sealed, linked to visits, opened before witnesses."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256 as digest_of
from uuid import UUID

from domain.attachment.decisions import AttachmentMismatch as AttachmentMismatch
from domain.attachment.decisions import LinkAttachments, OpenAttachment, StoreAttachment, attaching
from domain.attachment.state import Attachment, attachment_of
from domain.reception import RefNotFound
from domain.rights import Role
from services.carry_out import CarryOut, told
from services.pasts import Pasts
from services.ports import AttachmentBox, Context, Json, Receipt

MOST = 10 * 1024 * 1024
"""Bytes of one attachment."""
_SENT_BY_A_REP = frozenset({Role.REP, Role.CLIENT, Role.MANAGER})


class AttachmentDesk:
    """Keeps the bytes in a box, and in the log what they are and who saw them."""

    def __init__(self, carry_out: CarryOut, pasts: Pasts, box: AttachmentBox) -> None:
        self._carry_out = carry_out
        self._pasts = pasts
        self._box = box

    async def store(self, sha256: str, mime: str, content: bytes, context: Context) -> Receipt:
        """Keep bytes under the name that they hash to. Refused: ATTACHMENT_MISMATCH, MALFORMED.

        They are in the box before the log says so; bytes of which the log says nothing are never shown.
        """
        sender = context.actor.acting_for
        command = StoreAttachment(
            sha256=sha256,
            found=(await asyncio.to_thread(digest_of, content)).hexdigest(),
            rep_id=sender if context.actor.role in _SENT_BY_A_REP else None,
            stored_by=sender,
            bytes=len(content),
            mime=mime,
            at=context.decided_at,
        )
        looked = await self._pasts.look(attaching.stands_on(command))
        if attaching.decide(command, looked.past) or await self._box.open(sha256) is None:
            await self._box.keep(sha256, content)
        answer = {"sha256": sha256, "bytes": len(content), "mime": mime}
        return await self._carry_out(command, attaching, context, answer=lambda _: answer)

    async def link(
        self, visit_id: UUID, customer_id: UUID, rep_id: str, sha256s: tuple[str, ...], context: Context
    ) -> Receipt:
        """Note what a visit refers to."""
        command = LinkAttachments(sha256s, visit_id, customer_id, rep_id, context.decided_at)
        return await self._carry_out(command, attaching, context)

    async def attachment(self, sha256: str) -> Attachment:
        """What is known of it. Raises `RefNotFound` where its bytes never arrived."""
        found = await self._pasts.of(attachment_of(sha256))
        if found.mime is None:
            raise RefNotFound("attachment", sha256)
        return found

    async def open(self, sha256: str, context: Context) -> Receipt:
        """Record that somebody opens it; `content` is shown after that."""
        command = OpenAttachment(sha256, context.actor.acting_for, context.actor.role, context.decided_at)
        return await self._carry_out(command, attaching, context, answer=_opened)

    async def content(self, sha256: str) -> bytes:
        """The bytes. Raises `RefNotFound` where they were erased."""
        content = await self._box.open(sha256)
        if content is None:
            raise RefNotFound("attachment", sha256)
        return content


def _opened(events: Sequence[object]) -> Mapping[str, Json]:
    return told({"opened": len(events)})
