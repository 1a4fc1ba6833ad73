"""The app that a server runs, and how it comes to an end: followers are let go first, then what is under way ends."""

import asyncio
import logging
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.http.app import create_app
from services.platform import Platform

GRACE_SECONDS = 10
"""How long requests under way may take once the end is asked for."""


class Server(uvicorn.Server):
    """A server that tells those who follow `/v1/stream` to go when it is asked to end; they would stay for ever."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Asked to end, by a signal."""
        self.end()
        super().handle_exit(sig, frame)

    def end(self) -> None:
        """Ask it to end."""
        app = self.config.app
        if isinstance(app, FastAPI):
            app.state.running.closing.set()
        self.should_exit = True


def configured(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """How an app of ours is served: our own lines for the log, and an end that waits for what is under way."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


async def serve(
    platform: Platform, *, host: str = "127.0.0.1", port: int = 8000, when_ready: Callable[[str], None] | None = None
) -> None:
    """Answer until asked to end. `when_ready` is told the address; the platform is started and closed by the caller."""
    server = Server(configured(create_app(platform), host, port))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started and when_ready is not None:
            port = server.servers[0].sockets[0].getsockname()[1]
            when_ready(f"http://{host}:{port}")
        await asyncio.shield(serving)
    finally:
        server.end()
        await serving


def tell_in_lines() -> None:
    """What `conversation` says of each request goes to standard error, one JSON object a line."""
    lines = logging.getLogger("fieldtrace.http")
    lines.setLevel(logging.INFO)
    lines.propagate = False
    lines.handlers = [logging.StreamHandler(sys.stderr)]
