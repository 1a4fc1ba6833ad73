"""The command line speaks two languages, says examples first, and tells trouble in three lines."""

import re
from string import Formatter
from typing import Any

import pytest
import typer

from api.cli.app import NAME, the_app
from api.cli.talk import LANGUAGE, Exit, Trouble, words
from tests.api.cli.lines import Terminal


def every_command(command: Any, call: str) -> list[tuple[str, Any]]:  # noqa: ANN401 - typer keeps its types to itself
    """All commands, with their calls."""
    below = getattr(command, "commands", {}).items()
    return [(call, command), *(found for name, one in below for found in every_command(one, f"{call} {name}"))]


COMMANDS = every_command(typer.main.get_command(the_app()), NAME)


@pytest.mark.parametrize(("call", "command"), COMMANDS, ids=[call for call, _ in COMMANDS])
def test_every_command_has_examples_first_in_both_languages(call: str, command: Any) -> None:  # noqa: ANN401 - as above
    assert command.help.startswith("\b\nExamples:\n  "), call
    assert words()["help"][call].startswith("\b\n示例：\n  "), call


@pytest.mark.parametrize(("call", "command"), COMMANDS, ids=[call for call, _ in COMMANDS])
def test_every_option_is_told_in_both_languages(call: str, command: Any) -> None:  # noqa: ANN401 - as above
    for option in command.params:
        assert option.help, f"{call} {option.name}"
        assert option.help in words()["help"]["options"], f"{call} {option.name}"


@pytest.mark.parametrize("part", ["say", "trouble"])
def test_every_text_speaks_of_the_same_values_in_both_languages(part: str) -> None:
    def values(text: str | list[str]) -> set[str]:
        lines = [text] if isinstance(text, str) else text
        return {name for line in lines for _, name, _, _ in Formatter().parse(line) if name}

    for name, texts in words()[part].items():
        assert values(texts["en"]) == values(texts["zh-CN"]), name


def test_every_trouble_has_three_lines() -> None:
    for name, texts in words()["trouble"].items():
        assert [len(lines) for lines in texts.values()] == [3, 3], name


def test_trouble_is_told_in_three_lines_whatever_its_values_hold(terminal: Terminal) -> None:
    ran = terminal("import", "no\nfile.jsonl")
    assert len(ran.trouble) == 3


@pytest.mark.parametrize(
    ("words", "exits"),
    [
        (["nonsense"], 2),
        (["serve", "--port", "many"], 2),
        (["export"], 2),
        (["token", "create", "--actor", "a b", "--role", "ops"], 2),
        (["token", "create", "--actor", "a", "--role", "king"], 2),
        (["token", "create", "--actor", "a", "--role", "ops", "--expires", "2001-01-01", "--data", "."], 2),
        (["token", "revoke", "nothing"], 2),
        (["import", "leads.csv"], 2),
        (["import", "missing.jsonl", "--dry-run"], 2),
        (["import", "missing.csv", "--map", "missing.toml"], 2),
        (["simulate", "missing.jsonl"], 2),
        (["verify"], 2),
        (["replay", "anna", "--date", "yesterday"], 2),
        (["export", "--what", "visits", "--format", "parquet"], 2),
        (["import", "-", "--as-history", "--url", "http://127.0.0.1:9"], 2),
        (["--lang", "tlh", "doctor"], 2),
    ],
)
@pytest.mark.postgres
def test_what_was_not_understood_ends_with_2_and_three_lines(terminal: Terminal, words: list[str], exits: int) -> None:
    ran = terminal(*words)
    assert (ran.exits, len(ran.trouble), ran.out) == (exits, 3, "")


def test_trouble_is_json_where_data_are(terminal: Terminal) -> None:
    ran = terminal("verify", "--json")
    assert ran.exits == 2
    assert re.search(r'"error":"verify_what".*"exit":2', ran.err)


def test_the_language_is_that_of_the_environment_or_of_the_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Examples" in terminal("--help").out
    assert "示例" in terminal("import", "--help", "--lang", "zh-CN").out
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "示例" in terminal("--help").out
    assert "示例" not in terminal("--lang=en", "--help").out
    assert "未指定校验对象。" in terminal("verify").err


def test_a_language_lasts_for_one_command_only(terminal: Terminal) -> None:
    terminal("--help", "--lang", "zh-CN")
    assert LANGUAGE.get() == "en"


def test_a_trouble_without_words_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        _ = Trouble("nothing of the kind", Exit.USAGE).lines


def test_an_unforeseen_fault_is_told_in_three_lines_too(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDTRACE_ORGANISATION", "No Name")
    ran = terminal("doctor")
    assert ran.exits == 1
    assert len(ran.trouble) == 3
    assert "Traceback" in terminal("doctor", "--debug").err
