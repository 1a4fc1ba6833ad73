"""9,240 real leads without dates: what each source is worth is what the data say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.realdata.outside import Imported, an_organisation, data_set, facts_of

pytestmark = [pytest.mark.realdata, pytest.mark.postgres, pytest.mark.slow]
NAME = "xeducation-leads"


@pytest.fixture(scope="module")
def leads(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """The file, imported twice, and a server."""
    folder = data_set(NAME)
    cwd: Path = tmp_path_factory.mktemp("xeducation")
    with an_organisation(
        postgres_url, "xeducation", cwd, [(folder / "Leads.csv", "xeducation-leads.toml")]
    ) as imported:
        yield imported


def test_every_row_is_taken_once(leads: Imported) -> None:
    (told,), (again,) = leads.told, leads.again
    assert (told["rows"], told["rejected"], told["refused"]) == (9_240, 0, 0)
    assert (again["accepted"], again["duplicates"]) == (0, told["accepted"] + told["duplicates"])


def test_conversion_by_source_is_that_of_the_data(leads: Imported) -> None:
    by_source = facts_of(data_set(NAME))["by_source"]
    expected = {None if name == "(null)" else name: (one["converted"], one["leads"]) for name, one in by_source.items()}
    assert leads.figures("lead_conversion", "source") == expected


def test_the_scorecards_say_the_same(leads: Imported) -> None:
    by_source = facts_of(data_set(NAME))["by_source"]
    items = leads.served.get("/v1/sources")["items"]
    found: dict[str | None, tuple[int, int]] = {}
    for one in items:
        won, registered = found.get(one["detail"], (0, 0))
        found[one["detail"]] = (won + one["won"], registered + one["registered"])
    expected = {None if name == "(null)" else name: (one["converted"], one["leads"]) for name, one in by_source.items()}
    assert found == expected
    few = {one["detail"] for one in items if one["low_n"]}
    assert few == {name for name, (_, leads_of_it) in expected.items() if leads_of_it < 30}
