"""A rep leaves: what the clock makes of the customers in their hands."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.claiming.decisions import InCustody
from domain.ownership.events import ClaimBasis
from domain.reception import ActorInactive
from services.organisation import NewRep, NotSuspended
from services.ownership import Handover, SplitShare
from tests.people import ACME, GLOBEX, LINE, at, hours
from tests.services.office import Office, an_office


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Office]:
    """Anna holds Acme and Globex."""
    async with an_office(at("05-29 09:00")) as office, office.platform.started(clock=False):
        for customer, name in ((ACME, "Acme Ltd"), (GLOBEX, "Globex Trading Ltd")):
            await office.register(customer, name)
            await office.ask(
                "anna",
                "ownership.claim",
                lambda context, customer=customer: office.platform.ownership.claim(customer, LINE, context),
            )
        yield office


async def _leaves(office: Office, hour: str) -> None:
    await office.ask(
        "ops",
        "org.depart_rep",
        lambda context: office.platform.organisation.depart_rep("anna", context, effective_at=at(hour)),
    )


async def _passes_to(office: Office, hour: str) -> None:
    office.clock.hour = at(hour)
    await office.platform.clockwork.tick(at(hour))
    await office.platform.settle()


async def _owners(office: Office, hour: str) -> dict[str, str]:
    held = await office.platform.ownership_questions.table(valid_at=at(hour), known_at=await office.position())
    return {str(span.customer_id): span.rep_id for span, _ in held}


async def test_when_the_hour_of_leaving_comes_the_manager_holds_everything(office: Office) -> None:
    await _leaves(office, "05-29 18:00")
    await _passes_to(office, "05-29 17:59")
    assert set((await _owners(office, "05-29 17:59")).values()) == {"anna"}
    assert await office.platform.deadlines.next_due() == at("05-29 18:00")
    await _passes_to(office, "05-29 18:00")
    assert await _owners(office, "05-29 18:00") == {str(ACME): "mei", str(GLOBEX): "mei"}
    [held, _] = await office.platform.ownership_questions.table(
        valid_at=at("05-29 18:00"), known_at=await office.position(), rep_id="mei"
    )
    assert (held[0].basis, held[0].valid_to) == (ClaimBasis.CUSTODY, at("06-06 00:00"))
    assert (await office.names())[-1] == "organisation.customers_handed_over"


async def test_a_clock_that_ticks_again_hands_nothing_over_twice(office: Office) -> None:
    await _leaves(office, "05-29 18:00")
    await _passes_to(office, "05-29 18:00")
    before = await office.position()
    await _passes_to(office, "05-29 19:00")
    assert await office.position() == before


async def test_after_custody_everything_is_in_the_pool(office: Office) -> None:
    await _leaves(office, "05-29 18:00")
    for hour in ("05-29 18:00", "06-03 00:00", "06-05 00:00", "06-06 00:00"):
        await _passes_to(office, hour)
    assert await _owners(office, "06-06 00:00") == {}


async def test_a_manager_who_has_left_too_is_passed_over(office: Office) -> None:
    await office.ask(
        "ops",
        "org.depart_rep",
        lambda context: office.platform.organisation.depart_rep("mei", context, effective_at=at("05-29 12:00")),
    )
    await _leaves(office, "05-29 18:00")
    await _passes_to(office, "05-29 18:00")
    assert set((await _owners(office, "05-29 18:00")).values()) == {"director"}


async def test_who_comes_back_finds_the_customers_with_the_manager(office: Office) -> None:
    await _leaves(office, "05-29 18:00")
    await _passes_to(office, "05-29 18:00")
    again = NewRep("anna", "east", manager_id="mei", effective_at=at("05-30 09:00"))
    await office.ask("ops", "org.add_rep", lambda context: office.platform.organisation.add_rep(again, context))
    office.clock.hour = at("05-30 09:00") + hours(1)
    assert set((await _owners(office, "05-30 10:00")).values()) == {"mei"}


async def test_what_was_to_be_handed_to_a_rep_who_leaves_before_the_hour_is_held_by_the_manager(office: Office) -> None:
    office.clock.hour = at("05-29 10:00")
    held = await office.platform.ownership_questions.held_by("anna", at=office.clock())
    [acme] = [place for place in held if place.customer_id == ACME]
    split = (SplitShare("anna", 5_000), SplitShare("bruno", 5_000))
    handover = Handover(acme.claim_id, "bruno", split, effective_at=at("05-30 09:00"))
    await office.ask("mei", "ownership.transfer", lambda context: office.platform.ownership.transfer(handover, context))
    await office.ask(
        "ops",
        "org.depart_rep",
        lambda context: office.platform.organisation.depart_rep("bruno", context, effective_at=at("05-29 18:00")),
    )
    for hour in ("05-29 18:00", "05-30 09:00"):
        await _passes_to(office, hour)
    assert (await _owners(office, "05-30 09:00"))[str(ACME)] == "mei"


async def _is_suspended(office: Office, hour: str) -> None:
    await office.ask(
        "ops",
        "org.suspend_rep",
        lambda context: office.platform.organisation.suspend_rep("anna", context, effective_at=at(hour)),
    )


async def test_the_customers_of_a_rep_who_is_suspended_are_held_by_the_manager(office: Office) -> None:
    await _is_suspended(office, "05-29 18:00")
    await _passes_to(office, "05-29 17:59")
    assert set((await _owners(office, "05-29 17:59")).values()) == {"anna"}
    await _passes_to(office, "05-29 18:00")
    assert await _owners(office, "05-29 18:00") == {str(ACME): "mei", str(GLOBEX): "mei"}
    assert (await office.names())[-1] == "organisation.customers_handed_over"


async def test_who_is_suspended_claims_nothing_and_does_so_again_when_reinstated(office: Office) -> None:
    await _is_suspended(office, "05-29 18:00")
    await _passes_to(office, "05-29 18:00")
    with pytest.raises(ActorInactive):
        await office.ask(
            "anna", "ownership.claim", lambda context: office.platform.ownership.claim(ACME, LINE, context)
        )
    await office.ask(
        "ops",
        "org.reinstate_rep",
        lambda context: office.platform.organisation.reinstate_rep("anna", context, effective_at=at("05-29 18:30")),
    )
    office.clock.hour = at("05-29 19:00")
    with pytest.raises(InCustody):
        await office.ask(
            "anna", "ownership.claim", lambda context: office.platform.ownership.claim(ACME, LINE, context)
        )
    assert set((await _owners(office, "05-29 19:00")).values()) == {"mei"}


async def test_a_suspension_that_is_lifted_before_its_hour_moves_no_customer(office: Office) -> None:
    await _is_suspended(office, "05-29 18:00")
    await office.ask(
        "ops",
        "org.reinstate_rep",
        lambda context: office.platform.organisation.reinstate_rep("anna", context, effective_at=at("05-29 18:00")),
    )
    await _passes_to(office, "05-29 18:00")
    assert set((await _owners(office, "05-29 18:00")).values()) == {"anna"}


async def test_who_leaves_while_suspended_has_left(office: Office) -> None:
    await _is_suspended(office, "05-29 18:00")
    await _passes_to(office, "05-29 18:00")
    await _leaves(office, "05-29 19:00")
    await _passes_to(office, "05-29 19:00")
    with pytest.raises(NotSuspended):
        await office.ask(
            "ops",
            "org.reinstate_rep",
            lambda context: office.platform.organisation.reinstate_rep("anna", context, effective_at=at("05-29 20:00")),
        )
    assert set((await _owners(office, "05-29 20:00")).values()) == {"mei"}
