"""Need, budget and the person who pays: each with what shows it, counted once, taken back when that falls."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.qualification.events import (
    BudgetConfirmed,
    BuyerMet,
    BuyerNotLocated,
    BuyerSought,
    Confidence,
    Criterion,
    DiscoveryAnswered,
    EffectiveNewCustomerConfirmed,
    EffectiveNewCustomerReversed,
    Evidence,
    Fallen,
    NeedConfirmed,
    QualificationRevoked,
    Question,
)
from domain.qualifying.decisions import (
    AnswerQuestion,
    BuyerNotPresent,
    ConfirmBudget,
    ConfirmNeed,
    CountEffectiveNew,
    EvidenceUnfit,
    IdentifyBuyer,
    MeetBuyer,
    NoteBuyerNotLocated,
    RecheckEvidence,
    SeekBuyer,
    Subject,
    TakeUpVisit,
    qualifying,
)
from domain.reception import Malformed, RefNotFound
from domain.reporting.decisions import reporting
from domain.rulesets import FocusRules
from domain.values import InterestOrigin, Money
from domain.visit.decisions import NotRecorded
from domain.visit.events import CorrectionReason, VisitVoided
from domain.visit.report import ContactUnknown, Participants, Value
from tests.domain.claiming.claims import granted
from tests.domain.visit.visits import LI, NOON, REPORT, VISIT, WANG, YES, approved, correct, planned, record, recorded
from tests.given import given
from tests.people import ACME, CALENDAR, GLOBEX, LINE, MONDAY, SHANGHAI, an_id, at, days

SUBJECT = Subject(ACME, LINE, "anna", frozenset({ACME}), frozenset({LI, WANG}))
SEEN = Evidence(VISIT, 41)
RULES = FocusRules()
NEED = ConfirmNeed(SUBJECT, "two packaging lines", SEEN, NOON)
BUDGET = ConfirmBudget(SUBJECT, Money(5_000_000, "CNY"), None, SEEN, NOON)
MET = MeetBuyer(SUBJECT, LI, InterestOrigin.EXISTING_NEED, SEEN, NOON)


def said(*commands: object, past: list[object] | None = None) -> list[object]:
    """A past in which these things were said, one after the other."""
    happened = list(past if past is not None else recorded())
    for command in commands:
        happened += given(*happened).when(command, qualifying).happens()
    return happened


def qualified() -> list[object]:
    """Acme is Anna's, and everything about it is shown."""
    return said(NEED, BUDGET, MET, past=[*granted(), *recorded()])


def count(hour: datetime = NOON, since: datetime = MONDAY, won_at: datetime | None = None) -> CountEffectiveNew:
    return CountEffectiveNew(ACME, LINE, since, won_at, SHANGHAI, RULES, hour)


def recheck(hour: datetime = NOON + timedelta(hours=2)) -> RecheckEvidence:
    return RecheckEvidence(ACME, frozenset({ACME}), (VISIT,), SHANGHAI, hour)


def voided() -> VisitVoided:
    return VisitVoided(VISIT, ACME, "anna", LINE, CorrectionReason.WRONG_CUSTOMER, None, "anna", None, NOON)


# --------------------------------------------------------------------------------------------------- what shows it


def test_a_need_is_kept_with_the_visit_that_shows_it_and_where_that_stands_in_the_log() -> None:
    kept = NeedConfirmed(ACME, LINE, "anna", "two packaging lines", SEEN, Confidence.STATED, NOON)
    given(*recorded()).when(NEED, qualifying).then(kept)


@pytest.mark.parametrize(
    ("evidence", "worth"),
    [
        (Evidence(), Confidence.UNVERIFIED),
        (Evidence(VISIT, 41), Confidence.STATED),
        (Evidence(sha256="ab" * 32), Confidence.DOCUMENTED),
        (Evidence(VISIT, 41, "ab" * 32), Confidence.VERIFIED),
    ],
)
def test_a_statement_is_worth_what_shows_it(evidence: Evidence, worth: Confidence) -> None:
    (event,) = given(*recorded()).when(replace(NEED, evidence=evidence), qualifying).happens()
    assert isinstance(event, NeedConfirmed)
    assert event.confidence is worth


def test_a_visit_shows_something_of_its_own_customer_only_and_only_while_it_stands() -> None:
    elsewhere = replace(NEED, subject=replace(SUBJECT, customer_id=GLOBEX, family=frozenset({GLOBEX})))
    given(*recorded()).when(elsewhere, qualifying).then_refused(EvidenceUnfit)
    given(*recorded(), voided()).when(NEED, qualifying).then_refused(EvidenceUnfit)
    given(*planned()).when(NEED, qualifying).then_refused(NotRecorded)
    given().when(NEED, qualifying).then_refused(RefNotFound)


def test_saying_the_same_again_changes_nothing() -> None:
    for command in (NEED, BUDGET, MET, AnswerQuestion(SUBJECT, Question.TIMING, "May", SEEN, NOON)):
        given(*said(command)).when(command, qualifying).then_nothing()


def test_a_budget_has_an_end_in_one_currency_and_in_order() -> None:
    yuan, more, euro = Money(100, "CNY"), Money(200, "CNY"), Money(300, "EUR")
    for at_least, at_most in ((None, None), (yuan, euro), (more, yuan), (Money(-1, "CNY"), None)):
        wrong = replace(BUDGET, at_least=at_least, at_most=at_most)
        given(*recorded()).when(wrong, qualifying).then_refused(Malformed)
    given(*recorded()).when(replace(BUDGET, at_least=yuan, at_most=more), qualifying).happens()


# ------------------------------------------------------------------------------------------------- the one who pays


def test_nobody_is_met_who_was_not_there() -> None:
    given(*recorded()).when(replace(MET, contact_id=WANG), qualifying).then_refused(BuyerNotPresent)
    given(*recorded()).when(replace(MET, evidence=Evidence(sha256="ab" * 32)), qualifying).then_refused(BuyerNotPresent)


def test_whoever_pays_is_a_contact_of_the_customer() -> None:
    stranger = IdentifyBuyer(SUBJECT, an_id(699), SEEN, NOON)
    given(*recorded()).when(stranger, qualifying).then_refused(ContactUnknown)


def test_why_the_customer_is_interested_is_asked_at_the_first_meeting_only() -> None:
    (first,) = given(*recorded()).when(replace(MET, interest_origin=None), qualifying).happens()
    assert isinstance(first, BuyerMet)
    assert first.flags == ("ORIGIN_MISSING",)
    another = replace(MET, interest_origin=None, evidence=Evidence(VISIT, 41, "ab" * 32))
    (second,) = given(*said(MET)).when(another, qualifying).happens()
    assert isinstance(second, BuyerMet)
    assert second.flags == ()


def test_what_a_visit_told_is_taken_up_once() -> None:
    take_up = TakeUpVisit(SUBJECT, VISIT, 41, NOON)
    answered = DiscoveryAnswered(
        ACME, LINE, "anna", Question.NEED, "two packaging lines", SEEN, Confidence.STATED, NOON
    )
    met = BuyerMet(ACME, LINE, "anna", LI, InterestOrigin.EXISTING_NEED, SEEN, Confidence.STATED, NOON)
    given(*recorded()).when(take_up, qualifying).then(answered, met)
    given(*recorded(), answered, met).when(take_up, qualifying).then_nothing()
    given(*recorded(), voided()).when(take_up, qualifying).then_nothing()


def test_the_buyer_is_to_be_known_three_workdays_after_the_first_effective_visit() -> None:
    seek = SeekBuyer(ACME, LINE, "anna", VISIT, MONDAY, SHANGHAI, RULES, CALENDAR)
    due_at = at("03-06 00:00")
    sought = BuyerSought(ACME, LINE, "anna", VISIT, 1, due_at)
    given(*recorded()).when(seek, qualifying).then(sought)
    given(*recorded(), sought).when(seek, qualifying).then_nothing()
    given(*said(MET)).when(seek, qualifying).then_nothing()
    note = NoteBuyerNotLocated(ACME, LINE, due_at)
    given(sought).when(note, qualifying).then(BuyerNotLocated(ACME, LINE, "anna", VISIT, due_at))
    given(sought, BuyerNotLocated(ACME, LINE, "anna", VISIT, due_at)).when(note, qualifying).then_nothing()
    given(*said(MET), sought).when(note, qualifying).then_nothing()


# ------------------------------------------------------------------------------------------------------- the count


def confirmed() -> EffectiveNewCustomerConfirmed:
    (event,) = given(*qualified()).when(count(), qualifying).happens()
    assert isinstance(event, EffectiveNewCustomerConfirmed)
    return event


def test_need_budget_and_a_met_buyer_make_an_effective_new_customer_of_its_owner() -> None:
    event = confirmed()
    assert (event.rep_id, event.team_id, event.biz_date) == ("anna", "east", NOON.date())
    assert (event.need, event.budget, event.buyer_met) == (SEEN, SEEN, SEEN)


@pytest.mark.parametrize("missing", [NEED, BUDGET, MET])
def test_whoever_lacks_one_of_them_does_not_count(missing: object) -> None:
    some = [one for one in (NEED, BUDGET, MET) if one is not missing]
    past = said(*some, past=[*granted(), *recorded()])
    given(*past).when(count(), qualifying).then_nothing()


def test_a_bare_assertion_does_not_count() -> None:
    past = said(replace(NEED, evidence=Evidence()), BUDGET, MET, past=[*granted(), *recorded()])
    given(*past).when(count(), qualifying).then_nothing()


def test_a_customer_of_nobody_counts_for_nobody() -> None:
    given(*said(NEED, BUDGET, MET)).when(count(), qualifying).then_nothing()


def test_new_is_whoever_was_not_held_longer_than_thirty_days_and_bought_nothing_in_a_year() -> None:
    past = qualified()
    given(*past).when(count(since=NOON - days(31)), qualifying).then_nothing()
    given(*past).when(count(since=NOON - days(30), won_at=NOON - days(366)), qualifying).then(confirmed())
    given(*past).when(count(won_at=NOON - days(365)), qualifying).then_nothing()


def test_it_counts_once_in_a_hundred_and_eighty_days() -> None:
    past = [*qualified(), confirmed()]
    day = NOON + days(179)
    given(*past).when(count(day, since=day), qualifying).then_nothing()
    day = NOON + days(180)
    assert given(*past).when(count(day, since=day), qualifying).happens()


def test_when_its_evidence_is_struck_out_it_is_taken_back_on_that_day() -> None:
    past = [*qualified(), confirmed(), voided()]
    later = at("03-05 10:00")
    events = given(*past).when(recheck(later), qualifying).happens()
    *revoked, back = events
    assert [(one.criterion, one.reason) for one in revoked if isinstance(one, QualificationRevoked)] == [
        (Criterion.NEED, Fallen.VOIDED), (Criterion.BUDGET, Fallen.VOIDED), (Criterion.BUYER_MET, Fallen.VOIDED),
    ]  # fmt: skip
    assert back == EffectiveNewCustomerReversed(
        ACME, LINE, "anna", "east", later.date(), NOON.date(), Criterion.NEED, VISIT, later
    )
    given(*past, *events).when(recheck(later), qualifying).then_nothing()


def test_what_is_shown_elsewhere_too_stands() -> None:
    documents = Evidence(sha256="cd" * 32)
    past = said(
        replace(NEED, evidence=documents), replace(BUDGET, evidence=documents), MET, past=[*granted(), *recorded()]
    )
    events = given(*past, confirmed(), voided()).when(recheck(), qualifying).happens()
    assert [type(one) for one in events] == [QualificationRevoked, EffectiveNewCustomerReversed]


def test_a_buyer_who_turns_out_not_to_have_been_there_was_not_met() -> None:
    nobody = correct("participants", Value(participants=Participants((), ())), approval_id=YES)
    past = [*qualified(), confirmed(), approved()]
    past += given(*past).when(nobody, reporting).happens()
    events = given(*past).when(recheck(), qualifying).happens()
    assert [getattr(one, "reason", None) for one in events] == [Fallen.NOT_PRESENT, None]


def test_after_it_was_taken_back_it_may_count_again() -> None:
    past = [*qualified(), confirmed(), voided()]
    past += given(*past).when(recheck(), qualifying).happens()
    second = an_id(777)
    past += recorded_again(second)
    shown = Evidence(second, 90)
    past = said(*(replace(one, evidence=shown) for one in (NEED, BUDGET, MET)), past=past)
    assert [type(one) for one in given(*past).when(count(), qualifying).happens()] == [EffectiveNewCustomerConfirmed]


def recorded_again(visit_id: UUID) -> list[object]:
    """The same visit told under another id."""
    return list(given().when(record(REPORT, visit_id=visit_id), reporting).happens())


def test_money_in_the_budget_is_kept_as_it_was_said() -> None:
    (event,) = given(*recorded()).when(BUDGET, qualifying).happens()
    assert isinstance(event, BudgetConfirmed)
    assert (event.at_least, event.at_most) == (Money(5_000_000, "CNY"), None)
