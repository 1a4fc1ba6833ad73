"""Each group of details can be stated, replaced and proved."""

from datetime import date
from hashlib import sha256

from hypothesis import given as for_any
from hypothesis import strategies as st

from domain.customer.details import Details, hash_of, value_of, with_value
from domain.customer.events import CompetitorRelation, CompetitorTie, DetailField
from domain.values import Place

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=10)
every_detail = st.builds(
    Details,
    country=st.sampled_from(["CN", "BR"]),
    region_code=st.none() | texts,
    uscc=st.none() | texts,
    domain=st.just("shop.acme.example"),
    registrable=st.just("acme.example"),
    phones=st.lists(texts, max_size=3).map(tuple),
    place=st.none() | st.builds(Place, st.integers(-9, 9), st.integers(-9, 9), st.sampled_from(["WGS84", "BD09"])),
    competitor_relation=st.none()
    | st.builds(CompetitorRelation, texts, st.sampled_from(CompetitorTie), st.none() | texts, st.none() | st.dates()),
    has_website=st.none() | st.booleans(),
    buyer_persona=st.none() | texts,
)


@for_any(every_detail, every_detail)
def test_taking_over_group_by_group_what_another_record_states_makes_its_details(one: Details, other: Details) -> None:
    made = one
    for field in DetailField:
        made = with_value(made, field, value_of(other, field))
    assert made == other


@for_any(every_detail, st.sampled_from(DetailField))
def test_a_group_that_is_taken_away_is_not_known_and_leaves_the_others_alone(one: Details, field: DetailField) -> None:
    without = with_value(one, field, None)
    for each in DetailField:
        if each is field:
            assert value_of(without, each) in (None, {"country": one.country, "region_code": None})
        else:
            assert value_of(without, each) == value_of(one, each)


def test_the_hash_of_a_value_can_be_made_again_by_anybody() -> None:
    def by_hand(text: str) -> str:
        return sha256(text.encode()).hexdigest()

    assert hash_of(None) is None
    assert hash_of("91350100M000100Y43") == by_hand("91350100M000100Y43")
    assert hash_of(False) == by_hand("false")
    assert hash_of(("+12025550123", "+12025550199")) == by_hand("+12025550123\n+12025550199")
    assert hash_of({"region_code": "310000", "country": "CN"}) == by_hand("country=CN\nregion_code=310000")
    assert hash_of({"country": "CN", "region_code": None}) == by_hand("country=CN")


def test_a_competitor_relation_states_the_day_it_was_seen() -> None:
    details = Details(
        "CN", competitor_relation=CompetitorRelation("Globex", CompetitorTie.INTENT, None, date(2026, 3, 1))
    )
    assert value_of(details, DetailField.COMPETITOR_RELATION) == {
        "competitor": "Globex",
        "tie": "INTENT",
        "evidence": None,
        "seen_on": "2026-03-01",
    }
