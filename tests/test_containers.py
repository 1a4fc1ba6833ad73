"""The container files, as far as one sees without an engine: what they start is there, and no secret is."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli.app import the_app

ROOT = Path(__file__).parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMMANDS = [re.findall(r'"([^"]+)"', line) for line in re.findall(r"^    command: \[(.*)\]", COMPOSE, re.MULTILINE)]
PARTS = [command for command in COMMANDS if command[0] != "postgres"]


def test_every_part_is_started() -> None:
    assert {command[0] for command in PARTS} == {
        "api", "intake", "migrate", "policies", "projector", "relay", "signer", "timers", "topics"
    }  # fmt: skip


@pytest.mark.parametrize("words", PARTS, ids=" ".join)
def test_what_a_container_starts_is_a_command_with_these_options(words: list[str]) -> None:
    command: Any = typer.main.get_command(the_app())
    for word in words:
        below = getattr(command, "commands", {}).get(word)
        if below is not None:
            command = below
    options = {name for one in command.params for name in one.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_no_secret_stands_in_the_files_and_none_has_a_default() -> None:
    for line in COMPOSE.splitlines():
        if "PASSWORD" in line:
            assert "${POSTGRES_PASSWORD:?" in line or line.startswith("#"), line
    assert not re.search(r"(PASSWORD|SECRET|TOKEN)=", DOCKERFILE)


def test_the_image_is_run_by_nobody_in_particular_on_files_that_stay_as_they_are() -> None:
    final = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert "USER fieldtrace" in final
    assert "HEALTHCHECK" in final
    assert COMPOSE.count("read_only: true") == 1
    assert "no-new-privileges:true" in COMPOSE
    assert re.search(r"cap_drop: \[ALL\]", COMPOSE)


def test_everything_has_a_health_check_or_says_why_not() -> None:
    services = COMPOSE.split("\nservices:\n", 1)[1].split("\nvolumes:\n", 1)[0]
    for block in re.split(r"\n(?=  [a-z0-9-]+:)", services):
        assert "<<: *part" in block or "<<: *door" in block or "healthcheck:" in block, block


def test_what_the_programs_read_beside_themselves_comes_along_in_the_image() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    for room in packages["packages"]:
        for file in (ROOT / room).rglob("*.py"):
            for named in re.findall(r'files\("([\w.]+)"\)', file.read_text(encoding="utf-8")):
                assert named.split(".")[0] in packages["packages"], f"{file}: {named} is not in the image"
