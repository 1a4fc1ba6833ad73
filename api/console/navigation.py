"""Where one can go: the pages in the order of a manager's day, and whose home is which."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.access import Role

_EVERYBODY = (Role.REP, Role.MANAGER, Role.ARBITER, Role.AUDITOR, Role.OPS)
ABOVE = (Role.MANAGER, Role.AUDITOR, Role.OPS)
"""Whoever looks at many reps: managers at their line, auditors and ops at all; an arbiter sees the parties alone."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page that stands in the bar. `key`: `g` and this letter go there; its name is the phrase `nav.<name>`."""

    name: str
    path: str
    key: str
    roles: tuple[Role, ...] = _EVERYBODY


PLACES: Sequence[Place] = (
    Place("me", "/me", "i", (Role.REP,)),
    Place("today", "/today", "t", ABOVE),
    Place("reps", "/reps", "r", ABOVE),
    Place("customers", "/customers", "u"),
    Place("pool", "/pool", "p"),
)
"""A page takes its place here when it is there to be looked at."""

OUTSIDE = Place("about", "/about", "b")
"""For whoever has no page of an own here."""


def places_of(role: str) -> Sequence[Place]:
    """The pages that somebody in a role may open."""
    return [place for place in PLACES if role in place.roles]


def home_of(role: str) -> str:
    """Where somebody begins: the first page that is for them."""
    return next((place.path for place in places_of(role)), OUTSIDE.path)
