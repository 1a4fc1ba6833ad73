"""See what is parked, and have it tried again."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.remote import Remote, in_path
from api.cli.running import Data, Json, Token, Url, asker, joined, run
from api.cli.talk import Exit, Talk, Trouble
from api.emitting import Sent
from api.http.answers import plain
from api.parking import retry
from services.platform import Platform
from services.reception import Actor


def unpark(
    name: Annotated[
        str | None, typer.Argument(metavar="[PROJECTION]", help="In which read model; none named: only look.")
    ] = None,
    stream: Annotated[
        str | None, typer.Argument(metavar="[STREAM]", help="Which stream; none named: all that are parked in it.")
    ] = None,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace unpark
      fieldtrace unpark rep_timeline
      fieldtrace unpark rep_timeline visit-0195…
      fieldtrace unpark rep_timeline --url http://127.0.0.1:8000 --token TOKEN

    Tell which streams are parked because an event of theirs could not be taken into a read model, and have them taken
    in again once that was mended. Who tried is an event. Ends with 1 where something is left.
    """
    talk = Talk(json)

    async def work() -> list[tuple[str, Mapping[str, Any]]]:
        async with joined(data) as platform:
            await platform.prepare()
            waiting = [
                (one.name, parked.stream) for one in await platform.projector.progress() for parked in one.parked
            ]
            if name is None:
                return [
                    (one.name, plain(parked)) for one in await platform.projector.progress() for parked in one.parked
                ]
            if name not in platform.projector.names:
                raise Trouble("no_projection", Exit.USAGE, name=name, names=", ".join(platform.projector.names))
            return await _retried(
                platform, token, [one for one in waiting if one[0] == name and stream in (None, one[1])]
            )

    left = run(work) if url is None else _at_a_server(Remote(url, token), name, stream)
    for where, parked in left:
        if json:
            talk.json({"projection": where, **parked})
        else:
            talk.tell("parked", name=where, **parked)
    if left:
        raise typer.Exit(Exit.CHECK_FAILED)
    if not json:
        talk.tell("nothing_parked")


async def _retried(
    platform: Platform, token: str | None, waiting: list[tuple[str, str]]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Each tried again; what is left."""
    caller = await asker(platform, token)
    left: list[tuple[str, Mapping[str, Any]]] = []
    for where, stream in waiting:
        asked = str(platform.new_id())
        sent = Sent(Actor(caller.actor, caller.role), "/command-line/unpark", asked, asked)
        _, parked = await retry(platform, sent, where, stream)
        if parked is not None:
            left.append((where, plain(parked)))
    return left


def _at_a_server(remote: Remote, name: str | None, stream: str | None) -> list[tuple[str, Mapping[str, Any]]]:
    items = remote.get("/v1/projections")["items"]
    names = [str(one["name"]) for one in items]
    if name is not None and name not in names:
        raise Trouble("no_projection", Exit.USAGE, name=name, names=", ".join(names))
    waiting = [(str(one["name"]), parked) for one in items for parked in one["parked"]]
    if name is None:
        return waiting
    left: list[tuple[str, Mapping[str, Any]]] = []
    for where, parked in waiting:
        if where == name and stream in (None, parked["stream"]):
            answer = remote.post(f"/v1/projections/{in_path(where)}/unpark", stream=parked["stream"])
            if not answer["taken_in"]:
                left.append((where, answer["parked"]))
    return left
