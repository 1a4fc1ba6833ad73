"""The first deal in time goes by the terms, once; whoever is no part of them sells as usual."""

from dataclasses import replace

from domain.credit.events import CreditBasis, CreditTermsSet, CreditTermsUsed
from domain.crediting.decisions import SetTerms, WinOnTerms, crediting
from domain.deal.decisions import Asker, Credit, Owner, WinDeal
from domain.deal.events import CreditAssigned, DealOpened, DealWon, Share
from domain.values import Money, Part
from tests.given import given
from tests.people import ACME, LINE, MONDAY, an_id, days

DEAL, CLAIM = an_id(1), an_id(2)
YUAN = Money(10_001, "CNY")
HALVES = (Part("anna", 5_000), Part("bruno", 5_000))
OPENED = DealOpened(DEAL, ACME, LINE, "bruno", "east", None, None, YUAN, MONDAY)
WIN = WinDeal(
    DEAL, None, "east", YUAN, YUAN, None, (), "by phone", (), None, Asker("rep", speaks_for_rep=True), MONDAY + days(2)
)
ON_TERMS = WinOnTerms(WIN, ACME, LINE, "bruno")
SET = SetTerms(ACME, LINE, CLAIM, HALVES, MONDAY, MONDAY + days(90), MONDAY)
TERMS = CreditTermsSet(ACME, LINE, CLAIM, CreditBasis.TRANSFER, HALVES, MONDAY, MONDAY + days(90), MONDAY)


def credited(*past: object, command: WinOnTerms = ON_TERMS) -> dict[str, int]:
    events = given(OPENED, *past).when(command, crediting).happens()
    (assigned,) = [event for event in events if isinstance(event, CreditAssigned)]
    return {share.rep_id: share.bp for share in assigned.credits}


def test_a_transfer_sets_terms_and_calling_it_off_takes_back_only_itself() -> None:
    given().when(SET, crediting).then(TERMS)
    off = replace(SET, parts=())
    given(TERMS).when(off, crediting).then(replace(TERMS, parts=()))
    given(replace(TERMS, ref=an_id(9))).when(off, crediting).then_nothing()
    assert credited(TERMS, replace(TERMS, parts=())) == {"bruno": 10_000}


def test_the_first_deal_is_shared_to_the_last_cent_and_uses_the_terms_up() -> None:
    events = given(OPENED, TERMS).when(ON_TERMS, crediting).happens()
    assert events[-1] == CreditTermsUsed(ACME, LINE, CLAIM, DEAL, WIN.at)
    assert events[1] == CreditAssigned(
        DEAL, ACME, (Share("anna", 5_000, Money(5_001, "CNY")), Share("bruno", 5_000, Money(5_000, "CNY"))), WIN.at
    )
    assert credited(TERMS, CreditTermsUsed(ACME, LINE, CLAIM, an_id(7), MONDAY)) == {"bruno": 10_000}


def test_terms_hold_from_their_hour_until_before_their_end() -> None:
    for at, credits in (
        (MONDAY, {"anna": 5_000, "bruno": 5_000}),
        (MONDAY - days(1), {"bruno": 10_000}),
        (MONDAY + days(90), {"bruno": 10_000}),
    ):
        assert credited(TERMS, command=replace(ON_TERMS, win=replace(WIN, at=at))) == credits


def test_what_a_rep_asks_for_does_not_set_a_ruling_aside() -> None:
    own = replace(ON_TERMS, win=replace(WIN, credits=(Credit("bruno", 10_000),)))
    assert credited(TERMS, command=own) == {"anna": 5_000, "bruno": 5_000}


def test_terms_are_about_those_who_share_in_them() -> None:
    assert credited(TERMS, command=replace(ON_TERMS, rep_id="cara")) == {"bruno": 10_000}


def test_a_helper_sells_by_the_agreed_split_and_is_no_poacher() -> None:
    """A17, the other way."""
    owner = Owner("anna", CLAIM, (Credit("bruno", 3_000),))
    helped = replace(ON_TERMS, win=replace(WIN, owner=owner))
    assert credited(command=helped) == {"anna": 7_000, "bruno": 3_000}
    won = given(OPENED).when(helped, crediting).happens()[0]
    assert isinstance(won, DealWon)
    assert won.flags == ()
    stranger = replace(ON_TERMS, win=replace(WIN, owner=Owner("anna", CLAIM)))
    won = given(OPENED).when(stranger, crediting).happens()[0]
    assert isinstance(won, DealWon)
    assert won.flags == ("NOT_OWNER",)
