"""What was acknowledged is there after `kill -9`, in order, once (reliability 1)."""

import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import psutil
import pytest

from services.platform import Platform, on_postgres
from services.settings import Settings
from services.tree import grow, root_of
from tests.reliability.appender import HOUR, register

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
KILLS = int(os.environ.get("FIELDTRACE_KILLS", "6"))


def _acknowledged(data: Path, first: int, *, seconds: float, the_database: bool) -> dict[int, int]:
    """Run an appender for a while, kill it or the database under it, and collect what it acknowledged."""
    acknowledged: dict[int, int] = {}

    def note(line: str) -> None:
        if line.endswith("\n") and line.startswith("ack "):
            _, number, position = line.split()
            acknowledged[int(number)] = int(position)

    command = [sys.executable, "-m", "tests.reliability.appender", str(data), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        stdout = child.stdout
        assert stdout is not None
        note(stdout.readline())
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            note(stdout.readline())
        if the_database:
            _kill_postgres(data / "postgres")
        child.kill()
        for line in stdout:
            note(line)
    return acknowledged


def _kill_postgres(folder: Path) -> None:
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and str(folder) in " ".join(process.info["cmdline"] or ()):
            process.send_signal(signal.SIGKILL)


async def _verified(platform: Platform) -> int:
    """Positions are dense, each stream is chained, and the tree over all leaves is the one in the head row."""
    frontier: list[bytes] = []
    versions: dict[str, int] = {}
    position = 0
    while page := await platform.log.page(position, 1_000):
        for recorded in page:
            assert recorded.position == position + 1
            stream, version = recorded.envelope.stream, recorded.envelope.stream_version
            assert version == versions.get(stream, 0) + 1
            stored = await platform.log.bytes_at(recorded.position) if recorded.position % 50 == 0 else None
            assert stored is None or sha256(stored).digest() == recorded.body_hash
            versions[stream] = version
            grow(frontier, position, recorded.leaf)
            position = recorded.position
    head = await platform.log.head()
    assert (head.position, head.root) == (position, root_of(frontier))
    return position


async def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(tmp_path: Path) -> None:
    data = tmp_path / "data"
    acknowledged: dict[int, int] = {}
    for kill in range(KILLS):
        told = _acknowledged(data, kill * 1_000_000, seconds=0.3 + 0.2 * (kill % 4), the_database=kill % 2 == 1)
        assert told, "the appender acknowledged nothing, so nothing was tried"
        acknowledged |= told
    platform = await on_postgres(Settings(data=data), now=lambda: HOUR)
    try:
        await _verified(platform)
        for number, position in acknowledged.items():
            again = await register(platform, number)
            assert (again.repeated, again.position) == (True, position)
        assert len(set(acknowledged.values())) == len(acknowledged)
    finally:
        await platform.close()
