"""What the mapping language says: values, conditions, requests that come once, rows that are not to be taken."""

from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from api.importing.conversions import MappingInvalid
from api.importing.mapping import RowRejected, read_mapping

HEAD = '[map]\nsource = "/trial"\nzone = "Asia/Shanghai"\nhour = "09:00"\n'


def value_of(said: str, **cells: str) -> Any:  # noqa: ANN401 - any JSON value
    """The value that a piece of the language makes of a row."""
    mapping = read_mapping(
        f'{HEAD}[maps.stage]\nWon = "deal.win"\n[[emit]]\ntype = "a.b"\nid = "1"\ndata.it = {said}\n'
    )
    (made,) = mapping.requests(cells)
    return made.data.get("it")


@pytest.mark.parametrize(
    ("said", "cells", "made"),
    [
        ('"constant"', {}, "constant"),
        ("7", {}, 7),
        ("true", {}, True),
        ("1.50", {}, Decimal("1.5")),
        ('"{a}"', {"a": "x"}, "x"),
        ('"{a} of {b}"', {"a": "x", "b": "y"}, "x of y"),
        ('"{{a}}"', {}, "{a}"),
        ('"{a}"', {"a": ""}, None),
        ('"{a} of {b}"', {"a": "x", "b": ""}, None),
        ('["{a}", "{b}"]', {"a": "", "b": "y"}, ["y"]),
        ('{ x = "{a}", y = 1 }', {"a": ""}, {"y": 1}),
        ('{ x = "{a}" }', {"a": ""}, None),
        ('{ as = "uuid", of = "c/{a}" }', {"a": "x"}, str(uuid5(uuid5(NAMESPACE_URL, "/trial"), "c/x"))),
        ('{ as = "uuid", of = "c/{a}" }', {"a": ""}, None),
        ('{ as = "text", of = ["{a}", "{b}"] }', {"a": "", "b": "second"}, "second"),
        ('{ as = "text", of = "{a}", most = 3 }', {"a": "longer"}, "lon"),
        ('{ as = "id", of = "{a}" }', {"a": "Mei-Mei  Johns (NY)"}, "mei-mei-johns-ny"),
        ('{ as = "id", of = "{a}" }', {"a": "José"}, "jose"),
        ('{ as = "instant", of = "{a}" }', {"a": "2026-03-02"}, "2026-03-02T09:00:00+08:00"),
        ('{ as = "instant", of = "{a}" }', {"a": "2026-03-02 10:11:12"}, "2026-03-02T10:11:12+08:00"),
        ('{ as = "instant", of = "{a}" }', {"a": "2026-03-02T10:11:12Z"}, "2026-03-02T10:11:12+00:00"),
        ('{ as = "instant", of = "{a}", form = "%d.%m.%Y" }', {"a": "02.03.2026"}, "2026-03-02T09:00:00+08:00"),
        (
            '{ as = "instant", of = "{a}", zone = "UTC", hour = "00:30" }',
            {"a": "2026-03-02"},
            "2026-03-02T00:30:00+00:00",
        ),
        ('{ as = "instant", of = "{a}", plus_minutes = 5 }', {"a": "2026-03-02"}, "2026-03-02T09:05:00+08:00"),
        ('{ as = "day", of = "{a}", form = "%m/%d/%y" }', {"a": "03/02/26"}, "2026-03-02"),
        ('{ as = "number", of = "{a}" }', {"a": "1.25"}, Decimal("1.25")),
        ('{ as = "number", of = "{a}", thousands = ".", point = "," }', {"a": "1.234,5"}, Decimal("1234.5")),
        ('{ as = "whole", of = "{a}" }', {"a": "3.0"}, 3),
        ('{ as = "minor", of = "{a}" }', {"a": "1054"}, 105_400),
        ('{ as = "minor", of = "{a}" }', {"a": "10.07"}, 1_007),
        ('{ as = "minor", of = "{a}", digits = 0 }', {"a": "1054"}, 1_054),
        ('{ as = "minor", of = "{a}", times = 1000000 }', {"a": "1.5"}, 150_000_000),
        ('{ as = "map", of = "{a}", map = "stage" }', {"a": "Won"}, "deal.win"),
        ('{ as = "map", of = "{a}", map = "stage", otherwise = "x" }', {"a": "Lost"}, "x"),
        ('{ as = "map", of = "{a}", map = "stage", empty = "y" }', {"a": ""}, "y"),
        ('{ as = "map", of = "{a}", map = "stage" }', {"a": ""}, None),
        ('{ as = "yes", of = "{a}", yes = ["j"], no = ["n"] }', {"a": "J"}, True),
        ('{ as = "yes", of = "{a}" }', {"a": "false"}, False),
    ],
)
def test_a_value_is_made_of_the_cells(said: str, cells: dict[str, str], made: object) -> None:
    assert value_of(said, **cells) == made


@pytest.mark.parametrize(
    ("said", "cell"),
    [
        ('{ as = "instant", of = "{a}" }', "yesterday"),
        ('{ as = "instant", of = "{a}" }', "2026-02-30"),
        ('{ as = "day", of = "{a}", form = "%d.%m.%Y" }', "2026-03-02"),
        ('{ as = "number", of = "{a}" }', "many"),
        ('{ as = "number", of = "{a}" }', "NaN"),
        ('{ as = "whole", of = "{a}" }', "3.5"),
        ('{ as = "minor", of = "{a}" }', "1.005"),
        ('{ as = "map", of = "{a}", map = "stage" }', "Lost"),
        ('{ as = "yes", of = "{a}" }', "perhaps"),
        ('{ as = "id", of = "{a}" }', "蓝海"),
    ],
)
def test_a_cell_that_does_not_hold_what_is_expected_rejects_its_row(said: str, cell: str) -> None:
    with pytest.raises(RowRejected) as rejected:
        value_of(said, a=cell)
    assert rejected.value.code == "CELL_INVALID"
    assert cell in rejected.value.reason


@pytest.mark.parametrize(
    ("when", "cells", "taken"),
    [
        ('{ a = "x" }', {"a": "x"}, True),
        ('{ a = "x" }', {"a": "y"}, False),
        ('{ a = ["x", "y"] }', {"a": "y"}, True),
        ('{ a = ["x", "y"] }', {"a": ""}, False),
        ("{ a = true }", {"a": "x"}, True),
        ("{ a = true }", {"a": " "}, False),
        ("{ a = false }", {"a": ""}, True),
        ('{ a = "x", b = true }', {"a": "x", "b": ""}, False),
        ("{}", {"a": ""}, True),
    ],
)
def test_a_request_is_made_where_its_condition_holds(when: str, cells: dict[str, str], taken: bool) -> None:
    mapping = read_mapping(f'{HEAD}[[emit]]\ntype = "a.b"\nid = "1"\nwhen = {when}\n')
    assert bool(mapping.requests(cells)) is taken


def test_several_requests_of_one_row_come_in_the_order_of_the_mapping() -> None:
    mapping = read_mapping(HEAD + "".join(f'[[emit]]\ntype = "a.{n}"\nid = "{{a}}/{n}"\n' for n in ("b", "c", "d")))
    assert [(made.type, made.id) for made in mapping.requests({"a": "1"})] == [
        ("a.b", "1/b"),
        ("a.c", "1/c"),
        ("a.d", "1/d"),
    ]


def test_what_comes_once_comes_with_the_first_row_that_names_it() -> None:
    mapping = read_mapping(HEAD + '[[emit]]\ntype = "a.b"\nid = "rep/{rep}"\nonce = "{rep}"\n')
    made = [len(mapping.requests({"rep": rep})) for rep in ("anna", "bruno", "anna", "")]
    assert made == [1, 1, 0, 0]


def test_a_row_that_is_rejected_keeps_nothing_from_the_rows_after_it() -> None:
    mapping = read_mapping(
        HEAD
        + '[[emit]]\ntype = "a.b"\nid = "rep/{rep}"\nonce = "{rep}"\n'
        + '[[emit]]\ntype = "a.c"\nid = "{n}"\ndata.n = { as = "whole", of = "{n}" }\n'
    )
    with pytest.raises(RowRejected):
        mapping.requests({"rep": "anna", "n": "many"})
    assert [made.type for made in mapping.requests({"rep": "anna", "n": "1"})] == ["a.b", "a.c"]


def test_rows_are_skipped_or_rejected_where_the_mapping_says_so() -> None:
    mapping = read_mapping(
        HEAD
        + '[[skip]]\nwhen = { kind = "test" }\nreason = "trials of our own"\n'
        + '[[reject]]\nwhen = { day = false }\nreason = "nobody knows when"\n'
        + '[[emit]]\ntype = "a.b"\nid = "{day}"\n'
    )
    assert mapping.requests({"kind": "test", "day": ""}) == ()
    with pytest.raises(RowRejected) as rejected:
        mapping.requests({"kind": "", "day": ""})
    assert (rejected.value.code, rejected.value.reason) == ("ROW_REJECTED", "nobody knows when")


def test_words_that_mean_nothing_are_empty_cells() -> None:
    mapping = read_mapping(HEAD + 'nothing = ["n/a", "-"]\n[[emit]]\ntype = "a.b"\nid = "1"\ndata.it = "{a}"\n')
    assert [made.data for made in mapping.requests({"a": " n/a "})] == [{}]


def test_a_request_says_when_where_and_for_whom() -> None:
    mapping = read_mapping(
        HEAD
        + '[[emit]]\ntype = "a.b"\nid = "1"\ntime = { as = "instant", of = "{day}" }\n'
        + 'zone = "America/Sao_Paulo"\non_behalf_of = "{rep}"\n'
    )
    (made,) = mapping.requests({"day": "2026-03-02", "rep": "anna"})
    assert (made.time, made.zone, made.on_behalf_of, made.source) == (
        "2026-03-02T09:00:00+08:00",
        "America/Sao_Paulo",
        "anna",
        "/trial",
    )


def test_every_column_that_is_spoken_of_is_asked_for() -> None:
    mapping = read_mapping(
        HEAD + 'columns = ["z"]\n[[skip]]\nwhen = { a = true }\nreason = "-"\n[[emit]]\ntype = "a.b"\nid = "{b}"\n'
        'data.x = { as = "day", of = ["{c}", "{d}"] }\n'
    )
    assert mapping.columns == {"a", "b", "c", "d", "z"}


@pytest.mark.parametrize(
    "text",
    [
        "= nonsense",
        '[[emit]]\ntype = "a.b"\nid = "1"\n',
        HEAD,
        HEAD + '[[emit]]\nid = "1"\n',
        HEAD + '[[emit]]\ntype = "a.b"\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "1"\ndata = 5\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "1"\ndate = 5\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "{}"\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "{a:>5}"\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "{a"\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "1"\nwhen = { a = 5 }\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "1"\ndata.it = { as = "colour", of = "{a}" }\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "1"\ndata.it = { as = "day" }\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "1"\ndata.it = { as = "day", of = "{a}", digits = 2 }\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "1"\ndata.it = { as = "map", of = "{a}", map = "missing" }\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "1"\ndata.it = 2026-03-02\n',
        HEAD + '[[emit]]\ntype = "a.b"\nid = "1"\nzone = "Mars/Olympus"\n',
        HEAD + '[[reject]]\nreason = "-"\n[[emit]]\ntype = "a.b"\nid = "1"\n',
        '[map]\nsource = "/trial"\nhour = "late"\n[[emit]]\ntype = "a.b"\nid = "1"\n',
        '[map]\nsource = "/trial"\ncolour = "red"\n[[emit]]\ntype = "a.b"\nid = "1"\n',
        '[map]\nsource = "/trial"\ndelimiter = "ab"\n[[emit]]\ntype = "a.b"\nid = "1"\n',
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_and_says_where(text: str) -> None:
    with pytest.raises(MappingInvalid) as invalid:
        read_mapping(text)
    assert invalid.value.where
