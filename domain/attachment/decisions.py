"""Store, link, open: one function per command."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from domain.attachment.events import AttachmentLinked, AttachmentOpened, AttachmentStored
from domain.attachment.state import Attachment, attachment_of
from domain.decider import Decider, Past, Stream
from domain.reception import FieldFault, Malformed, RefNotFound
from domain.refusal import Invalid

_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}", re.ASCII)


@dataclass(eq=False)
class AttachmentMismatch(Invalid):
    """The bytes that arrived hash to something else than the name under which they were sent."""

    sha256: str
    found: str


@dataclass(frozen=True, slots=True)
class StoreAttachment:
    """Bytes arrived. `found`: what they hash to."""

    sha256: str
    found: str
    rep_id: str | None
    stored_by: str
    bytes: int
    mime: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkAttachments:
    """A visit refers to photos and documents."""

    sha256s: tuple[str, ...]
    visit_id: UUID
    customer_id: UUID
    rep_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenAttachment:
    """Somebody who may looks at it."""

    sha256: str
    opened_by: str
    role: str
    at: datetime


AttachmentCommand: TypeAlias = StoreAttachment | LinkAttachments | OpenAttachment


def stands_on(command: AttachmentCommand) -> Sequence[Stream[Attachment]]:
    """The attachments that are spoken of."""
    names = dict.fromkeys(command.sha256s) if isinstance(command, LinkAttachments) else (command.sha256,)
    return [attachment_of(name) for name in names]


def decide(command: AttachmentCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case StoreAttachment():
            return store_attachment(command, past)
        case LinkAttachments():
            return list(link_attachments(command, past))
        case OpenAttachment():
            return open_attachment(command, past)
        case _:
            assert_never(command)


def store_attachment(command: StoreAttachment, past: Past) -> Sequence[object]:
    """Bytes that are what they are called, once."""
    if command.found != command.sha256:
        raise AttachmentMismatch(command.sha256, command.found)
    if not command.bytes:
        raise Malformed((FieldFault("", "The body is empty."),))
    if not _MIME.fullmatch(command.mime):
        raise Malformed((FieldFault("", "Content-Type says what it is, as image/jpeg."),))
    if past.of(attachment_of(command.sha256)).mime is not None:
        return []
    return [
        AttachmentStored(
            sha256=command.sha256,
            rep_id=command.rep_id,
            stored_by=command.stored_by,
            bytes=command.bytes,
            mime=command.mime,
            stored_at=command.at,
        )
    ]


def link_attachments(command: LinkAttachments, past: Past) -> Iterable[AttachmentLinked]:
    """Each visit refers to an attachment once; what was used before, or has not arrived, is noticed."""
    for sha256 in dict.fromkeys(command.sha256s):
        attachment = past.of(attachment_of(sha256))
        if command.visit_id in attachment.visits:
            continue
        reused = ("REUSED_ATTACHMENT",) if attachment.visits else ()
        awaited = ("ATTACHMENT_AWAITED",) if attachment.mime is None else ()
        yield AttachmentLinked(
            sha256, command.visit_id, command.customer_id, command.rep_id, command.at, (*reused, *awaited)
        )


def open_attachment(command: OpenAttachment, past: Past) -> Sequence[object]:
    """What is there is opened, and that is recorded every time."""
    attachment = past.of(attachment_of(command.sha256))
    if attachment.mime is None:
        raise RefNotFound("attachment", command.sha256)
    return [AttachmentOpened(command.sha256, attachment.rep_id, command.opened_by, command.role, command.at)]


attaching = Decider[AttachmentCommand](stands_on, decide)
