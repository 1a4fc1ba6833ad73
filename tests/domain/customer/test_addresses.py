"""Two ways of writing one address have one normal form, whatever town, floor or room is named with it."""

import pytest

from domain.customer.addresses import AddressInvalid, known_address, street_and_number


@pytest.mark.parametrize(
    ("address", "spot"),
    [
        ("上海市黄浦区南京西路100号3楼", "南京西路 100"),
        ("南京西路 １００号", "南京西路 100"),
        ("广东省深圳市南山区科技南十二路2号", "科技南十二路 2"),
        ("1020 West Bryn Mawr 211", "bryn mawr 1020"),
        ("1020 W. Bryn Mawr Ave.", "bryn mawr 1020"),
        ("2819 W. 21st Place", "21st 2819"),
        ("10001 South Woodlawn Avenue First Floor", "woodlawn 10001"),
        ("10001 S Woodlawn", "woodlawn 10001"),
    ],
)
def test_street_and_number_are_found(address: str, spot: str) -> None:
    assert street_and_number(address) == spot


@pytest.mark.parametrize("address", ["上海市", "P.O. Box", "Rome", "100"])
def test_an_address_without_a_street_or_a_number_is_no_spot(address: str) -> None:
    assert street_and_number(address) is None


def test_an_address_is_kept_with_single_blanks() -> None:
    assert known_address("  1 N  Ogden\nAve ") == "1 N Ogden Ave"
    assert known_address(None) is None


@pytest.mark.parametrize("address", ["", "  ", "——", "x" * 201])
def test_what_says_nothing_or_too_much_is_no_address(address: str) -> None:
    with pytest.raises(AddressInvalid):
        known_address(address)
