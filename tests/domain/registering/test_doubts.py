"""What is pointed out as a possible double, what a person finds, and what nobody may find."""

from dataclasses import replace
from uuid import UUID

from domain.customer.events import (
    CustomerRegistered,
    DuplicateResolved,
    DuplicateSuspected,
    GroupLinked,
    Level,
    Sign,
    Verdict,
)
from domain.customer.state import Registered, customer_of
from domain.reception import RefNotFound
from domain.registering.decisions import identity_of
from domain.registering.doubts import (
    LinkGroup,
    LookForDuplicates,
    MergeForbidden,
    MergeInvalid,
    ResolveDuplicate,
    doubting,
)
from domain.rulesets import RulingRules
from tests.domain.customer.customers import CODE, OTHER_CODE, REGISTERED
from tests.given import given
from tests.people import ACME, GLOBEX, MONDAY, days

LATER = MONDAY + days(4)
FIRST = REGISTERED
SECOND = replace(REGISTERED, customer_id=GLOBEX, registered_by="bruno", registered_at=LATER)
SUSPECTED = DuplicateSuspected(GLOBEX, ACME, Level.STRONG, 9_500, (Sign.SAME_NAME_AND_REGION,), 1, LATER)
HINT = DuplicateSuspected(GLOBEX, ACME, Level.WEAK, 6_000, (Sign.SAME_TRADE_NAME,), 1, LATER)


def look(one: CustomerRegistered, other: CustomerRegistered) -> LookForDuplicates:
    return LookForDuplicates(identity_of(one), [identity_of(other)], RulingRules(), LATER)


def found(verdict: Verdict, *, customer_id: UUID = GLOBEX, other_id: UUID = ACME) -> ResolveDuplicate:
    return ResolveDuplicate(customer_id, other_id, verdict, "looked", "mei", LATER)


def resolved(verdict: Verdict) -> DuplicateResolved:
    return DuplicateResolved(GLOBEX, ACME, verdict, "looked", "mei", LATER)


def now(*events: object) -> Registered:
    state = customer_of(GLOBEX).empty
    for event in events:
        state = customer_of(GLOBEX).evolve(state, event)
    assert isinstance(state, Registered)
    return state


def test_the_doubt_stands_with_the_later_record_whichever_was_looked_at() -> None:
    given(FIRST, SECOND).when(look(SECOND, FIRST), doubting).then(SUSPECTED)
    given(FIRST, SECOND).when(look(FIRST, SECOND), doubting).then(SUSPECTED)


def test_what_is_known_is_not_pointed_out_again() -> None:
    given(FIRST, SECOND, SUSPECTED).when(look(FIRST, SECOND), doubting).then_nothing()


def test_a_surer_sign_raises_a_hint() -> None:
    given(FIRST, SECOND, HINT).when(look(FIRST, SECOND), doubting).then(SUSPECTED)


def test_what_was_found_to_be_two_stays_two_until_another_sure_sign_comes_up() -> None:
    two = (FIRST, SECOND, SUSPECTED, resolved(Verdict.DIFFERENT))
    given(*two).when(look(FIRST, SECOND), doubting).then_nothing()
    one, other = replace(FIRST, registrable="acme.cn"), replace(SECOND, registrable="acme.cn")
    (event,) = given(*two).when(look(one, other), doubting).happens()
    assert isinstance(event, DuplicateSuspected)
    assert Sign.SAME_DOMAIN in event.signs


def test_different_company_codes_settle_a_doubt_by_themselves() -> None:
    one, other = replace(FIRST, uscc=CODE), replace(SECOND, uscc=OTHER_CODE)
    settled = DuplicateResolved(GLOBEX, ACME, Verdict.DIFFERENT, "DIFFERENT_USCC", None, LATER)
    given(one, other, SUSPECTED).when(look(other, one), doubting).then(settled)


def test_members_of_a_group_are_not_pointed_out() -> None:
    linked = [GroupLinked(ACME, GLOBEX, None, "mei", LATER), GroupLinked(GLOBEX, ACME, None, "mei", LATER)]
    given(FIRST, SECOND, *linked).when(look(FIRST, SECOND), doubting).then_nothing()


def test_a_strong_doubt_waits_for_a_person_and_a_hint_does_not() -> None:
    assert now(SECOND, SUSPECTED).duplicate_pending
    assert not now(SECOND, HINT).duplicate_pending
    assert not now(SECOND, SUSPECTED, resolved(Verdict.DIFFERENT)).duplicate_pending


def test_a_verdict_is_kept_with_the_later_record_and_said_again_it_is_nothing_new() -> None:
    given(FIRST, SECOND, SUSPECTED).when(found(Verdict.SAME), doubting).then(resolved(Verdict.SAME))
    turned = found(Verdict.SAME, customer_id=ACME, other_id=GLOBEX)
    given(FIRST, SECOND, SUSPECTED).when(turned, doubting).then(resolved(Verdict.SAME))
    given(FIRST, SECOND, SUSPECTED, resolved(Verdict.SAME)).when(turned, doubting).then_nothing()


def test_a_person_may_find_what_nobody_pointed_out() -> None:
    given(FIRST, SECOND).when(found(Verdict.SAME), doubting).then(resolved(Verdict.SAME))


def test_two_company_codes_are_never_found_to_be_one() -> None:
    one, other = replace(FIRST, uscc=CODE), replace(SECOND, uscc=OTHER_CODE)
    given(one, other).when(found(Verdict.SAME), doubting).then_refused(MergeForbidden)
    given(one, other).when(found(Verdict.DIFFERENT), doubting).then(resolved(Verdict.DIFFERENT))


def test_a_record_is_no_double_of_itself_nor_of_one_that_is_not_there() -> None:
    given(FIRST).when(found(Verdict.SAME, customer_id=ACME), doubting).then_refused(MergeInvalid)
    given(FIRST).when(found(Verdict.SAME), doubting).then_refused(RefNotFound)


def test_a_group_is_noted_in_both_histories_once_and_settles_the_doubt() -> None:
    link = LinkGroup(ACME, GLOBEX, "Globex bought Acme", "mei", LATER)
    mine = GroupLinked(ACME, GLOBEX, "Globex bought Acme", "mei", LATER)
    theirs = GroupLinked(GLOBEX, ACME, "Globex bought Acme", "mei", LATER)
    settled = DuplicateResolved(GLOBEX, ACME, Verdict.DIFFERENT, "Globex bought Acme", "mei", LATER)
    given(FIRST, SECOND).when(link, doubting).then(mine, theirs)
    given(FIRST, SECOND, SUSPECTED).when(link, doubting).then(mine, theirs, settled)
    given(FIRST, SECOND, mine, theirs).when(link, doubting).then_nothing()
