"""A person is erased through the door: asked, agreed, followed to the end; what was recorded still proves itself."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.api.office import Office
from tests.bundles import an_office, take
from tests.people import ACME
from tests.verifying import verify

WANG = {"customer_id": str(ACME), "contact_id": str(ACME), "basis": "ASKED_BY_THE_PERSON"}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as office:
        yield office


async def erased(office: Office, whom: dict[str, str] = WANG) -> dict[str, Any]:
    """Pia asks, Paul agrees; how far it has come then."""
    asked = await office.post("pia", "/v1/privacy/erasures", whom)
    assert asked.status_code == 201, asked.text
    erasure_id = asked.json()["erasure_id"]
    agreed = await office.post("paul", f"/v1/privacy/erasures/{erasure_id}/approval")
    assert (agreed.status_code, agreed.json()["state"]) == (200, "ERASED"), agreed.text
    await office.settled()
    return await seen(office, erasure_id)


async def seen(office: Office, erasure_id: str) -> dict[str, Any]:
    answer = await office.get("iris", f"/v1/privacy/erasures/{erasure_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def the_person(office: Office, **headers: str) -> dict[str, Any]:
    [person] = (await office.get("iris", f"/v1/customers/{ACME}", **headers)).json()["people"]
    return person


async def test_who_was_erased_is_told_by_role_alone(office: Office) -> None:
    assert (await the_person(office))["name"] == "Wang Fang"
    await erased(office)
    person = await the_person(office)
    assert (person["name"], person["phone"], person["email"], person["role"]) == (None, None, None, "BUYER")


async def test_the_status_says_by_whom_from_where_on_and_until_when_a_backup_has_it(office: Office) -> None:
    told = await erased(office)
    assert (told["state"], told["requested_by"], told["approved_by"]) == ("COMPLETED", "pia", "paul")
    [event] = (await office.get("iris", "/v1/events?type=privacy.subject_erased")).json()["items"]
    assert told["erased_position"] == event["position"]
    assert told["backups_until"] == "2026-04-06T01:00:00.000000Z"
    assert told["copies"] == []


async def test_an_asking_that_nobody_answers_is_overdue_after_a_month(office: Office) -> None:
    asked = (await office.post("pia", "/v1/privacy/erasures", WANG)).json()
    await office.settled()
    assert (await seen(office, asked["erasure_id"]))["overdue"] is False
    office.later(days=30)
    assert (await seen(office, asked["erasure_id"]))["overdue"] is True
    listed = (await office.get("pia", "/v1/privacy/erasures?state=REQUESTED")).json()["items"]
    assert [one["erasure_id"] for one in listed] == [asked["erasure_id"]]


async def test_a_no_leaves_everything_as_it_was_and_may_be_followed_by_another_asking(office: Office) -> None:
    asked = (await office.post("pia", "/v1/privacy/erasures", WANG)).json()["erasure_id"]
    no = await office.post("paul", f"/v1/privacy/erasures/{asked}/rejection", {"reason": "NOT_IDENTIFIED"})
    assert no.status_code == 200, no.text
    await office.settled()
    assert (await seen(office, asked))["state"] == "REJECTED"
    assert (await the_person(office))["name"] == "Wang Fang"
    assert (await erased(office))["state"] == "COMPLETED"


async def test_an_erasure_with_a_copy_outside_is_complete_when_that_is_gone_too(office: Office) -> None:
    await take(office, customer_id=str(ACME))
    await office.settled()
    told = await erased(office)
    assert told["state"] == "DESTROYED"
    [copy] = told["copies"]
    path = f"/v1/privacy/erasures/{told['erasure_id']}/copies/{copy}/destroyed"
    assert (await office.post("pia", path)).status_code == 200
    await office.settled()
    assert (await seen(office, told["erasure_id"]))["state"] == "COMPLETED"


async def test_a_bundle_from_before_and_one_from_after_both_prove_themselves(office: Office) -> None:
    before = await take(office, customer_id=str(ACME))
    assert "Wang Fang" in before.files["report.html"].decode()
    await office.settled()
    await erased(office)
    verify(before.bundle, before.key)
    after = await take(office, customer_id=str(ACME))
    verify(after.bundle, after.key)
    assert b"Wang Fang" not in after.bundle
    assert not [name for name in after.files if name.startswith("disclosures/")]
    assert any(b"privacy.subject_erased" in one for name, one in after.files.items() if name.startswith("events/"))
    assert (await office.platform.log.verify()).finding is None


async def test_a_photo_is_erased_with_its_bytes_and_does_not_come_again(office: Office) -> None:
    photo = b"a card with a name on it"
    name = sha256(photo).hexdigest()
    for_photo = {"Content-Type": "image/jpeg"}
    path = f"/v1/attachments/{name}"
    headers = office.headers("anna") | for_photo
    assert (await office.http.put(path, content=photo, headers=headers)).status_code == 201
    assert (await office.get("anna", path)).content == photo
    assert (await erased(office, {"sha256": name, "basis": "PURPOSE_ENDED"}))["state"] == "COMPLETED"
    assert (await office.get("anna", path)).status_code == 404
    again = await office.http.put(path, content=photo, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "PERSON_ERASED")


@pytest.mark.parametrize("who", ["anna", "mei", "rex", "iris", "otto", "app"])
async def test_only_the_two_of_privacy_erase(office: Office, who: str) -> None:
    assert (await office.post(who, "/v1/privacy/erasures", WANG)).status_code == 403
    asked = (await office.post("pia", "/v1/privacy/erasures", WANG)).json()["erasure_id"]
    assert (await office.post(who, f"/v1/privacy/erasures/{asked}/approval")).status_code == 403


@pytest.mark.parametrize("who", ["anna", "mei", "rex", "otto", "app"])
async def test_who_is_erased_is_not_for_everybody_to_read(office: Office, who: str) -> None:
    assert (await office.get(who, "/v1/privacy/erasures")).status_code == 403


@pytest.mark.parametrize(
    "whom",
    [
        {},
        {"contact_id": str(ACME)},
        {"rep_id": "anna", "customer_id": str(ACME)},
        {"rep_id": "anna", "sha256": "a" * 64},
    ],
    ids=str,
)
async def test_one_is_erased_at_a_time(office: Office, whom: dict[str, str]) -> None:
    answer = await office.post("pia", "/v1/privacy/erasures", {**whom, "basis": "NOT_LAWFUL"})
    assert (answer.status_code, answer.json()["code"]) == (422, "MALFORMED")


async def test_nobody_unknown_is_erased(office: Office) -> None:
    for whom in (
        {**WANG, "contact_id": "01950000-0000-7000-8000-00000000dead"},
        {"sha256": "a" * 64, "basis": "NOT_LAWFUL"},
    ):
        answer = await office.post("pia", "/v1/privacy/erasures", whom)
        assert (answer.status_code, answer.json()["code"]) == (404, "REF_NOT_FOUND")
