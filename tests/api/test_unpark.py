"""What could not be taken into a read model: shown, tried again by ops, and on record that it was."""

from collections.abc import AsyncIterator

import pytest

from projections.rep_timeline import rep_timeline
from services.ports import Changes, Parked
from tests.api.office import Office, opened
from tests.people import ACME


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()


async def parked(office: Office) -> Parked:
    """The claim of Acme as an earlier release left it: recorded, and not taken into Anna's timeline."""
    position = await office.platform.projector.catch_up()
    assert (await office.post("anna", f"/v1/customers/{ACME}/claims")).status_code == 201
    log = await office.platform.log.page(position, 1_000)
    left = [
        Parked(
            one.envelope.stream, one.position, one.envelope.stream_version, one.envelope.name, "ValueError: too long"
        )
        for one in log
        if type(one.event) in rep_timeline.handles
    ]
    await office.platform.store.write(rep_timeline, Changes(parked=left), after=position, upto=log[-1].position)
    return next(one for one in left if one.event == "ownership.claim_granted")


async def test_what_is_parked_is_shown_and_ops_has_it_taken_in(office: Office) -> None:
    waiting = await parked(office)
    [timeline] = [
        one for one in (await office.get("otto", "/v1/projections")).json()["items"] if one["name"] == "rep_timeline"
    ]
    assert waiting.stream in [one["stream"] for one in timeline["parked"]]
    assert "fieldtrace_parked_streams" in (await office.http.get("/metrics")).text

    answered = await office.post("otto", f"/v1/projections/rep_timeline/unpark?stream={waiting.stream}")
    assert answered.status_code == 200, answered.text
    assert answered.json() == {"name": "rep_timeline", "stream": waiting.stream, "taken_in": True, "parked": None}
    assert waiting.stream not in (await office.platform.store.standing(rep_timeline)).parked
    days = await office.platform.store.count(rep_timeline, {"rep_id": "anna"}, by=("position",))
    assert days[(waiting.position,)] == 1

    [tried] = (await office.get("iris", "/v1/events?type=audit.parked_stream_retried")).json()["items"]
    assert tried["event"]["payload"]["retried_by"] == "otto"
    assert tried["event"]["payload"]["stream"] == waiting.stream
    assert answered.headers["Log-Position"] == str(tried["position"])


async def test_nobody_but_ops_may_try_and_only_what_is_parked(office: Office) -> None:
    waiting = await parked(office)
    path = f"/v1/projections/rep_timeline/unpark?stream={waiting.stream}"
    assert (await office.post("anna", path)).status_code == 403
    assert (await office.post("iris", path)).status_code == 403
    other = await office.post("otto", "/v1/projections/rep_timeline/unpark?stream=visit-1")
    assert (other.status_code, other.json()["code"]) == (404, "REF_NOT_FOUND")
    assert (await office.post("otto", "/v1/projections/nothing/unpark?stream=visit-1")).status_code == 404
