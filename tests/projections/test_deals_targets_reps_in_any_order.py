"""Deals, targets and the people of the organisation come out the same however their streams are interleaved."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given as any_
from hypothesis import settings
from hypothesis import strategies as st

from domain.deal.events import DealStageAdvanced
from domain.organisation.events import ManagerLineChanged, RepDeparted, RepJoined, RepTeamChanged, TeamAdded
from domain.target.events import TargetAmendmentRefused
from projections.deals import deals
from projections.org_chart import org_chart
from projections.projection import Projection, replay
from projections.target_history import target_history
from projections.target_ledger import target_ledger
from projections.teams import teams
from tests.deliveries import in_any_order, interleaved
from tests.domain.deal.test_deals import ALL_TO_ANNA, DEAL, LOST, OPENED, WON
from tests.domain.targeting.targets import AMENDED, OTHER, RESERVED, SUBJECT, TARGET, WAS_SET
from tests.happened import all_happened
from tests.people import ACME, MONDAY, SHANGHAI, an_id, days

LOG = all_happened(
    [
        TeamAdded("east", "华东", SHANGHAI),
        RepJoined("anna", "安娜", "east", SHANGHAI, None, MONDAY),
        RepJoined("bruno", None, "east", SHANGHAI, "anna", MONDAY),
        OPENED,
        WAS_SET,
        RESERVED,
        RepTeamChanged("anna", "east", "west", MONDAY + days(5)),
        DealStageAdvanced(DEAL, ACME, "anna", "offer", "signed", MONDAY),
        replace(OPENED, deal_id=an_id(77)),
        replace(WAS_SET, target_id=OTHER, subject="rep:bruno"),
        TargetAmendmentRefused(
            TARGET, SUBJECT, 60, 1, date(2026, 3, 9), AMENDED.reason, "mei", "x", "SELF_APPROVAL", "mei", MONDAY
        ),
        AMENDED,
        ManagerLineChanged("bruno", "anna", None, MONDAY + days(1)),
        WON,
        ALL_TO_ANNA,
        replace(LOST, deal_id=an_id(77)),
        RepTeamChanged("anna", "east", "south", MONDAY + days(2)),
        RepDeparted("bruno", MONDAY + days(9)),
    ]
)


@pytest.mark.parametrize(
    "projection", [deals, org_chart, teams, target_ledger, target_history], ids=lambda projection: projection.name
)
@any_(data=st.data())
@settings(max_examples=40, deadline=timedelta(seconds=2))
def test_the_order_between_streams_does_not_matter(projection: Projection, data: st.DataObject) -> None:
    rows = replay(projection, LOG)
    assert rows
    delivered = data.draw(interleaved(LOG))
    assert in_any_order(replay(projection, delivered)) == in_any_order(rows)
