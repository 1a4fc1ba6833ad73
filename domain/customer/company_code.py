"""The unified social credit code of a Chinese company (USCC, GB 32100-2015; domain §3.7)."""

import unicodedata
from dataclasses import dataclass

from domain.refusal import Invalid

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a code; I, O, S, V and Z are not among them. The value of a character is its place here."""
LENGTH = 18
_WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))


@dataclass(eq=False)
class UsccInvalid(Invalid):
    """This is no unified social credit code: its length, a character, or the check character is wrong."""

    uscc: str


def normal_code(text: str) -> str:
    """A code as it is compared: NFKC, trimmed, upper case. Nothing is corrected: an O stays an O."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def check_character(first_17: str) -> str:
    """The last character that belongs to the first seventeen; all of them must be in the alphabet."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first_17, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def company_code(text: str) -> str:
    """The code in its normal form, if it is one."""
    code = normal_code(text)
    if len(code) != LENGTH or any(character not in ALPHABET for character in code):
        raise UsccInvalid(text)
    if code[-1] != check_character(code[:-1]):
        raise UsccInvalid(text)
    return code
