"""A case is opened once by a party, stops the customer's clocks, and hears whoever is part of it."""

from dataclasses import replace

from domain.conflict.events import (
    CaseTransferred,
    ConflictCaseOpened,
    EvidenceKind,
    EvidenceSubmitted,
    RulingProposed,
    StatementFiled,
    TransferCause,
)
from domain.conflict.ladder import Trust
from domain.deal.decisions import ChallengeClosed
from domain.ownership.events import ProtectionPaused
from domain.reception import Malformed, ReasonRequired, RefNotFound
from domain.ruling.decisions import ruling
from domain.ruling.hearing import FileStatement, MoveCase, ProposeRuling, SubmitEvidence
from domain.ruling.refusals import CaseExists, NotParty
from tests.domain.claiming.claims import granted
from tests.domain.ruling.cases import ANNA_WINS, CASE, HEARD, OPENED_AT, RULES, opened, opens
from tests.given import given
from tests.people import CALENDAR, an_id, at, days

LETTER = SubmitEvidence(
    case_id=CASE,
    evidence_id=an_id(710),
    submitted_by="bruno",
    reads_all=False,
    kind=EvidenceKind.CUSTOMER_LETTER,
    event_id=None,
    position=None,
    sha256="ab" * 32,
    favours="bruno",
    trust=Trust.E3,
    text=None,
    at=OPENED_AT,
)
MINE = FileStatement(CASE, "anna", "It is mine.", OPENED_AT)
OVERDUE = MoveCase(CASE, "director", TransferCause.RULING_OVERDUE, RULES, CALENDAR, at("03-11 00:00"))


def test_opening_writes_the_deadlines_in_workdays_and_holds_the_customer() -> None:
    case, pause = given(*granted()).when(opens(), ruling).happens()
    assert case == opened()
    assert isinstance(pause, ProtectionPaused)
    assert (pause.case_id, pause.rep_id) == (CASE, "anna")


def test_only_a_party_opens_with_a_reason_and_only_once() -> None:
    given(*granted()).when(replace(opens(), asked_by_rep="cara"), ruling).then_refused(NotParty)
    given(*granted()).when(replace(opens(), reason=" "), ruling).then_refused(ReasonRequired)
    given(*granted()).when(replace(opens(), parties=("bruno", "bruno")), ruling).then_refused(Malformed)
    given(*granted()).when(replace(opens(), exists=an_id(9)), ruling).then_refused(CaseExists)
    given(*granted(), opened()).when(opens(), ruling).then_refused(CaseExists)


def test_a_policy_needs_no_reason() -> None:
    by_policy = replace(opens(), by_hand=False, reason=None, asked_by_rep=None)
    assert isinstance(given(*granted()).when(by_policy, ruling).happens()[0], ConflictCaseOpened)


def test_credit_is_challenged_before_its_days_are_over_and_holds_no_customer() -> None:
    challenge = replace(opens(held=False, deal_id=an_id(8)), challenge_until=OPENED_AT + days(1))
    assert [type(event) for event in given().when(challenge, ruling).happens()] == [ConflictCaseOpened]
    given().when(replace(challenge, challenge_until=OPENED_AT), ruling).then_refused(ChallengeClosed)


def test_evidence_is_put_in_once_by_those_who_are_part_of_the_case() -> None:
    (put_in,) = given(opened()).when(LETTER, ruling).happens()
    assert isinstance(put_in, EvidenceSubmitted)
    given(opened(), put_in).when(replace(LETTER, evidence_id=an_id(9)), ruling).then_nothing()
    given(opened()).when(replace(LETTER, submitted_by="cara"), ruling).then_refused(NotParty)
    for who in (replace(LETTER, submitted_by="mei"), replace(LETTER, submitted_by="iris", reads_all=True)):
        assert given(opened()).when(who, ruling).happens()
    given().when(LETTER, ruling).then_refused(RefNotFound)


def test_evidence_says_what_it_is() -> None:
    for wrong in (
        replace(LETTER, favours=None),
        replace(LETTER, favours="cara"),
        replace(LETTER, sha256=None),
        replace(LETTER, kind=EvidenceKind.EVENT),
        replace(LETTER, event_id=an_id(3)),
    ):
        given(opened()).when(wrong, ruling).then_refused(Malformed)


def test_every_statement_is_kept_and_a_late_one_is_marked() -> None:
    (first,) = given(opened()).when(MINE, ruling).happens()
    (second,) = given(opened(), first).when(replace(MINE, at=HEARD), ruling).happens()
    assert isinstance(first, StatementFiled)
    assert isinstance(second, StatementFiled)
    assert [(one.number, one.flags) for one in (first, second)] == [(1, ()), (2, ("STATEMENT_LATE",))]
    given(opened()).when(replace(MINE, rep_id="mei"), ruling).then_refused(NotParty)
    given(opened()).when(replace(MINE, text=" "), ruling).then_refused(ReasonRequired)


def test_an_overdue_case_goes_up_with_new_time_and_not_before() -> None:
    given(opened()).when(replace(OVERDUE, at=at("03-10 23:59")), ruling).then_nothing()
    (moved,) = given(opened()).when(OVERDUE, ruling).happens()
    assert isinstance(moved, CaseTransferred)
    assert (moved.from_arbiter, moved.to_arbiter, moved.ruling_due) == ("mei", "director", at("03-19 00:00"))
    elsewhere = replace(OVERDUE, cause=TransferCause.ARBITER_CONFLICT, at=OPENED_AT)
    (moved,) = given(opened()).when(elsewhere, ruling).happens()
    assert isinstance(moved, CaseTransferred)
    assert moved.ruling_due == at("03-11 00:00"), "the time for a ruling goes on"
    given(opened()).when(replace(elsewhere, to_arbiter="mei"), ruling).then_nothing()


def test_the_ladder_proposes_once_for_each_hearing() -> None:
    propose = ProposeRuling(CASE, ANNA_WINS, (1, 2), "ab" * 32, HEARD)
    (proposed,) = given(opened()).when(propose, ruling).happens()
    assert isinstance(proposed, RulingProposed)
    assert (proposed.winner_id, proposed.as_of_position) == ("anna", 77)
    given(opened(), proposed).when(propose, ruling).then_nothing()
