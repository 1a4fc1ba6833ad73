"""Street addresses of outlets: what is taken as one, and the form in which two ways of writing one are equal."""

import re
import unicodedata
from dataclasses import dataclass

from domain.refusal import Invalid

LONGEST_ADDRESS = 200


@dataclass(eq=False)
class AddressInvalid(Invalid):
    """An address has 1–200 characters, one of them a letter or a digit; one that is not known is left out."""

    length: int


_CHINESE_ROAD = re.compile("(?P<road>[一-鿿0-9]{1,12}?(?:大道|路|街|巷|道|胡同|弄))(?P<number>[0-9]+)(?=号|弄|-|之|$)")
_DISTRICT = re.compile(r".*(?:省|市|区|县|镇|乡|州|旗)")
_WORD = re.compile(r"[^\W_]+")
_DIRECTIONS = frozenset(
    {"n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west"}
    | {"northeast", "northwest", "southeast", "southwest"}
)
_ROADS = frozenset(
    {
        "st",
        "street",
        "ave",
        "av",
        "avenue",
        "rd",
        "road",
        "blvd",
        "boulevard",
        "dr",
        "drive",
        "ln",
        "lane",
        "ct",
        "court",
    }
    | {"pl", "place", "pkwy", "parkway", "hwy", "highway", "ter", "terrace", "sq", "square", "way", "cir", "circle"}
    | {"plz", "plaza"}
)


def known_address(text: str | None) -> str | None:
    """The address without blanks around it and with single ones in it, if there is one and it says something."""
    if text is None:
        return None
    address = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(address) <= LONGEST_ADDRESS or not any(character.isalnum() for character in address):
        raise AddressInvalid(len(text))
    return address


def street_and_number(address: str) -> str | None:
    """Street and house number in one spelling, whatever town, floor or room is named with them; None where unclear."""
    text = unicodedata.normalize("NFKC", address).lower()
    found = _CHINESE_ROAD.search(text.replace(" ", ""))
    if found is not None:
        return f"{_DISTRICT.sub('', found['road']) or found['road']} {found['number']}"
    words: list[str] = _WORD.findall(text)
    at = next((place for place, word in enumerate(words) if word.isdigit()), None)
    if at is None:
        return None
    street: list[str] = []
    for word in words[at + 1 :]:
        if (word in _ROADS or word.isdigit()) and street:
            break
        if word not in _DIRECTIONS:
            street.append(word)
    return f"{' '.join(street)} {words[at]}" if street else None
