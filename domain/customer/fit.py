"""How well a lead fits the profile of the ideal customer (S30, S32, S33); the grade is derived, never sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.rulesets import IcpAttribute, IcpCriterion, IcpProfile


class Grade(StrEnum):
    """A: the right ones. X: nobody spends effort on it, unless somebody says why."""

    A = "A"
    B = "B"
    C = "C"
    X = "X"


NO_WEBSITE = "NO_WEBSITE"
COMPETITOR_CUSTOMER = "COMPETITOR_CUSTOMER"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a lead is like, in the words in which a profile asks for it; None where it is not known."""

    values: Mapping[IcpAttribute, str | None]


@dataclass(frozen=True, slots=True)
class Fit:
    """A score from 0 to 100, the grade that it makes, and what spoke for or against it."""

    score: int
    grade: Grade
    signals: tuple[str, ...]


def fit(traits: Traits, profile: IcpProfile) -> Fit:
    """The met part of all weights, half up; without a web site no more than X where the profile asks for one.

    `signals`: the labels of the criteria that are met, NO_WEBSITE where that decided, and COMPETITOR_CUSTOMER where the
    lead buys, or means to buy, from a competitor, which makes it worth being first.
    """
    whole = sum(one.weight for one in profile.criteria)
    met = [one for one in profile.criteria if _met(one, traits)]
    score = (200 * sum(one.weight for one in met) + whole) // (2 * whole) if whole else 0
    grade = _grade(score, profile)
    signals = [one.label for one in met]
    if profile.website_required and traits.values.get(IcpAttribute.HAS_WEBSITE) == "false":
        grade = Grade.X
        signals.append(NO_WEBSITE)
    if traits.values.get(IcpAttribute.COMPETITOR_TIE) is not None:
        signals.append(COMPETITOR_CUSTOMER)
    return Fit(score, grade, tuple(signals))


def _grade(score: int, profile: IcpProfile) -> Grade:
    for least, grade in ((profile.a_from, Grade.A), (profile.b_from, Grade.B), (profile.c_from, Grade.C)):
        if score >= least:
            return grade
    return Grade.X


def _met(criterion: IcpCriterion, traits: Traits) -> bool:
    value = traits.values.get(criterion.attribute)
    if value is None:
        return False
    if criterion.attribute in (IcpAttribute.COMPLETENESS, IcpAttribute.KEY_CONTACTS):
        return int(value) >= min(_numbers(criterion.any_of), default=0)
    if criterion.attribute is IcpAttribute.REGION:
        return any(value.startswith(one) for one in criterion.any_of)
    return value in criterion.any_of


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts]
