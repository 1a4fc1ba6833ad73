"""Photos over HTTP: sent, referred to by visits, opened by those who may, every time on the record."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx
import pytest

from tests.api.office import Office, opened, visit
from tests.people import an_id

PHOTO = b"\xff\xd8\xff\xe0 a photo of a gate"
NAME = sha256(PHOTO).hexdigest()
AT = f"/v1/attachments/{NAME}"


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    async with office.platform.started(clock=False):
        yield office
    await office.http.aclose()
    await office.platform.close()


async def put(
    office: Office,
    who: str = "anna",
    content: bytes = PHOTO,
    path: str = AT,
    *,
    mime: str = "image/jpeg",
    on_behalf_of: str | None = None,
) -> httpx.Response:
    headers = office.headers(who) | {"Content-Type": mime}
    if on_behalf_of:
        headers["On-Behalf-Of"] = on_behalf_of
    return await office.http.put(path, content=content, headers=headers)


async def events(office: Office, kind: str) -> list[dict[str, Any]]:
    await office.settled()
    answer = await office.get("iris", f"/v1/events?type=attachment.{kind}&limit=500")
    return [one["event"]["payload"] for one in answer.json()["items"]]


def photographed(n: int, name: str = NAME) -> dict[str, Any]:
    return visit(n, attachments=[{"sha256": name, "bytes": len(PHOTO), "mime": "image/jpeg"}])


async def test_a_photo_is_sent_once_and_comes_back_as_it_was(office: Office) -> None:
    first, again = await put(office), await put(office)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["bytes"] == len(PHOTO)
    answer = await office.get("anna", AT)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PHOTO, "image/jpeg")
    assert len(await events(office, "attachment_stored")) == 1


async def test_no_browser_takes_a_photo_for_a_page_of_ours(office: Office) -> None:
    script = b"<script>alert(1)</script>"
    path = f"/v1/attachments/{sha256(script).hexdigest()}"
    assert (await put(office, content=script, path=path, mime="text/html")).status_code == 201
    answer = await office.get("anna", path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == "attachment"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-store"


async def test_bytes_that_hash_to_something_else_are_refused_and_the_refusal_is_kept(office: Office) -> None:
    answer = await put(office, content=PHOTO + b"!")
    assert (answer.status_code, answer.json()["code"]) == (422, "ATTACHMENT_MISMATCH")
    assert answer.json()["found"] == sha256(PHOTO + b"!").hexdigest()
    refused = await office.get("iris", "/v1/events?type=submission.submission_refused")
    assert refused.json()["items"][-1]["event"]["payload"]["asked"] == "attachment.store"
    assert (await office.get("anna", AT)).status_code == 404


async def test_more_than_ten_mebibytes_are_too_large(office: Office) -> None:
    most = bytes(10 * 1024 * 1024)
    path = f"/v1/attachments/{sha256(most).hexdigest()}"
    assert (await put(office, content=most, path=path)).status_code == 201
    answer = await put(office, content=most + b"!", path=path)
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("name", ["abc", NAME.upper(), NAME + "00"])
async def test_a_name_that_is_no_hash_is_malformed(office: Office, name: str) -> None:
    assert (await put(office, path=f"/v1/attachments/{name}")).status_code == 422
    assert (await office.get("anna", f"/v1/attachments/{name}")).status_code == 422


async def test_without_saying_what_it_is_or_without_bytes_it_is_malformed(office: Office) -> None:
    assert (await put(office, mime="photo")).json()["code"] == "MALFORMED"
    nothing = f"/v1/attachments/{sha256(b'').hexdigest()}"
    assert (await put(office, content=b"", path=nothing)).json()["code"] == "MALFORMED"


@pytest.mark.parametrize(("who", "status"), [("anna", 200), ("mei", 200), ("iris", 200)])
async def test_whoever_may_see_the_rep_s_history_opens_it_and_that_is_recorded(
    office: Office, who: str, status: int
) -> None:
    await put(office)
    assert (await office.get(who, AT)).status_code == status
    [seen] = await events(office, "attachment_opened")
    assert (seen["opened_by"], seen["rep_id"]) == (who, "anna")


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("bruno", "REF_NOT_FOUND"),
        ("rex", "REF_NOT_FOUND"),
        ("otto", "FORBIDDEN"),
        ("pia", "FORBIDDEN"),
        ("app", "FORBIDDEN"),
    ],
)
async def test_nobody_else_opens_it(office: Office, who: str, code: str) -> None:
    await put(office)
    answer = await office.get(who, AT)
    assert answer.json()["code"] == code
    assert await events(office, "attachment_opened") == []


@pytest.mark.parametrize(("who", "status"), [("mei", 201), ("rex", 201), ("iris", 201), ("otto", 403), ("pia", 403)])
async def test_who_may_send_one(office: Office, who: str, status: int) -> None:
    assert (await put(office, who)).status_code == status


async def test_a_machine_sends_for_a_rep(office: Office) -> None:
    assert (await put(office, "app")).status_code == 403
    assert (await put(office, "app", on_behalf_of="anna")).status_code == 201
    assert (await office.get("anna", AT)).status_code == 200


async def test_a_visit_may_refer_to_a_photo_that_comes_later(office: Office) -> None:
    assert (await office.emit("anna", "visit.record", photographed(1))).status_code == 200
    [linked] = await events(office, "attachment_linked")
    assert (linked["visit_id"], linked["flags"]) == (str(an_id(1)), ["ATTACHMENT_AWAITED"])
    assert (await office.get("anna", AT)).status_code == 404
    assert (await put(office)).status_code == 201
    assert (await office.get("mei", AT)).status_code == 200


async def test_a_photo_that_another_visit_used_is_noticed(office: Office) -> None:
    await put(office)
    await office.emit("anna", "visit.record", photographed(1))
    await office.emit("bruno", "visit.record", visit(2))
    note = {"visit_id": str(an_id(2)), "text": "The gate.", "attachments": photographed(2)["attachments"]}
    assert (await office.emit("bruno", "visit.annotate", note)).status_code == 200
    first, second = await events(office, "attachment_linked")
    assert (first["rep_id"], first["flags"]) == ("anna", [])
    assert (second["rep_id"], second["flags"]) == ("bruno", ["REUSED_ATTACHMENT"])
    assert (await office.get("bruno", AT)).status_code == 200, "it is part of a visit of his now"


async def test_a_manager_sees_which_photos_have_arrived_and_which_were_used_before(office: Office) -> None:
    other = "cd" * 32
    told = photographed(1)
    told["attachments"].append({"sha256": other, "bytes": 10, "mime": "image/png"})
    await office.emit("anna", "visit.record", told)
    await office.emit("bruno", "visit.record", photographed(2))
    await office.settled()
    before = (await office.platform.log.head()).position
    await put(office)
    await office.settled()
    arrived, awaited = (await office.get("mei", f"/v1/visits/{an_id(1)}/attachments")).json()["items"]
    if arrived["sha256"] != NAME:
        arrived, awaited = awaited, arrived
    assert (arrived["mime"], arrived["bytes"], arrived["reused"]) == ("image/jpeg", len(PHOTO), False)
    assert (awaited["sha256"], awaited["arrived_at"]) == (other, None)
    [reused] = (await office.get("bruno", f"/v1/visits/{an_id(2)}/attachments")).json()["items"]
    assert reused["reused"] is True
    [then] = (await office.get("mei", f"/v1/visits/{an_id(2)}/attachments?at={before}")).json()["items"]
    assert then["arrived_at"] is None
    assert (await office.get("bruno", f"/v1/visits/{an_id(1)}/attachments")).status_code == 404
    assert (await office.get("mei", f"/v1/visits/{an_id(9)}/attachments")).status_code == 404


async def test_a_manager_s_yes_to_a_photo_makes_an_unverified_visit_count_and_changes_no_sensor_fact(
    office: Office,
) -> None:
    """A33."""
    contact = {"customer_id": visit()["customer_id"], "contact_id": str(an_id(77)), "name": "Li", "role": "BUYER"}
    await office.emit("anna", "customer.add_contact", contact)
    told = photographed(1) | {
        "participants": {"customer": [{"contact_id": str(an_id(77)), "role": "BUYER"}]},
        "discovery": {"need": "two lines"},
        "interest_origin": "EXISTING_NEED",
    }
    await put(office)
    sighting = {"visit_id": str(an_id(1)), "customer_id": visit()["customer_id"]}
    await office.emit("anna", "visit.check_in", sighting)
    await office.emit("anna", "visit.record", told)
    await office.settled()
    assert await verdict(office) == "UNDETERMINED"
    yes = {
        "rep_id": "anna",
        "purpose": "PRESENCE_PHOTO",
        "ref": str(an_id(1)),
        "content_hash": NAME,
        "reason": "I know that gate.",
    }
    granted: httpx.Response = await office.emit("mei", "approval.grant", yes)
    assert granted.status_code == 200, granted.text
    await office.settled()
    assert await verdict(office) == "EFFECTIVE"
    seen = (await office.get("iris", "/v1/events?type=visit.visit_checked_in")).json()["items"]
    assert [one["event"]["payload"]["presence"] for one in seen] == ["UNVERIFIED"]


async def verdict(office: Office) -> str:
    return (await office.get("anna", f"/v1/visits/{an_id(1)}")).json()["verdict"]
