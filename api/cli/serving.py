"""The doors, opened by a command, with a signer at work beside them until the command is told to end."""

import asyncio
import signal
import socket
import sys
import webbrowser
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import FrameType

from api.cli.talk import Talk
from api.http.app import create_app
from api.http.main import Server, configured, tell_in_lines
from api.http.sign_in import OpenDoors
from services.platform import Platform
from services.signing import SECONDS


@asynccontextmanager
async def signing(platform: Platform) -> AsyncGenerator[None]:
    """A signer at work in a process of its own, as long as the block lasts; one that ends is started again."""
    task = asyncio.create_task(_signers(platform))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _signers(platform: Platform) -> None:
    settings = platform.settings
    line = ("-c", "import sys, api.cli; sys.exit(api.cli.main(sys.argv[1:]))", "signer", "--attended")
    while True:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *line,
            "--data",
            str(settings.data),
            stdin=PIPE,  # which ends with this process, however it ends
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process; it tells the signer
        )
        try:
            await child.wait()
        finally:
            if child.returncode is None:
                child.terminate()
                await child.wait()
        await asyncio.sleep(SECONDS)


async def serving(
    platform: Platform,
    listening: socket.socket,
    talk: Talk,
    *,
    open_: bool = False,
    open_doors: OpenDoors | None = None,
) -> signal.Signals | None:
    """Serve a platform that is at work until the process is told to end; the signal that said so.

    Each request is told in a line of JSON on standard error: its route, status, time and conversation, who asked in
    which capacity, and never what it held. `open_doors`: of a demo company.
    """
    tell_in_lines()
    server = _Server(configured(create_app(platform, open_doors=open_doors), *listening.getsockname()[:2]))
    address = url_of(listening)
    asyncio.get_running_loop().call_later(0, _shown, talk, address, platform.settings.organisation, open_)
    async with signing(platform):
        await server.serve(sockets=[listening])
    talk.tell("stopped")
    return server.ended_by


def url_of(listening: socket.socket) -> str:
    """Where a person finds what listens here."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def _shown(talk: Talk, address: str, organisation: str, open_: bool) -> None:
    if talk.as_json:
        talk.json({"url": address, "organisation": organisation})
    talk.tell("serving", url=address, organisation=organisation)
    if open_:
        webbrowser.open(address)


class _Server(Server):
    """Ends gracefully on SIGINT and SIGTERM, at once on a second one, and lets the platform close after it."""

    ended_by: signal.Signals | None = None

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """uvicorn would send the signal again when it is done, and the process would end before the database."""
        before = {one: signal.signal(one, self._end) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.force_exit = self.should_exit
        self.ended_by = signal.Signals(number)
        self.end()
