"""A customer who bought is kept for its owner."""

from dataclasses import replace

from domain.deal.events import DealWon
from domain.policies.keep_a_customer_who_bought import keep_a_customer_who_bought
from domain.policies.policy import WonAsked
from services.adapters.event_json import EventJson
from tests.domain.test_stored_events import sample
from tests.happened import happened


def _won() -> DealWon:
    event = EventJson().read_payload("deal.deal_won", 1, sample("deal.deal_won", 1))
    assert isinstance(event, DealWon)
    return event


def test_the_claim_under_which_it_was_won_is_kept() -> None:
    won = _won()
    held = replace(won, claim_id=won.deal_id)
    (asked,) = keep_a_customer_who_bought.asks(happened(held))
    assert asked == WonAsked(won.deal_id, won.customer_id, won.line, won.deal_id, won.won_at)


def test_a_customer_of_nobody_is_kept_for_nobody() -> None:
    assert list(keep_a_customer_who_bought.asks(happened(replace(_won(), claim_id=None)))) == []
