"""A real Apache Kafka broker (KRaft, one node) in a process of its own, for tests and development.

Its jars are fetched by `make jars`, once; they lie in `.kafka/lib`, or where KAFKA_LIB says. `make kafka` runs one.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CLUSTER = "4L6g3nShT-eMCtK--X86sw"
JVM = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:MaxMetaspaceSize=128m",
    "-Xss512k",
    f"-Dlog4j2.configurationFile=file:{HERE / 'log4j2.properties'}",
)
PATIENCE = 60.0
"""Seconds in which a broker has to stand; it takes two or three where nobody else is at work."""


class NotStarted(Exception):
    """The broker did not come up; its last lines say why."""


def jars() -> Path:
    """Where the broker's jars lie."""
    return Path(os.environ.get("KAFKA_LIB") or ROOT / ".kafka" / "lib")


def missing() -> str | None:
    """Why there is no broker on this machine, in one line; None where there can be one."""
    if shutil.which("java") is None:
        return "no Kafka broker here: Java 17 or newer is missing"
    if not any(jars().glob("kafka_*.jar")):
        return "no Kafka broker here: `make jars` fetches it (with Maven)"
    return None


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Broker:
    """One broker on a folder of its own; it may be stopped, killed and started again on what it has written."""

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self._folder = folder
        self.port = port or free_port()
        self._controller = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that is the broker now."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and come back when it takes connections; where the machine is busy, it is tried again."""
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = self._folder / "server.properties"
        text = (HERE / "server.properties").read_text(encoding="utf-8")
        written = text.format(port=self.port, controller=self._controller, folder=(self._folder / "log").as_posix())
        settings.write_text(written, encoding="utf-8")
        if not (self._folder / "log" / "meta.properties").exists():
            self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-g", "-c", str(settings)).wait(PATIENCE)
        for last in (False, False, True):
            self._process = self._java("kafka.Kafka", str(settings))
            if self._stands():
                return
            self.kill()
            if last:
                lines = (self._folder / "broker.log").read_text(encoding="utf-8", errors="replace").splitlines()
                raise NotStarted("\n".join(lines[-15:]))

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a word, as a machine that loses its power does."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
        self._process = None

    def _java(self, *words: str) -> "subprocess.Popen[bytes]":
        with (self._folder / "broker.log").open("ab") as said:
            return subprocess.Popen(
                ["java", *JVM, "-cp", f"{jars()}/*", *words], stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )

    def _stands(self) -> bool:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process is not None and self._process.poll() is None:
            with socket.socket() as one:
                one.settimeout(1)
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.05)
        return False
