"""Open, advance, win, lose, share the credit."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.deal.decisions import (
    AdvanceDeal,
    Asker,
    AssignCredit,
    Credit,
    CustomerRequired,
    DealClosed,
    DealExists,
    DealNotWon,
    LoseDeal,
    OpenDeal,
    Owner,
    SplitInvalid,
    WinDeal,
    dealing,
)
from domain.deal.events import (
    CreditAdjusted,
    CreditAssigned,
    DealLost,
    DealOpened,
    DealStageAdvanced,
    DealWon,
    LostReason,
    Share,
)
from domain.reception import Forbidden, Malformed, ReasonRequired, RefNotFound
from domain.values import Money
from domain.vocabulary import VOCABULARY
from tests.given import given
from tests.people import ACME, GLOBEX, LINE, MONDAY, an_id, days

DEAL, VISIT, CLAIM = an_id(1), an_id(2), an_id(3)
WON_AT = MONDAY + days(10)
YUAN = Money(10_001, "CNY")
HERSELF, STRANGER = Asker("rep", speaks_for_rep=True), Asker("rep", speaks_for_rep=False)
OPENED = DealOpened(DEAL, ACME, LINE, "anna", "east", "boxes", "offer", YUAN, MONDAY)
OPEN = OpenDeal(DEAL, ACME, LINE, "anna", "east", "boxes", "offer", YUAN, HERSELF, MONDAY)
WIN = WinDeal(DEAL, None, "west", YUAN, Money(-5, "CNY"), None, (VISIT,), None, (), None, HERSELF, WON_AT)
WON = DealWon(DEAL, ACME, LINE, "anna", "west", YUAN, Money(-5, "CNY"), None, (VISIT,), None, None, None, WON_AT)
ALL_TO_ANNA = CreditAssigned(DEAL, ACME, (Share("anna", 10_000, YUAN),), WON_AT)
LOSE = LoseDeal(DEAL, "east", LostReason.PRICE, None, HERSELF, WON_AT)
LOST = DealLost(DEAL, ACME, "anna", "east", LostReason.PRICE, None, WON_AT)
HALVES = (Credit("anna", 5_000), Credit("bruno", 5_000))
ADJUST = AssignCredit(DEAL, HALVES, "agreed with both", HERSELF, "2026-03", WON_AT)


def test_a_deal_is_opened_once() -> None:
    given().when(OPEN, dealing).then(OPENED)
    given(OPENED).when(replace(OPEN, at=WON_AT), dealing).then_nothing()
    given(OPENED).when(replace(OPEN, amount=None), dealing).then_refused(DealExists)
    given(OPENED, LOST).when(OPEN, dealing).then_refused(DealExists)


def test_a_deal_may_be_opened_without_a_customer() -> None:
    given().when(replace(OPEN, customer_id=None), dealing).then(replace(OPENED, customer_id=None))


def test_nobody_opens_or_changes_the_deal_of_another() -> None:
    given().when(replace(OPEN, asker=STRANGER), dealing).then_refused(Forbidden)
    given(OPENED).when(AdvanceDeal(DEAL, "signed", STRANGER, MONDAY), dealing).then_refused(Forbidden)
    given(OPENED).when(replace(WIN, asker=STRANGER), dealing).then_refused(Forbidden)
    given(OPENED).when(replace(LOSE, asker=STRANGER), dealing).then_refused(Forbidden)
    given(OPENED, WON, ALL_TO_ANNA).when(replace(ADJUST, asker=STRANGER), dealing).then_refused(Forbidden)


@pytest.mark.parametrize("amount", [Money(-1, "CNY"), Money(1, "cny"), Money(1, "CNYX"), Money(2**53, "CNY")], ids=str)
def test_an_amount_is_money_and_not_less_than_nothing(amount: Money) -> None:
    given().when(replace(OPEN, amount=amount), dealing).then_refused(Malformed)
    given(OPENED).when(replace(WIN, amount=amount), dealing).then_refused(Malformed)


def test_stage_and_product_are_short_words() -> None:
    for label in ("", "  ", "x" * 65):
        given().when(replace(OPEN, stage=label), dealing).then_refused(Malformed)
        given().when(replace(OPEN, product=label), dealing).then_refused(Malformed)
        given(OPENED).when(AdvanceDeal(DEAL, label, HERSELF, MONDAY), dealing).then_refused(Malformed)


def test_a_deal_comes_a_step_further() -> None:
    given(OPENED).when(AdvanceDeal(DEAL, "signed", HERSELF, WON_AT), dealing).then(
        DealStageAdvanced(DEAL, ACME, "anna", "offer", "signed", WON_AT)
    )
    given(OPENED).when(AdvanceDeal(DEAL, "offer", HERSELF, WON_AT), dealing).then_nothing()


def test_a_won_deal_gives_all_credit_to_its_rep_unless_shared() -> None:
    given(OPENED).when(WIN, dealing).then(WON, ALL_TO_ANNA)
    given(OPENED).when(replace(WIN, credits=HALVES), dealing).then(
        WON,
        CreditAssigned(
            DEAL,
            ACME,
            (Share("anna", 5_000, Money(5_001, "CNY")), Share("bruno", 5_000, Money(5_000, "CNY"))),
            WON_AT,
        ),
    )


def test_credit_without_an_amount_is_shares_alone() -> None:
    unknown = replace(WIN, amount=None, gross_margin=None, unknown_reason="framework contract")
    given(OPENED).when(unknown, dealing).then(
        replace(WON, amount=None, gross_margin=None, unknown_reason="framework contract"),
        CreditAssigned(DEAL, ACME, (Share("anna", 10_000, None),), WON_AT),
    )


@pytest.mark.parametrize(
    "credits",
    [
        (Credit("anna", 9_999),),
        (Credit("anna", 10_001),),
        (Credit("anna", 5_000), Credit("anna", 5_000)),
        (Credit("anna", 11_000), Credit("bruno", -1_000)),
    ],
    ids=str,
)
def test_shares_make_ten_thousand(credits: tuple[Credit, ...]) -> None:
    given(OPENED).when(replace(WIN, credits=credits), dealing).then_refused(SplitInvalid)
    given(OPENED, WON, ALL_TO_ANNA).when(replace(ADJUST, credits=credits), dealing).then_refused(SplitInvalid)


def test_credit_for_nobody_is_no_credit() -> None:
    given(OPENED, WON, ALL_TO_ANNA).when(replace(ADJUST, credits=()), dealing).then_refused(SplitInvalid)


def test_money_that_is_not_known_needs_a_reason() -> None:
    for command in (replace(WIN, gross_margin=None), replace(WIN, amount=None)):
        given(OPENED).when(command, dealing).then_refused(ReasonRequired)
        given(OPENED).when(replace(command, unknown_reason=" "), dealing).then_refused(ReasonRequired)
        assert given(OPENED).when(replace(command, unknown_reason="not told"), dealing).happens()


def test_margin_and_amount_are_in_one_currency() -> None:
    given(OPENED).when(replace(WIN, gross_margin=Money(1, "EUR")), dealing).then_refused(Malformed)


def test_a_deal_without_visits_needs_a_reason() -> None:
    given(OPENED).when(replace(WIN, supporting_visits=()), dealing).then_refused(ReasonRequired)
    assert given(OPENED).when(replace(WIN, supporting_visits=(), none_reason="came by itself"), dealing).happens()


def test_a_visit_supports_a_deal_once() -> None:
    given(OPENED).when(replace(WIN, supporting_visits=(VISIT, VISIT)), dealing).then(WON, ALL_TO_ANNA)


def test_a_deal_is_won_with_somebody() -> None:
    nobody = replace(OPENED, customer_id=None)
    given(nobody).when(WIN, dealing).then_refused(CustomerRequired)
    given(nobody).when(replace(WIN, customer_id=ACME), dealing).then(WON, ALL_TO_ANNA)
    given(OPENED).when(replace(WIN, customer_id=ACME), dealing).then(WON, ALL_TO_ANNA)
    given(OPENED).when(replace(WIN, customer_id=GLOBEX), dealing).then_refused(Malformed)


def test_a_deal_with_the_customer_of_another_is_taken_and_noticed() -> None:
    """Story A17: the visit and the deal stand; the case comes after."""
    given(OPENED).when(replace(WIN, owner=Owner("bruno", CLAIM)), dealing).then(
        replace(WON, owner_id="bruno", claim_id=CLAIM, flags=("NOT_OWNER",)), ALL_TO_ANNA
    )
    given(OPENED).when(replace(WIN, owner=Owner("anna", CLAIM)), dealing).then(
        replace(WON, owner_id="anna", claim_id=CLAIM), ALL_TO_ANNA
    )


def test_a_deal_is_lost_for_a_reason() -> None:
    given(OPENED).when(LOSE, dealing).then(LOST)
    other = replace(LOSE, lost_reason=LostReason.OTHER)
    given(OPENED).when(other, dealing).then_refused(ReasonRequired)
    given(OPENED).when(replace(other, lost_text="moved abroad"), dealing).then(
        replace(LOST, lost_reason=LostReason.OTHER, lost_text="moved abroad")
    )


def test_what_is_decided_is_decided() -> None:
    advance = AdvanceDeal(DEAL, "signed", HERSELF, WON_AT)
    for past in ((OPENED, WON, ALL_TO_ANNA), (OPENED, LOST)):
        for command in (advance, WIN, LOSE):
            given(*past).when(command, dealing).then_refused(DealClosed)


def test_there_is_nothing_to_do_with_a_deal_that_nobody_opened() -> None:
    for command in (AdvanceDeal(DEAL, "signed", HERSELF, WON_AT), WIN, LOSE, ADJUST):
        given().when(command, dealing).then_refused(RefNotFound)


def test_credit_is_shared_otherwise_and_the_earlier_sharing_is_told() -> None:
    shares = (Share("anna", 5_000, Money(5_001, "CNY")), Share("bruno", 5_000, Money(5_000, "CNY")))
    adjusted = CreditAdjusted(DEAL, ACME, ALL_TO_ANNA.credits, shares, "agreed with both", WON_AT, "2026-03")
    given(OPENED, WON, ALL_TO_ANNA).when(ADJUST, dealing).then(adjusted)
    given(OPENED, WON, ALL_TO_ANNA, adjusted).when(ADJUST, dealing).then_nothing()
    given(OPENED, WON, ALL_TO_ANNA).when(replace(ADJUST, reason=""), dealing).then_refused(ReasonRequired)


def test_there_is_credit_for_a_won_deal_only() -> None:
    given(OPENED).when(ADJUST, dealing).then_refused(DealNotWon)
    given(OPENED, LOST).when(ADJUST, dealing).then_refused(DealNotWon)


def test_a_sharing_is_about_everybody_who_has_or_had_credit() -> None:
    adjusted = CreditAdjusted(DEAL, ACME, ALL_TO_ANNA.credits, (Share("bruno", 10_000, YUAN),), "x", WON_AT, "2026-03")
    assert VOCABULARY.of(adjusted).subjects(adjusted) == ["rep:bruno", "rep:anna", f"customer:{ACME}"]
    assert isinstance(adjusted.deal_id, UUID)
