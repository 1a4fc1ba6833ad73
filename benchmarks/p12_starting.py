"""P12: what is ours in `make run` on a machine with nothing installed: from the command to a page with data.

The demo company is told from nothing and served, as a person would start it, until a rep's timeline answers with rows;
then once more from the folder that kept it. The floor commits the same events one after another and does nothing else.
"""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from benchmarks.measuring import Figure, Table, a_database
from services.platform import on_postgres
from services.ports import Stored
from services.settings import Settings

DAYS, REPS, LAST = 90, 18, "2026-03-31"
PAGE = 5_000
RUN = "import sys; from api.cli import main; sys.exit(main(sys.argv[1:]))"
TABLE = """
CREATE TABLE floor (position bigserial PRIMARY KEY, stream text NOT NULL, version bigint NOT NULL, body bytea NOT NULL,
    leaf bytea NOT NULL, recorded_at timestamptz NOT NULL, UNIQUE (stream, version))
"""


async def measure() -> Table:
    """Told and served; served again; the same events committed bare and by the library."""
    table = Table("P12 start", "events of the company a second")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        kept = Path(folder) / "demo"
        first = _to_a_page_with_data(kept)
        again = _to_a_page_with_data(kept)
        events = await _events(kept)
    with a_database() as (_, url):
        bare, library = _bare(url, events), _by_the_library(url, events)
    table.add(Figure("raw INSERT of the same events, each committed", len(events) / bare, [bare]))
    table.add(Figure("the library's recorder, one event a call", len(events) / library, [library]))
    table.add(Figure("ours, told and served: to a page with data", len(events) / first, [first]))
    table.add(Figure("ours, kept and served again: to a page with data", len(events) / again, [again]))
    return table


def _to_a_page_with_data(folder: Path) -> float:
    """Seconds from the command to a timeline with rows."""
    story = ("--days", str(DAYS), "--reps", str(REPS), "--until", LAST, "--keep", str(folder), "--port", "0", "--json")
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "demo", *story], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("it has no mouth")
            visitors, served = json.loads(process.stdout.readline()), json.loads(process.stdout.readline())
            token = next(one["token"] for one in visitors if one["role"] == "rep")
            asked = urllib.request.Request(  # noqa: S310 - our own server
                f"{served['url']}/v1/reps/r01/timeline", headers={"Authorization": f"Bearer {token}"}
            )
            with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own server
                page = json.loads(answer.read())
            took = time.perf_counter() - began
        finally:
            process.terminate()
            process.wait()
    if not page["items"]:
        raise RuntimeError("the page holds nothing")
    return took


async def _events(folder: Path) -> Sequence[Stored]:
    platform = await on_postgres(Settings(data=folder))
    try:
        events: list[Stored] = []
        while page := await platform.log.stored(len(events), PAGE):
            events += page
        return events
    finally:
        await platform.close()


def _bare(url: str, events: Sequence[Stored]) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE)
        began = time.perf_counter()
        for one in events:
            connection.execute(
                "INSERT INTO floor (stream, version, body, leaf, recorded_at) VALUES (%s, %s, %s, %s, %s)",
                (one.stream, one.version, one.body, one.leaf, one.recorded_at),
            )
        return time.perf_counter() - began


def _by_the_library(url: str, events: Sequence[Stored]) -> float:
    said = conninfo_to_dict(url)
    datastore = PostgresDatastore(
        dbname=str(said["dbname"]),
        host=str(said["host"]),
        port=5432,
        user=str(said["user"]),
        password="",
        originator_id_type="text",
    )
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    try:
        began = time.perf_counter()
        for one in events:
            recorder.insert_events([StoredEvent(one.stream, one.version, "event", one.body)])
        return time.perf_counter() - began
    finally:
        datastore.close()
