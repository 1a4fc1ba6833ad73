"""Make read models anew from the log, or only compare them with it."""

import time
from pathlib import Path
from typing import Annotated

import typer

from api.cli.remote import Remote, in_path
from api.cli.running import Data, Json, Token, Url, joined, run
from api.cli.talk import Exit, Talk, Trouble
from services.projector import Compared

LOOK_SECONDS = 0.2
"""Between two looks at how far a server has come."""


def rebuild(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[PROJECTION]...", help="Which read models; none named: all.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only compare; 1 where one is not what the log says.")] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Drop tables of earlier releases that nobody fills any more, and end.")
    ] = False,
    url: Url = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace rebuild
      fieldtrace rebuild ownership_table
      fieldtrace rebuild --check
      fieldtrace rebuild --check --url http://127.0.0.1:8000 --token TOKEN

    Fill read models anew beside the live ones, which go on answering, compare both as of one position, and put the new
    ones in their place. The log is read once for all of them; a server at work is not disturbed.
    """
    talk = Talk(json)

    async def work() -> list[str]:
        different: list[str] = []
        async with joined(data, apart=True) as platform:
            await platform.prepare()
            known = platform.projector.names
            for name in names or ():
                if name not in known:
                    raise Trouble("no_projection", Exit.USAGE, name=name, names=", ".join(known))
            chosen = list(dict.fromkeys(names or known))
            going = platform.projector.check(*chosen) if check else platform.projector.rebuild(*chosen, compare=True)
            outcomes: list[Compared] = []
            with talk.progress("checking" if check else "rebuilding") as ongoing:
                async for step in going:
                    ongoing.upto(step.reached, step.head)
                    if step.compared is not None:
                        outcomes.append(step.compared)
            for one in outcomes:
                _tell(talk, one, check=check)
            different += [one.name for one in outcomes if not one.same]
        return different

    if forget:
        if names or check or url is not None:
            raise Trouble("forget_alone", Exit.USAGE)
        run(lambda: _forget(data, talk))
        return
    different = run(work) if url is None else _at_a_server(Remote(url, token), names, talk, check=check)
    if different and check:
        raise Trouble("different", Exit.CHECK_FAILED, names=", ".join(different))


async def _forget(data: Path | None, talk: Talk) -> None:
    async with joined(data, apart=True) as platform:
        forgotten = await platform.projector.forget_others()
    if talk.as_json:
        talk.json({"dropped": forgotten.dropped, "kept": forgotten.kept})
        return
    for name in forgotten.dropped:
        talk.tell("forgotten", name=name)
    for name in forgotten.kept:
        talk.tell("still_filled", name=name)


def _at_a_server(remote: Remote, names: list[str] | None, talk: Talk, *, check: bool) -> list[str]:
    """Ask for it, and wait until the server says what came of it."""
    known = [str(one["name"]) for one in remote.get("/v1/projections")["items"]]
    for name in names or ():
        if name not in known:
            raise Trouble("no_projection", Exit.USAGE, name=name, names=", ".join(known))
    different: list[str] = []
    for name in dict.fromkeys(names or known):
        asked = remote.post(f"/v1/projections/{in_path(name)}/rebuild", check=str(check).lower())
        with talk.progress("checking" if check else "rebuilding") as ongoing:
            while True:
                one = next(one for one in remote.get("/v1/projections")["items"] if one["name"] == name)
                last = one["last_rebuild"]
                if last is not None and last["number"] == asked["number"]:
                    break
                ongoing.upto(one["rebuilt"] or 0, one["head"])
                time.sleep(LOOK_SECONDS)
        if last["error"] is not None:
            raise Trouble("rebuild_ended", Exit.CHECK_FAILED, name=name, why=last["error"])
        _tell(talk, Compared(name, last["same"], last["position"], last["fingerprint"]), check=check)
        if not last["same"]:
            different.append(name)
    return different


def _tell(talk: Talk, compared: Compared, *, check: bool) -> None:
    if talk.as_json:
        told = {"projection": compared.name, "same": compared.same, "position": compared.position}
        talk.json({**told, "fingerprint": compared.fingerprint, "checked_only": check})
    else:
        said = "projection_same" if compared.same else "projection_different"
        talk.tell(said, name=compared.name, position=compared.position)
