"""The pages that come from the code are current, and leave nothing out."""

import pytest

from domain.refusal import Refusal
from domain.vocabulary import VOCABULARY
from services.refusals import Conflict, Invalid, NotAllowed, Unknown
from tests.tools.write_docs import DOCS, PAGES

KINDS = (Conflict, Invalid, NotAllowed, Unknown)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_that_comes_from_the_code_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


def test_every_refusal_has_its_paragraph() -> None:
    page = (DOCS / "problems.md").read_text(encoding="utf-8")
    for code, kind in Refusal.by_code.items():
        if kind not in KINDS and kind.__module__.startswith("domain."):
            assert f"`{code}`" in page
            assert kind.__doc__


def test_every_event_has_its_paragraph() -> None:
    page = (DOCS / "events.md").read_text(encoding="utf-8")
    for word in VOCABULARY:
        assert f"### {word.name} (v{word.schema_version})" in page
        assert word.event.__doc__
