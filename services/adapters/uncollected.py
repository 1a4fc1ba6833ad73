"""Keeping the collector of cyclic garbage from looking at events and states again and again: they are trees.

Looking at a page of events took as long as reading it; and a process that keeps the states of many streams stood still
for tens of milliseconds each time all of them were looked at.
"""

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager

_guard = threading.Lock()
_within = 0
_was_on = False


_ALLOCATED = 20_000
"""How many more objects there must be before the collector looks at the young ones; Python's own figure is 700."""


def collect_seldom() -> None:
    """From now on, in this process, the collector looks a thirtieth as often as it would."""
    gc.set_threshold(_ALLOCATED, 20, 50)


@contextmanager
def uncollected() -> Generator[None]:
    """While the block lasts, and others like it on other threads, cycles are left alone."""
    global _within, _was_on
    with _guard:
        if not _within:
            _was_on = gc.isenabled()
            gc.disable()
        _within += 1
    try:
        yield
    finally:
        with _guard:
            _within -= 1
            if not _within and _was_on:
                gc.enable()
