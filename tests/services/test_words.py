"""Every event and every refusal has one sentence in each language, and each says the same."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib import import_module
from pkgutil import walk_packages
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest

import domain
from domain.claiming.decisions import checks, claiming
from domain.decider import Past
from domain.plain import as_json
from domain.refusal import Refusal
from domain.rulesets import ProtectionRules
from domain.vocabulary import VOCABULARY, Word
from services.words import LANGUAGES, catalogue, check, claimability, fields_of, refusal, sentence
from tests.domain.claiming.claims import claim, granted

for module in walk_packages(domain.__path__, "domain."):
    import_module(module.name)

REFUSALS = {code: kind for code, kind in Refusal.by_code.items() if kind.__module__.startswith("domain.")}
ADDED = {"rep", "customer", "whom", "answer", "quantity"}
"""What a sentence may name besides the fields of its event."""

in_each_language = pytest.mark.parametrize("language", LANGUAGES)
for_each_word = pytest.mark.parametrize("word", list(VOCABULARY), ids=lambda word: word.name)


def _members(hint: Any) -> Iterator[Any]:  # noqa: ANN401 - any annotation
    if get_origin(hint) in (Union, UnionType, tuple, frozenset):
        for one in get_args(hint):
            yield from _members(one)
    else:
        yield hint


def _paths(kind: type[Any], before: str = "") -> Iterator[str]:
    for name, hint in get_type_hints(kind).items():
        yield before + name
        for one in _members(hint):
            if isinstance(one, type) and is_dataclass(cast("type[Any]", one)):
                yield from _paths(one, f"{before}{name}.")


def _closed_lists(kind: type[Any]) -> Iterator[type[StrEnum]]:
    for hint in get_type_hints(kind).values():
        for one in _members(hint):
            if isinstance(one, type) and issubclass(one, StrEnum):
                yield one
            elif isinstance(one, type) and is_dataclass(cast("type[Any]", one)):
                yield from _closed_lists(one)


def test_both_languages_say_the_same_things() -> None:
    english, chinese = (catalogue(language) for language in LANGUAGES)
    assert english.keys() == chinese.keys()
    for section in english:
        assert english[section].keys() == chinese[section].keys(), section


def test_both_languages_name_the_same_fields() -> None:
    english, chinese = (catalogue(language) for language in LANGUAGES)
    for section in ("events", "refusals"):
        for name, template in english[section].items():
            assert fields_of(template) == fields_of(chinese[section][name]), name


def test_every_event_has_a_sentence_and_no_sentence_is_about_nothing() -> None:
    assert catalogue("en")["events"].keys() == {word.name for word in VOCABULARY}


def test_every_refusal_has_a_sentence_and_no_sentence_is_about_nothing() -> None:
    assert catalogue("en")["refusals"].keys() == REFUSALS.keys()


@for_each_word
def test_a_sentence_names_only_what_its_event_has(word: Word[Any]) -> None:
    known = {*_paths(word.event), *ADDED}
    assert fields_of(catalogue("en")["events"][word.name]) <= known


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_refusal_names_only_what_it_has(code: str) -> None:
    kind = REFUSALS[code]
    known = {field.name for field in fields(kind)} if is_dataclass(kind) else set[str]()
    assert fields_of(catalogue("en")["refusals"][code]) <= known


@for_each_word
def test_every_value_of_a_closed_list_has_a_word(word: Word[Any]) -> None:
    values = {member.value for kind in _closed_lists(word.event) for member in kind}
    assert values <= catalogue("en")["codes"].keys()


def _some(hint: Any) -> Any:  # noqa: ANN401 - any annotation
    for one in _members(hint):
        if one is type(None):
            continue
        if isinstance(one, type) and issubclass(one, StrEnum):
            return next(iter(one))
        if isinstance(one, type) and is_dataclass(cast("type[Any]", one)):
            return one(**{name: _some(inner) for name, inner in get_type_hints(one).items()})
        if one in _PLAIN:
            return _PLAIN[one]
    return ()


_PLAIN: dict[Any, Any] = {
    str: "spoken",
    int: 1234,
    bool: True,
    UUID: UUID(int=0xABCDEF),
    datetime: datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
    date: date(2026, 3, 2),
    bytes: b"",
}


def _full(kind: type[Any]) -> dict[str, Any]:
    event = kind(**{name: _some(hint) for name, hint in get_type_hints(kind).items()})
    return json.loads(as_json(event))


@in_each_language
@for_each_word
def test_a_sentence_with_all_its_fields_leaves_no_mark_behind(language: str, word: Word[Any]) -> None:
    told = sentence(language, word.name, _full(word.event))
    assert not set("[]{}") & set(told)
    assert told[-1] in ".。" or told.endswith("spoken")


@in_each_language
@for_each_word
def test_a_sentence_without_what_may_be_empty_is_still_one(language: str, word: Word[Any]) -> None:
    hints = get_type_hints(word.event)
    facts = _full(word.event)
    for name, hint in hints.items():
        if type(None) in get_args(hint):
            facts[name] = None
    told = sentence(language, word.name, facts)
    assert not set("[]{}") & set(told)


@in_each_language
@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_refusal_without_its_facts_is_still_a_sentence(language: str, code: str) -> None:
    told = refusal(language, code, {})
    assert not set("[]{}") & set(told)
    assert told[-1] in ".。"
    assert told != code


def _claim_granted() -> dict[str, Any]:
    return json.loads(as_json(granted()[0]))


def test_hours_are_told_by_the_clock_of_the_place() -> None:
    told = sentence("en", "ownership.claim_granted", _claim_granted())
    assert told == "anna claimed …00ac3e: protected until 2026-03-18 00:00, first visit due by 2026-03-06 00:00."
    in_london = sentence("en", "ownership.claim_granted", _claim_granted(), zone="Europe/London")
    assert "protected until 2026-03-17 16:00" in in_london


def test_names_are_told_where_they_are_known() -> None:
    named = {**_claim_granted(), "rep": "安娜", "customer": "USER"}
    assert sentence("zh-CN", "ownership.claim_granted", named).startswith("安娜 领取客户 USER：保护至 2026-03-18 00:00")


def test_a_refused_claim_says_why() -> None:
    facts = {
        "rep_id": "bruno",
        "customer_id": "01950000-0000-7000-8000-00000000ac3e",
        "reason": "COOLING_OFF",
        "claimable_at": "2026-03-18T16:00:00Z",
    }
    assert sentence("en", "ownership.claim_refused", facts).endswith(
        "You gave this customer up lately and may claim it again from 2026-03-18 16:00 UTC on."
    )
    facts = {"asked": "visit.void", "code": "ALREADY_VOID", "facts": {"visit_id": "v"}, "rep_id": None}
    assert "该拜访已作废" in sentence("zh-CN", "submission.decision_refused", facts)


def test_amounts_and_shares_are_told_as_people_write_them() -> None:
    won = {"rep_id": "anna", "customer": "Acme", "amount": {"minor": 1234567, "currency": "CNY"}, "gross_margin": None}
    assert sentence("en", "deal.deal_won", won) == "anna won a deal with Acme worth 12,345.67 CNY."
    yen = {**won, "amount": {"minor": -5000, "currency": "JPY"}}
    assert sentence("en", "deal.deal_won", yen) == "anna won a deal with Acme worth -5,000 JPY."
    shares = [{"rep_id": "anna", "bp": 8000, "amount": None}, {"rep_id": "bruno", "bp": 2000, "amount": None}]
    assigned = {"customer": "Acme", "credits": shares}
    assert sentence("zh-CN", "deal.credit_assigned", assigned) == "Acme 成交的业绩归属：anna 80 %、bruno 20 %。"


def test_what_has_no_sentence_is_told_as_it_is() -> None:
    assert sentence("en", "moon.landed", {}) == "moon.landed"
    assert refusal("en", "NO_SUCH_CODE", {}) == "NO_SUCH_CODE"


def test_a_language_that_is_not_spoken_is_english() -> None:
    assert refusal("fr", "NO_CHANGE", {}) == refusal("en", "NO_CHANGE", {}) == "It is so already; nothing was changed."


@in_each_language
def test_claimability_says_yes_or_why_not(language: str) -> None:
    facts = {"held": 100, "capacity": 100}
    assert claimability(language, None, {}) == catalogue(language)["claimability"]["YES"]
    assert claimability(language, "CAPACITY_EXCEEDED", facts) == refusal(language, "CAPACITY_EXCEEDED", facts)
    assert "100" in claimability(language, "CAPACITY_EXCEEDED", facts)


@in_each_language
def test_every_condition_of_a_claim_is_a_sentence_met_and_unmet(language: str) -> None:
    command = claim(rules=ProtectionRules(pool_freeze_days=2, claim_gap_minutes=10, unworked_capacity=5))
    past = Past({stream.name: stream.empty for stream in claiming.stands_on(command)})
    rules = {one.rule for one in checks(command, past)} | {"NOT_CONTESTED"}
    for section in ("checks_met", "checks_unmet"):
        assert set(catalogue(language)[section]) == rules
    assert "7" in check(language, "CAPACITY", False, {"value": 7, "limit": 7})


def test_chinese_is_chinese_and_english_is_english() -> None:
    for section in ("checks_met", "checks_unmet", "claimability", "codes", "events", "refusals"):
        assert set("".join(catalogue("en")[section].values())) - {"“", "”"} <= set(map(chr, range(32, 127)))
        for name, template in catalogue("zh-CN")[section].items():
            assert any("\u4e00" <= sign <= "\u9fff" for sign in template), name
