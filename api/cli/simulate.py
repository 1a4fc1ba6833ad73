"""Tell a scenario and see what comes of it."""

import json as json_
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from api.bodies.reading import read_json
from api.cli.running import Data, Json, joined, run
from api.cli.talk import Exit, Talk, Trouble, say
from api.scenario import ScenarioInvalid, Telling, read_scenario
from api.what_if import over_the_history, over_the_story, tried
from api.what_if import told as what_if_told
from services.refusals import Refusal
from services.what_if import Comparison, Tried


def simulate(
    scenario: Annotated[
        str | None, typer.Argument(metavar="[SCENARIO.jsonl]", help="The story; - reads standard input.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="Rule sets to try: the data of rules.publish, as JSON."),
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Not a story, but everything that is in the log; nothing is written.")
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace simulate story.jsonl
      fieldtrace simulate story.jsonl --rules shorter-protection.json --json
      fieldtrace simulate --history --rules shorter-protection.json

    Tell a story with a clock, through the real commands and timers, on a log that is thrown away. 1 where a line
    says what to expect and something else comes. A story gives the same bytes every time. With --rules it says who
    would have lost or kept which customers; with --history over everything that happened, without writing any of it.
    """
    talk = Talk(json)
    if history == (scenario is not None) or (history and rules is None):
        raise Trouble("what_to_simulate", Exit.USAGE)
    to_try = _rules(rules)
    if scenario is None:
        try:
            sets = tried(to_try)
        except Refusal as refusal:
            raise Trouble("file", Exit.USAGE, file=rules, why=refusal) from refusal
        run(lambda: _history(sets, data, talk))
        return
    try:
        telling = Telling(read_scenario(_lines(scenario)), to_try)
        run(lambda: _tell(telling, talk))
    except ScenarioInvalid as invalid:
        raise Trouble("scenario", Exit.USAGE, line=invalid.line, why=invalid.why) from invalid
    if telling.unmet:
        for line, why in telling.unmet:
            talk.tell("unmet", line=line, why=why)
        first, why = telling.unmet[0]
        raise Trouble("expected", Exit.CHECK_FAILED, many=len(telling.unmet), line=first, why=why)


async def _tell(telling: Telling, talk: Talk) -> None:
    async for told in telling.told():
        found = await over_the_story(telling) if telling.rules and "final" in told else None
        if talk.as_json:
            talk.json({**told, "compared": what_if_told(found)} if found else told)
        else:
            _show(told, talk)
            if found is not None:
                _show_compared(found, talk)


async def _history(rules: Sequence[Tried], data: Path | None, talk: Talk) -> None:
    async with joined(data) as platform:
        with talk.progress("living_again") as progress:
            found = await over_the_history(platform, rules, progress.upto)
    if talk.as_json:
        talk.json(what_if_told(found))
    else:
        _show_compared(found, talk)


def _lines(scenario: str) -> list[bytes]:
    try:
        raw = sys.stdin.buffer.read() if scenario == "-" else Path(scenario).read_bytes()
    except OSError as error:
        raise Trouble("file", Exit.USAGE, file=scenario, why=error.strerror or error) from error
    return raw.splitlines(keepends=True)


def _rules(file: Path | None) -> list[dict[str, Any]]:
    if file is None:
        return []
    try:
        said = read_json(file.read_bytes())
    except OSError as error:
        raise Trouble("file", Exit.USAGE, file=file, why=error.strerror or error) from error
    except Refusal as refusal:
        raise Trouble("file", Exit.USAGE, file=file, why=refusal) from refusal
    many = cast("list[Any]", said) if isinstance(said, list) else [said]
    if not all(isinstance(one, dict) for one in many):
        raise Trouble("file", Exit.USAGE, file=file, why="a rule set is a JSON object")
    return many


def _show(told: Any, talk: Talk) -> None:  # noqa: ANN401 - any JSON value
    if "final" in told:
        for name, rows in told["final"].items():
            talk.data(f"{say(f'final_{name}')}: {len(rows)}")
            for row in rows:
                talk.data("  " + json_.dumps(row, ensure_ascii=False))
        return
    for event in told["timers"]:
        talk.data(f"  {say('timer')} {event['type']} {event['stream']}")
    problem = told["problem"]
    talk.data(f"{told['line']:>4} {told['status']}" + (f" {problem['code']}: {problem['detail']}" if problem else ""))
    for event in told["events"]:
        talk.data(f"     {event['position']:>5} {event['type']} {event['stream']}")


def _show_compared(found: Comparison, talk: Talk) -> None:
    """Who would have lost or kept which customers, one claim a line, and who would hold them in the end."""
    told = what_if_told(found)
    talk.data(say("compared", **{fate.lower(): many for fate, many in told["counts"].items()}))
    for claim in told["claims"]:
        was, would = claim["was"], claim["would_be"]
        talk.data(
            f"  {say(claim['fate'].lower()):<24} {claim['rep_id']:<12} {claim['customer_id']}  "
            f"{was['until'] if was else '-'}  ->  {would['until'] if would else '-'}"
        )
    for holder in told["holders"]:
        was, would = holder["was"] or say("pool"), holder["would_be"] or say("pool")
        talk.data(f"  {holder['customer_id']}  " + say("other_holder", was=was, would=would))
    if told["left_out"]:
        talk.data(say("left_out", many=len(told["left_out"])))
