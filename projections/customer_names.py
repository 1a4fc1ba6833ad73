"""Under which names a customer is found: the one that it bears, those that it bore, and those that it goes by (A28)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from domain.customer.events import AliasNoted, CustomerRegistered, CustomerRenamed, CustomersUnmerged
from domain.customer.names import NormalName, normal_name, searched_name
from domain.envelope import Recorded
from projections.projection import Key, Spans


@dataclass(frozen=True, slots=True)
class CustomerNameRow:
    """One name of a customer; `borne`: whether it is the present one.

    `search_name`: small letters without blanks and punctuation; `trade_name`: the same without region, legal form and
    branch, which is what people remember.
    """

    customer_id: UUID
    name: str
    borne: bool
    search_name: str
    trade_name: str


def _touches(recorded: Recorded) -> Key | None:
    match recorded.event:
        case CustomerRegistered() | CustomerRenamed() | AliasNoted() | CustomersUnmerged() as event:
            return (event.customer_id,)
        case _:
            return None


def _fold(rows: Sequence[CustomerNameRow], recorded: Recorded) -> Sequence[CustomerNameRow]:
    match recorded.event:
        case CustomerRegistered() as event:
            return [_row(event.customer_id, event.legal_name, event.normal_name)]
        case CustomerRenamed() as event:
            former = [replace(row, borne=False) for row in rows if row.name != event.legal_name]
            return [*former, _row(event.customer_id, event.legal_name, event.normal_name)]
        case AliasNoted() as event:
            return [*rows, replace(_row(event.customer_id, event.alias, event.normal_name), borne=False)]
        case CustomersUnmerged() as event:
            given_back = event.aliases if event.customer_id == event.survivor_id else ()
            return [row for row in rows if row.borne or row.name not in given_back]
        case _:
            return rows


def _row(customer_id: UUID, name: str, parts: NormalName | None) -> CustomerNameRow:
    trade_name = (parts or normal_name(name)).whole_trade_name
    return CustomerNameRow(customer_id, name, True, searched_name(name), trade_name)


customer_names = Spans(
    name="customer_names",
    version=2,
    row=CustomerNameRow,
    key=("customer_id",),
    indexes=(("search_name",), ("trade_name",)),
    handles=frozenset({CustomerRegistered, CustomerRenamed, AliasNoted, CustomersUnmerged}),
    touches=_touches,
    fold=_fold,
)
