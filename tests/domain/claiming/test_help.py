"""A colleague helps with a customer: by whose consent, and for what part of the credit."""

from dataclasses import replace

import pytest

from domain.claiming.decisions import LinkHelper, NotOwner, UnlinkHelper, claiming
from domain.ownership.events import HelperLinked, HelperUnlinked
from domain.reception import ActorInactive, Malformed
from tests.domain.claiming.claims import ANNAS, granted
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, LINE, MONDAY, at

LINK = LinkHelper(ANNAS, ACME, LINE, BRUNO, 3_000, "anna", stands_above=False, at=MONDAY)
UNLINK = UnlinkHelper(ANNAS, ACME, LINE, "bruno", "anna", stands_above=False, at=at("03-03 10:00"))
LINKED = HelperLinked(ANNAS, ACME, LINE, "anna", "bruno", 3_000, "anna", MONDAY)


def test_the_owner_lets_a_colleague_help() -> None:
    given(*granted()).when(LINK, claiming).then(LINKED)


def test_somebody_above_both_may_say_so_too_and_nobody_else() -> None:
    by_mei = replace(LINK, asked_by="mei", stands_above=True)
    given(*granted()).when(by_mei, claiming).then(replace(LINKED, linked_by="mei"))
    given(*granted()).when(replace(LINK, asked_by="bruno"), claiming).then_refused(NotOwner)


def test_the_same_help_again_changes_nothing_and_another_part_is_a_new_one() -> None:
    given(*granted(), LINKED).when(LINK, claiming).then_nothing()
    (event,) = given(*granted(), LINKED).when(replace(LINK, split_bp=2_000), claiming).happens()
    assert isinstance(event, HelperLinked)
    assert event.split_bp == 2_000


@pytest.mark.parametrize("split_bp", [-1, 7_001])
def test_all_helpers_together_have_no_more_than_the_whole(split_bp: int) -> None:
    carl = replace(LINK, helper=replace(BRUNO, rep_id="carl"), split_bp=split_bp)
    given(*granted(), LINKED).when(carl, claiming).then_refused(Malformed)


def test_nobody_helps_themselves_and_nobody_who_has_left() -> None:
    given(*granted()).when(replace(LINK, helper=ANNA), claiming).then_refused(Malformed)
    given(*granted()).when(replace(LINK, helper=replace(BRUNO, active=False)), claiming).then_refused(ActorInactive)


def test_a_customer_of_nobody_has_no_helper() -> None:
    given().when(LINK, claiming).then_refused(NotOwner)
    given(*granted()).when(replace(LINK, at=at("03-20 10:00")), claiming).then_refused(NotOwner)


@pytest.mark.parametrize("who", ["anna", "bruno"])
def test_owner_and_helper_may_each_end_the_help(who: str) -> None:
    unlinked = HelperUnlinked(ANNAS, ACME, LINE, "anna", "bruno", who, at("03-03 10:00"))
    given(*granted(), LINKED).when(replace(UNLINK, asked_by=who), claiming).then(unlinked)
    given(*granted(), LINKED, unlinked).when(UNLINK, claiming).then_nothing()


def test_a_stranger_ends_no_help() -> None:
    given(*granted(), LINKED).when(replace(UNLINK, asked_by="carl"), claiming).then_refused(NotOwner)
