"""Measures: `python -m benchmarks` all of it, `python -m benchmarks p1 p4` some."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping

from benchmarks import (
    appending,
    duplicates,
    evidence,
    p1_claims,
    p4_reading,
    p5_rebuilding,
    p6_as_of,
    p9_verifying,
    p11_kafka,
    p12_starting,
)
from benchmarks.measuring import Table, machine

ALL: Mapping[str, Callable[[], Awaitable[Table]]] = {
    "p1": p1_claims.measure,
    "p4": p4_reading.measure,
    "p5": p5_rebuilding.measure,
    "p6": p6_as_of.measure,
    "p9": p9_verifying.measure,
    "p11": p11_kafka.measure,
    "p12": p12_starting.measure,
    "duplicates": duplicates.measure,
    "evidence": evidence.measure,
    "append-1": appending.one_by_one,
    "append-64": appending.by_64,
    "append-1000": appending.in_bulk,
}


async def main(names: list[str]) -> int:
    """Run what was named, or everything."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.stderr.write(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}.\n")
        return 2
    sys.stdout.write(f"{machine()}\n")
    for name in names or list(ALL):
        table = await ALL[name]()
        table.keep()
        sys.stdout.write(f"{table.text()}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
