"""Runs a broker until Ctrl-C, on what it wrote before: `python -m tests.broker [PORT]`."""

import signal
import sys
from pathlib import Path
from tempfile import gettempdir

from tests.broker import Broker, missing


def main() -> int:
    why = missing()
    if why is not None:
        sys.stderr.write(f"{why}\n")
        return 1
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9092
    broker = Broker(Path(gettempdir()) / f"fieldtrace-kafka-{port}", port=port)
    broker.start()
    sys.stderr.write(f"Kafka listens at {broker.address}: KAFKA_BOOTSTRAP_SERVERS={broker.address} (Ctrl-C ends it)\n")
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        broker.stop()
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    sys.exit(main())
