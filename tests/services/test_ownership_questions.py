"""Who owned which customer: by the world's dial, and by what was known."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.claiming.decisions import claiming
from domain.envelope import Recorded
from domain.ownership.events import ProtectionRenewed, ReleaseReason
from domain.reception import RefNotFound
from projections.ownership_table import OwnershipSpan, ownership_table
from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.memory_read_store import MemoryReadStore
from services.adapters.memory_recorder import MemoryRecorder
from services.ownership_questions import OwnershipQuestions, State
from services.projector import Projector
from tests.domain.claiming.claims import ANNAS, BRUNOS, claim, expire, granted, release, renew
from tests.given import given
from tests.people import ACME, ANNA, BRUNO, GLOBEX, LINE, MONDAY, an_id, at
from tests.services.written_down import Scribe


@dataclass
class Desk:
    """The questions, on a log in memory that is written to directly."""

    scribe: Scribe
    projector: Projector
    questions: OwnershipQuestions

    async def happens(self, events: Sequence[object]) -> int:
        """Write down what happened and let the table show it; the position then."""
        position = await self.scribe.write(*events)
        await self.projector.catch_up()
        return position


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    log, store = EventsourcingLog(MemoryRecorder(), "acme"), MemoryReadStore(lambda: MONDAY)
    projector = Projector(log, store, [ownership_table], lambda: MONDAY)
    await projector.catch_up()
    yield Desk(Scribe(log), projector, OwnershipQuestions(log, store, projector))
    await log.close()


async def _owner(desk: Desk, valid_at: datetime, known_at: int) -> tuple[str | None, State]:
    owned = await desk.questions.owned(ACME, LINE, valid_at=valid_at, known_at=known_at)
    return (owned.owner.rep_id if owned.owner else None), owned.state


async def test_a_customer_is_protected_then_in_grace_then_free_without_anything_being_written(desk: Desk) -> None:
    known = await desk.happens(granted())
    [claimed] = (await desk.questions.owned(ACME, LINE, valid_at=MONDAY, known_at=known)).spans
    lapses, ends = claimed.span.lapses_at, claimed.span.valid_to
    instant = timedelta(microseconds=1)
    assert await _owner(desk, MONDAY - instant, known) == (None, "FREE")
    assert await _owner(desk, MONDAY, known) == ("anna", "PROTECTED")
    assert await _owner(desk, lapses - instant, known) == ("anna", "PROTECTED")
    assert await _owner(desk, lapses, known) == ("anna", "GRACE")
    assert await _owner(desk, ends - instant, known) == ("anna", "GRACE")
    assert await _owner(desk, ends, known) == (None, "FREE")


async def test_what_the_table_said_then_and_what_is_known_now_are_two_answers(desk: Desk) -> None:
    past = granted()
    before = await desk.happens(past)
    then = await desk.questions.owned(ACME, LINE, valid_at=MONDAY, known_at=before)
    renewal = given(*past).when(renew(at("03-03 10:00")), claiming).happens()
    after = await desk.happens(renewal)
    assert await _owner(desk, at("03-12 09:00"), before) == (None, "FREE"), "as known before the visit"
    assert await _owner(desk, at("03-12 09:00"), after) == ("anna", "PROTECTED"), "as known after it"
    assert await desk.questions.owned(ACME, LINE, valid_at=MONDAY, known_at=before) == then, "the same for ever"


async def test_the_history_tells_every_owner_why_and_by_which_events(desk: Desk) -> None:
    past = granted()
    past += given(*past).when(release(at=at("03-04 11:00")), claiming).happens()
    past += given(*past).when(claim(BRUNO, claim_id=BRUNOS, at=at("03-05 09:00")), claiming).happens()
    known = await desk.happens(past)
    owned = await desk.questions.owned(ACME, LINE, valid_at=at("03-06 09:00"), known_at=known)
    told = [(one.span.rep_id, one.span.ended, one.known_from, one.known_to, one.entitled) for one in owned.spans]
    assert told == [
        ("anna", None, 1, 3, False),
        ("anna", ReleaseReason.REP, 3, None, True),
        ("bruno", None, 5, None, True),
    ]
    assert owned.owner is not None
    assert owned.owner.claim_id == BRUNOS
    assert await _owner(desk, at("03-04 11:00"), known) == (None, "FREE")
    assert await _owner(desk, at("03-04 10:59"), known) == ("anna", "PROTECTED")


async def test_a_customer_whom_nobody_ever_claimed_is_free(desk: Desk) -> None:
    owned = await desk.questions.owned(GLOBEX, LINE, valid_at=MONDAY, known_at=0)
    assert (owned.owner, owned.state, list(owned.spans)) == (None, "FREE", [])


async def test_another_line_of_the_same_customer_is_another_ownership(desk: Desk) -> None:
    known = await desk.happens(granted())
    assert (await desk.questions.owned(ACME, "packaging", valid_at=MONDAY, known_at=known)).owner is None


async def _three_claims(desk: Desk) -> int:
    known = 0
    for number, (rep, hour) in enumerate([(ANNA, "03-02 09:00"), (BRUNO, "03-02 10:00"), (ANNA, "03-04 09:00")]):
        known = await desk.happens(
            granted(claim(rep, claim_id=an_id(number + 1), customer=an_id(500 + number), at=at(hour)))
        )
    return known


def _claims(rows: Sequence[tuple[OwnershipSpan, State]]) -> list[UUID]:
    return [span.claim_id for span, _ in rows]


async def test_the_table_shows_who_holds_what_at_an_instant_the_nearest_end_first(desk: Desk) -> None:
    known = await _three_claims(desk)
    table = desk.questions.table
    assert _claims(await table(valid_at=at("03-05 09:00"), known_at=known)) == [an_id(1), an_id(2), an_id(3)]
    assert _claims(await table(valid_at=at("03-03 09:00"), known_at=known)) == [an_id(1), an_id(2)]
    assert _claims(await table(valid_at=at("03-05 09:00"), known_at=2)) == [an_id(1)], "as known then"
    assert _claims(await table(valid_at=at("03-05 09:00"), known_at=known, rep_id="anna")) == [an_id(1), an_id(3)]
    assert _claims(await table(valid_at=at("03-05 09:00"), known_at=known, team_id="west")) == []


async def test_the_table_can_be_asked_for_what_is_protected_and_what_is_in_grace(desk: Desk) -> None:
    known = await _three_claims(desk)
    in_grace = at("03-06 12:00")
    both = await desk.questions.table(valid_at=in_grace, known_at=known)
    assert [state for _, state in both] == ["GRACE", "GRACE", "PROTECTED"]
    protected = await desk.questions.table(valid_at=in_grace, known_at=known, state="PROTECTED")
    assert _claims(protected) == [an_id(3)]
    assert _claims(await desk.questions.table(valid_at=in_grace, known_at=known, state="GRACE")) == [an_id(1), an_id(2)]


async def test_a_claim_holds_from_its_very_instant_until_before_its_end(desk: Desk) -> None:
    known = await desk.happens(granted())
    assert _claims(await desk.questions.table(valid_at=MONDAY, known_at=known)) == [ANNAS]
    [(span, _)] = await desk.questions.table(valid_at=MONDAY, known_at=known)
    assert _claims(await desk.questions.table(valid_at=span.lapses_at, known_at=known, state="PROTECTED")) == []
    assert _claims(await desk.questions.table(valid_at=span.lapses_at, known_at=known, state="GRACE")) == [ANNAS]
    assert _claims(await desk.questions.table(valid_at=span.valid_to, known_at=known)) == []


async def test_the_table_is_read_page_by_page(desk: Desk) -> None:
    known = await _three_claims(desk)
    seen: list[UUID] = []
    after: tuple[datetime, UUID] | None = None
    while page := await desk.questions.table(valid_at=at("03-05 09:00"), known_at=known, after=after, limit=2):
        seen += _claims(page)
        after = (page[-1][0].valid_to, page[-1][0].claim_id)
    assert seen == [an_id(1), an_id(2), an_id(3)]


async def test_a_claim_is_found_by_its_id_even_just_after_it_was_granted(desk: Desk) -> None:
    await desk.scribe.write(*granted())
    with pytest.raises(RefNotFound):
        await desk.questions.place(BRUNOS)
    await desk.projector.catch_up()
    place = await desk.questions.place(ANNAS)
    assert (place.customer_id, place.line, place.rep_id) == (ACME, LINE, "anna")


async def test_a_claim_that_is_over_is_still_found_by_its_id(desk: Desk) -> None:
    past = granted()
    past += given(*past).when(expire(at("03-20 09:00")), claiming).happens()
    await desk.happens(past)
    assert (await desk.questions.place(ANNAS)).customer_id == ACME


async def test_an_answer_says_so_when_an_event_behind_it_could_not_be_taken_in(desk: Desk) -> None:
    def faulty(rows: Sequence[OwnershipSpan], recorded: Recorded) -> Sequence[OwnershipSpan]:
        if isinstance(recorded.event, ProtectionRenewed):
            raise ValueError("a fault")
        return ownership_table.fold(rows, recorded)

    past = granted()
    granted_at = await desk.happens(past)
    desk.projector._projections = (replace(ownership_table, fold=faulty),)  # pyright: ignore[reportPrivateUsage] - a release with a fault
    known = await desk.happens(given(*past).when(renew(at("03-03 10:00")), claiming).happens())
    now = await desk.questions.owned(ACME, LINE, valid_at=MONDAY, known_at=known)
    assert (now.stale, now.state) == (True, "PROTECTED")
    then = await desk.questions.owned(ACME, LINE, valid_at=MONDAY, known_at=granted_at)
    assert not then.stale
    other = await desk.questions.owned(GLOBEX, LINE, valid_at=MONDAY, known_at=known)
    assert not other.stale
