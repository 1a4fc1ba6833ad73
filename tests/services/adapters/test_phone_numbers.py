"""However a number is written, it is one number; what nobody could dial is none."""

import pytest

from services.adapters.phone_numbers import read_phone
from tests.domain.customer.customers import wide


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("021-6234 5678", "CN", "+862162345678"),
        ("(021) 62345678", "CN", "+862162345678"),
        ("138 0013 8000", "CN", "+8613800138000"),
        (wide("+8613800138000"), "CN", "+8613800138000"),
        ("+86 138 0013 8000", "US", "+8613800138000"),
        ("(312) 555-0123", "US", "+13125550123"),
        ("+1 312 555 0123 ext. 5", "CN", "+13125550123"),
        ("030 123456", "DE", "+4930123456"),
    ],
)
def test_a_number_is_read_as_it_is_dialled_in_its_country(text: str, country: str, number: str) -> None:
    assert read_phone(text, country).e164 == number


@pytest.mark.parametrize(
    ("text", "country"), [("123", "CN"), ("", "CN"), ("+", "CN"), ("none", "CN"), ("+0138001380", "CN"), ("555", "XX")]
)
def test_what_cannot_be_dialled_is_no_number(text: str, country: str) -> None:
    assert read_phone(text, country).e164 is None
