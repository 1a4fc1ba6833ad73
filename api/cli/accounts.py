"""Accounts with which people sign in at the pages: made, listed, changed, closed."""

import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from api.cli.running import Data, Json, joined, run
from api.cli.talk import Exit, Talk, Trouble, say
from api.cli.tokens import ROLES, fit_actor, let_act
from api.http.answers import plain
from services.accounts import Accounts, NameTaken, NoSuchAccount, UnfitName, UnfitPassword
from services.platform import a_password

accounts = typer.Typer(
    help=(
        "\b\nExamples:\n  fieldtrace account create anna --actor anna --role rep\n  fieldtrace account password anna\n"
        "  fieldtrace account disable anna\n\nLocal accounts to sign in with: make, change, close and open them."
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name to sign in with.")]
Generate = Annotated[bool, typer.Option("--generate", help="Let the password be chosen, and show it this once.")]
FromStdin = Annotated[bool, typer.Option("--stdin", help="Read the password from the first line of standard input.")]


@accounts.command("create")
def create(
    name: Name,
    actor: Annotated[str, typer.Option("--actor", metavar="ID", help="Who comes in by it.")],
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help=f"{', '.join(ROLES)}.")],
    team: Annotated[
        str | None, typer.Option("--team", metavar="ID", help="For a rep who is not there yet: joins this team.")
    ] = None,
    generate: Generate = False,
    stdin: FromStdin = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """\b
    Examples:
      fieldtrace account create anna --actor anna --role rep
      fieldtrace account create mei --actor mei --role manager --generate

    Make an account. The password is typed at the terminal, read with --stdin, or chosen with --generate; it is kept
    as a hash by Argon2id. The actor gets the role if need be.
    """
    talk = Talk(json)
    if role not in ROLES:
        raise Trouble("role", Exit.USAGE, role=role, roles=", ".join(ROLES))
    fit_actor(actor)
    password = _password(generate=generate, stdin=stdin)

    async def work() -> None:
        async with joined(data) as platform:
            await platform.prepare()
            try:
                made = await platform.accounts.create(name, password, actor, role)
            except UnfitName as error:
                raise Trouble("account_name", Exit.USAGE, name=name) from error
            except UnfitPassword as error:
                raise Trouble("account_unfit", Exit.USAGE) from error
            except NameTaken as error:
                raise Trouble("account_taken", Exit.CHECK_FAILED, name=name) from error
            await let_act(platform, actor, role, team, talk)
        if json:
            shown = {"password": password} if generate else {}
            talk.json({**plain(made), **shown})
            return
        talk.tell("account_made", name=made.name, actor=actor, role=role)
        _show(talk, password, generate=generate)

    run(work)


@accounts.command("password")
def password(
    name: Name, generate: Generate = False, stdin: FromStdin = False, data: Data = None, json: Json = False
) -> None:
    """\b
    Examples:
      fieldtrace account password anna
      fieldtrace account password anna --generate

    Give an account another password, and end every session that came in by the old one.
    """
    talk = Talk(json)
    chosen = _password(generate=generate, stdin=stdin)

    async def change(accounts: Accounts) -> None:
        await accounts.set_password(name, chosen)

    _changed(name, data, change)
    if json:
        talk.json({"name": name, **({"password": chosen} if generate else {})})
        return
    talk.tell("account_changed", name=name)
    _show(talk, chosen, generate=generate)


@accounts.command("disable")
def disable(name: Name, data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace account disable anna

    Let nobody in by an account any more, and end its sessions.
    """

    async def change(accounts: Accounts) -> None:
        await accounts.disable(name)

    _changed(name, data, change)
    talk = Talk(json)
    if json:
        talk.json({"name": name, "disabled": True})
    else:
        talk.tell("account_disabled", name=name)


@accounts.command("enable")
def enable(name: Name, data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace account enable anna

    Open a closed account again; one that waits because too many tries failed may be tried at once.
    """

    async def work() -> None:
        async with joined(data) as platform:
            try:
                await platform.accounts.enable(name)
            except NoSuchAccount as error:
                raise Trouble("account_unknown", Exit.CHECK_FAILED, name=name) from error
            await platform.sign_in.forgive(name)

    run(work)
    talk = Talk(json)
    if json:
        talk.json({"name": name, "disabled": False})
    else:
        talk.tell("account_enabled", name=name)


@accounts.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """\b
    Examples:
      fieldtrace account list
      fieldtrace account list --json

    Every account; never a password.
    """
    talk = Talk(json)

    async def work() -> None:
        async with joined(data) as platform:
            every = await platform.accounts.all()
        if json:
            for one in every:
                talk.json(plain(one))
            return
        talk.table(
            [say(f"column_{column}") for column in ("account", "actor", "role", "created", "disabled")],
            [[one.name, one.actor, one.role, plain(one.created_at), plain(one.disabled_at) or ""] for one in every],
        )

    run(work)


def _changed(name: str, data: Data, change: Callable[[Accounts], Awaitable[None]]) -> None:
    async def work() -> None:
        async with joined(data) as platform:
            try:
                await change(platform.accounts)
            except NoSuchAccount as error:
                raise Trouble("account_unknown", Exit.CHECK_FAILED, name=name) from error
            except UnfitPassword as error:
                raise Trouble("account_unfit", Exit.USAGE) from error

    run(work)


def _password(*, generate: bool, stdin: bool) -> str:
    if generate:
        return a_password()
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(say("ask_password"))
    if getpass.getpass(say("ask_password")) != first:
        raise Trouble("account_password_twice", Exit.USAGE)
    return first


def _show(talk: Talk, password: str, *, generate: bool) -> None:
    if generate:
        talk.tell("account_password")
        talk.data(password)
