"""A ruling is carried out as a whole, appealed against once, and put in place of another only by another."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.conflict.events import (
    AppealDecided,
    AppealFiled,
    CaseClosed,
    CaseOutcome,
    CaseReopened,
    ConflictCaseOpened,
    EvidenceSubmitted,
    RulingBasisChanged,
    RulingIssued,
    RulingSuperseded,
    StatementFiled,
)
from domain.credit.events import CreditTermsSet
from domain.deal.decisions import Credit, SplitInvalid
from domain.ownership.events import ClaimBasis, ClaimGranted, ClaimRevoked, ProtectionPaused, ProtectionResumed
from domain.portfolio.events import SlotReleased, SlotReserved
from domain.reception import Malformed, ReasonRequired, RefNotFound
from domain.ruling.afterwards import CloseCase, FileAppeal, NoteBasisChanged, ReopenCase
from domain.ruling.decisions import ruling
from domain.ruling.opening import Holding
from domain.ruling.refusals import AppealClosed, ArbiterConflict, CaseFinal, LetterRequired, NotParty, TooEarly
from domain.ruling.ruling import RuleOnCase
from domain.values import Part
from tests.domain.claiming.claims import granted
from tests.domain.ruling.cases import (
    BRUNO_WINS,
    CASE,
    HEARD,
    OPENED_AT,
    PROTECTION,
    RULES,
    opened,
    opens,
    rules,
    winner,
)
from tests.domain.ruling.test_open_and_hear import LETTER, MINE
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, CALENDAR, LINE, an_id, at, days

HELD = tuple(given(*granted()).when(opens(), ruling).happens())
PAST = (*granted(), *HELD)
APPEAL = FileAppeal(CASE, "bruno", "It is mine.", "director", RULES, CALENDAR, at("03-10 12:00"))
HOLDING = Holding(ACME, LINE, ("anna",), PROTECTION)
CLOSE = CloseCase(CASE, False, None, (HOLDING,), CALENDAR, at("03-12 00:00"))
REOPEN = ReopenCase(CASE, "iris", "There is news.", "mei", (HOLDING,), RULES, CALENDAR, at("03-20 09:00"))


def after(command: RuleOnCase | None = None, *more: object) -> tuple[object, ...]:
    """The past with a ruling in it."""
    return (*PAST, *given(*PAST).when(command or rules(), ruling).happens(), *more)


def kinds(events: Sequence[object]) -> list[type[object]]:
    return [type(event) for event in events]


def test_who_keeps_the_customer_has_the_clock_going_again() -> None:
    events = given(*PAST).when(rules(), ruling).happens()
    assert kinds(events) == [RulingIssued, ProtectionResumed]
    issued = events[0]
    assert isinstance(issued, RulingIssued)
    assert (issued.winner_id, issued.as_of_position, issued.override_reason) == ("anna", 77, None)
    assert (issued.appeal_due, issued.credit_until) == (at("03-12 00:00"), HEARD + days(90))
    assert issued.entitled_from == at("03-02 09:00")


def test_who_is_given_the_customer_has_it_from_the_hour_that_was_found_with_every_slot_right() -> None:
    events = given(*PAST).when(rules(BRUNO_WINS), ruling).happens()
    assert kinds(events) == [
        RulingIssued,
        ClaimRevoked,
        SlotReleased,
        ProtectionResumed,
        ClaimGranted,
        SlotReserved,
        CreditTermsSet,
    ]
    grant, terms = events[4], events[6]
    assert isinstance(grant, ClaimGranted)
    assert isinstance(terms, CreditTermsSet)
    assert (grant.rep_id, grant.basis) == ("bruno", ClaimBasis.RULING)
    assert grant.entitled_from == grant.priority_at == at("03-02 09:00")
    assert terms.parts == (Part("anna", 2_000), Part("bruno", 8_000))


def test_a_winner_who_has_left_is_given_nothing_and_the_loser_does_not_keep_it() -> None:
    gone = replace(
        rules(BRUNO_WINS), winners={"anna": winner(ANNA, HEARD), "bruno": winner(BRUNO, HEARD, active=False)}
    )
    events = given(*PAST).when(gone, ruling).happens()
    assert ClaimRevoked in kinds(events)
    assert ClaimGranted not in kinds(events)


def test_nobody_rules_before_everybody_was_heard_and_nobody_but_the_arbiter() -> None:
    given(*PAST).when(rules(hour=at("03-05 23:59")), ruling).then_refused(TooEarly)
    statements = [given(opened()).when(replace(MINE, rep_id=who), ruling).happens()[0] for who in ("anna", "bruno")]
    assert all(isinstance(one, StatementFiled) for one in statements)
    assert given(*PAST, *statements).when(rules(hour=OPENED_AT), ruling).happens()
    given(*PAST, statements[0]).when(rules(hour=OPENED_AT), ruling).then_refused(TooEarly)
    given(*PAST).when(rules(hour=OPENED_AT, may_rule=False), ruling).then_refused(TooEarly)  # whoever asks
    given(*PAST).when(rules(may_rule=False), ruling).then_refused(ArbiterConflict)
    given(*granted()).when(rules(), ruling).then_refused(RefNotFound)


def test_another_ruling_than_the_ladders_needs_a_reason_and_against_a_protection_the_customers_letter() -> None:
    given(*PAST).when(rules(winner_id="bruno"), ruling).then_refused(ReasonRequired)
    override = rules(winner_id="bruno", reason="They want him.")
    given(*PAST).when(override, ruling).then_refused(LetterRequired)
    (letter,) = given(opened()).when(LETTER, ruling).happens()
    assert isinstance(letter, EvidenceSubmitted)
    issued = given(*PAST, letter).when(override, ruling).happens()[0]
    assert isinstance(issued, RulingIssued)
    assert (issued.winner_id, issued.proposed_winner_id, issued.override_reason) == ("bruno", "anna", "They want him.")
    for_anna = replace(letter, favours="anna")
    given(*PAST, for_anna).when(override, ruling).then_refused(LetterRequired)
    given(*PAST).when(rules(winner_id="cara", reason="x"), ruling).then_refused(Malformed)


@pytest.mark.parametrize(
    ("credits", "refusal"),
    [
        ((Credit("anna", 9_999),), SplitInvalid),
        ((Credit("anna", 10_001), Credit("bruno", -1)), SplitInvalid),
        ((Credit("anna", 5_000), Credit("anna", 5_000)), SplitInvalid),
        ((Credit("cara", 10_000),), Malformed),
    ],
)
def test_the_arbiters_own_parts_are_parts_of_the_whole_for_parties(
    credits: tuple[Credit, ...], refusal: type[Malformed | SplitInvalid]
) -> None:
    given(*PAST).when(replace(rules(), credits=credits, reason="so"), ruling).then_refused(refusal)


def test_other_parts_need_a_reason_and_are_kept_as_an_override() -> None:
    halves = replace(rules(), credits=(Credit("anna", 5_000), Credit("bruno", 5_000)))
    given(*PAST).when(halves, ruling).then_refused(ReasonRequired)
    issued = given(*PAST).when(replace(halves, reason="both worked"), ruling).happens()[0]
    assert isinstance(issued, RulingIssued)
    assert (issued.override_reason, issued.credits) == ("both worked", (Part("anna", 5_000), Part("bruno", 5_000)))


def test_a_party_appeals_in_time_and_once() -> None:
    (filed,) = given(*after()).when(APPEAL, ruling).happens()
    assert isinstance(filed, AppealFiled)
    assert (filed.to_arbiter, filed.decision_due) == ("director", at("03-18 00:00"))
    given(*after()).when(replace(APPEAL, at=at("03-12 00:00")), ruling).then_refused(AppealClosed)
    given(*after()).when(replace(APPEAL, rep_id="cara"), ruling).then_refused(NotParty)
    given(*after()).when(replace(APPEAL, reason=" "), ruling).then_refused(ReasonRequired)
    given(*PAST).when(APPEAL, ruling).then_refused(AppealClosed)
    given(*after(None, filed)).when(APPEAL, ruling).then_refused(AppealClosed)


def test_the_next_level_upholds_or_puts_another_ruling_in_its_place_and_nobody_goes_on() -> None:
    filed = given(*after()).when(APPEAL, ruling).happens()
    past = after(None, *filed)
    upheld = given(*past).when(rules(hour=at("03-13 09:00")), ruling).happens()
    assert kinds(upheld) == [AppealDecided, CaseClosed]
    changed = replace(rules(BRUNO_WINS, at("03-13 09:00")), ruling_id=an_id(709))
    events = given(*past).when(changed, ruling).happens()
    assert kinds(events)[:3] == [AppealDecided, RulingIssued, RulingSuperseded]
    assert ClaimGranted in kinds(events)
    assert isinstance(events[1], RulingIssued)
    assert events[1].appeal_due is None
    assert isinstance(events[-1], CaseClosed)
    assert events[-1].outcome is CaseOutcome.APPEAL_DECIDED
    given(*past, *events).when(rules(hour=at("03-14 09:00")), ruling).then_refused(CaseFinal)


def test_a_case_is_closed_when_nobody_appealed_and_not_before() -> None:
    given(*after()).when(replace(CLOSE, at=at("03-11 23:59")), ruling).then_nothing()
    (closed,) = given(*after()).when(CLOSE, ruling).happens()
    assert isinstance(closed, CaseClosed)
    assert closed.outcome is CaseOutcome.RULED
    given(*after(None, closed)).when(CLOSE, ruling).then_nothing()
    given(*PAST).when(CLOSE, ruling).then_nothing()
    different = given(*PAST).when(replace(CLOSE, different=True), ruling).happens()
    assert kinds(different) == [CaseClosed, ProtectionResumed]


def test_a_closed_case_is_heard_again_for_thirty_days_or_when_its_basis_changed() -> None:
    closed = after(None, *given(*after()).when(CLOSE, ruling).happens())
    events = given(*closed).when(REOPEN, ruling).happens()
    assert (kinds(events)[0], kinds(events)[-1]) == (CaseReopened, ProtectionPaused)
    late = replace(REOPEN, at=at("04-11 00:00"))
    given(*closed).when(late, ruling).then_refused(CaseFinal)
    note = NoteBasisChanged(CASE, (an_id(1), an_id(99)), an_id(98), at("04-01 09:00"))
    changed = given(*closed).when(note, ruling).happens()
    assert kinds(changed) == [RulingBasisChanged], "only of what the ruling stands on"
    assert given(*closed, *changed).when(late, ruling).happens()
    given(*PAST).when(REOPEN, ruling).then_refused(CaseFinal)
    given(*closed).when(replace(REOPEN, reason=""), ruling).then_refused(ReasonRequired)
    given(*PAST).when(note, ruling).then_nothing()


def test_a_ruling_after_another_hearing_supersedes_the_first() -> None:
    again = after(None, *given(*after()).when(REOPEN, ruling).happens())
    second = replace(rules(BRUNO_WINS, at("04-01 09:00")), ruling_id=an_id(709))
    events = given(*again).when(second, ruling).happens()
    assert kinds(events)[:2] == [RulingIssued, RulingSuperseded]
    assert isinstance(events[1], RulingSuperseded)
    assert (events[1].by_ruling_id, ClaimGranted in kinds(events)) == (an_id(709), True)


def test_every_event_of_a_case_names_the_parties() -> None:
    story = [event for event in after() if not isinstance(event, ConflictCaseOpened)]
    assert all(event.parties == ("anna", "bruno") for event in story if isinstance(event, RulingIssued | CaseClosed))
