"""Measure, where the benchmarks are at hand."""

import subprocess
import sys
from importlib.util import find_spec

import typer

from api.cli.talk import Exit, Trouble


def bench(context: typer.Context) -> None:
    """\b
    Examples:
      fieldtrace bench
      fieldtrace bench append --seconds 5

    Measure this machine, each figure beside its floor. What follows goes to `python -m benchmarks`.
    """
    if find_spec("benchmarks") is None:
        raise Trouble("no_benchmarks", Exit.NOT_READY)
    ended = subprocess.run([sys.executable, "-m", "benchmarks", *context.args], check=False)  # noqa: S603 - our own
    raise typer.Exit(ended.returncode)
