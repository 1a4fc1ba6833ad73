"""The access matrix: every endpoint of the document, for every role, on own, other and foreign things."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from api.http.app import create_app
from api.http.reach import ANY_TYPE, COLUMNS, OPEN_TO_ALL, REACHES, RECORDED, Reach
from domain.rights import Role, may_ask
from services.platform import Platform, in_memory, on_postgres, told_time
from services.settings import Settings
from tests.api.office import SINCE, Office, moved_in, opened, visit
from tests.people import ACME, GLOBEX, MONDAY, SHANGHAI, an_id

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOCUMENT: Mapping[str, Any] = create_app(in_memory()).openapi()
OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
_SAME_AS = re.compile(r"The same as the event `([a-z_.]+)`")


def recorded_as(operation: str) -> str | None:
    """The type of request that an operation stands for."""
    said = _SAME_AS.search(OPERATIONS[operation].get("description", ""))
    return said.group(1) if said else RECORDED.get(operation)


COMMANDS = sorted(one for one in OPERATIONS if recorded_as(one) is not None)
WHO: Mapping[Role, str] = {
    Role.REP: "anna",
    Role.CLIENT: "app",
    Role.MANAGER: "mei",
    Role.ARBITER: "rex",
    Role.AUDITOR: "iris",
    Role.OPS: "otto",
    Role.PRIVACY: "pia",
}


async def test_every_endpoint_has_its_row() -> None:
    """A new way of looking takes its place in `api.http.reach`; a new type of request in `domain.rights`."""
    rows = {*OPEN_TO_ALL, *REACHES, *ANY_TYPE, *COMMANDS}
    assert sorted(OPERATIONS.keys() - rows) == []
    assert sorted(rows - OPERATIONS.keys()) == []
    assert not REACHES.keys() & set(COMMANDS)


# ------------------------------------------------------------------------------------------------ strangers and others


def asked_with(operation: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Method and address, with what stands in braces filled in."""
    method, path = operation.split(" ")
    return method, re.sub(r"\{(\w+)\}", lambda name: values.get(name.group(1), str(an_id(999))), path)


@dataclass
class Houses:
    """Two organisations."""

    ours: Office
    theirs: Office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def houses() -> AsyncIterator[Houses]:
    ours, theirs = await opened(), await opened()
    yield Houses(ours, theirs)
    for one in (ours, theirs):
        await one.http.aclose()
        await one.platform.close()


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - set(OPEN_TO_ALL)))
async def test_strangers_and_people_of_another_organisation_are_nobody_here(houses: Houses, operation: str) -> None:
    method, path = asked_with(operation, {})
    for headers in ({}, houses.theirs.headers("iris"), houses.theirs.headers("otto"), {"Cookie": "fieldtrace=made-up"}):
        answer = await houses.ours.http.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")


# ----------------------------------------------------------------------------------------- who may ask for what at all


@pytest.mark.parametrize("operation", COMMANDS)
async def test_a_request_is_taken_from_those_roles_that_have_the_right(houses: Houses, operation: str) -> None:
    """Whether it is granted then is for the rules to say; here nothing of what it speaks of is there."""
    asked = recorded_as(operation)
    assert asked is not None
    method, path = asked_with(operation, {"sha256": "0" * 64})
    body = OPERATIONS[operation].get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    for role, who in WHO.items():
        headers = houses.ours.headers(who, **({"On_Behalf_Of": "anna"} if role is Role.CLIENT else {}))
        if method == "PUT" or operation == "POST /v1/reassignments":
            content = b"{}" if method == "POST" else b"bytes"
            answer = await houses.ours.http.request(method, path, content=content, headers=headers)
        else:
            answer = await houses.ours.http.request(method, path, json=body or {}, headers=headers)
        code = answer.json().get("code") if answer.status_code >= 400 else None
        if operation in ("POST /v1/evidence", "POST /v1/reassignments"):
            assert answer.status_code >= 400, "it names nobody"
            continue
        if not may_ask(role, asked):
            assert (answer.status_code, code) == (403, "FORBIDDEN"), (who, answer.text)
        else:
            assert answer.status_code != 401, (who, answer.text)
            assert code != "OUT_OF_SCOPE"


# ------------------------------------------------------------------------------------------------------ who sees what

PHOTO = b"\xff\xd8 a shop front"


async def stocked() -> Office:
    """Anna's things (in Mei's line, party of a case that lies with Mei) and Carl's (another line, no case)."""
    office = await opened()
    house = [
        ("org.add_team", {"team_id": "west", "name": "West", "zone": SHANGHAI}),
        ("org.grant_role", {"actor_id": "max", "role": "manager"}),
        ("org.add_rep", {"rep_id": "carl", "team_id": "west", "manager_id": "max", "effective_at": SINCE}),
        ("org.grant_role", {"actor_id": "rex", "role": "arbiter"}),
    ]
    for asked, data in house:
        answer = await office.emit("otto", asked, data)
        assert answer.status_code == 200, answer.text
    office.later(minutes=1)
    tokens = {"carl": (await office.platform.access.create("carl", "rep")).token}
    office.tokens = {**office.tokens, **tokens}
    for n, (who, customer_id) in enumerate((("anna", ACME), ("carl", GLOBEX)), 1):
        photo = PHOTO + who.encode()
        kind = {"Content_Type": "image/jpeg"}
        put = await office.http.put(
            f"/v1/attachments/{sha256(photo).hexdigest()}", content=photo, headers=office.headers(who, **kind)
        )
        assert put.status_code == 201, put.text
        made = [
            await office.post(who, f"/v1/customers/{customer_id}/claims", {"claim_id": str(an_id(10 + n))}),
            await office.post(
                who,
                "/v1/visits",
                visit(20 + n)
                | {"customer_id": str(customer_id), "note": f"What {who} was told in confidence.", "next_step": None}
                | {"none_reason": "NOT_NOW"},
            ),
            await office.post(who, "/v1/deals", {"deal_id": str(an_id(30 + n)), "customer_id": str(customer_id)}),
            await office.post("otto", "/v1/targets", a_target(40 + n, who)),
        ]
        assert [one.status_code for one in made] == [201] * 4, [one.text for one in made]
    await office.settled()
    parties = {"parties": ["anna", "bruno"], "reason": "I was there before."}
    case = await office.post("bruno", "/v1/conflicts", {"case_id": str(an_id(51)), "customer_id": str(ACME), **parties})
    assert case.status_code == 201, case.text
    await office.settled()
    return office


def a_target(n: int, who: str) -> dict[str, Any]:
    return {
        "target_id": str(an_id(n)),
        "subject": f"rep:{who}",
        "metric": "visits",
        "period": "DAY",
        "from_day": "2026-03-03",
        "to_day": "2026-03-03",
        "qty": 8,
        "responsible_id": who,
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office() -> AsyncIterator[Office]:
    office = await stocked()
    yield office
    await office.http.aclose()
    await office.platform.close()


def things_of(who: str) -> Mapping[str, str]:
    """What stands in braces, of Anna or of Carl."""
    n = 1 if who == "anna" else 2
    return {
        "rep_id": who,
        "claim_id": str(an_id(10 + n)),
        "visit_id": str(an_id(20 + n)),
        "deal_id": str(an_id(30 + n)),
        "target_id": str(an_id(40 + n)),
        "case_id": str(an_id(50 + n)),
        "customer_id": str(ACME if n == 1 else GLOBEX),
        "sha256": sha256(PHOTO + who.encode()).hexdigest(),
        "position": "5",
        "day": "2026-03-02",
        "name": "lead_conversion",
        "what": "visits",
    }


QUERY = {
    "GET /v1/customers/{customer_id}/claimability": "?rep=anna",
    "GET /v1/targets": "?subject=rep:{rep_id}",
    "GET /v1/consistency": "?from=1&to=2",
}
WITH_ROWS = (
    "GET /v1/accesses",
    "GET /v1/customers/{customer_id}/visits",
    "GET /v1/conflicts",
    "GET /v1/harvest",
    "GET /v1/inspections",
)
"""Where rows are left out instead of an answer."""
NOT_YET = ("GET /v1/checkpoint", "GET /v1/events/{position}/proof", "GET /v1/privacy/erasures/{erasure_id}")
"""Where the answer waits for the signer, which is not at work here, or nothing is there; who asks is checked before."""
LOOKING = sorted(one for one in REACHES if one.startswith("GET ") and one != "GET /v1/stream")


def reached(reach: Reach, role: Role, whose: str) -> bool:
    """Whether a reach comes to the things of Anna or Carl, for the person who stands for a role here."""
    match reach:
        case Reach.ALL:
            return True
        case Reach.NOBODY:
            return False
        case Reach.OWN:
            return role is Role.REP and whose == "anna"
        case Reach.LINE | Reach.CASE:
            return whose == "anna"


async def look(office: Office, operation: str, role: Role, values: Mapping[str, str]) -> httpx.Response:
    _, path = asked_with(operation, values)
    query = QUERY.get(operation, "").format_map({"rep_id": "", **values})
    head = {"On_Behalf_Of": "anna"} if role is Role.CLIENT else {}
    await office.settled()  # some ways of looking are on record
    return await office.get(WHO[role], path + query, **head)


@pytest.mark.parametrize("operation", LOOKING)
@pytest.mark.parametrize("role", COLUMNS)
async def test_a_role_reaches_as_far_as_the_table_says(office: Office, operation: str, role: Role) -> None:
    reach = REACHES[operation][role]
    for whose in ("anna", "carl"):
        if operation == "GET /v1/conflicts/{case_id}" and whose == "carl":
            continue  # there is none
        answer = await look(office, operation, role, things_of(whose))
        seen = reached(reach, role, whose)
        if operation in WITH_ROWS and reach is not Reach.NOBODY:
            assert answer.status_code == 200, answer.text
            if operation == "GET /v1/customers/{customer_id}/visits":
                assert bool(answer.json()["items"]) == seen, (whose, answer.text)
            if operation == "GET /v1/conflicts" and whose == "anna":
                assert bool(answer.json()["items"]) == seen, answer.text
        elif seen:
            assert answer.status_code == (404 if operation in NOT_YET and answer.status_code == 404 else 200), (
                answer.text
            )
        else:
            assert answer.status_code in (403, 404), (whose, answer.text)
            assert "in confidence" not in answer.text


BY_ID = sorted(
    one for one in LOOKING if "{" in one and not re.search(r"\{(rep_id|name|what|position|customer_id)\}", one)
)


@pytest.mark.parametrize("operation", BY_ID)
@pytest.mark.parametrize("role", COLUMNS)
async def test_what_one_may_not_know_of_is_answered_as_if_it_were_not_there(
    office: Office, operation: str, role: Role
) -> None:
    """Word for word, but for the id that was asked about."""
    if reached(REACHES[operation][role], role, "carl"):
        return
    nothing = {name: "f" * 64 if name == "sha256" else str(an_id(998)) for name in things_of("carl")}
    there = await look(office, operation, role, {**things_of("carl")})
    not_there = await look(office, operation, role, nothing)
    said, unsaid = (
        json.loads(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|…[0-9a-f]{6}", "*", one.text))
        for one in (there, not_there)
    )
    assert (there.status_code, said | {"instance": ""}) == (not_there.status_code, unsaid | {"instance": ""})
    assert {name for name in there.headers if name != "content-length"} == {
        name for name in not_there.headers if name != "content-length"
    }


async def test_a_refusal_tells_the_log_of_the_process_no_more_than_the_asker(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for operation in BY_ID:
        await look(office, operation, Role.REP, things_of("carl"))
    assert "in confidence" not in caplog.text
    assert office.tokens["anna"] not in caplog.text


async def test_a_rep_who_moves_to_another_line_is_seen_from_there() -> None:
    moved = await stocked()
    path = f"/v1/visits/{things_of('anna')['visit_id']}"
    assert (await moved.get("mei", path)).status_code == 200
    answer = await moved.emit("otto", "org.move_rep", {"rep_id": "anna", "team_id": "west", "manager_id": "max"})
    assert answer.status_code == 200, answer.text
    moved.later(minutes=1)
    await moved.settled()
    assert (await moved.get("mei", path)).status_code == 404
    token = (await moved.platform.access.create("max", "manager")).token
    assert (await moved.http.get(path, headers={"Authorization": f"Bearer {token}"})).status_code == 200


# ------------------------------------------------------------------------------------- two organisations, one database


@pytest.mark.postgres
async def test_two_organisations_in_one_database_share_nothing(postgres_url: str) -> None:
    clock = told_time(MONDAY)

    async def house(name: str) -> tuple[Office, Platform]:
        settings = Settings(database_url=postgres_url, organisation=name, home_zone=SHANGHAI)
        platform = await on_postgres(settings, now=clock)
        return await moved_in(platform, clock), platform

    (ours, one), (theirs, other) = await house("matrix_ours"), await house("matrix_theirs")
    try:
        made = await ours.post("anna", "/v1/visits", visit(1))
        assert made.status_code == 201
        await ours.settled()
        session = await one.sessions.begin("anna", "anna", "rep")
        for path in ("/v1/events", "/v1/customers", f"/v1/visits/{an_id(1)}", "/v1/tokens"):
            for headers in (ours.headers("iris"), {"Cookie": f"fieldtrace={session.secret}"}):
                assert (await theirs.http.get(path, headers=headers)).status_code == 401
        assert (await theirs.get("iris", f"/v1/visits/{an_id(1)}")).status_code == 404
        assert UUID(int=0) not in {token.token_id for token in await other.access.all()}
        assert not {token.token_id for token in await one.access.all()} & {
            token.token_id for token in await other.access.all()
        }
    finally:
        await one.close()
        await other.close()
