"""Whether the log still says what was written, and whether a bundle holds."""

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Annotated

import typer

from api.cli.running import Data, Json, joined, run
from api.cli.talk import LANGUAGE, Exit, Talk, Trouble
from services.verification import Verified
from services.verification import verify as verified

NAME = "fieldtrace_verify.py"


def verify(
    bundle: Annotated[Path | None, typer.Argument(metavar="[BUNDLE]", help="A bundle of evidence (zip).")] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="The public key of the log's signer, to hold it against.")
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="A C2SP tlog-policy to hold it against, with witnesses."),
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="The whole log of this database.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace verify --log
      fieldtrace verify --log --json
      fieldtrace verify r01.zip --key 'fieldtrace/main+1a2b3c4d+AQ…'

    Read the log from its beginning: every event has its place, its bytes are those that were recorded, each stream
    is one chain, and the tree over all of them has the root that the head states. 1, and the first bad position,
    where that is not so. A bundle is held against a key by the same file that auditors have (verifier/), in a process
    of its own, and nothing else of this program.
    """
    talk = Talk(json)
    if bundle is not None and not log:
        _hold_against(bundle, key, policy, as_json=json)
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


def _hold_against(bundle: Path, key: str | None, policy: Path | None, *, as_json: bool) -> None:
    """Ask the verifier; its words and its exit status are ours."""
    if (key is None) == (policy is None):
        raise Trouble("verify_by_what", Exit.USAGE)
    against = ["--key", key] if key is not None else ["--policy", str(policy)]
    more = ["--json"] if as_json else []
    line = [sys.executable, "-I", str(_verifier()), str(bundle), *against, "--lang", LANGUAGE.get(), *more]
    raise typer.Exit(subprocess.run(line, check=False).returncode)  # noqa: S603 - our own file, and no shell


def _verifier() -> Path:
    """Where the file lies: in the source beside the rooms, for it is none of them; of an installation with its data."""
    in_source = Path(__file__).parent.parent.parent / "verifier" / NAME
    return in_source if in_source.exists() else Path(sysconfig.get_path("data")) / "share" / "fieldtrace" / NAME
