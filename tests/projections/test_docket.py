"""The docket: how a case stands after each step, when the clock is wanted next, and as of which position."""

from domain.ruling.decisions import ruling
from domain.ruling.hearing import FileStatement, ProposeRuling
from projections.docket import CaseRow, CaseStage, cases_of_parties, cited_facts, docket
from projections.projection import replay
from tests.domain.claiming.claims import granted
from tests.domain.ruling.cases import ANNA_WINS, CASE, HEARD, OPENED_AT, opens, rules
from tests.domain.ruling.test_rule_and_afterwards import APPEAL, CLOSE, PAST, REOPEN, after
from tests.given import given
from tests.happened import all_happened
from tests.people import an_id, at


def now(*events: object) -> CaseRow:
    (row,) = [known.row for known in replay(docket, all_happened(events)) if known.known_to is None]
    return row


def test_a_case_waits_for_statements_then_for_a_ruling_then_for_an_appeal() -> None:
    assert (now(*PAST).stage, now(*PAST).due_at) == (CaseStage.OPEN, HEARD)
    proposed = given(*PAST).when(ProposeRuling(CASE, ANNA_WINS, (1, 2), "ab" * 32, HEARD), ruling).happens()
    row = now(*PAST, *proposed)
    assert (row.due_at, row.proposed_winner_id, row.ruling_id) == (at("03-11 00:00"), "anna", None)
    row = now(*after())
    assert (row.stage, row.due_at, row.winner_id) == (CaseStage.RULED, at("03-12 00:00"), "anna")
    appealed = given(*after()).when(APPEAL, ruling).happens()
    row = now(*after(None, *appealed))
    assert (row.stage, row.arbiter_id, row.due_at) == (CaseStage.APPEALED, "director", at("03-18 00:00"))
    closed = given(*after()).when(CLOSE, ruling).happens()
    row = now(*after(None, *closed))
    assert (row.stage, row.due_at, row.outcome) == (CaseStage.CLOSED, None, "RULED")
    again = given(*after(None, *closed)).when(REOPEN, ruling).happens()
    row = now(*after(None, *closed, *again))
    assert (row.stage, row.due_at, row.stated, row.rulings) == (CaseStage.OPEN, at("03-25 00:00"), (), 1)


def test_who_has_stated_their_side_is_shown_once_each() -> None:
    said = [
        given(*PAST).when(FileStatement(CASE, who, "Mine.", OPENED_AT), ruling).happens()[0]
        for who in ("bruno", "anna", "bruno")
    ]
    assert now(*PAST, *said).stated == ("anna", "bruno")


def test_what_a_ruling_looked_at_leads_back_to_its_case() -> None:
    log = all_happened(after())
    assert {row.event_id for row in replay(cited_facts, log)} == {an_id(1)}
    assert [row.rep_id for row in replay(cases_of_parties, log)] == ["anna", "bruno"]
    assert replay(cited_facts, all_happened(granted())) == []


def test_the_docket_of_an_earlier_position_is_a_filter() -> None:
    log = all_happened((*granted(), *given(*granted()).when(opens(), ruling).happens()))
    ruled = all_happened(after(rules()))
    earlier = [known.row for known in replay(docket, ruled) if known.known_from <= log[-1].position]
    assert [row.stage for row in earlier] == [CaseStage.OPEN]
