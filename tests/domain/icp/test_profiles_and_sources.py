"""Profiles are published and applied; sources are suspended and resumed."""

from dataclasses import replace
from datetime import date

import pytest

from domain.customer.fit import Fit, Grade, Traits, fit
from domain.icp.decisions import PublishIcp, ResumeSource, SuspendSource, grading
from domain.icp.events import IcpPublished, SourceResumed, SourceSuspended
from domain.icp.state import profiles, sources
from domain.reception import Malformed, ReasonRequired, RefNotFound, RetroactiveForbidden
from domain.rulesets import IcpAttribute, IcpCriterion, IcpProfile
from tests.given import given
from tests.people import MONDAY

TODAY = MONDAY.date()
SITE = IcpCriterion("has a web site", IcpAttribute.HAS_WEBSITE, ("true",), 30)
NEAR = IcpCriterion("in the east", IcpAttribute.REGION, ("31", "32"), 30)
KNOWN = IcpCriterion("well known", IcpAttribute.COMPLETENESS, ("60",), 40)
PROFILE = IcpProfile(1, (SITE, NEAR, KNOWN), 80, 60, 40)
PUBLISH = PublishIcp(TODAY, (SITE, NEAR, KNOWN), 80, 60, 40, True, TODAY, MONDAY)
SUSPEND = SuspendSource("DIRECTORY", "Yellow Pages", "Wrong numbers.", "mei", MONDAY)


def graded(profile: IcpProfile = PROFILE, **known: str | None) -> Fit:
    return fit(Traits({IcpAttribute(name.upper()): value for name, value in known.items()}), profile)


def test_the_score_is_the_met_part_of_all_weights() -> None:
    found = graded(has_website="true", region="310000", completeness="59")
    assert (found.score, found.grade) == (60, Grade.B)
    assert found.signals == ("has a web site", "in the east")
    assert graded(has_website="true", region="310000", completeness="60").grade is Grade.A
    assert graded(completeness="60").grade is Grade.C
    assert graded(region="440000").grade is Grade.X


def test_a_score_is_rounded_half_up() -> None:
    thirds = replace(PROFILE, criteria=(replace(SITE, weight=1), replace(NEAR, weight=7)))
    assert graded(thirds, has_website="true").score == 13, "12.5 of 100"


def test_whoever_is_known_to_have_no_web_site_is_none_of_ours() -> None:
    found = graded(has_website="false", region="310000", completeness="90")
    assert (found.score, found.grade) == (70, Grade.X)
    assert "NO_WEBSITE" in found.signals
    assert graded(has_website=None, region="310000", completeness="90").grade is Grade.B, "nobody looked"
    lenient = replace(PROFILE, website_required=False)
    assert graded(lenient, has_website="false", region="310000", completeness="90").grade is Grade.B


def test_a_customer_of_a_competitor_is_pointed_out() -> None:
    assert graded(competitor_tie="INTENT").signals == ("COMPETITOR_CUSTOMER",)


def test_a_profile_holds_from_its_day_on_and_the_latest_day_of_effect_wins() -> None:
    (first,) = given().when(PUBLISH, grading).happens()
    later = replace(PUBLISH, effective_from=date(2026, 4, 1), a_from=90)
    (second,) = given(first).when(later, grading).happens()
    stream = profiles()
    known = stream.empty
    for event in (first, second):
        known = stream.evolve(known, event)
    assert known.in_force(date(2026, 3, 1)) is None
    march, april = known.in_force(date(2026, 3, 31)), known.in_force(date(2026, 4, 1))
    assert march is not None
    assert april is not None
    assert (march.version, march.a_from, april.version, april.a_from) == (1, 80, 2, 90)


def test_publishing_the_same_again_changes_nothing() -> None:
    (first,) = given().when(PUBLISH, grading).happens()
    assert isinstance(first, IcpPublished)
    given(first).when(PUBLISH, grading).then_nothing()


def test_nothing_is_graded_backwards() -> None:
    given().when(replace(PUBLISH, effective_from=date(2026, 3, 1)), grading).then_refused(RetroactiveForbidden)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(PUBLISH, criteria=()),
        replace(PUBLISH, a_from=50),
        replace(PUBLISH, a_from=101),
        replace(PUBLISH, criteria=(replace(SITE, weight=0),)),
        replace(PUBLISH, criteria=(replace(SITE, any_of=("yes",)),)),
        replace(PUBLISH, criteria=(replace(NEAR, any_of=()),)),
        replace(PUBLISH, criteria=(replace(KNOWN, any_of=("60", "70")),)),
        replace(PUBLISH, criteria=(replace(KNOWN, any_of=("many",)),)),
    ],
)
def test_a_profile_that_cannot_be_applied_is_not_published(wrong: PublishIcp) -> None:
    given().when(wrong, grading).then_refused(Malformed)


def test_a_source_is_suspended_for_a_reason_and_resumed() -> None:
    suspended = SourceSuspended("DIRECTORY", "Yellow Pages", "Wrong numbers.", "mei", MONDAY)
    resume = ResumeSource("DIRECTORY", "Yellow Pages", "mei", MONDAY)
    given().when(SUSPEND, grading).then(suspended)
    given(suspended).when(SUSPEND, grading).then_nothing()
    given().when(replace(SUSPEND, reason=" "), grading).then_refused(ReasonRequired)
    given(suspended).when(resume, grading).then(SourceResumed("DIRECTORY", "Yellow Pages", "mei", MONDAY))
    given().when(resume, grading).then_refused(RefNotFound)


def test_a_suspended_method_takes_all_its_channels_along() -> None:
    stream = sources()
    known = stream.evolve(stream.empty, SourceSuspended("DIRECTORY", None, "All wrong.", "mei", MONDAY))
    assert known.why("DIRECTORY", "Yellow Pages") == "All wrong."
    assert known.why("EVENT", None) is None
