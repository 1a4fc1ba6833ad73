"""A refusal is told by its code, so a code is one reason."""

from collections.abc import Iterator

import pytest

from domain.reception import ResponsibleRequired
from domain.refusal import Invalid, Refusal
from services.platform import Platform


def test_each_code_is_that_of_one_class_and_finds_it() -> None:
    assert Platform.__module__.startswith("services.")  # every room that has refusals is loaded by now
    kinds = [kind for kind in _below(Refusal) if kind.__module__.startswith("domain.")]
    assert {code: one for code, one in Refusal.by_code.items() if one in kinds} == {one.code(): one for one in kinds}
    assert len({kind.code() for kind in kinds}) == len(kinds) > 80
    assert Refusal.by_code["RESPONSIBLE_REQUIRED"] is ResponsibleRequired


def test_a_second_class_may_not_say_the_same_code() -> None:
    with pytest.raises(TypeError, match=r"^RESPONSIBLE_REQUIRED is said by domain\.reception already"):
        type("ResponsibleRequired", (Invalid,), {})
    assert Refusal.by_code["RESPONSIBLE_REQUIRED"] is ResponsibleRequired


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)
