"""The command line: the same services as the other doors, for people at a terminal and for scripts."""

import sys
from collections.abc import Sequence

from api.cli.app import run_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line; the exit status. Called by the installed command `fieldtrace`."""
    return run_line(sys.argv[1:] if arguments is None else arguments)
