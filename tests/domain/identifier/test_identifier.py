"""An identifier stands for those who came to bear it and have not given it up."""

from uuid import UUID

from hypothesis import given as for_any
from hypothesis import strategies as st

from domain.identifier.events import IdentifierKind, IdentifierReleased, IdentifierReserved
from domain.identifier.state import Identifier, evolve, identifier_of, stream_name, value_hash
from tests.people import ACME, GLOBEX

DOMAIN, HASH = IdentifierKind.DOMAIN, value_hash("acme.example")
changes = st.lists(st.tuples(st.booleans(), st.sampled_from([UUID(int=n) for n in range(4)])))


def test_two_values_have_two_histories_and_so_have_two_kinds() -> None:
    assert identifier_of(DOMAIN, "acme.example").name == stream_name(DOMAIN, HASH)
    assert identifier_of(DOMAIN, "acme.example").name != identifier_of(DOMAIN, "globex.example").name
    assert identifier_of(DOMAIN, "acme.example").name != identifier_of(IdentifierKind.USCC, "acme.example").name


def test_the_name_of_a_history_does_not_tell_the_value() -> None:
    assert "acme" not in identifier_of(DOMAIN, "acme.example").name


def test_the_first_to_come_stands_first() -> None:
    identifier = Identifier()
    for customer_id in (GLOBEX, ACME):
        identifier = evolve(identifier, IdentifierReserved(customer_id, DOMAIN, HASH))
    assert identifier.holders == (GLOBEX, ACME)


@for_any(changes)
def test_it_is_held_by_whoever_reserved_it_last_and_did_not_release_it_since(history: list[tuple[bool, UUID]]) -> None:
    identifier, expected = Identifier(), dict[UUID, None]()
    for reserves, customer_id in history:
        if reserves:
            identifier = evolve(identifier, IdentifierReserved(customer_id, DOMAIN, HASH))
            expected.setdefault(customer_id)
        else:
            identifier = evolve(identifier, IdentifierReleased(customer_id, DOMAIN, HASH))
            expected.pop(customer_id, None)
    assert identifier.holders == tuple(expected)
