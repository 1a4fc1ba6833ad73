"""A rep's days in the terminal, sentence by sentence, and how the rep stood after each."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from api.cli.running import Data, Json, at_of, joined, run
from api.cli.talk import LANGUAGE, Exit, Talk, Trouble, say
from services import words
from services.refusals import RefNotFound
from services.replays import Standing, Step


def replay(
    rep: Annotated[str, typer.Argument(metavar="REP", help="Whose days.")],
    day: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="One day only.")] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="WHEN", help="As of a position of the log, or an hour with its offset."),
    ] = None,
    basis: Annotated[
        Literal["occurred", "recorded"], typer.Option("--basis", help="By the clock of the world, or by ours.")
    ] = "occurred",
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace replay anna
      fieldtrace replay anna --date 2026-03-02
      fieldtrace replay anna --date 2026-03-02 --basis recorded --at 48163

    What a rep did, sentence by sentence, and after each how the rep stood: customers held, visits and effective ones
    of that day, deals won, what was refused.
    """
    talk = Talk(json)
    only = _day(day)

    async def work() -> int:
        told = 0
        async with joined(data) as platform:
            await platform.projector.catch_up()
            basis_ = await at_of(platform, at)
            try:
                facts = await platform.organisation.rep(rep, platform.now())
            except RefNotFound as unknown:
                raise Trouble("no_rep", Exit.CHECK_FAILED, rep=rep) from unknown
            zone = ZoneInfo(facts.zone)
            shown: date | None = None
            async for step in platform.replays.of_rep(rep, at=basis_.position, clock=basis, day=only):
                if json:
                    talk.json(_as_data(step, facts.zone))
                else:
                    if step.row.biz_date != shown:
                        shown = step.row.biz_date
                        talk.data(f"\n{shown.isoformat()}  {rep}")
                    _show(step, basis, zone, talk)
                told += 1
        return told

    if run(work) == 0 and not json:
        talk.tell("nothing_happened", rep=rep)


def _show(step: Step, basis: str, zone: ZoneInfo, talk: Talk) -> None:
    row = step.row
    hour: datetime = (row.occurred_at if basis == "occurred" else row.recorded_at).astimezone(zone)
    flags = f"  [{' '.join(row.flags)}]" if row.flags else ""
    talk.data(f"{hour:%H:%M:%S}  #{row.position}  {_sentence(step, str(zone))}{flags}")
    talk.data(f"          {_line(step.standing)}")


def _sentence(step: Step, zone: str) -> str:
    return words.sentence(LANGUAGE.get(), step.row.name, step.facts, zone=zone)


def _line(standing: Standing) -> str:
    return say(
        "standing",
        held=standing.held,
        visits=standing.visits,
        effective=standing.effective,
        contacts=standing.contacts,
        won=standing.won,
        refused=standing.refused,
    )


def _as_data(step: Step, zone: str) -> Mapping[str, Any]:
    row, standing = step.row, step.standing
    return {
        "position": row.position,
        "id": str(row.event_id),
        "type": row.name,
        "occurred_at": row.occurred_at.isoformat(),
        "recorded_at": row.recorded_at.isoformat(),
        "biz_date": row.biz_date.isoformat(),
        "flags": list(row.flags),
        "actor": {"id": row.actor_id, "role": row.actor_role},
        "customer_id": str(row.customer_id) if row.customer_id else None,
        "sentence": _sentence(step, zone),
        "state": {
            "held": standing.held,
            "visits": standing.visits,
            "effective": standing.effective,
            "contacts": standing.contacts,
            "won": standing.won,
            "refused": standing.refused,
        },
    }


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Trouble("date", Exit.USAGE, said=text) from error
