"""A witness for logs, run by whoever audits them."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from api.cli.running import Json, run
from api.cli.talk import Exit, Talk, Trouble
from api.http.witness import create_witness
from services.checkpoints import NoCheckpoint
from services.platform import witness as the_witness


def witness(
    folder: Annotated[Path, typer.Option("--folder", metavar="DIR", help="Where it has its key and remembers.")],
    log: Annotated[
        list[str] | None, typer.Option("--log", metavar="KEY", help="The public key of a log; may be said again.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="How the witness is called.")] = "fieldtrace-witness",
    key: Annotated[bool, typer.Option("--key", help="Only tell the public key.")] = False,
    host: Annotated[str, typer.Option("--host", help="Where it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="At which port; 0 takes a free one.")] = 8700,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace witness --folder /srv/witness --key
      fieldtrace witness --folder /srv/witness --log 'fieldtrace/main+1a2b3c4d+AQ…'

    A witness (C2SP tlog-witness): signs that a log only grew, and refuses one that was set back or is another one.
    Run it where whoever runs the log has no access. It needs no database.
    """
    talk = Talk(json)
    try:
        found = the_witness(folder, name, log or [])
    except (NoCheckpoint, ValueError) as error:
        raise Trouble("witness_key", Exit.USAGE, why=error) from error
    if key:
        if json:
            talk.json({"name": name, "key": found.public_key})
        else:
            typer.echo(found.public_key)
        return
    if not log:
        raise Trouble("witness_of_what", Exit.USAGE)
    server = uvicorn.Server(
        uvicorn.Config(create_witness(found), host=host, port=port, log_config=None, access_log=False)
    )

    async def work() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started:
            at = server.servers[0].sockets[0].getsockname()[1]
            talk.tell("witnessing", name=name, url=f"http://{host}:{at}")
        await serving

    run(work)
