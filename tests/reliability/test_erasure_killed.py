"""An erasure that two persons agreed on is finished, whenever the process that carries it out is killed."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from services.platform import Platform, on_postgres, told_time
from services.settings import Settings
from tests.api.office import Office, moved_in
from tests.people import ACME, MONDAY, an_id

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
MOMENTS: Sequence[float] = (0.0, 0.003, 0.01, 0.02, 0.05, 0.2)
"""Seconds between the second person's yes and the kill."""


async def _asked(office: Office, contact_id: UUID) -> UUID:
    told = {"contact_id": str(contact_id), "name": "Wang Fang", "phone": "+8613800138000", "role": "BUYER"}
    assert (await office.post("anna", f"/v1/customers/{ACME}/contacts", told)).status_code == 201
    said = {"customer_id": str(ACME), "contact_id": str(contact_id), "basis": "ASKED_BY_THE_PERSON"}
    asked = await office.post("pia", "/v1/privacy/erasures", said)
    assert asked.status_code == 201, asked.text
    return UUID(asked.json()["erasure_id"])


def _agree_and_be_killed(settings: Settings, url: str, erasure_id: UUID, seconds: float) -> None:
    arguments = [str(settings.data), url, settings.organisation, str(erasure_id)]
    command = [sys.executable, "-m", "tests.reliability.eraser", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert child.stdout.readline() == "agreed\n"
        time.sleep(seconds)
        child.kill()


async def _keys(url: str, schema: str, subject: str) -> int:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        query = SQL("SELECT count(*) FROM {} WHERE subject = %s").format(Identifier(schema, "subject_keys"))
        found = await (await connection.execute(query, (subject,))).fetchone()
        return found[0] if found else 0


async def test_whenever_it_is_killed_the_next_process_finishes_it_once(
    postgres_url: str, a_schema: str, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, database_url=postgres_url, organisation=a_schema)
    clock = told_time(MONDAY)
    platform = await on_postgres(settings, now=clock)
    office = await moved_in(platform, clock)
    asked = [(moment, an_id(900 + n), await _asked(office, an_id(900 + n))) for n, moment in enumerate(MOMENTS)]
    await platform.settle()
    await platform.close()
    for moment, contact_id, erasure_id in asked:
        _agree_and_be_killed(settings, postgres_url, erasure_id, moment)
        after: Platform = await on_postgres(settings)
        try:
            await after.prepare()
            await after.settle()
            row = await after.privacy.erasure(erasure_id, at=(await after.log.head()).position)
            assert row.state == "COMPLETED", moment
            events = await after.log.page(0, 10_000)
            told = [one.envelope.name for one in events if one.envelope.stream == f"erasure-{erasure_id}"]
            assert told == [
                "privacy.erasure_requested",
                "privacy.subject_erased",
                "privacy.values_destroyed",
                "privacy.erasure_completed",
            ]
            assert await _keys(postgres_url, f"fieldtrace_{a_schema}", f"contact:{contact_id}") == 0
        finally:
            await after.close()
