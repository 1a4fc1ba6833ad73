"""Hours go into the record in UTC, wherever in a value they stand; nothing else is touched."""

from datetime import UTC, timedelta

from domain.visit.report import Attachment
from services.in_utc import in_utc
from tests.domain.visit.visits import PHOTO, PLAN, REPORT, TEN
from tests.domain.visit.visits import record as told


def test_an_hour_is_the_same_instant_in_utc() -> None:
    assert in_utc(TEN) == TEN
    assert in_utc(TEN).utcoffset() == timedelta(0)


def test_hours_within_records_and_lists_are_found() -> None:
    report = in_utc(told().report)
    assert report == REPORT
    assert (report.started_at.tzinfo, in_utc(PLAN).planned_start.tzinfo) == (UTC, UTC)
    (photo,) = in_utc((Attachment(PHOTO, 1, "image/png", TEN),))
    assert photo.taken_at is not None
    assert photo.taken_at.tzinfo is UTC


def test_what_is_no_hour_stays_as_it_is() -> None:
    assert in_utc("10:00") == "10:00"
    assert in_utc(None) is None
