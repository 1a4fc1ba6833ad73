"""On outside data the duplicate desk points out most of what is one customer, and is seldom wrong."""

import asyncio

import pytest

from benchmarks.duplicates import Quality, chicago_sites, company_names, quality
from domain.customer.events import Level
from tests.realdata.outside import data_set, facts_of

pytestmark = [pytest.mark.realdata, pytest.mark.slow]


@pytest.fixture(scope="module")
def sites() -> Quality:
    return asyncio.run(quality(list(chicago_sites(data_set("er-chicago-sites")))))


@pytest.fixture(scope="module")
def companies() -> Quality:
    return asyncio.run(quality(list(company_names(data_set("cn-company-names")))))


def test_of_outlets_a_strong_sign_is_nearly_always_right_and_finds_three_in_four(sites: Quality) -> None:
    facts = facts_of(data_set("er-chicago-sites"))
    assert (sites.records, sites.pairs) == (facts["records"], facts["true_pairs"])
    assert sites.precision(Level.STRONG) > 0.98
    assert sites.recall(Level.STRONG) > 0.75


def test_of_outlets_signs_and_hints_find_nine_in_ten(sites: Quality) -> None:
    assert sites.precision(Level.STRONG, Level.WEAK) > 0.95
    assert sites.recall(Level.STRONG, Level.WEAK) > 0.9


def test_a_short_name_leads_to_its_company(companies: Quality) -> None:
    facts = facts_of(data_set("cn-company-names"))
    assert companies.records == facts["rows"]
    assert companies.precision(Level.STRONG, Level.WEAK) > 0.9
    assert companies.recall(Level.STRONG, Level.WEAK) > 0.75
