"""Who owned which customer: what the rows say after each event, and what they said before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.claiming.decisions import AlreadyClaimed, PauseProtection, claiming
from domain.claiming.offline import Then
from domain.ownership.events import (
    ClaimBasis,
    ClaimGranted,
    ClaimReleased,
    ClaimRevoked,
    HelperLinked,
    HelperUnlinked,
    ProtectionResumed,
    ReleaseReason,
    TransferCalledOff,
)
from domain.ownership.protection import Terms
from domain.ownership.protection import granted as protect
from domain.ownership.state import FOREVER, Free
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known, known_at, replay
from tests.domain.claiming.claims import ANNAS, BRUNOS, RULES, claim, expire, granted, release, renew, transfer
from tests.given import given
from tests.happened import all_happened
from tests.people import ACME, ANNA, BRUNO, CALENDAR, GLOBEX, LINE, an_id, at, days, hours


def _spans(*events: object) -> list[Known[OwnershipSpan]]:
    rows: Sequence[Known[OwnershipSpan]] = replay(ownership_table, all_happened(events))
    return sorted(rows, key=lambda known: (known.known_from, known.ordinal))


def _now(*events: object) -> list[OwnershipSpan]:
    return [known.row for known in _spans(*events) if known.known_to is None]


def test_a_claim_is_a_span_that_ends_at_its_stored_deadline() -> None:
    [claimed, *_] = granted()
    assert isinstance(claimed, ClaimGranted)
    [span] = _now(*granted())
    assert (span.rep_id, span.team_id, span.claim_id, span.basis) == ("anna", "east", ANNAS, ClaimBasis.ONLINE)
    assert (span.valid_from, span.valid_to) == (claimed.granted_at, claimed.release_at)
    assert span.lapses_at == claimed.first_visit_due
    assert (span.visited, span.ended, span.cause) == (False, None, "ownership.claim_granted")


def test_a_renewal_moves_the_end_and_what_was_known_before_stays_readable() -> None:
    visited = given(*granted()).when(renew(at("03-03 10:00")), claiming).happens()
    before, after = _spans(*granted(), *visited)
    assert (before.known_from, before.known_to, after.known_from, after.known_to) == (1, 3, 3, None)
    assert before.row.valid_to < after.row.valid_to
    assert after.row.valid_from == before.row.valid_from
    assert after.row.visited
    assert after.row.lapses_at == after.row.protected_until


def test_a_claim_made_offline_is_true_from_the_hour_that_its_device_could_show() -> None:
    [span] = _now(*attested(at("03-17 09:00"), at("03-17 18:00")))
    assert (span.valid_from, span.priority_at, span.basis) == (
        at("03-17 09:00"),
        at("03-17 09:00"),
        ClaimBasis.ATTESTED,
    )


def test_a_claim_made_offline_takes_nothing_from_whoever_had_the_customer_since() -> None:
    came = granted(claim(BRUNO, claim_id=BRUNOS, at=at("03-17 10:00")))
    gave_up = (
        given(*came).when(release("bruno", claim_id=BRUNOS, holder="bruno", at=at("03-17 11:00")), claiming).happens()
    )
    past = [*came, *gave_up]
    first, second = _now(*past, *attested(at("03-17 09:00"), at("03-17 18:00"), *past))
    assert (first.rep_id, first.valid_from, first.valid_to) == ("bruno", at("03-17 10:00"), at("03-17 11:00"))
    assert (second.rep_id, second.valid_from) == ("anna", at("03-17 11:00"))


def attested(priority_at: datetime, hour: datetime, *past: object) -> Sequence[object]:
    """What happens when Anna's offline claim comes in."""
    command = replace(
        claim(at=hour),
        priority_at=priority_at,
        basis=ClaimBasis.ATTESTED,
        then=Then(Free(), timedelta(seconds=60)),
    )
    return given(*past).when(command, claiming).happens()


def test_a_release_ends_the_span_at_its_hour_and_says_why() -> None:
    past = granted()
    given_back = given(*past).when(release(at=at("03-04 11:00")), claiming).happens()
    [span] = _now(*past, *given_back)
    assert (span.valid_to, span.ended) == (at("03-04 11:00"), ReleaseReason.REP)
    assert span.cooling_off_until is not None
    assert span.cooling_off_until > span.valid_to


def test_the_timer_confirms_the_end_that_the_claim_had_stated() -> None:
    past = granted()
    [open_span] = _now(*past)
    over = given(*past).when(expire(open_span.valid_to + timedelta(hours=5)), claiming).happens()
    [closed] = _now(*past, *over)
    assert closed.valid_to == open_span.valid_to
    assert closed.lapsed
    assert closed.ended == ReleaseReason.FIRST_VISIT_MISSED


def test_the_owner_before_stays_true_of_its_own_time() -> None:
    past = granted()
    past += given(*past).when(release(at=at("03-04 11:00")), claiming).happens()
    past += given(*past).when(claim(BRUNO, claim_id=BRUNOS, at=at("03-05 09:00")), claiming).happens()
    annas, brunos = _now(*past)
    assert (annas.rep_id, annas.valid_to) == ("anna", at("03-04 11:00"))
    assert (brunos.rep_id, brunos.valid_from) == ("bruno", at("03-05 09:00"))


def test_as_of_is_a_filter_that_equals_a_replay_up_to_there() -> None:
    past = granted()
    past += given(*past).when(renew(at("03-03 10:00")), claiming).happens()
    past += given(*past).when(release(at=at("03-06 11:00")), claiming).happens()
    whole = _spans(*past)
    for position in range(len(past) + 1):
        then = [known.row for known in whole if known_at(position, known)]
        assert then == _now(*past[:position])


def test_a_refused_claim_changes_nothing_in_the_table() -> None:
    past = granted()
    refusal = given(*past).when(claim(BRUNO, claim_id=BRUNOS), claiming).then_refused(AlreadyClaimed)
    assert _spans(*past, *refusal.leaving) == _spans(*past)


def test_customers_do_not_touch_each_other() -> None:
    both = [*granted(), *granted(claim(BRUNO, claim_id=BRUNOS, customer=GLOBEX))]
    assert {(span.customer_id, span.rep_id) for span in _now(*both)} == {(ACME, "anna"), (GLOBEX, "bruno")}


def test_a_release_of_a_claim_that_is_not_there_makes_no_row() -> None:
    lost = ClaimReleased(
        ANNAS, ACME, "default", "anna", ReleaseReason.REP, at("03-04 11:00"), at("03-04 11:00") + days(7)
    )
    assert _spans(lost) == []


def _ruled(entitled_from: datetime) -> list[object]:
    """Bruno holds Acme since Monday noon; on the 9th a ruling finds Anna entitled from an earlier hour."""
    past = granted(claim(BRUNO, claim_id=BRUNOS, at=at("03-02 12:00")))
    past += (
        given(*past)
        .when(PauseProtection(ACME, LINE, an_id(500), ("bruno",), RULES, at("03-02 18:00")), claiming)
        .happens()
    )
    ruled = at("03-09 10:00")
    return [
        *past,
        ProtectionResumed(
            BRUNOS, ACME, LINE, "bruno", an_id(500), 16, at("03-13 00:00"), at("03-25 00:00"), at("06-08 00:00"),
            at("03-14 00:00"), 0, ruled,
        ),
        ClaimRevoked(BRUNOS, ACME, LINE, "bruno", ReleaseReason.RULING, an_id(500), ruled),
        protect(ANNAS, ACME, LINE, ANNA, ClaimBasis.RULING, Terms(RULES, CALENDAR, ruled), entitled_from=entitled_from),
    ]  # fmt: skip


def _holder(rows: Sequence[Known[OwnershipSpan]], valid_at: datetime, position: int) -> list[str]:
    rows = [known for known in rows if known_at(position, known)]
    return [known.row.rep_id for known in rows if known.row.valid_from <= valid_at < known.row.valid_to]


def test_while_a_case_is_open_no_end_of_the_claim_is_known() -> None:
    rows = _spans(*_ruled(at("03-02 09:00")))
    [held] = [known.row for known in rows if known_at(3, known)]
    assert (held.cases, held.valid_to, held.lapses_at) == ((an_id(500),), FOREVER, FOREVER)
    [free_of_it] = [known.row for known in rows if known_at(4, known)]
    assert (free_of_it.cases, free_of_it.valid_to) == ((), at("03-14 00:00"))


def test_a_ruling_moves_what_was_entitled_and_not_what_was_recorded() -> None:
    history = _ruled(at("03-02 09:00"))
    rows, noon = _spans(*history), at("03-02 13:00")
    assert _holder(rows, noon, 2) == ["bruno"]  # as the table said on Monday
    assert _holder(rows, noon, len(history)) == ["anna"]  # as is known since the ruling
    assert _holder(rows, at("03-02 09:30"), len(history)) == ["anna"]
    assert _holder(rows, at("03-10 09:00"), len(history)) == ["anna"]
    annas, brunos = sorted(_now(*history), key=lambda span: span.rep_id)
    assert annas.valid_from == at("03-02 09:00")
    assert (brunos.valid_from, brunos.valid_to, brunos.ended) == (
        noon - hours(1),
        noon - hours(1),
        ReleaseReason.RULING,
    )


def test_a_ruling_that_entitles_from_a_later_hour_leaves_what_came_before() -> None:
    history = _ruled(at("03-02 15:00"))
    rows = _spans(*history)
    assert _holder(rows, at("03-02 13:00"), len(history)) == ["bruno"]
    assert _holder(rows, at("03-02 15:00"), len(history)) == ["anna"]


def test_a_claim_that_is_handed_on_ends_at_that_hour_and_the_next_begins_there() -> None:
    past = granted()
    past += given(*past).when(renew(at("03-03 10:00")), claiming).happens()
    handed = transfer(at=at("03-04 10:00"), effective_at=at("03-09 00:00"))
    past += given(*past).when(handed, claiming).happens()
    [annas] = _now(*past)
    assert (annas.valid_to, annas.to_rep_id, annas.ended) == (at("03-09 00:00"), "bruno", ReleaseReason.TRANSFER)
    due = replace(expire(at("03-09 00:00")), holders=("anna", "bruno"))
    past += given(*past).when(due, claiming).happens()
    rows = _spans(*past)
    assert _holder(rows, at("03-08 23:59"), len(past)) == ["anna"]
    assert _holder(rows, at("03-09 00:00"), len(past)) == ["bruno"]


def test_a_hand_over_that_is_called_off_leaves_the_claim_as_it_was() -> None:
    past = granted()
    [before] = _now(*past)
    past += given(*past).when(transfer(effective_at=at("03-05 00:00")), claiming).happens()
    past.append(TransferCalledOff(ANNAS, ACME, LINE, "anna", "bruno", at("03-03 10:00")))
    [after] = _now(*past)
    assert replace(after, cause=before.cause) == before


def test_the_colleagues_who_help_stand_beside_the_owner() -> None:
    past = granted()
    past.append(HelperLinked(ANNAS, ACME, LINE, "anna", "bruno", 3_000, "anna", at("03-02 10:00")))
    past.append(HelperLinked(ANNAS, ACME, LINE, "anna", "carl", 500, "anna", at("03-02 10:00")))
    [span] = _now(*past)
    assert (span.helpers, span.helper_bp) == (("bruno", "carl"), (3_000, 500))
    past.append(HelperUnlinked(ANNAS, ACME, LINE, "anna", "bruno", "anna", at("03-02 10:00")))
    [span] = _now(*past)
    assert (span.helpers, span.helper_bp) == (("carl",), (500,))
