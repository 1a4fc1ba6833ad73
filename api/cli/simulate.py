"""Tell a scenario and see what comes of it."""

import json as json_
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from api.bodies.reading import read_json
from api.cli.running import Json, run
from api.cli.talk import Exit, Talk, Trouble, say
from api.scenario import ScenarioInvalid, Telling, read_scenario
from services.refusals import Refusal


def simulate(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO.jsonl", help="The story; - reads standard input.")],
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="Rule sets to try: the data of rules.publish, as JSON."),
    ] = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace simulate story.jsonl
      fieldtrace simulate story.jsonl --rules shorter-protection.json --json

    Tell a story with a clock, through the real commands and timers, on a log that is thrown away. 1 where a line
    says what to expect and something else comes. A story gives the same bytes every time.
    """
    talk = Talk(json)
    try:
        telling = Telling(read_scenario(_lines(scenario)), _rules(rules))
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
        if talk.as_json:
            talk.json(told)
        else:
            _show(told, talk)


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
