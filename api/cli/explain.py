"""Why a claim was granted or refused, condition by condition."""

from typing import Annotated, Any, cast
from uuid import UUID

import typer

from api import decisions
from api.cli.running import Data, Json, joined, run
from api.cli.talk import LANGUAGE, Exit, Talk, Trouble, say
from api.http.answers import plain
from services.refusals import RefNotFound


def explain(
    claim: Annotated[UUID, typer.Argument(metavar="CLAIM", help="The id that the claim was asked with.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace explain 01970000-0000-7000-8000-0000000000a1
      fieldtrace explain 01970000-0000-7000-8000-0000000000a1 --json

    Why a claim was granted or refused: the decision made again on what the log held then, each condition with its value
    and its limit, the rules and workdays that it used, and the hours that counted. Refused claims too.
    """
    talk = Talk(json)

    async def work() -> None:
        async with joined(data) as platform:
            await platform.projector.catch_up()
            try:
                found = await platform.explanations.of(claim)
            except RefNotFound as unknown:
                raise Trouble("no_claim", Exit.CHECK_FAILED, claim=claim) from unknown
            for one in found:
                told = cast("dict[str, Any]", plain(decisions.explanation(one, LANGUAGE.get(), rivals=True)))
                if json:
                    talk.json(told)
                else:
                    _show(told, talk)

    run(work)


def _show(told: dict[str, Any], talk: Talk) -> None:
    talk.data(f"#{told['position']}  {told['rep_id']}  {told['answer']} {told['code'] or told['basis']}")
    talk.data(f"    {told['explanation']}")
    for check in told["checks"]:
        limit = f" / {check['limit']}" if check["limit"] is not None else ""
        mark = "+" if check["passed"] else "-"
        talk.data(f"  {mark} {check['rule']:<20} {check['value']}{limit}  {check['explanation']}")
    if "clock" in told:
        clock = told["clock"]
        talk.data(
            "    "
            + say(
                "explained",
                rules=told["rules_version"],
                calendar=told["calendar_version"],
                decided_at=clock["decided_at"],
                priority_at=clock["priority_at"],
                position=told["stood_on"],
            )
        )
    if not told["reproduced"]:
        talk.data(f"    {say('not_reproduced')}")
