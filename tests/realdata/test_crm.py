"""8,800 opportunities of a CRM: the platform's own answers are the figures of the data."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.importing.conversions import an_id
from tests.realdata.outside import Imported, an_organisation, data_set, facts_of, rows_of

pytestmark = [pytest.mark.realdata, pytest.mark.postgres, pytest.mark.slow]
NAME = "crm-opportunities"


@pytest.fixture(scope="module")
def crm(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """Teams, accounts and the pipeline, imported twice, and a server."""
    folder = data_set(NAME)
    files = [
        (folder / "sales_teams.csv", "crm-teams.toml"),
        (folder / "accounts.csv", "crm-accounts.toml"),
        (folder / "sales_pipeline.csv", "crm-pipeline.toml"),
    ]
    cwd: Path = tmp_path_factory.mktemp("crm")
    with an_organisation(postgres_url, "crm", cwd, files) as imported:
        yield imported


def test_every_row_with_a_date_is_taken_and_the_others_are_told(crm: Imported) -> None:
    facts = facts_of(data_set(NAME))
    assert [told["refused"] for told in crm.told] == [0, 0, 0]
    assert crm.told[1]["accepted"] == facts["accounts"]
    assert crm.told[2]["rejected"] == facts["null_engage_date"]
    closed = facts["overall"]["won"] + facts["overall"]["lost"]
    assert crm.told[2]["accepted"] == facts["opportunities"] - facts["null_engage_date"] + closed


def test_the_second_import_is_all_duplicates_and_adds_nothing(crm: Imported) -> None:
    for first, again in zip(crm.told, crm.again, strict=True):
        assert (again["accepted"], again["duplicates"]) == (0, first["accepted"] + first["duplicates"])
        assert again["position"] == crm.told[-1]["position"]


def test_the_win_rate_of_every_team_is_that_of_the_data(crm: Imported) -> None:
    regions = facts_of(data_set(NAME))["by_region"]
    expected = {an_id(name): (one["won"], one["won"] + one["lost"]) for name, one in regions.items()}
    assert crm.figures("deal_win_rate", "team") == expected


def test_the_win_rate_of_every_rep_is_that_of_the_data(crm: Imported) -> None:
    rows = rows_of(data_set(NAME) / "sales_pipeline.csv")
    won = Counter(an_id(row["sales_agent"]) for row in rows if row["deal_stage"] == "Won")
    closed = Counter(an_id(row["sales_agent"]) for row in rows if row["deal_stage"] in ("Won", "Lost"))
    assert crm.figures("deal_win_rate", "rep") == {rep: (won[rep], many) for rep, many in closed.items()}


@pytest.mark.parametrize("day", ["2017-03-31", "2017-09-30"])
def test_figures_up_to_a_day_are_those_of_the_data(crm: Imported, day: str) -> None:
    fact = facts_of(data_set(NAME))["as_of"][day]
    found = crm.figures("deal_win_rate", "team", to=day)
    assert sum(won for won, _ in found.values()) == fact["won"]
    assert sum(closed for _, closed in found.values()) == fact["won"] + fact["lost"]
