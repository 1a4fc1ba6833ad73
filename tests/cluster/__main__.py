"""Runs a cluster on this machine until Ctrl-C: `python -m tests.cluster [FOLDER]`."""

import signal
import sys
from pathlib import Path
from tempfile import gettempdir

from tests.broker import missing
from tests.cluster import Cluster


def main() -> int:
    why = missing()
    if why is not None:
        sys.stderr.write(f"{why}\n")
        return 1
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(gettempdir()) / "fieldtrace-cluster"
    cluster = Cluster(folder, port=8000)
    try:
        cluster.start()
        token = cluster.token("ops", "ops")
        for name, url in cluster.urls.items():
            sys.stderr.write(f"{name:<12} {url}\n")
        for name in cluster.parts:
            sys.stderr.write(f"{name:<12} process {cluster.processes[name].pid}\n")
        sys.stderr.write(f"{'kafka':<12} {cluster.broker.address}\n{'token':<12} {token}\n")
        sys.stderr.write(f"What they say is in {folder / 'out'}. Ctrl-C ends it.\n")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        cluster.stop()
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    sys.exit(main())
