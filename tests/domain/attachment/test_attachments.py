"""A photo is what its bytes hash to, belongs to one visit, and is opened before witnesses."""

from dataclasses import replace

import pytest

from domain.attachment.decisions import (
    AttachmentMismatch,
    LinkAttachments,
    OpenAttachment,
    StoreAttachment,
    attaching,
)
from domain.attachment.events import AttachmentLinked, AttachmentOpened, AttachmentStored
from domain.attachment.state import Attachment, evolve
from domain.reception import Malformed, RefNotFound
from tests.given import given
from tests.people import ACME, MONDAY, an_id

PHOTO, OTHER = "ab" * 32, "cd" * 32
STORE = StoreAttachment(PHOTO, PHOTO, "anna", "anna", 9_000, "image/jpeg", MONDAY)
STORED = AttachmentStored(PHOTO, "anna", "anna", 9_000, "image/jpeg", MONDAY)
LINK = LinkAttachments((PHOTO,), an_id(1), ACME, "anna", MONDAY)
LINKED = AttachmentLinked(PHOTO, an_id(1), ACME, "anna", MONDAY)


def test_bytes_are_kept_once_under_the_name_that_they_hash_to() -> None:
    given().when(STORE, attaching).then(STORED)
    given(STORED).when(STORE, attaching).then_nothing()


def test_bytes_that_hash_to_something_else_are_not_taken() -> None:
    no = given().when(replace(STORE, found=OTHER), attaching).then_refused(AttachmentMismatch)
    assert no.facts() == {"sha256": PHOTO, "found": OTHER}


@pytest.mark.parametrize("mime", ["", "image", "image/", "text/html; x", "a/jp eg", "a/b/c", "é/x", "a" * 80 + "/b"])
def test_what_says_not_what_it_is_is_not_taken(mime: str) -> None:
    given().when(replace(STORE, mime=mime), attaching).then_refused(Malformed)


def test_nothing_is_no_attachment() -> None:
    given().when(replace(STORE, bytes=0), attaching).then_refused(Malformed)


def test_a_visit_refers_to_an_attachment_once() -> None:
    given(STORED).when(LINK, attaching).then(LINKED)
    given(STORED, LINKED).when(LINK, attaching).then_nothing()
    given(STORED).when(replace(LINK, sha256s=(PHOTO, PHOTO)), attaching).then(LINKED)


def test_a_visit_may_refer_to_what_has_not_arrived_and_that_is_noticed() -> None:
    given().when(LINK, attaching).then(replace(LINKED, flags=("ATTACHMENT_AWAITED",)))


def test_what_another_visit_used_is_noticed_whoever_uses_it() -> None:
    again = replace(LINK, visit_id=an_id(2), rep_id="bruno")
    reused = AttachmentLinked(PHOTO, an_id(2), ACME, "bruno", MONDAY, ("REUSED_ATTACHMENT",))
    given(STORED, LINKED).when(again, attaching).then(reused)


def test_each_of_several_is_looked_at_by_itself() -> None:
    other = replace(LINKED, sha256=OTHER, flags=("ATTACHMENT_AWAITED",))
    given(STORED).when(replace(LINK, sha256s=(PHOTO, OTHER)), attaching).then(LINKED, other)


def test_every_opening_is_recorded() -> None:
    opening = OpenAttachment(PHOTO, "mei", "manager", MONDAY)
    opened = AttachmentOpened(PHOTO, "anna", "mei", "manager", MONDAY)
    given(STORED).when(opening, attaching).then(opened)
    given(STORED, opened).when(opening, attaching).then(opened)


def test_what_never_arrived_cannot_be_opened() -> None:
    given(replace(LINKED)).when(OpenAttachment(PHOTO, "mei", "manager", MONDAY), attaching).then_refused(RefNotFound)


def test_it_is_part_of_the_history_of_whoever_sent_it_and_whose_visit_it_is() -> None:
    attachment = Attachment()
    for event in (STORED, replace(LINKED, rep_id="bruno"), AttachmentOpened(PHOTO, "anna", "mei", "manager", MONDAY)):
        attachment = evolve(attachment, event)
    assert attachment.reps == {"anna", "bruno"}
