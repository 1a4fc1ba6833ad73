"""A terminal in a folder of its own, that speaks English and knows of no database yet."""

from pathlib import Path

import pytest

from tests.api.cli.lines import Terminal


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    """A terminal."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "FIELDTRACE_DATA", "FIELDTRACE_LANG", "FIELDTRACE_TOKEN", "FIELDTRACE_URL", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    return Terminal(capsys)
