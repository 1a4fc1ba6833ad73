"""The signer as a process of its own, and the key with which others check what it signs."""

import os
import signal
import sys
from collections.abc import Callable
from threading import Thread
from typing import Annotated

import typer

from api.cli.running import Data, Json, joined, run
from api.cli.talk import Exit, Talk, Trouble
from services.checkpoints import NoCheckpoint, PublicKey
from services.platform import Platform
from services.ports import LogUnavailable
from services.signing import Signed, SignerRefuses


def signer(
    once: Annotated[bool, typer.Option("--once", help="Sign what there is, and end.")] = False,
    key: Annotated[bool, typer.Option("--key", help="Only tell the public key.")] = False,
    rotate: Annotated[bool, typer.Option("--rotate", help="Put a new key in the place of this one, and end.")] = False,
    after: Annotated[
        str | None, typer.Option("--after", metavar="KEY", help="Go on where this key signed last, and end.")
    ] = None,
    attended: Annotated[bool, typer.Option("--attended", help="End when standard input ends.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace signer
      fieldtrace signer --once
      fieldtrace signer --key
      fieldtrace signer --rotate
      fieldtrace signer --after 'fieldtrace/main+1a2b3c4d+AQ…'

    Signs how the log stands, every ten seconds or thousand events, with a key and a memory outside the database
    (FIELDTRACE_SIGNER). A log that was set back, or is another one, it does not sign. `serve` runs one by itself.
    """
    talk = Talk(json)

    def told(news: Signed | SignerRefuses | LogUnavailable) -> None:
        if isinstance(news, Signed):
            if talk.as_json:
                talk.json({"size": news.size, "note": news.note})
            talk.tell("signed", size=news.size)
        else:
            talk.tell("not_signed", why=news)

    async def work() -> None:
        async with joined(data, only_signs=True) as platform:
            if key:
                _tell_key(platform, talk)
            elif rotate:
                await _rotate(platform, talk)
            elif after is not None:
                await _go_on(platform, after, talk)
            elif once:
                await _once(platform, told)
            else:
                await platform.signer().run(told)

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if attended:
        Thread(target=_end_with_whoever_started_it, daemon=True).start()
    run(work)


def _end_with_whoever_started_it() -> None:
    """A server that is killed cannot tell its signer to end, but what the signer reads from it ends."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _tell_key(platform: Platform, talk: Talk) -> None:
    text = platform.signer().public_key
    if talk.as_json:
        talk.json({"origin": platform.settings.origin, "key": text})
    else:
        typer.echo(text)


async def _rotate(platform: Platform, talk: Talk) -> None:
    try:
        note, key = await platform.rotate_signer()
    except SignerRefuses as refusal:
        raise Trouble("signer", Exit.CHECK_FAILED, why=refusal) from refusal
    if talk.as_json:
        talk.json({"handover": str(note), "key": key})
    talk.tell("rotated", key=key, note=note)


async def _go_on(platform: Platform, after: str, talk: Talk) -> None:
    signer = platform.signer()
    try:
        size = await signer.take_over(PublicKey.read(after))
    except NoCheckpoint as error:
        raise Trouble("witness_key", Exit.USAGE, why=error) from error
    except SignerRefuses as refusal:
        raise Trouble("signer", Exit.CHECK_FAILED, why=refusal) from refusal
    if talk.as_json:
        talk.json({"size": size, "key": signer.public_key})
    talk.tell("goes_on", size=size, key=signer.public_key)


async def _once(platform: Platform, told: Callable[[Signed], None]) -> None:
    try:
        signed = await platform.signer().sign()
    except SignerRefuses as refusal:
        raise Trouble("signer", Exit.CHECK_FAILED, why=refusal) from refusal
    if signed is not None:
        told(signed)
