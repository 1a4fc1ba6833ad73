"""Where things stand on a chart."""

from datetime import datetime, timedelta

from api.console.charts import TimeScale, share, steps
from tests.people import MONDAY


def later(minutes: int) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def test_what_came_later_stands_further_right_and_ends_leave_room_for_a_mark() -> None:
    scale = TimeScale([later(0), later(20), later(50)])
    assert (scale(later(0)), scale(later(50))) == (1.5, 98.5)
    assert scale(later(0)) < scale(later(20)) < scale(later(50))
    assert scale(later(10)) == round((scale(later(0)) + scale(later(20))) / 2, 2)


def test_a_long_gap_is_folded_and_tells_its_length() -> None:
    scale = TimeScale([later(0), later(14), later(14 + 96), later(28 + 96)])
    assert [gap.minutes for gap in scale.gaps] == [96]
    assert abs(scale.gaps[0].width - (scale(later(14)) - scale(later(0)))) < 0.02


def test_what_lies_outside_stands_at_the_nearer_end_and_a_single_hour_in_the_middle() -> None:
    scale = TimeScale([later(0), later(30)])
    assert (scale(later(-60)), scale(later(60))) == (1.5, 98.5)
    assert TimeScale([later(0)])(later(0)) == 50.0
    assert TimeScale([])(later(0)) == 50.0


def test_a_line_of_steps_rises_where_the_figure_does() -> None:
    assert steps([(10.0, 1), (50.0, 2)], 2) == "M0 96.0H10.0V51.0H50.0V6.0H100"
    assert steps([], 2) == ""


def test_a_share_is_never_more_than_all_and_none_of_nothing_is_none() -> None:
    assert (share(1, 4), share(5, 4), share(1, 0)) == (25.0, 100.0, 0.0)
