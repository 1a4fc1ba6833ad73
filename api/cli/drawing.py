"""What a terminal gets to see beyond lines of text: tables, and bars that move."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text


def draw_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows as a table on standard output."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(file=sys.stdout).print(table)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that moves."""

    progress: Progress
    task: TaskID

    def upto(self, done: int, total: int | None = None) -> None:
        """So much is done."""
        speed = self.progress.tasks[0].speed
        rate = f"{speed:,.0f}/s" if speed else ""
        if total is None:
            self.progress.update(self.task, completed=done, rate=rate)
        else:
            self.progress.update(self.task, completed=done, total=total, rate=rate)


@contextmanager
def bar(title: str, total: int | None) -> Generator[Bar]:
    """A bar on standard error, gone when the block ends."""
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
    with progress:
        yield Bar(progress, progress.add_task(title, total=total, rate=""))
