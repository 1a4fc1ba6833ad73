"""From the visit to the protection, by the policies alone: who keeps a customer, and who is too late."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.claiming.decisions import InGrace, RenewProtection, claiming
from domain.ownership.events import ProtectionRenewed
from domain.policies.evaluate_visits_when_recorded_or_changed import evaluate_visits_when_recorded_or_changed
from domain.policies.policy import EvaluateAsked, RenewAsked
from domain.policies.renew_protection_after_an_effective_visit import renew_protection_after_an_effective_visit
from domain.reporting.decisions import reporting
from domain.visit.decisions import visiting
from domain.visit.events import Verdict, VisitEvaluated
from domain.visit.report import NextStep
from tests.domain.claiming.claims import RULES as PROT
from tests.domain.claiming.claims import claim, expire, granted, renew
from tests.domain.visit.visits import NOTE, REPORT, check_in, judge, record
from tests.given import given
from tests.happened import happened
from tests.people import ACME, BRUNO, LINE, at

FOUR = at("03-17 16:00")
NINE = at("03-18 09:00")
VISITED = replace(
    REPORT,
    started_at=FOUR,
    ended_at=FOUR + timedelta(hours=1),
    note=NOTE,
    next_step=NextStep("send the offer", date(2026, 3, 20), "anna"),
)


def claimed_and_visited() -> list[object]:
    """Anna claimed Acme on 2 March and visited it the same day: protected until 18 March."""
    past = granted()
    past += given(*past).when(renew(at("03-02 10:00")), claiming).happens()
    return past


def told(past: Sequence[object]) -> list[object]:
    """On 18 March at nine Anna tells of a visit on the day before, and the policy has it judged."""
    command = record(VISITED, at=NINE, lateness=replace(record().lateness, biz_date=date(2026, 3, 17)))
    events = list(given(*past).when(command, reporting).happens())
    for event in list(events):
        for ask in evaluate_visits_when_recorded_or_changed.asks(happened(event, decided_at=NINE)):
            assert isinstance(ask, EvaluateAsked)
            events += given(*past, *events).when(judge(ask.at), reporting).happens()
    return [*past, *events]


def renewals(past: Sequence[object]) -> list[RenewAsked]:
    """What the verdicts of a history ask for."""
    policy = renew_protection_after_an_effective_visit
    asked = [ask for event in past if type(event) in policy.handles for ask in policy.asks(happened(event))]
    return [ask for ask in asked if isinstance(ask, RenewAsked)]


def kept(ask: RenewAsked, at_hour: datetime | None = None) -> RenewProtection:
    """The asking as a command."""
    by = ask.rep_id
    return RenewProtection(ask.customer_id, ask.line, (by,), by, ask.visit_id, ask.visited_at, PROT, at_hour or ask.at)


def test_a_visit_typed_in_after_the_lapse_keeps_nothing() -> None:
    """A5."""
    past = told(claimed_and_visited())
    (verdict,) = [event for event in past if isinstance(event, VisitEvaluated)]
    assert (verdict.verdict, verdict.failed) == (Verdict.UNDETERMINED, ("PRESENCE",))
    assert renewals(past) == []
    past += given(*past).when(expire(NINE), claiming).happens()
    refusal = given(*past).when(claim(BRUNO, at=at("03-18 10:00"), holder="anna"), claiming).then_refused(InGrace)
    assert refusal.facts()["claimable_at"] == at("03-19 00:00")


def test_a_visit_checked_in_before_the_lapse_and_told_in_grace_keeps_the_customer() -> None:
    """A6."""
    past = claimed_and_visited()
    past += given().when(replace(check_in(), at=FOUR, shown_at=FOUR), visiting).happens()
    past = told(past)
    (ask,) = renewals(past)
    assert ask == RenewAsked(ACME, LINE, "anna", ask.visit_id, FOUR, NINE)
    (renewed,) = given(*past).when(kept(ask), claiming).happens()
    assert isinstance(renewed, ProtectionRenewed)
    assert (renewed.old_until, renewed.new_until) == (at("03-18 00:00"), at("04-02 00:00"))


def test_a_check_in_that_cannot_be_shown_to_lie_before_the_lapse_keeps_nothing() -> None:
    past = claimed_and_visited()
    past += given().when(replace(check_in(), at=FOUR, shown_at=NINE), visiting).happens()
    past = told(past)
    (ask,) = renewals(past)
    assert ask.visited_at == NINE
    given(*past).when(kept(ask), claiming).then_nothing()


def test_a_visit_told_after_the_grace_keeps_nothing() -> None:
    past = claimed_and_visited()
    past += given().when(replace(check_in(), at=FOUR, shown_at=FOUR), visiting).happens()
    past = told(past)
    (ask,) = renewals(past)
    given(*past).when(kept(ask, at("03-19 00:00")), claiming).then_nothing()


def test_asking_twice_keeps_it_once() -> None:
    past = claimed_and_visited()
    past += given().when(replace(check_in(), at=FOUR, shown_at=FOUR), visiting).happens()
    past = told(past)
    (ask,) = renewals(past)
    past += given(*past).when(kept(ask), claiming).happens()
    given(*past).when(kept(ask), claiming).then_nothing()
