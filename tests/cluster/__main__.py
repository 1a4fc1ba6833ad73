"""Runs a cluster on this machine until Ctrl-C: `python -m tests.cluster [--demo DAYS] [--end] [FOLDER]`.

`--demo`: tells the demo company's story of so many days through its doors, and verifies the log. `--end`: then ends.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from tempfile import gettempdir

from tests.broker import missing
from tests.cluster import Cluster
from tests.cluster.demo import Teller, company_of


def main() -> int:
    why = missing()
    if why is not None:
        sys.stderr.write(f"{why}\n")
        return 1
    asked = argparse.ArgumentParser(prog="python -m tests.cluster")
    asked.add_argument("folder", nargs="?", type=Path, default=Path(gettempdir()) / "fieldtrace-cluster")
    asked.add_argument("--demo", type=int, metavar="DAYS", default=0)
    asked.add_argument("--reps", type=int, default=18)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--end", action="store_true")
    said = asked.parse_args()
    cluster = Cluster(said.folder, port=8000)
    try:
        cluster.start()
        token = cluster.token("ops", "ops")
        for name, url in cluster.urls.items():
            sys.stderr.write(f"{name:<12} {url}\n")
        for name in cluster.parts:
            sys.stderr.write(f"{name:<12} process {cluster.processes[name].pid}\n")
        sys.stderr.write(f"{'kafka':<12} {cluster.broker.address}\n{'token':<12} {token}\n")
        whole = _demo(cluster, said) if said.demo else True
        if not said.end:
            sys.stderr.write(f"What they say is in {said.folder / 'out'}. Ctrl-C ends it.\n")
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        return 0 if whole else 1
    finally:
        cluster.stop()


def _demo(cluster: Cluster, said: argparse.Namespace) -> bool:
    """The story told; whether the log is whole, and every read model what the log says."""
    company = company_of(seed=said.seed, days=said.demo, reps=said.reps)
    told = asyncio.run(Teller(cluster).tell(company, said.demo))
    sys.stderr.write(f"{'demo':<12} {dict(told.answers)} by {dict(told.doors)}, to position {told.position}\n")
    checked = [json.loads(line) for line in cluster.run("rebuild", "--check", "--json").splitlines()]
    verified = json.loads(cluster.run("verify", "--log", "--json").splitlines()[-1])
    sys.stderr.write(f"{'verify':<12} {'ok' if verified['ok'] else 'NOT OK'}: {verified['size']} events\n")
    return verified["ok"] and all(one["same"] for one in checked)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    sys.exit(main())
