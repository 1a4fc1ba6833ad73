"""Make read models anew from the log, or only compare them with it."""

from typing import Annotated

import typer

from api.cli.running import Data, Json, joined, run
from api.cli.talk import Exit, Talk, Trouble


def rebuild(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[PROJECTION]...", help="Which read models; none named: all.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only compare; 1 where one is not what the log says.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace rebuild
      fieldtrace rebuild ownership_table
      fieldtrace rebuild --check

    Fill read models anew beside the live ones, which go on answering, and put them in their place.
    """
    talk = Talk(json)

    async def work() -> list[str]:
        different: list[str] = []
        async with joined(data) as platform:
            await platform.prepare()
            known = platform.projector.names
            for name in names or ():
                if name not in known:
                    raise Trouble("no_projection", Exit.USAGE, name=name, names=", ".join(known))
            for name in names or known:
                before = await platform.projector.fingerprint(name)
                if check:
                    with talk.progress("checking"):
                        same = await platform.projector.check(name)
                else:
                    with talk.progress("rebuilding") as ongoing:
                        async for step in platform.projector.rebuild(name):
                            ongoing.upto(step.reached, step.head)
                    same = await platform.projector.fingerprint(name) == before
                if not same:
                    different.append(name)
                if json:
                    talk.json({"projection": name, "same": same, "fingerprint": before, "checked_only": check})
                else:
                    talk.tell("projection_same" if same else "projection_different", name=name)
        return different

    different = run(work)
    if different and check:
        raise Trouble("different", Exit.CHECK_FAILED, names=", ".join(different))
