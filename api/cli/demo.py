"""A company to look at: its story is told through the real commands, and then it is served."""

import json as json_
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.running import Json, run, settings_for
from api.cli.serve import listen
from api.cli.talk import Exit, Talk, Trouble
from api.demo.company import DIRECTOR, MANAGERS, ZONE, Company, start_of
from api.demo.telling import tell
from services.platform import Platform, on_postgres, real_time, told_time

if TYPE_CHECKING:
    from api.http.sign_in import OpenDoors

VISITORS: Sequence[tuple[str, str]] = (
    (DIRECTOR[0], "manager"),
    (MANAGERS["east"][0], "manager"),
    ("r01", "rep"),
    (DIRECTOR[0], "arbiter"),
    ("auditor", "auditor"),
    ("ops", "ops"),
)
"""As whom a visitor may look around."""
PAGE = "demo.json"
"""Where a kept folder says which story is told in it."""


def demo(
    seed: Annotated[int, typer.Option("--seed", help="Another number, another company.")] = 7,
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="How many days are behind it.")] = 90,
    reps: Annotated[int, typer.Option("--reps", min=3, max=90, help="How many people sell.")] = 18,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day of the story [yesterday].")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep it in this folder; told once, served again.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0 takes a free one.")
    ] = 8000,
    open_: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it afterwards.")] = True,
    anyone: Annotated[
        bool, typer.Option("--anyone-may-enter", help="One-click sign-in also for those who come from elsewhere.")
    ] = False,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace demo
      fieldtrace demo --seed 42 --reps 30 --keep ./demo

    A believable company, told through the real commands: claims and conflicts, late entries, corrections, deals,
    targets that change. The same seed and last day tell the same story. Without --keep it is gone when it ends.
    """
    talk = Talk(json)
    listening = listen(host, port) if serve else None
    last = until.date() if until else real_time().astimezone(ZONE).date() - timedelta(days=1)

    async def work() -> None:
        with tempfile.TemporaryDirectory(prefix="fieldtrace-demo-", ignore_cleanup_errors=True) as passing:
            folder = keep or Path(passing)
            if (folder / "postgres").exists() and not (folder / PAGE).exists():
                raise Trouble("not_a_demo", Exit.USAGE, folder=folder)
            if keep is None:
                folder.chmod(0o755)
            async with _told(_Story.of(folder, _Story(seed, last.isoformat(), days, reps)), folder, talk) as platform:
                await _welcome(platform, talk)
                if listening is not None:
                    from api.cli.serving import (
                        serving,
                    )  # the doors take a while to load: only where something is served

                    doors = await open_doors(platform, listening.getsockname()[0], talk, anyone=anyone)
                    await serving(platform, listening, talk, open_=open_, open_doors=doors)

    run(work)
    raise typer.Exit(Exit.OK)


@dataclass(frozen=True, slots=True)
class _Story:
    """Which story a folder holds, as it was begun; `told`: to its end."""

    seed: int
    until: str
    days: int
    reps: int
    told: bool = False

    @classmethod
    def of(cls, folder: Path, wanted: "_Story") -> "_Story":
        """The story that was begun in a folder, else the one that is wanted."""
        page = folder / PAGE
        return cls(**json_.loads(page.read_text("utf-8"))) if page.exists() else wanted

    def keep(self, folder: Path) -> None:
        """Note it beside the database."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PAGE).write_text(json_.dumps(asdict(self)) + "\n", "utf-8")


@asynccontextmanager
async def _told(kept: _Story, folder: Path, talk: Talk) -> AsyncGenerator[Platform]:
    """The platform of the company, its story told, at work by the world's clock.

    A story that was cut short is told again from its beginning: what is in the log is answered as the first time.
    """
    company = Company(kept.seed, date.fromisoformat(kept.until), days=kept.days, reps=kept.reps)
    days = kept.days
    clock = told_time(start_of(company.first_day - timedelta(days=2)))
    platform = await on_postgres(replace(settings_for(folder), database_url=None), now=clock)
    try:
        if not kept.told:
            kept.keep(folder)
            story = [company.first_day + timedelta(days=n) for n in range(days)]
            with talk.progress("telling", len(story)) as ongoing:
                async with platform.started(clock=False, gather=inf):
                    await tell(platform, clock, company, story, lambda day: ongoing.upto(_so_far(company, day)))
            replace(kept, told=True).keep(folder)
        clock.let_go()
        async with platform.started():
            yield platform
    finally:
        await platform.close()


def _so_far(company: Company, day: date) -> int:
    return (day - company.first_day).days + 1


async def _welcome(platform: Platform, talk: Talk) -> None:
    """A token for each kind of visitor, good for a week."""
    head = await platform.log.head()
    expires = real_time() + timedelta(days=7)
    tokens = [(actor, role, (await platform.access.create(actor, role, expires)).token) for actor, role in VISITORS]
    if talk.as_json:
        talk.json([{"actor": actor, "role": role, "token": token} for actor, role, token in tokens])
    talk.tell("demo_told", events=head.position)
    for actor, role, token in tokens:
        talk.tell("visitor", actor=actor, role=role, token=token)


async def open_doors(platform: Platform, host: str, talk: Talk, *, anyone: bool) -> "OpenDoors | None":
    """The accounts by which a visitor comes in with one click: on this machine alone, unless it was asked for."""
    from api.http.sign_in import OpenDoors, loopback  # as above

    if not (anyone or loopback(host)):
        talk.tell("doors_closed", host=host)
        return None
    accounts = [await platform.accounts.open_door(f"{actor}-{role}", actor, role) for actor, role in VISITORS]
    return OpenDoors(accounts, from_elsewhere=anyone)
