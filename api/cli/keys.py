"""The master key: how it stands, and another in its place."""

from typing import Annotated

import typer

from api.cli.running import Data, Json, joined, run
from api.cli.talk import Exit, Talk, Trouble
from services.keys import KeyDesk, KeyStanding, KeysWait
from services.platform import Platform

keys = typer.Typer(
    help=(
        "\b\nExamples:\n  fieldtrace keys status\n  fieldtrace keys rotate\n  fieldtrace keys rotate --retire\n\n"
        "The master key: how it stands, and another in its place."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@keys.command("status")
def status(data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace keys status
      fieldtrace keys status --json

    Which master key is in use, which are kept from before, and how many keys of people wait for a rotation to go on.
    """
    talk = Talk(json)

    async def work() -> KeyStanding:
        async with joined(data) as platform:
            return await _desk(platform).standing()

    _tell(talk, run(work), json=json)


@keys.command("rotate")
def rotate(
    retire: Annotated[
        bool, typer.Option("--retire", help="Do away with the master keys from before, once nothing is under them.")
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace keys rotate
      fieldtrace keys rotate --retire

    Put a new master key into use and wrap every key of a person anew under it, while everything is at work. Stopped in
    the middle, it goes on where it was. The old master key is kept, until --retire does away with it.
    """
    talk = Talk(json)

    async def work() -> KeyStanding:
        async with joined(data) as platform:
            desk = _desk(platform)
            if retire:
                try:
                    return await desk.retire()
                except KeysWait as wait:
                    raise Trouble("keys_wait", Exit.CHECK_FAILED, waiting=wait.standing.waiting) from wait
            with talk.progress("rotating") as ongoing:
                async for standing in desk.rotate():
                    ongoing.upto(standing.keys - standing.waiting, standing.keys)
            return await desk.standing()

    _tell(talk, run(work), json=json)


def _desk(platform: Platform) -> KeyDesk:
    if platform.keys is None:
        msg = "only a platform on PostgreSQL keeps its keys"
        raise RuntimeError(msg)
    return platform.keys


def _tell(talk: Talk, standing: KeyStanding, *, json: bool) -> None:
    told = {
        "current": standing.current,
        "older": list(standing.older),
        "keys": standing.keys,
        "waiting": standing.waiting,
    }
    if json:
        talk.json(told)
    else:
        talk.table(tuple(told), [(standing.current, ", ".join(standing.older), standing.keys, standing.waiting)])
