"""One run's machine, one table of figures, one file of results."""

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

from services.adapters.embedded_postgres import EmbeddedPostgres

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """How much of something happened in a second, and how long single pieces took (seconds, as they came).

    `beside`: the figure that this one is compared with, where that is not the first of its table.
    """

    what: str
    per_second: float
    took: Sequence[float] = ()
    beside: "Figure | None" = None

    def percentile(self, share: float) -> float | None:
        """Nearest rank, in milliseconds; None where single pieces were not timed."""
        if not self.took:
            return None
        ranked = sorted(self.took)
        return 1_000 * ranked[min(len(ranked) - 1, round(share * len(ranked)))]


def over_rounds(what: str, pieces: int, rounds: Sequence[float], took: Sequence[float] = ()) -> Figure:
    """The figure of several rounds of so many pieces, each as long as told: the median of them.

    What is compared takes turns, round by round: so whatever else the machine does meanwhile, it does to both.
    """
    return Figure(what, pieces / median(rounds), took)


@dataclass
class Table:
    """The figures of one benchmark; ratios are to its first row, the floor, where a figure names no other."""

    name: str
    unit: str
    figures: list[Figure] = field(default_factory=list[Figure])

    def add(self, figure: Figure) -> None:
        """One more row."""
        self.figures.append(figure)

    def text(self) -> str:
        """The table as people read it."""
        lines = [f"\n{self.name}  ({self.unit})"]
        for one in self.figures:
            ratio = one.per_second / (one.beside or self.figures[0]).per_second
            p50, p99 = one.percentile(0.5), one.percentile(0.99)
            took = "" if p50 is None or p99 is None else f"  p50 {p50:8.2f} ms  p99 {p99:8.2f} ms"
            lines.append(f"  {one.what:<58} {one.per_second:>12,.0f}/s  {ratio:>6.2f} ×{took}")
        return "\n".join(lines)

    def keep(self) -> None:
        """The figures with the machine that made them, as JSON."""
        RESULTS.mkdir(exist_ok=True)
        rows = [
            {
                "what": one.what,
                "per_second": round(one.per_second, 1),
                "ms": {name: one.percentile(share) for name, share in _SHARES.items()},
            }
            for one in self.figures
        ]
        told = {"benchmark": self.name, "unit": self.unit, "machine": machine(), "figures": rows}
        (RESULTS / f"{self.name.split()[0].lower()}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False))


_SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}


def machine() -> dict[str, str | int | None]:
    """What made the figures."""
    libraries = {name: version(name) for name in ("eventsourcing", "psycopg", "msgspec", "fastapi")}
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.split()[0],
        "fsync": "on",
        **libraries,
    }


@contextmanager
def a_database() -> Generator[tuple[Path, str]]:
    """A data folder and the URL of the embedded PostgreSQL in it, for one run."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        data.chmod(0o755)
        server = EmbeddedPostgres(data)
        try:
            yield data, server.start()
        finally:
            server.stop()


@contextmanager
def timed(took: list[float]) -> Generator[None]:
    """Note how long the block takes, in seconds."""
    began = time.perf_counter()
    yield
    took.append(time.perf_counter() - began)
