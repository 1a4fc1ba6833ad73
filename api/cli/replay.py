"""A rep's days in the terminal, sentence by sentence, and how the rep stood after each."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from api.cli.remote import Remote, in_path
from api.cli.running import Data, Json, Token, Url, at_of, joined, run
from api.cli.talk import LANGUAGE, Exit, Talk, Trouble, say
from services import words
from services.exports import plain
from services.refusals import RefNotFound
from services.replays import Step


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
    url: Url = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace replay anna
      fieldtrace replay anna --date 2026-03-02
      fieldtrace replay anna --date 2026-03-02 --basis recorded --at 48163
      fieldtrace replay anna --url http://127.0.0.1:8000 --token TOKEN

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
            async for step in platform.replays.of_rep(rep, at=basis_.position, clock=basis, first=only, last=only):
                data_ = _as_data(step, facts.zone)
                if json:
                    talk.json(data_)
                else:
                    if step.row.biz_date != shown:
                        shown = step.row.biz_date
                        talk.data(f"\n{shown.isoformat()}  {rep}")
                    _show(data_, basis, zone, talk)
                told += 1
        return told

    many = run(work) if url is None else _asked(Remote(url, token), rep, only, at, basis, talk)
    if many == 0 and not json:
        talk.tell("nothing_happened", rep=rep)


def _asked(remote: Remote, rep: str, day: date | None, at: str | None, basis: str, talk: Talk) -> int:
    """The same from a server, page by page: each step's standing is the one before it with its patch."""
    told, shown, cursor = 0, "", None
    while True:
        page = remote.get(f"/v1/reps/{in_path(rep)}/replay", date=day, at=at, basis=basis, cursor=cursor, limit=500)
        standing: dict[str, int] = dict(page["zero"])
        for event, patch in zip(page["events"], page["patches"], strict=True):
            standing |= patch
            data = {name: value for name, value in event.items() if name != "facts"} | {"state": dict(standing)}
            if talk.as_json:
                talk.json(data)
            else:
                if event["biz_date"] != shown:
                    shown = event["biz_date"]
                    talk.data(f"\n{shown}  {rep}")
                _show(data, basis, ZoneInfo(page["zone"]), talk)
            told += 1
        cursor = page["next"]
        if cursor is None:
            return told


def _show(step: Mapping[str, Any], basis: str, zone: ZoneInfo, talk: Talk) -> None:
    hour = datetime.fromisoformat(step["occurred_at" if basis == "occurred" else "recorded_at"]).astimezone(zone)
    flags = f"  [{' '.join(step['flags'])}]" if step["flags"] else ""
    talk.data(f"{hour:%H:%M:%S}  #{step['position']}  {step['sentence']}{flags}")
    talk.data(f"          {say('standing', **step['state'])}")


def _sentence(step: Step, zone: str) -> str:
    return words.sentence(LANGUAGE.get(), step.row.name, step.facts, zone=zone)


def _as_data(step: Step, zone: str) -> Mapping[str, Any]:
    row, standing = step.row, step.standing
    return {
        "position": row.position,
        "id": str(row.event_id),
        "type": row.name,
        "occurred_at": plain(row.occurred_at),
        "recorded_at": plain(row.recorded_at),
        "biz_date": plain(row.biz_date),
        "flags": list(row.flags),
        "actor": {"id": row.actor_id, "role": row.actor_role},
        "customer_id": str(row.customer_id) if row.customer_id else None,
        "sentence": _sentence(step, zone),
        "state": plain(standing),
    }


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Trouble("date", Exit.USAGE, said=text) from error
