"""Whether the log still says what was written."""

from typing import Annotated

import typer

from api.cli.running import Data, Json, joined, run
from api.cli.talk import Exit, Talk, Trouble
from services.verification import Verified
from services.verification import verify as verified


def verify(
    log: Annotated[bool, typer.Option("--log", help="The whole log of this database.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace verify --log
      fieldtrace verify --log --json

    Read the log from its beginning: every event has its place, its bytes are those that were recorded, each stream
    is one chain, and the tree over all of them has the root that the head states. 1, and the first bad position,
    where that is not so.
    """
    talk = Talk(json)
    if not log:
        raise Trouble("verify_what", Exit.USAGE)

    async def work() -> Verified:
        async with joined(data) as platform:
            last = Verified(0, 0, "")
            with talk.progress("verifying") as ongoing:
                async for last in verified(platform.log):
                    ongoing.upto(last.position, last.size)
            return last

    found = run(work)
    if json:
        talk.json(
            {"ok": found.flaw is None, "size": found.size, "root": found.root}
            | ({"first_bad_position": found.position, "flaw": found.flaw} if found.flaw else {})
        )
    if found.flaw is not None:
        raise Trouble("flawed", Exit.CHECK_FAILED, position=found.position, flaw=found.flaw)
    if not json:
        talk.tell("whole", size=found.size, root=found.root)
