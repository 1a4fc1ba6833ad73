"""Both languages say the same."""

import re
import string
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api.console.words import LANGUAGES, Words, phrases

CONSOLE = Path(__file__).parents[3] / "api" / "console"


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def without_one(keys: object) -> set[str]:
    """English tells one from many, Chinese does not."""
    return {key for key in phrases("zh-CN" if keys == "zh-CN" else "en") if not key.endswith(".one")}


def test_both_languages_have_the_same_phrases() -> None:
    assert without_one("zh-CN") == without_one("en")


def test_a_phrase_has_the_same_places_in_both_languages() -> None:
    chinese, english = phrases("zh-CN"), phrases("en")
    assert {key: places(chinese[key]) for key in without_one("zh-CN")} == {
        key: places(english[key]) for key in without_one("zh-CN")
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_for_one_has_a_sibling_for_many(language: str) -> None:
    keys = phrases("zh-CN" if language == "zh-CN" else "en")
    ones = {key.removesuffix(".one") for key in keys if key.endswith(".one")}
    assert ones <= {key.removesuffix(".other") for key in keys if key.endswith(".other")}


def test_every_phrase_that_a_page_names_is_there() -> None:
    sources = [*CONSOLE.glob("*.py"), *CONSOLE.glob("templates/*.html")]
    named = {
        key
        for path in sources
        for key in re.findall(
            r"say(?:\.count)?\(\s*['\"]([a-z_]+\.[a-z_.]+[a-z_])['\"]\s*[,)]", path.read_text("utf-8")
        )
    }
    known = set(phrases("en")) | {key.removesuffix(".other") for key in phrases("en")}
    assert len(named) > 40
    assert named - known == set()


def test_days_and_hours_stand_as_each_language_writes_them() -> None:
    hour = datetime(2026, 3, 17, 6, 32, 5, tzinfo=UTC)
    chinese, english = Words("zh-CN", "Asia/Shanghai"), Words("en", "Asia/Shanghai")
    assert chinese.moment(hour) == "2026-03-17 周二 14:32"
    assert english.moment(hour) == "Tue 17 Mar 2026 14:32"
    assert english.within("America/Bogota").moment(hour) == "Tue 17 Mar 2026 01:32"
    assert english.day(date(2026, 12, 31)) == "Thu 31 Dec 2026"
    assert english.utc(hour) == "2026-03-17 06:32:05 UTC"


def test_no_figure_is_a_dash_and_not_a_nought() -> None:
    say = Words("en", "UTC")
    assert (say.percent(None), say.number(None), say.hour(None)) == ("—", "—", "—")
    assert (say.percent(5_650), say.number(12_345), say.change(-2), say.change(3)) == ("57 %", "12,345", "−2", "+3")
