"""What can have happened to an identifier: it came to stand for a customer, and ceased to."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID


class IdentifierKind(StrEnum):
    """What tells customers apart: a company code belongs to one customer, a domain may be shared by a group."""

    USCC = "USCC"
    DOMAIN = "DOMAIN"


@dataclass(frozen=True, slots=True)
class IdentifierReserved:
    """The identifier stands for this customer from now on; written with the customer, so that it cannot be doubled.

    `value_hash`: hex SHA-256 of the value in normal form; `shared_with`: who had it already, the earliest twenty,
    each a strong candidate for a duplicate (§3.7).
    """

    customer_id: UUID
    kind: IdentifierKind
    value_hash: str
    shared_with: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class IdentifierReleased:
    """The identifier no longer stands for this customer."""

    customer_id: UUID
    kind: IdentifierKind
    value_hash: str


IdentifierEvent: TypeAlias = IdentifierReserved | IdentifierReleased
