"""After an erasure nobody reads the person anywhere: not in the database, row by row, nor in anything handed out."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.platform import on_postgres, told_time
from services.settings import Settings
from tests.api.office import Office, moved_in, visit
from tests.api.test_erasure import erased, the_person
from tests.bundles import take
from tests.people import ACME, MONDAY, an_id
from tests.verifying import verify

pytestmark = pytest.mark.postgres
SECRETS = ("Wang Fang", "13800138000", "wang@acme.example", "allergic to nuts")
"""What is personal of her, in any form in which somebody could read it."""
MET = {"customer": [{"contact_id": str(ACME), "role": "BUYER"}]}


@pytest.fixture
async def office(postgres_url: str, a_schema: str, tmp_path: Path) -> AsyncIterator[Office]:
    clock = told_time(MONDAY)
    settings = Settings(data=tmp_path, database_url=postgres_url, organisation=a_schema)
    platform = await on_postgres(settings, now=clock)
    office = await moved_in(platform, clock)
    async with platform.started(clock=False):
        yield office
    await office.http.aclose()
    await platform.close()


async def everything_in(url: str, schema: str) -> bytes:
    """Every row of every table of an organisation, as text with bytes in hexadecimal and as bytes."""
    found: list[bytes] = []
    async with await psycopg.AsyncConnection.connect(url) as connection:
        tables = await connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema IN (%s, %s) ORDER BY 1, 2",
            (schema, f"{schema}_read"),
        )
        for where, name in await tables.fetchall():
            rows = await connection.execute(SQL("SELECT * FROM {}").format(Identifier(where, name)))
            for row in await rows.fetchall():
                for value in row:
                    found.append(value if isinstance(value, bytes) else repr(value).encode())
    assert len(found) > 500, "there is a company in it"
    return b"\n".join(found)


async def meets(office: Office) -> None:
    """Anna notes who Wang Fang is, and something about her that is nobody's business."""
    await office.post("anna", f"/v1/customers/{ACME}/claims")
    told = {
        "contact_id": str(ACME), "name": "Wang Fang", "phone": "+8613800138000", "email": "wang@acme.example",
        "role": "BUYER",
    }  # fmt: skip
    assert (await office.post("anna", f"/v1/customers/{ACME}/contacts", told)).status_code == 201
    noted = visit(note="She is allergic to nuts.", note_is_personal=True, note_about=str(ACME), participants=MET)
    assert (await office.post("anna", "/v1/visits", noted)).status_code == 201
    await office.settled()


async def test_nobody_reads_her_anywhere_after_she_was_erased(
    office: Office, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await meets(office)
    before = await take(office, customer_id=str(ACME))
    for secret in SECRETS:
        assert secret.encode() in b"".join(before.files.values()), "until then it is read by whoever may"
    told = await erased(office)
    assert told["state"] == "DESTROYED", "a copy is out"

    schema = f"fieldtrace_{office.platform.settings.organisation}"
    dump = await everything_in(postgres_url, schema)
    after = await take(office, customer_id=str(ACME))
    handed_out = [
        (await office.get("iris", f"/v1/exports/{what}?format={form}")).content
        for what in ("events", "ownership", "timeline", "visits", "targets")
        for form in ("jsonl", "csv")
    ]
    shown = [
        (await office.get("iris", path)).content
        for path in (
            f"/v1/customers/{ACME}",
            f"/v1/visits/{an_id(1)}",
            f"/v1/visits/{an_id(1)}/history",
            "/v1/reps/anna/timeline",
            "/v1/reps/anna/replay",
            "/v1/customers?q=Acme",
            f"/v1/customers/{ACME}?at={told['erased_position'] - 1}",
        )
    ]
    feed = [one.body for one in await office.platform.log.stored(0, 1_000)]  # what the relay hands on, byte for byte
    log = caplog.text.encode()
    for secret in SECRETS:
        for where in (dump, *after.files.values(), *handed_out, *shown, *feed, log):
            assert secret.encode() not in where
    assert (await the_person(office))["name"] is None
    assert (await office.platform.log.verify()).finding is None
    verify(before.bundle, before.key)
    verify(after.bundle, after.key)


async def test_the_key_is_gone_and_no_other_takes_its_place(office: Office, postgres_url: str) -> None:
    await meets(office)
    await erased(office)
    schema = f"fieldtrace_{office.platform.settings.organisation}"
    subject = f"contact:{ACME}"
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as connection:
        for table in ("subject_keys", "sealed", "attachments"):
            left = await connection.execute(
                SQL("SELECT count(*) FROM {} WHERE subject = %s").format(Identifier(schema, table)), (subject,)
            )
            assert await left.fetchone() == (0,), table
        late = SQL("INSERT INTO {} VALUES ('late', %s, 'x')").format(Identifier(schema, "sealed"))
        assert (await connection.execute(late, (subject,))).rowcount == 0, "what was on its way is not kept"
    again = visit(2, note="She rang.", note_is_personal=True, note_about=str(ACME), participants=MET)
    answer = await office.post("anna", "/v1/visits", again)
    assert (answer.status_code, answer.json()["code"]) == (409, "PERSON_ERASED")


async def test_another_process_opens_nothing_of_hers_either(office: Office) -> None:
    await meets(office)
    other = await on_postgres(office.platform.settings, now=office.clock)
    try:
        [row] = await other.customer_file.people(ACME, opened=True)
        assert row.name == "Wang Fang"
        await erased(office)
        [row] = await other.customer_file.people(ACME, opened=True)
        assert (row.name, row.phone, row.email) == (None, None, None)
    finally:
        await other.close()
