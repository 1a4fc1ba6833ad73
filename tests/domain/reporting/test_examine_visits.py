"""Flags are added to a visit once, cleared when a correction explains them, and never change a verdict."""

from domain.reporting.decisions import Examined, ExamineVisits, examining
from domain.visit.events import IntegrityCleared, IntegrityFlagged, VisitEvaluated
from domain.visit.integrity import IntegrityFlag, Noticed
from domain.visit.state import visit_of
from tests.domain.visit.visits import NOON, VISIT, recorded
from tests.given import given
from tests.people import ACME, LINE, an_id

OTHER = an_id(501)
TWICE = Noticed(IntegrityFlag.OVERLAPPING_VISITS, OTHER, seconds=300)
FAKE = Noticed(IntegrityFlag.MOCK_LOCATION, metres=12)


def examine(*noticed: Noticed) -> ExamineVisits:
    return ExamineVisits((Examined(VISIT, noticed, 1),), NOON)


def flagged(noticed: Noticed) -> IntegrityFlagged:
    return IntegrityFlagged(
        VISIT, ACME, "anna", LINE, noticed.flag, noticed.other_visit_id, noticed.metres, noticed.seconds, None, None,
        None, None, 1, NOON,
    )  # fmt: skip


def test_what_does_not_fit_is_flagged_with_its_numbers() -> None:
    given(*recorded()).when(examine(TWICE, FAKE), examining).then(flagged(TWICE), flagged(FAKE))


def test_looking_again_flags_nothing_twice() -> None:
    given(*recorded(), flagged(TWICE)).when(examine(TWICE), examining).then_nothing()


def test_what_a_correction_explains_is_cleared() -> None:
    cleared = IntegrityCleared(VISIT, ACME, "anna", LINE, IntegrityFlag.OVERLAPPING_VISITS, OTHER, NOON)
    given(*recorded(), flagged(TWICE)).when(examine(), examining).then(cleared)
    given(*recorded(), flagged(TWICE), cleared).when(examine(TWICE), examining).then(flagged(TWICE))


def test_what_a_device_showed_is_never_cleared() -> None:
    given(*recorded(), flagged(FAKE)).when(examine(), examining).then_nothing()


def test_a_flag_is_shown_by_every_list_and_judges_nothing() -> None:
    assert flagged(TWICE).flags == ("OVERLAPPING_VISITS",)
    stream = visit_of(VISIT)
    visit = stream.empty
    for event in [*recorded(), flagged(TWICE)]:
        visit = stream.evolve(visit, event)
    assert visit.judgement is None
    assert not any(isinstance(event, VisitEvaluated) for event in [flagged(TWICE)])
