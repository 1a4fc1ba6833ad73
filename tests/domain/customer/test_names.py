"""Two spellings of one name have one normal form; two names have two."""

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from domain.customer.names import NameInvalid, NormalName, known_name, normal_name, searched_name

han = st.text(st.sampled_from("蓝海贸易科技新材料金田实业环保电子银星"), min_size=3, max_size=8)
noise = st.sampled_from([" ", "\u3000", "·", "-", "，", "“", "”", "、"])


@pytest.mark.parametrize("name", ["", "x", "——", "()", "  !  ", "。。。", "x" * 201])
def test_a_name_of_punctuation_or_of_no_length_is_not_taken(name: str) -> None:
    with pytest.raises(NameInvalid):
        known_name(name)


@pytest.mark.parametrize("name", ["蓝海", "3M", "x" * 200, "Ünal"])
def test_a_name_of_two_to_two_hundred_characters_is_taken(name: str) -> None:
    assert known_name(f" {name} ") == name


def test_an_accent_of_its_own_is_the_same_as_one_in_the_letter() -> None:
    assert known_name("Cafe\u0301") == "Café"


@pytest.mark.parametrize(
    "name",
    [
        "上海蓝海贸易有限公司",
        "上海市蓝海贸易有限公司",
        "蓝海贸易(上海)有限公司",
        "蓝海贸易（上海）有限公司",
        "蓝海贸易（上海市）有限责任公司",
        "上海 蓝海·贸易 有限公司",
    ],
)
def test_region_brackets_blanks_and_the_long_legal_form_make_no_other_name(name: str) -> None:
    assert normal_name(name) == NormalName("上海", "蓝海", "贸易", "有限公司", "")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("浙江省杭州市蓝海股份有限公司", NormalName("浙江杭州", "蓝海", "", "股份有限公司", "")),
        ("广西壮族自治区柳州市蓝海有限公司", NormalName("广西柳州", "蓝海", "", "有限公司", "")),
        ("金田实业(集团)股份有限公司", NormalName("", "金田", "实业", "集团股份有限公司", "")),
        ("金田实业集团股份有限公司", NormalName("", "金田", "实业", "集团股份有限公司", "")),
        ("蓝海合伙企业(有限合伙)", NormalName("", "蓝海合伙", "企业", "有限合伙", "")),
        ("蓝海有限公司上海分公司", NormalName("", "蓝海", "", "有限公司", "上海分公司")),
        ("蓝海咖啡(南京西路店)", NormalName("", "蓝海", "咖啡", "", "南京西路店")),
        ("上海有限公司", NormalName("", "上海", "", "有限公司", "")),
        ("蓝海科技股份", NormalName("", "蓝海", "科技", "股份", "")),
        ("杭州银行股份有限公司", NormalName("杭州", "杭州银行", "", "股份有限公司", "")),
        ("Acme Trading Ltd", NormalName("", "acme", "trading", "ltd", "")),
        ("Acme Co., Ltd.", NormalName("", "acme", "", "co ltd", "")),
        ("ACME Company Limited", NormalName("", "acme", "", "co ltd", "")),
        ("Acme Inc", NormalName("", "acme", "", "inc", "")),
        ("Acme, Incorporated", NormalName("", "acme", "", "inc", "")),
        ("Müller GmbH", NormalName("", "müller", "", "gmbh", "")),
        ("Müller GmbH & Co. KG", NormalName("", "müller", "", "gmbh & co kg", "")),
        ("Zinc", NormalName("", "zinc", "", "", "")),
        ("Inc", NormalName("", "inc", "", "", "")),
    ],
)
def test_a_name_falls_into_its_parts(name: str, parts: NormalName) -> None:
    assert normal_name(name) == parts


def test_a_branch_is_another_than_its_parent_and_than_its_sister() -> None:
    names = ["蓝海有限公司", "蓝海有限公司上海分公司", "蓝海有限公司北京分公司"]
    assert len({normal_name(name).full for name in names}) == 3


def test_the_same_trade_name_elsewhere_or_in_another_legal_form_is_another_name() -> None:
    names = ["上海蓝海有限公司", "北京蓝海有限公司", "上海蓝海股份有限公司", "上海蓝海"]
    assert len({normal_name(name).full for name in names}) == 4


def test_traditional_characters_are_told_apart_until_a_converter_is_given() -> None:
    traditional = str.maketrans("藍貿", "蓝贸")
    assert normal_name("藍海貿易有限公司") != normal_name("蓝海贸易有限公司")
    assert normal_name("藍海貿易有限公司", lambda text: text.translate(traditional)) == normal_name("蓝海贸易有限公司")


def test_a_name_is_looked_up_without_regard_to_case_blanks_and_punctuation() -> None:
    assert searched_name("  ACME－Trading Co. ") == "acmetradingco"


@for_any(han, st.sampled_from(["上海", "北京", "杭州"]), st.lists(st.tuples(st.integers(0, 20), noise), max_size=4))
def test_blanks_and_punctuation_anywhere_make_no_other_name(
    trade_name: str, region: str, scattered: list[tuple[int, str]]
) -> None:
    plain = f"{region}{trade_name}有限公司"
    noisy = plain
    for place, sign in scattered:
        noisy = noisy[:place] + sign + noisy[place:]
    assert normal_name(noisy) == normal_name(plain)


@for_any(han, st.sampled_from(["上海", "北京", "杭州"]))
def test_it_is_no_matter_where_a_name_says_its_region(trade_name: str, region: str) -> None:
    assert normal_name(f"{trade_name}({region})有限公司") == normal_name(f"{region}{trade_name}有限公司")


@for_any(st.text(max_size=60))
def test_every_text_has_a_normal_form(text: str) -> None:
    assert normal_name(text).full.count("|") >= 4
