"""What can have happened to the profile of the ideal customer, and to the sources of leads; kept for good."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from domain.rulesets import IcpCriterion


@dataclass(frozen=True, slots=True)
class IcpPublished:
    """From a day on leads are graded like this (S30); earlier grades stand as they were given.

    `criteria`: each with its weight; `a_from`, `b_from`, `c_from`: the least score, 0–100, of each grade, below is X;
    `website_required`: a customer known to have no web site is X whatever its score (S32).
    """

    version: int
    effective_from: date
    criteria: tuple[IcpCriterion, ...]
    a_from: int
    b_from: int
    c_from: int
    website_required: bool
    published_at: datetime


@dataclass(frozen=True, slots=True)
class SourceSuspended:
    """No leads are taken from this source until it is resumed (S55). `detail`: None for the whole method."""

    method: str
    detail: str | None
    reason: str
    suspended_by: str
    suspended_at: datetime


@dataclass(frozen=True, slots=True)
class SourceResumed:
    """Leads of this source are taken again."""

    method: str
    detail: str | None
    resumed_by: str
    resumed_at: datetime


SourceEvent: TypeAlias = SourceSuspended | SourceResumed
