"""A real Apache Kafka broker (KRaft, one node) in a process of its own, for tests and development.

Its jars are fetched by `make jars`, once; they lie in `.kafka/lib`, or where KAFKA_LIB says. `make kafka` runs one.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Secured:
    """A further listener, for those who come with a name and a password over TLS. `store`: its key and certificate."""

    store: Path
    user: str
    password: str

    def lines(self, port: int, controller: int, secured: int) -> str:
        """What the broker is told of it; what was said before of the same is not heard."""
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return f"""
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SECURED://127.0.0.1:{secured}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SECURED://127.0.0.1:{secured}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL
listener.name.secured.ssl.keystore.type=PEM
listener.name.secured.ssl.keystore.location={self.store.as_posix()}
listener.name.secured.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.secured.plain.sasl.jaas.config={plain} user_{self.user}="{self.password}";
listener.name.secured.scram-sha-512.sasl.jaas.config={scram}
"""


class Broker:
    """One broker on a folder of its own; it may be stopped, killed and started again on what it has written."""

    def __init__(self, folder: Path, *, port: int | None = None, secured: "Secured | None" = None) -> None:
        self._folder = folder
        self._secured = secured
        self.secured_port = free_port()
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
        if self._secured is not None:
            written += self._secured.lines(self.port, self._controller, self.secured_port)
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
            if all(
                _listens(port) for port in ([self.port] if self._secured is None else [self.port, self.secured_port])
            ):
                return True
            time.sleep(0.05)
        return False


def _listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0
