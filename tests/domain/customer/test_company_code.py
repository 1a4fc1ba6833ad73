"""A company code is taken only if it is one (GB 32100-2015)."""

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from domain.customer.company_code import ALPHABET, UsccInvalid, check_character, company_code
from tests.domain.customer.customers import wide

first_17 = st.text(st.sampled_from(ALPHABET), min_size=17, max_size=17)


@pytest.mark.parametrize(
    "code", ["91350100M000100Y43", "11320000MB151840XJ", "91310000MA10000280", "91310000MA1000018Y"]
)
def test_a_code_whose_last_character_fits_is_taken(code: str) -> None:
    assert company_code(code) == code


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y4Z",  # Z is in no code
        "91350100M000100Y4",
        "91350100M000100Y433",
        "91350100M000100Y44",
        "",
        "913501-0M000100Y43",
    ],
)
def test_what_only_looks_like_a_code_is_not_taken(code: str) -> None:
    with pytest.raises(UsccInvalid):
        company_code(code)


def test_a_remainder_of_nothing_gives_a_zero_and_not_one_past_the_alphabet() -> None:
    assert check_character("91310000MA1000028") == "0"


def test_blanks_around_it_small_letters_and_wide_characters_are_the_same_code() -> None:
    assert company_code(f"  {wide('91310000')}ma1000018y\n") == "91310000MA1000018Y"


def test_a_letter_o_is_never_taken_for_a_zero() -> None:
    with pytest.raises(UsccInvalid):
        company_code("9131OOOOMA1OOOO18Y")


@for_any(first_17)
def test_exactly_one_last_character_fits(first: str) -> None:
    fitting = [last for last in ALPHABET if _is_taken(first + last)]
    assert fitting == [check_character(first)]


@for_any(first_17, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(first: str, place: int, other: str) -> None:
    code = first + check_character(first)
    mistyped = code[:place] + other + code[place + 1 :]
    assert _is_taken(mistyped) == (mistyped == code)


@for_any(first_17, st.integers(0, 15))
def test_two_neighbours_that_changed_places_are_always_noticed(first: str, place: int) -> None:
    code = first + check_character(first)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert _is_taken(swapped) == (swapped == code)


def _is_taken(code: str) -> bool:
    try:
        return company_code(code) == code
    except UsccInvalid:
        return False
