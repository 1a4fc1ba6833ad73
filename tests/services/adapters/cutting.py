"""A socket between the log and its PostgreSQL that loses the connection at the moment it is told to."""

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

Moment = Literal["before", "after"]
"""`before`: the database never hears of the append; `after`: it has committed, and nobody hears of that."""


class Cutting:
    """Passes everything on. `at` arms it once for the connection that appends; `away` refuses everybody."""

    def __init__(self, url: str, folder: Path) -> None:
        self._to = f"{conninfo_to_dict(url)['host']}/.s.PGSQL.5432"
        self.url = make_conninfo(url, host=str(folder))
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / ".s.PGSQL.5432"))
        self._door.listen()
        self._armed: Moment | None = None
        self._open: set[socket.socket] = set()
        self.away = False
        self.cuts = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def at(self, moment: Moment) -> None:
        """Lose the connection at that moment of the next append."""
        self._armed = moment

    def go_away(self) -> None:
        """Lose every connection and take no other."""
        self.away = True
        for one in list(self._open):
            _close(one)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_away()
        _close(self._door)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._door.accept()
                if self.away:
                    _close(client)
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._to)
                self._open |= {client, server}
                one = _Passing(self, client, server)
                for work in (one.forth, one.back):
                    threading.Thread(target=work, daemon=True).start()

    def cut_now(self, moment: Moment) -> bool:
        """Whether this is the moment; it comes once."""
        if self._armed != moment:
            return False
        self._armed = None
        self.cuts += 1
        return True


class _Passing:
    """One connection."""

    def __init__(self, proxy: Cutting, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._appends = False

    def forth(self) -> None:
        self._pass_on(self._client, self._server, "before")

    def back(self) -> None:
        self._pass_on(self._server, self._client, "after")

    def _pass_on(self, source: socket.socket, target: socket.socket, moment: Moment) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if source is self._client and b"append_group" in data:
                    self._appends = True
                if self._appends and self._proxy.cut_now(moment):
                    break
                target.sendall(data)
        _close(self._client)
        _close(self._server)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
