"""Our hour on a device: nobody makes one but us, and nobody changes one."""

from datetime import UTC, datetime

import pytest

from domain.device.attestation import SignedHour
from services.adapters.signed_hours import HmacSignedHours

HOUR = SignedHour("phone-17", "anna", "b1", datetime(2026, 3, 17, 0, 0, 0, 123_456, UTC))
OURS = HmacSignedHours(bytes(32), "main")


def test_what_was_signed_is_read_to_the_microsecond() -> None:
    assert OURS.read(OURS.sign(HOUR)) == HOUR
    assert len(OURS.sign(HOUR)) < 200


def test_no_character_of_it_can_be_another() -> None:
    text = OURS.sign(HOUR)
    for place, character in enumerate(text):
        other = "A" if character != "A" else "B"
        changed = OURS.read(text[:place] + other + text[place + 1 :])
        assert changed in (None, HOUR), place  # the last character of base64 has bits that say nothing
        assert changed is None or place in (len(text) - 1, text.rindex(".") - 1)


@pytest.mark.parametrize("text", ["", "token", "v1..", "v2." + OURS.sign(HOUR)[3:], "v1.é.ü", "v1.AAAA", "a.b.c.d"])
def test_any_other_text_is_nothing(text: str) -> None:
    assert OURS.read(text) is None


def test_another_organisation_or_another_key_signs_otherwise() -> None:
    assert HmacSignedHours(bytes(32), "other").read(OURS.sign(HOUR)) is None
    assert HmacSignedHours(bytes(31) + b"1", "main").read(OURS.sign(HOUR)) is None
