"""All commands in one tree, in the language of the person, and the one place where every command ends."""

import gc
import inspect
import re
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import typer

from api.cli.talk import LANGUAGE, Exit, Language, Talk, Trouble, words
from services.settings import language

NAME = "fieldtrace"
COMMANDS: Mapping[str, str] = {
    "demo": "demo:demo",
    "serve": "serve:serve",
    "import": "imports:import_",
    "export": "export:export",
    "replay": "replay:replay",
    "explain": "explain:explain",
    "simulate": "simulate:simulate",
    "verify": "verify:verify",
    "rebuild": "rebuild:rebuild",
    "unpark": "unpark:unpark",
    "account": "accounts:accounts",
    "token": "tokens:tokens",
    "keys": "keys:keys",
    "privacy": "privacy:privacy",
    "signer": "signer:signer",
    "witness": "witness:witness",
    "migrate": "migrate:migrate",
    "api": "processes:api",
    "projector": "processes:projector",
    "policies": "processes:policies",
    "relay": "processes:relay",
    "timers": "processes:timers",
    "intake": "processes:intake",
    "topics": "processes:topics",
    "doctor": "doctor:doctor",
    "bench": "bench:bench",
}
"""Each command with its module and function beside this one; a line loads the one that it names."""
_HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def the_app(only: str | None = None) -> typer.Typer:
    """Every command, or one of them, as the code says it: in English."""
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
    app.callback()(lambda: None)  # else a tree of one command would be that command, without its name
    for name in COMMANDS if only is None else [only]:
        module, _, function = COMMANDS[name].partition(":")
        command = getattr(import_module(f"api.cli.{module}"), function)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name, context_settings=_HANDED_ON if name == "bench" else None)(command)
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
        with _uncollected():
            command = typer.main.get_command(the_app(_meant(rest)))
        put_into_words(command, spoken)
        ended = command.main(list(rest) or ["--help"], prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
        return int(ended) if isinstance(ended, int) else Exit.OK
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our data has heard enough, as in `… | head`
        return Exit.OK
    except BaseException as error:
        from api.cli.running import told  # which every command has loaded by now

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


def _meant(rest: Sequence[str]) -> str | None:
    """The command that the line names first; None where it names none that there is."""
    return rest[0] if rest and rest[0] in COMMANDS else None


@contextmanager
def _uncollected() -> Generator[None]:
    """While modules are loaded, nothing is garbage; to look for some took a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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
    known = typer.main.get_command(the_app(_meant(arguments)))
    call = [NAME]
    for argument in arguments:
        known = getattr(known, "commands", {}).get(argument)
        if known is None:
            break
        call.append(argument)
    return " ".join(call)
