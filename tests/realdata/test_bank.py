"""Calls of a real telephone campaign, two of its months: follow-ups and conversion are those of the data."""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.realdata.outside import Imported, an_organisation, data_set, facts_of

pytestmark = [pytest.mark.realdata, pytest.mark.postgres, pytest.mark.slow]
NAME = "bank-telemarketing"
MONTHS = {"mar": 3, "dec": 12}
"""Two months with 1,522 calls; every one of the 45,211 clients would be a matter of an hour."""


def _calls(file: Path, into: Path) -> None:
    """One row for each call: the file has one row for each client and says how many calls there were."""
    columns = ("client", "month", "call", "last", "called_at", "ended_at", "bought")
    with (
        gzip.open(file, "rt", encoding="ascii", newline="") as read,
        into.open("w", encoding="ascii", newline="") as written,
    ):
        table = csv.DictWriter(written, columns)
        table.writeheader()
        for client, row in enumerate(csv.DictReader(read, delimiter=";"), start=1):
            if row["month"] not in MONTHS:
                continue
            calls = int(row["campaign"])
            for call in range(1, calls + 1):
                began = datetime(2009, MONTHS[row["month"]], int(row["day"]), 9, tzinfo=UTC) + timedelta(
                    minutes=5 * call
                )
                lasted = int(row["duration"]) if call == calls else 0
                table.writerow(
                    {
                        "client": client,
                        "month": row["month"],
                        "call": call,
                        "last": "yes" if call == calls else "no",
                        "called_at": began.isoformat(),
                        "ended_at": (began + timedelta(seconds=lasted)).isoformat(),
                        "bought": row["y"],
                    }
                )


@pytest.fixture(scope="module")
def campaign(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """The calls, imported twice, and a server."""
    folder = data_set(NAME)
    cwd: Path = tmp_path_factory.mktemp("bank")
    calls = cwd / "contacts.csv"
    _calls(folder / "bank-full.csv.gz", calls)
    with an_organisation(postgres_url, "bank", cwd, [(calls, "bank-contacts.toml")]) as imported:
        yield imported


def test_every_call_is_taken_and_counts_in_its_month(campaign: Imported) -> None:
    facts = facts_of(data_set(NAME))["by_month"]
    (told,) = campaign.told
    assert (told["rejected"], told["refused"]) == (0, 0)
    assert told["rows"] == sum(facts[month]["contacts"] for month in MONTHS)
    for month in MONTHS:
        days = {"from": "2009-01-01", "to": "2009-12-31"}
        total = campaign.served.get(f"/v1/reps/calls-{month}/time", **days)["total"]
        assert total["visits"] == facts[month]["contacts"]


def test_conversion_by_month_is_that_of_the_data(campaign: Imported) -> None:
    facts = facts_of(data_set(NAME))["by_month"]
    expected = {month: (facts[month]["subscribed"], facts[month]["clients"]) for month in MONTHS}
    assert campaign.figures("lead_conversion", "source") == expected
