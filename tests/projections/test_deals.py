"""Deals as they stand, and as they stood."""

from dataclasses import replace
from datetime import date

from domain.deal.events import CreditAdjusted, DealStageAdvanced, Share
from domain.values import Money
from projections.deals import DealRow, DealStanding, deals
from projections.projection import Known, known_at, replay
from tests.domain.deal.test_deals import ALL_TO_ANNA, DEAL, LOST, OPENED, WON, YUAN
from tests.happened import all_happened, happened
from tests.people import ACME, MONDAY

SHARED = CreditAdjusted(
    DEAL,
    ACME,
    ALL_TO_ANNA.credits,
    (Share("anna", 4_000, Money(4_000, "CNY")), Share("bruno", 6_000, Money(6_001, "CNY"))),
    "agreed",
    MONDAY,
)


def rows(*events: object) -> list[Known[DealRow]]:
    return list(replay(deals, all_happened(events)))


def now(*events: object) -> DealRow:
    (row,) = [known.row for known in rows(*events) if known.known_to is None]
    return row


def test_an_open_deal_stands_as_it_was_opened_and_moves_on() -> None:
    row = now(OPENED, DealStageAdvanced(DEAL, ACME, "anna", "offer", "signed", MONDAY))
    assert (row.standing, row.stage, row.amount_minor, row.currency) == (DealStanding.OPEN, "signed", 10_001, "CNY")
    assert (row.opened_on, row.closed_on, row.version) == (date(2026, 3, 2), None, 2)


def test_a_won_deal_is_dated_by_business_date_and_has_the_team_of_that_day() -> None:
    row = deals_of(won_on=date(2026, 3, 1))
    assert (row.standing, row.won_on, row.closed_on, row.team_id) == (
        DealStanding.WON,
        date(2026, 3, 1),
        date(2026, 3, 1),
        "west",
    )
    assert (row.amount_minor, row.gross_margin_minor, row.supporting_visits) == (10_001, -5, 1)


def deals_of(*, won_on: date) -> DealRow:
    past = [happened(OPENED, 1, 1), happened(WON, 2, 2, biz_date=won_on), happened(ALL_TO_ANNA, 3, 3)]
    (known,) = [known for known in replay(deals, past) if known.known_to is None]
    return known.row


def test_the_lead_is_whoever_has_the_largest_part_of_the_credit() -> None:
    assert now(OPENED, WON, ALL_TO_ANNA).lead_rep_id == "anna"
    row = now(OPENED, WON, ALL_TO_ANNA, SHARED)
    assert (row.lead_rep_id, row.credit_reps, row.credit_bp) == ("bruno", ("anna", "bruno"), (4_000, 6_000))
    assert row.credit_minor == (4_000, 6_001)
    even = replace(SHARED, credits=(Share("bruno", 5_000, None), Share("anna", 5_000, None)))
    row = now(OPENED, WON, ALL_TO_ANNA, even)
    assert (row.lead_rep_id, row.credit_minor) == ("bruno", ())


def test_a_margin_without_an_amount_has_its_currency() -> None:
    won = replace(WON, amount=None, gross_margin=YUAN, unknown_reason="x")
    assert (now(OPENED, won).amount_minor, now(OPENED, won).currency) == (None, "CNY")


def test_a_lost_deal_says_why() -> None:
    row = now(OPENED, LOST)
    assert (row.standing, row.lost_reason, row.won_on, row.lead_rep_id) == (
        DealStanding.LOST,
        LOST.lost_reason,
        None,
        None,
    )
    assert row.closed_on == date(2026, 3, 2)


def test_what_a_deal_was_before_is_known_for_good() -> None:
    history = rows(OPENED, WON, ALL_TO_ANNA)
    (then,) = [known.row for known in history if known_at(1, known)]
    assert then.standing is DealStanding.OPEN
    assert [known.known_to for known in history] == [2, 3, None]
