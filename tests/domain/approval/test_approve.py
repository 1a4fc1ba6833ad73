"""A manager in the line says yes or no, with a reason, once, and never to oneself."""

from dataclasses import replace

import pytest

from domain.approval.decisions import AlreadyDecided, ApprovalCommand, DenyApproval, GrantApproval, approving
from domain.approval.events import ApprovalDenied, ApprovalGranted, ApprovalUsed, Purpose
from domain.approval.state import Denied, Undecided, Used, approval_of
from domain.reception import Forbidden, Malformed, ReasonRequired, SelfApproval
from tests.given import given
from tests.people import MONDAY, an_id

YES = an_id(1)
VISIT = str(an_id(2))
GRANT = GrantApproval(YES, "anna", Purpose.BACKDATE, VISIT, None, "mei", "manager", True, "She was ill.", MONDAY)
DENY = DenyApproval(YES, "anna", Purpose.BACKDATE, VISIT, None, "mei", "manager", True, "Too often.", MONDAY)
GRANTED = ApprovalGranted(YES, "anna", Purpose.BACKDATE, VISIT, None, "mei", "She was ill.", MONDAY)
DENIED = ApprovalDenied(YES, "anna", Purpose.BACKDATE, VISIT, None, "mei", "Too often.", MONDAY)


def test_a_manager_of_the_line_says_yes() -> None:
    given().when(GRANT, approving).then(GRANTED)


def test_a_manager_of_the_line_says_no() -> None:
    given().when(DENY, approving).then(DENIED)


@pytest.mark.parametrize("command", [GRANT, DENY])
def test_nobody_outside_the_line_says_anything(command: ApprovalCommand) -> None:
    given().when(replace(command, in_line=False), approving).then_refused(Forbidden)


@pytest.mark.parametrize("command", [GRANT, DENY])
def test_nobody_answers_their_own_question(command: ApprovalCommand) -> None:
    given().when(replace(command, rep_id="mei", in_line=False), approving).then_refused(SelfApproval)


@pytest.mark.parametrize("command", [GRANT, DENY])
def test_an_answer_has_a_reason(command: ApprovalCommand) -> None:
    given().when(replace(command, reason=" "), approving).then_refused(ReasonRequired)


@pytest.mark.parametrize("command", [GRANT, DENY])
@pytest.mark.parametrize("past", [GRANTED, DENIED])
def test_a_question_is_answered_once(command: ApprovalCommand, past: object) -> None:
    given(past).when(command, approving).then_refused(AlreadyDecided)


def test_a_photo_is_approved_by_what_it_hashes_to() -> None:
    photo = replace(GRANT, purpose=Purpose.PRESENCE_PHOTO)
    given().when(photo, approving).then_refused(Malformed)
    (event,) = given().when(replace(photo, content_hash="ab" * 32), approving).happens()
    assert isinstance(event, ApprovalGranted)
    assert event.content_hash == "ab" * 32


def test_a_hash_is_a_hash() -> None:
    given().when(replace(GRANT, content_hash="the photo of Monday"), approving).then_refused(Malformed)


def test_a_no_and_a_used_yes_are_no_yes() -> None:
    stream = approval_of(YES)
    used = ApprovalUsed(YES, "anna", Purpose.BACKDATE, VISIT, MONDAY)
    assert stream.evolve(stream.evolve(stream.empty, DENIED), used) == Denied()
    assert stream.evolve(stream.evolve(stream.empty, GRANTED), used) == Used()
    assert stream.evolve(stream.empty, used) == Undecided()
