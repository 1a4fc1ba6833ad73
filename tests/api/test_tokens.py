"""Access tokens: shown once, for what they were made, as long as they last."""

from datetime import timedelta

import httpx
import pytest

from services.access import UnfitScope
from tests.api.office import Office, customer, opened, visit
from tests.people import ACME


@pytest.fixture
async def office() -> Office:
    return await opened()


async def scoped(office: Office, who: str, role: str, *scopes: str) -> dict[str, str]:
    made = await office.platform.access.create(who, role, scopes=scopes)
    return {"Authorization": f"Bearer {made.token}"}


async def test_the_house_makes_tokens_and_takes_them_back(office: Office) -> None:
    ends = (office.platform.now() + timedelta(days=1)).isoformat()
    wanted = {"actor": "anna", "role": "rep", "expires_at": ends, "scopes": ["visit.*", "read"]}
    made = await office.post("otto", "/v1/tokens", wanted)
    assert made.status_code == 201
    told = made.json()
    with_it = {"Authorization": f"Bearer {told.pop('token')}"}
    assert (told["scopes"], told["last_used_at"]) == (["read", "visit.*"], None)
    assert (await office.http.get("/v1/reps/anna/timeline", headers=with_it)).status_code == 200

    listed = (await office.get("iris", "/v1/tokens")).json()["items"]
    [kept] = [one for one in listed if one["token_id"] == told["token_id"]]
    assert kept["last_used_at"] is not None
    assert with_it["Authorization"].split()[1] not in (await office.get("otto", "/v1/tokens")).text

    gone = await office.http.delete(f"/v1/tokens/{told['token_id']}", headers=office.headers("otto"))
    assert gone.status_code == 200
    assert (await office.http.get("/v1/reps/anna/timeline", headers=with_it)).status_code == 401


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"actor": "anna", "role": "manager"}, "/role"),
        ({"actor": "pia", "role": "privacy"}, "/role"),
        ({"actor": "nobody", "role": "rep"}, "/role"),
        ({"actor": "anna", "role": "king"}, "/role"),
        ({"actor": "anna", "role": "system"}, "/role"),
        ({"actor": "a b", "role": "ops"}, "/actor"),
        ({"actor": "anna", "role": "rep", "scopes": ["visit"]}, "/scopes"),
        ({"actor": "anna", "role": "rep", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
    ],
)
async def test_nobody_gets_a_token_for_what_they_are_not(office: Office, wanted: object, pointer: str) -> None:
    before = len(await office.platform.access.all())
    answer = await office.post("otto", "/v1/tokens", wanted)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert len(await office.platform.access.all()) == before


async def test_a_token_that_is_not_there_cannot_be_taken_back(office: Office) -> None:
    answer = await office.http.delete(f"/v1/tokens/{ACME}", headers=office.headers("otto"))
    assert (answer.status_code, answer.json()["code"]) == (404, "REF_NOT_FOUND")


async def test_a_token_opens_what_it_was_made_for_and_nothing_else(office: Office) -> None:
    async def claim(head: dict[str, str]) -> httpx.Response:
        return await office.http.post(f"/v1/customers/{ACME}/claims", json={}, headers=head)

    reading = await scoped(office, "anna", "rep", "read")
    assert (await office.http.get("/v1/reps/anna/timeline", headers=reading)).status_code == 200
    assert (await office.http.get("/v1/pool", headers=reading)).status_code == 200
    refused = await claim(reading)
    assert (refused.status_code, refused.json()["code"]) == (403, "OUT_OF_SCOPE")
    assert "read" in refused.json()["detail"]

    visiting = await scoped(office, "anna", "rep", "visit.record", "customer.*")
    made = await office.http.post("/v1/customers", json=customer(), headers=visiting)
    assert made.status_code == 201
    assert (await office.http.post("/v1/visits", json=visit(1), headers=visiting)).status_code == 201
    assert (await claim(visiting)).json()["code"] == "OUT_OF_SCOPE"
    looked = await office.http.get("/v1/reps/anna/timeline", headers=visiting)
    assert (looked.status_code, looked.json()["code"]) == (403, "OUT_OF_SCOPE")

    nothing = await scoped(office, "anna", "rep")
    assert (await claim(nothing)).status_code == 403
    everything = await scoped(office, "anna", "rep", "*", "read")
    assert (await claim(everything)).status_code == 201


async def test_a_scope_gives_no_right_that_the_role_does_not(office: Office) -> None:
    greedy = await scoped(office, "anna", "rep", "*", "read")
    answer = await office.http.get("/v1/events", headers=greedy)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    answer = await office.http.post("/v1/teams", json={"team_id": "x", "name": "X"}, headers=greedy)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_each_item_of_a_batch_is_held_to_the_scope(office: Office) -> None:
    head = await scoped(office, "anna", "rep", "visit.record")
    events = [
        office.event("visit.record", visit(1)),
        office.event("ownership.claim", {"customer_id": str(ACME), "line": "default"}),
    ]
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    answer = await office.http.post("/v1/events", json=events, headers={**head, **kind})
    first, second = answer.json()["results"]
    assert first["status"] == "accepted"
    assert (second["status"], second["problem"]["code"]) == ("rejected", "OUT_OF_SCOPE")


async def test_what_is_not_recorded_is_held_to_the_scope_too(office: Office) -> None:
    head = await scoped(office, "otto", "ops", "org.*", "read")
    rebuild = await office.http.post("/v1/projections/ownership_table/rebuild", headers=head)
    assert (rebuild.status_code, rebuild.json()["code"]) == (403, "OUT_OF_SCOPE")
    made = await office.http.post("/v1/tokens", json={"actor": "x", "role": "ops"}, headers=head)
    assert (made.status_code, made.json()["code"]) == (403, "OUT_OF_SCOPE"), "or it would make itself a wider one"


async def test_when_a_token_was_last_shown_is_known_to_the_hour(office: Office) -> None:
    async def noted() -> object:
        [token] = [one for one in await office.platform.access.all() if one.actor == "bruno"]
        return token.last_used_at

    assert await noted() is None
    await office.get("bruno", "/v1/pool")
    first = await noted()
    office.later(minutes=59)
    await office.get("bruno", "/v1/pool")
    assert await noted() == first
    office.later(minutes=1)
    await office.get("bruno", "/v1/pool")
    assert await noted() == office.platform.now()


async def test_a_token_ends_at_its_hour(office: Office) -> None:
    made = await office.platform.access.create("anna", "rep", office.platform.now() + timedelta(hours=1))
    head = {"Authorization": f"Bearer {made.token}"}
    office.later(minutes=59, seconds=59)
    assert (await office.http.get("/v1/pool", headers=head)).status_code == 200
    office.later(seconds=1)
    assert (await office.http.get("/v1/pool", headers=head)).status_code == 401


@pytest.mark.parametrize("scope", ["", "visit", "Visit.record", "visit.", "visit.*x", "read "])
async def test_a_scope_is_a_scope(office: Office, scope: str) -> None:
    with pytest.raises(UnfitScope):
        await office.platform.access.create("anna", "rep", scopes=[scope])
