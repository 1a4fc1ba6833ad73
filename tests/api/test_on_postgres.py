"""The door on the real database: what is promised of many at once, and of all or nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from services.by_itself import at_start
from services.platform import on_postgres, told_time
from services.ports import Request
from services.settings import Settings
from tests.api.office import Office, moved_in, visit
from tests.api.phone import Phone
from tests.people import ACME, GLOBEX, MONDAY, SHANGHAI, an_id

pytestmark = pytest.mark.postgres


@pytest.fixture
async def office(postgres_url: str, a_schema: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    clock = told_time(MONDAY)
    settings = Settings(data=tmp_path_factory.mktemp("data"), database_url=postgres_url, organisation=a_schema)
    platform = await on_postgres(settings, now=clock)
    office = await moved_in(platform, clock)
    async with platform.started(clock=False):
        yield office
    await office.http.aclose()
    await platform.close()


async def test_of_64_claims_at_once_one_is_granted_and_63_are_refused_and_recorded(office: Office) -> None:
    reps = [f"rep{n}" for n in range(64)]
    hired = [
        office.event("org.add_rep", {"rep_id": rep, "team_id": "east", "effective_at": "2026-02-27T09:00:00+08:00"})
        for rep in reps
    ]
    joined = await office.batch("otto", hired)
    assert {one["status"] for one in joined.json()["results"]} == {"accepted"}
    before = (await office.platform.log.head()).position
    answers = await asyncio.gather(
        *(office.emit("app", "ownership.claim", {"customer_id": str(ACME)}, onbehalfof=rep) for rep in reps)
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 63]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"ALREADY_CLAIMED"}
    refused = await office.get("iris", f"/v1/events?after={before}&type=ownership.claim_refused&limit=500")
    assert len(refused.json()["items"]) == 63


async def test_of_60_customers_that_a_rep_claims_at_once_the_rep_gets_as_many_as_a_day_allows(office: Office) -> None:
    customers = [str(an_id(5_000 + n)) for n in range(60)]
    found = {"kind": "COMPANY", "country": "CN", "source": {"method": "PROSPECTING", "seen_on": "2026-02-27"}}
    leads = [
        office.event("customer.register", {**found, "customer_id": customer, "legal_name": f"江河{n}贸易有限公司"})
        for n, customer in enumerate(customers)
    ]
    assert {one["status"] for one in (await office.batch("otto", leads)).json()["results"]} == {"accepted"}
    answers = await asyncio.gather(
        *(office.emit("anna", "ownership.claim", {"customer_id": customer}) for customer in customers)
    )
    assert Counter(answer.json().get("code", "granted") for answer in answers) == {"granted": 20, "DAILY_LIMIT": 40}


async def test_a_strict_batch_is_all_or_nothing_here_too(office: Office) -> None:
    await office.emit("bruno", "ownership.claim", {"customer_id": str(GLOBEX)})
    before = await office.settled()
    events = [
        office.event("visit.record", visit(1)),
        office.event("visit.annotate", {"visit_id": str(an_id(1)), "text": "They called back."}),
        office.event("ownership.claim", {"customer_id": str(GLOBEX)}),
    ]
    no = await office.batch("anna", events, Prefer="handling=strict")
    assert (no.status_code, no.json()["code"], no.json()["item"]) == (409, "ALREADY_CLAIMED", 2)
    assert (await office.platform.log.head()).position == before
    yes = await office.batch("anna", events[:2], Prefer="handling=strict")
    assert [one["events"][0]["version"] for one in yes.json()["results"]] == [1, 2]
    again = await office.batch("anna", events[:2], Prefer="handling=strict")
    assert [one["status"] for one in again.json()["results"]] == ["duplicate"] * 2
    assert (await office.platform.log.verify()).finding is None


async def test_an_own_write_is_read_at_once_and_gives_the_same_bytes_later(office: Office) -> None:
    claim = await office.post("anna", f"/v1/customers/{ACME}/claims")
    position = claim.headers["Log-Position"]
    owned = await office.get("bruno", f"/v1/customers/{ACME}/ownership?min_position={position}")
    assert owned.json()["owner"]["rep_id"] == "anna"
    paths = [
        f"/v1/customers/{ACME}/ownership?at={position}",
        f"/v1/customers?at={position}",
        f"/v1/reps/anna/timeline?at={position}",
        f"/v1/ownership?at={position}",
    ]
    first = [(await office.get("anna", path)).content for path in paths]
    office.later(days=1)
    await office.post("anna", f"/v1/customers/{GLOBEX}/claims")
    await office.post("anna", f"/v1/customers/{ACME}/renames", {"legal_name": "Acme Group Ltd"})
    await office.settled()
    assert [(await office.get("anna", path)).content for path in paths] == first


async def test_a_day_s_queue_of_a_phone_is_attested_entry_by_entry_and_its_claims_are_judged_in_order(
    office: Office,
) -> None:
    phone = Phone(office, skew=timedelta(hours=7))
    await phone.sync()
    for number in range(40):
        office.later(minutes=5)
        phone.does("visit.record", visit(number + 1, mode="PHONE"))
    phone.does("ownership.claim", {"customer_id": str(ACME)})
    office.later(minutes=5)
    await office.emit("bruno", "ownership.claim", {"customer_id": str(ACME)})
    phone.does("ownership.claim", {"customer_id": str(GLOBEX)})
    office.later(hours=2)
    told = await phone.send()
    assert [one["status"] for one in told] == [*["accepted"] * 40, "refused", "accepted"]
    assert told[40]["problem"]["code"] == "CONTESTED"
    assert {flag for one in told for flag in one.get("flags", ())} <= {"CLOCK_SKEW", "BLIND_VISIT"}
    assert (await phone.sync())["next_queue_seq"] == 43


async def test_a_photo_of_ten_mebibytes_lies_sealed_in_the_database_and_comes_back(office: Office) -> None:
    photo = bytes(range(256)) * (4 * 10 * 1024)
    path = f"/v1/attachments/{sha256(photo).hexdigest()}"
    headers = office.headers("anna", Content_Type="image/jpeg")
    assert (await office.http.put(path, content=photo, headers=headers)).status_code == 201
    answer = await office.get("mei", path)
    assert (answer.status_code, answer.content == photo) == (200, True)


async def test_a_customer_is_held_by_a_case_handed_on_and_parked_and_every_list_says_so(office: Office) -> None:
    claim_id = (await office.emit("anna", "ownership.claim", {"customer_id": str(ACME)})).json()["answer"]["claim_id"]
    case = replace(at_start(office.platform.now(), SHANGHAI), request=Request("/test", "case", b""))
    await office.platform.ownership.pause(ACME, "default", an_id(500), case)
    held = await office.settled()
    [row] = (await office.get("mei", f"/v1/ownership?state=PAUSED&min_position={held}")).json()["items"]
    assert row["cases"] == [str(an_id(500))]
    over = replace(case, request=Request("/test", "over", b""))
    await office.platform.ownership.resume(ACME, "default", an_id(500), over)
    office.later(hours=1)
    half = [{"rep_id": "anna", "bp": 5_000}, {"rep_id": "bruno", "bp": 5_000}]
    handed = await office.post(
        "mei", "/v1/reassignments", {"to_rep_id": "bruno", "claim_ids": [claim_id], "credit_split": half}
    )
    [result] = handed.json()["results"]
    assert result["status"] == "accepted", result
    office.later(hours=1)
    parked = await office.post("bruno", f"/v1/claims/{result['answer']['claim_id']}/park", {"harvest_on": "2026-03-09"})
    assert parked.json()["state"] == "PARKED", parked.text
    position = await office.settled()
    [ripe] = (await office.get("bruno", f"/v1/harvest?min_position={position}")).json()["items"]
    assert (ripe["customer_id"], ripe["state"]) == (str(ACME), "RIPENING")
    pool = (await office.get("anna", "/v1/pool")).json()["items"]
    [acme] = [item for item in pool if item["customer_id"] == str(ACME)]
    assert [(one["rep_id"], one["ended"]) for one in acme["earlier"]] == [("bruno", "PARKED"), ("anna", "TRANSFER")]
    await office.platform.clockwork.tick(office.later(days=7))
    await office.settled()
    assert (await office.post("anna", f"/v1/customers/{ACME}/claims")).json()["code"] == "HARVEST_RESERVED"


async def test_what_the_method_asks_about_is_answered_on_the_real_database_too(office: Office) -> None:
    profile = {"criteria": [{"label": "a company", "attribute": "KIND", "any_of": ["COMPANY"], "weight": 1}]}
    await office.post("otto", "/v1/icp-profiles", profile)
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    contact = {"contact_id": str(an_id(601)), "name": "Li Na", "role": "BUYER"}
    await office.post("anna", f"/v1/customers/{ACME}/contacts", contact)
    people = {"customer": [{"contact_id": str(an_id(601)), "role": "BUYER"}]}
    way = {"minutes": 40, "mode": "CAR", "cost": {"minor": 900, "currency": "CNY"}}
    await office.post("anna", "/v1/visits", visit(1, participants=people, interest_origin="EVENT", travel=way))
    await office.post("anna", "/v1/visits", visit(2))
    shown = {"evidence": {"visit_id": str(an_id(1))}}
    of = f"/v1/customers/{ACME}/qualification"
    await office.settled()
    await office.post("anna", f"{of}/needs", {"need": "Two lines.", **shown})
    await office.post("anna", f"{of}/budgets", {"at_least": {"minor": 500, "currency": "CNY"}, **shown})
    await office.settled()
    assert (await office.get("anna", of)).json()["missing"] == []
    counted = (await office.get("anna", "/v1/reps/anna/effective-new-customers")).json()["items"]
    assert [(one["count"], one["biz_date"]) for one in counted] == [(1, "2026-03-02")]
    board = (await office.get("mei", "/v1/reps/anna/flags?severity=WARN")).json()["items"]
    assert [one["flag"] for one in board] == ["OVERLAPPING_VISITS", "OVERLAPPING_VISITS"]
    total = (await office.get("anna", "/v1/reps/anna/time")).json()["total"]
    assert (total["minutes"], total["new_effective"], total["travel"]) == (90, 90, 40)
    (held,) = (await office.get("anna", "/v1/reps/anna/drag")).json()["items"]
    assert (held["age_days"], held["long"]) == (0, False)
    spent = (await office.get("mei", f"/v1/customers/{ACME}/return")).json()
    assert (spent["visits"], spent["travel_cost"]) == (2, [{"minor": 900, "currency": "CNY"}])
    (source,) = (await office.get("mei", "/v1/sources")).json()["items"]
    assert (source["registered"], source["right"], source["effective_new"]) == (2, 1, 1)
    basis = (await office.get("anna", of)).json()["basis"]["position"]
    await office.post("anna", f"/v1/visits/{an_id(1)}/void", {"reason": "TYPO"})
    await office.settled()
    assert (await office.get("anna", of)).json()["missing"] == ["NEED", "BUDGET", "BUYER_IDENTIFIED", "BUYER_MET"]
    assert (await office.get("anna", f"{of}?at={basis}")).json()["missing"] == []
