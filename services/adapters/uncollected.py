"""Reading many events at once without the collector of cyclic garbage looking at each of them, again and again.

Events are trees; none of them needs it. Looking took as long as reading.
"""

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager

_guard = threading.Lock()
_within = 0
_was_on = False


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
