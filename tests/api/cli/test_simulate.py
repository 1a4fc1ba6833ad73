"""Scenarios: a clock, real commands, real timers, the same bytes every time."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.cli.lines import Ran, Terminal

ACME = "01950000-0000-7000-8000-00000000ac3e"
OTHER = "01950000-0000-7000-8000-00000000610b"


def at(now: str, who: str, type: str, *, expect: Any = None, **data: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A line of a story."""
    line: dict[str, Any] = {"now": f"2026-{now}:00+08:00", "as": who, "emit": {"type": type, "data": data}}
    return line if expect is None else {**line, "expect": expect}


def tick(now: str) -> dict[str, Any]:
    """Time passes."""
    return {"now": f"2026-{now}:00+08:00", "tick": True}


BEGINNING = [
    at("03-02T08:00", "ops", "org.add_team", team_id="sh", zone="Asia/Shanghai"),
    at("03-02T08:00", "ops", "org.add_rep", rep_id="anna", team_id="sh"),
    at("03-02T08:00", "ops", "org.add_rep", rep_id="bruno", team_id="sh"),
    at(
        "03-02T08:30", "anna", "customer.register", customer_id=ACME, kind="COMPANY", legal_name="Acme Packaging",
        country="CN", source={"method": "REFERRAL"},
    ),
    at(
        "03-02T08:40", "anna", "customer.add_contact", customer_id=ACME, contact_id=OTHER, name="Li Na", role="BUYER",
        phone="+8613800138000",
    ),
    at("03-02T09:00", "anna", "ownership.claim", customer_id=ACME),
]  # fmt: skip


def told(terminal: Terminal, *lines: dict[str, Any], options: tuple[str, ...] = ("--json",)) -> Ran:
    """A story, told."""
    Path("story.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return terminal("simulate", "story.jsonl", *options)


def test_each_line_is_answered_with_its_events_and_the_end_with_how_everything_stands(terminal: Terminal) -> None:
    ran = told(terminal, *BEGINNING)
    *answers, end = ran.rows
    assert ran.exits == 0
    assert [answer["line"] for answer in answers] == [1, 2, 3, 4, 5, 6]
    assert {answer["status"] for answer in answers} == {"accepted"}
    assert [event["type"] for event in answers[5]["events"]] == ["ownership.claim_granted", "portfolio.slot_reserved"]
    assert all(event["stream"] and event["position"] and event["data"] for event in answers[5]["events"])
    (owned,) = end["final"]["ownership"]
    assert (owned["rep_id"], owned["customer_id"], owned["state"]) == ("anna", ACME, "PROTECTED")
    assert end["final"]["cases"] == []
    assert [claim["claim_id"] for claim in end["final"]["claims"]] == [owned["claim_id"]]


def test_the_same_story_gives_the_same_bytes(terminal: Terminal) -> None:
    assert told(terminal, *BEGINNING).out == told(terminal, *BEGINNING).out


def test_a_refusal_is_told_with_its_problem(terminal: Terminal) -> None:
    ran = told(terminal, *BEGINNING, at("03-02T10:00", "bruno", "ownership.claim", customer_id=ACME))
    answer = ran.rows[6]
    assert (answer["status"], answer["problem"]["code"]) == ("refused", "ALREADY_CLAIMED")
    assert [event["type"] for event in answer["events"]] == ["ownership.claim_refused"]


def test_what_is_malformed_is_rejected_and_the_story_goes_on(terminal: Terminal) -> None:
    ran = told(terminal, *BEGINNING, at("03-02T10:00", "bruno", "ownership.claim", colour="red"), tick("03-02T11:00"))
    assert (ran.rows[6]["status"], ran.rows[6]["problem"]["code"]) == ("rejected", "UNKNOWN_FIELD")
    assert ran.rows[7]["status"] == "ticked"


def test_what_comes_due_is_written_before_the_line_each_at_its_own_deadline(terminal: Terminal) -> None:
    ran = told(terminal, *BEGINNING, tick("03-30T00:00"))
    timers = ran.rows[6]["timers"]
    assert [timer["type"] for timer in timers] == [
        "ownership.protection_warned",
        "ownership.protection_warned",
        "ownership.protection_lapsed",
        "ownership.claim_released",
        "portfolio.slot_released",
    ]
    assert [timer["data"]["warned_at"] for timer in timers[:2]] == ["2026-03-02T16:00:00Z", "2026-03-04T16:00:00Z"]
    assert timers[2]["data"]["lapsed_at"] == "2026-03-05T16:00:00Z"
    assert timers[3]["data"]["released_at"] == "2026-03-06T16:00:00Z"
    assert ran.rows[7]["final"]["ownership"] == []
    assert len(ran.rows[7]["final"]["claims"]) == 1


def test_a_rule_that_has_lapsed_has_lapsed_for_the_line_after_it(terminal: Terminal) -> None:
    claim = at("03-07T00:00", "bruno", "ownership.claim", customer_id=ACME, expect={"status": "accepted"})
    assert told(terminal, *BEGINNING, claim).exits == 0


@pytest.mark.parametrize(
    ("expect", "exits"),
    [
        ({"status": "refused", "code": "ALREADY_CLAIMED", "events": ["ownership.claim_refused"]}, 0),
        ({"status": "accepted"}, 1),
        ({"code": "IN_GRACE"}, 1),
        ({"events": ["ownership.claim_granted"]}, 1),
        ({"events": []}, 1),
    ],
)
def test_a_story_that_comes_out_otherwise_than_it_says_ends_with_1(
    terminal: Terminal, expect: dict[str, Any], exits: int
) -> None:
    ran = told(terminal, *BEGINNING, at("03-02T10:00", "bruno", "ownership.claim", customer_id=ACME, expect=expect))
    assert ran.exits == exits
    assert bool(ran.err) is bool(exits)


def test_the_events_that_are_expected_may_have_others_between_them_but_not_another_order(terminal: Terminal) -> None:
    line = {**BEGINNING[5], "expect": {"events": ["portfolio.slot_reserved", "ownership.claim_granted"]}}
    assert told(terminal, *BEGINNING[:5], line).exits == 1
    line["expect"] = {"events": ["portfolio.slot_reserved"]}
    assert told(terminal, *BEGINNING[:5], line).exits == 0


def test_somebody_asks_in_the_role_that_the_organisation_gave(terminal: Terminal) -> None:
    ran = told(
        terminal,
        *BEGINNING,
        at("03-02T10:00", "ops", "org.grant_role", actor_id="mei", role="manager"),
        at("03-02T10:00", "ops", "org.add_rep", rep_id="mei", team_id="sh"),
        at("03-02T10:00", "ops", "org.move_rep", rep_id="anna", manager_id="mei"),
        at(
            "03-02T10:01", "mei", "customer.decline", customer_id=ACME, reason="NO_POWER", expect={"status": "accepted"}
        ),
        at("03-02T10:02", "auditor", "ownership.claim", customer_id=ACME, expect={"code": "FORBIDDEN"}),
    )
    assert ran.exits == 0, ran.err


def test_other_rules_can_be_tried(terminal: Terminal) -> None:
    Path("rules.json").write_text(
        json.dumps({"kind": "PROT", "effective_from": "2026-03-02", "body": {"first_visit_workdays": 5}})
    )
    ran = told(terminal, *BEGINNING, options=("--json", "--rules", "rules.json"))
    assert ran.exits == 0, ran.err
    (claim,) = ran.rows[-1]["final"]["claims"]
    assert claim["protected_until"] == "2026-03-09T16:00:00.000000Z"
    compared = ran.rows[-1]["compared"]
    assert compared["counts"]["KEPT_LONGER"] == 1
    assert [(one["rep_id"], one["fate"]) for one in compared["claims"]] == [("anna", "KEPT_LONGER")]
    read = told(terminal, *BEGINNING, options=("--rules", "rules.json"))
    assert "kept longer" in read.out
    assert "anna" in read.out.splitlines()[-1]


def test_what_is_to_be_simulated_must_be_clear(terminal: Terminal) -> None:
    assert terminal("simulate").exits == 2
    assert terminal("simulate", "--history").exits == 2
    assert terminal("simulate", "story.jsonl", "--history", "--rules", "rules.json").exits == 2


def test_people_read_it_too(terminal: Terminal) -> None:
    ran = told(terminal, *BEGINNING, at("03-02T10:00", "bruno", "ownership.claim", customer_id=ACME), options=())
    assert "refused ALREADY_CLAIMED" in ran.out
    assert "ownership.claim_granted" in ran.out


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        '{"now":"2026-03-02T08:00:00+08:00"}',
        '{"now":"2026-03-02T08:00:00+08:00","tick":true,"as":"ops","emit":{"type":"a.b"}}',
        '{"now":"2026-03-02T08:00:00+08:00","emit":{"type":"a.b"}}',
        '{"now":"2026-03-02","tick":true}',
        '{"now":"2026-03-02T08:00:00+08:00","tick":true,"colour":"red"}',
        '{"now":"2026-03-01T08:00:00+08:00","tick":true}',
    ],
)
def test_a_line_that_is_none_is_named_and_nothing_is_told(terminal: Terminal, line: str) -> None:
    Path("story.jsonl").write_text(json.dumps(tick("03-02T08:00")) + f"\n// a word about it\n\n{line}\n")
    ran = terminal("simulate", "story.jsonl", "--json")
    assert (ran.exits, ran.out) == (2, "")
    assert "4" in ran.err
