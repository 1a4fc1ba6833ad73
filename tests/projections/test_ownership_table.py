"""Who owned which customer: what the rows say after each event, and what they said before."""

from collections.abc import Sequence
from datetime import timedelta

from domain.claiming.decisions import AlreadyClaimed, claiming
from domain.ownership.events import ClaimBasis, ClaimGranted, ClaimReleased, ReleaseReason
from projections.ownership_table import OwnershipSpan, ownership_table
from projections.projection import Known, known_at, replay
from tests.domain.claiming.claims import ANNAS, BRUNOS, claim, expire, granted, release, renew
from tests.given import given
from tests.happened import all_happened
from tests.people import ACME, BRUNO, GLOBEX, at, days


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
