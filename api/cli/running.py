"""What every command shares: its options, the platform it joins, and how its end is told."""

import asyncio
import sys
import traceback
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from api.cli.talk import LANGUAGE, Exit, Talk, Trouble, say
from api.emitting import faults_of
from services import words
from services.access import Caller
from services.as_of import Basis
from services.carry_out import told as facts_told
from services.platform import Platform, on_postgres, traced, trust_policy
from services.ports import LogUnavailable, WrongMasterKey
from services.reception import Actor
from services.refusals import NotAllowed, Refusal
from services.settings import Settings, from_environment
from services.trust_policy import NoPolicy

T = TypeVar("T")

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Folder of the database and the keys [FIELDTRACE_DATA, fieldtrace-data]."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Data as JSON, for programs.")]
Token = Annotated[
    str | None,
    typer.Option("--token", metavar="TOKEN", envvar="FIELDTRACE_TOKEN", help="Ask as whom this token names."),
]
Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", envvar="FIELDTRACE_URL", help="Ask a server instead of the database."),
]

HOUSE = Actor("ops", "ops")
"""Who works at the database itself keeps house; where a token is given, it says who asks."""


def settings_for(data: Path | None) -> Settings:
    """Settings of the environment, with the folder that the command names."""
    settings = from_environment()
    return replace(settings, data=data) if data is not None else settings


@asynccontextmanager
async def joined(data: Path | None, *, apart: bool = False, only_signs: bool = False) -> AsyncGenerator[Platform]:
    """The platform of a folder or of `DATABASE_URL`, whether or not a server is at work on it.

    `apart`: read models and policies are other processes' work; `only_signs`: for the signer.
    """
    settings = settings_for(data)
    try:
        trust_policy(settings)
    except (NoPolicy, OSError) as error:
        raise Trouble("policy", Exit.USAGE, why=error) from error
    try:
        untraced = traced(settings)
    except ImportError as missing:
        raise Trouble("no_traces", Exit.NOT_READY) from missing
    try:
        platform = await on_postgres(settings, apart=apart, only_signs=only_signs)
    except WrongMasterKey as error:
        raise Trouble("master_key", Exit.NOT_READY, file=settings.master_key) from error
    except OSError as error:
        raise Trouble("folder", Exit.NOT_READY, folder=settings.data, why=error) from error
    except Exception as error:
        where = "DATABASE_URL" if settings.database_url else str(settings.data)
        raise Trouble("database", Exit.NOT_READY, where=where, why=first_line(error)) from error
    try:
        yield platform
    finally:
        await platform.close()
        await untraced()


async def asker(platform: Platform, token: str | None) -> Caller:
    """Who asks: whom the token names, else the house itself."""
    if token is None:
        return Caller(platform.new_id(), HOUSE.id, HOUSE.role)
    known = await platform.access.bearer(token)
    if known is None:
        raise Trouble("token", Exit.NOT_ALLOWED)
    return known


async def at_of(platform: Platform, text: str | None) -> Basis:
    """The state of the log that `--at` names: a position, an hour with its offset, or now."""
    moment: int | datetime | None = None
    if text is not None:
        try:
            moment = int(text) if text.isdecimal() else datetime.fromisoformat(text)
        except ValueError as error:
            raise Trouble("at", Exit.USAGE, said=text) from error
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise Trouble("at", Exit.USAGE, said=text)
    return await platform.as_of.basis(moment)


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Carry a command out to its end."""
    return asyncio.run(work())


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def told(error: BaseException, talk: Talk, *, debug: bool, call: str) -> Exit:
    """Tell how a command ended that did not end well; the exit status."""
    match error:
        case KeyboardInterrupt() | asyncio.CancelledError() | typer.Abort():
            talk.tell("interrupted")
            return Exit.INTERRUPTED
        case Trouble():
            talk.trouble(error)
            return error.exits
        case typer.TyperException():
            talk.three([say("usage_what"), error.format_message(), say("usage_now", call=call)], "usage", Exit.USAGE)
            return Exit.USAGE
        case LogUnavailable():
            talk.trouble(Trouble("log_away", Exit.NOT_READY, why=first_line(error)))
            return Exit.NOT_READY
        case Refusal():
            exits = Exit.NOT_ALLOWED if isinstance(error, NotAllowed) else Exit.CHECK_FAILED
            talk.trouble(Trouble("refused", exits, code=error.code(), why=sentence(error)))
            return exits
        case _:
            if debug:
                traceback.print_exception(error, file=sys.stderr)
            talk.trouble(Trouble("unforeseen", Exit.CHECK_FAILED, kind=type(error).__name__, why=first_line(error)))
            return Exit.CHECK_FAILED


def sentence(refusal: Refusal) -> str:
    """What a refusal says, in one sentence, in the language of this run."""
    faults = faults_of(refusal)
    if faults:
        return "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
    return words.refusal(LANGUAGE.get(), refusal.code(), facts_told(refusal.facts()))
