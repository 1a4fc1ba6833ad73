"""8,000 real leads and their 842 won deals: the platform's own answers are the figures of the data."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.realdata.outside import Imported, an_organisation, data_set, facts_of, rows_of

pytestmark = [pytest.mark.realdata, pytest.mark.postgres, pytest.mark.slow]
NAME = "olist-funnel"
LEADS = "olist_marketing_qualified_leads_dataset.csv"
DEALS = "olist_closed_deals_dataset.csv"


@pytest.fixture(scope="module")
def olist(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """Both files, imported twice, and a server."""
    folder = data_set(NAME)
    files = [(folder / LEADS, "olist-leads.toml"), (folder / DEALS, "olist-deals.toml")]
    cwd: Path = tmp_path_factory.mktemp("olist")
    with an_organisation(postgres_url, "olist", cwd, files) as imported:
        yield imported


def test_every_row_is_taken(olist: Imported) -> None:
    leads, deals = olist.told
    assert (leads["accepted"], leads["rejected"], leads["refused"]) == (8_000, 0, 0)
    assert (deals["rows"], deals["rejected"], deals["refused"]) == (842, 0, 0)


def test_the_second_import_is_all_duplicates_and_adds_nothing(olist: Imported) -> None:
    for first, again in zip(olist.told, olist.again, strict=True):
        assert (again["accepted"], again["duplicates"]) == (0, first["accepted"] + first["duplicates"])
        assert again["position"] == olist.told[-1]["position"]


def test_conversion_by_source_is_that_of_the_data(olist: Imported) -> None:
    by_origin = facts_of(data_set(NAME))["by_origin"]
    expected = {None if origin == "(null)" else origin: (one["deals"], one["mql"]) for origin, one in by_origin.items()}
    assert olist.figures("lead_conversion", "source") == expected
    assert sum(leads for _, leads in expected.values()) == 8_000


def test_conversion_by_rep_is_that_of_the_data(olist: Imported) -> None:
    won = Counter(row["sr_id"] for row in rows_of(data_set(NAME) / DEALS))
    found = {rep: numerator for rep, (numerator, _) in olist.figures("lead_conversion", "rep").items() if numerator}
    assert found == won
    assert sum(won.values()) == 842


@pytest.mark.parametrize("day", ["2017-12-31", "2018-03-31", "2018-08-31"])
def test_figures_up_to_a_day_are_those_of_the_data(olist: Imported, day: str) -> None:
    fact = facts_of(data_set(NAME))["as_of"][day]
    found = olist.figures("lead_conversion", "source", to=day)
    assert sum(denominator for _, denominator in found.values()) == fact["registered"]
    assert sum(numerator for numerator, _ in found.values()) == fact["registered"] - fact["open"]
