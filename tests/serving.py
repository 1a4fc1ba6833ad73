"""A server in a process of its own, as a person would start it, and questions to it."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

ROOT = Path(__file__).parent.parent
_SERVERS = count(1)
RUN = "import sys; from api.cli import main; sys.exit(main(sys.argv[1:]))"


def environment(**said: str) -> Mapping[str, str]:
    """The environment of a process of ours: this one's, without what a person might have set."""
    unsaid = {name: value for name, value in os.environ.items() if not name.startswith(("FIELDTRACE_", "DATABASE_"))}
    return {**unsaid, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), **said}


def fieldtrace(*words: object, cwd: Path, **said: str) -> "subprocess.CompletedProcess[str]":
    """Run one command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", RUN, *map(str, words)],
        cwd=cwd,
        env=environment(**said),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@dataclass
class Served:
    """A server at work."""

    url: str
    process: "subprocess.Popen[str]"
    lines: Path
    token: str = ""

    def requests(self) -> list[Any]:
        """The lines of JSON in which the server told of requests so far."""
        return [json.loads(line) for line in self.lines.read_text().splitlines() if line.startswith("{")]

    def get(self, path: str, **asked: object) -> Any:  # noqa: ANN401 - any JSON value
        """What the server answers."""
        query = f"?{urlencode(asked)}" if asked else ""
        told = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.url}{path}{query}", headers=told)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - our own server
            return json.loads(response.read())

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it as a person or a machine would; its exit status."""
        self.process.send_signal(how)
        return self.process.wait(timeout=60)


@contextmanager
def serving(cwd: Path, **said: str) -> Generator[Served]:
    """A server on a free port, until the block ends."""
    lines = cwd / f"server-{next(_SERVERS)}.log"
    said_aloud = lines.open("w")
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "serve", "--port", "0", "--json"],
        cwd=cwd,
        env=environment(**said),
        stdout=subprocess.PIPE,
        stderr=said_aloud,
        text=True,
    )
    try:
        first = cast("Any", process.stdout).readline()
        if not first:
            raise AssertionError(lines.read_text())
        yield Served(json.loads(first)["url"], process, lines)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)
        said_aloud.close()
