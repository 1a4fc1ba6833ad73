"""Names that sound like companies and people, put together from parts; none is meant to be anybody's."""

import tomllib
from importlib.resources import files
from random import Random

_WORDS = tomllib.loads(files("api.demo").joinpath("names.toml").read_text("utf-8"))
REGIONS: dict[str, list[str]] = _WORDS["regions"]
"""Cities in which each team sells."""
CENTRES: dict[str, tuple[int, int]] = {city: (lat, lon) for city, (lat, lon) in _WORDS["centres"].items()}
"""Roughly where those cities lie, in ten-millionths of a degree."""


def company(chance: Random, city: str) -> str:
    """A company's legal name."""
    trade: str = chance.choice(_WORDS["trades"])
    name = chance.choice(_WORDS["first"]) + chance.choice(_WORDS["second"])
    form = chance.choice(_WORDS["forms"])
    return f"{name}{trade}({city}){form}" if chance.random() < 0.25 else f"{city}{name}{trade}{form}"


def person(chance: Random) -> str:
    """A person's name."""
    return chance.choice(_WORDS["surnames"]) + chance.choice(_WORDS["given"])


def phone(chance: Random) -> str:
    """A mobile number in a range that is kept free for made-up people, in E.164."""
    return f"+861{chance.choice('3456789')}000{chance.randrange(10**6):06d}"
