"""What is said of a customer is taken only in a form that others can rely on."""

import pytest

from domain.customer.events import Source, SourceMethod
from domain.customer.said import (
    CountryInvalid,
    EmailInvalid,
    PhoneInvalid,
    RegionCodeInvalid,
    SourceDetailInvalid,
    known_country,
    known_email,
    known_phone,
    known_phones,
    known_region,
    known_source,
)
from domain.facts import PhoneFacts


def test_a_number_is_kept_in_e164() -> None:
    assert known_phone(PhoneFacts("138 0013 8000", "+8613800138000")) == "+8613800138000"


def test_what_cannot_be_a_number_is_not_taken() -> None:
    with pytest.raises(PhoneInvalid) as refused:
        known_phone(PhoneFacts("021 5", None))
    assert refused.value.facts() == {"phone": "021 5"}


def test_a_number_given_twice_is_kept_once_in_the_order_given() -> None:
    given = [
        PhoneFacts("+12025550199", "+12025550199"),
        PhoneFacts("+12025550123", "+12025550123"),
        PhoneFacts("(202) 555-0199", "+12025550199"),
    ]
    assert known_phones(given) == ("+12025550199", "+12025550123")


def test_an_address_is_taken() -> None:
    assert known_email("li.wei+sales@blauesmeer.example") == "li.wei+sales@blauesmeer.example"


@pytest.mark.parametrize("email", ["li", "li@", "@acme.example", "li@acme", "li @acme.example", "li@acme..example"])
def test_what_is_no_address_is_not_taken(email: str) -> None:
    with pytest.raises(EmailInvalid):
        known_email(email)


def test_an_address_longer_than_any_mailbox_is_not_taken() -> None:
    with pytest.raises(EmailInvalid):
        known_email("x" * 250 + "@acme.example")


@pytest.mark.parametrize("country", ["cn", "CHN", "", "C1"])
def test_a_country_is_two_capital_letters(country: str) -> None:
    assert known_country("BR") == "BR"
    with pytest.raises(CountryInvalid):
        known_country(country)


@pytest.mark.parametrize("region", ["", "上海", "CN_SH", "X" * 17])
def test_a_region_is_a_code(region: str) -> None:
    assert known_region("310000") == "310000"
    assert known_region("CN-SH") == "CN-SH"
    assert known_region(None) is None
    with pytest.raises(RegionCodeInvalid):
        known_region(region)


@pytest.mark.parametrize("detail", ["", "x" * 65])
def test_the_label_of_a_channel_has_one_to_sixty_four_characters_or_is_left_out(detail: str) -> None:
    for good in (None, "x", "x" * 64):
        source = Source(SourceMethod.OTHER, good)
        assert known_source(source) == source
    with pytest.raises(SourceDetailInvalid):
        known_source(Source(SourceMethod.OTHER, detail))
