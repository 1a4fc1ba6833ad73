"""All commands in one tree, in the language of the person, and the one place where every command ends."""

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from api.cli.accounts import accounts
from api.cli.bench import bench
from api.cli.demo import demo
from api.cli.doctor import doctor
from api.cli.explain import explain
from api.cli.export import export
from api.cli.imports import import_
from api.cli.migrate import migrate
from api.cli.processes import api, intake, policies, projector, relay, timers, topics
from api.cli.rebuild import rebuild
from api.cli.replay import replay
from api.cli.running import told
from api.cli.serve import serve
from api.cli.signer import signer
from api.cli.simulate import simulate
from api.cli.talk import LANGUAGE, Exit, Language, Talk, Trouble, words
from api.cli.tokens import tokens
from api.cli.verify import verify
from services.settings import language

NAME = "fieldtrace"


def the_app() -> typer.Typer:
    """Every command, as the code says it: in English."""
    app = typer.Typer(
        name=NAME,
        help=(
            "\b\nExamples:\n  fieldtrace demo\n  fieldtrace serve\n  fieldtrace import leads.csv --map leads.toml\n"
            "  fieldtrace replay anna --date 2026-03-02\n\n"
            "Every visit, lead claim and target change of a sales team as an immutable event. "
            "--lang zh-CN speaks Chinese."
        ),
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.command("demo")(demo)
    app.command("serve")(serve)
    app.command("import")(import_)
    app.command("export")(export)
    app.command("replay")(replay)
    app.command("explain")(explain)
    app.command("simulate")(simulate)
    app.command("verify")(verify)
    app.command("rebuild")(rebuild)
    app.add_typer(accounts, name="account")
    app.add_typer(tokens, name="token")
    app.command("signer")(signer)
    app.command("migrate")(migrate)
    app.command("api")(api)
    app.command("projector")(projector)
    app.command("policies")(policies)
    app.command("relay")(relay)
    app.command("timers")(timers)
    app.command("intake")(intake)
    app.add_typer(topics, name="topics")
    app.command("doctor")(doctor)
    app.command("bench", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(bench)
    return app


def run_line(arguments: Sequence[str]) -> int:
    """Carry out one command line and tell how it ended."""
    rest, said, debug = _common(arguments)
    talk = Talk("--json" in rest)
    if said is not None and said not in ("en", "zh-CN"):
        talk.trouble(Trouble("language", Exit.USAGE, said=said))
        return Exit.USAGE
    spoken: Language = "zh-CN" if (said or language()) == "zh-CN" else "en"
    token = LANGUAGE.set(spoken)
    try:
        command = typer.main.get_command(the_app())
        put_into_words(command, spoken)
        ended = command.main(list(rest) or ["--help"], prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
        return int(ended) if isinstance(ended, int) else Exit.OK
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our data has heard enough, as in `… | head`
        return Exit.OK
    except BaseException as error:
        return told(error, talk, debug=debug, call=_call(rest)).value
    finally:
        LANGUAGE.reset(token)


def put_into_words(command: Any, spoken: Language) -> None:  # noqa: ANN401 - typer keeps its types to itself
    """Put the words of the catalogue in the place of the English ones, and what a command does into the list of all."""
    catalogue = words()["help"]
    for one, called in _below(command, NAME):
        if spoken != "en":
            one.help = catalogue.get(called, one.help)
            for option in one.params:
                option.help = catalogue["options"].get(option.help, option.help)
        one.short_help = re.split(r"(?<=[.。])\s|(?<=。)", inspect.cleandoc(one.help).split("\n\n")[-1])[0]


def _below(command: Any, call: str) -> Iterator[tuple[Any, str]]:  # noqa: ANN401 - as above
    yield command, call
    for name, one in getattr(command, "commands", {}).items():
        yield from _below(one, f"{call} {name}")


def _common(arguments: Sequence[str]) -> tuple[Sequence[str], str | None, bool]:
    """What may stand anywhere in the line: the language, and whether a fault is shown from the inside."""
    rest: list[str] = []
    said: str | None = None
    debug = False
    waiting = False
    for argument in arguments:
        if waiting:
            said, waiting = argument, False
        elif argument == "--lang":
            waiting = True
        elif argument.startswith("--lang="):
            said = argument.removeprefix("--lang=")
        elif argument == "--debug":
            debug = True
        else:
            rest.append(argument)
    return rest, "" if waiting else said, debug


def _call(arguments: Sequence[str]) -> str:
    """The command that was meant, for "… --help"."""
    known = typer.main.get_command(the_app())
    call = [NAME]
    for argument in arguments:
        known = getattr(known, "commands", {}).get(argument)
        if known is None:
            break
        call.append(argument)
    return " ".join(call)
