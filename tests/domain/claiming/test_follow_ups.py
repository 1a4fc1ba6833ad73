"""How often a customer is followed up without progress: a warning, a stop, and a manager's word to go on."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.claiming.decisions import (
    ContinueFollowUp,
    CountFollowUps,
    FollowUp,
    NoteProgress,
    NotOwner,
    NotStopped,
    RenewProtection,
    claiming,
)
from domain.ownership.events import (
    ClaimReleased,
    FollowUpContinued,
    FollowUpStopped,
    FollowUpWarned,
    Progress,
    ProgressNoted,
    ProtectionRenewed,
    ReleaseReason,
)
from domain.reception import ReasonRequired
from domain.rulesets import ProtectionRules
from tests.domain.claiming.claims import ANNAS, RULES, granted, release, renew, transfer
from tests.given import given
from tests.people import ACME, LINE, an_id, at

HOURS = [at(f"03-{day:02} 10:00") for day in (3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18)]
"""One follow-up each workday since Anna claimed Acme on Monday 2 March."""


def follow_ups(number: int) -> tuple[FollowUp, ...]:
    """So many of them."""
    return tuple(FollowUp(an_id(40 + n), hour) for n, hour in enumerate(HOURS[:number]))


def count(number: int, rules: ProtectionRules = RULES) -> CountFollowUps:
    """The counting after so many."""
    return CountFollowUps(ACME, LINE, follow_ups(number), rules, HOURS[number - 1])


def visit(number: int) -> RenewProtection:
    """An effective visit, the last of so many follow-ups."""
    return replace(renew(HOURS[number - 1]), follow_ups=follow_ups(number))


def counted(number: int, past: Sequence[object] = ()) -> list[object]:
    """What had happened after so many follow-ups."""
    history = list(past) or granted()
    for n in range(1, number + 1):
        history += given(*history).when(visit(n), claiming).happens()
        history += given(*history).when(count(n), claiming).happens()
    return history


def go_on(reason: str = "The board meets in April.", *, manages_holder: bool = True) -> ContinueFollowUp:
    """Mei lets Anna go on."""
    return ContinueFollowUp(ANNAS, ACME, LINE, "mei", manages_holder, reason, at("03-10 09:00"))


def test_at_three_the_rep_is_warned_once() -> None:
    past = counted(2)
    (warned,) = given(*past).when(count(3), claiming).happens()
    assert warned == FollowUpWarned(
        ANNAS, ACME, LINE, "anna", 3, tuple(one.visit_id for one in follow_ups(3)), HOURS[2]
    )
    given(*past, warned).when(count(4), claiming).then_nothing()


def test_at_five_follow_ups_are_stopped_once_and_the_record_names_them() -> None:
    past = counted(4)
    (stopped,) = given(*past).when(count(5), claiming).happens()
    assert isinstance(stopped, FollowUpStopped)
    assert stopped.visit_ids == tuple(one.visit_id for one in follow_ups(5))
    given(*past, stopped).when(count(6), claiming).then_nothing()


def test_the_visit_that_makes_it_five_renews_nothing_and_none_after_it() -> None:
    past = counted(4)
    assert isinstance(past[-1], ProtectionRenewed)
    (stopped,) = given(*past).when(visit(5), claiming).happens()  # story A18
    assert isinstance(stopped, FollowUpStopped)
    given(*past, stopped).when(visit(6), claiming).then_nothing()


def test_progress_begins_the_count_anew_and_what_brought_it_does_not_count() -> None:
    past = [*counted(4), ProgressNoted(ANNAS, ACME, LINE, "anna", Progress.STAGE_ADVANCED, HOURS[3])]
    assert any(isinstance(event, ProtectionRenewed) for event in given(*past).when(visit(8), claiming).happens())
    (warned,) = given(*past).when(count(8), claiming).happens()
    assert isinstance(warned, FollowUpWarned)
    assert warned.follow_ups == 4
    assert isinstance(given(*past).when(visit(9), claiming).happens()[-1], FollowUpStopped)


def test_progress_is_noted_for_whoever_holds_the_customer_and_never_backwards() -> None:
    step = NoteProgress(ACME, LINE, Progress.STAGE_ADVANCED, HOURS[3])
    noted = ProgressNoted(ANNAS, ACME, LINE, "anna", Progress.STAGE_ADVANCED, HOURS[3])
    given(*granted()).when(step, claiming).then(noted)
    given(*granted(), noted).when(replace(step, progressed_at=HOURS[2]), claiming).then_nothing()
    given().when(step, claiming).then_nothing()


def test_a_manager_lets_the_rep_go_on_and_the_count_begins_anew() -> None:
    past = counted(5)
    (word,) = given(*past).when(go_on(), claiming).happens()
    assert isinstance(word, FollowUpContinued)
    past.append(word)
    assert isinstance(given(*past).when(visit(6), claiming).happens()[0], ProtectionRenewed)
    assert isinstance(given(*past).when(visit(10), claiming).happens()[-1], FollowUpStopped)


def test_once_for_each_stop_and_with_a_reason() -> None:
    past = counted(5)
    given(*past).when(go_on(" "), claiming).then_refused(ReasonRequired)
    given(*counted(4)).when(go_on(), claiming).then_refused(NotStopped)
    past += given(*past).when(go_on(), claiming).happens()
    given(*past).when(go_on(), claiming).then_refused(NotStopped)


def test_only_somebody_above_the_owner_says_so() -> None:
    given(*counted(5)).when(go_on(manages_holder=False), claiming).then_refused(NotOwner)
    given().when(go_on(), claiming).then_refused(NotOwner)


def test_what_happened_before_the_claim_does_not_count() -> None:
    before = tuple(FollowUp(an_id(60 + n), at("03-01 10:00")) for n in range(9))
    given(*granted()).when(replace(count(1), follow_ups=before), claiming).then_nothing()


def test_a_transfer_does_not_begin_the_count_anew() -> None:
    past = counted(3)
    past += given(*past).when(transfer(at=at("03-05 18:00")), claiming).happens()
    asked = replace(visit(5), rep_id="bruno", holders=("bruno",))
    assert isinstance(given(*past).when(asked, claiming).happens()[-1], FollowUpStopped)


def test_a_customer_given_back_while_stopped_says_why() -> None:
    released = given(*counted(5)).when(release(at=at("03-10 10:00")), claiming).happens()[0]
    assert isinstance(released, ClaimReleased)
    assert released.reason is ReleaseReason.FOLLOW_UP_STOP


@pytest.mark.parametrize("off", ["followups_warn", "followups_stop"])
def test_either_limit_may_be_off(off: str) -> None:
    rules = replace(RULES, **{off: None})
    kinds = {type(event) for event in given(*granted()).when(count(8, rules), claiming).happens()}
    assert kinds == ({FollowUpStopped} if off == "followups_warn" else {FollowUpWarned})


def test_a_limit_of_zero_means_zero() -> None:
    strict = replace(renew(HOURS[0]), rules=replace(RULES, followups_warn=None, followups_stop=0))
    assert isinstance(given(*granted()).when(strict, claiming).happens()[-1], FollowUpStopped)


def test_follow_ups_of_a_customer_of_nobody_are_not_counted() -> None:
    given().when(count(8), claiming).then_nothing()
