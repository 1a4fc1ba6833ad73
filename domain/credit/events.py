"""What can have been said about the credit for the next deal with a customer in a line; kept for good."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domain.values import Part


class CreditBasis(StrEnum):
    """By what right the credit is shared."""

    RULING = "RULING"
    TRANSFER = "TRANSFER"


@dataclass(frozen=True, slots=True)
class CreditTermsSet:
    """The first deal won from `won_from` on and before `won_until` (D27) is credited in these parts.

    `ref`: the ruling, or the claim that was handed over. What was set before for this customer holds no longer; without
    `parts` the agreement was called off.
    """

    customer_id: UUID
    line: str
    ref: UUID
    basis: CreditBasis
    parts: tuple[Part, ...]
    won_from: datetime
    won_until: datetime
    set_at: datetime


@dataclass(frozen=True, slots=True)
class CreditTermsUsed:
    """A deal was credited by the terms; they hold for no other one (the first contract only)."""

    customer_id: UUID
    line: str
    ref: UUID
    deal_id: UUID
    used_at: datetime


CreditEvent: TypeAlias = CreditTermsSet | CreditTermsUsed
