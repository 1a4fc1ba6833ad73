"""The words of the pages, in both languages: phrases by key, dates, hours, numbers.

A phrase stands under `<file>.<key>` in locales/<language>/<file>.toml, with places in braces that are filled by name.
Sentences of events and refusals are those of the services: every door says the same.
"""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from importlib.resources import files
from typing import Any, cast
from zoneinfo import ZoneInfo

from api.http.words import LANGUAGES, Language
from services import words

__all__ = ["LANGUAGES", "NOTHING", "Language", "Words", "phrases"]

NOTHING = "—"
"""What stands where there is no figure."""
_WEEKDAYS: Mapping[Language, str] = {"zh-CN": "周一 周二 周三 周四 周五 周六 周日", "en": "Mon Tue Wed Thu Fri Sat Sun"}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@cache
def phrases(language: Language) -> Mapping[str, str]:
    """Every phrase of a language by its key."""
    found: dict[str, str] = {}
    for page in sorted(files("api.console").joinpath("locales", language).iterdir(), key=lambda one: one.name):
        name = page.name.removesuffix(".toml")
        found |= {f"{name}.{key}": text for key, text in _flat(tomllib.loads(page.read_text("utf-8")))}
    return found


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(cast("Mapping[str, Any]", value), f"{before}{key}.")
        else:
            yield f"{before}{key}", str(value)


class Words:
    """What is said to one reader: in a language, with hours as the clocks of a zone show them."""

    def __init__(self, language: Language, zone: str) -> None:
        self.language: Language = language
        self.zone = zone
        self._clock: tzinfo = ZoneInfo(zone)
        self._phrases = phrases(language)

    def __call__(self, key: str, **values: object) -> str:
        """A phrase with its places filled. A key that is not there is an error, not an empty spot on a page."""
        return self._phrases[key].format(**values)

    def knows(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self._phrases

    def count(self, key: str, n: int, **values: object) -> str:
        """A phrase with a number in it: `<key>.one` for one in languages that tell it apart, else `<key>.other`."""
        form = "one" if n == 1 and f"{key}.one" in self._phrases else "other"
        return self(f"{key}.{form}", n=self.number(n), **values)

    def within(self, zone: str) -> "Words":
        """The same words, with the clocks of another zone."""
        return self if zone == self.zone else Words(self.language, zone)

    # ------------------------------------------------------------------------------------------- days and hours

    def local(self, instant: datetime) -> datetime:
        """An instant as the clocks of the zone show it."""
        return instant.astimezone(self._clock)

    def day(self, day: date | None) -> str:
        """2026-03-17 周二, Tue 17 Mar 2026."""
        if day is None:
            return NOTHING
        weekday = _WEEKDAYS[self.language].split()[day.weekday()]
        if self.language == "zh-CN":
            return f"{day:%Y-%m-%d} {weekday}"
        return f"{weekday} {day.day} {_MONTHS[day.month - 1]} {day.year}"

    def hour(self, instant: datetime | None) -> str:
        """14:32."""
        return NOTHING if instant is None else f"{self.local(instant):%H:%M}"

    def second(self, instant: datetime | None) -> str:
        """14:32:05."""
        return NOTHING if instant is None else f"{self.local(instant):%H:%M:%S}"

    def moment(self, instant: datetime | None) -> str:
        """2026-03-17 周二 14:32, Tue 17 Mar 2026 14:32."""
        return NOTHING if instant is None else f"{self.day(self.local(instant).date())} {self.hour(instant)}"

    def utc(self, instant: datetime | None) -> str:
        """2026-03-17 06:32:05 UTC, for titles beside hours of a zone."""
        return NOTHING if instant is None else f"{instant.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M:%S} UTC"

    # ------------------------------------------------------------------------------------------------- figures

    def number(self, n: int | None) -> str:
        """12,345."""
        return NOTHING if n is None else f"{n:,}"

    def change(self, n: int) -> str:
        """+2, −1."""
        return f"{n:+,}".replace("-", "−")

    def percent(self, bp: int | None) -> str:
        """57 %, from basis points."""
        return NOTHING if bp is None else f"{(bp + 50) // 100} %"

    def minutes(self, n: int | None) -> str:
        """44 分, 1 小时 36 分; 44 min, 1 h 36 min."""
        if n is None:
            return NOTHING
        hours, rest = divmod(n, 60)
        return self("shell.hours_minutes", hours=hours, rest=rest) if hours else self("shell.minutes", n=rest)

    # ------------------------------------------------------------------------------------- what the services say

    def event(self, name: str, facts: Mapping[str, Any]) -> str:
        """An event as a sentence."""
        return words.sentence(self.language, name, facts, zone=self.zone)

    def code(self, value: object) -> str:
        """A value of a closed list, as a person would say it."""
        return words.code(self.language, str(value))
