"""Who has left and still has customers to be placed in other hands."""

from domain.organisation.events import CustomersHandedOver, RepDeparted, RepJoined
from projections.departures import DepartureRow, departures
from projections.projection import Known, replay
from tests.happened import all_happened
from tests.people import MONDAY, SHANGHAI, days

JOINED = RepJoined("anna", "Anna", "east", SHANGHAI, "mei", MONDAY)
LEFT = RepDeparted("anna", MONDAY + days(9))


def _now(*events: object) -> list[DepartureRow]:
    rows: list[Known[DepartureRow]] = list(replay(departures, all_happened(events)))
    return [known.row for known in rows if known.known_to is None]


def test_who_leaves_is_there_until_the_customers_are_in_other_hands() -> None:
    assert _now(JOINED) == []
    assert _now(JOINED, LEFT) == [DepartureRow("anna", MONDAY + days(9))]
    assert _now(JOINED, LEFT, CustomersHandedOver("anna", "mei", 3, MONDAY + days(9))) == []


def test_who_comes_back_before_leaving_has_nothing_to_hand_over() -> None:
    assert _now(JOINED, LEFT, RepJoined("anna", None, "east", SHANGHAI, "mei", MONDAY + days(9))) == []
