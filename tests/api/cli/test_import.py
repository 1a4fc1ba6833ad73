"""Files are imported row by row; what is broken goes to a file, all else is taken, and the same file adds nothing."""

import csv
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.api.cli.lines import Ran, Terminal

pytestmark = pytest.mark.postgres
_ORGANISATIONS = count(1)

MAP = """
[map]
source = "/import/leads"
namespace = "leads"
zone = "Asia/Shanghai"

[maps.method]
web = "INBOUND"
friend = "REFERRAL"

[[skip]]
when = { name = "test" }
reason = "our own trials"

[[reject]]
when = { day = false }
reason = "nobody knows when"

[[emit]]
type = "org.add_team"
id = "team"
once = "team"
data = { team_id = "east", zone = "Asia/Shanghai" }

[[emit]]
type = "org.add_rep"
id = "rep/{rep}"
once = "{rep}"
time = { as = "instant", of = "2020-01-01" }
data = { rep_id = { as = "id", of = "{rep}" }, team_id = "east" }

[[emit]]
type = "customer.register"
id = "lead/{id}"
time = { as = "instant", of = "{day}" }

[emit.data]
customer_id = { as = "uuid", of = "lead/{id}" }
kind = "COMPANY"
legal_name = "{name}"
country = "CN"
source = { method = { as = "map", of = "{how}", map = "method", empty = "OTHER" }, detail = "{how}" }

[[emit]]
type = "deal.open"
id = "deal/{id}"
when = { worth = true }
time = { as = "instant", of = "{day}" }

[emit.data]
deal_id = { as = "uuid", of = "deal/{id}" }
customer_id = { as = "uuid", of = "lead/{id}" }
rep_id = { as = "id", of = "{rep}" }
amount = { minor = { as = "minor", of = "{worth}" }, currency = "CNY" }
"""

ROWS = (
    b"\xef\xbb\xbfid,day,name,how,worth,rep\r\n"
    b"1,2021-03-01,Acme Packaging,web,1200.50,Anna Li\r\n"
    b'2,2021-03-02,"Globex, Ltd",friend,,Anna Li\r\n'
    b"3,2021-03-03,Initech,,7,Bruno\r\n"
    b"4,2021-03-04,test,,,Bruno\r\n"
    b"5,,Nobody,web,,Bruno\r\n"
    b"6,2021-03-05,Hooli,word of mouth,,Bruno\r\n"
    b"7,2021-03-06,too short\r\n"
    b"8,2021-03-07,caf\xe9,web,,Bruno\r\n"
    b"9,2021-03-08,X,web,,Bruno\r\n"
    b'10,2021-03-09,"Umbrella,web,,Bruno\r\n'
    b"11,2021-03-10,Soylent,web,99.999,Bruno\r\n"
    b"12,2021-03-11,Stark Industries,web,5,Anna Li\r\n"
)


@pytest.fixture
def house(terminal: Terminal, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal at an organisation that has just begun, with a table and its mapping at hand."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("FIELDTRACE_ORGANISATION", f"importing_{next(_ORGANISATIONS)}")
    Path("leads.csv").write_bytes(ROWS)
    Path("leads.toml").write_text(MAP)
    return terminal


def imported(house: Terminal, *options: str) -> Any:  # noqa: ANN401 - any JSON value
    """What became of the table."""
    ran = house("import", "leads.csv", "--map", "leads.toml", "--json", *options)
    assert ran.exits == 0, ran.err
    return ran.rows[0]


def rejected(path: str = "leads.rejects.csv") -> list[dict[str, str]]:
    """What was not taken."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def events(house: Terminal) -> list[Any]:
    """Everything in the log."""
    ran = house("export", "--what", "events", "--json")
    assert ran.exits == 0, ran.err
    return ran.rows


def by_type(house: Terminal, name: str) -> list[Any]:
    """The events of one kind."""
    return [event for event in events(house) if event["type"] == name]


def test_the_rows_that_can_be_taken_are_taken_and_the_others_are_told_with_line_and_reason(house: Terminal) -> None:
    told = imported(house, "--as-history")
    assert told["rows"] == 12
    assert told["accepted"] == 10  # a team, two reps, four customers, three deals
    assert told["skipped"] == 1
    assert told["rejects_file"] == "leads.rejects.csv"
    assert [(int(row["line"]), row["code"]) for row in rejected()] == [
        (6, "ROW_REJECTED"),
        (7, "CELL_INVALID"),
        (8, "COLUMNS_MISMATCH"),
        (9, "ENCODING_INVALID"),
        (10, "NAME_INVALID"),
        (11, "QUOTES_INVALID"),
        (12, "CELL_INVALID"),
    ]
    assert all(row["reason"] and row["content"] for row in rejected())
    names = {event["payload"]["legal_name"] for event in by_type(house, "customer.customer_registered")}
    assert names == {"Acme Packaging", "Globex, Ltd", "Initech", "Stark Industries"}


def test_the_same_file_again_is_all_duplicates_and_adds_nothing(house: Terminal) -> None:
    first = imported(house, "--as-history")
    again = imported(house, "--as-history")
    assert (again["accepted"], again["duplicates"]) == (0, first["accepted"])
    assert again["rejected"] == first["rejected"] > 0
    assert again["position"] == first["position"], "also what was rejected is on record once"
    assert len(by_type(house, "customer.customer_registered")) == 4


def test_values_are_what_the_mapping_makes_of_the_cells(house: Terminal) -> None:
    imported(house, "--as-history")
    registered = {event["payload"]["legal_name"]: event for event in by_type(house, "customer.customer_registered")}
    assert registered["Initech"]["payload"]["source"]["method"] == "OTHER"
    assert registered["Initech"]["payload"]["source"]["detail"] is None
    assert registered["Acme Packaging"]["biz_date"] == "2021-03-01"
    assert registered["Acme Packaging"]["flags"] == ["IMPORTED"]
    opened = by_type(house, "deal.deal_opened")
    assert [event["payload"]["amount"]["minor"] for event in opened] == [120_050, 700, 500]
    assert {event["payload"]["rep_id"] for event in opened} == {"anna-li", "bruno"}
    assert len(by_type(house, "organisation.rep_joined")) == 2


def test_a_dry_run_tells_the_same_of_the_rows_and_writes_nothing(house: Terminal) -> None:
    before = len(events(house))
    told = imported(house, "--dry-run")
    assert (told["rows"], told["skipped"], told["dry_run"], told["position"]) == (12, 1, True, None)
    assert len(events(house)) == before
    assert {row["code"] for row in rejected()} >= {"ROW_REJECTED", "COLUMNS_MISMATCH", "ENCODING_INVALID"}


def test_rows_that_were_put_right_are_taken_the_next_time(house: Terminal) -> None:
    imported(house, "--as-history")
    Path("leads.csv").write_bytes(ROWS.replace(b"word of mouth", b"friend"))
    assert imported(house, "--as-history")["accepted"] == 1


def test_rejects_of_an_earlier_import_do_not_stay(house: Terminal) -> None:
    imported(house, "--as-history")
    Path("leads.csv").write_bytes(ROWS[: ROWS.index(b"4,2021")])
    assert imported(house, "--as-history")["rejects_file"] is None
    assert rejected() == []


def test_strict_ends_with_1_where_a_row_was_not_taken(house: Terminal) -> None:
    ran = house("import", "leads.csv", "--map", "leads.toml", "--as-history", "--strict", "--rejects", "out.csv")
    assert ran.exits == 1
    assert ran.trouble[-3].startswith("7 ")
    assert len(rejected("out.csv")) == 7


def test_old_dates_are_not_taken_for_the_present(house: Terminal) -> None:
    told = imported(house)
    assert told["accepted"] == 1  # the team; nobody can join it years ago
    assert "BACKDATE_LIMIT" in {row["code"] for row in rejected()}


def test_only_ops_bring_in_the_past(house: Terminal) -> None:
    token = house("token", "create", "--actor", "eve", "--role", "auditor", "--json").rows[0]["token"]
    told = imported(house, "--as-history", "--token", token)
    assert (told["accepted"], {row["code"] for row in rejected()} & {"FORBIDDEN"}) == (0, {"FORBIDDEN"})
    ran = house("import", "leads.csv", "--map", "leads.toml", "--token", "nothing")
    assert (ran.exits, len(ran.trouble)) == (4, 3)


def test_a_mapping_for_another_table_is_refused_before_anything_is_sent(house: Terminal) -> None:
    Path("leads.csv").write_bytes(b"id,name\n1,Acme\n")
    ran = house("import", "leads.csv", "--map", "leads.toml")
    assert (ran.exits, len(ran.trouble)) == (2, 3)
    assert "day" in ran.trouble[0] + ran.trouble[1]


@pytest.mark.parametrize("broken", [b"= nonsense", b"[map]\nsource = 1\n", b"caf\xe9"])
def test_a_mapping_that_cannot_be_used_is_told_in_three_lines(house: Terminal, broken: bytes) -> None:
    Path("leads.toml").write_bytes(broken)
    ran = house("import", "leads.csv", "--map", "leads.toml")
    assert (ran.exits, len(ran.trouble)) == (2, 3)


def lines_of(*lines: Any) -> None:  # noqa: ANN401 - any JSON value
    """A file of events."""
    Path("events.jsonl").write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines))


def team(number: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A request for a team."""
    data = {"team_id": f"team-{number}", "zone": "Asia/Shanghai"}
    return {"specversion": "1.0", "id": f"{number}", "source": "/hr", "type": "org.add_team", "data": data, **more}


def events_imported(house: Terminal, *options: str) -> Ran:
    return house("import", "events.jsonl", "--json", *options)


def test_events_are_imported_line_by_line(house: Terminal) -> None:
    lines_of(team(1), "", "nonsense", "[]", team(2, type="org.found_team"), team(3, colour="red"), team(4))
    ran = events_imported(house)
    assert (ran.rows[0]["accepted"], ran.rows[0]["rejected"], ran.rows[0]["skipped"]) == (2, 4, 1)
    assert [(row["line"], row["code"]) for row in rejected("events.rejects.csv")] == [
        ("3", "MALFORMED"),
        ("4", "MALFORMED"),
        ("5", "UNKNOWN_EVENT_TYPE"),
        ("6", "UNKNOWN_FIELD"),
    ]
    assert events_imported(house).rows[0]["duplicates"] == 2


def test_what_a_rule_refuses_is_told_apart_from_what_could_not_be_read(house: Terminal) -> None:
    lines_of(team(1), team(1, id="another", data={"team_id": "team-1", "zone": "UTC"}))
    ran = events_imported(house)
    assert (ran.rows[0]["accepted"], ran.rows[0]["refused"], ran.rows[0]["rejected"]) == (1, 1, 0)
    (row,) = rejected("events.rejects.csv")
    assert (row["line"], row["code"], row["request"]) == ("2", "TEAM_EXISTS", "org.add_team")
    again = events_imported(house).rows[0]
    assert (again["accepted"], again["refused"], again["duplicates"]) == (0, 0, 2)


def test_another_content_under_the_same_id_is_rejected(house: Terminal) -> None:
    lines_of(team(1))
    events_imported(house)
    lines_of(team(1, data={"team_id": "other", "zone": "UTC"}))
    assert events_imported(house).rows[0]["rejected"] == 1
    assert [row["code"] for row in rejected("events.rejects.csv")] == ["IDEMPOTENCY_MISMATCH"]


def test_lines_about_the_same_customer_keep_their_order_however_many_are_under_way(house: Terminal) -> None:
    def customer(number: int) -> Iterator[dict[str, Any]]:
        customer_id = f"01950000-0000-7000-8000-{number:012d}"
        about = {"kind": "COMPANY", "legal_name": f"Company {number}", "country": "CN", "source": {"method": "EVENT"}}
        made = {"specversion": "1.0", "source": "/crm"}
        yield {**made, "id": f"{number}-0", "type": "customer.register", "data": {"customer_id": customer_id, **about}}
        for name in range(1, 6):
            data = {"customer_id": customer_id, "legal_name": f"Company {number} {name}"}
            yield {**made, "id": f"{number}-{name}", "type": "customer.rename", "data": data}

    lines_of(*(line for number in range(60) for line in customer(number)))
    assert events_imported(house).rows[0]["accepted"] == 360
    names: dict[str, list[str]] = {}
    for event in by_type(house, "customer.customer_renamed"):
        names.setdefault(event["payload"]["customer_id"], []).append(event["payload"]["legal_name"][-1])
    assert len(names) == 60
    assert set(map("".join, names.values())) == {"12345"}
