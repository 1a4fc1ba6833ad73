"""A test that did not run has shown nothing: with FIELDTRACE_REQUIRE=all a skip is a failure, and so is a
test that is expected to fail: nothing here is landed broken.

The one exception is a test marked `realdata`: the outside data sets are no part of the project and may be absent.
Loaded by `-p tests.no_skips` in pyproject.toml, so it holds for every way to start pytest here.
"""

import os
from collections.abc import Generator

import pytest

REQUIRES_ALL = os.environ.get("FIELDTRACE_REQUIRE") == "all"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRES_ALL and report.skipped and item.get_closest_marker("realdata") is None:
        forbid(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips itself as a whole takes all its tests along, whatever they are marked with."""
    report = yield
    if REQUIRES_ALL and report.skipped:
        forbid(report)
    return report


def forbid(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{reason}\nSkipping is forbidden here (FIELDTRACE_REQUIRE=all)."
