"""For whom an identifier stands now."""

from dataclasses import dataclass
from hashlib import sha256
from typing import assert_never
from uuid import UUID

from domain.decider import Stream
from domain.identifier.events import IdentifierEvent, IdentifierKind, IdentifierReleased, IdentifierReserved


@dataclass(frozen=True, slots=True)
class Identifier:
    """The customers that bear it, in the order in which they came to."""

    holders: tuple[UUID, ...] = ()


def evolve(identifier: Identifier, event: IdentifierEvent) -> Identifier:
    """The identifier after one more event."""
    match event:
        case IdentifierReserved():
            if event.customer_id in identifier.holders:
                return identifier
            return Identifier((*identifier.holders, event.customer_id))
        case IdentifierReleased():
            return Identifier(tuple(holder for holder in identifier.holders if holder != event.customer_id))
        case _:
            assert_never(event)


def value_hash(value: str) -> str:
    """What stands in stream names and events for a value in normal form: hex SHA-256."""
    return sha256(value.encode()).hexdigest()


def stream_name(kind: IdentifierKind, hashed: str) -> str:
    """The name of the stream of an identifier, by the hash of its value."""
    return f"identifier-{kind.lower()}:{hashed}"


def identifier_of(kind: IdentifierKind, value: str) -> Stream[Identifier]:
    """The history of one value of one kind."""
    return Stream(stream_name(kind, value_hash(value)), Identifier(), evolve)
