"""Everything in one process: the doors, the read models, the policies and the clock."""

import signal
import socket
from typing import Annotated

import typer

from api.cli.running import Data, Json, joined, run
from api.cli.talk import Exit, Talk, Trouble


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0 takes a free one.")
    ] = 8000,
    open_: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace serve
      fieldtrace serve --data /srv/fieldtrace --host 0.0.0.0 --port 8080
      DATABASE_URL=postgresql://db/fieldtrace fieldtrace serve

    Everything in one process, on the database that comes along or on the one of DATABASE_URL: the HTTP door, the read
    models, the policies and the clock. Ctrl-C ends it, after the answers that are under way.
    """
    talk = Talk(json)
    listening = listen(host, port)

    async def work() -> signal.Signals | None:
        from api.cli.serving import serving  # the doors take a while to load: only where something is served

        async with joined(data) as platform, platform.started():
            return await serving(platform, listening, talk, open_=open_)

    if run(work) == signal.SIGINT:
        raise typer.Exit(Exit.INTERRUPTED)


def listen(host: str, port: int) -> socket.socket:
    """Take the address before anything is started, so that a taken one is told at once."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        raise Trouble("address", Exit.NOT_READY, host=host, port=port, why=error.strerror or error) from error
    return listening
