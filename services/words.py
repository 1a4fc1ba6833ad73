"""What is told to people, in their language: each event and each refusal as one sentence.

One catalogue for every door: the API, the command line and the pages say the same. A template names fields of the
event or refusal in braces, `{report.mode}` a field of a field; a part in square brackets is left out where a field in
it is empty. Codes, instants, amounts and ids are turned into what a person reads.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LANGUAGES = ("en", "zh-CN")
_FIELD = re.compile(r"\{([a-z_.]+)\}")
_PART = re.compile(r"\[([^\[\]]*)\]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WITHOUT_MINOR_UNITS = frozenset({"CLP", "ISK", "JPY", "KRW", "VND", "XAF", "XOF"})
_AS_SAID = frozenset({"alias", "comment", "customer", "legal_name", "name", "notice", "rep", "text", "what", "whom"})
"""Fields that hold people's own words or names, in which no code is looked for; so do those that end in `_id`."""
_NOTHING = "–"
"""What stands where a value is missing that the sentence cannot do without."""


def sentence(language: str, name: str, facts: Mapping[str, Any], *, zone: str | None = None) -> str:
    """What an event says.

    `facts`: its own words, as a timeline tells them; `rep` and `customer` among them are names to show instead of
    ids. `zone`: where the reader's clock stands, if not where the event's own does. A name that this release has no
    sentence for is told as it is.
    """
    template = catalogue(language)["events"].get(name)
    if template is None:
        return name
    told: dict[str, Any] = {**_people(facts), **facts}
    if facts.get("code") or facts.get("reason"):
        code = str(facts.get("code") or facts["reason"])
        told["answer"] = refusal(language, code, {**told, **_inner(facts.get("facts"))}, zone=zone)
    told["quantity"] = _quantity(facts, "qty")
    return _filled(template, told, language, zone)


def refusal(language: str, code: str, facts: Mapping[str, Any], *, zone: str | None = None) -> str:
    """Why something does not happen, so that a person can act on it; a code without a sentence is told as it is."""
    template = catalogue(language)["refusals"].get(code)
    if template is None:
        return code
    return _filled(template, {**_people(facts), **facts}, language, zone)


def claimability(language: str, code: str | None, facts: Mapping[str, Any], *, zone: str | None = None) -> str:
    """What a claim would be answered now; `code` None: it would be granted."""
    if code is None:
        return _filled(catalogue(language)["claimability"]["YES"], facts, language, zone)
    return refusal(language, code, facts, zone=zone)


def claim_answer(language: str, code: str | None, facts: Mapping[str, Any], *, zone: str | None = None) -> str:
    """What a claim was answered; `facts` hold the `basis` where no claim was weighed."""
    if code is not None:
        return refusal(language, code, facts, zone=zone)
    return _filled(
        catalogue(language)["claimability"]["OTHERWISE" if facts.get("basis") else "GRANTED"], facts, language, zone
    )


def check(language: str, rule: str, met: bool, facts: Mapping[str, Any], *, zone: str | None = None) -> str:
    """One condition of a claim as it stands, with its `value` and `limit`; a rule without one is told as it is."""
    template = catalogue(language)["checks_met" if met else "checks_unmet"].get(rule)
    return rule if template is None else _filled(template, facts, language, zone)


def code(language: str, value: str) -> str:
    """A value of a closed list, as a person would say it."""
    return catalogue(language)["codes"].get(value, value)


@cache
def catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    """Everything that is said in a language; English for one that is not spoken here."""
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    return tomllib.loads(files("services.locales").joinpath(f"{spoken}.toml").read_text("utf-8"))


def fields_of(template: str) -> frozenset[str]:
    """The fields that a template names."""
    return frozenset(_FIELD.findall(template))


def _filled(template: str, facts: Mapping[str, Any], language: str, zone: str | None) -> str:
    zone = zone or _own_zone(facts)

    def shown(found: re.Match[str]) -> str:
        path = found.group(1)
        value = _looked_up(facts, path)
        last = path.rpartition(".")[2]
        if isinstance(value, str) and (last in _AS_SAID or last.endswith("_id")) and not _ID.fullmatch(value):
            return value or _NOTHING
        return _shown(value, language, zone) or _NOTHING

    def part(found: re.Match[str]) -> str:
        missing = any(_looked_up(facts, path) in (None, "", [], {}) for path in _FIELD.findall(found.group(1)))
        return "" if missing else found.group(1)

    return _FIELD.sub(shown, _PART.sub(part, template))


def _looked_up(facts: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON value
    value: Any = facts
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = cast("Mapping[str, Any]", value).get(name)
    return value


def _shown(value: Any, language: str, zone: str | None) -> str:  # noqa: ANN401 - any JSON value
    match value:
        case None:
            return ""
        case bool():
            return code(language, "YES" if value else "NO")
        case int():
            return f"{value}"
        case str():
            return _text(value, language, zone)
        case Mapping():
            return _group(cast("Mapping[str, Any]", value), language, zone)
        case Sequence():
            members = cast("Sequence[Any]", value)
            return ("、" if language == "zh-CN" else ", ").join(_shown(one, language, zone) for one in members)
        case _:
            return str(value)


def _text(value: str, language: str, zone: str | None) -> str:
    if _INSTANT.fullmatch(value):
        instant = datetime.fromisoformat(value)
        if zone is None:
            return f"{instant:%Y-%m-%d %H:%M} UTC"
        return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    if _ID.fullmatch(value):
        return f"…{value[-6:]}"
    return code(language, value)


def _group(value: Mapping[str, Any], language: str, zone: str | None) -> str:
    if "minor" in value and "currency" in value:
        return _money(int(value["minor"]), str(value["currency"]))
    if "rep_id" in value and "bp" in value:
        return f"{value['rep_id']} {int(value['bp']) / 100:g} %"
    return (", " if language == "en" else "、").join(
        _shown(member, language, zone) for member in value.values() if member is not None
    )


def _money(minor: int, currency: str) -> str:
    if currency in _WITHOUT_MINOR_UNITS:
        return f"{minor:,} {currency}"
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100:,}.{abs(minor) % 100:02} {currency}"


def _quantity(facts: Mapping[str, Any], name: str) -> str | None:
    quantity, currency = facts.get(name), facts.get("currency")
    if not isinstance(quantity, int):
        return None
    return _money(quantity, currency) if isinstance(currency, str) else str(quantity)


def _people(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Whom a sentence is about, by name where one is known."""
    return {
        "rep": facts.get("rep_id"),
        "customer": facts.get("legal_name") or facts.get("customer_id"),
        "whom": facts.get("rep_id") or facts.get("team_id") or str(facts.get("subject", "")).partition(":")[2] or None,
    }


def _inner(facts: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", facts) if isinstance(facts, Mapping) else {}


def _own_zone(facts: Mapping[str, Any]) -> str | None:
    """The zone that the facts themselves name; what names no zone, as in `TZ_INVALID`, is none."""
    for name in ("protection_tz", "zone"):
        said = facts.get(name)
        if isinstance(said, str):
            with suppress(ZoneInfoNotFoundError, ValueError):
                return ZoneInfo(said).key
    return None
