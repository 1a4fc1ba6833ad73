"""Everything as processes of its own on one machine: database, Kafka, doors, relay, projectors, policies, timers."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.adapters.embedded_postgres import EmbeddedPostgres
from tests.broker import Broker, free_port
from tests.serving import ROOT, RUN, environment

METRICS = free_port()
"""Where the first relay tells how large its batches are."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "relay-1": ("relay", "--metrics", str(METRICS)),
    "projector-1": ("projector", "--member", "projector-1"),
    "projector-2": ("projector", "--member", "projector-2"),
    "policies-1": ("policies",),
    "timers-1": ("timers",),
    "intake-1": ("intake", "--member", "intake-1"),
    "signer-1": ("signer",),
}
"""Each process and its command; the doors are apart, they have ports."""
STARTS = 60.0
"""Seconds within which a door has to answer."""


@dataclass
class Cluster:
    """A cluster on a folder of its own."""

    folder: Path
    port: int = 0
    kafka_port: int | None = None
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(PARTS))
    said: Mapping[str, str] = field(default_factory=dict[str, str])
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict[str, "subprocess.Popen[bytes]"])
    urls: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.database = EmbeddedPostgres(self.folder / "data")
        self.broker = Broker(self.folder / "kafka", port=self.kafka_port)

    def start(self) -> None:
        """Start everything, in the order in which one needs the other."""
        (self.folder / "out").mkdir(parents=True, exist_ok=True)
        self.url = self.database.start()
        self.broker.start()
        self.run("migrate")
        self.run("topics", "ensure")
        for number in (1, 2):
            self.start_door(f"api-{number}", self.port + number - 1 if self.port else 0)
        for name in self.parts:
            self.start_part(name)

    @property
    def environment(self) -> Mapping[str, str]:
        """What every process is told."""
        return environment(
            DATABASE_URL=self.url,
            KAFKA_BOOTSTRAP_SERVERS=self.broker.address,
            FIELDTRACE_DATA=str(self.folder / "data"),
            **self.said,
        )

    def run(self, *words: str, release: str = RUN) -> str:
        """Run one command to its end; what it said. `release`: the program, where it is not the present one."""
        done = subprocess.run(
            [sys.executable, "-c", release, *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def start_part(self, name: str, *words: str, release: str = RUN) -> None:
        """Start a part, or start it again; `words`: of one that is not among the parts."""
        self._start(name, *(words or self.parts[name]), release=release)

    def start_door(self, name: str, port: int, *, release: str = RUN) -> None:
        """Start an HTTP door, and wait until it answers."""
        out = self._start(name, "api", "--port", str(port), "--json", release=release)
        until = time.monotonic() + STARTS
        while time.monotonic() < until and self.processes[name].poll() is None:
            lines = out.read_text(encoding="utf-8").splitlines()
            said = [line for line in lines if line.startswith('{"url"')]
            if said:
                self.urls[name] = json.loads(said[-1])["url"]
                return
            time.sleep(0.1)
        raise AssertionError(out.read_text(encoding="utf-8"))

    def _start(self, name: str, *words: str, release: str) -> Path:
        out = self.folder / "out" / f"{name}.log"
        with out.open("wb") as file:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-c", release, *words],
                cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            )  # fmt: skip
        return out

    def kill(self, name: str) -> None:
        """End a process without a word."""
        self.processes[name].kill()
        self.processes[name].wait()

    def end(self, name: str) -> None:
        """Ask a process to end, and wait."""
        self.processes[name].send_signal(signal.SIGTERM)
        self.processes[name].wait(30)

    def stop(self) -> None:
        """End everything in order: who asks first, who is asked last."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.broker.stop()
        self.database.stop()

    def ask(self, door: str, path: str, token: str, body: object = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """What a door answers."""
        said = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.urls[door]}{path}", data=data, headers=said)  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - our own
            return json.loads(response.read())

    def token(self, actor: str, role: str) -> str:
        """A token, made at the database."""
        return json.loads(self.run("token", "create", "--actor", actor, "--role", role, "--json"))["token"]

    def lines(self, name: str) -> str:
        """What a process said."""
        return (self.folder / "out" / f"{name}.log").read_text(encoding="utf-8", errors="replace")
