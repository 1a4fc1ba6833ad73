"""Looks at everything that this needs to work, and says of each what to do where it does not."""

import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from api.cli.running import Data, Json, first_line, joined, run, settings_for
from api.cli.talk import Exit, Talk, Trouble, say
from services.platform import Platform
from services.settings import Settings
from services.verification import verify

State: TypeAlias = Literal["ok", "warning", "bad"]
QUICKLY = 20_000
"""Events that a quick look at the log reads; `fieldtrace verify --log` reads all."""
SPACE_WARNING, SPACE_BAD = 5_000_000_000, 500_000_000
"""Bytes that should be free in the data folder."""
LAG_WARNING = 1_000
"""Events by which a read model may be behind before somebody should look."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at. `what`: its name in the catalogue; `detail`: what was seen."""

    what: str
    state: State
    detail: str


def doctor(data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace doctor
      fieldtrace doctor --data /srv/fieldtrace --json

    Look at everything that this needs: Python, disk, keys, database, log, read models, clock. Each line says whether
    it is well, and what to do where it is not.
    """
    talk = Talk(json)
    settings = settings_for(data)

    async def work() -> list[Found]:
        every: list[Found] = []
        async for found in _look(settings, data):
            every.append(found)
            if json:
                talk.json({"check": found.what, "state": found.state, "detail": found.detail, "do": _what_to_do(found)})
            else:
                talk.data(f"{say(f'state_{found.state}'):<8}{say(f'check_{found.what}')}: {found.detail}")
                if found.state != "ok":
                    talk.data(" " * 8 + _what_to_do(found))
        return every

    bad = [found for found in run(work) if found.state == "bad"]
    if any(found.what == "database" for found in bad):
        raise Trouble("unwell", Exit.NOT_READY, many=len(bad))
    if bad:
        raise Trouble("unwell", Exit.CHECK_FAILED, many=len(bad))


def _what_to_do(found: Found) -> str:
    return "" if found.state == "ok" else say(f"do_{found.what}")


async def _look(settings: Settings, data: Path | None) -> AsyncIterator[Found]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Found("python", "ok" if sys.version_info >= (3, 11) else "bad", version)
    yield _disk(settings)
    yield _key(settings)
    try:
        async with joined(data) as platform:
            yield Found("database", "ok", "DATABASE_URL" if settings.database_url else str(settings.data))
            async for found in _inside(platform):
                yield found
    except Trouble as trouble:
        yield Found("database", "bad", trouble.lines[1])


async def _inside(platform: Platform) -> AsyncIterator[Found]:
    head = await platform.log.head()
    now = platform.now()
    ahead = (head.recorded_at - now) if head.recorded_at else timedelta()
    yield Found("clock", "bad" if ahead > timedelta(seconds=2) else "ok", now.isoformat(timespec="seconds"))
    try:
        whole = [step async for step in verify(platform.log, upto=QUICKLY)][-1]
        detail = whole.flaw or say("verified_upto", position=whole.position, size=head.position)
        yield Found("log", "bad" if whole.flaw else "ok", detail)
    except Exception as error:
        yield Found("log", "bad", first_line(error))
    for progress in await platform.projector.progress():
        behind = progress.head - progress.position
        detail = say("behind", name=progress.name, events=behind)
        if progress.error is not None or progress.parked:
            waiting = ", ".join(parked.stream for parked in progress.parked)
            yield Found("read_models", "bad", f"{detail} {progress.error or ''} {waiting}".rstrip())
        else:
            yield Found("read_models", "warning" if behind > LAG_WARNING else "ok", detail)


def _disk(settings: Settings) -> Found:
    folder = settings.data.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    state: State = "bad" if free < SPACE_BAD else "warning" if free < SPACE_WARNING else "ok"
    return Found("disk", state, say("free", gigabytes=f"{free / 1e9:.1f}", folder=settings.data))


def _key(settings: Settings) -> Found:
    """Whether the master key can be read; without it no personal value can ever be read again."""
    file = settings.master_key
    if not file.exists():
        return Found("key", "warning", say("key_missing", file=file))
    try:
        readable = len(bytes.fromhex(file.read_text().strip())) == 32
    except (OSError, ValueError) as error:
        return Found("key", "bad", first_line(error))
    return Found("key", "ok" if readable else "bad", str(file))
