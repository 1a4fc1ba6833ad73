"""Which two records may be of one customer, how surely, and by which rule (§3.7)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from domain.customer.addresses import street_and_number
from domain.customer.events import CustomerKind, Level, Sign
from domain.customer.likeness import Identity, Likeness, blocking_keys, likeness, sought_keys
from domain.customer.names import normal_name
from domain.rulesets import RulingRules
from domain.values import Place
from tests.domain.customer.customers import CODE, OTHER_CODE
from tests.people import ACME, GLOBEX

RULES = RulingRules()
PHONE = "+862162345678"


def company(name: str, **known: Any) -> Identity:  # noqa: ANN401 - any field of it
    return replace(Identity(ACME, CustomerKind.COMPANY, "CN", (normal_name(name),)), **known)


def outlet(name: str, **known: Any) -> Identity:  # noqa: ANN401 - any field of it
    return replace(Identity(ACME, CustomerKind.OUTLET, "CN", (normal_name(name),)), **known)


def alike(one: Identity, other: Identity) -> Likeness | None:
    return likeness(one, replace(other, customer_id=GLOBEX), RULES)


def level(one: Identity, other: Identity) -> Level | None:
    found = alike(one, other)
    return found.level if found else None


def signs(one: Identity, other: Identity) -> tuple[Sign, ...]:
    found = alike(one, other)
    return found.signs if found else ()


def test_the_same_company_code_is_one_customer() -> None:
    assert level(company("蓝海", uscc=CODE), company("远洋", uscc=CODE)) is Level.HARD


def test_the_same_web_domain_is_strong() -> None:
    one, other = company("蓝海", registrable="acme.cn"), company("远洋", registrable="acme.cn")
    assert alike(one, other) == Likeness(Level.STRONG, 9_000, (Sign.SAME_DOMAIN,))


@pytest.mark.parametrize("other", ["蓝海贸易(上海)有限公司", "上海市蓝海贸易有限责任公司", "上海 蓝海·贸易 有限公司"])
def test_the_same_name_in_the_same_region_is_strong(other: str) -> None:
    assert signs(company("上海蓝海贸易有限公司"), company(other)) == (Sign.SAME_NAME_AND_REGION,)


def test_two_different_company_codes_leave_no_more_than_a_hint() -> None:
    one = company("上海蓝海贸易有限公司", uscc=CODE, registrable="acme.cn")
    found = alike(one, replace(one, uscc=OTHER_CODE))
    assert found is not None
    assert (found.level, Sign.DIFFERENT_USCC in found.signs) == (Level.WEAK, True)


def test_the_same_name_in_another_region_is_no_strong_sign() -> None:
    assert level(company("上海蓝海贸易有限公司"), company("北京蓝海贸易有限公司")) is Level.WEAK


def test_a_region_code_says_where_a_name_does_not() -> None:
    here, there = company("蓝海贸易有限公司", region_code="310115"), company("上海蓝海贸易有限公司")
    assert signs(here, there) == (Sign.SAME_NAME_AND_REGION,)
    assert level(replace(here, region_code="110000"), there) is Level.WEAK


def test_a_shared_number_alone_is_a_hint_and_with_the_trade_name_it_is_strong() -> None:
    agent = company("上海蓝海贸易有限公司", phones=(PHONE,))
    assert signs(agent, company("北京远洋科技有限公司", phones=(PHONE,))) == (Sign.SAME_PHONE,)
    assert level(agent, company("北京远洋科技有限公司", phones=(PHONE,))) is Level.WEAK
    found = alike(agent, company("蓝海科技有限公司", phones=(PHONE,)))
    assert found is not None
    assert (found.level, Sign.SAME_PHONE_AND_TRADE_NAME in found.signs) == (Level.STRONG, True)


def test_outlets_with_one_number_are_strong_unless_they_stand_elsewhere() -> None:
    one, other = outlet("蓝海咖啡", phones=(PHONE,)), outlet("大洋超市", phones=(PHONE,))
    assert signs(one, other) == (Sign.SAME_OUTLET_PHONE,)
    elsewhere = replace(other, street="淮海路 1")
    assert level(replace(one, street="南京西路 100"), elsewhere) is None


def test_outlets_of_one_sign_within_fifty_metres_are_strong_and_further_apart_a_chain() -> None:
    here = outlet("蓝海咖啡", place=Place(312304000, 1214737000, "WGS84"))
    near = replace(here, place=Place(312308000, 1214737000, "WGS84"))  # 44 m to the north
    next_door = replace(here, place=Place(312309000, 1214737000, "WGS84"))  # 56 m
    far = replace(here, place=Place(312404000, 1214737000, "WGS84"))
    assert signs(here, near)[0] is Sign.SAME_SIGN_NEARBY
    assert Sign.SAME_SIGN_NEARBY not in signs(here, next_door)
    assert signs(here, far) == ()


def test_the_label_of_a_coordinate_system_is_undone_before_measuring() -> None:
    here = outlet("蓝海咖啡", place=Place(312304000, 1214737000, "WGS84"))
    same_digits = replace(here, place=Place(312304000, 1214737000, "GCJ02"))
    assert Sign.SAME_SIGN_NEARBY not in signs(here, same_digits)


def test_outlets_of_one_sign_at_one_address_are_strong() -> None:
    one = outlet("蓝海咖啡", street=street_and_number("上海市黄浦区南京西路100号3楼"))
    other = outlet("蓝海咖啡", street=street_and_number("南京西路 100 号"))
    assert signs(one, other)[0] is Sign.SAME_SIGN_NEARBY


def test_branches_of_one_company_are_told_apart_even_with_one_number() -> None:
    one = outlet("蓝海咖啡(南京西路店)", phones=(PHONE,))
    assert level(one, outlet("蓝海咖啡(淮海路店)", phones=(PHONE,))) is Level.WEAK


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("浦发银行", "上海浦东发展银行股份有限公司"),
        ("飞亚达A", "飞亚达(集团)股份有限公司"),
        ("中兴通讯", "中兴通讯股份有限公司"),
        ("粤电力A", "广东电力发展股份有限公司"),
        ("锦江股份", "锦江酒店股份有限公司"),
    ],
)
def test_a_short_name_is_a_hint_at_the_full_one(short: str, full: str) -> None:
    assert level(company(short), company(full)) is Level.WEAK


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("杭州银行股份有限公司", "郑州银行股份有限公司"),
        ("上海蓝海贸易有限公司", "上海远洋贸易有限公司"),
        ("第一小学", "第二小学"),
        ("客户 17 有限公司", "客户 18 有限公司"),
        ("蓝海有限公司", "蓝海有限公司上海分公司"),
        ("Acme Trading Ltd", "Apex Trading Ltd"),
    ],
)
def test_other_names_are_other_customers(one: str, other: str) -> None:
    assert alike(company(one), company(other)) is None


def test_a_trade_name_that_is_spelt_alike_in_the_same_business_is_a_hint() -> None:
    one, other = company("Blue Ocean Harbour Trading Ltd"), company("Blue Ocean Harbor Trading Ltd")
    assert signs(one, other) == (Sign.ALIKE_TRADE_NAME,)
    assert alike(one, company("Blue Ocean Harbor Hotel Ltd")) is None


def test_an_earlier_name_counts_as_much_as_the_present_one() -> None:
    renamed = replace(
        company("远洋贸易有限公司"), names=(normal_name("远洋贸易有限公司"), normal_name("蓝海贸易有限公司"))
    )
    assert signs(renamed, company("蓝海贸易有限公司")) == (Sign.SAME_NAME_AND_REGION,)


names = st.text(st.sampled_from("蓝海远洋贸易科技上海北京"), min_size=2, max_size=6).map(lambda name: f"{name}有限公司")
places = st.builds(Place, st.integers(312304000, 312312000), st.integers(1214737000, 1214745000), st.just("WGS84"))
identities = st.builds(
    Identity,
    st.just(ACME),
    st.sampled_from(CustomerKind),
    st.just("CN"),
    st.lists(names.map(normal_name), min_size=1, max_size=2).map(tuple),
    registrable=st.sampled_from([None, "acme.cn", "globex.cn"]),
    phones=st.sampled_from([(), (PHONE,)]),
    place=st.none() | places,
    street=st.sampled_from([None, "南京西路 100"]),
)


@for_any(identities, identities)
def test_likeness_is_mutual_and_every_strong_one_is_found_in_the_index(one: Identity, other: Identity) -> None:
    found, back = alike(one, other), likeness(replace(other, customer_id=GLOBEX), one, RULES)
    assert found == back
    if found is not None and found.level is not Level.WEAK:
        assert sought_keys(one) & blocking_keys(other)


def test_somebody_reached_by_the_same_personal_number_is_a_hint_and_with_the_trade_name_it_is_strong() -> None:
    at_both = frozenset({"mark"})
    one = company("上海蓝海贸易有限公司", people=at_both)
    assert signs(one, company("北京红山物流有限公司", people=at_both)) == (Sign.SAME_CONTACT,)
    assert level(one, company("北京红山物流有限公司", people=at_both)) is Level.WEAK
    same = company("北京蓝海物流有限公司", people=at_both)
    assert Sign.SAME_CONTACT_AND_TRADE_NAME in signs(one, same)
    assert level(one, same) is Level.STRONG
    assert alike(one, company("北京红山物流有限公司", people=frozenset({"another"}))) is None
